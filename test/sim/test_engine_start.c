#include "test/support/deadline.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include <string.h>

enum { RECORDS = 40, WAIT_MS = 30000 };

static struct sim_run run;

static void set_up(void)
{
    sim_run_set_up(&run, 4, RECORDS);
}

static void tear_down(void)
{
    sim_run_tear_down(&run);
}

static void consume_all(void)
{
    sim_await_members(1);
    sim_assign(0, "orders:0-3");
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    sim_run_destroy(&run);
    sim_run_judge(&run, (struct verify_options){.order = VERIFY_ORDER_KEY}, NULL);
}

/* Away and back. */

START_TEST(brokers_that_are_away_are_waited_for)
{
    sim_fail(SIM_PROBE, WEIR_ERR_UNAVAILABLE, 1);
    sim_run_start(&run);
    sim_run_await_event(&run, WEIR_EVENT_CLIENT_ERROR, 1);
    ck_assert_int_eq(weir_consumer_state(run.consumer), WEIR_STATE_RUNNING);
    ck_assert(sim_run_logged(&run, "trying again"));
    consume_all();
}
END_TEST

START_TEST(brokers_that_refuse_us_end_it)
{
    sim_fail(SIM_PROBE, WEIR_ERR_DENIED, 1);
    sim_run_start(&run);
    sim_run_expect_end(&run, WEIR_STATE_FAILED);
    sim_run_expect_error(&run, WEIR_ERR_DENIED, "probe");
}
END_TEST

START_TEST(a_missing_topic_is_named_and_waited_for)
{
    sim_run_set(&run, "weir.topics", "orders,nothing");
    sim_run_start(&run);
    sim_run_await_event(&run, WEIR_EVENT_TOPIC_ERROR, 1);
    ck_assert(sim_run_logged(&run, "topic 'nothing' does not exist"));
    consume_all();
}
END_TEST

START_TEST(what_the_client_says_later_is_told_and_passes)
{
    sim_run_start(&run);
    sim_await_members(1);
    sim_error(0, WEIR_ERR_UNAVAILABLE, "all brokers are down");
    sim_run_await_event(&run, WEIR_EVENT_CLIENT_ERROR, 1);
    ck_assert(sim_run_logged(&run, "all brokers are down"));
    sim_complain("orders:1", WEIR_ERR_DENIED, "not yours");
    consume_all();
}
END_TEST

START_TEST(what_is_wrong_with_a_partition_is_told_and_passes)
{
    sim_run_begin(&run, "orders:0-3");
    sim_await_answered(0);
    sim_complain("orders:2", WEIR_ERR_DENIED, "may not be read by us");
    sim_run_await_event(&run, WEIR_EVENT_TOPIC_ERROR, 1);
    ck_assert(sim_run_logged(&run, "orders/2: may not be read by us"));
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
}
END_TEST

/* What must work at the start. */

static const struct {
    enum sim_op op;
    const char *part;
} starters[] = {
    {SIM_CONNECT, "connect"}, {SIM_STORE_OPEN, "store open"}, {SIM_SUBSCRIBE, "subscribe"}};

enum { STARTERS = sizeof starters / sizeof starters[0] };

START_TEST(a_client_that_cannot_start_ends_it)
{
    sim_fail(starters[_i].op, WEIR_ERR_INVALID, 1);
    sim_run_start(&run);
    sim_run_expect_end(&run, WEIR_STATE_FAILED);
    sim_run_expect_error(&run, WEIR_ERR_INVALID, starters[_i].part);
}
END_TEST

START_TEST(a_handler_that_refuses_to_open_refuses_the_consumer)
{
    struct weir_error error = {0};

    run.refuse_open = true;
    ck_assert_int_eq(sim_run_try_create(&run, &error), WEIR_ERR_PLUGIN);
    ck_assert_ptr_nonnull(strstr(error.text, "refused to open"));
    ck_assert_ptr_null(run.consumer);
    ck_assert_uint_eq(sim_calls(SIM_PROBE), 0);
}
END_TEST

/* A program's own handler is looked at as a plug-in's is, before anything of it is called. */

static int must_not_open(const struct weir_handler_config *config, void **state)
{
    (void)state;
    config->log(config, "opened");
    return 0;
}

static void take_name(struct weir_handler *handler)
{
    handler->name = NULL;
    handler->open = must_not_open;
}

static void empty_name(struct weir_handler *handler)
{
    handler->name = "";
    handler->open = must_not_open;
}

static void break_name(struct weir_handler *handler)
{
    handler->name = "two\nlines";
    handler->open = must_not_open;
}

static void take_handle(struct weir_handler *handler)
{
    handler->handle = NULL;
    handler->open = must_not_open;
}

static void defer(struct weir_handler *handler)
{
    handler->handle_deferred = handler->handle;
    handler->open = must_not_open;
}

static const struct {
    void (*adjust)(struct weir_handler *handler);
    const char *part;
} flaws[] = {{take_name, "no proper name"},
             {empty_name, "no proper name"},
             {break_name, "no proper name"},
             {take_handle, "no handle"},
             {defer, "handle_deferred"}};

enum { FLAWS = sizeof flaws / sizeof flaws[0] };

START_TEST(a_handler_of_the_program_is_checked_as_a_plug_in_is)
{
    struct weir_error error = {0};

    run.adjust = flaws[_i].adjust;
    ck_assert_int_eq(sim_run_try_create(&run, &error), WEIR_ERR_PLUGIN);
    ck_assert_ptr_nonnull(strstr(error.text, "the handler in the options"));
    ck_assert_ptr_nonnull(strstr(error.text, flaws[_i].part));
    ck_assert_ptr_null(run.consumer);
    ck_assert(!sim_run_logged(&run, "opened"));
}
END_TEST

START_TEST(keys_that_the_handler_does_not_ask_for_are_named)
{
    sim_run_set(&run, "handler.colour", "red");
    sim_run_create(&run);
    ck_assert(sim_run_logged(&run, "handler 'sim' did not ask for handler.colour"));
}
END_TEST

START_TEST(a_worker_that_refuses_to_open_ends_it)
{
    run.workers_open = 0;
    sim_run_begin(&run, "orders:0-3");
    sim_run_expect_end(&run, WEIR_STATE_FAILED);
    sim_run_expect_error(&run, WEIR_ERR_PLUGIN, "worker_open refused");
    ck_assert_uint_eq(sim_attempts("orders:0-3"), 0);
    ck_assert_int_eq(sim_stored("orders", 0), -1);
}
END_TEST

/* The first worker is there, and busy. */
START_TEST(a_later_worker_that_refuses_to_open_ends_it_too)
{
    run.workers_open = 1;
    sim_run_set(&run, "weir.order", "partition");
    sim_run_hold(&run, "orders:0-3", 0);
    sim_run_begin(&run, "orders:0-3");
    /* The first worker may hold its batch by then, or have been told in time not to begin it. */
    WAIT_UNTIL(weir_consumer_state(run.consumer) != WEIR_STATE_RUNNING, WAIT_MS);
    sim_run_let_go(&run);
    sim_run_expect_end(&run, WEIR_STATE_FAILED);
    sim_run_expect_error(&run, WEIR_ERR_PLUGIN, "worker_open refused");
}
END_TEST

/* Positions. */

START_TEST(it_begins_where_the_store_says)
{
    sim_store("orders:0", 10);
    sim_store("orders:1", RECORDS);
    sim_run_begin(&run, "orders:0-1");
    sim_run_await_completed("orders:0", RECORDS - 10);
    sim_append("orders:1", (struct sim_batch){.records = 1});
    sim_run_await_completed("orders:1", 1);
    ck_assert_uint_eq(sim_attempts("orders:0-1"), RECORDS - 10 + 1);
}
END_TEST

/* The oldest that is there, not the first that ever was. */
START_TEST(earliest_begins_at_the_oldest_record)
{
    sim_run_set(&run, "weir.start", "earliest");
    sim_trim("orders:0", 15);
    sim_run_begin(&run, "orders:0");
    sim_run_await_completed("orders:0", RECORDS - 15);
    ck_assert_uint_eq(sim_attempts("orders:0"), RECORDS - 15);
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_RESET), 0);
}
END_TEST

START_TEST(latest_begins_at_the_end)
{
    sim_run_set(&run, "weir.start", "latest");
    sim_store("orders:0", 30);
    sim_run_begin(&run, "orders:0-1");
    sim_await_answered(0);
    sim_append("orders:0-1", (struct sim_batch){.records = 5});
    sim_run_await_completed("orders:0", 15);
    sim_run_await_completed("orders:1", 5);
    ck_assert_uint_eq(sim_attempts("orders:0-1"), 20);
}
END_TEST

/* Asked again later, "the end" would be another place, and what came in between would be lost. */
START_TEST(what_latest_found_is_committed_before_any_record)
{
    sim_run_set(&run, "weir.start", "latest");
    sim_run_begin(&run, "orders:0");
    sim_await_stored("orders:0");
    ck_assert_int_eq(sim_stored("orders", 0), RECORDS);
    ck_assert_uint_eq(sim_attempts("orders:0"), 0);
}
END_TEST

START_TEST(what_earliest_found_is_not_committed_before_a_record_is_done)
{
    sim_trim("orders:0", RECORDS);
    sim_run_begin(&run, "orders:0");
    sim_await_answered(0);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_int_eq(sim_stored("orders", 0), WEIR_OFFSET_NONE);
}
END_TEST

START_TEST(a_timestamp_begins_at_the_first_record_not_before_it)
{
    sim_run_set(&run, "weir.start", "timestamp");
    sim_run_set(&run, "weir.start.timestamp", "251"); /* offset 26 of the sim's clock */
    sim_trim("orders:1", RECORDS);
    sim_run_begin(&run, "orders:0");
    sim_run_await_completed("orders:0", RECORDS - 26);
    ck_assert_uint_eq(sim_attempts("orders:0"), RECORDS - 26);
}
END_TEST

START_TEST(a_timestamp_after_all_begins_at_the_end)
{
    sim_run_set(&run, "weir.start", "timestamp");
    sim_run_set(&run, "weir.start.timestamp", "100000");
    sim_run_begin(&run, "orders:0");
    sim_await_answered(0);
    sim_append("orders:0", (struct sim_batch){.records = 5});
    sim_run_await_completed("orders:0", 5);
}
END_TEST

START_TEST(no_position_and_start_error_end_it)
{
    sim_run_set(&run, "weir.start", "error");
    sim_store("orders:0", 3);
    sim_run_begin(&run, "orders:0-1");
    sim_run_expect_end(&run, WEIR_STATE_FAILED);
    sim_run_expect_error(&run, WEIR_ERR_CONFIG, "orders/1 has no committed offset");
    ck_assert(!sim_run_logged(&run, "trying again"));
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_CLIENT_ERROR), 0);
    ck_assert_uint_eq(sim_calls(SIM_STORE_LOAD), 1);
    ck_assert_uint_eq(sim_attempts("orders:0-1"), 0);
}
END_TEST

/* orders has 4. */
START_TEST(a_partition_number_that_is_too_high_is_named)
{
    sim_run_fini(&run);
    sim_run_init_alone(&run, "run", "orders:2-99");
    run.until_end = _i == 1;
    sim_run_start(&run);
    sim_run_expect_end(&run, WEIR_STATE_FAILED);
    sim_run_expect_error(&run, WEIR_ERR_CONFIG,
                         "topic 'orders' has 4 partitions (0-3); partition 4 does not exist");
    ck_assert_uint_eq(sim_attempts("orders:0-3"), 0);
}
END_TEST

START_TEST(the_highest_partition_number_is_none_too_high)
{
    sim_run_fini(&run);
    sim_run_init_alone(&run, "run", "orders:3");
    sim_run_start(&run);
    sim_run_await_completed("orders:3", RECORDS);
}
END_TEST

START_TEST(a_partition_that_does_not_exist_keeps_no_other_waiting)
{
    sim_hide("orders:2");
    sim_run_start(&run);
    consume_all();
    ck_assert(sim_run_logged(&run, "orders/2 does not exist; trying again"));
    ck_assert(sim_run_logged(&run, "orders/2 does not exist yet; it begins at offset 0"));
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_TOPIC_ERROR), 1);
}
END_TEST

START_TEST(a_partition_that_does_not_exist_has_no_end)
{
    run.until_end = true;
    sim_hide("orders:2");
    sim_run_begin(&run, "orders:0-3");
    sim_run_expect_end(&run, WEIR_STATE_FAILED);
    sim_run_expect_error(&run, WEIR_ERR_NOT_FOUND, "orders/2 does not exist");
}
END_TEST

START_TEST(a_store_that_does_not_answer_is_asked_again)
{
    sim_fail(SIM_STORE_LOAD, WEIR_ERR_UNAVAILABLE, UINT32_MAX);
    sim_run_begin(&run, "orders:0-3");
    sim_run_await_event(&run, WEIR_EVENT_CLIENT_ERROR, 1);
    ck_assert_uint_eq(sim_attempts("orders:0-3"), 0);
    sim_fail(SIM_STORE_LOAD, WEIR_OK, 0);
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
}
END_TEST

START_TEST(offsets_that_cannot_be_looked_up_are_asked_for_again)
{
    sim_fail(SIM_LOOK_UP, WEIR_ERR_TIMEOUT, 1);
    sim_run_begin(&run, "orders:0-3");
    sim_run_await_event(&run, WEIR_EVENT_CLIENT_ERROR, 1);
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
}
END_TEST

/* Without a group. */

START_TEST(without_a_group_the_configured_partitions_are_ours)
{
    sim_run_fini(&run);
    sim_run_init_alone(&run, "run", "orders:1-2");
    sim_run_start(&run);
    sim_run_await_completed("orders:1-2", (uint64_t)2 * RECORDS);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(sim_attempts("orders:0-3"), (uint64_t)2 * RECORDS);
    ck_assert_uint_eq(sim_calls(SIM_SUBSCRIBE), 0);
    ck_assert_int_eq(sim_stored("orders", 1), RECORDS);
}
END_TEST

/* A library may announce records before its source is in the engine's hands (a queue that holds
 * some when its callback is set). */
START_TEST(records_may_be_announced_while_their_source_is_opened)
{
    sim_announce_early(true);
    sim_run_set(&run, "weir.fetchers", "4");
    sim_run_start(&run);
    consume_all();
}
END_TEST

START_TEST(records_that_trickle_in_are_all_noticed)
{
    sim_arrive_by(1);
    sim_run_set(&run, "weir.fetchers", "2");
    sim_append("orders:0-3", (struct sim_batch){.records = 500, .keys = 5});
    sim_run_begin(&run, "orders:0-3");
    sim_run_await_completed("orders:0-3", (uint64_t)4 * (RECORDS + 500));
}
END_TEST

START_TEST(nobody_needs_to_listen)
{
    run.unheard = true;
    sim_run_begin(&run, "orders:0-3");
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_DONE),
                      (uint64_t)4 * RECORDS);
}
END_TEST

int main(void)
{
    TCase *start = tcase_create("start");
    TCase *positions = tcase_create("positions");

    tcase_add_checked_fixture(start, set_up, tear_down);
    tcase_add_test(start, brokers_that_are_away_are_waited_for);
    tcase_add_test(start, brokers_that_refuse_us_end_it);
    tcase_add_test(start, a_missing_topic_is_named_and_waited_for);
    tcase_add_test(start, what_the_client_says_later_is_told_and_passes);
    tcase_add_test(start, what_is_wrong_with_a_partition_is_told_and_passes);
    tcase_add_loop_test(start, a_client_that_cannot_start_ends_it, 0, STARTERS);
    tcase_add_test(start, a_handler_that_refuses_to_open_refuses_the_consumer);
    tcase_add_loop_test(start, a_handler_of_the_program_is_checked_as_a_plug_in_is, 0, FLAWS);
    tcase_add_test(start, keys_that_the_handler_does_not_ask_for_are_named);
    tcase_add_test(start, a_worker_that_refuses_to_open_ends_it);
    tcase_add_test(start, a_later_worker_that_refuses_to_open_ends_it_too);
    tcase_add_test(start, without_a_group_the_configured_partitions_are_ours);
    tcase_add_test(start, records_may_be_announced_while_their_source_is_opened);
    tcase_add_test(start, records_that_trickle_in_are_all_noticed);
    tcase_add_test(start, nobody_needs_to_listen);
    tcase_add_checked_fixture(positions, set_up, tear_down);
    tcase_add_test(positions, it_begins_where_the_store_says);
    tcase_add_test(positions, earliest_begins_at_the_oldest_record);
    tcase_add_test(positions, latest_begins_at_the_end);
    tcase_add_test(positions, what_latest_found_is_committed_before_any_record);
    tcase_add_test(positions, what_earliest_found_is_not_committed_before_a_record_is_done);
    tcase_add_test(positions, a_timestamp_begins_at_the_first_record_not_before_it);
    tcase_add_test(positions, a_timestamp_after_all_begins_at_the_end);
    tcase_add_test(positions, no_position_and_start_error_end_it);
    tcase_add_loop_test(positions, a_partition_number_that_is_too_high_is_named, 0, 2);
    tcase_add_test(positions, the_highest_partition_number_is_none_too_high);
    tcase_add_test(positions, a_partition_that_does_not_exist_keeps_no_other_waiting);
    tcase_add_test(positions, a_partition_that_does_not_exist_has_no_end);
    tcase_add_test(positions, a_store_that_does_not_answer_is_asked_again);
    tcase_add_test(positions, offsets_that_cannot_be_looked_up_are_asked_for_again);
    return runner_run_two("engine_start", start, positions);
}
