#include <weir/plan.h>

#include "framework/base/memory.h"
#include "test/support/fail.h"
#include "test/support/plugin_folder.h"
#include "test/support/text.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTITIONS = 3, TWELVE = 12, TEN = 10, CROWD = 600 };

/* t with three partitions and, for "static", two members; `other` may be NULL. */
static enum weir_status ask(const char *name, const char *one, const char *other, uint32_t *owners,
                            struct weir_error *error)
{
    static const char *const topics[] = {"t"};
    struct weir_view_member member = {
        .size = sizeof member, .id = "m", .topics = topics, .topic_count = 1, .partitions = one};
    const struct weir_strategy_view *told = NULL;
    struct weir_strategy_source *source = NULL;
    struct weir_view *view = NULL;

    ck_assert_int_eq(weir_strategy_open(name, &source, error), WEIR_OK);
    ck_assert_int_eq(weir_view_create(&view), WEIR_OK);
    ck_assert_int_eq(weir_view_add_topic(view, "t", PARTITIONS, error), WEIR_OK);
    ck_assert_int_eq(weir_view_add_topic(view, "u", PARTITIONS, error), WEIR_OK);
    ck_assert_int_eq(weir_view_add_member(view, &member, error), WEIR_OK);
    member.id = "n";
    member.partitions = other;
    ck_assert_int_eq(weir_view_add_member(view, &member, error), WEIR_OK);
    ck_assert_int_eq(weir_view_finish(view, &told, error), WEIR_OK);
    enum weir_status status = weir_strategy_ask(weir_strategy_opened(source), told, owners, error);
    weir_view_destroy(view);
    weir_strategy_close(source);
    return status;
}

START_TEST(each_is_found_by_its_name)
{
    size_t count = 0;

    for (; weir_strategy_list(count) != NULL; count++) {
        ck_assert_ptr_eq(weir_strategy_find(weir_strategy_list(count)->name),
                         weir_strategy_list(count));
    }
    ck_assert_uint_eq(count, 8);
    ck_assert_ptr_null(weir_strategy_find("Range"));
}
END_TEST

START_TEST(a_name_of_none_is_told)
{
    struct weir_strategy_source *source = NULL;
    struct weir_error error;

    ck_assert_int_eq(weir_strategy_open("rang", &source, &error), WEIR_ERR_NOT_FOUND);
    for (size_t i = 0; weir_strategy_list(i) != NULL; i++) {
        ck_assert_ptr_nonnull(strstr(error.text, weir_strategy_list(i)->name));
    }
    ck_assert_ptr_null(source);
    weir_strategy_close(NULL);
}
END_TEST

enum { COLORED = 4 };
#define NONE WEIR_STRATEGY_NOBODY

/* b is green, a and c are blue; green has what is t:1. */
static void divide_colors(const char *name, const char *color, uint32_t *owners)
{
    static const uint32_t topics[] = {0};
    static const uint32_t owned[] = {NONE, 1, NONE, 2};
    const struct weir_strategy_topic topic = {.name = "t", .partitions = COLORED};
    const struct weir_strategy_member members[] = {
        {.id = "a", .topics = topics, .topic_count = 1, .capacity = 1, .color = "blue"},
        {.id = "b", .topics = topics, .topic_count = 1, .capacity = 1, .color = "green"},
        {.id = "c", .topics = topics, .topic_count = 1, .capacity = 1, .color = "blue"},
        {.id = "d", .topics = topics, .topic_count = 1, .capacity = 1}};
    const struct weir_strategy_view view = {.members = members,
                                            .member_count = 4,
                                            .member_size = sizeof members[0],
                                            .topics = &topic,
                                            .topic_count = 1,
                                            .topic_size = sizeof topic,
                                            .owned = owned,
                                            .partition_count = COLORED,
                                            .color = color};
    struct weir_error error;

    ck_assert_int_eq(weir_strategy_ask(weir_strategy_find(name), &view, owners, &error), WEIR_OK);
}

START_TEST(bluegreen_gives_everything_to_the_active_color)
{
    static const struct {
        const char *name;
        const char *color;
        uint32_t owners[COLORED];
    } rows[] = {{"bluegreen", "blue", {0, 2, 0, 2}},
                {"bluegreen-range", "blue", {0, 0, 2, 2}},
                {"bluegreen-roundrobin", "blue", {0, 2, 0, 2}},
                {"bluegreen-range", "green", {1, 1, 1, 1}},
                {"bluegreen", "green", {1, 1, 1, 1}},
                {"bluegreen", "red", {NONE, NONE, NONE, NONE}},
                {"bluegreen", NULL, {NONE, NONE, NONE, NONE}},
                {"bluegreen-static", "blue", {NONE, NONE, NONE, NONE}}};
    uint32_t owners[COLORED];

    divide_colors(rows[_i].name, rows[_i].color, owners);
    for (size_t p = 0; p < COLORED; p++) {
        ck_assert_uint_eq(owners[p], rows[_i].owners[p]);
    }
}
END_TEST

START_TEST(static_gives_what_is_there_and_named)
{
    uint32_t owners[2 * PARTITIONS];
    struct weir_error error;

    ck_assert_int_eq(ask("static", "t:2,7 absent:0", "t:0", owners, &error), WEIR_OK);
    ck_assert_uint_eq(owners[0], 1);
    ck_assert_uint_eq(owners[1], WEIR_STRATEGY_NOBODY);
    ck_assert_uint_eq(owners[2], 0);
}
END_TEST

/* Every other member subscribes to both topics, the rest to the first only, and the first ten have
 * everything. */
static struct weir_view *crowd(const struct weir_strategy_view **told)
{
    static const char *const topics[] = {"t", "u"};
    uint32_t numbers[CROWD];
    struct weir_view *view = NULL;
    struct weir_error error;
    char id[8];

    ck_assert_int_eq(weir_view_create(&view), WEIR_OK);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(weir_view_add_topic(view, topics[i], CROWD, &error), WEIR_OK);
    }
    for (uint32_t i = 0; i < CROWD; i++) {
        const struct weir_view_member member = {
            .size = sizeof member, .id = id, .topics = topics, .topic_count = 1 + i % 2};
        (void)snprintf(id, sizeof id, "m%04u", i);
        numbers[i] = i;
        ck_assert_int_eq(weir_view_add_member(view, &member, &error), WEIR_OK);
    }
    for (uint32_t i = 0; i < TEN; i++) {
        const struct weir_view_owned held = {id, "t", numbers + (size_t)i * CROWD / TEN,
                                             CROWD / TEN};
        (void)snprintf(id, sizeof id, "m%04u", i);
        ck_assert_int_eq(weir_view_add_owned(view, &held), WEIR_OK);
    }
    ck_assert_int_eq(weir_view_finish(view, told, &error), WEIR_OK);
    return view;
}

/* Too many for exchanges. Those who subscribe to both could have more than the others, who cannot
 * take from u. */
START_TEST(sticky_balances_a_crowd)
{
    static uint32_t owners[2 * CROWD];
    uint32_t loads[CROWD] = {0};
    const struct weir_strategy_view *told = NULL;
    struct weir_view *view = crowd(&told);
    struct weir_error error;
    size_t moves = 0;

    ck_assert_int_eq(weir_strategy_ask(weir_strategy_find("sticky"), told, owners, &error),
                     WEIR_OK);
    for (size_t i = 0; i < told->partition_count; i++) {
        ck_assert_uint_lt(owners[i], CROWD);
        loads[owners[i]]++;
        moves += weir_view_moves(view, i, owners[i]) ? 1 : 0;
    }
    for (size_t i = 0; i < CROWD; i++) {
        ck_assert_uint_ge(loads[i], 1);
        ck_assert_uint_le(loads[i], 3);
    }
    /* Ten members keep two or three of what they had. */
    ck_assert_uint_ge(moves, CROWD - 3 * TEN);
    ck_assert_uint_le(moves, CROWD - 2 * TEN);
    weir_view_destroy(view);
}
END_TEST

static const struct {
    const char *one, *other, *sentence;
} refused[] = {
    {"t:0-1", "t:1-2", "weir.partitions of m and of n both name t:1: give it to one"},
    {NULL, "t:0 t:0",
     "weir.partitions of n: partition 0 of the topic at character 1 is named twice"},
    {"t", NULL,
     "weir.partitions of m: at character 2: a colon and partition numbers are expected, "
     "as in orders:0-3,7"},
    {"u:0", NULL, "weir.partitions of m names u:0, but it does not subscribe to u"},
};

START_TEST(static_refuses_what_cannot_be)
{
    uint32_t owners[2 * PARTITIONS];
    struct weir_error error;

    ck_assert_int_eq(ask("static", refused[_i].one, refused[_i].other, owners, &error),
                     WEIR_ERR_CONFIG);
    ck_assert_str_eq(error.text, refused[_i].sentence);
}
END_TEST

START_TEST(a_plugin_is_asked)
{
    char *path = plugin_copy("strategy_good");
    uint32_t owners[2 * PARTITIONS];
    struct weir_error error;

    ck_assert_int_eq(ask(path, NULL, NULL, owners, &error), WEIR_OK);
    ck_assert_uint_eq(owners[0], 1);
    ck_assert_uint_eq(owners[2], 1);
    ck_assert_uint_eq(owners[3], WEIR_STRATEGY_NOBODY);
    free(path);
}
END_TEST

START_TEST(an_answer_that_is_none_is_refused)
{
    char *path = plugin_copy("strategy_lies");
    uint32_t owners[2 * PARTITIONS];
    struct weir_error error;

    ck_assert_int_eq(ask(path, NULL, NULL, owners, &error), WEIR_ERR_PLUGIN);
    ck_assert_str_eq(error.text, "strategy lies gave t:0 to member 2, and there are 2");
    free(path);
}
END_TEST

/* Members a, b, ... with these capacities share t and its twelve partitions, of which the first has
 * all. How many each gets. */
static void weigh(const uint32_t *capacities, size_t members, uint32_t *loads)
{
    static const char *const topics[] = {"t"};
    char *path = plugin_copy_from("WEIR_EXAMPLES", "weighted");
    const uint32_t numbers[TWELVE] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    const struct weir_view_owned held = {"a", "t", numbers, TWELVE};
    const struct weir_strategy_view *told = NULL;
    struct weir_strategy_source *source = NULL;
    struct weir_view *view = NULL;
    uint32_t owners[TWELVE];
    struct weir_error error;

    ck_assert_int_eq(weir_strategy_open(path, &source, &error), WEIR_OK);
    ck_assert_int_eq(weir_view_create(&view), WEIR_OK);
    ck_assert_int_eq(weir_view_add_topic(view, "t", TWELVE, &error), WEIR_OK);
    for (size_t i = 0; i < members; i++) {
        const char id[] = {(char)('a' + i), '\0'};
        const struct weir_view_member member = {.size = sizeof member,
                                                .id = id,
                                                .topics = topics,
                                                .topic_count = 1,
                                                .capacity = capacities[i]};
        ck_assert_int_eq(weir_view_add_member(view, &member, &error), WEIR_OK);
    }
    ck_assert_int_eq(weir_view_add_owned(view, &held), WEIR_OK);
    ck_assert_int_eq(weir_view_finish(view, &told, &error), WEIR_OK);
    ck_assert_int_eq(weir_strategy_ask(weir_strategy_opened(source), told, owners, &error),
                     WEIR_OK);
    for (size_t i = 0; i < TWELVE; i++) {
        ck_assert_uint_ne(owners[i], WEIR_STRATEGY_NOBODY);
        loads[owners[i]]++;
        /* Nothing goes from the first while it could stay. */
        ck_assert(i >= loads[0] || owners[i] == 0);
    }
    weir_view_destroy(view);
    weir_strategy_close(source);
    free(path);
}

START_TEST(the_example_divides_by_capacity)
{
    static const uint32_t capacities[][3] = {{1, 1, 1}, {3, 2, 1}, {1, 4, 1}, {UINT32_MAX, 1, 1}};
    static const uint32_t expected[][3] = {{4, 4, 4}, {6, 4, 2}, {2, 8, 2}, {12, 0, 0}};

    for (size_t i = 0; i < sizeof capacities / sizeof capacities[0]; i++) {
        uint32_t loads[3] = {0};
        weigh(capacities[i], 3, loads);
        for (size_t k = 0; k < 3; k++) {
            ck_assert_uint_eq(loads[k], expected[i][k]);
        }
    }
}
END_TEST

static const struct {
    const char *name, *what, *advice;
} wrong[] = {
    {"good", "does not export weir_strategy_plugin", "WEIR_STRATEGY(.name = ..., .assign = ...)"},
    {"strategy_bad_abi", "against strategy ABI 2, and this weir needs 1", "rebuild it"},
    {"strategy_bad_magic", "a weir_strategy_plugin that is not weir's", "the macro WEIR_STRATEGY"},
    {"strategy_small", "no header of strategy ABI 1", "rebuild it"},
    {"strategy_newer_view", "was built for a newer weir, whose views have", "update weir"},
    {"strategy_no_name", "gives its strategy no proper name", "set .name"},
    {"strategy_odd_name", "gives its strategy no proper name", "set .name"},
    {"strategy_empty", "has no assign slot", "set .assign"},
};

static void refuse(const char *path, const char *what, const char *advice)
{
    struct weir_strategy_source *source = NULL;
    struct weir_error error;

    ck_assert_int_eq(weir_strategy_open(path, &source, &error), WEIR_ERR_PLUGIN);
    ck_assert_ptr_null(source);
    if (strncmp(error.text, "plug-in ", strlen("plug-in ")) != 0 ||
        strstr(error.text, what) == NULL || strstr(error.text, advice) == NULL) {
        fail_test("the sentence is: %s", error.text);
    }
}

START_TEST(wrong_plugins_are_refused)
{
    char *path = plugin_copy(wrong[_i].name);

    refuse(path, wrong[_i].what, wrong[_i].advice);
    free(path);
}
END_TEST

START_TEST(what_is_no_plugin_is_refused)
{
    char *text = text_format("%s/text.so", plugin_folder);

    plugin_write(text, "not ELF", strlen("not ELF"));
    refuse(text, "is not an ELF file", "the strategy is the shared object");
    refuse("/nowhere/x", "does not exist", "the strategy is the path of a file");
    refuse("nowhere.so", "does not exist", "the strategy is the path of a file");
    free(text);
}
END_TEST

START_TEST(every_failing_allocation_is_survived)
{
    char *path = plugin_copy("strategy_good");
    struct weir_strategy_source *source = NULL;
    enum weir_status status = WEIR_ERR_NOMEM;
    struct weir_error error;
    uint64_t failed = 0;

    for (uint64_t nth = 1; status != WEIR_OK; nth++) {
        weir_memory_fail_nth(nth);
        status = weir_strategy_open(path, &source, &error);
        weir_memory_fail_nth(0);
        failed += status == WEIR_OK ? 0 : 1;
        ck_assert(status == WEIR_OK || status == WEIR_ERR_NOMEM);
    }
    ck_assert_uint_ge(failed, 2);
    weir_strategy_close(source);
    free(path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("strategy");
    TCase *tcase = tcase_create("strategy");

    tcase_add_checked_fixture(tcase, plugin_set_up, plugin_tear_down);
    tcase_add_test(tcase, each_is_found_by_its_name);
    tcase_add_test(tcase, a_name_of_none_is_told);
    tcase_add_loop_test(tcase, bluegreen_gives_everything_to_the_active_color, 0, 8);
    tcase_add_test(tcase, static_gives_what_is_there_and_named);
    tcase_add_test(tcase, sticky_balances_a_crowd);
    tcase_add_loop_test(tcase, static_refuses_what_cannot_be, 0,
                        sizeof refused / sizeof refused[0]);
    tcase_add_test(tcase, a_plugin_is_asked);
    tcase_add_test(tcase, the_example_divides_by_capacity);
    tcase_add_test(tcase, an_answer_that_is_none_is_refused);
    tcase_add_loop_test(tcase, wrong_plugins_are_refused, 0, sizeof wrong / sizeof wrong[0]);
    tcase_add_test(tcase, what_is_no_plugin_is_refused);
    tcase_add_test(tcase, every_failing_allocation_is_survived);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
