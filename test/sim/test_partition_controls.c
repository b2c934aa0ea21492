#include "test/support/partition_walk.h"
#include "test/support/runner.h"
#include <string.h>

/* Negative controls: the model that judges partitions must see each of these broken ones. */

enum { SEEDS = 300, FLAGGED_MIN = 20 };

static struct partition_walk walk;

/* How many of the walks were flagged; each by the rule named, and none by another. */
static uint32_t flagged_by(const char *rule)
{
    uint32_t count = 0;
    const char *broken = walk_run(&walk);

    if (broken[0] != '\0') {
        ck_assert_msg(strncmp(broken, rule, strlen(rule)) == 0, "not '%s' but '%s'", rule, broken);
        count++;
    }
    return count;
}

/* A partition that was built otherwise than it is judged. */

static void no_lanes(struct partition_walk *w)
{
    w->options.order = WEIR_ORDER_NONE;
    w->judged.order = WEIR_ORDER_KEY;
    w->keys_only = true;
}

static void lanes_for_a_partition(struct partition_walk *w)
{
    w->options.order = WEIR_ORDER_KEY;
    w->judged.order = WEIR_ORDER_PARTITION;
}

static void no_order_for_a_partition(struct partition_walk *w)
{
    w->options.order = WEIR_ORDER_NONE;
    w->judged.order = WEIR_ORDER_PARTITION;
}

static void one_lane_for_all_keys(struct partition_walk *w)
{
    w->options.order = WEIR_ORDER_PARTITION;
    w->judged.order = WEIR_ORDER_KEY;
    w->keys_only = true;
    w->options.batch.linger_ns = w->judged.batch.linger_ns = 0;
}

static void window_too_wide(struct partition_walk *w)
{
    w->options.window = 9;
    w->judged.window = 8;
    w->options.buffer_records = w->judged.buffer_records = 32;
}

static void window_too_narrow(struct partition_walk *w)
{
    w->options.window = 8;
    w->judged.window = 9;
    w->options.buffer_records = w->judged.buffer_records = 32;
}

static void batches_too_long(struct partition_walk *w)
{
    w->options.batch.records = 4;
    w->judged.batch.records = 3;
    w->options.batch.bytes = w->judged.batch.bytes = 100000;
}

static void batches_too_heavy(struct partition_walk *w)
{
    w->options.batch.bytes = 100000;
    w->judged.batch.bytes = 40;
}

static void impatient(struct partition_walk *w)
{
    w->options.batch.linger_ns = 0;
    w->judged.batch = (struct weir_batch_limits){8, 100000, (uint64_t)20 * WEIR_NS_PER_MS};
    w->options.batch.records = 8;
    w->options.batch.bytes = 100000;
}

static void too_patient(struct partition_walk *w)
{
    w->options.batch = (struct weir_batch_limits){8, 100000, (uint64_t)20 * WEIR_NS_PER_MS};
    w->judged.batch = (struct weir_batch_limits){8, 100000, 0};
    w->options.order = w->judged.order = WEIR_ORDER_NONE;
}

static void retries_too_early(struct partition_walk *w)
{
    w->options.backoff = (struct weir_backoff){1, 1};
    w->judged.backoff = (struct weir_backoff){50, 50};
    w->options.attempts = w->judged.attempts = 5;
    w->failure_percent = 50;
}

static void retries_too_late(struct partition_walk *w)
{
    w->options.backoff = (struct weir_backoff){50, 50};
    w->judged.backoff = (struct weir_backoff){1, 1};
    w->options.attempts = w->judged.attempts = 5;
    w->failure_percent = 50;
}

static void one_attempt_too_many(struct partition_walk *w)
{
    w->options.attempts = 3;
    w->judged.attempts = 2;
    w->failure_percent = 60;
}

static void skips_what_must_not_be_skipped(struct partition_walk *w)
{
    w->options.policy = WEIR_FAILURE_SKIP;
    w->judged.policy = w->options.window % 2 == 0 ? WEIR_FAILURE_STOP : WEIR_FAILURE_HOLD;
    w->failure_percent = 60;
}

static void chains_are_no_chains(struct partition_walk *w)
{
    w->options.order = w->judged.order = WEIR_ORDER_PARTITION;
    w->hands_chains_to_many = true;
}

static void chains_come_back_forwards(struct partition_walk *w)
{
    w->options.order = w->judged.order = WEIR_ORDER_PARTITION;
    w->failure_percent = 30;
    w->returns_forwards = true;
}

static void rows_are_no_chains(struct partition_walk *w)
{
    w->options.order = w->judged.order = WEIR_ORDER_KEY;
    w->hands_chains_to_many = true;
}

static const struct {
    void (*distort)(struct partition_walk *walk);
    const char *rule;
} variants[] = {
    {no_lanes, "order"},
    {lanes_for_a_partition, "order"},
    {no_order_for_a_partition, "order"},
    {one_lane_for_all_keys, "progress"},
    {window_too_wide, "window"},
    {window_too_narrow, "window"},
    {batches_too_long, "batch"},
    {batches_too_heavy, "batch"},
    {impatient, "linger"},
    {too_patient, "progress"},
    {retries_too_early, "retry"},
    {retries_too_late, "progress"},
    {one_attempt_too_many, "policy"},
    {skips_what_must_not_be_skipped, "policy"},
    {chains_are_no_chains, "order"},
    {chains_come_back_forwards, "order"},
    {rows_are_no_chains, "order"},
};
enum { VARIANTS = sizeof variants / sizeof variants[0] };

START_TEST(a_partition_that_is_built_wrongly_is_flagged)
{
    uint32_t flagged = 0;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        walk_prepare(&walk, seed);
        walk.halts = false;
        variants[_i].distort(&walk);
        flagged += flagged_by(variants[_i].rule);
    }
    ck_assert_uint_ge(flagged, FLAGGED_MIN);
}
END_TEST

/* It says that it halts nowhere, or goes on, or waits for more than it was told to. */
START_TEST(a_partition_that_does_not_halt_is_flagged)
{
    uint32_t flagged = 0;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        walk_prepare(&walk, seed);
        walk.halts = true;
        walk.ignores_halt = true;
        flagged += walk_run(&walk)[0] != '\0' ? 1 : 0;
    }
    ck_assert_uint_ge(flagged, SEEDS / 2);
}
END_TEST

/* A partition that lies about itself. */

static void commit_what_is_done_most(const struct partition_walk *w, struct partition_view *view)
{
    for (uint32_t i = 0; i < w->model.count; i++) {
        const struct token *token = &w->model.tokens[i];
        if (token->state == TOKEN_FINISHED && token->offset >= view->watermark) {
            view->watermark = token->offset + 1;
        }
    }
}

static void commit_on_delivery(const struct partition_walk *w, struct partition_view *view)
{
    (void)w;
    view->watermark = view->position;
}

static void commit_what_is_admitted(const struct partition_walk *w, struct partition_view *view)
{
    view->watermark = w->model.passed;
}

static void commit_the_last_one_done(const struct partition_walk *w, struct partition_view *view)
{
    /* The classic slip: the offset of the record, not the next one. */
    view->watermark -= model_count(&w->model, TOKEN_FINISHED) > 0 ? 1 : 0;
}

static void forget_bytes(const struct partition_walk *w, struct partition_view *view)
{
    (void)w;
    view->bytes -= view->bytes > 0 ? 1 : 0;
}

static void forget_a_batch(const struct partition_walk *w, struct partition_view *view)
{
    (void)w;
    view->running -= view->running > 1 ? 1 : 0;
}

static void hide_a_stop(const struct partition_walk *w, struct partition_view *view)
{
    (void)w;
    view->stopped = false;
}

static void count_once_too_often(const struct partition_walk *w, struct partition_view *view)
{
    (void)w;
    view->in_flight += view->in_flight > 2 ? 1 : 0;
}

static void be_drained_too_early(const struct partition_walk *w, struct partition_view *view)
{
    view->drained = w->model.draining;
}

static void never_be_drained(const struct partition_walk *w, struct partition_view *view)
{
    (void)w;
    view->drained = false;
}

static const struct {
    void (*lie)(const struct partition_walk *walk, struct partition_view *view);
    const char *rule;
} lies[] = {
    {commit_what_is_done_most, "I2"}, {commit_on_delivery, "I2"},
    {commit_what_is_admitted, "I2"},  {commit_the_last_one_done, "watermark"},
    {forget_bytes, "count"},          {forget_a_batch, "count"},
    {hide_a_stop, "policy"},          {count_once_too_often, "count"},
    {be_drained_too_early, "drain"},  {never_be_drained, "drain"},
};
enum { LIES = sizeof lies / sizeof lies[0] };

START_TEST(a_partition_that_lies_is_flagged)
{
    uint32_t flagged = 0;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        walk_prepare(&walk, seed);
        walk.halts = false;
        walk.lie = lies[_i].lie;
        flagged += flagged_by(lies[_i].rule);
    }
    ck_assert_uint_ge(flagged, FLAGGED_MIN);
}
END_TEST

/* Single acts that must not be. Tokens 0, 1, 2 are in the window, 3 is buffered. */

static struct partition_model model;

static void set_up(void)
{
    const struct weir_partition_options options = {.order = WEIR_ORDER_PARTITION,
                                                   .window = 3,
                                                   .batch = {.records = 8, .bytes = 1000},
                                                   .backoff = {10, 10},
                                                   .attempts = 5};

    model_init(&model, &options, 0);
    for (int64_t offset = 0; offset < 4; offset++) {
        struct weir_item item = {.offset = offset, .bytes = 1, .keyed = true};
        ck_assert_ptr_nonnull(model_put(&model, &item));
    }
    model_admitted(&model, UINT32_MAX, 3);
    ck_assert_str_eq(model.broken, "");
}

static struct weir_entry entry_of(uint64_t seq)
{
    return (struct weir_entry){.message = &model.tokens[seq],
                               .seq = seq,
                               .offset = model.tokens[seq].offset,
                               .bytes = model.tokens[seq].bytes,
                               .failures = model.tokens[seq].failures};
}

static void start(uint64_t seq)
{
    struct weir_entry entry = entry_of(seq);

    model_started(&model, &entry, 1, false);
}

static void settle(uint64_t seq, enum weir_verdict verdict)
{
    struct weir_entry entry = entry_of(seq);

    entry.verdict = verdict;
    model_settled(&model, &entry, &verdict, 1);
}

static void expect_broken(const char *rule)
{
    ck_assert_msg(strncmp(model.broken, rule, strlen(rule)) == 0, "'%s' is not '%s'", model.broken,
                  rule);
}

START_TEST(a_record_that_is_handed_out_twice_is_flagged)
{
    start(0);
    start(0);
    expect_broken("account");
}
END_TEST

START_TEST(a_finished_record_that_comes_again_is_flagged)
{
    start(0);
    settle(0, WEIR_VERDICT_DONE);
    ck_assert_str_eq(model.broken, "");
    start(0);
    expect_broken("account");
}
END_TEST

START_TEST(a_record_that_was_not_admitted_is_flagged)
{
    start(3);
    expect_broken("account");
}
END_TEST

START_TEST(a_message_that_was_mixed_up_is_flagged)
{
    struct weir_entry entry = entry_of(0);

    entry.message = &model.tokens[1];
    model_started(&model, &entry, 1, false);
    expect_broken("account");
}
END_TEST

START_TEST(a_batch_after_the_drain_is_flagged)
{
    model_drained(&model);
    start(0);
    expect_broken("drain");
}
END_TEST

START_TEST(a_batch_behind_what_is_finished_is_flagged_while_it_catches_up)
{
    start(0);
    settle(0, WEIR_VERDICT_DONE);
    model_drained(&model);
    start(1);
    expect_broken("drain");
}
END_TEST

START_TEST(what_will_come_again_though_it_is_done_is_flagged)
{
    model.options.order = WEIR_ORDER_NONE;
    start(1);
    settle(1, WEIR_VERDICT_DONE);
    model_exact(&model);
    expect_broken("I7");
}
END_TEST

START_TEST(a_retry_before_its_time_is_flagged)
{
    start(0);
    settle(0, WEIR_VERDICT_RETRY);
    model.now = 5 * WEIR_NS_PER_MS - 1;
    start(0);
    expect_broken("retry");
}
END_TEST

START_TEST(what_overtakes_a_retry_is_flagged)
{
    start(0);
    settle(0, WEIR_VERDICT_RETRY);
    start(1);
    expect_broken("order");
}
END_TEST

START_TEST(a_batch_in_the_wrong_order_is_flagged)
{
    struct weir_entry entries[] = {entry_of(1), entry_of(0)};

    model_started(&model, entries, 2, false);
    expect_broken("order");
}
END_TEST

START_TEST(a_message_that_is_not_given_back_is_flagged)
{
    model_drained(&model);
    for (int i = 0; i < 3; i++) {
        model_taken(&model, &model.tokens[i]);
    }
    ck_assert_str_eq(model.broken, "");
    model_all_taken(&model);
    expect_broken("account");
}
END_TEST

START_TEST(a_message_that_is_given_back_twice_is_flagged)
{
    model_taken(&model, &model.tokens[0]);
    model_taken(&model, &model.tokens[0]);
    expect_broken("account");
}
END_TEST

START_TEST(a_message_that_is_given_back_while_a_handler_has_it_is_flagged)
{
    start(0);
    model_taken(&model, &model.tokens[0]);
    expect_broken("account");
}
END_TEST

START_TEST(idleness_with_work_at_hand_is_flagged)
{
    model_not_ready(&model, WEIR_TIME_NEVER);
    expect_broken("progress");
}
END_TEST

START_TEST(sleeping_past_a_retry_is_flagged)
{
    start(0);
    settle(0, WEIR_VERDICT_RETRY);
    model_not_ready(&model, WEIR_TIME_NEVER);
    expect_broken("progress");
}
END_TEST

int main(void)
{
    TCase *variety = tcase_create("variants");
    TCase *acts = tcase_create("acts");

    tcase_add_test(variety, a_partition_that_does_not_halt_is_flagged);
    tcase_add_loop_test(variety, a_partition_that_is_built_wrongly_is_flagged, 0, VARIANTS);
    tcase_add_loop_test(variety, a_partition_that_lies_is_flagged, 0, LIES);
    tcase_add_checked_fixture(acts, set_up, NULL);
    tcase_add_test(acts, a_record_that_is_handed_out_twice_is_flagged);
    tcase_add_test(acts, a_finished_record_that_comes_again_is_flagged);
    tcase_add_test(acts, a_record_that_was_not_admitted_is_flagged);
    tcase_add_test(acts, a_message_that_was_mixed_up_is_flagged);
    tcase_add_test(acts, a_batch_after_the_drain_is_flagged);
    tcase_add_test(acts, a_batch_behind_what_is_finished_is_flagged_while_it_catches_up);
    tcase_add_test(acts, what_will_come_again_though_it_is_done_is_flagged);
    tcase_add_test(acts, a_retry_before_its_time_is_flagged);
    tcase_add_test(acts, what_overtakes_a_retry_is_flagged);
    tcase_add_test(acts, a_batch_in_the_wrong_order_is_flagged);
    tcase_add_test(acts, a_message_that_is_not_given_back_is_flagged);
    tcase_add_test(acts, a_message_that_is_given_back_twice_is_flagged);
    tcase_add_test(acts, a_message_that_is_given_back_while_a_handler_has_it_is_flagged);
    tcase_add_test(acts, idleness_with_work_at_hand_is_flagged);
    tcase_add_test(acts, sleeping_past_a_retry_is_flagged);
    return runner_run_two("partition, negative controls", variety, acts);
}
