#include "framework/claims.h"

#include "test/support/runner.h"
#include <string.h>

/* What is wanted before it may be claimed: each partition's fence and owner are known in the end,
 * with a watch, however the answers come. A stand-in for a zoo keeps what is asked. */

enum { MANY = 301, HOLDER = 77, SELF = 5, ASKED_MAX = 4096 };

static struct weir_claims claims;
static struct weir_claims_tally tally;
static struct {
    uint64_t tag;
    enum weir_zoo_kind kind;
    bool fence;
} asked[ASKED_MAX];
static size_t first;
static size_t count;
static size_t taken;
static size_t fails; /* the request after so many more is not sent */

static enum weir_status submit(struct weir_zoo *zoo, const struct weir_zoo_request *request)
{
    (void)zoo;
    if (fails > 0 && --fails == 0) {
        return WEIR_ERR_FULL;
    }
    taken += request->kind == WEIR_ZOO_MULTI ? 1 : 0;
    if (request->tag != 0) {
        ck_assert_uint_lt(count, ASKED_MAX);
        asked[count].tag = request->tag;
        asked[count].kind = request->kind;
        asked[count++].fence = strstr(request->path, "/weir/fence/") != NULL;
    }
    return WEIR_OK;
}

static const struct weir_zoo_ops ops = {.name = "stand-in", .submit = submit};
static struct weir_zoo zoo = {.ops = &ops};
static struct weir_claims_place place;

static void set_up(void)
{
    first = count = taken = fails = 0;
    tally = (struct weir_claims_tally){0};
    place = (struct weir_claims_place){.zoo = &zoo,
                                       .group = "fleet",
                                       .member = "green-1",
                                       .session = SELF,
                                       .gated = true,
                                       .contested = true,
                                       .looks_only = true,
                                       .now = 1,
                                       .tally = &tally};
    for (int32_t p = 0; p < MANY; p++) {
        ck_assert_int_eq(weir_claims_want(&claims, "orders", p), WEIR_OK);
    }
}

static void tear_down(void)
{
    weir_claims_fini(&claims);
}

static void go_on(void)
{
    enum weir_status status = weir_claims_go_on(&claims, &place);

    ck_assert(status == WEIR_OK || status == WEIR_ERR_FULL);
}

static void answer(size_t most, enum weir_zoo_result result)
{
    const char *refused = NULL;

    for (; most > 0 && first < count; most--, first++) {
        const struct weir_zoo_event event = {
            .kind = WEIR_ZOO_ANSWER,
            .tag = asked[first].tag,
            .result = result,
            .facts = {.version = 3, .owner = asked[first].fence ? 0 : HOLDER}};
        ck_assert(weir_claims_answer(&claims, &place, &event, &refused));
    }
}

static void answer_all_by(size_t step)
{
    go_on();
    go_on(); /* if the first one was not sent */
    while (first < count) {
        answer(step, WEIR_ZOO_OK);
        go_on();
    }
}

START_TEST(each_is_looked_at_however_the_answers_come)
{
    ck_assert(!weir_claims_known(&claims, place.now));
    answer_all_by((size_t)_i);
    ck_assert_uint_eq(weir_claims_in(&claims, WEIR_CLAIM_WAITING), MANY);
    ck_assert(weir_claims_known(&claims, place.now));
    ck_assert_uint_eq(taken, 0);
    ck_assert_uint_eq(tally.refused_by_owner, 0);
    ck_assert_int_eq(claims.all[0]->free_at, 0);
}
END_TEST

START_TEST(what_could_not_be_sent_is_sent_later)
{
    fails = (size_t)_i;
    answer_all_by(7);
    ck_assert_uint_eq(weir_claims_in(&claims, WEIR_CLAIM_WAITING), MANY);
}
END_TEST

START_TEST(a_watch_that_fires_makes_it_asked_for_again)
{
    answer_all_by(512);
    for (int released = 0; released < 2; released++) { /* and once more while it is free */
        ck_assert(weir_claims_changed(&claims, &place, "/consumers/fleet/owners/orders/3"));
        ck_assert(!weir_claims_known(&claims, place.now));
        go_on();
        answer(1, WEIR_ZOO_OK);
        answer(1, released == 0 ? WEIR_ZOO_ABSENT : WEIR_ZOO_OK);
        ck_assert_uint_eq(first, count);
        ck_assert_int_eq(claims.all[3]->state,
                         released == 0 ? WEIR_CLAIM_FENCED : WEIR_CLAIM_WAITING);
        go_on();
        ck_assert_uint_eq(first, count);
    }
    ck_assert_uint_eq(taken, 0);
}
END_TEST

START_TEST(its_turn_has_come)
{
    answer_all_by(512);
    ck_assert(weir_claims_changed(&claims, &place, "/consumers/fleet/owners/orders/3"));
    go_on();
    answer(1, WEIR_ZOO_OK);
    answer(1, WEIR_ZOO_ABSENT);
    place.looks_only = false;
    go_on();
    ck_assert_uint_eq(taken, 1);
    ck_assert_int_eq(claims.all[3]->free_at, place.now);
    ck_assert(weir_claims_changed(&claims, &place, "/consumers/fleet/owners/orders/4"));
    go_on();
    ck_assert_uint_eq(taken, 2);
}
END_TEST

/* Nobody waits for what the server does not tell. */
START_TEST(what_is_refused_keeps_nobody_waiting)
{
    go_on();
    answer(count, WEIR_ZOO_DENIED);
    ck_assert(weir_claims_known(&claims, place.now));
    ck_assert(!weir_claims_known(&claims, claims.resume_at));
}
END_TEST

/* After a lost connection nothing is known. */
START_TEST(what_was_not_answered_is_not_known)
{
    go_on();
    answer(count, WEIR_ZOO_UNKNOWN);
    ck_assert_uint_eq(claims.out, 0);
    ck_assert(!weir_claims_known(&claims, place.now));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("ahead");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, each_is_looked_at_however_the_answers_come, 1, 8);
    tcase_add_loop_test(tcase, what_could_not_be_sent_is_sent_later, 1, 12);
    tcase_add_test(tcase, a_watch_that_fires_makes_it_asked_for_again);
    tcase_add_test(tcase, its_turn_has_come);
    tcase_add_test(tcase, what_is_refused_keeps_nobody_waiting);
    tcase_add_test(tcase, what_was_not_answered_is_not_known);
    return runner_run("claims_ahead", tcase);
}
