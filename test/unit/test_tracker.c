#include "offsets/tracker.h"

#include "framework/base/memory.h"
#include "framework/base/random.h"
#include "test/support/require.h"
#include "test/support/runner.h"
#include "test/support/seeds.h"
#include <check.h>
#include <stdbool.h>

#define TWO_53 (INT64_C(1) << 53)

static struct weir_tracker *tracker_at(uint32_t window, int64_t position)
{
    struct weir_tracker *tracker = NULL;

    ck_assert_int_eq(weir_tracker_create(window, position, &tracker), WEIR_OK);
    ck_assert_ptr_nonnull(tracker);
    return tracker;
}

static struct weir_ticket begun(struct weir_tracker *tracker, int64_t offset)
{
    struct weir_ticket ticket = {UINT64_MAX};

    ck_assert_int_eq(weir_tracker_begin(tracker, offset, &ticket), WEIR_OK);
    return ticket;
}

static void finished(struct weir_tracker *tracker, struct weir_ticket ticket)
{
    ck_assert_int_eq(weir_tracker_finish(tracker, ticket), WEIR_OK);
}

START_TEST(a_fresh_tracker_rests_on_its_position)
{
    struct weir_tracker *tracker = tracker_at(4, 42);

    ck_assert_int_eq(weir_tracker_watermark(tracker), 42);
    ck_assert_uint_eq(weir_tracker_unfinished(tracker), 0);
    ck_assert_uint_eq(weir_tracker_room(tracker), 4);
    weir_tracker_destroy(tracker);
}
END_TEST

START_TEST(the_oldest_is_the_one_that_holds_the_watermark)
{
    struct weir_tracker *tracker = tracker_at(8, 10);
    struct weir_ticket oldest = {0};

    ck_assert(!weir_tracker_oldest(tracker, &oldest));
    struct weir_ticket first = begun(tracker, 10);
    struct weir_ticket second = begun(tracker, 12);
    struct weir_ticket third = begun(tracker, 13);
    finished(tracker, second);
    ck_assert(weir_tracker_oldest(tracker, &oldest));
    ck_assert_uint_eq(oldest.seq, first.seq);
    finished(tracker, first);
    ck_assert(weir_tracker_oldest(tracker, &oldest));
    ck_assert_uint_eq(oldest.seq, third.seq);
    finished(tracker, third);
    ck_assert(!weir_tracker_oldest(tracker, &oldest));
    weir_tracker_destroy(tracker);
}
END_TEST

START_TEST(the_oldest_unfinished_record_holds_the_watermark)
{
    struct weir_tracker *tracker = tracker_at(8, 10);
    struct weir_ticket first = begun(tracker, 10);
    struct weir_ticket second = begun(tracker, 11);
    struct weir_ticket third = begun(tracker, 12);

    finished(tracker, third);
    finished(tracker, second);
    ck_assert_int_eq(weir_tracker_watermark(tracker), 10);
    ck_assert_uint_eq(weir_tracker_unfinished(tracker), 1);
    finished(tracker, first);
    ck_assert_int_eq(weir_tracker_watermark(tracker), 13);
    ck_assert_uint_eq(weir_tracker_room(tracker), 8);
    weir_tracker_destroy(tracker);
}
END_TEST

START_TEST(holes_do_not_hold_the_watermark)
{
    struct weir_tracker *tracker = tracker_at(8, 0);
    struct weir_ticket first = begun(tracker, 5);
    struct weir_ticket second = begun(tracker, 9);
    struct weir_ticket third = begun(tracker, 20);

    ck_assert_int_eq(weir_tracker_watermark(tracker), 5);
    finished(tracker, first);
    ck_assert_int_eq(weir_tracker_watermark(tracker), 9);
    finished(tracker, third);
    ck_assert_int_eq(weir_tracker_watermark(tracker), 9);
    finished(tracker, second);
    ck_assert_int_eq(weir_tracker_watermark(tracker), 21);
    weir_tracker_destroy(tracker);
}
END_TEST

START_TEST(offset_zero_is_an_offset_like_any_other)
{
    struct weir_tracker *tracker = tracker_at(2, 0);
    struct weir_ticket ticket = begun(tracker, 0);

    ck_assert_uint_eq(ticket.seq, 0);
    ck_assert_int_eq(weir_tracker_watermark(tracker), 0);
    ck_assert_int_eq(weir_tracker_offset(tracker, ticket), 0);
    finished(tracker, ticket);
    ck_assert_int_eq(weir_tracker_watermark(tracker), 1);
    weir_tracker_destroy(tracker);
}
END_TEST

static const uint32_t windows[] = {1, 2, 3, 4, 5, 7, 8, 9, 31, 100, 1000, 1025};

START_TEST(exactly_window_records_fit_whatever_its_size)
{
    uint32_t window = windows[_i];
    struct weir_tracker *tracker = tracker_at(window, 100);
    struct weir_ticket refused = {777};

    for (uint32_t i = 0; i < window; i++) {
        ck_assert_uint_eq(weir_tracker_room(tracker), window - i);
        ck_assert_uint_eq(begun(tracker, 100 + i).seq, i);
    }
    ck_assert_uint_eq(weir_tracker_room(tracker), 0);
    ck_assert_int_eq(weir_tracker_begin(tracker, 100 + window, &refused), WEIR_ERR_FULL);
    ck_assert_uint_eq(refused.seq, 777);
    ck_assert_uint_eq(weir_tracker_unfinished(tracker), window);
    ck_assert_int_eq(weir_tracker_watermark(tracker), 100);
    weir_tracker_destroy(tracker);
}
END_TEST

START_TEST(only_the_oldest_makes_room)
{
    struct weir_tracker *tracker = tracker_at(3, 0);
    struct weir_ticket none = {0};

    for (int64_t offset = 0; offset < 3; offset++) {
        (void)begun(tracker, offset);
    }
    finished(tracker, (struct weir_ticket){2});
    finished(tracker, (struct weir_ticket){1});
    ck_assert_uint_eq(weir_tracker_room(tracker), 0);
    ck_assert_int_eq(weir_tracker_begin(tracker, 3, &none), WEIR_ERR_FULL);
    finished(tracker, (struct weir_ticket){0});
    ck_assert_uint_eq(weir_tracker_room(tracker), 3);
    ck_assert_uint_eq(begun(tracker, 3).seq, 3);
    weir_tracker_destroy(tracker);
}
END_TEST

START_TEST(finishing_twice_is_stale_and_changes_nothing)
{
    struct weir_tracker *tracker = tracker_at(3, 0);
    struct weir_ticket first = begun(tracker, 0);
    struct weir_ticket second = begun(tracker, 1);

    finished(tracker, second);
    ck_assert_int_eq(weir_tracker_finish(tracker, second), WEIR_ERR_STALE);
    ck_assert_uint_eq(weir_tracker_unfinished(tracker), 1);
    finished(tracker, first);
    ck_assert_int_eq(weir_tracker_finish(tracker, first), WEIR_ERR_STALE);
    ck_assert_int_eq(weir_tracker_finish(tracker, second), WEIR_ERR_STALE);
    ck_assert_int_eq(weir_tracker_watermark(tracker), 2);
    weir_tracker_destroy(tracker);
}
END_TEST

START_TEST(an_old_ticket_stays_stale_when_its_place_is_used_again)
{
    struct weir_tracker *tracker = tracker_at(4, 0);
    struct weir_ticket old = begun(tracker, 0);

    finished(tracker, old);
    for (int64_t offset = 1; offset <= 4; offset++) {
        (void)begun(tracker, offset);
    }
    ck_assert_int_eq(weir_tracker_finish(tracker, old), WEIR_ERR_STALE);
    ck_assert_uint_eq(weir_tracker_unfinished(tracker), 4);
    ck_assert_int_eq(weir_tracker_watermark(tracker), 1);
    weir_tracker_destroy(tracker);
}
END_TEST

START_TEST(rings_wrap_for_many_cycles)
{
    uint32_t window = windows[_i];
    struct weir_tracker *tracker = tracker_at(window, 0);

    for (uint64_t cycle = 0; cycle < 7; cycle++) {
        uint64_t first = cycle * window;
        for (uint32_t i = 0; i < window; i++) {
            ck_assert_uint_eq(begun(tracker, (int64_t)(3 * (first + i))).seq, first + i);
        }
        for (uint32_t i = window; i > 0; i--) {
            ck_assert_int_eq(weir_tracker_watermark(tracker), (int64_t)(3 * first));
            ck_assert_int_eq(weir_tracker_offset(tracker, (struct weir_ticket){first + i - 1}),
                             (int64_t)(3 * (first + i - 1)));
            finished(tracker, (struct weir_ticket){first + i - 1});
        }
        ck_assert_int_eq(weir_tracker_watermark(tracker), (int64_t)(3 * (first + window - 1) + 1));
    }
    weir_tracker_destroy(tracker);
}
END_TEST

static const int64_t great_offsets[] = {INT32_MAX,  (int64_t)UINT32_MAX, TWO_53 - 1,
                                        TWO_53 + 1, INT64_MAX - 2,       INT64_MAX - 1};

START_TEST(great_offsets_are_kept_exactly)
{
    int64_t offset = great_offsets[_i];
    struct weir_tracker *tracker = tracker_at(2, offset - 1);
    struct weir_ticket first = begun(tracker, offset - 1);
    struct weir_ticket second = begun(tracker, offset);

    finished(tracker, second);
    ck_assert_int_eq(weir_tracker_watermark(tracker), offset - 1);
    finished(tracker, first);
    ck_assert_int_eq(weir_tracker_watermark(tracker), offset + 1);
    weir_tracker_destroy(tracker);
}
END_TEST

START_TEST(a_passed_end_moves_an_idle_watermark)
{
    struct weir_tracker *tracker = tracker_at(2, 10);

    weir_tracker_pass(tracker, 15);
    ck_assert_int_eq(weir_tracker_watermark(tracker), 15);
    weir_tracker_pass(tracker, 12);
    ck_assert_int_eq(weir_tracker_watermark(tracker), 15);
    ck_assert_uint_eq(weir_tracker_room(tracker), 2);
    ck_assert_int_eq(weir_tracker_offset(tracker, begun(tracker, 15)), 15);
    weir_tracker_destroy(tracker);
}
END_TEST

START_TEST(a_passed_end_waits_for_what_is_unfinished_below)
{
    struct weir_tracker *tracker = tracker_at(2, 10);
    struct weir_ticket ticket = begun(tracker, 10);

    weir_tracker_pass(tracker, 20);
    ck_assert_int_eq(weir_tracker_watermark(tracker), 10);
    finished(tracker, ticket);
    ck_assert_int_eq(weir_tracker_watermark(tracker), 20);
    weir_tracker_destroy(tracker);
}
END_TEST

START_TEST(every_failing_allocation_leaves_out_untouched)
{
    struct weir_tracker *tracker = NULL;
    enum weir_status status = WEIR_ERR_NOMEM;
    uint64_t nth = 0;

    while (status != WEIR_OK) {
        weir_memory_fail_nth(++nth);
        status = weir_tracker_create(5, 0, &tracker);
        weir_memory_fail_nth(0);
        ck_assert(status == WEIR_OK || tracker == NULL);
        ck_assert(status == WEIR_OK || status == WEIR_ERR_NOMEM);
    }
    ck_assert_uint_gt(nth, 1);
    weir_tracker_destroy(tracker);
    weir_tracker_destroy(NULL);
}
END_TEST

/* The naive model: every record ever begun, in one long list. */
enum { STEPS = 600 };

struct model {
    int64_t offsets[STEPS];
    bool done[STEPS];
    uint64_t count;
    int64_t position;
};

static uint64_t model_oldest(const struct model *model)
{
    uint64_t seq = 0;

    while (seq < model->count && model->done[seq]) {
        seq++;
    }
    return seq;
}

static void compare(const struct weir_tracker *tracker, const struct model *model, uint32_t window)
{
    uint64_t oldest = model_oldest(model);
    uint32_t unfinished = 0;

    for (uint64_t seq = oldest; seq < model->count; seq++) {
        unfinished += model->done[seq] ? 0 : 1;
    }
    REQUIRE(weir_tracker_watermark(tracker) ==
            (oldest < model->count ? model->offsets[oldest] : model->position));
    REQUIRE(weir_tracker_unfinished(tracker) == unfinished);
    REQUIRE(weir_tracker_room(tracker) == window - (model->count - oldest));
}

static void begin_somewhere(struct weir_tracker *tracker, struct model *model, uint32_t window,
                            struct weir_random *random)
{
    int64_t offset = model->position + (int64_t)weir_random_below(random, 4);
    struct weir_ticket ticket = {0};

    if (model->count - model_oldest(model) == window) {
        REQUIRE(weir_tracker_begin(tracker, offset, &ticket) == WEIR_ERR_FULL);
        return;
    }
    REQUIRE(weir_tracker_begin(tracker, offset, &ticket) == WEIR_OK);
    REQUIRE(ticket.seq == model->count);
    model->offsets[model->count++] = offset;
    model->position = offset + 1;
}

static void finish_somewhere(struct weir_tracker *tracker, struct model *model,
                             struct weir_random *random)
{
    if (model->count == 0) {
        return;
    }
    uint64_t back = weir_random_below(random, model->count < 12 ? model->count : 12);
    uint64_t seq = model->count - 1 - back;
    enum weir_status expected = model->done[seq] ? WEIR_ERR_STALE : WEIR_OK;

    REQUIRE(weir_tracker_finish(tracker, (struct weir_ticket){seq}) == expected);
    model->done[seq] = true;
}

static void finish_oldest(struct weir_tracker *tracker, struct model *model)
{
    uint64_t oldest = model_oldest(model);

    if (oldest < model->count) {
        finished(tracker, (struct weir_ticket){oldest});
        model->done[oldest] = true;
    }
}

static void walk(uint64_t seed)
{
    struct weir_random random = {seed};

    seeds_begin(seed);
    uint32_t window = (uint32_t)(1 + weir_random_below(&random, 17));
    struct model model = {.position = (int64_t)weir_random_below(&random, 3) * (TWO_53 - 20)};
    struct weir_tracker *tracker = tracker_at(window, model.position);

    for (int step = 0; step < STEPS; step++) {
        uint64_t dice = weir_random_below(&random, 20);
        if (dice < 9) {
            begin_somewhere(tracker, &model, window, &random);
        } else if (dice < 14) {
            finish_somewhere(tracker, &model, &random);
        } else if (dice < 19) {
            finish_oldest(tracker, &model);
        } else {
            int64_t end = model.position - 5 + (int64_t)weir_random_below(&random, 10);
            weir_tracker_pass(tracker, end);
            model.position = end > model.position ? end : model.position;
        }
        compare(tracker, &model, window);
    }
    weir_tracker_destroy(tracker);
}

START_TEST(random_walks_agree_with_a_naive_model)
{
    uint64_t first = seeds_first();

    for (uint64_t seed = first; seed < first + seeds_count(500); seed++) {
        walk(seed);
    }
}
END_TEST

enum {
    WINDOWS = sizeof windows / sizeof windows[0],
    GREAT = sizeof great_offsets / sizeof great_offsets[0]
};

int main(void)
{
    TCase *tcase = tcase_create("tracker");

    tcase_add_test(tcase, a_fresh_tracker_rests_on_its_position);
    tcase_add_test(tcase, the_oldest_unfinished_record_holds_the_watermark);
    tcase_add_test(tcase, the_oldest_is_the_one_that_holds_the_watermark);
    tcase_add_test(tcase, holes_do_not_hold_the_watermark);
    tcase_add_test(tcase, offset_zero_is_an_offset_like_any_other);
    tcase_add_loop_test(tcase, exactly_window_records_fit_whatever_its_size, 0, WINDOWS);
    tcase_add_test(tcase, only_the_oldest_makes_room);
    tcase_add_test(tcase, finishing_twice_is_stale_and_changes_nothing);
    tcase_add_test(tcase, an_old_ticket_stays_stale_when_its_place_is_used_again);
    tcase_add_loop_test(tcase, rings_wrap_for_many_cycles, 0, WINDOWS);
    tcase_add_loop_test(tcase, great_offsets_are_kept_exactly, 0, GREAT);
    tcase_add_test(tcase, a_passed_end_moves_an_idle_watermark);
    tcase_add_test(tcase, a_passed_end_waits_for_what_is_unfinished_below);
    tcase_add_test(tcase, every_failing_allocation_leaves_out_untouched);
    tcase_add_test(tcase, random_walks_agree_with_a_naive_model);
    return runner_run("tracker", tcase);
}
