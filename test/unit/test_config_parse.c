#include "framework/config_parse.h"

#include "framework/base/error.h"
#include "framework/base/limits.h"
#include "framework/base/memory.h"
#include "test/support/config_fixture.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEEN_SIZE = 4096 };

/* Writes "line:key=value;" for each property. */
static enum weir_status record(const struct weir_property *property, void *user,
                               struct weir_error *error)
{
    char *seen = user;
    size_t used = strlen(seen);

    (void)error;
    (void)snprintf(seen + used, SEEN_SIZE - used, "%zu:%s=%s;", property->line, property->key,
                   property->value);
    return WEIR_OK;
}

struct example {
    const char *text;
    size_t size; /* 0: up to the NUL */
    const char *seen;
    const char *error; /* NULL: none */
};

#define WITH_NUL(text) text, sizeof(text) - 1

static const struct example examples[] = {
    {"", 0, "", NULL},
    {"\n\r\n  \t\f \n", 0, "", NULL},
    {"a=1", 0, "1:a=1;", NULL},
    {"a = 1\nb:2\nc 3\nd\t:\t4\ne   =   5\n", 0, "1:a=1;2:b=2;3:c=3;4:d=4;5:e=5;", NULL},
    {"a==1\nb:=2\nc =:3\n", 0, "1:a==1;2:b==2;3:c=:3;", NULL},
    {"a\nb=\nc:\nd \n=v\n", 0, "1:a=;2:b=;3:c=;4:d=;5:=v;", NULL},
    /* comments, also in front of and behind blanks, and none within a line */
    {"# no\n! no\n \t# no\na=1 # yes\n#x\\\nb=2", 0, "4:a=1 # yes;6:b=2;", NULL},
    /* every kind of line end */
    {"a=1\r\nb=2\rc=3\n\r\nd=4", 0, "1:a=1;2:b=2;3:c=3;5:d=4;", NULL},
    /* byte order mark, only in front */
    {"\xEF\xBB\xBF"
     "a=1\n",
     0, "1:a=1;", NULL},
    {"a=\xEF\xBB\xBF", 0, "1:a=\xEF\xBB\xBF;", NULL},
    /* continuation: leading blanks go, odd and even backslashes, comment signs are text */
    {"a=1,\\\n   2,\\\r\n\t3\nb=4", 0, "1:a=1,2,3;4:b=4;", NULL},
    {"a=1\\\\\nb=2\\\\\\\nc\n", 0, "1:a=1\\;2:b=2\\c;", NULL},
    {"a=1\\\n#2\n", 0, "1:a=1#2;", NULL},
    {"a=1\\\n\nb=2\n", 0, "1:a=1;3:b=2;", NULL},
    {"a=1\\", 0, "1:a=1;", NULL},
    {"a=1\\\n", 0, "1:a=1;", NULL},
    {"\\\na=1", 0, "1:a=1;", NULL},
    {"k\\\ney=1", 0, "1:key=1;", NULL},
    /* blanks at the end belong to the value, as in Java */
    {"a=1 \t\n", 0, "1:a=1 \t;", NULL},
    {"a=\\ 1", 0, "1:a= 1;", NULL},
    /* escapes */
    {"a=\\t\\n\\r\\f\\\\\\x\\\"", 0, "1:a=\t\n\r\f\\x\";", NULL},
    {"a\\ b\\=c\\:d=1", 0, "1:a b=c:d=1;", NULL},
    {"\\#a=1\n\\!b=2", 0, "1:#a=1;2:!b=2;", NULL},
    {"a=\\u0041\\u00e9\\u20AC", 0, "1:a=A\xC3\xA9\xE2\x82\xAC;", NULL},
    {"a=\\uD83D\\uDE00", 0, "1:a=\xF0\x9F\x98\x80;", NULL},
    {"a=\xC3\xA9\xF0\x9F\x98\x80", 0, "1:a=\xC3\xA9\xF0\x9F\x98\x80;", NULL},
    /* what is wrong is told by its line, and what stood before has been seen */
    {"a=1\nb=\\u12", 0, "1:a=1;", "line 2: a broken \\u escape"},
    {"a=\\u12g4", 0, "", "line 1: a broken \\u escape"},
    {"a=\\u0000", 0, "", "line 1: a broken \\u escape"},
    {"a=\\uDE00", 0, "", "line 1: a broken \\u escape"},
    {"a=\\uDE00\\uDC00", 0, "", "line 1: a broken \\u escape"},
    {"a=\\uD83Dx", 0, "", "line 1: a broken \\u escape"},
    {"a=\\uD83D\\u0041", 0, "", "line 1: a broken \\u escape"},
    {"a=\\u", 0, "", "line 1: a broken \\u escape"},
    {"\\u12=1", 0, "", "line 1: a broken \\u escape"},
    {"x=1\\\n2\n\na=\\u", 0, "1:x=12;", "line 4: a broken \\u escape"},
    {WITH_NUL("a=1\n\nb=\0c"), "", "line 3: a NUL byte"},
    {WITH_NUL("\0"), "", "line 1: a NUL byte"},
    {WITH_NUL("#\0"), "", "line 1: a NUL byte"},
    {"a=1\r\nb=\xE9", 0, "", "line 2: not UTF-8"},
    {"a=1\rb=\xC0\x80", 0, "", "line 2: not UTF-8"},
    {"\xFF\xFE"
     "a",
     0, "", "line 1: not UTF-8"},
};

enum { EXAMPLES = sizeof examples / sizeof examples[0] };

START_TEST(a_text_gives_its_properties)
{
    const struct example *example = &examples[_i];
    size_t size = example->size == 0 ? strlen(example->text) : example->size;
    char *copy = malloc(size + 1); /* no more than that may be read */
    char seen[SEEN_SIZE] = "";
    struct weir_error error = {.code = WEIR_OK};

    ck_assert_ptr_nonnull(copy);
    memcpy(copy, example->text, size);
    enum weir_status status =
        weir_properties_parse(size == 0 ? NULL : copy, size, record, seen, &error);
    ck_assert_int_eq(status, example->error == NULL ? WEIR_OK : WEIR_ERR_CONFIG);
    ck_assert_int_eq(status, error.code);
    ck_assert_str_eq(seen, example->seen);
    if (example->error != NULL) {
        ck_assert_int_eq(strncmp(error.text, example->error, strlen(example->error)), 0);
    }
    free(copy);
}
END_TEST

/* A line of `size` bytes: "a=" and then x, over several natural lines when `split`. */
static enum weir_status parse_long(size_t size, bool split, struct weir_error *error)
{
    char *text = malloc(size + 3);
    char *seen = calloc(1, SEEN_SIZE);

    ck_assert_ptr_nonnull(text);
    ck_assert_ptr_nonnull(seen);
    memset(text, 'x', size + 2);
    text[1] = '=';
    if (split) {
        text[size / 2] = '\\';
        text[size / 2 + 1] = '\n';
    }
    enum weir_status status =
        weir_properties_parse(text, split ? size + 2 : size, record, seen, error);
    free(seen);
    free(text);
    return status;
}

START_TEST(a_line_of_64_KiB_passes_and_a_longer_one_does_not)
{
    struct weir_error error = {.code = WEIR_OK};

    for (int split = 0; split < 2; split++) {
        ck_assert_int_eq(parse_long(WEIR_CONFIG_LINE_SIZE_MAX, split, &error), WEIR_OK);
        ck_assert_int_eq(parse_long(WEIR_CONFIG_LINE_SIZE_MAX + 1, split, &error), WEIR_ERR_CONFIG);
        ck_assert_str_eq(error.text, "line 1: longer than 64 KiB");
    }
}
END_TEST

START_TEST(a_long_comment_is_no_long_line)
{
    size_t size = 3 * (size_t)WEIR_CONFIG_LINE_SIZE_MAX;
    char *text = malloc(size);
    char seen[SEEN_SIZE] = "";

    ck_assert_ptr_nonnull(text);
    memset(text, '#', size);
    text[size - 4] = '\n';
    text[size - 3] = 'a';
    text[size - 2] = '=';
    text[size - 1] = '1';
    ck_assert_int_eq(weir_properties_parse(text, size, record, seen, NULL), WEIR_OK);
    ck_assert_str_eq(seen, "2:a=1;");
    free(text);
}
END_TEST

static enum weir_status refuse_b(const struct weir_property *property, void *user,
                                 struct weir_error *error)
{
    int *calls = user;

    (*calls)++;
    return strcmp(property->key, "b") == 0 ? weir_error_set(error, WEIR_ERR_STATE, 7, "no b")
                                           : WEIR_OK;
}

START_TEST(the_visitor_can_end_it)
{
    struct weir_error error = {.code = WEIR_OK};
    int calls = 0;

    ck_assert_int_eq(weir_properties_parse("a=1\nb=2\nc=3", 11, refuse_b, &calls, &error),
                     WEIR_ERR_STATE);
    ck_assert_int_eq(calls, 2);
    ck_assert_int_eq(error.cause, 7);
    ck_assert_str_eq(error.text, "no b");
}
END_TEST

START_TEST(without_memory_it_says_so)
{
    struct weir_error error = {.code = WEIR_OK};
    int calls = 0;

    weir_memory_fail_nth(1);
    ck_assert_int_eq(weir_properties_parse("a=1", 3, refuse_b, &calls, &error), WEIR_ERR_NOMEM);
    weir_memory_fail_nth(0);
    ck_assert_int_eq(calls, 0);
    ck_assert_int_eq(error.code, WEIR_ERR_NOMEM);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("parse");

    tcase_add_loop_test(tcase, a_text_gives_its_properties, 0, EXAMPLES);
    tcase_add_test(tcase, a_line_of_64_KiB_passes_and_a_longer_one_does_not);
    tcase_add_test(tcase, a_long_comment_is_no_long_line);
    tcase_add_test(tcase, the_visitor_can_end_it);
    tcase_add_test(tcase, without_memory_it_says_so);
    return run_case(tcase, "config_parse");
}
