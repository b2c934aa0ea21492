#include "framework/greeted.h"

#include "test/support/runner.h"

static struct weir_position chosen[WEIR_GREETED_MAX];
static size_t count;

static void choose(const struct weir_catalog *catalog, const struct weir_static *list)
{
    count = weir_greeted_choose(catalog, list, chosen);
}

static void expect(size_t place, const char *topic, int32_t partition)
{
    ck_assert_uint_lt(place, count);
    ck_assert_str_eq(chosen[place].topic, topic);
    ck_assert_int_eq(chosen[place].partition, partition);
    ck_assert_int_eq(chosen[place].offset, WEIR_OFFSET_NONE);
}

START_TEST(topics_take_turns)
{
    struct weir_strategy_topic topics[] = {{.name = "many", .partitions = 1000},
                                           {.name = "none", .partitions = 0},
                                           {.name = "two", .partitions = 2}};
    const struct weir_catalog catalog = {.topics = topics, .count = 3};

    choose(&catalog, &(struct weir_static){.count = 0});
    ck_assert_uint_eq(count, WEIR_GREETED_MAX);
    expect(0, "many", 0);
    expect(1, "two", 0);
    expect(2, "many", 1);
    expect(3, "two", 1);
    expect(4, "many", 2);
    expect(WEIR_GREETED_MAX - 1, "many", WEIR_GREETED_MAX - 3);
}
END_TEST

START_TEST(more_topics_than_are_asked_about_are_cut_short)
{
    struct weir_strategy_topic topics[WEIR_GREETED_MAX + 1];
    const struct weir_catalog catalog = {.topics = topics, .count = WEIR_GREETED_MAX + 1};

    for (size_t i = 0; i < catalog.count; i++) {
        topics[i] = (struct weir_strategy_topic){.name = "one of many", .partitions = 2};
    }
    choose(&catalog, &(struct weir_static){.count = 0});
    ck_assert_uint_eq(count, WEIR_GREETED_MAX);
    expect(WEIR_GREETED_MAX - 1, "one of many", 0);
}
END_TEST

START_TEST(a_list_is_asked_about_as_it_is)
{
    struct weir_static_partition partitions[] = {{.topic = "orders", .partition = 7},
                                                 {.topic = "returns", .partition = 3}};

    choose(&(struct weir_catalog){.count = 0},
           &(struct weir_static){.partitions = partitions, .count = 2});
    ck_assert_uint_eq(count, 2);
    expect(0, "orders", 7);
    expect(1, "returns", 3);
}
END_TEST

START_TEST(who_wants_nothing_asks_nothing)
{
    choose(&(struct weir_catalog){.count = 0}, &(struct weir_static){.count = 0});
    ck_assert_uint_eq(count, 0);
}
END_TEST

int main(void)
{
    TCase *greeted = tcase_create("greeted");

    tcase_add_test(greeted, topics_take_turns);
    tcase_add_test(greeted, more_topics_than_are_asked_about_are_cut_short);
    tcase_add_test(greeted, a_list_is_asked_about_as_it_is);
    tcase_add_test(greeted, who_wants_nothing_asks_nothing);
    return runner_run("greeted", greeted);
}
