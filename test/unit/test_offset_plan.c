#include "tools/offset_plan.h"

#include "test/support/runner.h"
#include "tools/memory.h"
#include "tools/offset_time.h"
#include <string.h>

enum { UNKNOWN = WEIR_VIEW_UNKNOWN, BEGIN = 10, END = 100 };

static struct weir_view view;
static struct weir_plan plan;

/* The only partition, which has BEGIN to END. */
static struct weir_view_partition *partition_at(int64_t committed, const char *metadata)
{
    struct weir_view_partition *one = weir_view_add(&view, weir_cli_copy("t"), 3);

    one->committed = committed;
    one->none = committed < 0;
    one->begin = BEGIN;
    one->end = END;
    one->metadata = weir_cli_copy(metadata);
    return one;
}

static void tear_down(void)
{
    weir_plan_fini(&plan);
    weir_view_fini(&view);
}

static const struct {
    int64_t committed;
    int64_t wanted;
    int64_t offset;
    enum weir_change_kind kind;
    const char *note;
} settings[] = {
    {50, 60, 60, WEIR_CHANGE_SET, ""},
    {50, BEGIN, BEGIN, WEIR_CHANGE_SET, ""},
    {50, END, END, WEIR_CHANGE_SET, ""},
    {50, BEGIN - 1, BEGIN, WEIR_CHANGE_SET, "raised to the first there is"},
    {50, 0, BEGIN, WEIR_CHANGE_SET, "raised to the first there is"},
    {50, END + 1, END, WEIR_CHANGE_SET, "lowered to the end"},
    {50, INT64_MAX, END, WEIR_CHANGE_SET, "lowered to the end"},
    {50, 50, 50, WEIR_CHANGE_SAME, "unchanged"},
    {END, END + 1, END, WEIR_CHANGE_SAME, "lowered to the end"},
    {UNKNOWN, 60, 60, WEIR_CHANGE_SET, ""},
    {5, 5, BEGIN, WEIR_CHANGE_SET, "raised to the first there is"}, /* retention passed it */
    {500, 500, END, WEIR_CHANGE_SET, "lowered to the end"},         /* the topic is a new one */
};

START_TEST(what_is_wanted_is_moved_into_what_there_is)
{
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        weir_plan_set(&plan, partition_at(settings[i].committed, NULL), settings[i].wanted, NULL);
        const struct weir_change *change = &plan.changes[i];

        ck_assert_str_eq(change->topic, "t");
        ck_assert_int_eq(change->partition, 3);
        ck_assert_int_eq(change->old, settings[i].committed);
        ck_assert_int_eq(change->none, settings[i].committed == UNKNOWN);
        ck_assert_int_eq(change->wanted, settings[i].wanted);
        ck_assert_int_eq(change->offset, settings[i].offset);
        ck_assert_int_eq(change->kind, settings[i].kind);
        ck_assert_str_eq(weir_change_note(change), settings[i].note);
    }
}
END_TEST

static const struct {
    int64_t committed;
    int64_t by;
    int64_t wanted;
    int64_t offset;
    enum weir_change_kind kind;
} shifts[] = {
    {50, 7, 57, 57, WEIR_CHANGE_SET},
    {50, -7, 43, 43, WEIR_CHANGE_SET},
    {50, 0, 50, 50, WEIR_CHANGE_SAME},
    {50, -100, 0, BEGIN, WEIR_CHANGE_SET},
    {50, -50, 0, BEGIN, WEIR_CHANGE_SET},
    {50, INT64_MAX, INT64_MAX, END, WEIR_CHANGE_SET},
    {50, -INT64_MAX, 0, BEGIN, WEIR_CHANGE_SET},
};

START_TEST(a_shift_stays_within_what_there_is)
{
    for (size_t i = 0; i < sizeof shifts / sizeof shifts[0]; i++) {
        weir_plan_shift(&plan, partition_at(shifts[i].committed, NULL), shifts[i].by);
        ck_assert_int_eq(plan.changes[i].wanted, shifts[i].wanted);
        ck_assert_int_eq(plan.changes[i].offset, shifts[i].offset);
        ck_assert_int_eq(plan.changes[i].kind, shifts[i].kind);
    }
}
END_TEST

START_TEST(what_cannot_be_judged_is_not_changed)
{
    struct weir_view_partition *one = partition_at(50, NULL);
    one->begin = UNKNOWN;
    weir_plan_set(&plan, one, 60, NULL);
    one = partition_at(50, NULL);
    one->end = UNKNOWN;
    weir_plan_set(&plan, one, 60, NULL);
    one = partition_at(UNKNOWN, NULL);
    one->none = false; /* it could not be learnt */
    weir_plan_set(&plan, one, 60, NULL);
    weir_plan_shift(&plan, one, 1);
    weir_plan_unknown(&plan, one);
    ck_assert_uint_eq(weir_plan_count(&plan, WEIR_CHANGE_UNKNOWN), 5);
    weir_plan_shift(&plan, partition_at(UNKNOWN, NULL), 1);
    ck_assert_uint_eq(weir_plan_count(&plan, WEIR_CHANGE_NOTHING), 1);
    weir_plan_missing(&plan, "gone", 9, 60);
    ck_assert_uint_eq(weir_plan_count(&plan, WEIR_CHANGE_MISSING), 1);
    ck_assert_uint_eq(weir_plan_count(&plan, WEIR_CHANGE_SET), 0);
    ck_assert_int_eq(plan.changes[0].offset, 50);
}
END_TEST

START_TEST(metadata_goes_with_its_offset)
{
    weir_plan_set(&plan, partition_at(50, "old"), 60, "new");
    ck_assert_str_eq(plan.changes[0].metadata, "new");
    weir_plan_set(&plan, partition_at(50, "old"), 60, NULL);
    ck_assert_ptr_null(plan.changes[1].metadata);
    weir_plan_set(&plan, partition_at(50, "old"), END + 1, "new");
    ck_assert_ptr_null(plan.changes[2].metadata);
    weir_plan_set(&plan, partition_at(50, "old"), 50, "new");
    ck_assert_int_eq(plan.changes[3].kind, WEIR_CHANGE_SET);
    weir_plan_set(&plan, partition_at(50, "old"), 50, "old");
    ck_assert_int_eq(plan.changes[4].kind, WEIR_CHANGE_SAME);
    weir_plan_set(&plan, partition_at(50, "old"), 50, NULL);
    ck_assert_int_eq(plan.changes[5].kind, WEIR_CHANGE_SAME);
}
END_TEST

static const struct {
    const char *text;
    int64_t ms; /* -1: refused */
} times[] = {
    {"0", 0},
    {"1700000000123", 1700000000123},
    {"1970-01-01", 0},
    {"2026-11-21", 1795219200000},
    {"2026-11-21T10:30", 1795257000000},
    {"2026-11-21T10:30Z", 1795257000000},
    {"2026-11-21T10:30:05", 1795257005000},
    {"2026-11-21T10:30:05.250Z", 1795257005250},
    {"2026-11-21T10:30:00+01:00", 1795253400000},
    {"2026-11-21T10:30:00-01:30", 1795262400000},
    {"2024-02-29", 1709164800000},
    {"2026-02-29", -1},
    {"2026-13-01", -1},
    {"2026-00-01", -1},
    {"2026-11-31", -1},
    {"1969-12-31", -1},
    {"1970-01-01T00:00+01:00", -1},
    {"2026-11-21T24:00", -1},
    {"2026-11-21T10:60", -1},
    {"2026-11-21T10", -1},
    {"2026-11-21 10:30", -1},
    {"2026-11-21T10:30:00.5", -1},
    {"2026-11-21T10:30:00+1", -1},
    {"2026-11-21T10:30:00Zulu", -1},
    {"26-11-21", -1},
    {"-5", -1},
    {"99999999999999999999", -1},
    {"yesterday", -1},
    {"", -1},
};

START_TEST(a_time_is_milliseconds_or_iso_8601)
{
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        int64_t ms = -1;
        bool good = weir_offset_time_parse(times[i].text, &ms);

        ck_assert_msg(good == (times[i].ms >= 0) && ms == times[i].ms, "'%s' is %lld",
                      times[i].text, (long long)ms);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("offset_plan");

    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_test(tcase, what_is_wanted_is_moved_into_what_there_is);
    tcase_add_test(tcase, a_shift_stays_within_what_there_is);
    tcase_add_test(tcase, what_cannot_be_judged_is_not_changed);
    tcase_add_test(tcase, metadata_goes_with_its_offset);
    tcase_add_test(tcase, a_time_is_milliseconds_or_iso_8601);
    return runner_run("offset_plan", tcase);
}
