#include "test/support/told_zoo.h"

#include "framework/base/memory.h"
#include "framework/registration.h"
#include "framework/switch.h"
#include "test/support/deadline.h"
#include "test/support/sim_zoo.h"
#include <check.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { DEED_MS = 30000 };

struct told_zoo {
    struct weir_zoo zoo; /* first */
    struct weir_zoo *inner;
};

static _Atomic weir_time deadline_at;
static atomic_uint asks;
static told_zoo_deed_fn *deed_to_do; /* written before the flag is raised, read after it */
static void *deed_user;
static atomic_bool deed_waits;
static _Atomic(const char *) fatal_path;

static struct weir_zoo *inner_of(const struct weir_zoo *zoo)
{
    return ((const struct told_zoo *)zoo)->inner;
}

static bool checks(const struct weir_zoo_request *request, const char *path)
{
    return request->kind == WEIR_ZOO_MULTI && request->parts[0].kind == WEIR_ZOO_CHECK &&
           strcmp(request->parts[0].path, path) == 0;
}

static enum weir_status submit(struct weir_zoo *zoo, const struct weir_zoo_request *request)
{
    const char *path = atomic_load(&fatal_path);

    if (path != NULL && checks(request, path)) {
        told_zoo_set_deadline(0);
    }
    return inner_of(zoo)->ops->submit(inner_of(zoo), request);
}

static bool poll_zoo(struct weir_zoo *zoo, weir_time now, struct weir_zoo_event *out)
{
    (void)now;
    if (atomic_load(&deed_waits)) {
        deed_to_do(deed_user);
        atomic_store(&deed_waits, false);
    }
    sim_zoo_advance(weir_time_after_ms(sim_zoo_now(), 1));
    return inner_of(zoo)->ops->poll(inner_of(zoo), sim_zoo_now(), out);
}

static weir_time due(const struct weir_zoo *zoo)
{
    (void)zoo;
    return weir_time_after_ms(weir_clock_boot(), 1);
}

static enum weir_zoo_state state(const struct weir_zoo *zoo)
{
    return inner_of(zoo)->ops->state(inner_of(zoo));
}

static weir_time deadline(const struct weir_zoo *zoo)
{
    (void)zoo;
    (void)atomic_fetch_add(&asks, 1);
    return atomic_load(&deadline_at);
}

static int64_t session(const struct weir_zoo *zoo)
{
    return inner_of(zoo)->ops->session(inner_of(zoo));
}

static void close_zoo(struct weir_zoo *zoo)
{
    inner_of(zoo)->ops->close(inner_of(zoo));
    free(zoo);
}

static const struct weir_zoo_ops ops = {.name = "told",
                                        .submit = submit,
                                        .poll = poll_zoo,
                                        .due = due,
                                        .state = state,
                                        .deadline = deadline,
                                        .session = session,
                                        .close = close_zoo};

static enum weir_status open_zoo(const struct weir_zoo_options *options, struct weir_zoo **out,
                                 struct weir_error *error)
{
    struct told_zoo *told = calloc(1, sizeof *told);

    ck_assert_ptr_nonnull(told);
    told->zoo.ops = &ops;
    *out = &told->zoo;
    return sim_zoo_library.open(options, &told->inner, error);
}

static const struct weir_zoo_library told_zoo_library = {.open = open_zoo};

void told_zoo_set_up(struct sim_run *run, struct weir_library *library, int32_t partitions,
                     uint32_t records)
{
    atomic_store(&deadline_at, WEIR_TIME_NEVER);
    atomic_store(&asks, 0);
    atomic_store(&fatal_path, NULL);
    sim_zoo_open(1);
    sim_zoo_host(0);
    *library = sim_library;
    library->zoo = &told_zoo_library;
    sim_run_set_up(run, partitions, records);
    run->library = library;
    sim_run_set(run, "weir.coordinator", "zookeeper");
    sim_run_set(run, "zookeeper.connect", "zk:2181");
}

void told_zoo_tear_down(struct sim_run *run)
{
    sim_run_tear_down(run);
    sim_zoo_close();
}

void told_zoo_set_deadline(weir_time at)
{
    atomic_store(&deadline_at, at);
}

void told_zoo_end_at_check(const char *path)
{
    atomic_store(&fatal_path, path);
}

unsigned told_zoo_asks(void)
{
    return atomic_load(&asks);
}

static void ask_for(told_zoo_deed_fn *deed, void *user)
{
    ck_assert(!atomic_load(&deed_waits));
    deed_to_do = deed;
    deed_user = user;
    atomic_store(&deed_waits, true);
}

void told_zoo_do(told_zoo_deed_fn *deed, void *user)
{
    ask_for(deed, user);
    WAIT_UNTIL(!atomic_load(&deed_waits), DEED_MS);
}

/* Who has come to its end does not look any more. */
void told_zoo_try(told_zoo_deed_fn *deed, void *user, bool (*over)(void))
{
    ask_for(deed, user);
    WAIT_UNTIL(!atomic_load(&deed_waits) || over(), DEED_MS);
    atomic_store(&deed_waits, false);
}

void told_zoo_write_switch(void *record)
{
    char *text = NULL;

    ck_assert_int_eq(weir_switch_write(record, &text), WEIR_OK);
    sim_zoo_write("/consumers/group-1/weir/switch", text);
    weir_free(text);
}

void told_zoo_register(const char *path, char *color, uint32_t partitions_of_orders)
{
    char strategy[] = "bluegreen";
    char topic[] = "orders";
    char *text = NULL;
    struct weir_registration_topic topics[] = {{.name = topic, .partitions = partitions_of_orders}};
    const struct weir_registration one = {
        .strategy = strategy, .capacity = 1, .color = color, .topics = topics, .topic_count = 1};

    ck_assert_int_eq(weir_registration_write(&one, 0, &text), WEIR_OK);
    sim_zoo_write(path, text);
    weir_free(text);
}
