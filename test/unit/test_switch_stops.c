#include "framework/base/limits.h"
#include "framework/base/memory.h"
#include "framework/switch_stops.h"
#include "test/support/runner.h"
#include "test/support/text.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static struct weir_switch_stops stops;
static struct weir_error error;

/* As another reader and writer of it knows it. */
static const char document[] = "{\"version\":1,\"id\":\"release 42\",\"topics\":{\"a.b\":[7],"
                               "\"orders\":[1042,-1,9007199254740993]}}";

static const struct weir_position positions[] = {
    {.topic = "orders", .partition = 2, .offset = 9007199254740993},
    {.topic = "a.b", .partition = 0, .offset = 7},
    {.topic = "orders", .partition = 0, .offset = 1042}};
enum { POSITIONS = sizeof positions / sizeof positions[0] };

static void set_up(void)
{
    error = (struct weir_error){0};
    ck_assert_int_eq(weir_switch_stops_create("release 42", positions, POSITIONS, &stops), WEIR_OK);
}

static void tear_down(void)
{
    weir_memory_fail_nth(0);
    weir_switch_stops_fini(&stops);
}

static void expect_found(void)
{
    ck_assert_str_eq(stops.id, "release 42");
    ck_assert_int_eq(weir_switch_stops_find(&stops, "orders", 0), 1042);
    ck_assert_int_eq(weir_switch_stops_find(&stops, "orders", 2), 9007199254740993);
    ck_assert_int_eq(weir_switch_stops_find(&stops, "a.b", 0), 7);
    ck_assert_int_eq(weir_switch_stops_find(&stops, "orders", 1), WEIR_SWITCH_STOP_NONE);
    ck_assert_int_eq(weir_switch_stops_find(&stops, "orders", 3), WEIR_SWITCH_STOP_NONE);
    ck_assert_int_eq(weir_switch_stops_find(&stops, "orders", -1), WEIR_SWITCH_STOP_NONE);
    ck_assert_int_eq(weir_switch_stops_find(&stops, "order", 0), WEIR_SWITCH_STOP_NONE);
}

START_TEST(what_is_made_is_written_and_read)
{
    char *text = NULL;

    expect_found();
    ck_assert_int_eq(weir_switch_stops_write(&stops, &text), WEIR_OK);
    ck_assert_str_eq(text, document);
    weir_switch_stops_fini(&stops);
    ck_assert_int_eq(weir_switch_stops_find(&stops, "orders", 0), WEIR_SWITCH_STOP_NONE);
    ck_assert_int_eq(weir_switch_stops_read(text, strlen(text), &stops, NULL), WEIR_OK);
    expect_found();
    weir_free(text);
}
END_TEST

START_TEST(none_at_all_are_some_too)
{
    char *text = NULL;

    weir_switch_stops_fini(&stops);
    ck_assert_int_eq(weir_switch_stops_create("x", NULL, 0, &stops), WEIR_OK);
    ck_assert_int_eq(weir_switch_stops_write(&stops, &text), WEIR_OK);
    ck_assert_str_eq(text, "{\"version\":1,\"id\":\"x\",\"topics\":{}}");
    weir_free(text);
}
END_TEST

START_TEST(what_cannot_be_is_not_made)
{
    static const struct weir_position wrong[][2] = {
        {{.topic = "t", .partition = 1, .offset = 5}, {.topic = "t", .partition = 1, .offset = 5}},
        {{.topic = "t", .partition = 1, .offset = -1}, {.topic = "t", .partition = 0}},
        {{.topic = "t", .partition = -1, .offset = 5}, {.topic = "t", .partition = 0}},
        {{.topic = "a/b", .partition = 1, .offset = 5}, {.topic = "t", .partition = 0}},
        {{.topic = "t", .partition = INT32_MAX}, {.topic = "t", .partition = 0}},
        {{.topic = "s", .partition = WEIR_GROUP_PARTITIONS_MAX - 1}, {.topic = "t"}}};
    struct weir_switch_stops made = {.topic_count = 77};

    ck_assert_int_eq(weir_switch_stops_create("x", wrong[_i], 2, &made), WEIR_ERR_INVALID);
    ck_assert_uint_eq(made.topic_count, 77);
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
    {"\"version\":1", "\"version\":2", WEIR_ERR_STATE, "they are of a newer weir"},
    {"\"version\":1", "\"version\":0", WEIR_ERR_INVALID, "they are damaged"},
    {"\"version\":1", "\"version\":1.0", WEIR_ERR_INVALID, "they are damaged"},
    {"\"version\":1,", "", WEIR_ERR_INVALID, "they are damaged"},
    {"{\"version\"", "[{\"version\"", WEIR_ERR_INVALID, "they are damaged"},
    {"\"topics\"", "\"id\":\"x\",\"topics\"", WEIR_ERR_INVALID, "they are damaged"},
    {"}}", "}", WEIR_ERR_INVALID, "they are damaged"},
    {"release 42", "", WEIR_ERR_INVALID, "they are damaged"},
    {"release 42", "release\\n", WEIR_ERR_INVALID, "they are damaged"},
    {"\"release 42\"", "42", WEIR_ERR_INVALID, "they are damaged"},
    {"a.b", "a/b", WEIR_ERR_INVALID, "they are damaged"},
    {"[7]", "[]", WEIR_ERR_INVALID, "they are damaged"},
    {"[7]", "7", WEIR_ERR_INVALID, "they are damaged"},
    {"[7]", "[7.0]", WEIR_ERR_INVALID, "they are damaged"},
    {"[7]", "[null]", WEIR_ERR_INVALID, "they are damaged"},
    {"[7]", "[-2]", WEIR_ERR_INVALID, "they are damaged"},
    {"[7]", "[-1]", WEIR_OK, ""},
    {"\"topics\":{", "\"topics\":[],\"was\":{", WEIR_ERR_INVALID, "they are damaged"},
    {"\"topics\"", "\"topic\"", WEIR_ERR_INVALID, "they are damaged"},
};
enum { CHANGES = sizeof changes / sizeof changes[0] };

START_TEST(what_is_damaged_is_refused)
{
    char *text = text_with(document, changes[_i].old, changes[_i].new);
    struct weir_switch_stops read = {.topic_count = 77};

    ck_assert_int_eq(weir_switch_stops_read(text, strlen(text), &read, &error), changes[_i].status);
    ck_assert_str_eq(error.text, changes[_i].sentence);
    ck_assert_int_eq(read.topic_count == 77, changes[_i].status != WEIR_OK);
    if (changes[_i].status == WEIR_OK) {
        weir_switch_stops_fini(&read);
    }
    free(text);
}
END_TEST

START_TEST(what_is_cut_is_refused)
{
    struct weir_switch_stops read = {.topics = NULL};

    for (size_t size = 0; size < strlen(document); size++) {
        ck_assert_int_eq(weir_switch_stops_read(document, size, &read, NULL), WEIR_ERR_INVALID);
    }
}
END_TEST

/* jansson's memory fails with ours. */
START_TEST(without_memory_nothing_is_done_in_part)
{
    enum weir_status status = WEIR_ERR_NOMEM;
    uint64_t nth = 0;

    json_set_alloc_funcs(weir_malloc, weir_free);
    while (status != WEIR_OK) {
        struct weir_switch_stops made = {.topics = NULL};
        struct weir_switch_stops read = {.topics = NULL};
        char *text = NULL;
        weir_memory_fail_nth(++nth);
        status = weir_switch_stops_create("release 42", positions, POSITIONS, &made);
        status = status != WEIR_OK ? status : weir_switch_stops_write(&made, &text);
        status = status != WEIR_OK
                     ? status
                     : weir_switch_stops_read(document, strlen(document), &read, NULL);
        weir_memory_fail_nth(0);
        ck_assert(status == WEIR_OK || status == WEIR_ERR_NOMEM);
        ck_assert(text == NULL || strcmp(text, document) == 0);
        ck_assert_int_eq(read.partition_count == 4, status == WEIR_OK);
        weir_switch_stops_fini(&made);
        weir_switch_stops_fini(&read);
        weir_free(text);
    }
    ck_assert_uint_gt(nth, 60);
    json_set_alloc_funcs(malloc, free);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("stops");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, what_is_made_is_written_and_read);
    tcase_add_test(tcase, none_at_all_are_some_too);
    tcase_add_loop_test(tcase, what_cannot_be_is_not_made, 0, 6);
    tcase_add_loop_test(tcase, what_is_damaged_is_refused, 0, CHANGES);
    tcase_add_test(tcase, what_is_cut_is_refused);
    tcase_add_test(tcase, without_memory_nothing_is_done_in_part);
    return runner_run("switch, stop offsets", tcase);
}
