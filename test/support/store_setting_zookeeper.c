#include "framework/store_zookeeper_state.h"
#include "framework/zoo_zookeeper.h"
#include "test/support/config_fixture.h"
#include "test/support/deadline.h"
#include "test/support/store_bench.h"
#include "test/support/text.h"
#include "test/support/zookeeper.h"
#include <stdlib.h>
#include <unistd.h>

enum { CLOSE_MS = 30000 };

static struct zookeeper *server;
static struct weir_config *config;

void store_setting_zookeeper_start(void)
{
    server = zookeeper_start(1);
}

void store_setting_zookeeper_stop(void)
{
    zookeeper_stop(server);
    server = NULL;
}

/* Each test has nodes of its own. */
static void open_setting(struct weir_store_env *env)
{
    static unsigned number;
    char *connect =
        text_format("%s/stores-%ld-%u", zookeeper_connect(server), (long)getpid(), number++);

    config = config_create();
    config_set(config, "zookeeper.connect", connect);
    config_set(config, "zookeeper.session.timeout.ms", "60000"); /* a slow machine keeps it */
    config_set(config, "group.id", "stores");
    free(connect);
    env->config = config;
    env->zoo = &weir_zoo_library_zookeeper;
}

static void close_setting(void)
{
    WAIT_UNTIL(weir_zoo_sessions_alive() == 0, CLOSE_MS);
    weir_config_destroy(config);
}

static bool is_ready(const struct weir_store *store)
{
    return weir_store_zookeeper_connected((const struct weir_store_zookeeper *)store);
}

const struct store_setting store_setting_zookeeper = {
    .ops = &weir_store_zookeeper, .open = open_setting, .close = close_setting, .ready = is_ready};
