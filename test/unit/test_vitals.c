#include "framework/vitals.h"

#include "framework/base/memory.h"
#include "framework/vitals_json.h"
#include "test/support/runner.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct weir_vitals_log vitals;
static struct weir_vitals_reading reading;
static struct weir_vitals told;
static weir_time now;

static void set_up(void)
{
    memset(&vitals, 0, sizeof vitals);
    reading = (struct weir_vitals_reading){.lag_known = true};
    told = (struct weir_vitals){.told = false};
    now = WEIR_NS_PER_MS;
}

static void note_after_ms(int64_t ms)
{
    now += ms * WEIR_NS_PER_MS;
    weir_vitals_note(&vitals, &reading, now);
}

/* So much more, and it is read again a second later. */
static void go_on(uint64_t done, uint64_t failed, int64_t busy_us, int64_t lag)
{
    reading.done += done;
    reading.failed += failed;
    reading.busy_us += busy_us;
    reading.lag = (uint64_t)((int64_t)reading.lag + lag);
    note_after_ms(1000);
}

START_TEST(nothing_is_told_of_what_was_not_read_twice)
{
    weir_vitals_since_mark(&vitals, &told);
    ck_assert(!told.told);
    weir_vitals_recent(&vitals, &told);
    ck_assert(!told.told);
    note_after_ms(0);
    weir_vitals_mark(&vitals);
    weir_vitals_recent(&vitals, &told);
    ck_assert(!told.told);
    weir_vitals_since_mark(&vitals, &told);
    ck_assert(!told.told);
    go_on(1, 0, 0, 0);
    weir_vitals_since_mark(&vitals, &told);
    ck_assert(told.told);
    weir_vitals_recent(&vitals, &told);
    ck_assert(told.told);
}
END_TEST

START_TEST(a_span_counts_from_its_mark)
{
    reading = (struct weir_vitals_reading){
        .done = 1000, .failed = 900, .busy_us = 5000000, .lag = 70, .lag_known = true};
    note_after_ms(0);
    weir_vitals_mark(&vitals);
    go_on(10, 5, 300, 20);
    go_on(20, 0, 200, -50);
    weir_vitals_since_mark(&vitals, &told);
    ck_assert_uint_eq(told.records, 35);
    ck_assert_uint_eq(told.failed, 5);
    ck_assert_int_eq(told.busy_us, 500);
    ck_assert(told.lag_known);
    ck_assert_int_eq(told.lag_grew, -30);
    weir_vitals_mark(&vitals);
    go_on(7, 1, 0, 0);
    weir_vitals_since_mark(&vitals, &told);
    ck_assert_uint_eq(told.records, 8);
    ck_assert_uint_eq(told.failed, 1);
}
END_TEST

/* What other partitions lag is no growth. */
START_TEST(a_lag_is_followed_while_the_partitions_are_the_same)
{
    note_after_ms(0);
    weir_vitals_mark(&vitals);
    go_on(0, 0, 0, 5);
    reading.shares++;
    go_on(0, 0, 0, 1000);
    go_on(0, 0, 0, 5);
    weir_vitals_since_mark(&vitals, &told);
    ck_assert(told.lag_known);
    ck_assert_int_eq(told.lag_grew, 10);
}
END_TEST

START_TEST(a_lag_that_is_seldom_known_is_not_known)
{
    reading.lag_known = false;
    note_after_ms(0);
    weir_vitals_mark(&vitals);
    go_on(0, 0, 0, 5);
    reading.lag_known = true;
    go_on(0, 0, 0, 5); /* from when on it is known */
    go_on(0, 0, 0, 5);
    weir_vitals_since_mark(&vitals, &told);
    ck_assert(!told.lag_known);
    ck_assert_int_eq(told.lag_grew, 0);
    go_on(0, 0, 0, 5); /* two of four seconds */
    weir_vitals_since_mark(&vitals, &told);
    ck_assert(told.lag_known);
    ck_assert_int_eq(told.lag_grew, 10);
}
END_TEST

START_TEST(the_last_minute_is_remembered)
{
    enum { BEFORE = 500, SECONDS = 120, MINUTE = 60, LOOK = WEIR_VITALS_EVERY_MS / 1000 };

    note_after_ms(0);
    go_on(BEFORE, BEFORE, 0, 0);
    for (int i = 0; i < SECONDS; i++) {
        go_on(1, 0, 2, 1);
    }
    weir_vitals_recent(&vitals, &told);
    ck_assert_uint_ge(told.records, MINUTE);
    ck_assert_uint_le(told.records, MINUTE + LOOK);
    ck_assert_uint_eq(told.failed, 0);
    ck_assert_int_eq(told.busy_us, 2 * (int64_t)told.records);
    ck_assert_int_eq(told.lag_grew, (int64_t)told.records);
}
END_TEST

/* Of several. */

/* As a shadow, for example, which costs its handlers' time nothing here. */
START_TEST(what_was_done_while_nobody_looked_is_not_told)
{
    note_after_ms(0);
    go_on(10, 0, 1000, 0);
    reading.done += 100000;
    note_after_ms(WEIR_VITALS_GAP_MS + 1);
    weir_vitals_recent(&vitals, &told);
    ck_assert(!told.told);
    go_on(7, 0, 700, 0);
    weir_vitals_recent(&vitals, &told);
    ck_assert_uint_eq(told.records, 7);
    ck_assert_int_eq(told.busy_us, 700);
}
END_TEST

START_TEST(several_are_added_up)
{
    const struct weir_vitals one = {
        .told = true, .lag_known = true, .records = 5, .failed = 1, .busy_us = 7, .lag_grew = -3};
    const struct weir_vitals other = {.told = true, .records = 50, .busy_us = 1};
    const struct weir_vitals none = {.told = false, .records = 99};
    struct weir_vitals sum = {.told = false};

    weir_vitals_add(&sum, &none);
    ck_assert(!sum.told);
    weir_vitals_add(&sum, &one);
    weir_vitals_add(&sum, &none);
    ck_assert(weir_vitals_equal(&sum, &one));
    weir_vitals_add(&sum, &other);
    ck_assert(sum.told && !sum.lag_known);
    ck_assert_uint_eq(sum.records, 55);
    ck_assert_uint_eq(sum.failed, 1);
    ck_assert_int_eq(sum.busy_us, 8);
    weir_vitals_add(&sum, &one);
    ck_assert(!sum.lag_known);
}
END_TEST

START_TEST(sums_do_not_overflow)
{
    const struct weir_vitals most = {.told = true,
                                     .lag_known = true,
                                     .records = UINT64_MAX,
                                     .failed = UINT64_MAX,
                                     .busy_us = INT64_MAX,
                                     .lag_grew = INT64_MIN};
    struct weir_vitals sum = {.told = false};

    for (int i = 0; i < 3000; i++) {
        weir_vitals_add(&sum, &most);
    }
    ck_assert_uint_eq(sum.records, (uint64_t)WEIR_VITALS_MAX);
    ck_assert_uint_eq(sum.failed, (uint64_t)WEIR_VITALS_MAX);
    ck_assert_int_eq(sum.busy_us, WEIR_VITALS_MAX);
    ck_assert_int_eq(sum.lag_grew, -WEIR_VITALS_MAX);
}
END_TEST

/* In documents. */

static const struct {
    const char *text;
    bool good;
} documents[] = {
    {"{\"records\":1200,\"failed\":3,\"busy_us\":640000,\"lag_grew\":-12}", true},
    {"{\"records\":1200,\"failed\":3,\"busy_us\":640000}", true},
    {"{\"records\":9007199254740992,\"failed\":9007199254740992,\"busy_us\":0}", true},
    {"{\"records\":9007199254740993,\"failed\":0,\"busy_us\":0}", false},
    {"{\"records\":1,\"failed\":2,\"busy_us\":0}", false},
    {"{\"records\":-1,\"failed\":-1,\"busy_us\":0}", false},
    {"{\"records\":1.0,\"failed\":0,\"busy_us\":0}", false},
    {"{\"records\":1,\"failed\":0,\"busy_us\":-1}", false},
    {"{\"records\":1,\"failed\":0}", false},
    {"{\"records\":1,\"failed\":0,\"busy_us\":0,\"lag_grew\":null}", false},
    {"{\"records\":1,\"failed\":0,\"busy_us\":0,\"lag_grew\":-9007199254740993}", false},
    {"[1,0,0]", false},
    {"7", false},
    {"null", false},
};
enum { DOCUMENTS = sizeof documents / sizeof documents[0] };

START_TEST(what_is_read_is_what_was_written)
{
    const char *text = documents[_i].text;
    json_t *object = json_loads(text, JSON_DECODE_ANY, NULL);

    ck_assert_ptr_nonnull(object);
    ck_assert_int_eq(weir_vitals_take(object, &told), documents[_i].good);
    json_decref(object);
    if (documents[_i].good) {
        json_t *again = weir_vitals_object(&told);
        char *written = json_dumps(again, JSON_COMPACT);
        ck_assert_str_eq(written, text);
        free(written);
        json_decref(again);
    }
}
END_TEST

START_TEST(what_is_not_there_is_not_told)
{
    told.told = true;
    ck_assert(weir_vitals_take(NULL, &told));
    ck_assert(!told.told);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("vitals");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, nothing_is_told_of_what_was_not_read_twice);
    tcase_add_test(tcase, a_span_counts_from_its_mark);
    tcase_add_test(tcase, a_lag_is_followed_while_the_partitions_are_the_same);
    tcase_add_test(tcase, a_lag_that_is_seldom_known_is_not_known);
    tcase_add_test(tcase, the_last_minute_is_remembered);
    tcase_add_test(tcase, what_was_done_while_nobody_looked_is_not_told);
    tcase_add_test(tcase, several_are_added_up);
    tcase_add_test(tcase, sums_do_not_overflow);
    tcase_add_loop_test(tcase, what_is_read_is_what_was_written, 0, DOCUMENTS);
    tcase_add_test(tcase, what_is_not_there_is_not_told);
    return runner_run("vitals", tcase);
}
