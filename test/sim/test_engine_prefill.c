#include "test/support/deadline.h"
#include "test/support/prefill_scene.h"
#include "test/support/runner.h"

/* What is fetched before it is ours: where it goes on when it is. */

enum { MORE = 10, HALF_ROOM = 32 };

/* While blue works it has the share of green fetched, and does nothing with it. */
START_TEST(a_prefill_is_fetched_and_nothing_else)
{
    prefill_begin();
    ck_assert_uint_eq(sim_prefetched(0), PREFILL_PARTITIONS);
    ck_assert_uint_eq(sim_assigned(0), 0);
    ck_assert_uint_eq(sim_messages_out(), PREFILL_WAITING);
    sim_await_polls(0, PREFILL_POLLS);
    ck_assert_uint_eq(sim_attempts("orders:0-3"), 0);
    ck_assert_uint_eq(prefill_counted(WEIR_COUNTER_ASSIGNED), 0);
    prefill_stop();
    prefill_expect_nothing();
}
END_TEST

/* No connection of its own to anything before somebody asks for it. */
START_TEST(nothing_is_fetched_while_no_switch_is_under_way)
{
    sim_run_start(&prefill_run);
    sim_await_members(1);
    sim_await_polls(0, PREFILL_POLLS);
    prefill_expect_openings(0);
    prefill_await();
    prefill_expect_openings(1);
    prefill_stop();
}
END_TEST

/* Where blue ended is what is handled first, from what is here: at its first record, in the middle,
 * at its last, and behind it. */
static const int64_t within[] = {PREFILL_STORED, PREFILL_STORED + 1, PREFILL_TAKEN_AT,
                                 PREFILL_RECORDS - 1, PREFILL_RECORDS};

enum { WITHIN = sizeof within / sizeof within[0] };

START_TEST(what_is_here_goes_on_where_the_other_color_ended)
{
    prefill_begin();
    prefill_take_over_at(within[_i]);
    sim_run_await_counter(&prefill_run, WEIR_COUNTER_PREFILLED, PREFILL_PARTITIONS);
    prefill_expect_openings(1);
    ck_assert_uint_eq(prefill_counted(WEIR_COUNTER_FETCHED), PREFILL_WAITING);
    ck_assert_uint_eq(prefill_delivered(),
                      PREFILL_PARTITIONS * (uint64_t)(PREFILL_RECORDS - within[_i]));
    sim_append("orders:0-3", (struct sim_batch){.records = MORE, .keys = 5});
    sim_await_stored("orders:0-3");
    prefill_expect_openings(1);
    prefill_stop();
}
END_TEST

static const char *const orders[] = {"partition", "key", "none"};

enum { ORDERS = sizeof orders / sizeof orders[0] };

START_TEST(it_goes_on_in_any_order_of_handlers)
{
    sim_run_set(&prefill_run, "weir.order", orders[_i]);
    prefill_begin();
    prefill_take_over_at(PREFILL_TAKEN_AT);
    prefill_expect_openings(1);
    prefill_stop();
}
END_TEST

/* Somebody has set its offsets back. */
START_TEST(before_what_is_here_it_is_opened_anew)
{
    prefill_begin();
    prefill_take_over_at(PREFILL_STORED - 1);
    prefill_expect_openings(2);
    ck_assert_uint_eq(prefill_counted(WEIR_COUNTER_PREFILLED), 0);
    prefill_stop();
}
END_TEST

/* Blue has done more since than there is room for. */
START_TEST(behind_what_is_here_it_is_opened_anew)
{
    sim_run_set(&prefill_run, "weir.buffer.records", "16");
    prefill_begin();
    sim_await_polls(0, PREFILL_POLLS);
    ck_assert_uint_le(sim_messages_out(), (uint64_t)PREFILL_PARTITIONS * 16);
    prefill_take_over_at(PREFILL_TAKEN_AT);
    prefill_expect_openings(2);
    ck_assert_uint_eq(prefill_counted(WEIR_COUNTER_PREFILLED), 0);
    prefill_stop();
}
END_TEST

START_TEST(each_partition_is_judged_by_itself)
{
    prefill_begin();
    sim_store("orders:0", PREFILL_STORED - 1);
    sim_store("orders:1", PREFILL_STORED);
    sim_store("orders:2-3", PREFILL_TAKEN_AT);
    prefill_go_to(WEIR_SWITCH_DRAINING);
    sim_await_stored("orders:0-3");
    ck_assert_uint_eq(sim_openings("orders", 0), 2);
    ck_assert_uint_eq(sim_openings("orders", 1), 1);
    ck_assert_uint_eq(prefill_counted(WEIR_COUNTER_PREFILLED), PREFILL_PARTITIONS - 1);
    ck_assert_uint_eq(sim_attempts("orders:0"), PREFILL_RECORDS - PREFILL_STORED + 1);
    ck_assert_uint_eq(sim_attempts("orders:1"), PREFILL_RECORDS - PREFILL_STORED);
    ck_assert_uint_eq(sim_attempts("orders:2-3"), PREFILL_TAKEN / 2);
    prefill_stop();
}
END_TEST

/* Records of about a kilobyte, of which 64 have room, behind those of which blue has done all. */
static void begin_with_little_room(void)
{
    sim_run_set(&prefill_run, "weir.fetchers", "1");
    sim_run_set(&prefill_run, "weir.buffer.total.bytes", "524288"); /* an eighth: reservoirs */
    sim_run_set(&prefill_run, "weir.buffer.bytes", "65536");
    sim_run_set(&prefill_run, "weir.batch.bytes", "65536");
    sim_append("orders:0-3", (struct sim_batch){.records = PREFILL_RECORDS, .weight = 760});
    sim_store("orders:0-3", PREFILL_RECORDS);
    sim_run_start(&prefill_run);
    prefill_go_to(WEIR_SWITCH_PREPARED);
    WAIT_UNTIL(sim_messages_out() >= HALF_ROOM, PREFILL_WAIT_MS);
}

START_TEST(half_of_the_budget_is_left_to_what_is_ours)
{
    begin_with_little_room();
    sim_await_polls(0, PREFILL_POLLS);
    ck_assert_uint_le(sim_messages_out(), HALF_ROOM + PREFILL_PARTITIONS);
    prefill_go_to(WEIR_SWITCH_DRAINING);
    sim_await_stored("orders:0-3");
    ck_assert_uint_eq(sim_attempts("orders:0-3"), (uint64_t)PREFILL_PARTITIONS * PREFILL_RECORDS);
    prefill_expect_openings(1);
    prefill_stop();
}
END_TEST

/* All that is here is dropped, so that as much comes as there is room for, handlers hold it. */
START_TEST(what_is_dropped_takes_no_room)
{
    begin_with_little_room();
    sim_run_hold(&prefill_run, "orders:0-3", 0);
    sim_store("orders:0-3", PREFILL_RECORDS + HALF_ROOM);
    prefill_go_to(WEIR_SWITCH_DRAINING);
    WAIT_UNTIL(sim_messages_out() > HALF_ROOM + HALF_ROOM / 2, PREFILL_WAIT_MS);
    sim_run_let_go(&prefill_run);
    sim_await_stored("orders:0-3");
    ck_assert_uint_eq(sim_attempts("orders:0-3"),
                      (uint64_t)PREFILL_PARTITIONS * (PREFILL_RECORDS - HALF_ROOM));
    prefill_stop();
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("prefill");

    tcase_add_checked_fixture(tcase, prefill_set_up, prefill_tear_down);
    tcase_add_test(tcase, a_prefill_is_fetched_and_nothing_else);
    tcase_add_test(tcase, nothing_is_fetched_while_no_switch_is_under_way);
    tcase_add_loop_test(tcase, what_is_here_goes_on_where_the_other_color_ended, 0, WITHIN);
    tcase_add_loop_test(tcase, it_goes_on_in_any_order_of_handlers, 0, ORDERS);
    tcase_add_test(tcase, before_what_is_here_it_is_opened_anew);
    tcase_add_test(tcase, behind_what_is_here_it_is_opened_anew);
    tcase_add_test(tcase, each_partition_is_judged_by_itself);
    tcase_add_test(tcase, half_of_the_budget_is_left_to_what_is_ours);
    tcase_add_test(tcase, what_is_dropped_takes_no_room);
    return runner_run("engine_prefill", tcase);
}
