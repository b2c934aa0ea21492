/* Does the judge let every random fleet pass that does as it must, and flag each planted lie? */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>

#include "test/support/fleet.h"
#include "test/support/verify.h"

enum { SEEDS = 200, LIES_MIN = 10 };

/* What was seen in all of them together. */
struct seen {
    uint64_t zombie_starts;
    uint64_t repeated;
    uint64_t revocations;
    uint64_t calm;
};

static struct verify_report *judge(const struct fleet *fleet, struct verify_options *options)
{
    fleet_tell(fleet, options);
    struct verify_report *report = verify(options);
    fleet_forget(options);
    return report;
}

static void judge_truth(uint64_t seed, struct seen *seen)
{
    struct fleet *fleet = fleet_create(seed);
    struct verify_options options = fleet_options(fleet);
    struct verify_report *report = judge(fleet, &options);

    ck_assert_msg(verify_passed(&options, report), "seed %llu: %s", (unsigned long long)seed,
                  report->text);
    ck_assert_uint_eq(report->completed, report->records);
    ck_assert_uint_eq(report->revocations, fleet->revocations);
    seen->zombie_starts += report->zombie_starts;
    seen->repeated += report->repeated;
    seen->revocations += report->revocations;
    seen->calm += fleet->calm;
    verify_report_destroy(report);
    free(fleet);
}

START_TEST(true_histories_pass)
{
    struct seen seen = {.calm = 0};

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        judge_truth(seed, &seen);
    }
    ck_assert_uint_gt(seen.zombie_starts, SEEDS / 4);
    ck_assert_uint_gt(seen.repeated, SEEDS);
    ck_assert_uint_gt(seen.revocations, SEEDS);
    ck_assert_uint_gt(seen.calm, SEEDS / 8);
}
END_TEST

/* 1 if the history had a place for the lie; then the judge must have named it. */
static int judge_lie(uint64_t seed, enum verify_rule rule)
{
    struct fleet *fleet = fleet_create(seed);
    struct verify_options options = fleet_options(fleet);
    bool lied = fleet_lie(fleet, rule, &options);

    if (lied) {
        struct verify_report *report = judge(fleet, &options);
        ck_assert_msg(report->found[rule] > 0, "seed %llu: no '%s' in: %s",
                      (unsigned long long)seed, verify_rule_name(rule), report->text);
        verify_report_destroy(report);
    }
    free(fleet);
    return lied ? 1 : 0;
}

START_TEST(each_lie_is_named)
{
    enum verify_rule rule = (enum verify_rule)_i;
    int lies = 0;

    for (uint64_t seed = 1; seed <= SEEDS && lies < SEEDS / 4; seed++) {
        lies += judge_lie(seed, rule);
    }
    bool told_by_scripts =
        rule == VERIFY_LONG_OVERLAP || rule == VERIFY_REPEATED || rule == VERIFY_OVERDUE_COMMIT;
    ck_assert_msg(told_by_scripts ? lies == 0 : lies >= LIES_MIN, "%s: %d lies",
                  verify_rule_name(rule), lies);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("support_verify_fleet");
    TCase *tcase = tcase_create("verify");
    SRunner *runner = srunner_create(suite);

    tcase_add_test(tcase, true_histories_pass);
    tcase_add_loop_test(tcase, each_lie_is_named, 0, VERIFY_RULES);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
