#include "test/support/runner.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <weir/config.h>

/* Which test shows that a key does something? A key without one is a bug (architecture.md). */

struct effect {
    const char *key;
    const char *file; /* below test/ */
    const char *test;
};

static const struct effect effects[] = {
    {"weir.topics", "sim/test_engine_settings.c", "the_topics_are_subscribed_to"},
    {"weir.topics", "sim/test_engine_topics.c", "all_partitions_of_the_topics_are_consumed"},
    {"weir.topics.exclude", "sim/test_engine_topics.c", "what_is_excluded_never_comes"},
    {"weir.topics.internal", "sim/test_engine_topics.c",
     "internal_topics_come_only_when_asked_for"},
    {"weir.partitions", "sim/test_engine_settings.c",
     "without_a_group_the_listed_partitions_are_consumed"},
    {"weir.coordinator", "sim/test_engine_settings.c",
     "without_a_group_the_listed_partitions_are_consumed"},
    {"weir.coordinator", "sim/test_engine_settings.c",
     "in_a_group_nothing_is_consumed_before_it_is_assigned"},
    {"weir.coordinator", "conformance/test_coordinator.c", "a_coordinator_is_found_by_its_name"},
    {"weir.member.id", "conformance/test_coordinator.c",
     "the_fence_of_what_is_ours_is_known_and_rises"},
    {"weir.capacity", "conformance/test_coordinator.c",
     "the_fence_of_what_is_ours_is_known_and_rises"},
    {"weir.strategy", "unit/test_config_check.c", "a_configuration_is_judged_as_a_whole"},
    {"weir.color", "conformance/test_coordinator.c", "a_color_waits_until_it_may_own"},
    {"weir.bluegreen.window.ms", "integration/test_kafka_window.c",
     "within_its_window_a_switch_is_taken_back"},
    {"weir.bluegreen.rollback", "unit/test_zoo_switch_health.c",
     "one_key_says_what_becomes_of_a_color_that_is_unhealthy"},
    {"weir.bluegreen.rollback", "integration/test_kafka_health.c",
     "a_green_that_fails_goes_back_by_itself"},
    {"weir.shadow", "sim/test_engine_shadow.c", "everything_is_handled_and_nothing_committed"},
    {"weir.shadow", "sim/test_engine_standby.c",
     "its_share_on_paper_is_handled_and_nothing_claimed"},
    {"weir.bluegreen.topology", "unit/test_config_swap.c", "two_groups_are_judged"},
    {"weir.bluegreen.peer.group.id", "unit/test_config_swap.c",
     "the_other_group_has_the_same_configuration_but_for_its_name_and_topics"},
    {"weir.bluegreen.peer.topics", "unit/test_config_swap.c",
     "the_other_group_has_the_same_configuration_but_for_its_name_and_topics"},
    {"weir.bluegreen.peer.topics.exclude", "unit/test_config_swap.c",
     "the_other_group_has_the_same_configuration_but_for_its_name_and_topics"},
    {"weir.rebalance.delay.ms", "conformance/test_coordinator.c",
     "the_delay_is_as_long_as_configured"},
    {"zookeeper.connect", "unit/test_config_check.c", "a_configuration_is_judged_as_a_whole"},
    {"weir.handler", "sim/test_engine_settings.c",
     "the_plugin_of_the_configuration_is_given_the_records"},
    {"weir.order", "sim/test_engine_batches.c", "the_order_says_what_runs_at_the_same_time"},
    {"weir.order", "sim/test_engine_order.c", "every_order_handles_each_record_once"},
    {"weir.fetchers", "sim/test_engine_threads.c",
     "partitions_are_shared_out_among_so_many_fetchers"},
    {"weir.workers", "sim/test_engine_threads.c", "so_many_handlers_run_at_once_and_no_more"},
    {"weir.workers", "sim/test_engine_threads.c", "workers_are_started_as_there_is_work"},
    {"weir.batch.size", "sim/test_engine_batches.c", "a_batch_has_as_many_records_as_told"},
    {"weir.batch.bytes", "sim/test_engine_batches.c", "a_batch_has_as_many_bytes_as_told"},
    {"weir.batch.linger.ms", "sim/test_engine_batches.c", "a_batch_waits_for_company"},
    {"weir.batch.linger.ms", "sim/test_engine_batches.c", "a_batch_waits_no_longer_than_told"},
    {"weir.buffer.records", "sim/test_engine_bounds.c", "as_many_records_wait_as_told"},
    {"weir.buffer.bytes", "sim/test_engine_bounds.c", "as_many_bytes_of_a_partition_wait_as_told"},
    {"weir.buffer.total.bytes", "sim/test_engine_bounds.c",
     "as_many_bytes_of_all_partitions_wait_as_told"},
    {"weir.buffer.total.bytes", "unit/test_client_settings.c",
     "the_limits_of_fetching_follow_the_total_bytes"},
    {"weir.inflight", "sim/test_engine_bounds.c",
     "an_unfinished_record_stops_its_partition_at_the_window"},
    {"weir.commit.interval.ms", "sim/test_engine_commit.c", "an_interval_spares_commits"},
    {"weir.commit.interval.ms", "sim/test_engine_commit.c",
     "a_short_interval_commits_while_it_runs"},
    {"weir.drain.timeout.ms", "sim/test_engine_settings.c",
     "a_stop_waits_for_handlers_as_long_as_told"},
    {"weir.drain.timeout.ms", "sim/test_engine_settings.c",
     "a_stop_waits_for_handlers_no_longer_than_told"},
    {"weir.drain.timeout.ms", "sim/test_engine_group.c",
     "a_stuck_handler_does_not_hold_the_group_up"},
    {"weir.start", "sim/test_engine_start.c", "earliest_begins_at_the_oldest_record"},
    {"weir.start", "sim/test_engine_start.c", "latest_begins_at_the_end"},
    {"weir.start", "sim/test_engine_start.c",
     "a_timestamp_begins_at_the_first_record_not_before_it"},
    {"weir.start", "sim/test_engine_start.c", "no_position_and_start_error_end_it"},
    {"weir.start.timestamp", "sim/test_engine_start.c",
     "a_timestamp_begins_at_the_first_record_not_before_it"},
    {"weir.start.timestamp", "sim/test_engine_start.c", "a_timestamp_after_all_begins_at_the_end"},
    {"weir.out.of.range", "sim/test_engine_range.c", "earliest_goes_on_at_the_oldest_record"},
    {"weir.out.of.range", "sim/test_engine_range.c", "latest_goes_on_at_the_end"},
    {"weir.out.of.range", "sim/test_engine_range.c", "stop_stops_and_says_which"},
    {"weir.retry.attempts", "sim/test_engine_failures.c",
     "what_fails_for_good_is_skipped_after_all_attempts"},
    {"weir.retry.backoff.ms", "sim/test_engine_failures.c",
     "the_first_pause_is_as_told_and_the_next_is_twice_that"},
    {"weir.retry.backoff.ms", "sim/test_engine_failures.c", "a_long_pause_is_kept"},
    {"weir.retry.backoff.max.ms", "sim/test_engine_failures.c", "no_pause_is_longer_than_told"},
    {"weir.retry.backoff.max.ms", "sim/test_engine_failures.c", "a_long_pause_is_kept"},
    {"weir.failure.policy", "sim/test_engine_failures.c",
     "what_fails_for_good_is_skipped_after_all_attempts"},
    {"weir.failure.policy", "sim/test_engine_failures.c",
     "what_fails_for_good_stops_the_consumer_below_it"},
    {"weir.failure.policy", "sim/test_engine_failures.c",
     "what_fails_for_good_is_held_and_comes_with_the_next_start"},
    {"weir.failure.policy", "sim/test_engine_letters.c", "what_fails_for_good_becomes_a_letter"},
    {"weir.dead.letter.topic", "sim/test_engine_letters.c",
     "letters_go_to_the_topic_that_is_named"},
    {"weir.dead.letter.failure", "sim/test_engine_letters.c",
     "a_letter_that_is_refused_stops_the_consumer"},
    {"weir.dead.letter.failure", "sim/test_engine_letters.c",
     "a_letter_that_is_refused_may_be_held"},
    {"weir.offsets.store", "sim/test_engine_settings.c", "offsets_in_memory_are_forgotten"},
    {"weir.offsets.store", "integration/test_kafka_group.c",
     "a_restart_after_a_clean_close_repeats_nothing"},
    {"weir.offsets.store", "conformance/test_store.c", "what_was_committed_is_loaded"},
    {"weir.status.interval.ms", "sim/test_engine_status.c",
     "a_line_says_how_it_goes_as_often_as_told"},
    {"weir.status.interval.ms", "sim/test_engine_status.c", "a_status_may_be_switched_off"},
    {"weir.log.level", "sim/test_engine_settings.c", "lines_below_the_level_are_not_said"},
    {"zookeeper.connect", "conformance/test_zoo_zookeeper.c",
     "what_is_kept_is_below_the_path_of_the_address"},
    {"zookeeper.connect", "conformance/test_zoo_zookeeper.c",
     "without_a_path_it_is_kept_at_the_root"},
    {"zookeeper.session.timeout.ms", "conformance/test_zoo_zookeeper.c",
     "the_servers_have_the_last_word_on_the_session_timeout"},
    {"zookeeper.digest", "conformance/test_zoo_zookeeper.c",
     "with_a_digest_others_may_read_and_nothing_else"},
    {"zookeeper.digest", "conformance/test_zoo_zookeeper.c",
     "without_a_digest_everybody_may_do_everything"},
    {"weir.insecure", "sim/test_engine_settings.c", "only_the_insecure_may_trust_everybody"},
};

enum { EFFECTS = sizeof effects / sizeof effects[0], KEYS_MAX = 256 };

/* How often the word stands in the text, whole. */
static size_t count_word(const char *text, const char *word)
{
    size_t count = 0;
    size_t length = strlen(word);

    for (const char *at = text; (at = strstr(at, word)) != NULL; at += length) {
        bool begins = at == text || (isalnum((unsigned char)at[-1]) == 0 && at[-1] != '_');
        bool ends = isalnum((unsigned char)at[length]) == 0 && at[length] != '_';
        count += begins && ends ? 1 : 0;
    }
    return count;
}

/* A test that is written and not run is none. */
static void judge_test(const struct effect *effect, const char *source, struct text *complaints)
{
    char *head = text_format("START_TEST(%s)", effect->test);

    if (strstr(source, head) == NULL) {
        text_add(complaints, "%s: %s has no test %s\n", effect->key, effect->file, effect->test);
    } else if (count_word(source, effect->test) < 2) {
        text_add(complaints, "%s: %s never runs %s\n", effect->key, effect->file, effect->test);
    }
    free(head);
}

/* Returns whether the file speaks of the key. */
static bool judge_effect(const char *root, const struct effect *effect, struct text *complaints)
{
    char *path = text_format("%s/test/%s", root, effect->file);
    char *quoted = text_format("\"%s\"", effect->key);
    bool speaks = false;

    if (access(path, R_OK) != 0) {
        text_add(complaints, "%s: there is no %s\n", effect->key, effect->file);
    } else {
        char *source = tmpdir_read(path);
        judge_test(effect, source, complaints);
        speaks = strstr(source, quoted) != NULL;
        free(source);
    }
    free(quoted);
    free(path);
    return speaks;
}

/* Keys and effects both end with a NULL key. The caller frees the complaints, a line each. */
static char *judge(const char *root, const char *const *keys, const struct effect *table)
{
    struct text complaints = {0};

    text_add(&complaints, "%s", "");
    for (const char *const *key = keys; *key != NULL; key++) {
        bool speaks = false;
        for (const struct effect *effect = table; effect->key != NULL; effect++) {
            if (strcmp(effect->key, *key) == 0) {
                speaks = judge_effect(root, effect, &complaints) || speaks;
            }
        }
        if (!speaks) {
            text_add(&complaints, "%s: no test that sets it is named\n", *key);
        }
    }
    for (const struct effect *effect = table; effect->key != NULL; effect++) {
        const char *const *key = keys;
        while (*key != NULL && strcmp(*key, effect->key) != 0) {
            key++;
        }
        if (*key == NULL) {
            text_add(&complaints, "%s: there is no such key\n", effect->key);
        }
    }
    return complaints.bytes;
}

START_TEST(every_key_has_a_test_that_shows_its_effect)
{
    const char *keys[KEYS_MAX] = {NULL};
    struct effect table[EFFECTS + 1] = {{.key = NULL}};
    size_t count = 0;
    const struct weir_config_key *rows = weir_config_keys(&count);
    const char *root = getenv("WEIR_SOURCE");

    ck_assert_ptr_nonnull(root);
    ck_assert_uint_lt(count, KEYS_MAX);
    for (size_t i = 0; i < count; i++) {
        keys[i] = rows[i].name;
    }
    memcpy(table, effects, sizeof effects);
    char *complaints = judge(root, keys, table);
    ck_assert_msg(complaints[0] == '\0', "%s", complaints);
    free(complaints);
}
END_TEST

/* Negative controls: a little tree, and what is said of each thing that is wrong with it. */

static const char *const source = "START_TEST(it_works)\n"
                                  "{\n"
                                  "    set(\"weir.a\", \"1\");\n"
                                  "}\n"
                                  "START_TEST(it_is_forgotten)\n"
                                  "START_TEST(it_works_too)\n"
                                  "    tcase_add_test(tcase, it_works);\n"
                                  "    tcase_add_test(tcase, it_works_too);\n";

static const struct {
    const char *keys[3];
    struct effect table[3];
    const char *complaints;
} controls[] = {
    {{"weir.a"}, {{"weir.a", "test_a.c", "it_works"}}, ""},
    {{"weir.a", "weir.b"},
     {{"weir.a", "test_a.c", "it_works"}},
     "weir.b: no test that sets it is named\n"},
    {{"weir.a", "weir.b"},
     {{"weir.a", "test_a.c", "it_works"}, {"weir.b", "test_a.c", "it_works_too"}},
     "weir.b: no test that sets it is named\n"},
    {{"weir.a"},
     {{"weir.a", "test_a.c", "it_works"}, {"weir.aa", "test_a.c", "it_works"}},
     "weir.aa: there is no such key\n"},
    {{"weir.a"},
     {{"weir.a", "test_b.c", "it_works"}},
     "weir.a: there is no test_b.c\nweir.a: no test that sets it is named\n"},
    {{"weir.a"}, {{"weir.a", "test_a.c", "it_work"}}, "weir.a: test_a.c has no test it_work\n"},
    {{"weir.a"},
     {{"weir.a", "test_a.c", "it_is_forgotten"}},
     "weir.a: test_a.c never runs it_is_forgotten\n"},
};

enum { CONTROLS = sizeof controls / sizeof controls[0] };

START_TEST(what_is_wrong_with_the_table_is_said)
{
    char *root = tmpdir_create("effects");
    char *folder = tmpdir_path(root, "test");
    char *path = tmpdir_path(folder, "test_a.c");

    ck_assert_int_eq(mkdir(folder, 0700), 0);
    tmpdir_write(path, source);
    char *complaints = judge(root, controls[_i].keys, controls[_i].table);
    ck_assert_str_eq(complaints, controls[_i].complaints);
    free(complaints);
    free(path);
    free(folder);
    tmpdir_remove(&root);
}
END_TEST

int main(void)
{
    TCase *table = tcase_create("effects");

    tcase_add_test(table, every_key_has_a_test_that_shows_its_effect);
    tcase_add_loop_test(table, what_is_wrong_with_the_table_is_said, 0, CONTROLS);
    return runner_run("config_effects", table);
}
