#include <check.h>
#include <string.h>

#include "test/support/config_fixture.h"
#include "test/support/zoo_bench.h"
#include "tools/zoo_standin.h"

/* Others come and go as clients of their own. */

static const char tested[] = "tested";

static void open_setting(void)
{
    config_set(zoo_bench.config, "weir.member.id", tested);
    ck_assert_int_eq(weir_zoo_standin_open(), WEIR_OK);
}

static const char *connect_string(void)
{
    return "standin:2181";
}

static void await(struct gate *wakes, uint64_t value)
{
    gate_await(wakes, value);
}

static void cut(void)
{
    weir_zoo_standin_cut(tested);
}

static void mend(void)
{
    weir_zoo_standin_mend();
    weir_zoo_standin_go_on();
}

static bool closed(void)
{
    return weir_zoo_standin_sessions() == 0;
}

static void wake(void *user)
{
    (void)gate_add(user, 1);
}

/* Somebody else's. */
struct other {
    struct weir_config *config;
    struct gate wakes;
    struct weir_zoo *zoo;
    struct weir_zoo_event event;
};

static void next_event(struct other *other)
{
    uint64_t woken = gate_value(&other->wakes);

    while (!other->zoo->ops->poll(other->zoo, weir_clock_now(), &other->event)) {
        gate_await(&other->wakes, woken + 1);
        woken = gate_value(&other->wakes);
    }
}

/* One request, as another client. Returns the owner of the node. */
static int64_t ask(const struct weir_zoo_request *request, enum weir_zoo_result absent)
{
    struct other other = {.config = config_create()};
    const struct weir_zoo_options options = {.config = other.config,
                                             .report = &zoo_bench.report,
                                             .wake = wake,
                                             .wake_user = &other.wakes};

    gate_init(&other.wakes);
    config_set(other.config, "zookeeper.connect", connect_string());
    ck_assert_int_eq(weir_zoo_library_standin.open(&options, &other.zoo, NULL), WEIR_OK);
    next_event(&other);
    ck_assert_int_eq(other.event.state, WEIR_ZOO_CONNECTED);
    ck_assert_int_eq(other.zoo->ops->submit(other.zoo, request), WEIR_OK);
    next_event(&other);
    enum weir_zoo_result result = other.event.result;
    ck_assert(result == WEIR_ZOO_OK || result == absent);
    int64_t owner = result == WEIR_ZOO_OK ? other.event.facts.owner : -1;
    other.zoo->ops->close(other.zoo);
    gate_fini(&other.wakes);
    weir_config_destroy(other.config);
    return owner;
}

static void write_node(const char *path, const char *data, enum weir_zoo_kind kind)
{
    (void)ask(&(struct weir_zoo_request){.kind = kind,
                                         .path = path,
                                         .data = data,
                                         .size = strlen(data),
                                         .version = WEIR_ZOO_ANY_VERSION},
              WEIR_ZOO_OK);
}

static void create(const char *path, const char *data)
{
    write_node(path, data, WEIR_ZOO_CREATE);
}

static void set(const char *path, const char *data)
{
    write_node(path, data, WEIR_ZOO_SET);
}

static void remove_node(const char *path)
{
    (void)ask(&(struct weir_zoo_request){.kind = WEIR_ZOO_DELETE,
                                         .path = path,
                                         .version = WEIR_ZOO_ANY_VERSION},
              WEIR_ZOO_OK);
}

static int64_t owner(const char *path)
{
    return ask(&(struct weir_zoo_request){.kind = WEIR_ZOO_EXISTS, .path = path}, WEIR_ZOO_ABSENT);
}

const struct zoo_setting zoo_setting_standin = {.library = &weir_zoo_library_standin,
                                                .open = open_setting,
                                                .close = weir_zoo_standin_close,
                                                .connect = connect_string,
                                                .await = await,
                                                .cut = cut,
                                                .mend = mend,
                                                .freeze = weir_zoo_standin_hold,
                                                .expire = weir_zoo_standin_expire,
                                                .closed = closed,
                                                .create = create,
                                                .set = set,
                                                .remove = remove_node,
                                                .owner = owner};
