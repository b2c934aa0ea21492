#include "framework/switch_pair.h"

#include "test/unit/switch_bench.h"

/* Group 0 is "orders", in which blue is active, group 1 "next", in which green is. */

static struct weir_switch halves[2];
static bool wrote_both;
static bool sets_back; /* who looks */
static bool checked;

static const char *const groups[] = {"orders", "next"};

static void activate(struct weir_switch *half, const char *color)
{
    weir_switch_init(half);
    half->turn = 3;
    half->epoch = 2;
    (void)snprintf(half->active, sizeof half->active, "%s", color);
}

static void ask_half(int half, const char *to)
{
    struct weir_switch next;
    struct weir_switch_request own = request;

    (void)snprintf(own.to, sizeof own.to, "%s", to);
    (void)snprintf(own.peer, sizeof own.peer, "%s", groups[1 - half]);
    ck_assert_int_eq(weir_switch_ask(&halves[half], &own, 1000, &next, &error), WEIR_OK);
    halves[half] = next;
}

static void begin_with(bool replay)
{
    set_up();
    sets_back = false;
    request.replay = replay;
    request.mode = replay ? WEIR_SWITCH_TOGETHER : WEIR_SWITCH_EACH;
    activate(&halves[0], "blue");
    activate(&halves[1], "green");
    ask_half(0, "green");
    ask_half(1, "blue");
}

static void begin(void)
{
    begin_with(false);
}

static void take(int half, const struct weir_switch_both *both)
{
    ck_assert_uint_eq(both->next.turn, halves[half].turn + 1);
    ck_assert(both->checks_peer || !both->writes_peer);
    halves[half] = both->next;
    if (both->writes_peer) {
        ck_assert_uint_eq(both->peer_next.turn, halves[1 - half].turn + 1);
        halves[1 - half] = both->peer_next;
    }
    wrote_both = both->writes_peer;
    checked = both->checks_peer;
}

/* `who` as in switch_bench.h, of this half's group. */
static bool go_at(int half, const char *who, int64_t in_step_ms)
{
    struct weir_switch_member members[SEEN_MAX];
    char ids[SEEN_MAX][ID_SIZE];
    const struct weir_switch_pair pair = {.record = &halves[half], .peer = &halves[1 - half]};
    struct weir_switch_sight sight = {
        .members = members, .in_step_ms = in_step_ms, .wall_ms = 3000, .sets_back = sets_back};
    struct weir_switch_both both;

    record = halves[half];
    sight.member_count = see(who, members, ids);
    weir_switch_blocked(&record, &sight, blocked, sizeof blocked);
    if (!weir_switch_pair_next(&pair, &sight, &both)) {
        return false;
    }
    take(half, &both);
    return true;
}

static bool go(int half)
{
    return go_at(half, "b:krfe g:krfe", 0);
}

static void expect_steps(enum weir_switch_step one, enum weir_switch_step other)
{
    ck_assert_str_eq(weir_switch_step_name(halves[0].step), weir_switch_step_name(one));
    ck_assert_str_eq(weir_switch_step_name(halves[1].step), weir_switch_step_name(other));
}

/* Both have agreed, and go their way as far as this. */
static void go_to(enum weir_switch_step one, enum weir_switch_step other)
{
    ck_assert(go(0));
    ck_assert(go(1));
    ck_assert(go(1));
    while (halves[0].step < one) {
        ck_assert(go(0));
    }
    while (halves[1].step < other) {
        ck_assert(go(1));
    }
    expect_steps(one, other);
}

static void be_at(enum weir_switch_step one, enum weir_switch_step other)
{
    begin();
    go_to(one, other);
}

static void expect_ends(enum weir_switch_outcome outcome, const char *active, const char *other)
{
    expect_steps(WEIR_SWITCH_IDLE, WEIR_SWITCH_IDLE);
    for (int i = 0; i < 2; i++) {
        ck_assert_str_eq(weir_switch_outcome_name(halves[i].past[0].outcome),
                         weir_switch_outcome_name(outcome));
        ck_assert_str_eq(halves[i].past[0].id, "s1");
    }
    ck_assert_str_eq(halves[0].active, active);
    ck_assert_str_eq(halves[1].active, other);
}

START_TEST(nothing_moves_before_both_could_begin)
{
    int first = _i;

    begin();
    ck_assert(go(first));
    ck_assert(!wrote_both && !checked);
    ck_assert(halves[first].agreed && !halves[1 - first].agreed);
    expect_steps(WEIR_SWITCH_PREPARED, WEIR_SWITCH_PREPARED);
    ck_assert(!go(first));
    ck_assert_str_eq(blocked, first == 0 ? "the other half, in next" : "the other half, in orders");
    ck_assert(!go_at(1 - first, "b:kr g:", 0));
    ck_assert(go(1 - first));
    expect_steps(WEIR_SWITCH_PREPARED, WEIR_SWITCH_PREPARED);
    ck_assert(go(first));
    ck_assert(wrote_both);
    expect_steps(WEIR_SWITCH_DRAINING, WEIR_SWITCH_DRAINING);
    for (int i = 0; i < 2; i++) {
        ck_assert(!halves[i].agreed);
        ck_assert_uint_eq(halves[i].epoch, 3);
    }
}
END_TEST

/* Somebody is gone, is not ready any more, or has just come. */
static const char *const unready[] = {"b:kr", "b:k g:k", "b:kr g:kr g:0r"};

START_TEST(a_word_that_does_not_hold_any_more_is_taken_back)
{
    begin();
    ck_assert(go(0));
    ck_assert(go_at(0, unready[_i], PREPARE_MS - 1));
    ck_assert(!halves[0].agreed && !wrote_both && !checked);
    ck_assert(go(1));
    ck_assert(!go(1)); /* it has agreed, and waits */
    ck_assert(!go_at(0, unready[_i], PREPARE_MS - 1));
    expect_steps(WEIR_SWITCH_PREPARED, WEIR_SWITCH_PREPARED);
    ck_assert(go(0));
    ck_assert(go(0));
    expect_steps(WEIR_SWITCH_DRAINING, WEIR_SWITCH_DRAINING);
    begin();
    ck_assert(go(0));
    ck_assert(go_at(0, unready[_i], PREPARE_MS)); /* but not for longer than this */
    expect_ends(WEIR_SWITCH_ABORTED, "blue", "green");
}
END_TEST

/* Who has not heard yet that its half has agreed does not make it take that back. */
START_TEST(who_knew_what_was_asked_for_is_ready)
{
    begin();
    ck_assert(go(0));
    ck_assert(!go_at(0, "b:r g:r", 0));
    ck_assert(halves[0].agreed);
    ck_assert(go(1));
    ck_assert(go_at(_i, "b:r g:r", 0));
    expect_steps(WEIR_SWITCH_DRAINING, WEIR_SWITCH_DRAINING);
}
END_TEST

START_TEST(each_goes_its_way_and_both_are_taken_for_good_at_once)
{
    int first = _i;

    be_at(WEIR_SWITCH_ACTIVE, WEIR_SWITCH_DRAINING);
    ck_assert(!wrote_both);
    ck_assert(go_at(0, "b:krfe g:krfe", HEALTH_MS));
    ck_assert(!go_at(0, "b:krfe g:krfe", INT64_MAX)); /* the other one is not there yet */
    ck_assert_str_eq(blocked, "the other half, in next");
    be_at(WEIR_SWITCH_ACTIVE, WEIR_SWITCH_ACTIVE);
    ck_assert(!go_at(first, "b:krfe g:krfe", HEALTH_MS - 1));
    ck_assert(go_at(first, "b:krfe g:krfe", HEALTH_MS));
    ck_assert(halves[first].agreed && !wrote_both);
    expect_steps(WEIR_SWITCH_ACTIVE, WEIR_SWITCH_ACTIVE);
    ck_assert(!go_at(first, "b:krfe g:krfe", INT64_MAX));
    ck_assert(!go_at(1 - first, "b:krfe g:krfe", HEALTH_MS - 1));
    ck_assert(go_at(1 - first, "b:krfe g:krfe", HEALTH_MS));
    ck_assert(go(_i));
    ck_assert(wrote_both);
    expect_ends(WEIR_SWITCH_DONE, "green", "blue");
    ck_assert_str_eq(halves[0].past[0].why, "");
}
END_TEST

/* Whoever writes the end of both. What it does after that is not held against it. */
START_TEST(each_ends_with_what_is_wrong_with_it)
{
    static const struct weir_vitals bad = {.told = true, .records = 1000, .failed = 500};
    static const char why[] = "blue fails 50.0 % of its records";

    be_at(WEIR_SWITCH_ACTIVE, WEIR_SWITCH_ACTIVE);
    ck_assert(go_at(0, "b:krfe g:krfe", HEALTH_MS));
    vitals[0] = bad; /* of blue, which is the new one in the other group */
    ck_assert(go_at(1, "b:krfe g:krfe", HEALTH_MS));
    ck_assert_str_eq(halves[1].why, why);
    ck_assert(go(_i));
    expect_ends(WEIR_SWITCH_DONE, "green", "blue");
    ck_assert_str_eq(halves[0].past[0].why, "");
    ck_assert_str_eq(halves[1].past[0].why, why);
    ck_assert_str_eq(halves[1].why, "");
}
END_TEST

/* The way back is open until both are done. */
START_TEST(what_has_agreed_to_be_done_may_go_back)
{
    be_at(WEIR_SWITCH_ACTIVE, WEIR_SWITCH_DRAINING);
    ck_assert(go_at(0, "b:krfe g:krfe", HEALTH_MS));
    ck_assert(_i == 0 ? go_at(0, "b:krfe", 0) : go_at(1, "b:k g:k", DRAIN_MS));
    expect_steps(WEIR_SWITCH_RETURNING, WEIR_SWITCH_RETURNING);
    ck_assert(!halves[0].agreed);
}
END_TEST

START_TEST(what_is_overdue_before_anything_moved_aborts_both)
{
    begin();
    ck_assert(go(1)); /* it has agreed, or not */
    ck_assert(go_at(0, "b: g:kr", PREPARE_MS));
    ck_assert(wrote_both);
    expect_ends(WEIR_SWITCH_ABORTED, "blue", "green");
    ck_assert_str_eq(halves[0].past[0].why, "overdue: blue-1 has not heard of it");
    ck_assert_str_eq(halves[1].past[0].why,
                     "the other half, in orders, is aborted: overdue: blue-1 has not heard of it");
    begin();
    ck_assert(go(0)); /* who has agreed does not wait for ever */
    ck_assert(!go_at(0, "b:kr g:kr", PREPARE_MS - 1));
    ck_assert(go_at(0, "b:kr g:kr", PREPARE_MS));
    expect_ends(WEIR_SWITCH_ABORTED, "blue", "green");
    ck_assert_str_eq(halves[0].past[0].why, "the other half, in next, is not prepared");
}
END_TEST

/* Wherever the other one is by then. */
START_TEST(if_one_goes_back_the_other_one_does)
{
    static const enum weir_switch_step steps[] = {WEIR_SWITCH_DRAINING, WEIR_SWITCH_COMMITTED,
                                                  WEIR_SWITCH_HANDED_OVER, WEIR_SWITCH_ACTIVE};

    be_at(WEIR_SWITCH_DRAINING, steps[_i]);
    ck_assert(go_at(0, "b:k g:k", DRAIN_MS));
    ck_assert(wrote_both);
    expect_steps(WEIR_SWITCH_RETURNING, WEIR_SWITCH_RETURNING);
    ck_assert_str_eq(halves[1].why,
                     "the other half, in orders, goes back: overdue: blue-1 has not drained");
    ck_assert(weir_switch_may_own(&halves[0], "blue"));
    ck_assert(weir_switch_may_own(&halves[1], "green"));
    ck_assert(go(0)); /* each ends by itself */
    expect_steps(WEIR_SWITCH_IDLE, WEIR_SWITCH_RETURNING);
    ck_assert(go(1));
    expect_ends(WEIR_SWITCH_ROLLED_BACK, "blue", "green");
}
END_TEST

/* In both groups at once, by who does it in the same transaction. */
START_TEST(offsets_are_set_back_when_both_have_drained)
{
    const char waits[] = "nobody has set the offsets back, as the waiting command does when both "
                         "halves have drained";

    begin_with(true);
    go_to(WEIR_SWITCH_COMMITTED, WEIR_SWITCH_DRAINING);
    sets_back = true;
    ck_assert(!go_at(0, "b:krfe g:krfe", INT64_MAX)); /* it is for the other one's time */
    ck_assert(go(1));
    ck_assert(!wrote_both);
    sets_back = false;
    ck_assert(!go(_i));
    ck_assert_str_eq(blocked, waits);
    sets_back = true;
    ck_assert(go(_i));
    ck_assert(wrote_both);
    expect_steps(WEIR_SWITCH_HANDED_OVER, WEIR_SWITCH_HANDED_OVER);
    ck_assert_str_eq(halves[0].active, "green");
    ck_assert_str_eq(halves[1].active, "blue");
    ck_assert_uint_eq(halves[0].epoch, 4);
    ck_assert_uint_eq(halves[1].epoch, 4);
}
END_TEST

/* Whoever drained first has waited for the other one, too. */
START_TEST(offsets_that_nobody_sets_back_stay)
{
    begin_with(true);
    go_to(WEIR_SWITCH_COMMITTED, WEIR_SWITCH_COMMITTED);
    ck_assert_int_eq(weir_switch_limit_ms(&halves[0]), DRAIN_MS + TAKE_MS);
    ck_assert(!go_at(0, "b:krfe g:krfe", DRAIN_MS + TAKE_MS - 1));
    ck_assert(go_at(0, "b:krfe g:krfe", DRAIN_MS + TAKE_MS));
    ck_assert(wrote_both);
    expect_steps(WEIR_SWITCH_RETURNING, WEIR_SWITCH_RETURNING);
    ck_assert(weir_switch_may_own(&halves[0], "blue"));
    ck_assert(weir_switch_may_own(&halves[1], "green"));
}
END_TEST

START_TEST(an_operator_takes_both_back)
{
    static const enum weir_switch_step steps[] = {WEIR_SWITCH_PREPARED, WEIR_SWITCH_DRAINING,
                                                  WEIR_SWITCH_HANDED_OVER, WEIR_SWITCH_ACTIVE};
    struct weir_switch_both both;
    struct weir_switch_pair pair = {.record = &halves[1], .peer = NULL};

    if (steps[_i] == WEIR_SWITCH_PREPARED) {
        begin();
    } else {
        be_at(steps[_i], WEIR_SWITCH_DRAINING);
    }
    ck_assert_int_eq(weir_switch_pair_undo(&pair, "rain", 5, &both, &error), WEIR_ERR_STATE);
    ck_assert_ptr_nonnull(strstr(error.text, "the record of orders"));
    pair.peer = &halves[0];
    ck_assert_int_eq(weir_switch_pair_undo(&pair, "rain", 5, &both, &error), WEIR_OK);
    take(1, &both);
    ck_assert(wrote_both);
    if (steps[_i] == WEIR_SWITCH_PREPARED) {
        expect_ends(WEIR_SWITCH_ABORTED, "blue", "green");
        ck_assert_str_eq(halves[0].past[0].why, "rain");
    } else {
        expect_steps(WEIR_SWITCH_RETURNING, WEIR_SWITCH_RETURNING);
        ck_assert_str_eq(halves[0].why, "rain");
    }
    ck_assert_int_eq(weir_switch_pair_undo(&pair, "rain", 5, &both, &error), WEIR_ERR_STATE);
}
END_TEST

/* Somebody changed the other record by hand: nobody can tell any more what was agreed on. */
START_TEST(a_half_without_the_other_goes_back)
{
    be_at(WEIR_SWITCH_HANDED_OVER, WEIR_SWITCH_DRAINING);
    activate(&halves[1], "green");
    ck_assert(go_at(0, "b: g:", 0));
    ck_assert(checked && !wrote_both); /* if the other record is still that one */
    ck_assert_str_eq(weir_switch_step_name(halves[0].step), "returning");
    ck_assert_str_eq(halves[0].why, "the other half, in next, is not under way");
    be_at(WEIR_SWITCH_ACTIVE, WEIR_SWITCH_ACTIVE);
    (void)snprintf(halves[1].request.id, sizeof halves[1].request.id, "another");
    ck_assert(go_at(0, "b:krfe g:krfe", HEALTH_MS));
    expect_steps(WEIR_SWITCH_RETURNING, WEIR_SWITCH_ACTIVE);
}
END_TEST

START_TEST(without_a_look_at_the_other_nothing_is_done)
{
    const struct weir_switch_pair pair = {.record = &halves[0], .peer = NULL};
    const struct weir_switch_sight sight = {.in_step_ms = INT64_MAX};
    struct weir_switch_both both;

    be_at(WEIR_SWITCH_DRAINING, WEIR_SWITCH_DRAINING);
    ck_assert(!weir_switch_pair_next(&pair, &sight, &both));
    activate(&halves[0], "blue");
    ck_assert(!weir_switch_pair_next(&pair, &sight, &both)); /* nothing is under way */
}
END_TEST

/* Who knows one record alone takes only the steps that are that one's own. */
START_TEST(one_alone_decides_nothing)
{
    struct weir_switch next;
    struct weir_switch_member members[SEEN_MAX];
    char ids[SEEN_MAX][ID_SIZE];
    struct weir_switch_sight sight = {.members = members, .in_step_ms = INT64_MAX};

    be_at(WEIR_SWITCH_DRAINING, WEIR_SWITCH_DRAINING);
    record = halves[0];
    sight.member_count = see("b:k g:k", members, ids);
    ck_assert(!weir_switch_next(&halves[0], &sight, &next));
    sight.member_count = see("b:ke g:k", members, ids);
    ck_assert(weir_switch_next(&halves[0], &sight, &next));
    begin();
    record = halves[0];
    sight.member_count = see("b:kr g:kr", members, ids);
    ck_assert(!weir_switch_next(&halves[0], &sight, &next));
    sight.member_count = see("b: g:", members, ids);
    ck_assert(!weir_switch_next(&halves[0], &sight, &next));
    be_at(WEIR_SWITCH_ACTIVE, WEIR_SWITCH_ACTIVE);
    record = halves[0];
    sight.member_count = see("b:krfe g:krfe", members, ids);
    ck_assert(!weir_switch_next(&halves[0], &sight, &next));
}
END_TEST

/* The first colors of both groups: nobody was active in either. */
START_TEST(a_swap_may_be_the_first_switch_of_both)
{
    set_up();
    weir_switch_init(&halves[0]);
    weir_switch_init(&halves[1]);
    ask_half(0, "green");
    ask_half(1, "blue");
    ck_assert(go(0) && go(1) && go(0));
    for (int i = 0; i < 2; i++) {
        while (halves[i].step < WEIR_SWITCH_ACTIVE) {
            ck_assert(go(i));
        }
    }
    ck_assert(go_at(0, "b:krfe g:krfe", HEALTH_MS) && go_at(1, "b:krfe g:krfe", HEALTH_MS));
    ck_assert(go(1));
    expect_ends(WEIR_SWITCH_DONE, "green", "blue");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("pair");

    tcase_add_loop_test(tcase, nothing_moves_before_both_could_begin, 0, 2);
    tcase_add_loop_test(tcase, a_word_that_does_not_hold_any_more_is_taken_back, 0, 3);
    tcase_add_loop_test(tcase, who_knew_what_was_asked_for_is_ready, 0, 2);
    tcase_add_loop_test(tcase, each_goes_its_way_and_both_are_taken_for_good_at_once, 0, 2);
    tcase_add_test(tcase, what_is_overdue_before_anything_moved_aborts_both);
    tcase_add_loop_test(tcase, if_one_goes_back_the_other_one_does, 0, 4);
    tcase_add_loop_test(tcase, offsets_are_set_back_when_both_have_drained, 0, 2);
    tcase_add_test(tcase, offsets_that_nobody_sets_back_stay);
    tcase_add_loop_test(tcase, an_operator_takes_both_back, 0, 4);
    tcase_add_test(tcase, a_half_without_the_other_goes_back);
    tcase_add_test(tcase, without_a_look_at_the_other_nothing_is_done);
    tcase_add_test(tcase, one_alone_decides_nothing);
    tcase_add_loop_test(tcase, each_ends_with_what_is_wrong_with_it, 0, 2);
    tcase_add_loop_test(tcase, what_has_agreed_to_be_done_may_go_back, 0, 2);
    tcase_add_test(tcase, a_swap_may_be_the_first_switch_of_both);
    return runner_run("switch_pair", tcase);
}
