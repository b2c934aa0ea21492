#include "framework/base/memory.h"
#include "framework/switch.h"
#include "test/support/json_memory.h"
#include "test/support/runner.h"
#include <stdio.h>
#include <string.h>

/* The record of a switch whose new color is watched, as another reader and writer knows it. */

enum { TEXT_MAX = 4096 };

static const char document[] =
    "{\"version\":3,\"turn\":9,\"epoch\":5,\"active\":\"green\",\"step\":\"active\",\"why\":\"\","
    "\"history\":[],\"request\":{\"id\":\"s2\",\"from\":\"blue\",\"to\":\"green\",\"by\":\"cron\","
    "\"mode\":\"each\",\"drain\":\"in_flight\",\"overdue\":\"go_back\",\"limits_ms\":{"
    "\"prepare\":1,\"drain\":2,\"take\":3,\"health\":60000},\"asked_ms\":0,"
    "\"health\":{\"errors\":7,\"latency\":2,\"lag\":20,\"records\":1000,\"unhealthy\":\"go_back\"}}"
    ","
    "\"before\":{\"records\":1200,\"failed\":3,\"busy_us\":640000,\"lag_grew\":-12}}";

static struct weir_switch record;
static struct weir_error error;

static void set_up(void)
{
    error = (struct weir_error){.code = WEIR_OK};
    ck_assert_int_eq(weir_switch_read(document, strlen(document), &record, &error), WEIR_OK);
}

static enum weir_status write_record(char **out)
{
    return weir_switch_write(&record, out);
}

static void expect_text(const char *text)
{
    char *written = NULL;

    ck_assert_int_eq(write_record(&written), WEIR_OK);
    ck_assert_str_eq(written, text);
    weir_free(written);
}

START_TEST(what_is_written_is_read)
{
    ck_assert_int_eq(record.request.health.errors, 7);
    ck_assert_int_eq(record.request.health.latency, 2);
    ck_assert_int_eq(record.request.health.lag, 20);
    ck_assert_int_eq(record.request.health.records, 1000);
    ck_assert_int_eq(record.request.unhealthy, WEIR_SWITCH_TAKE_BACK);
    ck_assert(record.before.told && record.before.lag_known);
    ck_assert_uint_eq(record.before.records, 1200);
    ck_assert_uint_eq(record.before.failed, 3);
    ck_assert_int_eq(record.before.busy_us, 640000);
    ck_assert_int_eq(record.before.lag_grew, -12);
    expect_text(document);
}
END_TEST

START_TEST(without_memory_it_is_not_written)
{
    json_memory_sweep(write_record);
}
END_TEST

/* The document with one thing replaced by another. */
static const struct {
    const char *old;
    const char *new;
    const char *damaged; /* the part that is; NULL: none */
    bool same;           /* it is written as it was read */
} changes[] = {
    {"\"version\":3", "\"version\":2", NULL, false},
    {"\"errors\":7,\"latency\":2,\"lag\":20,\"records\":1000,", "", NULL, true},
    {"\"latency\":2,", "", NULL, true},
    {",\"unhealthy\":\"go_back\"", "", NULL, true},
    {",\"health\":{\"errors\":7,\"latency\":2,\"lag\":20,\"records\":1000,\"unhealthy\":\"go_"
     "back\"}",
     "", NULL, true},
    {",\"before\":{\"records\":1200,\"failed\":3,\"busy_us\":640000,\"lag_grew\":-12}", "", NULL,
     true},
    {",\"lag_grew\":-12", "", NULL, true},
    {"\"errors\":7", "\"more\":[{}]", NULL, false},
    {"\"errors\":7", "\"errors\":0", "its request", false},
    {"\"errors\":7", "\"errors\":101", "its request", false},
    {"\"errors\":7", "\"errors\":7.5", "its request", false},
    {"\"latency\":2", "\"latency\":-2", "its request", false},
    {"\"lag\":20", "\"lag\":\"20\"", "its request", false},
    {"\"records\":1000,\"un", "\"records\":null,\"un", "its request", false},
    {"\"unhealthy\":\"go_back\"", "\"unhealthy\":\"go_on\"", "its request", false},
    {"\"unhealthy\":\"go_back\"", "\"unhealthy\":null", "its request", false},
    {"\"health\":{\"errors\"", "\"health\":[],\"was\":{\"errors\"", "its request", false},
    {"\"health\":{\"errors\"", "\"health\":null,\"was\":{\"errors\"", "its request", false},
    {"\"records\":1200", "\"records\":2", "what was before", false},
    {"\"records\":1200", "\"records\":-2", "what was before", false},
    {"\"busy_us\":640000,", "", "what was before", false},
    {"\"lag_grew\":-12", "\"lag_grew\":true", "what was before", false},
    {"\"before\":{", "\"before\":[],\"was\":{", "what was before", false},
};
enum { CHANGES = sizeof changes / sizeof changes[0] };

START_TEST(what_is_damaged_is_refused_with_a_reason)
{
    char text[TEXT_MAX];
    char sentence[64];
    const char *at = strstr(document, changes[_i].old);
    bool good = changes[_i].damaged == NULL;

    ck_assert_ptr_nonnull(at);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - document), document, changes[_i].new,
                   at + strlen(changes[_i].old));
    (void)snprintf(sentence, sizeof sentence, "%s is damaged", good ? "" : changes[_i].damaged);
    ck_assert_int_eq(weir_switch_read(text, strlen(text), &record, &error),
                     good ? WEIR_OK : WEIR_ERR_INVALID);
    ck_assert_str_eq(error.text, good ? "" : sentence);
    if (changes[_i].same) {
        expect_text(text);
    }
}
END_TEST

/* What was before is of a switch that is under way. */
START_TEST(nothing_was_before_when_nothing_is_under_way)
{
    static const char idle[] =
        "{\"version\":3,\"turn\":9,\"epoch\":5,\"active\":\"green\",\"step\":\"idle\",\"why\":\"\","
        "\"history\":[],\"before\":{\"records\":1,\"failed\":0,\"busy_us\":0}}";

    ck_assert_int_eq(weir_switch_read(idle, strlen(idle), &record, &error), WEIR_ERR_INVALID);
    ck_assert_str_eq(error.text, "its step is damaged");
}
END_TEST

START_TEST(what_is_cut_is_refused)
{
    for (size_t size = 0; size < strlen(document); size++) {
        ck_assert_int_eq(weir_switch_read(document, size, &record, NULL), WEIR_ERR_INVALID);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("JSON");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, what_is_written_is_read);
    tcase_add_test(tcase, without_memory_it_is_not_written);
    tcase_add_loop_test(tcase, what_is_damaged_is_refused_with_a_reason, 0, CHANGES);
    tcase_add_test(tcase, nothing_was_before_when_nothing_is_under_way);
    tcase_add_test(tcase, what_is_cut_is_refused);
    return runner_run("switch, watched, JSON", tcase);
}
