#include "test/support/coordinator_bench.h"

#include "framework/base/log.h"
#include "framework/base/memory.h"
#include "test/support/config_fixture.h"
#include "test/support/sim_zoo.h"
#include "test/support/tiny_strategy.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { TURNS_MAX = 100000 };

struct coordinator_bench coordinator_bench;
static struct weir_report report;
static struct weir_client client;

static struct coordinator_bench *bench(void)
{
    return &coordinator_bench;
}

static const struct coordinator_setting *setting(void)
{
    return coordinator_bench.setting;
}

/* The client. */

static enum weir_status subscribe(struct weir_client *self, const char *const *topics, size_t count,
                                  struct weir_error *error)
{
    (void)self, (void)topics, (void)count, (void)error;
    return WEIR_OK;
}

static void fetch(const struct weir_position *positions, size_t count, bool on)
{
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_lt(positions[i].partition, COORDINATOR_PARTITIONS);
        bench()->fetched[positions[i].partition] = on;
    }
}

static enum weir_status assign(struct weir_client *self, const struct weir_position *positions,
                               size_t count, struct weir_error *error)
{
    (void)self, (void)error;
    fetch(positions, count, true);
    return WEIR_OK;
}

static enum weir_status unassign(struct weir_client *self, const struct weir_position *positions,
                                 size_t count, struct weir_error *error)
{
    (void)self, (void)error;
    if (count == 0) {
        memset(bench()->fetched, 0, sizeof bench()->fetched);
    }
    fetch(positions, count, false);
    return WEIR_OK;
}

static void leave_client(struct weir_client *self)
{
    (void)self;
    bench()->client_left = true;
}

static bool left_client(struct weir_client *self)
{
    (void)self;
    return bench()->client_left && bench()->unanswered == COORDINATOR_NOTHING;
}

static const struct weir_client_ops client_ops = {.name = "notes",
                                                  .subscribe = subscribe,
                                                  .assign = assign,
                                                  .unassign = unassign,
                                                  .leave = leave_client,
                                                  .left = left_client};

/* Control. */

static void announce(enum coordinator_news news, const struct weir_position *positions,
                     size_t count)
{
    ck_assert(bench()->serving);
    ck_assert_int_eq(bench()->unanswered, COORDINATOR_NOTHING);
    bench()->unanswered = count == 0 ? COORDINATOR_NOTHING : news;
    memset(bench()->announced, 0, sizeof bench()->announced);
    for (size_t i = 0; i < count; i++) {
        ck_assert_str_eq(positions[i].topic, "orders");
        ck_assert_int_lt(positions[i].partition, COORDINATOR_PARTITIONS);
        ck_assert(!bench()->announced[positions[i].partition]);
        ck_assert(bench()->held[positions[i].partition] == (news == COORDINATOR_REVOKED));
        ck_assert_int_eq(positions[i].offset, WEIR_OFFSET_NONE);
        bench()->announced[positions[i].partition] = true;
    }
}

static void on_assigned(const struct weir_position *positions, size_t count, void *user)
{
    (void)user;
    bench()->assignments++;
    announce(COORDINATOR_ASSIGNED, positions, count);
}

static void on_revoked(const struct weir_position *positions, size_t count, void *user)
{
    (void)user;
    bench()->revocations++;
    announce(COORDINATOR_REVOKED, positions, count);
}

static void on_lost(const struct weir_position *positions, size_t count, void *user)
{
    struct weir_error error = {0};

    (void)user;
    ck_assert(bench()->serving);
    bench()->losses++;
    for (size_t i = 0; i < count; i++) {
        bench()->held[positions[i].partition] = false;
    }
    ck_assert_int_eq(setting()->ops->release(bench()->coordinator, positions, count, &error),
                     WEIR_OK);
}

static void on_failed(enum weir_status status, const char *text, void *user)
{
    (void)status, (void)text, (void)user;
    bench()->failures++;
}

static void on_wake(void *user)
{
    (void)user;
    bench()->wakes++;
}

static void log_nothing(const struct weir_log_line *line, void *user)
{
    (void)line, (void)user;
}

void coordinator_bench_open(const struct coordinator_setting *chosen)
{
    memset(bench(), 0, sizeof *bench());
    bench()->setting = chosen;
    bench()->config = config_create();
    weir_log_init(&report.log, WEIR_LOG_ERROR, log_nothing, NULL);
    ck_assert_int_eq(weir_meters_create(&report.meters), WEIR_OK);
    client.ops = &client_ops;
    setting()->open();
    setting()->configure(bench()->config);
}

void coordinator_bench_close(void)
{
    if (bench()->coordinator != NULL) {
        setting()->ops->close(bench()->coordinator);
    }
    weir_free(bench()->coordinator);
    bench()->coordinator = NULL;
    setting()->close();
    weir_meters_destroy(report.meters);
    weir_log_fini(&report.log);
    weir_config_destroy(bench()->config);
}

void coordinator_join(void)
{
    const struct weir_coordinator_env env = {.config = bench()->config,
                                             .client = &client,
                                             .report = &report,
                                             .zoo = &sim_zoo_library,
                                             .strategy = &tiny_strategy,
                                             .now = sim_zoo_now,
                                             .wake = on_wake,
                                             .assigned = on_assigned,
                                             .revoked = on_revoked,
                                             .lost = on_lost,
                                             .failed = on_failed};
    static const struct weir_strategy_topic orders = {.name = "orders",
                                                      .partitions = COORDINATOR_PARTITIONS};

    bench()->coordinator = weir_calloc(1, setting()->ops->size);
    ck_assert_ptr_nonnull(bench()->coordinator);
    bench()->coordinator->ops = setting()->ops;
    bench()->join_status = setting()->ops->join(bench()->coordinator, &env, &bench()->join_error);
    if (bench()->join_status == WEIR_OK && setting()->ops->catalog != NULL) {
        setting()->ops->catalog(bench()->coordinator, &orders, 1);
    }
}

static void turn(void)
{
    setting()->pass();
    bench()->serving = true;
    setting()->ops->serve(bench()->coordinator);
    bench()->serving = false;
}

void coordinator_await(bool (*so)(void))
{
    for (int i = 0; i < TURNS_MAX && !so(); i++) {
        turn();
    }
    ck_assert(so());
}

void coordinator_idle(int turns)
{
    for (int i = 0; i < turns; i++) {
        turn();
    }
}

static bool is_assigned(void)
{
    return bench()->unanswered == COORDINATOR_ASSIGNED;
}

void coordinator_await_assigned(void)
{
    if (setting()->give != NULL) {
        setting()->give();
    }
    coordinator_await(is_assigned);
}

static size_t list(struct weir_position *positions, const bool *set)
{
    size_t count = 0;

    for (int32_t i = 0; i < COORDINATOR_PARTITIONS; i++) {
        if (set[i]) {
            positions[count++] = (struct weir_position){.topic = "orders", .partition = i};
        }
    }
    return count;
}

void coordinator_accept(void)
{
    struct weir_position positions[COORDINATOR_PARTITIONS];
    struct weir_error error = {0};
    size_t count = list(positions, bench()->announced);

    ck_assert_int_eq(bench()->unanswered, COORDINATOR_ASSIGNED);
    bench()->unanswered = COORDINATOR_NOTHING;
    ck_assert_int_eq(setting()->ops->accept(bench()->coordinator, positions, count, &error),
                     WEIR_OK);
    for (size_t i = 0; i < count; i++) {
        bench()->held[positions[i].partition] = true;
    }
}

void coordinator_decline(void)
{
    struct weir_error error = {0};

    ck_assert_int_eq(bench()->unanswered, COORDINATOR_ASSIGNED);
    bench()->unanswered = COORDINATOR_NOTHING;
    ck_assert_int_eq(setting()->ops->accept(bench()->coordinator, NULL, 0, &error), WEIR_OK);
}

void coordinator_release(void)
{
    struct weir_position positions[COORDINATOR_PARTITIONS];
    struct weir_error error = {0};
    size_t count = list(positions, bench()->announced);

    ck_assert_int_eq(bench()->unanswered, COORDINATOR_REVOKED);
    bench()->unanswered = COORDINATOR_NOTHING;
    for (size_t i = 0; i < count; i++) {
        bench()->held[positions[i].partition] = false;
    }
    ck_assert_int_eq(setting()->ops->release(bench()->coordinator, positions, count, &error),
                     WEIR_OK);
}

void coordinator_hear(enum weir_client_event_kind kind)
{
    struct weir_position positions[COORDINATOR_PARTITIONS];
    const struct weir_client_event event = {
        .kind = kind, .positions = positions, .count = COORDINATOR_PARTITIONS};

    for (int32_t i = 0; i < COORDINATOR_PARTITIONS; i++) {
        positions[i] =
            (struct weir_position){.topic = "orders", .partition = i, .offset = WEIR_OFFSET_NONE};
    }
    bench()->serving = true;
    setting()->ops->event(bench()->coordinator, &event);
    bench()->serving = false;
}

static uint32_t count_set(const bool *set)
{
    uint32_t count = 0;

    for (size_t i = 0; i < COORDINATOR_PARTITIONS; i++) {
        count += set[i] ? 1 : 0;
    }
    return count;
}

uint32_t coordinator_held(void)
{
    return count_set(bench()->held);
}

uint32_t coordinator_fetched(void)
{
    return count_set(bench()->fetched);
}
