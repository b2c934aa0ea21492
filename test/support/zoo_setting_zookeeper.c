#include "framework/zoo_zookeeper.h"
#include "test/support/ports.h"
#include "test/support/proxy.h"
#include "test/support/text.h"
#include "test/support/zoo_bench.h"
#include "test/support/zookeeper.h"
#include "test/support/zookeeper_admin.h"
#include <stdlib.h>

/* The session goes through a proxy, everybody else to the server itself. */
static struct zookeeper *server;
static struct zookeeper_admin *admin;
static struct proxy *proxy;
static char *proxied;

void zoo_setting_zookeeper_start(void)
{
    server = zookeeper_start(1);
}

void zoo_setting_zookeeper_stop(void)
{
    zookeeper_stop(server);
    server = NULL;
}

static void open_setting(void)
{
    uint16_t port = ports_take();

    zookeeper_resume(server, 0); /* a test that failed may have left it paused */
    proxy = proxy_start(port, zookeeper_port(server, 0));
    proxied = text_format("127.0.0.1:%u", (unsigned)port);
    admin = zookeeper_admin_open(zookeeper_connect(server), NULL);
}

static void close_setting(void)
{
    zookeeper_admin_close(admin);
    proxy_stop(proxy);
    free(proxied);
}

struct proxy *zoo_setting_zookeeper_proxy(void)
{
    return proxy;
}

struct zookeeper_admin *zoo_setting_zookeeper_admin(void)
{
    return admin;
}

static const char *connect_string(void)
{
    return proxied;
}

static void await(struct gate *wakes, uint64_t value)
{
    gate_await(wakes, value);
}

static void cut(void)
{
    proxy_set_weather(proxy, &(struct proxy_weather){.refusing = true});
}

static void mend(void)
{
    proxy_set_weather(proxy, &(struct proxy_weather){.refusing = false});
    zookeeper_resume(server, 0);
}

static void freeze(void)
{
    zookeeper_pause(server, 0);
}

static void expire(int64_t session)
{
    cut(); /* one that comes back at the same moment may be taken in and never told */
    zookeeper_expire(zookeeper_connect(server), session);
    mend();
}

static bool closed(void)
{
    return weir_zoo_sessions_alive() == 0;
}

static void create(const char *path, const char *data)
{
    zookeeper_admin_create(admin, path, data);
}

static void set(const char *path, const char *data)
{
    zookeeper_admin_set(admin, path, data);
}

static void remove_node(const char *path)
{
    zookeeper_admin_delete(admin, path);
}

static int64_t owner(const char *path)
{
    return zookeeper_admin_owner(admin, path);
}

const struct zoo_setting zoo_setting_zookeeper = {.library = &weir_zoo_library_zookeeper,
                                                  .open = open_setting,
                                                  .close = close_setting,
                                                  .connect = connect_string,
                                                  .await = await,
                                                  .cut = cut,
                                                  .mend = mend,
                                                  .freeze = freeze,
                                                  .expire = expire,
                                                  .closed = closed,
                                                  .create = create,
                                                  .set = set,
                                                  .remove = remove_node,
                                                  .owner = owner};
