#include "tools/group_view.h"

#include "test/support/runner.h"
#include "tools/group_print.h"
#include "tools/memory.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct weir_view view;

static void tear_down(void)
{
    weir_view_fini(&view);
}

static struct weir_view_partition *add(const char *topic, int32_t number, int64_t committed,
                                       int64_t end)
{
    struct weir_view_partition *one = weir_view_add(&view, weir_cli_copy(topic), number);

    one->committed = committed;
    one->end = end;
    return one;
}

static void add_member(const char *id)
{
    struct weir_view_member *member = weir_view_join(&view, id);

    member->client = weir_cli_copy("client");
    member->host = weir_cli_copy("/host");
}

START_TEST(every_partition_is_found)
{
    static const char *const topics[] = {"b", "a", "ab"};

    for (int32_t number = 20; number-- > 0;) {
        for (size_t i = 0; i < 3; i++) {
            (void)add(topics[i], number, number, number);
        }
    }
    weir_view_sort(&view);
    for (int32_t number = 0; number < 20; number++) {
        for (size_t i = 0; i < 3; i++) {
            const struct weir_view_partition *one = weir_view_find(&view, topics[i], number);
            ck_assert_ptr_nonnull(one);
            ck_assert(strcmp(one->topic, topics[i]) == 0 && one->partition == number);
        }
    }
    ck_assert_ptr_null(weir_view_find(&view, "a", 20));
    ck_assert_ptr_null(weir_view_find(&view, "c", 0));
    ck_assert_ptr_null(weir_view_find(&view, "aa", 0));
}
END_TEST

START_TEST(a_lag_is_known_or_unknown)
{
    ck_assert_int_eq(weir_view_lag(add("t", 0, 10, 30)), 20);
    ck_assert_int_eq(weir_view_lag(add("t", 1, 30, 30)), 0);
    ck_assert_int_eq(weir_view_lag(add("t", 2, WEIR_VIEW_UNKNOWN, 30)), WEIR_VIEW_UNKNOWN);
    ck_assert_int_eq(weir_view_lag(add("t", 3, 10, WEIR_VIEW_UNKNOWN)), WEIR_VIEW_UNKNOWN);
    ck_assert_int_eq(weir_view_lag(add("t", 4, 40, 30)), WEIR_VIEW_UNKNOWN);
    struct weir_view_total total;
    weir_view_total(&view, &total);
    ck_assert_int_eq(total.lag, 20);
    ck_assert_uint_eq(total.partitions, 5);
    ck_assert_uint_eq(total.unknown, 3);
}
END_TEST

START_TEST(totals_are_of_one_topic_each)
{
    struct weir_view_total total;

    (void)add("a", 0, 1, 2);
    (void)add("a", 1, 1, 4);
    (void)add("b", 0, WEIR_VIEW_UNKNOWN, 4);
    size_t next = weir_view_topic_total(&view, 0, &total);
    ck_assert(next == 2 && total.lag == 4 && total.unknown == 0);
    next = weir_view_topic_total(&view, next, &total);
    ck_assert(next == 3 && strcmp(total.topic, "b") == 0 && total.lag == 0 && total.unknown == 1);
}
END_TEST

START_TEST(what_is_neither_committed_nor_owned_is_dropped)
{
    add("t", 0, WEIR_VIEW_UNKNOWN, 5)->none = true;
    (void)add("t", 1, 3, 5);
    (void)add("t", 2, WEIR_VIEW_UNKNOWN, 5); /* it could not be learnt */
    struct weir_view_partition *owned = add("t", 3, WEIR_VIEW_UNKNOWN, 5);
    owned->none = true;
    owned->owner = 0;
    weir_view_keep_used(&view);
    ck_assert_uint_eq(view.partition_count, 3);
    ck_assert_int_eq(view.partitions[0].partition, 1);
    ck_assert_int_eq(view.partitions[2].partition, 3);
}
END_TEST

START_TEST(a_group_is_there_if_it_lives_or_has_committed)
{
    ck_assert(!weir_view_members_known(&view)); /* nobody was asked */
    view.state = weir_cli_copy("Dead");
    ck_assert(!weir_view_exists(&view));
    ck_assert(weir_view_is_idle(&view));
    add("t", 0, WEIR_VIEW_UNKNOWN, 5)->none = true;
    ck_assert(!weir_view_exists(&view));
    (void)add("t", 1, 3, 5);
    ck_assert(weir_view_exists(&view));
    free(view.state);
    view.state = weir_cli_copy("Stable");
    ck_assert(!weir_view_is_idle(&view));
    ck_assert(!weir_view_members_known(&view));
    add_member("m");
    ck_assert(weir_view_members_known(&view) && !weir_view_is_idle(&view));
}
END_TEST

START_TEST(a_member_is_known_by_the_name_it_keeps)
{
    add_member("a");
    add_member("b");
    view.members[1].instance = weir_cli_copy("static-b");
    view.meeting = WEIR_VIEW_ZOOKEEPER;
    ck_assert(weir_view_has_member(&view, "a") && weir_view_has_member(&view, "b"));
    ck_assert(!weir_view_has_member(&view, "c") && !weir_view_has_member(&view, "static-b"));
    view.members[0].trouble = weir_cli_copy("it is not of a weir");
    ck_assert(!weir_view_has_member(&view, "a"));
    view.meeting = WEIR_VIEW_KAFKA;
    ck_assert(weir_view_has_member(&view, "static-b") && !weir_view_has_member(&view, "b"));
}
END_TEST

/* What is printed, in a string that the caller frees. */
static char *print(void (*what)(FILE *out))
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    ck_assert_ptr_nonnull(out);
    what(out);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

static void print_lag(FILE *out)
{
    weir_print_lag(out, &view, true);
}

static void print_status(FILE *out)
{
    weir_print_status(out, "g", &view);
}

static void print_offsets(FILE *out)
{
    weir_print_offsets(out, &view);
}

static void print_json(FILE *out)
{
    weir_print_view_json(out, "g", &view);
}

/* One that is well, one where nothing is committed, one of which nothing is known. */
static void fill(void)
{
    struct weir_view_partition *one = add("orders", 0, 90, 100);

    one->begin = 0;
    one->age_ms = 65000;
    one->owner = 0;
    one->metadata = weir_cli_copy("tab\there");
    one = add("orders", 1, WEIR_VIEW_UNKNOWN, 100);
    one->begin = 0;
    one->none = true;
    add("orders", 2, WEIR_VIEW_UNKNOWN, WEIR_VIEW_UNKNOWN)->trouble = weir_cli_copy("No leader");
    view.state = weir_cli_copy("Stable");
    add_member("m-1");
}

START_TEST(tables_say_what_is_not_known)
{
    fill();
    char *lag = print(print_lag);
    char *offsets = print(print_offsets);
    char *status = print(print_status);

    ck_assert_str_eq(lag, "TOPIC   PARTITION  COMMITTED      END      LAG        AGE  NOTE\n"
                          "orders          0         90      100       10  1 min 5 s\n"
                          "orders          1       none      100  unknown    unknown\n"
                          "orders          2    unknown  unknown  unknown    unknown  No leader\n"
                          "\n"
                          "TOPIC   PARTITIONS  LAG  UNKNOWN\n"
                          "orders           3   10        2\n");
    ck_assert_str_eq(offsets,
                     "TOPIC   PARTITION  COMMITTED    BEGIN      END      LAG  METADATA   NOTE\n"
                     "orders          0         90        0      100       10  tab\\there\n"
                     "orders          1       none        0      100  unknown\n"
                     "orders          2    unknown  unknown  unknown  unknown             No "
                     "leader\n");
    ck_assert_str_eq(status, "group g: Stable, members 1\n"
                             "\n"
                             "#  CLIENT  HOST   INSTANCE  PARTITIONS  MEMBER\n"
                             "1  client  /host  -                  1  m-1\n"
                             "\n"
                             "TOPIC   PARTITION       #  COMMITTED      END      LAG  NOTE\n"
                             "orders          0       1         90      100       10\n"
                             "orders          1  nobody       none      100  unknown\n"
                             "orders          2  nobody    unknown  unknown  unknown  No leader\n");
    free(lag);
    free(offsets);
    free(status);
}
END_TEST

START_TEST(json_says_null_for_what_is_not_known)
{
    fill();
    view.time_ms = 7;
    char *json = print(print_json);

    ck_assert_str_eq(
        json,
        "{\"group\":\"g\",\"time_ms\":7,\"coordination\":\"kafka\",\"state\":\"Stable\","
        "\"reason\":null,\"assignor\":null,\"coordinator\":null,"
        "\"members\":[{\"id\":\"m-1\",\"client_id\":\"client\",\"host\":\"/host\","
        "\"instance_id\":null,\"strategy\":null,\"capacity\":null,\"rack\":null,\"color\":null,"
        "\"shadow\":false,\"trouble\":null}],\"lag\":10,\"unknown\":2,"
        "\"topics\":[{\"topic\":\"orders\",\"partitions\":3,\"lag\":10,\"unknown\":2}],"
        "\"partitions\":["
        "{\"topic\":\"orders\",\"partition\":0,\"committed\":90,\"begin\":0,\"end\":100,\"lag\":10,"
        "\"age_ms\":65000,\"owner\":\"m-1\",\"holder\":null,\"allotted\":null,\"metadata\":"
        "\"tab\\there\",\"trouble\":null},"
        "{\"topic\":\"orders\",\"partition\":1,\"committed\":null,\"begin\":0,\"end\":100,"
        "\"lag\":null,\"age_ms\":null,\"owner\":null,\"holder\":null,\"allotted\":null,"
        "\"metadata\":null,\"trouble\":null},"
        "{\"topic\":\"orders\",\"partition\":2,\"committed\":null,\"begin\":null,\"end\":null,"
        "\"lag\":null,\"age_ms\":null,\"owner\":null,\"holder\":null,\"allotted\":null,"
        "\"metadata\":null,"
        "\"trouble\":\"No leader\"}]}\n");
    free(json);
}
END_TEST

/* Two members of weir's and a stranger, of whom one has what another one is to have. */
static void fill_zookeeper(void)
{
    struct weir_view_member *member = weir_view_join(&view, "blue-1");

    view.meeting = WEIR_VIEW_ZOOKEEPER;
    view.state = weir_cli_copy("Rebalancing");
    view.assignor = weir_cli_copy("sticky");
    view.coordinator = weir_cli_copy("zk1:2181/kafka");
    member->strategy = weir_cli_copy("sticky");
    member->color = weir_cli_copy("blue");
    member->capacity = 2;
    member = weir_view_join(&view, "go");
    member->trouble = weir_cli_copy("it is not of a weir");
    struct weir_view_partition *one = add("orders", 0, 90, 100);
    one->owner = 1;
    one->allotted = 0;
    add("orders", 1, 90, 100)->holder = weir_cli_copy("gone-0");
    one = add("orders", 2, WEIR_VIEW_UNKNOWN, WEIR_VIEW_UNKNOWN);
    one->trouble = weir_cli_copy("No leader");
    one->allotted = 0;
}

START_TEST(a_group_in_zookeeper_shows_who_is_to_have_what)
{
    fill_zookeeper();
    view.reason = weir_cli_copy("why");
    char *status = print(print_status);
    char *json = print(print_json);

    ck_assert_str_eq(
        status,
        "group g: Rebalancing, strategy sticky, ZooKeeper zk1:2181/kafka, members 2\n"
        "Rebalancing: why\n"
        "\n"
        "#  MEMBER  STRATEGY  CAPACITY  RACK  COLOR  PARTITIONS  NOTE\n"
        "1  blue-1  sticky           2  -     blue            0\n"
        "2  go      -                -  -     -               1  no member: it is not of a weir\n"
        "\n"
        "TOPIC   PARTITION         #  COMMITTED      END      LAG  NOTE\n"
        "orders          0         2         90      100       10  to go to blue-1\n"
        "orders          1  stranger         90      100       10  owned by gone-0, who is no "
        "member\n"
        "orders          2    nobody    unknown  unknown  unknown  No leader; to go to blue-1\n");
    ck_assert_ptr_nonnull(strstr(json, "\"coordination\":\"zookeeper\",\"state\":\"Rebalancing\","
                                       "\"reason\":\"why\",\"assignor\":\"sticky\","
                                       "\"coordinator\":{\"id\":null,"
                                       "\"address\":\"zk1:2181/kafka\"}"));
    ck_assert_ptr_nonnull(strstr(json, "\"strategy\":\"sticky\",\"capacity\":2,\"rack\":null,"
                                       "\"color\":\"blue\",\"shadow\":false,\"trouble\":null"));
    ck_assert_ptr_nonnull(strstr(json, "\"owner\":\"go\",\"holder\":null,\"allotted\":\"blue-1\""));
    ck_assert_ptr_nonnull(strstr(json, "\"owner\":null,\"holder\":\"gone-0\",\"allotted\":null"));
    free(status);
    free(json);
}
END_TEST

START_TEST(members_of_a_newer_protocol_are_unknown)
{
    (void)add("t", 0, 1, 1);
    view.state = weir_cli_copy("Stable");
    char *status = print(print_status);
    char *json = print(print_json);

    ck_assert_ptr_nonnull(strstr(status, "members unknown: they speak a newer protocol"));
    ck_assert_ptr_nonnull(strstr(status, "0  unknown"));
    ck_assert_ptr_nonnull(strstr(json, "\"members\":null"));
    free(status);
    free(json);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("group_view");

    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_test(tcase, every_partition_is_found);
    tcase_add_test(tcase, a_lag_is_known_or_unknown);
    tcase_add_test(tcase, totals_are_of_one_topic_each);
    tcase_add_test(tcase, what_is_neither_committed_nor_owned_is_dropped);
    tcase_add_test(tcase, a_group_is_there_if_it_lives_or_has_committed);
    tcase_add_test(tcase, a_member_is_known_by_the_name_it_keeps);
    tcase_add_test(tcase, tables_say_what_is_not_known);
    tcase_add_test(tcase, json_says_null_for_what_is_not_known);
    tcase_add_test(tcase, a_group_in_zookeeper_shows_who_is_to_have_what);
    tcase_add_test(tcase, members_of_a_newer_protocol_are_unknown);
    return runner_run("group_view", tcase);
}
