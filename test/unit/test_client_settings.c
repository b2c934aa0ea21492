#include "framework/client_kafka.h"
#include "framework/config_kafka.h"
#include "framework/fetch_limits.h"
#include "test/support/config_fixture.h"
#include "test/support/runner.h"
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What librdkafka is really told, read back from the handle that fetches. */

enum { VALUE_SIZE = 512 };

static struct weir_config *config;
static struct weir_client *client;
static struct weir_report report;
static bool initialized; /* the client said that it is */

static void wake(void *user)
{
    (void)user;
}

/* Runs on threads of librdkafka's, too; the log's own lock keeps them apart. */
static void hear(const struct weir_log_line *line, void *user)
{
    bool *heard = user;

    *heard = *heard ||
             (strcmp(line->tag, "librdkafka") == 0 && strstr(line->text, "initialized") != NULL);
}

static void set_up(void)
{
    weir_log_init(&report.log, WEIR_LOG_INFO, hear, &initialized);
    initialized = false;
    config = config_create();
    config_set(config, "weir.topics", "orders");
    config_set(config, "group.id", "shop");
    config_set(config, "test.mock.num.brokers", "1"); /* nobody else is asked */
}

static void tear_down(void)
{
    if (client != NULL) {
        ck_assert_int_eq(client->ops->destroy(client, false), WEIR_OK);
        client = NULL;
    }
    weir_log_fini(&report.log);
    weir_config_destroy(config);
}

static void connect_to(uint32_t partitions)
{
    struct weir_error error = {0};
    const struct weir_client_options options = {.config = config,
                                                .report = &report,
                                                .wake = wake,
                                                .partitions = partitions,
                                                .grouped = true};

    ck_assert_msg(weir_client_kafka_create(&options, &client, &error) == WEIR_OK, "%s", error.text);
}

/* Borrowed until the next call. */
static const char *told(const char *key)
{
    static char value[VALUE_SIZE];
    size_t size = sizeof value;
    const rd_kafka_conf_t *conf = rd_kafka_conf(client->ops->native(client));

    ck_assert_int_eq(rd_kafka_conf_get(conf, key, value, &size), RD_KAFKA_CONF_OK);
    return value;
}

static int64_t told_number(const char *key)
{
    return strtoll(told(key), NULL, 10);
}

static const struct {
    const char *text;
    int64_t bytes;
    uint32_t partitions;
} totals[] = {{"1MiB", 1 << 20, 4}, {"64MiB", 64 << 20, 12}, {"1GiB", 1 << 30, 100}};

enum { TOTALS = sizeof totals / sizeof totals[0] };

START_TEST(the_limits_of_fetching_follow_the_total_bytes)
{
    struct weir_fetch_limits limits;

    config_set(config, "weir.buffer.total.bytes", totals[_i].text);
    config_set(config, "weir.buffer.bytes", "1MiB");
    connect_to(totals[_i].partitions);
    weir_fetch_limits_derive(totals[_i].bytes, totals[_i].partitions,
                             &(struct weir_fetch_limits){WEIR_FETCH_UNSET, WEIR_FETCH_UNSET,
                                                         WEIR_FETCH_UNSET, WEIR_FETCH_UNSET,
                                                         WEIR_FETCH_UNSET, WEIR_FETCH_UNSET,
                                                         WEIR_FETCH_UNSET, WEIR_FETCH_UNSET},
                             &limits);
    ck_assert_int_eq(told_number("queued.max.messages.kbytes"), limits.queued_kbytes);
    ck_assert_int_eq(told_number("queued.min.messages"), limits.queued_messages);
    ck_assert_int_eq(told_number("fetch.wait.max.ms"), limits.wait_ms);
    ck_assert_int_eq(told_number("max.partition.fetch.bytes"), limits.partition_fetch_bytes);
    ck_assert_int_eq(told_number("fetch.max.bytes"), limits.fetch_bytes);
    int64_t queued = told_number("queued.max.messages.kbytes") * 1024;
    ck_assert_int_le(totals[_i].partitions * queued, weir_fetch_limits_queues(totals[_i].bytes));
}
END_TEST

/* Ours are defaults: who knows better is obeyed. */
static const char *const better[][2] = {
    {"queued.max.messages.kbytes", "777"}, {"queued.min.messages", "1234"},
    {"fetch.wait.max.ms", "77"},           {"max.partition.fetch.bytes", "77777"},
    {"fetch.max.bytes", "7777777"},        {"client.id", "till-7"},
    {"socket.nagle.disable", "false"},     {"group.id", "payments"},
};

enum { BETTER = sizeof better / sizeof better[0] };

START_TEST(what_the_user_says_is_told_in_place_of_ours)
{
    config_set(config, better[_i][0], better[_i][1]);
    connect_to(8);
    ck_assert_str_eq(told(better[_i][0]), better[_i][1]);
}
END_TEST

START_TEST(keys_that_are_not_ours_are_told_unchanged)
{
    static const char *const others[][2] = {{"session.timeout.ms", "7000"},
                                            {"isolation.level", "read_uncommitted"},
                                            {"partition.assignment.strategy", "roundrobin"},
                                            {"group.instance.id", "till-7"},
                                            {"max.poll.interval.ms", "123456"},
                                            {"check.crcs", "true"},
                                            {"client.rack", "b"},
                                            {"reconnect.backoff.ms", "77"},
                                            {"sasl.password", "hunter2=, ;"}};

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        config_set(config, others[i][0], others[i][1]);
    }
    connect_to(8);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        ck_assert_str_eq(told(others[i][0]), others[i][1]);
    }
}
END_TEST

/* What it says while it is created comes from this thread: it is said by then, or is not. */
static const char *const levels[] = {"debug", "info", "error"};

enum { LEVELS = sizeof levels / sizeof levels[0] };

START_TEST(librdkafkas_own_lines_are_said_at_their_level)
{
    config_set(config, "debug", "cgrp");
    report.log.level = weir_log_level_parse(levels[_i]);
    connect_to(8);
    weir_mutex_lock(&report.log.mutex);
    bool said = initialized;
    weir_mutex_unlock(&report.log.mutex);
    ck_assert(said == (report.log.level == WEIR_LOG_DEBUG));
}
END_TEST

/* Every one that is a number, one by one, with one more or one less than it has by itself. The
 * whole configuration need not make sense for that, so it is not checked. */

static void try_number(const char *key, long long value)
{
    struct weir_error error = {0};
    char text[32];
    char found[VALUE_SIZE];
    size_t size = sizeof found;
    struct weir_config *one = config_create();
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    (void)snprintf(text, sizeof text, "%lld", value);
    config_set(one, key, text);
    ck_assert_msg(weir_config_kafka_apply(one, conf, &error) == WEIR_OK, "%s", error.text);
    ck_assert_int_eq(rd_kafka_conf_get(conf, key, found, &size), RD_KAFKA_CONF_OK);
    ck_assert_msg(strcmp(found, text) == 0, "%s: %s became %s", key, text, found);
    rd_kafka_conf_destroy(conf);
    weir_config_destroy(one);
}

static bool is_refused(const char *key)
{
    struct weir_config *one = config_create();
    struct weir_error error;
    bool refused = weir_config_set(one, key, "1", WEIR_CONFIG_ARGUMENT, &error) != WEIR_OK &&
                   strstr(error.text, "librdkafka allows") == NULL;

    weir_config_destroy(one);
    return refused;
}

/* Reads a whole number behind blanks and `mark`; false when none stands there. */
static bool read_number(const char **at, const char *mark, long long *out)
{
    char *end = NULL;
    const char *from = *at + strspn(*at, " ");

    if (strncmp(from, mark, strlen(mark)) != 0) {
        return false;
    }
    from += strlen(mark);
    *out = strtoll(from, &end, 10);
    bool found = end != from;
    *at = end;
    return found;
}

/* "name | C/P | low .. high | default | ..." */
static bool try_line(const char *line)
{
    char name[64];
    long long low = 0;
    long long high = 0;
    long long preset = 0;
    const char *at = strchr(line, '|');

    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(line, " |"), line);
    at = at == NULL ? NULL : strchr(at + 1, '|');
    if (at == NULL || !read_number(&at, "|", &low) || !read_number(&at, "..", &high) ||
        !read_number(&at, "|", &preset) || is_refused(name)) {
        return false;
    }
    try_number(name, preset < high ? preset + 1 : preset - 1);
    return true;
}

START_TEST(every_number_of_librdkafka_is_told_unchanged)
{
    char *text = NULL;
    size_t size = 0;
    uint32_t tried = 0;
    FILE *stream = open_memstream(&text, &size);

    ck_assert_ptr_nonnull(stream);
    rd_kafka_conf_properties_show(stream);
    ck_assert_int_eq(fclose(stream), 0);
    char *state = NULL;
    for (char *line = strtok_r(text, "\n", &state); line != NULL;
         line = strtok_r(NULL, "\n", &state)) {
        tried += try_line(line) ? 1 : 0;
    }
    ck_assert_uint_ge(tried, 50); /* 56 in librdkafka 2.0.2 */
    free(text);
}
END_TEST

int main(void)
{
    TCase *settings = tcase_create("settings");

    tcase_add_checked_fixture(settings, set_up, tear_down);
    tcase_add_loop_test(settings, the_limits_of_fetching_follow_the_total_bytes, 0, TOTALS);
    tcase_add_loop_test(settings, what_the_user_says_is_told_in_place_of_ours, 0, BETTER);
    tcase_add_loop_test(settings, librdkafkas_own_lines_are_said_at_their_level, 0, LEVELS);
    tcase_add_test(settings, keys_that_are_not_ours_are_told_unchanged);
    tcase_add_test(settings, every_number_of_librdkafka_is_told_unchanged);
    return runner_run("client_settings", settings);
}
