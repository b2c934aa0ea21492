#include "framework/catalog.h"

#include "framework/base/memory.h"
#include "test/support/runner.h"
#include "test/support/text.h"
#include <stdlib.h>
#include <string.h>

enum { ANSWERS_MAX = 6, FACTS_MAX = 8 };

/* Answers of a cluster, one after another, and the catalog and the changes after each. A topic is
 * written as NAME:PARTITIONS, NAME:? when it exists and nobody says more, NAME:- when it does not.
 */
static const struct {
    const char *answers[ANSWERS_MAX];
    const char *catalogs[ANSWERS_MAX];
    const char *changes[ANSWERS_MAX];
} stories[] = {
    {{"", ""}, {"", ""}, {"", ""}},
    {{"b:2 a:1", "a:1 b:2"}, {"a:1@0 b:2@1", "a:1@0 b:2@1"}, {"+a +b", ""}},
    {{"a:1", "a:1 c:1", "c:1 b:3 a:1"},
     {"a:1@0", "a:1@0 c:1@1", "a:1@0 b:3@1 c:1@4"},
     {"+a", "+c", "+b"}},
    /* growth is believed at once */
    {{"a:1 b:1", "a:4 b:1"}, {"a:1@0 b:1@1", "a:4@0 b:1@4"}, {"+a +b", "a>4(1)"}},
    /* absence is believed the second time in turn, and only then */
    {{"a:1 b:1", "b:1", "b:1"}, {"a:1@0 b:1@1", "a:1@0? b:1@1", "b:1@0"}, {"+a +b", "", "-a"}},
    {{"a:1", "", "a:1", "", ""},
     {"a:1@0", "a:1@0?", "a:1@0", "a:1@0?", ""},
     {"+a", "", "", "", "-a"}},
    {{"a:1", "a:-", "a:-"}, {"a:1@0", "a:1@0?", ""}, {"+a", "", "-a"}},
    {{"a:1", "a:2", "", "a:1", "a:1"},
     {"a:1@0", "a:2@0", "a:2@0?", "a:1@0", "a:1@0"},
     {"+a", "a>2(1)", "", "a<1(2)", ""}},
    /* so are fewer partitions: a broker may be behind */
    {{"a:4", "a:2", "a:4"}, {"a:4@0", "a:4@0?", "a:4@0"}, {"+a", "", ""}},
    {{"a:4", "a:2", "a:2"}, {"a:4@0", "a:4@0?", "a:2@0"}, {"+a", "", "a<2(4)"}},
    {{"a:4", "", "", "a:4"}, {"a:4@0", "a:4@0?", "", "a:4@0"}, {"+a", "", "-a", "+a"}},
    /* what nobody speaks of stays, what was never known does not come by it */
    {{"a:4", "a:?", "a:?", "a:?"}, {"a:4@0", "a:4@0", "a:4@0", "a:4@0"}, {"+a", "", "", ""}},
    {{"a:4", "", "a:?", ""}, {"a:4@0", "a:4@0?", "a:4@0?", ""}, {"+a", "", "", "-a"}},
    {{"a:? b:-", "a:1 b:1"}, {"", "a:1@0 b:1@1"}, {"", "+a +b"}},
    {{"a:0", "a:1"}, {"", "a:1@0"}, {"", "+a"}}, /* being made */
    {{"a:1 a:1"}, {"a:1@0"}, {"+a"}},
};

/* The text is cut up; the facts point into it. */
static size_t read_facts(char *text, struct weir_topic_facts *facts)
{
    size_t count = 0;
    char *rest = NULL;

    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        char *colon = strchr(word, ':');
        ck_assert_ptr_nonnull(colon);
        ck_assert_uint_lt(count, FACTS_MAX);
        *colon = '\0';
        facts[count++] =
            (struct weir_topic_facts){.topic = word,
                                      .partitions = (uint32_t)strtoul(colon + 1, NULL, 10),
                                      .status = colon[1] == '?'   ? WEIR_ERR_DENIED
                                                : colon[1] == '-' ? WEIR_ERR_NOT_FOUND
                                                                  : WEIR_OK};
    }
    return count;
}

static void write_change(enum weir_catalog_change change, const struct weir_strategy_topic *topic,
                         uint32_t partitions, void *user)
{
    struct text *text = user;
    const char *blank = text->bytes[0] == '\0' ? "" : " ";

    if (change == WEIR_CATALOG_CAME || change == WEIR_CATALOG_GONE) {
        text_add(text, "%s%c%s", blank, change == WEIR_CATALOG_CAME ? '+' : '-', topic->name);
    } else {
        text_add(text, "%s%s%c%u(%u)", blank, topic->name, change == WEIR_CATALOG_GREW ? '>' : '<',
                 (unsigned)topic->partitions, (unsigned)partitions);
    }
}

static void expect_catalog(const struct weir_catalog *catalog, const char *expected)
{
    struct text text = {0};
    size_t doubts = 0;

    text_add(&text, "%s", "");
    for (size_t i = 0; i < catalog->count; i++) {
        const struct weir_strategy_topic *topic = &catalog->topics[i];
        text_add(&text, "%s%s:%u@%u%s", i == 0 ? "" : " ", topic->name, (unsigned)topic->partitions,
                 (unsigned)topic->first, catalog->doubts[i] ? "?" : "");
        doubts += catalog->doubts[i] ? 1 : 0;
        ck_assert_ptr_eq(weir_catalog_find(catalog, topic->name), topic);
    }
    ck_assert_str_eq(text.bytes, expected);
    ck_assert_uint_eq(doubts, catalog->doubt_count);
    ck_assert_ptr_null(weir_catalog_find(catalog, "nothing"));
    text_fini(&text);
}

START_TEST(a_catalog_follows_what_the_cluster_says)
{
    struct weir_catalog catalog = {0};

    for (size_t i = 0; i < ANSWERS_MAX && stories[_i].answers[i] != NULL; i++) {
        struct weir_topic_facts facts[FACTS_MAX];
        struct weir_catalog next = {0};
        struct text changes = {0};
        char *answer = strdup(stories[_i].answers[i]);
        size_t count = read_facts(answer, facts);
        text_add(&changes, "%s", "");
        ck_assert_int_eq(weir_catalog_follow(&catalog, facts, count, &next), WEIR_OK);
        free(answer); /* and nothing of it is used any more */
        size_t told = weir_catalog_compare(&catalog, &next, write_change, &changes);
        ck_assert_uint_eq(told, weir_catalog_compare(&catalog, &next, NULL, NULL));
        ck_assert_int_eq(told == 0, changes.bytes[0] == '\0');
        ck_assert_str_eq(changes.bytes, stories[_i].changes[i]);
        expect_catalog(&next, stories[_i].catalogs[i]);
        text_fini(&changes);
        weir_catalog_fini(&catalog);
        catalog = next;
    }
    weir_catalog_fini(&catalog);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    struct weir_topic_facts facts[] = {{.topic = "b", .partitions = 2},
                                       {.topic = "a", .partitions = 1}};
    struct weir_catalog before = {0};
    enum weir_status status = WEIR_ERR_NOMEM;
    uint64_t nth = 0;

    ck_assert_int_eq(weir_catalog_follow(&(struct weir_catalog){0}, facts, 1, &before), WEIR_OK);
    while (status == WEIR_ERR_NOMEM) {
        struct weir_catalog next = {0};
        weir_memory_fail_nth(++nth);
        status = weir_catalog_follow(&before, facts, 2, &next);
        weir_memory_fail_nth(0);
        ck_assert_uint_eq(next.count, status == WEIR_OK ? 2 : 0);
        weir_catalog_fini(&next);
    }
    ck_assert_int_eq(status, WEIR_OK);
    ck_assert_uint_gt(nth, 3);
    weir_catalog_fini(&before);
}
END_TEST

START_TEST(a_listing_grows_and_may_run_out_of_memory)
{
    struct weir_listing listing = {.all = true};
    const struct weir_topic_facts facts = {.topic = "orders", .partitions = 3};
    uint64_t failures = 0;

    for (uint64_t i = 0; i < 300; i++) {
        weir_memory_fail_nth(i % 3 + 1);
        bool added = weir_listing_add(&listing, &facts);
        weir_memory_fail_nth(0);
        failures += added ? 0 : 1;
        ck_assert_uint_eq(listing.count, i + 1 - failures);
    }
    ck_assert_uint_gt(failures, 2);
    for (size_t i = 0; i < listing.count; i++) {
        ck_assert_str_eq(listing.topics[i].topic, "orders");
        ck_assert_uint_eq(listing.topics[i].partitions, 3);
    }
    weir_listing_clear(&listing);
    ck_assert_uint_eq(listing.count, 0);
    ck_assert(listing.all);
    weir_listing_clear(&listing);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("catalog");

    tcase_add_loop_test(tcase, a_catalog_follows_what_the_cluster_says, 0,
                        sizeof stories / sizeof stories[0]);
    tcase_add_test(tcase, every_allocation_may_fail);
    tcase_add_test(tcase, a_listing_grows_and_may_run_out_of_memory);
    return runner_run("catalog", tcase);
}
