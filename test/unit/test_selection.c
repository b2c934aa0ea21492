#include "strategies/selection.h"

#include "framework/base/memory.h"
#include "test/support/runner.h"
#include <string.h>

enum { NAME_SIZE_MAX = 249 };

static const struct {
    struct weir_selection_options options;
    const char *topic;
    bool wanted;
} examples[] = {
    {{.topics = "orders,^log-"}, "orders", true},
    {{.topics = "orders,^log-"}, "log-a", true},
    {{.topics = "orders,^log-"}, "orders2", false}, /* a name is the whole name */
    {{.topics = "orders"}, "log-a", false},
    {{.topics = "^log-", .exclude = "log-a"}, "log-a", false},
    {{.topics = "^log-", .exclude = "log-a"}, "log-b", true},
    {{.topics = "^log-", .exclude = "^.*-debug$"}, "log-debug", false},
    {{.topics = "^log-", .exclude = "^.*-debug$"}, "log-debug2", true},
    {{.topics = "^log-", .exclude = "^x,^y, log-z"}, "log-z", false},
    {{.topics = "^a,^b"}, "b1", true},
    {{.topics = "^.*", .exclude = "^test"}, "orders", true}, /* a black list */
    {{.topics = "^.*", .exclude = "^test"}, "tests", false},
    {{.topics = "^.*", .exclude = ""}, "tests", true},
    {{.topics = "^.*"}, "__consumer_offsets", false},
    {{.topics = "^.*"}, "__transaction_state", false},
    {{.topics = "^__"}, "__mine", false},
    {{.topics = "^.*"}, "_schemas", true}, /* one underscore is anybody's */
    {{.topics = "^.*", .internal = true}, "__consumer_offsets", true},
    {{.topics = "^.*", .internal = true, .exclude = "^__con"}, "__consumer_offsets", false},
    {{.topics = "__consumer_offsets"}, "__consumer_offsets", true}, /* it was asked for by name */
    {{.topics = "^a", .letters = "{topic}.dead"}, "a.dead", false},
    {{.topics = "^a", .letters = "{topic}.dead"}, "a.dead.b", true},
    {{.topics = "^a"}, "a.dead", true},
    {{.topics = "a.dead", .letters = "{topic}.dead"}, "a.dead", true}, /* the letters of a */
};

START_TEST(a_topic_is_wanted_or_not)
{
    struct weir_selection *selection = NULL;
    struct weir_error error = {0};
    bool wanted = !examples[_i].wanted;

    ck_assert_msg(weir_selection_create(&examples[_i].options, &selection, &error) == WEIR_OK, "%s",
                  error.text);
    ck_assert_int_eq(weir_selection_wants(selection, examples[_i].topic, &wanted, &error), WEIR_OK);
    ck_assert_msg(wanted == examples[_i].wanted, "example %d", _i);
    weir_selection_destroy(selection);
}
END_TEST

static const struct {
    const char *topics;
    const char *exclude;
    const char *error;
} mistakes[] = {
    {"", NULL, NULL},
    {"a,^[CANARY", NULL, "weir.topics: at character 11: no regular expression: missing"},
    {"^(CANARY,b", NULL, "weir.topics: at character 9: no regular expression: missing"},
    {"a b", NULL, "weir.topics: at character 1: no topic name"},
    {"a", "b,", "weir.topics.exclude: at character 3: a topic name is missing"},
    {"a", "b,^a)CANARY", "weir.topics.exclude: at character 5: no regular expression: unmatched"},
    {"b,a", "a", "weir.topics: at character 3: this topic is named here and excluded"},
    {"b,canary", "^can", "weir.topics: at character 3: this topic is named here and excluded"},
};

START_TEST(a_mistake_has_a_key_and_a_place)
{
    struct weir_selection *selection = NULL;
    struct weir_error error = {0};
    const struct weir_selection_options options = {.topics = mistakes[_i].topics,
                                                   .exclude = mistakes[_i].exclude};

    enum weir_status status = weir_selection_create(&options, &selection, &error);
    ck_assert_int_eq(status, mistakes[_i].error == NULL ? WEIR_OK : WEIR_ERR_CONFIG);
    if (mistakes[_i].error != NULL) {
        ck_assert_ptr_null(selection);
        ck_assert_msg(strncmp(error.text, mistakes[_i].error, strlen(mistakes[_i].error)) == 0,
                      "%s", error.text);
        ck_assert_ptr_null(strstr(error.text, "CANARY"));
    }
    weir_selection_destroy(selection);
}
END_TEST

START_TEST(names_and_expressions_are_told_apart)
{
    struct weir_selection *selection = NULL;
    const struct weir_selection_options options = {.topics = "^x,b,^y, a"};
    size_t count = 0;

    ck_assert_int_eq(weir_selection_create(&options, &selection, NULL), WEIR_OK);
    const char *const *names = weir_selection_names(selection, &count);
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(names[0], "b");
    ck_assert_str_eq(names[1], "a");
    ck_assert_uint_eq(weir_selection_patterns(selection), 2);
    weir_selection_destroy(selection);
}
END_TEST

/* Nobody can say whether the topic is wanted, be it the list or what is excluded that does not end:
 * it must not pass for one that is not matched. */
START_TEST(an_evil_expression_is_named)
{
    static const struct weir_selection_options both[] = {{.topics = "^(a+)+$"},
                                                         {.topics = "^.*", .exclude = "^(a+)+$"}};
    struct weir_selection *selection = NULL;
    struct weir_error error = {0};
    char name[NAME_SIZE_MAX + 1] = "";
    bool wanted = false;

    memset(name, 'a', NAME_SIZE_MAX);
    name[NAME_SIZE_MAX - 1] = '!';
    ck_assert_int_eq(weir_selection_create(&both[_i], &selection, NULL), WEIR_OK);
    ck_assert_int_eq(weir_selection_wants(selection, name, &wanted, &error), WEIR_ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(error.text, _i == 0 ? "weir.topics: " : "weir.topics.exclude: "));
    ck_assert_ptr_nonnull(strstr(error.text, "^(a+)+$ takes too long over topic 'aaaa"));
    weir_selection_destroy(selection);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    const struct weir_selection_options options = {.topics = "a,^b", .exclude = "^c,d"};
    enum weir_status status = WEIR_ERR_NOMEM;
    uint64_t nth = 0;

    while (status == WEIR_ERR_NOMEM) {
        struct weir_selection *selection = NULL;
        struct weir_error error = {.code = WEIR_OK};
        bool wanted = false;
        weir_memory_fail_nth(++nth);
        status = weir_selection_create(&options, &selection, &error);
        if (status == WEIR_OK) {
            status = weir_selection_wants(selection, "b", &wanted, &error);
        }
        weir_memory_fail_nth(0);
        ck_assert_int_eq(status, error.code);
        ck_assert_int_eq(status == WEIR_OK, wanted);
        weir_selection_destroy(selection);
    }
    ck_assert_int_eq(status, WEIR_OK);
    ck_assert_uint_gt(nth, 10);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("selection");

    tcase_add_loop_test(tcase, a_topic_is_wanted_or_not, 0, sizeof examples / sizeof examples[0]);
    tcase_add_loop_test(tcase, a_mistake_has_a_key_and_a_place, 0,
                        sizeof mistakes / sizeof mistakes[0]);
    tcase_add_test(tcase, names_and_expressions_are_told_apart);
    tcase_add_loop_test(tcase, an_evil_expression_is_named, 0, 2);
    tcase_add_test(tcase, every_allocation_may_fail);
    return runner_run("selection", tcase);
}
