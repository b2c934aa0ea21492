/* Does each strategy keep its promises on every small group, whatever way it is told, and would it
 * be noticed if it did not? */
#include <check.h>
#include <string.h>

#include "strategies/built_in.h"
#include "test/support/fail.h"
#include "test/support/runner.h"
#include "test/support/seeds.h"
#include "test/support/strategy_judge.h"

enum { SHARES = 4, USUAL_SEEDS = 100000, CONTROL_SEEDS = 200, FLAGGED_MIN = 20 };
enum { COMPARED = 10, MISSED_PER = 10000 };

static const struct {
    const struct weir_strategy *strategy;
    strategy_judge_fn *special;
} promises[] = {
    {&weir_strategy_range, strategy_judge_range},
    {&weir_strategy_roundrobin, strategy_judge_turns},
    {&weir_strategy_sticky, strategy_judge_sticky},
};
enum { PROMISES = sizeof promises / sizeof promises[0] };

START_TEST(it_keeps_its_promises_on_every_group)
{
    struct seeds seeds = seeds_share(USUAL_SEEDS, _i / PROMISES, SHARES);

    for (uint64_t seed = seeds.first; seed < seeds.end; seed++) {
        seeds_begin(seed);
        const char *flaw =
            strategy_judge(promises[_i % PROMISES].strategy, promises[_i % PROMISES].special, seed);
        if (flaw != NULL) {
            fail_test("%s, seed %llu: %s", promises[_i % PROMISES].strategy->name,
                      (unsigned long long)seed, flaw);
        }
    }
}
END_TEST

/* Of all answers as even, on a tenth of the groups. */
START_TEST(sticky_hardly_ever_misses_the_fewest_moves)
{
    uint64_t share = seeds_count(USUAL_SEEDS) / SHARES / COMPARED + 1;
    uint64_t first = seeds_first() + (uint64_t)_i * share;
    uint64_t missed = 0;

    for (uint64_t seed = first; seed < first + share; seed++) {
        seeds_begin(seed);
        missed +=
            strategy_judge(&weir_strategy_sticky, strategy_judge_fewest, seed) != NULL ? 1 : 0;
    }
    ck_assert_uint_le(missed, 1 + share / MISSED_PER);
}
END_TEST

START_TEST(static_gives_what_is_named)
{
    struct seeds seeds = seeds_share(USUAL_SEEDS, _i, SHARES);

    for (uint64_t seed = seeds.first; seed < seeds.end; seed++) {
        seeds_begin(seed);
        const char *flaw = strategy_judge_named(&weir_strategy_static, seed);
        if (flaw != NULL) {
            fail_test("static, seed %llu: %s", (unsigned long long)seed, flaw);
        }
    }
}
END_TEST

/* --- negative controls ------------------------------------------------------------------------ */

static const struct weir_strategy *broken;
static uint32_t calls;

static enum weir_status forget_the_last(const struct weir_strategy_view *view, uint32_t *owners,
                                        struct weir_error *error)
{
    enum weir_status status = broken->assign(view, owners, error);

    owners[view->partition_count - 1] = WEIR_STRATEGY_NOBODY;
    return status;
}

static enum weir_status give_all_to_the_first(const struct weir_strategy_view *view,
                                              uint32_t *owners, struct weir_error *error)
{
    (void)error;
    memset(owners, 0, view->partition_count * sizeof *owners);
    return WEIR_OK;
}

static enum weir_status give_to_who_is_not_there(const struct weir_strategy_view *view,
                                                 uint32_t *owners, struct weir_error *error)
{
    enum weir_status status = broken->assign(view, owners, error);

    owners[0] = (uint32_t)view->member_count;
    return status;
}

/* The neighbours of the right ones, where they are allowed. */
static enum weir_status swap_two(const struct weir_strategy_view *view, uint32_t *owners,
                                 struct weir_error *error)
{
    enum weir_status status = broken->assign(view, owners, error);
    const struct weir_strategy_topic *topic = weir_strategy_topic_at(view, 0);
    uint32_t last = topic->first + topic->partitions - 1;
    uint32_t kept = owners[topic->first];

    owners[topic->first] = owners[last];
    owners[last] = kept;
    return status;
}

static enum weir_status remember(const struct weir_strategy_view *view, uint32_t *owners,
                                 struct weir_error *error)
{
    return calls++ % 2 == 0 ? broken->assign(view, owners, error)
                            : weir_strategy_roundrobin.assign(view, owners, error);
}

static enum weir_status forget_who_had_it(const struct weir_strategy_view *view, uint32_t *owners,
                                          struct weir_error *error)
{
    uint32_t nobody[GROUP_ALL_MAX];
    struct weir_strategy_view blind = *view;

    memset(nobody, 0xff, sizeof nobody);
    blind.owned = nobody;
    return broken->assign(&blind, owners, error);
}

/* Everybody keeps everything, and the rest goes to whoever is first. */
static enum weir_status never_balance(const struct weir_strategy_view *view, uint32_t *owners,
                                      struct weir_error *error)
{
    enum weir_status status = weir_strategy_range.assign(view, owners, error);

    for (size_t i = 0; i < view->topic_count; i++) {
        const struct weir_strategy_topic *topic = weir_strategy_topic_at(view, i);
        for (uint32_t p = topic->first; p < topic->first + topic->partitions; p++) {
            owners[p] = owners[topic->first];
        }
    }
    return status;
}

/* Allowed, even, and one more moves than has to. */
static enum weir_status move_one_more(const struct weir_strategy_view *view, uint32_t *owners,
                                      struct weir_error *error)
{
    enum weir_status status = broken->assign(view, owners, error);
    const struct weir_strategy_topic *topic = weir_strategy_topic_at(view, 0);

    for (uint32_t p = topic->first + 1; p < topic->first + topic->partitions; p++) {
        uint32_t one = owners[p - 1];
        uint32_t other = owners[p];
        if (one != other && one == view->owned[p - 1] && other == view->owned[p]) {
            owners[p - 1] = other;
            owners[p] = one;
            break;
        }
    }
    return status;
}

/* What stays for what nobody had: loads are the same, and one more moves. Whoever has the one must
 * subscribe to the other, too. */
static bool swap_one(const struct weir_strategy_view *view, uint32_t *owners, uint32_t stays,
                     uint32_t new)
{
    uint32_t one = owners[stays];
    uint32_t other = owners[new];

    if (one == other || view->owned[stays] != one || view->owned[new] != WEIR_STRATEGY_NOBODY) {
        return false;
    }
    owners[stays] = other;
    owners[new] = one;
    return true;
}

/* Of the same topic, so both may. */
static enum weir_status move_one_too_many(const struct weir_strategy_view *view, uint32_t *owners,
                                          struct weir_error *error)
{
    enum weir_status status = broken->assign(view, owners, error);

    for (size_t i = 0; i < view->topic_count; i++) {
        const struct weir_strategy_topic *topic = weir_strategy_topic_at(view, i);
        for (uint32_t p = topic->first + 1; p < topic->first + topic->partitions; p++) {
            if (swap_one(view, owners, p - 1, p)) {
                return status;
            }
        }
    }
    return status;
}

static enum weir_status drop_a_name(const struct weir_strategy_view *view, uint32_t *owners,
                                    struct weir_error *error)
{
    enum weir_status status = weir_strategy_static.assign(view, owners, error);

    owners[0] = WEIR_STRATEGY_NOBODY;
    return status;
}

static enum weir_status let_the_last_win(const struct weir_strategy_view *view, uint32_t *owners,
                                         struct weir_error *error)
{
    (void)weir_strategy_static.assign(view, owners, error);
    return WEIR_OK;
}

static const struct {
    int promise;
    enum weir_status (*assign)(const struct weir_strategy_view *view, uint32_t *owners,
                               struct weir_error *error);
} controls[] = {
    {0, forget_the_last},
    {1, forget_the_last},
    {2, forget_the_last},
    {0, give_all_to_the_first},
    {0, give_to_who_is_not_there},
    {0, swap_two},
    {1, swap_two},
    {0, remember},
    {2, remember},
    {2, forget_who_had_it},
    {2, never_balance},
    {2, move_one_more},
    {PROMISES, drop_a_name},
    {PROMISES, let_the_last_win},
};
enum { CONTROLS = sizeof controls / sizeof controls[0] };

START_TEST(a_broken_strategy_is_flagged)
{
    const struct weir_strategy strategy = {"broken", controls[_i].assign};
    int promise = controls[_i].promise;
    uint32_t flagged = 0;

    for (uint64_t seed = 1; seed <= CONTROL_SEEDS; seed++) {
        if (promise == PROMISES) {
            flagged += strategy_judge_named(&strategy, seed) != NULL ? 1 : 0;
        } else {
            broken = promises[promise].strategy;
            flagged += strategy_judge(&strategy, promises[promise].special, seed) != NULL ? 1 : 0;
        }
    }
    ck_assert_uint_ge(flagged, FLAGGED_MIN);
}
END_TEST

START_TEST(one_move_too_many_is_flagged)
{
    const struct weir_strategy strategy = {"broken", move_one_too_many};
    uint32_t flagged = 0;

    broken = &weir_strategy_sticky;
    for (uint64_t seed = 1; seed <= CONTROL_SEEDS; seed++) {
        flagged += strategy_judge(&strategy, strategy_judge_fewest, seed) != NULL ? 1 : 0;
    }
    ck_assert_uint_ge(flagged, FLAGGED_MIN);
}
END_TEST

int main(void)
{
    TCase *groups = tcase_create("groups");
    TCase *broken_ones = tcase_create("negative controls");

    tcase_add_loop_test(groups, it_keeps_its_promises_on_every_group, 0, SHARES * PROMISES);
    tcase_add_loop_test(groups, sticky_hardly_ever_misses_the_fewest_moves, 0, SHARES);
    tcase_add_loop_test(groups, static_gives_what_is_named, 0, SHARES);
    tcase_add_loop_test(broken_ones, a_broken_strategy_is_flagged, 0, CONTROLS);
    tcase_add_test(broken_ones, one_move_too_many_is_flagged);
    return runner_run_two("strategies, random", groups, broken_ones);
}
