#include "strategies/pattern.h"

#include "framework/base/memory.h"
#include "test/support/deadline.h"
#include "test/support/runner.h"
#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE_MAX = 249, MATCH_MS_MAX = 2000 };

static struct weir_pattern *compiled(const char *text)
{
    struct weir_pattern *pattern = NULL;
    struct weir_error error = {0};
    size_t offset = 0;

    ck_assert_msg(weir_pattern_create(text, &pattern, &offset, &error) == WEIR_OK, "%s: %s", text,
                  error.text);
    return pattern;
}

/* What librdkafka makes of the same text, too, which compiles POSIX expressions: it searches. */
static const struct {
    const char *text;
    const char *name;
    bool matches;
} examples[] = {
    {"^log-.*", "log-a", true},
    {"^log-.*", "log-", true},
    {"^log-.*", "blog-a", false},
    {"^log", "logs.of.all", true}, /* the end is open */
    {"^log$", "log", true},
    {"^log$", "logs", false},
    {"^(a|b)[0-9]+$", "b12", true},
    {"^(a|b)[0-9]+$", "c12", false},
    {"^a|b", "xb", true}, /* the ^ belongs to a alone */
    {"^a|b", "xc", false},
    {"^[[:alpha:]]{2}$", "ab", true},
    {"^[[:alpha:]]{2}$", "a1", false},
    {"^.*-debug$", "x-debug", true},
    {"^a.b", "a.b", true},
    {"^a\\.b", "axb", false},
    {"^(?!test)", "orders", true},
    {"^(?!test)", "test-orders", false},
    {"^(x)\\1$", "xx", true},
    {"^Log", "log", false},
    {"^(?i)Log", "log", true},
};

START_TEST(an_expression_is_searched_for)
{
    struct weir_pattern *pattern = compiled(examples[_i].text);
    bool matches = !examples[_i].matches;

    ck_assert_int_eq(weir_pattern_match(pattern, examples[_i].name, &matches), WEIR_OK);
    ck_assert_msg(matches == examples[_i].matches, "%s on %s", examples[_i].text,
                  examples[_i].name);
    weir_pattern_destroy(pattern);
}
END_TEST

static const struct {
    const char *text;
    size_t offset;
} mistakes[] = {
    {"^[CANARY", 8}, {"^(CANARY", 8}, {"^a)CANARY", 2}, {"^a**CANARY", 3}, {"^CANARY\\", 8},
};

START_TEST(a_mistake_has_a_place_and_a_reason)
{
    struct weir_pattern *pattern = NULL;
    struct weir_error error = {0};
    size_t offset = 0;

    ck_assert_int_eq(weir_pattern_create(mistakes[_i].text, &pattern, &offset, &error),
                     WEIR_ERR_CONFIG);
    ck_assert_ptr_null(pattern);
    ck_assert_int_eq(strncmp(error.text, "no regular expression: ", 23), 0);
    ck_assert_ptr_null(strstr(error.text, "CANARY"));
    ck_assert_msg(offset == mistakes[_i].offset, "%s: %zu", mistakes[_i].text, offset);
}
END_TEST

/* Each of them takes longer than anybody lives, over a name that is as long as names are. */
static const char *const evil[] = {
    "^(a+)+$",
    "^(a|a)*$",
    "^(a|aa)+$",
    "^(.*a){40}$",
    "^((a*)*)*b",
    "^(a?){200}a{200}b",
    "^(?:(a)|b|(?:a|b)*)*c",
};

START_TEST(an_evil_expression_ends_and_nobody_knows)
{
    static const char end[] = "!bc"; /* PCRE2 looks for what must be there first */
    char name[NAME_SIZE_MAX + 1] = "";
    struct weir_pattern *pattern = compiled(evil[_i]);
    struct deadline deadline = deadline_in_ms(MATCH_MS_MAX);
    bool matches = false;

    memset(name, 'a', NAME_SIZE_MAX);
    memcpy(name + sizeof name - sizeof end, end, sizeof end);
    ck_assert_int_eq(weir_pattern_match(pattern, name, &matches), WEIR_ERR_FULL);
    ck_assert(!deadline_passed(deadline));
    ck_assert_int_eq(weir_pattern_match(pattern, "a", &matches), WEIR_OK); /* and it is as before */
    weir_pattern_destroy(pattern);
}
END_TEST

/* What people write needs no more than a small part of what is allowed. */
START_TEST(an_honest_expression_is_far_from_the_limit)
{
    static const char *const honest[] = {"^.*-.*-.*-debug$", "^(orders|payments|log)[-._].*$",
                                         "^[a-z]+(-[a-z]+)*$", "^.*a.*b.*$"};
    char name[NAME_SIZE_MAX + 1] = "";
    bool matches = true;

    memset(name, 'a', NAME_SIZE_MAX);
    for (size_t i = 20; i < NAME_SIZE_MAX; i += 20) {
        name[i] = '-';
    }
    name[NAME_SIZE_MAX - 1] = '!';
    for (size_t i = 0; i < sizeof honest / sizeof honest[0]; i++) {
        struct weir_pattern *pattern = compiled(honest[i]);
        ck_assert_msg(weir_pattern_match(pattern, name, &matches) == WEIR_OK, "%s", honest[i]);
        ck_assert(!matches);
        weir_pattern_destroy(pattern);
    }
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    enum weir_status status = WEIR_ERR_NOMEM;
    uint64_t nth = 0;

    while (status == WEIR_ERR_NOMEM) {
        struct weir_pattern *pattern = NULL;
        struct weir_error error = {.code = WEIR_OK};
        size_t offset = 0;
        bool matches = false;
        weir_memory_fail_nth(++nth);
        status = weir_pattern_create("^(a|b)+$", &pattern, &offset, &error);
        ck_assert_int_eq(status, error.code);
        if (status == WEIR_OK) {
            status = weir_pattern_match(pattern, "ab", &matches);
        }
        weir_memory_fail_nth(0);
        ck_assert_int_eq(status == WEIR_OK, matches);
        weir_pattern_destroy(pattern);
    }
    ck_assert_int_eq(status, WEIR_OK);
    ck_assert_uint_gt(nth, 5);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("pattern");

    tcase_add_loop_test(tcase, an_expression_is_searched_for, 0,
                        sizeof examples / sizeof examples[0]);
    tcase_add_loop_test(tcase, a_mistake_has_a_place_and_a_reason, 0,
                        sizeof mistakes / sizeof mistakes[0]);
    tcase_add_loop_test(tcase, an_evil_expression_ends_and_nobody_knows, 0,
                        sizeof evil / sizeof evil[0]);
    tcase_add_test(tcase, an_honest_expression_is_far_from_the_limit);
    tcase_add_test(tcase, every_allocation_may_fail);
    return runner_run("pattern", tcase);
}
