#include "framework/snapshot.h"

#include "test/support/runner.h"
#include <stdio.h>
#include <string.h>

static struct weir_snapshot *create(size_t rows, size_t topics)
{
    struct weir_snapshot *snapshot = NULL;

    ck_assert_int_eq(weir_snapshot_create(rows, topics, &snapshot), WEIR_OK);
    return snapshot;
}

static struct weir_snapshot_row row_of(const char *topic, int32_t partition)
{
    return (struct weir_snapshot_row){.topic = topic,
                                      .partition = partition,
                                      .state = WEIR_PARTITION_RUNNING,
                                      .position = 20,
                                      .watermark = 10,
                                      .committed = 9,
                                      .end = 100,
                                      .in_flight = 3,
                                      .buffered = 4,
                                      .bytes = 500,
                                      .oldest_ms = 6};
}

START_TEST(an_empty_one_knows_nothing)
{
    struct weir_snapshot *snapshot = create(0, 0);

    ck_assert_uint_eq(snapshot->size, sizeof *snapshot);
    ck_assert_uint_eq(snapshot->row_count, 0);
    ck_assert_int_eq(snapshot->oldest_ms, -1);
    ck_assert_ptr_null(weir_snapshot_at(snapshot, 0));
    weir_snapshot_sort(snapshot);
    weir_snapshot_destroy(snapshot);
    weir_snapshot_destroy(NULL);
}
END_TEST

START_TEST(rows_are_copied_and_sorted)
{
    static const struct {
        const char *topic;
        int32_t partition;
    } order[] = {{"a", 2}, {"a", 10}, {"b", 0}, {"bb", 0}};
    static const size_t given[] = {3, 1, 2, 0};
    struct weir_snapshot *snapshot = create(4, sizeof "a" * 2 + sizeof "b" + sizeof "bb");

    for (size_t i = 0; i < 4; i++) {
        char topic[4];
        (void)snprintf(topic, sizeof topic, "%s", order[given[i]].topic);
        struct weir_snapshot_row row = row_of(topic, order[given[i]].partition);
        weir_snapshot_add(snapshot, &row);
    }
    weir_snapshot_sort(snapshot);
    for (size_t i = 0; i < 4; i++) {
        const struct weir_snapshot_row *row = weir_snapshot_at(snapshot, i);
        ck_assert_str_eq(row->topic, order[i].topic);
        ck_assert_int_eq(row->partition, order[i].partition);
        ck_assert_uint_eq(row->size, sizeof *row);
        ck_assert_int_eq(row->lag, 90);
    }
    weir_snapshot_destroy(snapshot);
}
END_TEST

START_TEST(totals_leave_out_what_is_not_ours_any_more)
{
    struct weir_snapshot *snapshot = create(3, 3 * sizeof "a");
    struct weir_snapshot_row row = row_of("a", 0);

    weir_snapshot_add(snapshot, &row);
    row.end = 11;
    row.oldest_ms = 5;
    weir_snapshot_add(snapshot, &row);
    row.state = WEIR_PARTITION_CLOSING;
    row.oldest_ms = 7;
    weir_snapshot_add(snapshot, &row);
    ck_assert_uint_eq(snapshot->row_count, 3);
    ck_assert_uint_eq(snapshot->assigned, 2);
    ck_assert_uint_eq(snapshot->lag, 91);
    ck_assert_uint_eq(snapshot->lag_unknown, 0);
    ck_assert_uint_eq(snapshot->in_flight, 6);
    ck_assert_uint_eq(snapshot->buffered, 8);
    ck_assert_uint_eq(snapshot->bytes, 1000);
    ck_assert_int_eq(snapshot->oldest_ms, 6);
    weir_snapshot_destroy(snapshot);
}
END_TEST

/* Watermark, end, and what is said of the end and of the lag. */
static const int64_t lags[][4] = {
    {10, 10, 10, 0},  {10, 11, 11, 1},  {0, 0, 0, 0},     {10, 9, -1, -1},
    {10, -1, -1, -1}, {-1, 10, -1, -1}, {-1, -1, -1, -1}, {0, INT64_MAX, INT64_MAX, INT64_MAX}};

START_TEST(a_lag_is_known_or_said_to_be_unknown)
{
    struct weir_snapshot *snapshot = create(1, sizeof "a");
    struct weir_snapshot_row row = row_of("a", 0);

    row.watermark = lags[_i][0];
    row.end = lags[_i][1];
    weir_snapshot_add(snapshot, &row);
    ck_assert_int_eq(weir_snapshot_at(snapshot, 0)->end, lags[_i][2]);
    ck_assert_int_eq(weir_snapshot_at(snapshot, 0)->lag, lags[_i][3]);
    ck_assert_uint_eq(snapshot->lag_unknown, lags[_i][3] < 0);
    ck_assert_uint_eq(snapshot->lag, lags[_i][3] < 0 ? 0 : (uint64_t)lags[_i][3]);
    weir_snapshot_destroy(snapshot);
}
END_TEST

START_TEST(counters_are_those_of_the_report)
{
    static struct weir_report report;
    struct weir_snapshot *snapshot = create(0, 0);

    weir_report_count(&report, WEIR_COUNTER_DONE, 7);
    weir_report_count(&report, WEIR_COUNTER_WORKERS, 2);
    weir_snapshot_count(snapshot, &report);
    ck_assert_uint_eq(snapshot->counter_count, WEIR_COUNTERS);
    for (size_t i = 0; i < WEIR_COUNTERS; i++) {
        ck_assert_uint_eq(snapshot->counters[i], i == WEIR_COUNTER_DONE      ? 7
                                                 : i == WEIR_COUNTER_WORKERS ? 2
                                                                             : 0);
    }
    weir_snapshot_destroy(snapshot);
}
END_TEST

START_TEST(colors_are_copied_or_absent)
{
    struct weir_snapshot *snapshot = create(0, 0);
    char color[] = "blue";
    struct weir_switch record;
    struct weir_coordinator_colors colors = {.color = color};

    ck_assert_ptr_null(snapshot->color);
    ck_assert_ptr_null(snapshot->step);
    weir_snapshot_color(snapshot, &colors);
    ck_assert_str_eq(snapshot->color, "blue");
    ck_assert_ptr_null(snapshot->step);
    ck_assert(!snapshot->may_own);
    weir_switch_init(&record);
    colors.record = &record;
    weir_snapshot_color(snapshot, &colors);
    ck_assert_ptr_null(snapshot->active);
    ck_assert_str_eq(snapshot->step, "idle");
    record.epoch = 7;
    record.step = WEIR_SWITCH_HANDED_OVER;
    (void)snprintf(record.active, sizeof record.active, "%s", color);
    weir_snapshot_color(snapshot, &colors);
    memset(color, 'x', sizeof color - 1);
    weir_switch_init(&record);
    ck_assert_str_eq(snapshot->color, "blue");
    ck_assert_str_eq(snapshot->active, "blue");
    ck_assert_str_eq(snapshot->step, "handed_over");
    ck_assert_uint_eq(snapshot->step_index, WEIR_SWITCH_HANDED_OVER);
    ck_assert_uint_eq(snapshot->epoch, 7);
    ck_assert(snapshot->may_own);
    weir_snapshot_destroy(snapshot);
}
END_TEST

START_TEST(a_state_has_a_name)
{
    ck_assert_str_eq(weir_partition_state_name(WEIR_PARTITION_WAITING), "waiting");
    ck_assert_str_eq(weir_partition_state_name(WEIR_PARTITION_CLOSING), "closing");
    ck_assert_str_eq(weir_partition_state_name((enum weir_partition_state)99), "unknown");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("snapshot");

    tcase_add_test(tcase, an_empty_one_knows_nothing);
    tcase_add_test(tcase, rows_are_copied_and_sorted);
    tcase_add_test(tcase, totals_leave_out_what_is_not_ours_any_more);
    tcase_add_loop_test(tcase, a_lag_is_known_or_said_to_be_unknown, 0,
                        sizeof lags / sizeof lags[0]);
    tcase_add_test(tcase, counters_are_those_of_the_report);
    tcase_add_test(tcase, colors_are_copied_or_absent);
    tcase_add_test(tcase, a_state_has_a_name);
    return runner_run("snapshot", tcase);
}
