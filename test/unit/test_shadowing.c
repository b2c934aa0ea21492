#include "framework/shadowing.h"

#include "framework/base/memory.h"
#include "test/support/runner.h"
#include <string.h>

enum { PARTITIONS = 8, TEXT_SIZE = 64 };

static struct weir_shadowing shadowing;

static void set_up(void)
{
    shadowing = (struct weir_shadowing){.all = NULL};
}

static void tear_down(void)
{
    weir_shadowing_fini(&shadowing);
}

/* A word: a letter for each partition of a topic that it names, "ab" being 0 and 1. */
static size_t list(const char *word, struct weir_position *positions)
{
    size_t count = strlen(word);

    for (size_t i = 0; i < count; i++) {
        positions[i] = (struct weir_position){.topic = "t", .partition = word[i] - 'a'};
    }
    return count;
}

static const char *word_of(const struct weir_position *positions, size_t count)
{
    static char word[TEXT_SIZE];

    for (size_t i = 0; i < count; i++) {
        word[i] = (char)('a' + positions[i].partition);
    }
    word[count] = '\0';
    return word;
}

static void expect(bool takes, const char *wanted, const char *announced)
{
    struct weir_position positions[PARTITIONS];
    struct weir_position *out = NULL;
    size_t wanted_count = list(wanted, positions);
    size_t count = 0;

    enum weir_status status =
        takes ? weir_shadowing_take(&shadowing, positions, wanted_count, &out, &count)
              : weir_shadowing_give(&shadowing, positions, wanted_count, &out, &count);
    ck_assert_int_eq(status, WEIR_OK);
    ck_assert_str_eq(word_of(out, count), announced);
    ck_assert((out == NULL) == (count == 0));
    weir_free(out);
}

static void give(const char *word)
{
    struct weir_position positions[PARTITIONS];

    weir_shadowing_given(&shadowing, positions, list(word, positions));
}

START_TEST(what_is_new_is_taken_and_what_is_not_wanted_given_up)
{
    expect(false, "abc", "");
    expect(true, "abc", "abc");
    weir_shadowing_taken(&shadowing, false);
    expect(true, "abc", "");
    expect(false, "abc", "");
    expect(false, "bd", "ac");
    give("ac");
    expect(true, "bd", "d");
    weir_shadowing_taken(&shadowing, false);
    ck_assert_uint_eq(shadowing.count, 2);
    expect(false, "", "bd");
    give("bd");
    ck_assert(!weir_shadowing_any(&shadowing));
}
END_TEST

START_TEST(nothing_is_announced_before_the_answer)
{
    expect(true, "ab", "ab");
    expect(true, "abc", "");
    expect(false, "", "");
    weir_shadowing_taken(&shadowing, false);
    expect(false, "", "ab");
    expect(true, "abc", "");
}
END_TEST

START_TEST(what_is_declined_is_not_there)
{
    expect(true, "b", "b");
    weir_shadowing_taken(&shadowing, false);
    expect(true, "abc", "ac");
    weir_shadowing_taken(&shadowing, true);
    ck_assert_uint_eq(shadowing.count, 1);
    expect(false, "", "b");
}
END_TEST

/* Each when it is finished; what was not given up counts for nothing. */
START_TEST(what_is_given_up_may_be_answered_one_by_one)
{
    expect(true, "abc", "abc");
    weir_shadowing_taken(&shadowing, false);
    expect(false, "c", "ab");
    give("b");
    give("bch");
    expect(false, "", "");
    ck_assert(weir_shadowing_any(&shadowing));
    give("a");
    expect(false, "", "c");
    give("c");
    ck_assert(!weir_shadowing_any(&shadowing));
    expect(true, "a", "a");
}
END_TEST

START_TEST(partitions_of_several_topics_stay_apart)
{
    const struct weir_position wanted[] = {{.topic = "a", .partition = 1},
                                           {.topic = "b", .partition = 0},
                                           {.topic = "b", .partition = 1}};
    struct weir_position *out = NULL;
    size_t count = 0;

    ck_assert_int_eq(weir_shadowing_take(&shadowing, wanted, 3, &out, &count), WEIR_OK);
    ck_assert_uint_eq(count, 3);
    weir_free(out);
    weir_shadowing_taken(&shadowing, false);
    ck_assert_int_eq(weir_shadowing_give(&shadowing, &wanted[1], 1, &out, &count), WEIR_OK);
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(out[0].topic, "a");
    ck_assert_str_eq(out[1].topic, "b");
    ck_assert_int_eq(out[1].partition, 1);
    weir_free(out);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("shadowing");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, what_is_new_is_taken_and_what_is_not_wanted_given_up);
    tcase_add_test(tcase, nothing_is_announced_before_the_answer);
    tcase_add_test(tcase, what_is_declined_is_not_there);
    tcase_add_test(tcase, what_is_given_up_may_be_answered_one_by_one);
    tcase_add_test(tcase, partitions_of_several_topics_stay_apart);
    return runner_run("shadowing", tcase);
}
