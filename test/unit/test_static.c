#include "strategies/static.h"

#include "framework/base/memory.h"
#include "strategies/topics.h"
#include "test/support/config_fixture.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_SIZE = 4096 };

static const struct {
    const char *text;
    const char *list; /* NULL: refused */
    const char *error;
} lists[] = {
    {"orders:0", "orders/0", NULL},
    {"orders:0-3,7", "orders/0 orders/1 orders/2 orders/3 orders/7", NULL},
    {"orders:0;payments:0", "orders/0 payments/0", NULL},
    {"orders:0 payments:1", "orders/0 payments/1", NULL},
    {" ;; orders:0\t\n;payments:1 ; ", "orders/0 payments/1", NULL},
    {"b:1 a:1", "b/1 a/1", NULL},
    {"b:7,1-2", "b/1 b/2 b/7", NULL},
    {"a:1 b:1 a:0", "a/0 a/1 b/1", NULL}, /* one topic in two places */
    {"a:5-5", "a/5", NULL},
    {"a.b_c-D9:2147483647", "a.b_c-D9/2147483647", NULL},
    {"", NULL, "at character 1: no partition is named"},
    {" ; ", NULL, "at character 4: no partition is named"},
    {"orders", NULL, "at character 7: a colon and partition numbers are expected"},
    {"orders 1", NULL, "at character 7: a colon and partition numbers are expected"},
    {":1", NULL, "at character 1: a topic name is expected"},
    {"a:1 b\xC3\xA4:1", NULL, "at character 5: a topic name is expected"},
    {"..:1", NULL, "at character 1: a topic name is expected"},
    {"^a.*:1", NULL, "at character 1: a topic name is expected"},
    {"a:", NULL, "at character 3: a partition number is expected"},
    {"a:x", NULL, "at character 3: a partition number is expected"},
    {"a:-1", NULL, "at character 3: a partition number is expected"},
    {"a:1,", NULL, "at character 5: a partition number is expected"},
    {"a:1, 2", NULL, "at character 5: a partition number is expected"},
    {"a:2147483648", NULL, "at character 3: a partition number is expected"},
    {"a:99999999999999999999", NULL, "at character 3: a partition number is expected"},
    {"a:1-", NULL, "at character 5: the end of the range is expected"},
    {"a:1-x", NULL, "at character 5: the end of the range is expected"},
    {"a:1-2147483648", NULL, "at character 5: the end of the range is expected"},
    {"a:3-1", NULL, "at character 5: the range ends before it begins"},
    {"a:1-2-3", NULL, "at character 6: a comma, a range or the next topic"},
    {"a:1x", NULL, "at character 4: a comma, a range or the next topic"},
    {"a:1:2", NULL, "at character 4: a comma, a range or the next topic"},
    {"a:3,1-4", NULL, "partition 3 of the topic at character 1 is named twice"},
    {"a:3 b:3 a:3", NULL, "partition 3 of the topic at character 1 is named twice"},
    {"a:0-100000", NULL, "at character 5: more than 100000 partitions"},
    {"a:0-2147483647", NULL, "at character 5: more than 100000 partitions"},
    {"a:0-99999 b:0", NULL, "at character 13: more than 100000 partitions"},
};

static void print_list(const struct weir_static *list, char *out)
{
    size_t used = 0;

    for (size_t i = 0; i < list->count; i++) {
        const struct weir_static_partition *item = &list->partitions[i];
        used += (size_t)snprintf(out + used, TEXT_SIZE - used, "%s%s/%d", i == 0 ? "" : " ",
                                 item->topic, item->partition);
        ck_assert_uint_lt(used, TEXT_SIZE);
    }
}

START_TEST(a_list_names_partitions)
{
    struct weir_static list = {0};
    struct weir_error error = {.code = WEIR_OK};
    char text[TEXT_SIZE] = "";

    enum weir_status status = weir_static_parse(lists[_i].text, &list, &error);
    if (lists[_i].list == NULL) {
        ck_assert_int_eq(status, WEIR_ERR_CONFIG);
        ck_assert_ptr_null(list.partitions);
        ck_assert_int_eq(strncmp(error.text, lists[_i].error, strlen(lists[_i].error)), 0);
        return;
    }
    ck_assert_msg(status == WEIR_OK, "%s", error.text);
    print_list(&list, text);
    ck_assert_str_eq(text, lists[_i].list);
    weir_static_fini(&list);
    ck_assert_uint_eq(list.count, 0);
}
END_TEST

START_TEST(equal_topics_are_one_pointer)
{
    struct weir_static list = {0};

    ck_assert_int_eq(weir_static_parse("a:1 b:1 a:0", &list, NULL), WEIR_OK);
    ck_assert_ptr_eq(list.partitions[0].topic, list.partitions[1].topic);
    ck_assert_ptr_ne(list.partitions[1].topic, list.partitions[2].topic);
    weir_static_fini(&list);
}
END_TEST

START_TEST(the_largest_list_fits)
{
    struct weir_static list = {0};

    ck_assert_int_eq(weir_static_parse("a:0-49999;b:0-49999", &list, NULL), WEIR_OK);
    ck_assert_uint_eq(list.count, 100000);
    size_t wrong = 0;
    for (size_t i = 0; i < list.count; i++) {
        bool right = list.partitions[i].partition == (int32_t)(i % 50000) &&
                     *list.partitions[i].topic == (i < 50000 ? 'a' : 'b');
        wrong += right ? 0 : 1;
    }
    ck_assert_uint_eq(wrong, 0);
    weir_static_fini(&list);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    enum weir_status status = WEIR_ERR_NOMEM;
    uint64_t nth = 0;

    while (status == WEIR_ERR_NOMEM) {
        struct weir_static list = {0};
        struct weir_error error = {.code = WEIR_OK};
        weir_memory_fail_nth(++nth);
        status = weir_static_parse("a:0-99 b:1", &list, &error);
        weir_memory_fail_nth(0);
        ck_assert_int_eq(status, error.code);
        ck_assert_int_eq(status == WEIR_OK, list.count == 101);
        weir_static_fini(&list);
    }
    ck_assert_int_eq(status, WEIR_OK);
    ck_assert_uint_gt(nth, 2);
}
END_TEST

static const struct {
    const char *text;
    const char *names; /* separated by blanks; NULL: refused */
    const char *error;
} topic_lists[] = {
    {"orders", "orders", NULL},
    {"orders,payments", "orders payments", NULL},
    {" orders ,\tpayments ", "orders payments", NULL},
    {"^log-.*,b", "^log-.* b", NULL},
    {"a.b_c-D9", "a.b_c-D9", NULL},
    {"", NULL, "at character 1: a topic name is missing"},
    {",a", NULL, "at character 1: a topic name is missing"},
    {"a,", NULL, "at character 3: a topic name is missing"},
    {"a, ,b", NULL, "at character 4: a topic name is missing"},
    {"a b", NULL, "at character 1: no topic name"},
    {"a,b:0", NULL, "at character 3: no topic name"},
    {"a,.", NULL, "at character 3: no topic name"},
    {"a,..", NULL, "at character 3: no topic name"},
    {"a,b,a", NULL, "at character 5: the topic is named twice"},
};

START_TEST(a_list_names_topics)
{
    struct weir_topics topics = {0};
    struct weir_error error = {.code = WEIR_OK};
    char text[TEXT_SIZE] = "";

    enum weir_status status = weir_topics_parse(topic_lists[_i].text, &topics, &error);
    if (topic_lists[_i].names == NULL) {
        ck_assert_int_eq(status, WEIR_ERR_CONFIG);
        ck_assert_int_eq(strncmp(error.text, topic_lists[_i].error, strlen(topic_lists[_i].error)),
                         0);
        return;
    }
    ck_assert_msg(status == WEIR_OK, "%s", error.text);
    size_t used = 0;
    for (size_t i = 0; i < topics.count; i++) {
        used += (size_t)snprintf(text + used, TEXT_SIZE - used, "%s%s", i == 0 ? "" : " ",
                                 topics.names[i]);
    }
    ck_assert_str_eq(text, topic_lists[_i].names);
    weir_topics_fini(&topics);
}
END_TEST

START_TEST(a_topic_name_has_at_most_249_characters)
{
    char name[251];

    memset(name, 'a', sizeof name);
    ck_assert(weir_topic_name_valid(name, 249));
    ck_assert(!weir_topic_name_valid(name, 250));
    ck_assert(!weir_topic_name_valid(name, 0));
    ck_assert(weir_topic_name_valid("...", 3));
}
END_TEST

START_TEST(too_many_topics_are_refused)
{
    char *text = malloc(30001);
    struct weir_topics topics = {0};

    ck_assert_ptr_nonnull(text);
    memset(text, ',', 30000);
    text[30000] = '\0';
    ck_assert_int_eq(weir_topics_parse(text, &topics, NULL), WEIR_ERR_CONFIG);
    free(text);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("static");

    tcase_add_loop_test(tcase, a_list_names_partitions, 0, sizeof lists / sizeof lists[0]);
    tcase_add_test(tcase, equal_topics_are_one_pointer);
    tcase_add_test(tcase, the_largest_list_fits);
    tcase_add_test(tcase, every_allocation_may_fail);
    tcase_add_loop_test(tcase, a_list_names_topics, 0, sizeof topic_lists / sizeof topic_lists[0]);
    tcase_add_test(tcase, a_topic_name_has_at_most_249_characters);
    tcase_add_test(tcase, too_many_topics_are_refused);
    return run_case(tcase, "static");
}
