/* Where does a consumer begin in a partition that has no committed offset, and in one that has? */
#include <check.h>
#include <string.h>
#include <time.h>

#include "test/support/deadline.h"
#include "test/support/scene.h"

/* Two partitions of each topic: only the first one has a committed offset, which always wins. Its
 * oldest record is gone, as that of the other one. */
enum { FRESH = 1, PARTITIONS, RECORDS = 30, OLDEST = 5, COMMITTED = 12, MORE = 7 };
enum { AWAIT_MS = 30000, MS_PER_S = 1000, TIME_SIZE = 32 };

static const time_t hour_s = 3600;

/* Each test runs with both. */
enum { IN_A_GROUP, WITHOUT_A_GROUP, WAYS };

static void produce_to_each(uint64_t count, int64_t timestamp_ms)
{
    scene_produce(&(struct produce_options){.count = PARTITIONS * count,
                                            .partition = PRODUCE_IN_TURN,
                                            .partitions = PARTITIONS,
                                            .timestamp_ms = timestamp_ms});
}

static void prepare(void)
{
    scene_create_topic(PARTITIONS);
    produce_to_each(RECORDS, 0);
    for (int32_t partition = 0; partition < PARTITIONS; partition++) {
        admin_delete_records(scene.admin, scene.topics[0], partition, OLDEST);
    }
    admin_set_committed(scene.admin, scene.group, scene.topics[0], 0, COMMITTED);
}

static struct member *start(int way, const char *policy, const char *detail)
{
    const char *partitions = scene_text("weir.partitions=%s:0-1", scene.topics[0]);
    const char *group = scene_text("group.id=%s", scene.group);

    if (way == IN_A_GROUP) {
        return SCENE_START("a", policy, detail);
    }
    return scene_start_bare(&(struct member_options){
        .name = "a",
        .settings = (const char *const[]){"weir.coordinator=none", partitions, group, policy,
                                          detail, NULL}});
}

/* Both partitions come at once; the test fails unless they begin there. */
static void expect_beginnings(struct member *member, int64_t fresh)
{
    const struct stream_event *assigned = member_await_assigned(member, PARTITIONS);

    for (size_t i = 0; i < PARTITIONS; i++) {
        int32_t partition = assigned->spans[i].partition;
        ck_assert_int_eq(assigned->spans[i].first, partition == FRESH ? fresh : COMMITTED);
    }
}

static uint64_t completed_in(const struct member *member, int32_t partition)
{
    const struct stream *stream = member_stream(member);
    uint64_t completed = 0;
    int64_t end = admin_end_offset(scene.admin, scene.topics[0], partition);

    for (int64_t offset = 0; offset < end; offset++) {
        completed += stream_completions_of(stream, scene.topics[0], partition, offset);
    }
    return completed;
}

/* Everything from there on is handled once, and nothing before it. */
static void expect_rest(struct member *member, int64_t fresh)
{
    uint64_t end = (uint64_t)admin_end_offset(scene.admin, scene.topics[0], FRESH);

    member_await_completed(member, end - COMMITTED + (end - (uint64_t)fresh));
    member_stop(member);
    ck_assert_uint_eq(completed_in(member, 0), end - COMMITTED);
    ck_assert_uint_eq(completed_in(member, FRESH), end - (uint64_t)fresh);
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY, .late_start = true);
    scene_expect_committed();
}

START_TEST(earliest_begins_at_the_oldest_record)
{
    prepare();
    struct member *member = start(_i, "weir.start=earliest", NULL);
    expect_beginnings(member, OLDEST);
    expect_rest(member, OLDEST);
}
END_TEST

START_TEST(latest_begins_at_the_end)
{
    prepare();
    struct member *member = start(_i, "weir.start=latest", NULL);
    expect_beginnings(member, RECORDS);
    produce_to_each(MORE, 0);
    expect_rest(member, RECORDS);
}
END_TEST

/* From then on the position is its own, and what comes while it is away is not passed over. */
START_TEST(latest_counts_only_the_first_time)
{
    prepare();
    struct member *member = start(_i, "weir.start=latest", NULL);
    expect_beginnings(member, RECORDS);
    produce_to_each(MORE, 0);
    member_await_completed(member, RECORDS - COMMITTED + MORE + MORE);
    member_stop(member);
    produce_to_each(MORE, 0);
    member_restart(member);
    expect_rest(member, RECORDS);
}
END_TEST

/* The same when there was nothing to handle: the end that was found is committed. */
START_TEST(latest_counts_only_the_first_time_even_without_a_record)
{
    prepare();
    struct member *member = start(_i, "weir.start=latest", NULL);
    expect_beginnings(member, RECORDS);
    member_stop(member);
    produce_to_each(MORE, 0);
    member_restart(member);
    expect_rest(member, RECORDS);
}
END_TEST

static const char *written_as(int form, time_t time)
{
    struct tm parts;
    char text[TIME_SIZE];

    if (form == 0) {
        return scene_text("weir.start.timestamp=%lld", (long long)time * MS_PER_S);
    }
    ck_assert_ptr_nonnull(gmtime_r(&time, &parts));
    ck_assert_uint_gt(strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts), 0);
    return scene_text("weir.start.timestamp=%s", text);
}

/* The first half of the records is two hours old, the second one hour. */
START_TEST(a_timestamp_begins_at_the_first_record_not_before_it)
{
    time_t now = time(NULL);

    scene_create_topic(PARTITIONS);
    produce_to_each(RECORDS, (int64_t)(now - 2 * hour_s) * MS_PER_S);
    produce_to_each(RECORDS, (int64_t)(now - hour_s) * MS_PER_S);
    admin_set_committed(scene.admin, scene.group, scene.topics[0], 0, COMMITTED);
    struct member *member =
        start(_i, "weir.start=timestamp", written_as(_i == IN_A_GROUP ? 0 : 1, now - hour_s));
    expect_beginnings(member, RECORDS);
    expect_rest(member, RECORDS);
}
END_TEST

START_TEST(a_timestamp_after_all_records_begins_at_the_end)
{
    prepare();
    struct member *member = start(_i, "weir.start=timestamp", written_as(1, time(NULL) + hour_s));
    expect_beginnings(member, RECORDS);
    produce_to_each(MORE, 0);
    expect_rest(member, RECORDS);
}
END_TEST

/* Whoever wants no guess gets none: nothing is handled or committed, in no partition. */
START_TEST(error_ends_it_and_names_the_partition)
{
    prepare();
    struct member *member = start(_i, "weir.start=error", NULL);
    member_expect(member, 78, AWAIT_MS);
    const char *said = process_errors(member_process(member));
    ck_assert_ptr_nonnull(
        strstr(said, scene_text("%s/1 has no committed offset", scene.topics[0])));
    ck_assert_ptr_nonnull(strstr(said, "set weir.start to"));
    ck_assert_ptr_null(strstr(said, "trying again"));
    ck_assert_uint_eq(member_count_events(member, WEIR_EVENT_FATAL), 1);
    ck_assert_uint_eq(member_count_events(member, WEIR_EVENT_ASSIGN), 0);
    ck_assert_uint_eq(member_count_events(member, WEIR_EVENT_HANDLER_START), 0);
    ck_assert_int_eq(admin_committed(scene.admin, scene.group, scene.topics[0], 0, NULL),
                     COMMITTED);
    ck_assert_int_eq(admin_committed(scene.admin, scene.group, scene.topics[0], FRESH, NULL), -1);
}
END_TEST

START_TEST(error_asks_no_more_than_a_committed_offset)
{
    prepare();
    admin_set_committed(scene.admin, scene.group, scene.topics[0], FRESH, RECORDS - 1);
    struct member *member = start(_i, "weir.start=error", NULL);
    expect_beginnings(member, RECORDS - 1);
    expect_rest(member, RECORDS - 1);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        earliest_begins_at_the_oldest_record,
        latest_begins_at_the_end,
        latest_counts_only_the_first_time,
        latest_counts_only_the_first_time_even_without_a_record,
        a_timestamp_begins_at_the_first_record_not_before_it,
        a_timestamp_after_all_records_begins_at_the_end,
        error_ends_it_and_names_the_partition,
        error_asks_no_more_than_a_committed_offset,
    };

    return SCENE_RUN_WITH("start", tests, .loops = WAYS);
}
