#include "tools/choice.h"

#include "test/support/runner.h"
#include "test/support/text.h"
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *text;
    const char *ranges; /* NULL: refused */
    const char *why;
} cases[] = {
    {"orders", "orders:0-2147483647", NULL},
    {"orders:3", "orders:3-3", NULL},
    {"orders:0-3,7", "orders:0-3 orders:7-7", NULL},
    {"a.b_c-D9:2147483646", "a.b_c-D9:2147483646-2147483646", NULL},
    {"", NULL, "at character 1: a topic name"},
    {":1", NULL, "at character 1: a topic name"},
    {"a b", NULL, "at character 1: a topic name"},
    {"..", NULL, "at character 1: a topic name"},
    {"a\xC3\xA4", NULL, "at character 1: a topic name"},
    {"a:", NULL, "at character 3: a partition number"},
    {"a:x", NULL, "at character 3: a partition number"},
    {"a:-1", NULL, "at character 3: a partition number"},
    {"a:1,", NULL, "at character 5: a partition number"},
    {"a:1-", NULL, "at character 5: a partition number"},
    {"a:2147483647", NULL, "at character 3: a partition number"},
    {"a:99999999999999999999", NULL, "at character 3: a partition number"},
    {"a:3-1", NULL, "at character 5: the range ends before it begins"},
    {"a:1 2", NULL, "at character 4: a comma or the end"},
    {"a:1-2-3", NULL, "at character 6: a comma or the end"},
    {"a:1:2", NULL, "at character 4: a comma or the end"},
    {"a:1,x", NULL, "at character 5: a partition number"}, /* and a:1 is not kept */
};

static char *print(const struct weir_choice *choice)
{
    struct text out = {.bytes = NULL};

    text_add(&out, "%s", "");
    for (size_t i = 0; i < choice->count; i++) {
        const struct weir_choice_range *range = &choice->ranges[i];
        text_add(&out, "%s%s:%d-%d", i == 0 ? "" : " ", range->topic, (int)range->first,
                 (int)range->last);
    }
    return out.bytes;
}

START_TEST(an_argument_names_partitions)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct weir_choice choice = {.ranges = NULL};
        char why[WEIR_CHOICE_WHY_SIZE] = "";
        bool good = weir_choice_add(&choice, cases[i].text, why);
        char *ranges = print(&choice);

        ck_assert_msg(good == (cases[i].ranges != NULL), "%s: %s", cases[i].text, why);
        ck_assert_str_eq(ranges, good ? cases[i].ranges : "");
        if (!good) {
            ck_assert_msg(strncmp(why, cases[i].why, strlen(cases[i].why)) == 0, "%s: %s",
                          cases[i].text, why);
        }
        free(ranges);
        weir_choice_fini(&choice);
    }
}
END_TEST

START_TEST(it_has_what_any_argument_names)
{
    struct weir_choice choice = {.ranges = NULL};
    char why[WEIR_CHOICE_WHY_SIZE];

    ck_assert(!weir_choice_has(&choice, "orders", 0));
    ck_assert(weir_choice_add(&choice, "orders:0-3,7", why));
    ck_assert(weir_choice_add(&choice, "all", why));
    ck_assert(!weir_choice_add(&choice, "orders:4,", why));
    ck_assert(weir_choice_has(&choice, "orders", 3));
    ck_assert(weir_choice_has(&choice, "orders", 7));
    ck_assert(!weir_choice_has(&choice, "orders", 4));
    ck_assert(!weir_choice_has(&choice, "order", 3));
    ck_assert(weir_choice_has(&choice, "all", 2147483646));
    weir_choice_fini(&choice);
    ck_assert_uint_eq(choice.count, 0);
}
END_TEST

START_TEST(a_topic_is_added_once)
{
    struct weir_choice choice = {.ranges = NULL};

    weir_choice_add_topic(&choice, "a");
    weir_choice_add_topic(&choice, "b");
    weir_choice_add_topic(&choice, "a");
    ck_assert_uint_eq(choice.count, 2);
    ck_assert(weir_choice_has(&choice, "a", 5) && weir_choice_has(&choice, "b", 0));
    weir_choice_fini(&choice);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("choice");

    tcase_add_test(tcase, an_argument_names_partitions);
    tcase_add_test(tcase, it_has_what_any_argument_names);
    tcase_add_test(tcase, a_topic_is_added_once);
    return runner_run("choice", tcase);
}
