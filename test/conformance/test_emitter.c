#include "emitters/emitter.h"

#include "framework/base/memory.h"
#include "framework/snapshot.h"
#include "test/support/runner.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* What every emitter must do, and what each of them says. */

#define S(n) ((weir_time)(n)*1000 * WEIR_NS_PER_MS)

enum { LINES_MAX = 64, TEXT_SIZE = 2 * WEIR_LOG_TEXT_SIZE };

struct heard {
    char text[TEXT_SIZE]; /* with the tag before it */
    json_t *data;
    int level;
};

static struct heard heard[LINES_MAX];
static uint32_t count;
static struct weir_log logger;
static struct weir_report report;
static struct weir_measurement measurement;
static struct weir_snapshot *snapshot;
static struct weir_emitters *emitters;

static void hear(const struct weir_log_line *line, void *user)
{
    struct heard *one = &heard[count++];

    (void)user;
    ck_assert_uint_lt(count, LINES_MAX);
    (void)snprintf(one->text, sizeof one->text, "%s: %s", line->tag, line->text);
    one->level = line->level;
    one->data = json_loads(line->data, 0, NULL);
    ck_assert_msg(json_is_object(one->data), "no JSON object: %s", line->data);
    ck_assert_ptr_null(strchr(line->text, '\n'));
    ck_assert_ptr_null(strchr(line->data, '\n'));
}

static void forget(void)
{
    while (count > 0) {
        json_decref(heard[--count].data);
    }
}

static void open_emitters(void)
{
    struct weir_emitter_env env = {.log = &logger, .now = S(100)};
    struct weir_error error = {0};

    ck_assert_int_eq(weir_emitters_open(&env, &emitters, &error), WEIR_OK);
}

static void picture(size_t rows)
{
    weir_snapshot_destroy(snapshot);
    ck_assert_int_eq(weir_snapshot_create(rows, rows * 300, &snapshot), WEIR_OK);
    measurement.snapshot = snapshot;
    measurement.gauges[WEIR_GAUGE_PARTITIONS] = (int64_t)rows;
    weir_snapshot_count(snapshot, &report);
}

static void set_up(void)
{
    memset(&report, 0, sizeof report);
    memset(&measurement, 0, sizeof measurement);
    count = 0;
    weir_log_init(&logger, WEIR_LOG_INFO, hear, NULL);
    open_emitters();
    picture(0);
}

static void tear_down(void)
{
    weir_emitters_close(emitters);
    weir_snapshot_destroy(snapshot);
    snapshot = NULL;
    weir_log_fini(&logger);
    forget();
}

static void emit_at(weir_time at, enum weir_occasion occasion)
{
    forget();
    measurement.time = at;
    weir_snapshot_count(snapshot, &report);
    weir_emitters_emit(emitters, occasion, &measurement);
}

static const struct heard *line_with(const char *start)
{
    for (uint32_t i = 0; i < count; i++) {
        if (strncmp(heard[i].text, start, strlen(start)) == 0) {
            return &heard[i];
        }
    }
    return NULL;
}

static json_int_t number(const struct heard *line, const char *name)
{
    ck_assert_ptr_nonnull(line);
    ck_assert_msg(json_is_number(json_object_get(line->data, name)), "no number '%s'", name);
    const json_t *value = json_object_get(line->data, name);
    return json_is_integer(value) ? json_integer_value(value) : (json_int_t)json_real_value(value);
}

static void handle(uint64_t records)
{
    weir_tally_add(&report.counters[WEIR_COUNTER_HANDLED], records);
}

static void measure(enum weir_histogram histogram, weir_time duration, uint64_t times)
{
    static struct weir_histogram_part part;

    memset(&part, 0, sizeof part);
    weir_histogram_part_init(&part);
    weir_histogram_part_add(&part, duration, times);
    weir_distribution_add(&measurement.histograms[histogram], &part);
}

START_TEST(a_status_is_one_line)
{
    static const char expected[] =
        "status: 250 records/s, 500 in flight (oldest 35 ms), 1234 buffered (1.5 MiB held), lag "
        "77 (of 1 partitions not known), commit age 1.2 s, 3 partitions";

    picture(3);
    handle(2500);
    measurement.gauges[WEIR_GAUGE_IN_FLIGHT] = 500;
    measurement.gauges[WEIR_GAUGE_OLDEST] = 35;
    measurement.gauges[WEIR_GAUGE_BUFFERED] = 1234;
    measurement.gauges[WEIR_GAUGE_BYTES] = 3 << 19;
    measurement.gauges[WEIR_GAUGE_LAG] = 77;
    measurement.gauges[WEIR_GAUGE_LAG_UNKNOWN] = 1;
    measurement.gauges[WEIR_GAUGE_COMMIT_AGE] = 1200;
    emit_at(S(110), WEIR_OCCASION_STATUS);
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(heard[0].text, expected);
    ck_assert_int_eq(number(&heard[0], "handled_per_second"), 250);
    ck_assert_int_eq(number(&heard[0], "lag_records"), 77);
    ck_assert_int_eq(heard[0].level, WEIR_LOG_INFO);
}
END_TEST

START_TEST(the_rate_is_of_the_time_since_the_last_status)
{
    handle(1000000);
    emit_at(S(110), WEIR_OCCASION_STATUS);
    handle(30);
    emit_at(S(115), WEIR_OCCASION_ASKED); /* is none */
    ck_assert_int_eq(number(line_with("status: 6.0 records/s"), "handled_per_second"), 6);
    handle(40);
    emit_at(S(120), WEIR_OCCASION_STATUS);
    ck_assert_int_eq(number(line_with("status: 7.0 records/s"), "handled_per_second"), 7);
}
END_TEST

START_TEST(a_status_that_is_no_news_is_not_said)
{
    picture(2);
    emit_at(S(110), WEIR_OCCASION_STATUS);
    ck_assert_uint_eq(count, 1);
    emit_at(S(120), WEIR_OCCASION_STATUS);
    ck_assert_uint_eq(count, 0);
    measurement.gauges[WEIR_GAUGE_LAG] = 1; /* others wrote, and we do not get it */
    emit_at(S(130), WEIR_OCCASION_STATUS);
    ck_assert_uint_eq(count, 1);
    emit_at(S(140), WEIR_OCCASION_STATUS);
    ck_assert_uint_eq(count, 0);
    picture(1);
    emit_at(S(150), WEIR_OCCASION_STATUS);
    ck_assert_uint_eq(count, 1);
}
END_TEST

static const enum weir_gauge_kind under_way[] = {WEIR_GAUGE_IN_FLIGHT, WEIR_GAUGE_BUFFERED,
                                                 WEIR_GAUGE_COMMIT_AGE};

/* Whoever is stuck says so again and again, and the end of it is news. */
START_TEST(a_status_is_said_as_long_as_something_is_under_way)
{
    measurement.gauges[under_way[_i]] = 1;
    for (int i = 1; i <= 3; i++) {
        emit_at(S(100 + i), WEIR_OCCASION_STATUS);
        ck_assert_uint_eq(count, 1);
    }
    measurement.gauges[under_way[_i]] = 0;
    emit_at(S(110), WEIR_OCCASION_STATUS);
    ck_assert_uint_eq(count, 1);
    emit_at(S(111), WEIR_OCCASION_STATUS);
    ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(records_that_were_handled_are_news)
{
    emit_at(S(110), WEIR_OCCASION_STATUS);
    emit_at(S(120), WEIR_OCCASION_STATUS);
    ck_assert_uint_eq(count, 0);
    handle(1);
    emit_at(S(130), WEIR_OCCASION_STATUS);
    ck_assert_ptr_nonnull(line_with("status: 0.1 records/s"));
}
END_TEST

static void add_row(const char *topic)
{
    const struct weir_snapshot_row row = {.topic = topic,
                                          .partition = INT32_MAX,
                                          .state = WEIR_PARTITION_RUNNING,
                                          .position = INT64_MAX,
                                          .watermark = INT64_MAX - 1,
                                          .committed = -1,
                                          .end = INT64_MAX,
                                          .in_flight = UINT32_MAX,
                                          .buffered = UINT32_MAX,
                                          .bytes = INT64_MAX,
                                          .oldest_ms = INT64_MAX,
                                          .began = INT64_MAX,
                                          .take_over_ns = INT64_MAX};

    picture(1);
    weir_snapshot_add(snapshot, &row);
}

static const enum weir_occasion whole[] = {WEIR_OCCASION_ASKED, WEIR_OCCASION_END};

START_TEST(everything_is_counters_times_and_partitions)
{
    handle(12);
    measure(WEIR_HISTOGRAM_HANDLER, 1500000, 8);
    add_row("orders");
    emit_at(S(110), whole[_i]);
    ck_assert_int_eq(number(line_with("counters: handled_records 12"), "handled_records"), 12);
    ck_assert_int_eq(number(line_with("counters: "), "done_records"), 0);
    const struct heard *times =
        line_with("times: handler_call: 8 batches, mean 1.5 ms, p50 1.5 ms");
    ck_assert_int_eq(number(times, "count"), 8);
    ck_assert_int_eq(number(times, "max_ns"), 1500000);
    ck_assert_str_eq(json_string_value(json_object_get(times->data, "histogram")), "handler_call");
    const struct heard *row = line_with("partition: orders/2147483647: running, position");
    ck_assert_int_eq(number(row, "committed"), -1);
    ck_assert_int_eq(number(row, "lag"), 1);
    ck_assert_ptr_null(strstr(row->text, "committed"));
    ck_assert(_i == 1 || line_with("status: ") != NULL);
    ck_assert_uint_eq(count, _i == 1 ? 3 : 4);
}
END_TEST

/* Whatever the numbers are and topics are called, a line is whole. */
START_TEST(the_largest_numbers_and_longest_names_fit)
{
    char topic[WEIR_TOPIC_NAME_SIZE_MAX + 1] = "";

    memset(topic, _i == 0 ? 'x' : _i == 1 ? '"' : '\x01', sizeof topic - 1);
    for (int i = 0; i < (int)WEIR_COUNTERS; i++) {
        weir_tally_add(&report.counters[i], INT64_MAX);
    }
    for (int i = 0; i < (int)WEIR_HISTOGRAMS; i++) {
        measure((enum weir_histogram)i, INT64_MAX / 2, UINT32_MAX);
    }
    add_row(topic);
    for (int i = 0; i < (int)WEIR_GAUGES; i++) {
        measurement.gauges[i] = INT64_MAX;
    }
    emit_at(S(110), WEIR_OCCASION_ASKED);
    ck_assert_uint_eq(count, 1 + WEIR_HISTOGRAMS + 1 + 1);
    ck_assert_int_eq(number(line_with("partition: "), "oldest_ms"), INT64_MAX);
    ck_assert_str_eq(json_string_value(json_object_get(line_with("partition: ")->data, "topic")),
                     topic);
}
END_TEST

START_TEST(a_color_is_told_with_what_stands_of_the_switch)
{
    struct weir_switch record;
    struct weir_coordinator_colors colors = {.color = "green"};

    weir_snapshot_color(snapshot, &colors);
    emit_at(S(110), whole[_i]);
    ck_assert_ptr_nonnull(
        line_with("colors: green stands by, active color none, epoch 0, not read yet"));
    weir_switch_init(&record);
    record.step = WEIR_SWITCH_DRAINING;
    record.epoch = UINT32_MAX;
    memset(record.active, 'b', sizeof record.active - 1);
    colors.color = record.active;
    colors.record = &record;
    weir_snapshot_color(snapshot, &colors);
    emit_at(S(120), whole[_i]);
    const struct heard *line = line_with("colors: bbb");
    ck_assert_int_eq(number(line, "epoch"), UINT32_MAX);
    ck_assert_int_eq(number(line, "may_own"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(line->data, "step")), "draining");
    ck_assert_str_eq(json_string_value(json_object_get(line->data, "active")), record.active);
    ck_assert_str_eq(json_string_value(json_object_get(line->data, "color")), record.active);
}
END_TEST

START_TEST(who_asks_is_told_whatever_the_level)
{
    logger.level = WEIR_LOG_ERROR;
    handle(1);
    emit_at(S(110), WEIR_OCCASION_STATUS);
    ck_assert_uint_eq(count, 0);
    emit_at(S(120), WEIR_OCCASION_END);
    ck_assert_uint_eq(count, 0);
    emit_at(S(130), WEIR_OCCASION_ASKED);
    ck_assert_uint_eq(count, 2);
}
END_TEST

START_TEST(without_memory_nothing_is_opened)
{
    struct weir_emitter_env env = {.log = &logger};
    struct weir_emitters *none = NULL;
    struct weir_error error = {0};
    uint64_t nth = 1;

    for (;; nth++) {
        weir_memory_fail_nth(nth);
        enum weir_status status = weir_emitters_open(&env, &none, &error);
        weir_memory_fail_nth(0);
        if (status == WEIR_OK) {
            break;
        }
        ck_assert_int_eq(status, WEIR_ERR_NOMEM);
        ck_assert_ptr_null(none);
    }
    ck_assert_uint_gt(nth, 2);
    weir_emitters_close(none);
}
END_TEST

START_TEST(gauges_have_names_of_their_own)
{
    for (int gauge = 0; gauge < (int)WEIR_GAUGES; gauge++) {
        const char *name = weir_gauge_name((enum weir_gauge_kind)gauge);
        for (int other = 0; other < gauge; other++) {
            ck_assert_str_ne(name, weir_gauge_name((enum weir_gauge_kind)other));
        }
        for (int counter = 0; counter < (int)WEIR_COUNTERS; counter++) {
            ck_assert_str_ne(name, weir_counter_name((enum weir_counter)counter));
        }
    }
    ck_assert_str_eq(weir_gauge_name(WEIR_GAUGES), "unknown");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("emitter");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_status_is_one_line);
    tcase_add_test(tcase, the_rate_is_of_the_time_since_the_last_status);
    tcase_add_test(tcase, a_status_that_is_no_news_is_not_said);
    tcase_add_loop_test(tcase, a_status_is_said_as_long_as_something_is_under_way, 0,
                        sizeof under_way / sizeof under_way[0]);
    tcase_add_test(tcase, records_that_were_handled_are_news);
    tcase_add_loop_test(tcase, everything_is_counters_times_and_partitions, 0, 2);
    tcase_add_loop_test(tcase, the_largest_numbers_and_longest_names_fit, 0, 3);
    tcase_add_loop_test(tcase, a_color_is_told_with_what_stands_of_the_switch, 0, 2);
    tcase_add_test(tcase, who_asks_is_told_whatever_the_level);
    tcase_add_test(tcase, without_memory_nothing_is_opened);
    tcase_add_test(tcase, gauges_have_names_of_their_own);
    return runner_run("emitter", tcase);
}
