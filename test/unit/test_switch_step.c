#include "test/unit/switch_bench.h"

/* The way there. */

START_TEST(nothing_was_ever_asked_for)
{
    expect(WEIR_SWITCH_IDLE, "", 0);
    expect_owners("");
    expect_blocked("b:kref g:kref", INT64_MAX, "");
    ck_assert_int_eq(weir_switch_limit_ms(&record), -1);
    ck_assert_uint_eq(record.past_count, 0);
}
END_TEST

START_TEST(each_partition_goes_over_by_itself)
{
    be_in(WEIR_SWITCH_PREPARED);
    expect(WEIR_SWITCH_PREPARED, "blue", 2);
    expect_owners("b");
    ck_assert_str_eq(record.request.from, "blue");
    ck_assert_int_eq(record.request.asked_ms, 1000);
    ck_assert(step_at("b:k g:kr", 0));
    expect(WEIR_SWITCH_DRAINING, "blue", 3);
    expect_owners("g");
    ck_assert(step_at("b:ke g:k", 0));
    expect(WEIR_SWITCH_COMMITTED, "blue", 3);
    expect_owners("g");
    ck_assert(step_at("b: g:", 0));
    expect(WEIR_SWITCH_HANDED_OVER, "green", 4);
    expect_owners("g");
    ck_assert(step_at("b: g:kf", 0));
    expect(WEIR_SWITCH_ACTIVE, "green", 4);
    expect_owners("g");
    expect_blocked("b: g:", HEALTH_MS - 1, "the health of green is watched");
    ck_assert(step_at("b: g:", HEALTH_MS));
    expect_past(WEIR_SWITCH_DONE, "");
    expect(WEIR_SWITCH_IDLE, "green", 4);
    expect_owners("g");
    ck_assert_str_eq(record.past[0].from, "blue");
    ck_assert_int_eq(record.past[0].ended_ms, 3000);
}
END_TEST

START_TEST(all_go_over_together)
{
    request.mode = WEIR_SWITCH_TOGETHER;
    be_in(WEIR_SWITCH_PREPARED);
    ck_assert(step_at("b:k g:kr", 0));
    expect(WEIR_SWITCH_DRAINING, "blue", 3);
    expect_owners("");
    ck_assert(step_at("b:ke g:k", 0));
    expect_owners("");
    ck_assert(step_at("b: g:", 0));
    expect(WEIR_SWITCH_HANDED_OVER, "green", 4);
    expect_owners("g");
}
END_TEST

START_TEST(health_that_is_not_watched_is_taken_for_good)
{
    request.limits.health_ms = 0;
    be_in(WEIR_SWITCH_ACTIVE);
    ck_assert_int_eq(weir_switch_limit_ms(&record), -1);
    ck_assert(step_at("b:k g:kx", 0));
    ck_assert_str_eq(blocked, "");
    expect_past(WEIR_SWITCH_DONE, "");
}
END_TEST

START_TEST(a_first_color_has_nobody_to_wait_for)
{
    ck_assert_int_eq(ask(), WEIR_OK);
    expect(WEIR_SWITCH_PREPARED, "", 0);
    expect_owners("");
    ck_assert(step_at("b: n: g:kr", 0)); /* blue is of no account */
    expect(WEIR_SWITCH_DRAINING, "", 1);
    ck_assert_int_eq(weir_switch_limit_ms(&record), -1);
    ck_assert(step_at("b: n:", 0));
    ck_assert(step_at("", 0));
    expect(WEIR_SWITCH_HANDED_OVER, "green", 2);
    ck_assert_int_eq(weir_switch_limit_ms(&record), -1);
    expect_blocked("n:", INT64_MAX, "there is no member of green");
    expect_blocked("g:k", INT64_MAX, "green-1 has not its whole share");
    ck_assert(step_at("g:kf", 0));
    expect_blocked("", HEALTH_MS - 1, "there is no member of green");
    ck_assert(step_at("", HEALTH_MS)); /* there is nothing better */
    expect_past(WEIR_SWITCH_DONE, "");
}
END_TEST

START_TEST(others_do_not_count)
{
    be_in(WEIR_SWITCH_PREPARED);
    ck_assert(step_at("o: b:k n: g:kr o:k", 0));
    ck_assert(step_at("o: b:ke n: g:k o:k", 0));
    ck_assert(step_at("", 0));
    ck_assert(step_at("o: n: g:kf o:k", 0));
    expect_blocked("o:k g:", 0, "the health of green is watched");
}
END_TEST

START_TEST(an_old_color_without_members_is_empty)
{
    be_in(WEIR_SWITCH_PREPARED);
    ck_assert(step_at("g:kr", 0));
    ck_assert(step_at("g:k", 0));
    expect(WEIR_SWITCH_COMMITTED, "blue", 3);
}
END_TEST

/* Nobody owns anything while the offsets are set back; members cannot, and the command does it with
 * the step. */
static bool set_back_at(const char *who, int64_t in_step_ms)
{
    struct weir_switch_member members[SEEN_MAX];
    char ids[SEEN_MAX][ID_SIZE];
    const struct weir_switch_sight sight = {.members = members,
                                            .member_count = see(who, members, ids),
                                            .in_step_ms = in_step_ms,
                                            .sets_back = true};
    struct weir_switch next;

    return weir_switch_next(&record, &sight, &next) && (adopt(&next), true);
}

static const char lacks_replay[] = "nobody has set the offsets back, as the waiting command does";

static void be_committed_with_replay(void)
{
    request.mode = WEIR_SWITCH_TOGETHER;
    request.replay = true;
    be_in(WEIR_SWITCH_PREPARED);
    ck_assert(step_at("b:k g:kr", 0));
    expect_owners("");
    ck_assert(step_at("b:ke g:k", 0));
    expect(WEIR_SWITCH_COMMITTED, "blue", 3);
    ck_assert(record.request.replay);
    expect_owners("");
    ck_assert_int_eq(weir_switch_limit_ms(&record), TAKE_MS);
    expect_blocked("b:ke g:kr", TAKE_MS - 1, lacks_replay);
}

START_TEST(offsets_are_set_back_before_anybody_may_own)
{
    be_committed_with_replay();
    ck_assert(set_back_at("b:k g:k", TAKE_MS)); /* it is not too late */
    expect(WEIR_SWITCH_HANDED_OVER, "green", 4);
    expect_owners("g");
}
END_TEST

START_TEST(offsets_that_nobody_sets_back_are_the_old_colors)
{
    be_committed_with_replay();
    expect_blocked("g:k", TAKE_MS, lacks_replay); /* nobody is there to take it */
    ck_assert(step_at("b: g:k", TAKE_MS));
    expect(WEIR_SWITCH_RETURNING, "blue", 4);
    ck_assert_str_eq(record.why,
                     "overdue: nobody has set the offsets back, as the waiting command does");
    expect_owners("b");
}
END_TEST

START_TEST(offsets_are_set_back_in_mode_together_alone)
{
    request.replay = true;
    ck_assert_int_eq(ask(), WEIR_ERR_INVALID);
    ck_assert_str_eq(error.text, "offsets can only be set back in mode together");
}
END_TEST

/* What each step waits for, and what becomes of it when it is overdue. The sentence is that of
 * `blocked`; a step without limit waits on. */
static const struct {
    enum weir_switch_step step;
    const char *seen;
    const char *sentence;
    int64_t limit_ms;
    enum weir_switch_step then;
} waits[] = {
    {WEIR_SWITCH_PREPARED, "b:r g:kr", "blue-1 has not heard of it", PREPARE_MS, WEIR_SWITCH_IDLE},
    {WEIR_SWITCH_PREPARED, "b:k b: b: g:r", "blue-2 has not heard of it, and 1 more", PREPARE_MS,
     WEIR_SWITCH_IDLE},
    {WEIR_SWITCH_PREPARED, "b:k g:kr g:r", "green-3 has not heard of it", PREPARE_MS,
     WEIR_SWITCH_IDLE},
    {WEIR_SWITCH_PREPARED, "b:k g:k g:kr", "green-2 is not ready", PREPARE_MS, WEIR_SWITCH_IDLE},
    {WEIR_SWITCH_PREPARED, "b:k", "there is no member of green", PREPARE_MS, WEIR_SWITCH_IDLE},
    {WEIR_SWITCH_DRAINING, "b:e g:k", "blue-1 has not heard of it", DRAIN_MS,
     WEIR_SWITCH_RETURNING},
    {WEIR_SWITCH_DRAINING, "b:ke b:k g:k", "blue-2 has not drained", DRAIN_MS,
     WEIR_SWITCH_RETURNING},
    {WEIR_SWITCH_DRAINING, "b:ke", "there is no member of green", DRAIN_MS, WEIR_SWITCH_RETURNING},
    {WEIR_SWITCH_DRAINING, "", "there is no member of green", DRAIN_MS, WEIR_SWITCH_DRAINING},
    {WEIR_SWITCH_HANDED_OVER, "b: g:f", "green-2 has not heard of it", TAKE_MS,
     WEIR_SWITCH_RETURNING},
    {WEIR_SWITCH_HANDED_OVER, "b: g:kf g:k", "green-3 has not its whole share", TAKE_MS,
     WEIR_SWITCH_RETURNING},
    {WEIR_SWITCH_HANDED_OVER, "b:", "there is no member of green", TAKE_MS, WEIR_SWITCH_RETURNING},
    {WEIR_SWITCH_HANDED_OVER, "g:k", "green-1 has not its whole share", TAKE_MS,
     WEIR_SWITCH_HANDED_OVER},
    {WEIR_SWITCH_RETURNING, "b:kf g:e", "green-2 has not heard of it", -1, WEIR_SWITCH_RETURNING},
    {WEIR_SWITCH_RETURNING, "b:kf g:ke g:k", "green-3 has not drained", -1, WEIR_SWITCH_RETURNING},
    {WEIR_SWITCH_RETURNING, "b:f g:ke", "blue-1 has not heard of it", -1, WEIR_SWITCH_RETURNING},
    {WEIR_SWITCH_RETURNING, "b:kf b:k g:ke", "blue-2 has not its whole share", -1,
     WEIR_SWITCH_RETURNING},
    {WEIR_SWITCH_RETURNING, "g:ke", "there is no member of blue", -1, WEIR_SWITCH_RETURNING},
};
enum { WAITS = sizeof waits / sizeof waits[0] };

START_TEST(a_step_waits_until_it_is_overdue)
{
    const char *seen = waits[_i].seen;
    char why[WEIR_SWITCH_WHY_SIZE];
    uint64_t rises = waits[_i].then == WEIR_SWITCH_RETURNING ? 1 : 0;

    (void)snprintf(why, sizeof why, "overdue: %s", waits[_i].sentence);
    be_in(waits[_i].step == WEIR_SWITCH_RETURNING ? WEIR_SWITCH_HANDED_OVER : waits[_i].step);
    if (waits[_i].step == WEIR_SWITCH_RETURNING) {
        ck_assert_int_eq(undo("slow"), WEIR_OK);
    }
    uint64_t epoch = record.epoch;
    ck_assert_int_eq(weir_switch_limit_ms(&record), waits[_i].limit_ms);
    if (waits[_i].then == waits[_i].step) {
        expect_blocked(seen, INT64_MAX, waits[_i].sentence);
        return;
    }
    expect_blocked(seen, waits[_i].limit_ms - 1, waits[_i].sentence);
    ck_assert(step_at(seen, waits[_i].limit_ms));
    expect(waits[_i].then, "blue", epoch + rises);
    ck_assert_str_eq(rises > 0 ? record.why : record.past[0].why, why);
    expect_owners("b");
    ck_assert(rises > 0 || record.past[0].outcome == WEIR_SWITCH_ABORTED);
}
END_TEST

START_TEST(what_is_there_in_the_last_moment_is_there)
{
    be_in(WEIR_SWITCH_PREPARED);
    ck_assert(step_at("b:k g:kr", PREPARE_MS));
    expect(WEIR_SWITCH_DRAINING, "blue", 3);
    ck_assert(step_at("b:ke g:k", DRAIN_MS));
    expect(WEIR_SWITCH_COMMITTED, "blue", 3);
}
END_TEST

/* Who came after it was asked for reads less than blue does. */
START_TEST(a_topic_that_would_be_left_is_waited_for)
{
    static const char why[] = "no member of green subscribes to orders, which blue has";

    be_in(WEIR_SWITCH_PREPARED);
    unread = "orders";
    expect_blocked("b:k", PREPARE_MS - 1, "there is no member of green");
    expect_blocked("b:k g:kr", PREPARE_MS - 1, why);
    ck_assert(step_at("b:k g:kr", PREPARE_MS));
    expect_past(WEIR_SWITCH_ABORTED, "overdue: no member of green subscribes to orders, which blue "
                                     "has");
    set_up();
    request.leave_unread = true;
    be_in(WEIR_SWITCH_PREPARED);
    unread = "orders";
    ck_assert(step_at("b:k g:kr", 0));
    expect(WEIR_SWITCH_DRAINING, "blue", 3);
    ck_assert(step_at("b:ke g:k", 0)); /* it has begun to move: what there is then is taken */
}
END_TEST

START_TEST(who_is_told_to_wait_on_waits_on)
{
    request.overdue = WEIR_SWITCH_GO_ON;
    be_in(WEIR_SWITCH_DRAINING);
    ck_assert_int_eq(weir_switch_limit_ms(&record), -1);
    expect_blocked("b:k g:k", INT64_MAX, "blue-1 has not drained");
    ck_assert(step_at("b:ke g:k", INT64_MAX));
    ck_assert(step_at("b:ke g:k", 0));
    ck_assert_int_eq(weir_switch_limit_ms(&record), TAKE_MS); /* it is for the old color alone */
}
END_TEST

/* The way back. */

START_TEST(a_new_color_that_dies_goes_back)
{
    be_in(WEIR_SWITCH_ACTIVE);
    ck_assert_int_eq(weir_switch_limit_ms(&record), HEALTH_MS);
    ck_assert(step_at("b:", HEALTH_MS));
    ck_assert_str_eq(blocked, "there is no member of green");
    expect(WEIR_SWITCH_RETURNING, "blue", 5);
    expect_owners("b");
    ck_assert_str_eq(record.why, "there is no member of green");
    ck_assert(step_at("b:kf", 0));
    expect_past(WEIR_SWITCH_ROLLED_BACK, "there is no member of green");
    expect(WEIR_SWITCH_IDLE, "blue", 5);
    expect_owners("b");
}
END_TEST

START_TEST(nobody_is_sent_back_to_nobody)
{
    be_in(WEIR_SWITCH_ACTIVE);
    expect_blocked("", HEALTH_MS - 1, "there is no member of green");
    ck_assert(step_at("", HEALTH_MS));
    expect_past(WEIR_SWITCH_DONE, "");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("steps");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, nothing_was_ever_asked_for);
    tcase_add_test(tcase, each_partition_goes_over_by_itself);
    tcase_add_test(tcase, all_go_over_together);
    tcase_add_test(tcase, offsets_are_set_back_before_anybody_may_own);
    tcase_add_test(tcase, offsets_that_nobody_sets_back_are_the_old_colors);
    tcase_add_test(tcase, offsets_are_set_back_in_mode_together_alone);
    tcase_add_test(tcase, health_that_is_not_watched_is_taken_for_good);
    tcase_add_test(tcase, a_first_color_has_nobody_to_wait_for);
    tcase_add_test(tcase, others_do_not_count);
    tcase_add_test(tcase, an_old_color_without_members_is_empty);
    tcase_add_loop_test(tcase, a_step_waits_until_it_is_overdue, 0, WAITS);
    tcase_add_test(tcase, a_topic_that_would_be_left_is_waited_for);
    tcase_add_test(tcase, what_is_there_in_the_last_moment_is_there);
    tcase_add_test(tcase, who_is_told_to_wait_on_waits_on);
    tcase_add_test(tcase, a_new_color_that_dies_goes_back);
    tcase_add_test(tcase, nobody_is_sent_back_to_nobody);
    return runner_run("switch, steps", tcase);
}
