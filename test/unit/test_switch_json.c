#include "framework/base/memory.h"
#include "framework/switch.h"
#include "test/support/runner.h"
#include "test/support/text.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 32768 };

static struct weir_switch record;
static struct weir_switch read;
static struct weir_error error;

/* As another reader and writer of it knows it. */
static const char document[] =
    "{\"version\":3,\"turn\":7,\"epoch\":3,\"active\":\"blue\",\"step\":\"draining\",\"why\":\"\","
    "\"history\":[{\"id\":\"s1\",\"from\":\"\",\"to\":\"blue\",\"by\":\"b\",\"why\":\"\","
    "\"outcome\":\"done\",\"epoch\":2,\"asked_ms\":-5,\"ended_ms\":6}],"
    "\"request\":{\"id\":\"s2\",\"from\":\"blue\",\"to\":\"green\",\"by\":\"anna \\\"the\\\" ops\","
    "\"mode\":\"together\",\"drain\":\"immediate\",\"overdue\":\"go_on\",\"limits_ms\":{"
    "\"prepare\":1,\"drain\":2,\"take\":3,\"health\":0},\"asked_ms\":1700000000123}}";

static void set_up(void)
{
    ck_assert_int_eq(weir_switch_read(document, strlen(document), &record, NULL), WEIR_OK);
    memset(&read, 'x', sizeof read);
    error = (struct weir_error){0};
}

static void tear_down(void)
{
    weir_memory_fail_nth(0);
}

START_TEST(what_is_written_is_read)
{
    char *text = NULL;

    ck_assert_uint_eq(record.turn, 7);
    ck_assert_uint_eq(record.epoch, 3);
    ck_assert_str_eq(record.active, "blue");
    ck_assert_int_eq(record.step, WEIR_SWITCH_DRAINING);
    ck_assert_str_eq(record.request.id, "s2");
    ck_assert_str_eq(record.request.from, "blue");
    ck_assert_str_eq(record.request.to, "green");
    ck_assert_str_eq(record.request.by, "anna \"the\" ops");
    ck_assert_int_eq(record.request.mode, WEIR_SWITCH_TOGETHER);
    ck_assert_int_eq(record.request.drain, WEIR_SWITCH_IMMEDIATE);
    ck_assert_int_eq(record.request.overdue, WEIR_SWITCH_GO_ON);
    ck_assert_int_eq(record.request.limits.prepare_ms, 1);
    ck_assert_int_eq(record.request.limits.drain_ms, 2);
    ck_assert_int_eq(record.request.limits.take_ms, 3);
    ck_assert_int_eq(record.request.limits.health_ms, 0);
    ck_assert_int_eq(record.request.asked_ms, 1700000000123);
    ck_assert_uint_eq(record.past_count, 1);
    ck_assert_str_eq(record.past[0].to, "blue");
    ck_assert_int_eq(record.past[0].outcome, WEIR_SWITCH_DONE);
    ck_assert_uint_eq(record.past[0].epoch, 2);
    ck_assert_int_eq(record.past[0].asked_ms, -5);
    ck_assert_int_eq(record.past[0].ended_ms, 6);
    ck_assert_int_eq(weir_switch_write(&record, &text), WEIR_OK);
    ck_assert_str_eq(text, document);
    weir_free(text);
}
END_TEST

START_TEST(nothing_asked_for_is_written_and_read_too)
{
    char *text = NULL;

    weir_switch_init(&record);
    ck_assert_int_eq(weir_switch_write(&record, &text), WEIR_OK);
    ck_assert_str_eq(text,
                     "{\"version\":3,\"turn\":0,\"epoch\":0,\"active\":\"\",\"step\":\"idle\","
                     "\"why\":\"\",\"history\":[]}");
    ck_assert_int_eq(weir_switch_read(text, strlen(text), &read, NULL), WEIR_OK);
    ck_assert_int_eq(read.step, WEIR_SWITCH_IDLE);
    ck_assert_uint_eq(read.past_count, 0);
    weir_free(text);
}
END_TEST

static void fill(char *out, size_t size)
{
    memset(out, 'm', size - 1);
    out[size - 1] = '\0';
}

/* Every text as long as it may be, and the whole history, in every step. */
START_TEST(the_longest_is_written_and_read)
{
    char *text = NULL;
    char *again = NULL;

    record.step = (enum weir_switch_step)_i;
    fill(record.request.id, sizeof record.request.id);
    fill(record.request.to, sizeof record.request.to);
    fill(record.request.by, sizeof record.request.by);
    if (record.step == WEIR_SWITCH_HANDED_OVER || record.step == WEIR_SWITCH_ACTIVE) {
        fill(record.active, sizeof record.active);
    }
    if (record.step == WEIR_SWITCH_RETURNING) {
        fill(record.why, sizeof record.why);
    }
    record.past_count = WEIR_SWITCH_HISTORY_MAX;
    for (size_t i = 0; i < record.past_count; i++) {
        struct weir_switch_past *past = &record.past[i];
        fill(past->id, sizeof past->id);
        fill(past->from, sizeof past->from);
        fill(past->to, sizeof past->to);
        fill(past->by, sizeof past->by);
        fill(past->why, sizeof past->why);
        past->outcome = (enum weir_switch_outcome)(i % 3);
    }
    ck_assert_int_eq(weir_switch_write(&record, &text), WEIR_OK);
    ck_assert_int_eq(weir_switch_read(text, strlen(text), &read, &error), WEIR_OK);
    ck_assert_int_eq(read.step, record.step);
    ck_assert_int_eq(weir_switch_write(&read, &again), WEIR_OK);
    ck_assert_str_eq(text, again);
    weir_free(text);
    weir_free(again);
}
END_TEST

START_TEST(what_may_be_left_unread_is_written_and_read)
{
    char *text = NULL;

    record.request.leave_unread = true;
    ck_assert_int_eq(weir_switch_write(&record, &text), WEIR_OK);
    ck_assert_int_eq(weir_switch_read(text, strlen(text), &read, &error), WEIR_OK);
    ck_assert(read.request.leave_unread);
    weir_free(text);
}
END_TEST

/* Whoever of an older weir reads what he does not know of refuses it, if he would lose it; all else
 * he obeys. */
START_TEST(what_an_older_reader_would_lose_is_of_another_version)
{
    char *text = NULL;
    bool half = (_i & 1) != 0;
    bool leaves = (_i & 2) != 0;
    bool replays = (_i & 4) != 0;

    bool newer = half && (leaves || replays);
    record.request.leave_unread = leaves;
    record.request.replay = replays;
    record.request.mode = replays ? WEIR_SWITCH_TOGETHER : record.request.mode;
    (void)snprintf(record.request.peer, sizeof record.request.peer, "%s", half ? "next" : "");
    ck_assert_int_eq(weir_switch_write(&record, &text), WEIR_OK);
    ck_assert_int_eq(strncmp(text, newer ? "{\"version\":4," : "{\"version\":3,", 13), 0);
    ck_assert_int_eq(weir_switch_read(text, strlen(text), &read, &error), WEIR_OK);
    weir_free(text);
    struct weir_switch next;
    ck_assert_int_eq(weir_switch_undo(&record, "rain", 0, &next, NULL), WEIR_OK);
    next.step = WEIR_SWITCH_IDLE; /* of what was asked for nothing is left */
    memset(&next.request, 0, sizeof next.request);
    ck_assert_int_eq(weir_switch_write(&next, &text), WEIR_OK);
    ck_assert_int_eq(strncmp(text, "{\"version\":3,", 13), 0);
    weir_free(text);
}
END_TEST

/* The half of a swap, which could be done: with what is wrong with its color, or not. */
START_TEST(what_is_settled_has_a_reason_or_none)
{
    char *text = NULL;
    bool agreed = _i < 2;

    record.step = WEIR_SWITCH_ACTIVE;
    (void)snprintf(record.active, sizeof record.active, "green");
    (void)snprintf(record.request.peer, sizeof record.request.peer, "next");
    (void)snprintf(record.why, sizeof record.why, "%s", _i == 0 ? "" : "green fails");
    record.agreed = agreed;
    ck_assert_int_eq(weir_switch_write(&record, &text), WEIR_OK);
    ck_assert_int_eq(weir_switch_read(text, strlen(text), &read, &error),
                     agreed ? WEIR_OK : WEIR_ERR_INVALID);
    ck_assert(!agreed || (read.agreed && strcmp(read.why, record.why) == 0));
    weir_free(text);
}
END_TEST

/* The document with one thing replaced by another. */
static const struct {
    const char *old;
    const char *new;
    enum weir_status status;
    const char *sentence;
} changes[] = {
    {"{\"version\"", "{\"more\":[{}],\"version\"", WEIR_OK, ""},
    {"\"mode\"", "\"x\":null,\"mode\"", WEIR_OK, ""},
    {"\"version\":3", "\"version\":2", WEIR_OK, ""},
    {"\"mode\"", "\"replay\":true,\"mode\"", WEIR_OK, ""},
    {"\"mode\":\"together\"", "\"replay\":true,\"mode\":\"each\"", WEIR_ERR_INVALID,
     "its request is damaged"},
    {"\"mode\"", "\"replay\":1,\"mode\"", WEIR_ERR_INVALID, "its request is damaged"},
    {"\"mode\"", "\"leave_unread\":true,\"mode\"", WEIR_OK, ""},
    {"\"mode\"", "\"leave_unread\":1,\"mode\"", WEIR_ERR_INVALID, "its request is damaged"},
    {"\"outcome\"", "\"outcomes\":1,\"outcome\"", WEIR_OK, ""},
    {"\"version\":3", "\"version\":4", WEIR_OK, ""},
    {"\"version\":3", "\"version\":5", WEIR_ERR_STATE, "it is of a newer weir"},
    {"\"version\":3,\"turn\":7", "\"version\":5", WEIR_ERR_STATE, "it is of a newer weir"},
    {"\"version\":3", "\"version\":0", WEIR_ERR_INVALID, "it is of no weir"},
    {"\"version\":3", "\"version\":2.0", WEIR_ERR_INVALID, "it is of no weir"},
    {"\"version\":3", "\"version\":\"2\"", WEIR_ERR_INVALID, "it is of no weir"},
    {"\"mode\"", "\"peer\":\"orders\",\"mode\"", WEIR_OK, ""},
    {"\"mode\"", "\"peer\":\"a/b\",\"mode\"", WEIR_ERR_INVALID, "its request is damaged"},
    {"\"mode\"", "\"peer\":7,\"mode\"", WEIR_ERR_INVALID, "its request is damaged"},
    {"\"turn\":7", "\"turn\":7,\"agreed\":false", WEIR_OK, ""},
    {"\"turn\":7", "\"turn\":7,\"agreed\":1", WEIR_ERR_INVALID, "its head is damaged"},
    {"\"turn\":7", "\"turn\":7,\"agreed\":true", WEIR_ERR_INVALID, "its step is damaged"},
    {"\"version\":3,", "", WEIR_ERR_INVALID, "it is of no weir"},
    {"{\"version\"", "[{\"version\"", WEIR_ERR_INVALID, "it is no JSON object"},
    {"123}}", "123}", WEIR_ERR_INVALID, "it is no JSON object"},
    {"123}}", "123}}x", WEIR_ERR_INVALID, "it is no JSON object"},
    {"\"turn\":7", "\"turn\":7,\"turn\":7", WEIR_ERR_INVALID, "it is no JSON object"},
    {"\"turn\":7", "\"turn\":99999999999999999999", WEIR_ERR_INVALID, "it is no JSON object"},
    {"anna", "\\u0000", WEIR_ERR_INVALID, "it is no JSON object"},
    {"anna", "\xff", WEIR_ERR_INVALID, "it is no JSON object"},
    {"\"turn\":7", "\"turn\":-1", WEIR_ERR_INVALID, "its head is damaged"},
    {"\"turn\":7", "\"turn\":9007199254740993", WEIR_ERR_INVALID, "its head is damaged"},
    {"\"turn\":7", "\"turn\":9007199254740991", WEIR_OK, ""},
    {"\"epoch\":3", "\"epoch\":null", WEIR_ERR_INVALID, "its head is damaged"},
    {"\"active\":\"blue\"", "\"active\":null", WEIR_ERR_INVALID, "its head is damaged"},
    {"\"active\":\"blue\"", "\"active\":\"b u\"", WEIR_ERR_INVALID, "its head is damaged"},
    {"draining", "drained", WEIR_ERR_INVALID, "its head is damaged"},
    {"\"step\":\"draining\"", "\"step\":2", WEIR_ERR_INVALID, "its head is damaged"},
    {"\"step\":\"draining\",", "", WEIR_ERR_INVALID, "its head is damaged"},
    {"\"why\":\"\",\"history\"", "\"history\"", WEIR_ERR_INVALID, "its head is damaged"},
    {"\"request\"", "\"requests\"", WEIR_ERR_INVALID, "its request is damaged"},
    {"\"request\":{", "\"request\":[],\"was\":{", WEIR_ERR_INVALID, "its request is damaged"},
    {"draining", "idle", WEIR_ERR_INVALID, "its request is damaged"},
    {"\"id\":\"s2\"", "\"id\":\"\"", WEIR_ERR_INVALID, "its request is damaged"},
    {"\"id\":\"s2\"", "\"id\":\"s\\n\"", WEIR_ERR_INVALID, "its request is damaged"},
    {"\"from\":\"blue\"", "\"from\":1", WEIR_ERR_INVALID, "its request is damaged"},
    {"\"from\":\"blue\"", "\"from\":\"green\"", WEIR_ERR_INVALID, "its request is damaged"},
    {"\"green\"", "\"\"", WEIR_ERR_INVALID, "its request is damaged"},
    {"\"green\"", "\"gr\\u00fcn\"", WEIR_ERR_INVALID, "its request is damaged"},
    {"\"green\"", "\"123456789012345678901234567890123\"", WEIR_ERR_INVALID,
     "its request is damaged"},
    {"anna", "\\u007f", WEIR_ERR_INVALID, "its request is damaged"},
    {"together", "both", WEIR_ERR_INVALID, "its request is damaged"},
    {"immediate", "sudden", WEIR_ERR_INVALID, "its request is damaged"},
    {"\"drain\":\"immediate\",", "", WEIR_ERR_INVALID, "its request is damaged"},
    {"\"go_on\"", "null", WEIR_ERR_INVALID, "its request is damaged"},
    {"\"prepare\":1", "\"prepare\":0", WEIR_ERR_INVALID, "its request is damaged"},
    {"\"prepare\":1", "\"prepare\":1.5", WEIR_ERR_INVALID, "its request is damaged"},
    {"\"drain\":2", "\"drain\":86400001", WEIR_ERR_INVALID, "its request is damaged"},
    {"\"take\":3", "\"take\":true", WEIR_ERR_INVALID, "its request is damaged"},
    {"\"health\":0", "\"health\":-1", WEIR_ERR_INVALID, "its request is damaged"},
    {"\"limits_ms\":{", "\"limits_ms\":[],\"was\":{", WEIR_ERR_INVALID, "its request is damaged"},
    {"\"asked_ms\":1700000000123", "\"asked_ms\":\"\"", WEIR_ERR_INVALID, "its request is damaged"},
    {"\"history\":[", "\"history\":{},\"was\":[", WEIR_ERR_INVALID, "its history is damaged"},
    {"\"history\":[", "\"history\":[7,", WEIR_ERR_INVALID, "its history is damaged"},
    {"\"id\":\"s1\"", "\"id\":\"\"", WEIR_ERR_INVALID, "its history is damaged"},
    {"\"to\":\"blue\"", "\"to\":\"\"", WEIR_ERR_INVALID, "its history is damaged"},
    {"\"by\":\"b\"", "\"by\":\"\"", WEIR_ERR_INVALID, "its history is damaged"},
    {"\"why\":\"\",\"outcome\"", "\"why\":\"\\t\",\"outcome\"", WEIR_ERR_INVALID,
     "its history is damaged"},
    {"\"done\"", "\"over\"", WEIR_ERR_INVALID, "its history is damaged"},
    {"\"epoch\":2", "\"epoch\":-2", WEIR_ERR_INVALID, "its history is damaged"},
    {"\"asked_ms\":-5", "\"asked_ms\":0.5", WEIR_ERR_INVALID, "its history is damaged"},
    {"\"ended_ms\":6", "\"ended\":6", WEIR_ERR_INVALID, "its history is damaged"},
    {"\"turn\":7", "\"turn\":0", WEIR_ERR_INVALID, "its step is damaged"},
    {"\"active\":\"blue\"", "\"active\":\"green\"", WEIR_ERR_INVALID, "its step is damaged"},
    {"draining", "handed_over", WEIR_ERR_INVALID, "its step is damaged"},
    {"draining", "returning", WEIR_ERR_INVALID, "its step is damaged"},
    {"\"why\":\"\",\"history\"", "\"why\":\"x\",\"history\"", WEIR_ERR_INVALID,
     "its step is damaged"},
};
enum { CHANGES = sizeof changes / sizeof changes[0] };

START_TEST(what_is_damaged_is_refused_with_a_reason)
{
    char *text = text_with(document, changes[_i].old, changes[_i].new);

    ck_assert_int_eq(weir_switch_read(text, strlen(text), &read, &error), changes[_i].status);
    ck_assert_str_eq(error.text, changes[_i].sentence);
    ck_assert_int_eq(read.past_count == record.past_count, changes[_i].status == WEIR_OK);
    free(text);
}
END_TEST

START_TEST(what_is_cut_is_refused)
{
    for (size_t size = 0; size < strlen(document); size++) {
        ck_assert_int_eq(weir_switch_read(document, size, &read, NULL), WEIR_ERR_INVALID);
    }
}
END_TEST

START_TEST(a_history_longer_than_ours_is_refused)
{
    static char text[TEXT_MAX];
    static const char first[] = "{\"version\":3,\"turn\":7,\"epoch\":3,\"active\":\"blue\","
                                "\"step\":\"idle\",\"why\":\"\",\"history\":[";
    static const char past[] = "{\"id\":\"s\",\"from\":\"\",\"to\":\"blue\",\"by\":\"b\",\"why\":"
                               "\"\",\"outcome\":\"done\",\"epoch\":2,\"asked_ms\":5,"
                               "\"ended_ms\":6},";
    size_t length = strlen(first);

    memcpy(text, first, sizeof first);
    for (int i = 0; i < WEIR_SWITCH_HISTORY_MAX + _i; i++) {
        memcpy(text + length, past, sizeof past);
        length += strlen(past);
    }
    memcpy(text + length - 1, "]}", 3);
    ck_assert_int_eq(weir_switch_read(text, strlen(text), &read, NULL),
                     _i == 0 ? WEIR_OK : WEIR_ERR_INVALID);
}
END_TEST

/* jansson's memory fails with ours. */
START_TEST(without_memory_nothing_is_written_in_part)
{
    enum weir_status status = WEIR_ERR_NOMEM;
    uint64_t nth = 0;

    json_set_alloc_funcs(weir_malloc, weir_free);
    while (status != WEIR_OK) {
        char *text = NULL;
        weir_memory_fail_nth(++nth);
        status = weir_switch_write(&record, &text);
        weir_memory_fail_nth(0);
        ck_assert_int_eq(status, text == NULL ? WEIR_ERR_NOMEM : WEIR_OK);
        ck_assert(text == NULL || strcmp(text, document) == 0);
        weir_free(text);
    }
    ck_assert_uint_gt(nth, 60);
}
END_TEST

START_TEST(without_memory_nothing_is_read_in_part)
{
    enum weir_status status = WEIR_ERR_NOMEM;
    uint64_t nth = 0;
    char *text = NULL;

    json_set_alloc_funcs(weir_malloc, weir_free);
    while (status != WEIR_OK) {
        weir_memory_fail_nth(++nth);
        status = weir_switch_read(document, strlen(document), &read, &error);
        weir_memory_fail_nth(0);
        ck_assert_int_eq(status, read.past_count == 1 ? WEIR_OK : WEIR_ERR_NOMEM);
    }
    ck_assert_uint_gt(nth, 120);
    json_set_alloc_funcs(malloc, free);
    ck_assert_int_eq(weir_switch_write(&read, &text), WEIR_OK);
    ck_assert_str_eq(text, document);
    weir_free(text);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("JSON");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, what_is_written_is_read);
    tcase_add_test(tcase, nothing_asked_for_is_written_and_read_too);
    tcase_add_loop_test(tcase, the_longest_is_written_and_read, WEIR_SWITCH_PREPARED,
                        WEIR_SWITCH_STEPS);
    tcase_add_test(tcase, what_may_be_left_unread_is_written_and_read);
    tcase_add_loop_test(tcase, what_an_older_reader_would_lose_is_of_another_version, 0, 8);
    tcase_add_loop_test(tcase, what_is_settled_has_a_reason_or_none, 0, 3);
    tcase_add_loop_test(tcase, what_is_damaged_is_refused_with_a_reason, 0, CHANGES);
    tcase_add_test(tcase, what_is_cut_is_refused);
    tcase_add_loop_test(tcase, a_history_longer_than_ours_is_refused, 0, 2);
    tcase_add_test(tcase, without_memory_nothing_is_written_in_part);
    tcase_add_test(tcase, without_memory_nothing_is_read_in_part);
    return runner_run("switch, JSON", tcase);
}
