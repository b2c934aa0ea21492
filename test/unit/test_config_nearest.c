#include "framework/config_nearest.h"

#include "test/support/config_fixture.h"
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *one;
    const char *other;
    size_t distance;
} pairs[] = {
    {"", "", 0},
    {"", "abc", 3},
    {"abc", "abc", 0},
    {"abc", "abd", 1},
    {"abc", "ab", 1},
    {"abc", "bc", 1},
    {"abc", "acb", 1}, /* neighbours swapped */
    {"ca", "abc", 3},  /* no further edit within a swap */
    {"kitten", "sitting", 3},
    {"Batch_Size", "batch.size", 0},
    {"batch-size", "batch.size", 0},
    {"abcdefgh", "stuvwxyz", 6}, /* cut off at the limit + 1 */
};

START_TEST(a_distance_counts_edits_both_ways)
{
    ck_assert_uint_eq(weir_edit_distance(pairs[_i].one, pairs[_i].other, 5), pairs[_i].distance);
    ck_assert_uint_eq(weir_edit_distance(pairs[_i].other, pairs[_i].one, 5), pairs[_i].distance);
}
END_TEST

START_TEST(a_limit_cuts_off_without_changing_what_is_within)
{
    static const char *const words[] = {"weir.topics",          "weir.topic", "wier.topics",
                                        "weir.order",           "group.id",   "",
                                        "weir.retry.backoff.ms"};
    const size_t count = sizeof words / sizeof words[0];

    for (size_t i = 0; i < count * count; i++) {
        const char *one = words[i / count];
        const char *other = words[i % count];
        size_t whole = weir_edit_distance(one, other, 100);
        for (size_t limit = 0; limit < 12; limit++) {
            size_t expected = whole <= limit ? whole : limit + 1;
            ck_assert_uint_eq(weir_edit_distance(one, other, limit), expected);
        }
    }
}
END_TEST

START_TEST(a_very_long_word_is_far_from_everything)
{
    char word[300];

    memset(word, 'a', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    ck_assert_uint_eq(weir_edit_distance(word, word, 5), 6);
    ck_assert_uint_eq(weir_edit_distance("a", word, 5), 6);
}
END_TEST

static const struct {
    const char *wanted;
    const char *best; /* "" for none */
} searches[] = {
    {"weir.topic", "weir.topics"},
    {"weir.batchsize", "weir.batch.size"},
    {"WEIR.BATCH_SIZE", "weir.batch.size"},
    {"batch.size", "weir.batch.size"}, /* by its alias */
    {"wier.order", "weir.order"},
    {"something.else", ""},
    {"abc", ""},
    {"", ""},
};

START_TEST(the_nearest_wins_if_it_is_near)
{
    struct weir_nearest nearest;
    struct weir_error error = {.code = WEIR_OK};

    weir_nearest_init(&nearest, searches[_i].wanted);
    weir_nearest_offer(&nearest, "weir.topics");
    weir_nearest_offer(&nearest, "weir.batch.bytes");
    weir_nearest_offer(&nearest, "weir.batch.size");
    weir_nearest_offer_alias(&nearest, "batch.size", "weir.batch.size");
    weir_nearest_offer(&nearest, "weir.order");
    ck_assert_str_eq(nearest.best, searches[_i].best);
    ck_assert_int_eq(weir_nearest_error(&nearest, WEIR_ERR_NOT_FOUND, &error), WEIR_ERR_NOT_FOUND);
    assert_contains(error.text, searches[_i].best);
    ck_assert_int_eq(strstr(error.text, "did you mean") != NULL, *searches[_i].best != '\0');
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("nearest");

    tcase_add_loop_test(tcase, a_distance_counts_edits_both_ways, 0,
                        sizeof pairs / sizeof pairs[0]);
    tcase_add_test(tcase, a_limit_cuts_off_without_changing_what_is_within);
    tcase_add_test(tcase, a_very_long_word_is_far_from_everything);
    tcase_add_loop_test(tcase, the_nearest_wins_if_it_is_near, 0,
                        sizeof searches / sizeof searches[0]);
    return run_case(tcase, "config_nearest");
}
