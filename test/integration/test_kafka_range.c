/* What becomes of a position that the brokers do not have any more, or not yet? */
#include <check.h>
#include <string.h>

#include "test/support/deadline.h"
#include "test/support/scene.h"

/* The first partition of each topic is the one whose position is wrong. */
enum { PARTITIONS = 3, KEPT = PARTITIONS - 1, RECORDS = 200, MORE = 7, OLDEST = 130, HELD = 10 };
enum { AWAIT_MS = 30000, EXIT_CONFIG = 78 };

/* Each test runs with both. */
static const char *const strategies[] = {"partition.assignment.strategy=range",
                                         "partition.assignment.strategy=cooperative-sticky"};
static const char *const policies[] = {"weir.out.of.range=earliest", "weir.out.of.range=latest"};

static void produce_to_each(uint64_t count)
{
    scene_produce(&(struct produce_options){
        .count = PARTITIONS * count, .partition = PRODUCE_IN_TURN, .partitions = PARTITIONS});
}

/* The others have a good position, and enough to do to be busy meanwhile. */
static void prepare(int64_t committed)
{
    scene_create_topic(PARTITIONS);
    produce_to_each(RECORDS);
    for (int32_t partition = 0; partition < PARTITIONS; partition++) {
        admin_set_committed(scene.admin, scene.group, scene.topics[0], partition,
                            partition == 0 ? committed : HELD);
    }
}

static void forget_the_oldest(void)
{
    admin_delete_records(scene.admin, scene.topics[0], 0, OLDEST);
}

/* The others move on in small steps meanwhile. One batch of a partition's log at a time, so that
 * none is read before its turn. What is NULL ends the list. */
static struct member *start_so(const char *policy, const char *how, const char *where,
                               const char *group)
{
    const char *const settings[] = {"weir.order=partition",
                                    "weir.buffer.records=20",
                                    "weir.inflight=20",
                                    "weir.batch.size=5",
                                    "handler.delay.us=500",
                                    "max.partition.fetch.bytes=1",
                                    policy,
                                    how,
                                    where,
                                    group,
                                    NULL};
    const struct member_options options = {.name = "a", .settings = settings};

    return group == NULL ? scene_start_with(&options) : scene_start_bare(&options);
}

static struct member *start(int way, const char *policy)
{
    return start_so(policy, strategies[way], NULL, NULL);
}

static struct member *start_without_a_group(const char *policy)
{
    return start_so(policy, "weir.coordinator=none",
                    scene_text("weir.partitions=%s:0-2", scene.topics[0]),
                    scene_text("group.id=%s", scene.group));
}

static bool says(struct member *member, const char *part)
{
    return strstr(process_errors(member_process(member)), part) != NULL;
}

/* It happened once, to that partition. */
static const struct stream_event *expect_one(const struct member *member, enum weir_event_kind kind)
{
    const struct stream *stream = member_stream(member);
    const struct stream_event *found = NULL;

    ck_assert_uint_eq(member_count_events(member, (int)kind), 1);
    for (size_t i = 0; i < stream_count(stream) && found == NULL; i++) {
        const struct stream_event *event = stream_at(stream, i);
        found = !event->foreign && event->kind == (int)kind ? event : NULL;
    }
    ck_assert_ptr_nonnull(found);
    ck_assert_str_eq(found->topic, scene.topics[0]);
    ck_assert_int_eq(found->partition, 0);
    return found;
}

/* It was said before anybody acted on it, in the stream and in the log. */
static void expect_told(struct member *member, int64_t missing)
{
    const struct stream_event *told = expect_one(member, WEIR_EVENT_OUT_OF_RANGE);

    ck_assert_int_eq(told->offset, missing);
    ck_assert(says(member, scene_text("%s/0 offset %lld does not exist", scene.topics[0],
                                      (long long)missing)));
}

static void expect_reset(struct member *member, int64_t missing, int64_t to)
{
    (void)stream_await(member_stream(member), "reset", AWAIT_MS);
    expect_told(member, missing);
    const struct stream_event *reset = expect_one(member, WEIR_EVENT_RESET);
    ck_assert_int_eq(reset->offset, to);
    ck_assert_uint_gt(reset->line, expect_one(member, WEIR_EVENT_OUT_OF_RANGE)->line);
    ck_assert(says(member, scene_text("%s/0 goes on at offset %lld by weir.out.of.range",
                                      scene.topics[0], (long long)to)));
}

static uint64_t completed_in_the_first(const struct member *member)
{
    int64_t end = admin_end_offset(scene.admin, scene.topics[0], 0);
    uint64_t completed = 0;

    for (int64_t offset = 0; offset < end; offset++) {
        completed += stream_completions_of(member_stream(member), scene.topics[0], 0, offset);
    }
    return completed;
}

/* Of the first partition so many records are handled, and of the others all, each once. */
static void expect_rest(struct member *member, uint64_t first)
{
    uint64_t end = (uint64_t)admin_end_offset(scene.admin, scene.topics[0], 1);

    member_await_completed(member, first + KEPT * (end - HELD));
    member_stop(member);
    ck_assert_uint_eq(completed_in_the_first(member), first);
    ck_assert_uint_eq(member_count_events(member, WEIR_EVENT_ASSIGN), 1);
    ck_assert_uint_le(member_count_events(member, WEIR_EVENT_REVOKE_BEGIN), 1); /* at the end */
    ck_assert_uint_eq(member_count_events(member, WEIR_EVENT_LOST), 0);
    ck_assert_uint_eq(member_count_events(member, WEIR_EVENT_OUT_OF_RANGE), 1);
    ck_assert_uint_eq(member_count_events(member, WEIR_EVENT_RESET), 1);
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION, .late_start = true);
    scene_expect_committed();
}

/* A stop moves nothing: whoever decides later finds what there was. */
static void expect_stopped(struct member *member, int64_t missing)
{
    member_expect(member, EXIT_CONFIG, AWAIT_MS);
    expect_told(member, missing);
    ck_assert(says(member, "set weir.out.of.range to earliest or latest"));
    ck_assert_uint_eq(member_count_events(member, WEIR_EVENT_RESET), 0);
    ck_assert_uint_eq(member_count_events(member, WEIR_EVENT_FATAL), 1);
    ck_assert_uint_eq(completed_in_the_first(member), 0);
    ck_assert_int_eq(admin_committed(scene.admin, scene.group, scene.topics[0], 0, NULL), missing);
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION, .late_start = true, .unfinished = true);
}

/* Retention passed the position. */

START_TEST(below_the_log_earliest_goes_on_at_the_oldest_record)
{
    prepare(HELD);
    forget_the_oldest();
    struct member *member = start(_i, policies[0]);
    expect_reset(member, HELD, OLDEST);
    expect_rest(member, RECORDS - OLDEST);
    ck_assert_uint_eq(member_count_events(member, WEIR_EVENT_TRUNCATION), 0);
}
END_TEST

START_TEST(below_the_log_latest_goes_on_at_the_end)
{
    prepare(HELD);
    forget_the_oldest();
    struct member *member = start(_i, policies[1]);
    expect_reset(member, HELD, RECORDS);
    produce_to_each(MORE);
    expect_rest(member, MORE);
    ck_assert_uint_eq(member_count_events(member, WEIR_EVENT_TRUNCATION), 0);
}
END_TEST

START_TEST(below_the_log_stop_stops)
{
    prepare(HELD);
    forget_the_oldest();
    expect_stopped(start(_i, "weir.out.of.range=stop"), HELD);
}
END_TEST

/* The log ends before the position: records that were read are gone. */

START_TEST(above_the_end_earliest_goes_on_at_the_oldest_record)
{
    prepare(RECORDS + 1000);
    struct member *member = start(_i, policies[0]);
    expect_reset(member, RECORDS + 1000, 0);
    ck_assert_int_eq(expect_one(member, WEIR_EVENT_TRUNCATION)->offset, RECORDS);
    expect_rest(member, RECORDS);
}
END_TEST

START_TEST(above_the_end_latest_goes_on_at_the_end)
{
    prepare(RECORDS + 1000);
    struct member *member = start(_i, policies[1]);
    expect_reset(member, RECORDS + 1000, RECORDS);
    ck_assert_int_eq(expect_one(member, WEIR_EVENT_TRUNCATION)->offset, RECORDS);
    produce_to_each(MORE);
    expect_rest(member, MORE);
}
END_TEST

START_TEST(above_the_end_stop_stops)
{
    prepare(RECORDS + 1000);
    expect_stopped(start(_i, "weir.out.of.range=stop"), RECORDS + 1000);
}
END_TEST

/* While it holds the partition and sleeps, more records come and go than one fetch can carry. */
START_TEST(retention_may_overtake_a_member_that_runs)
{
    prepare(HELD);
    struct member *member = start(_i, policies[0]);
    member_await_completed(member, (uint64_t)PARTITIONS * (RECORDS - HELD));
    process_pause(member_process(member));
    for (int i = 0; i < 3; i++) {
        produce_to_each(MORE);
    }
    admin_delete_records(scene.admin, scene.topics[0], 0, RECORDS + 3 * MORE - 1);
    process_resume(member_process(member));
    (void)stream_await(member_stream(member), "reset", AWAIT_MS);
    ck_assert_int_eq(expect_one(member, WEIR_EVENT_RESET)->offset, RECORDS + 3 * MORE - 1);
    const struct stream_event *told = expect_one(member, WEIR_EVENT_OUT_OF_RANGE);
    ck_assert_int_ge(told->offset, RECORDS);
    /* What the last fetch brought before is not lost by it. */
    expect_rest(member, (uint64_t)told->offset - HELD + 1);
}
END_TEST

START_TEST(without_a_group_the_policy_holds_as_well)
{
    bool earliest = _i == 0;

    prepare(HELD);
    forget_the_oldest();
    struct member *member = start_without_a_group(policies[_i]);
    expect_reset(member, HELD, earliest ? OLDEST : RECORDS);
    produce_to_each(MORE);
    expect_rest(member, earliest ? RECORDS - OLDEST + MORE : MORE);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        below_the_log_earliest_goes_on_at_the_oldest_record,
        below_the_log_latest_goes_on_at_the_end,
        below_the_log_stop_stops,
        above_the_end_earliest_goes_on_at_the_oldest_record,
        above_the_end_latest_goes_on_at_the_end,
        above_the_end_stop_stops,
        retention_may_overtake_a_member_that_runs,
        without_a_group_the_policy_holds_as_well,
    };

    return SCENE_RUN_WITH("range", tests, .loops = 2);
}
