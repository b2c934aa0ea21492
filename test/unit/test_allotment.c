#include "framework/allotment.h"

#include "framework/base/memory.h"
#include "test/support/json_memory.h"
#include "test/support/runner.h"
#include <string.h>

enum { PARTITIONS = 4 };

static uint32_t topics_of_all[] = {0};
static struct weir_strategy_member members[4];
static const struct weir_strategy_topic topic = {.name = "orders", .partitions = PARTITIONS};
static struct weir_strategy_view view;
static struct weir_allotment last;
static uint32_t owned[PARTITIONS];

/* "abc": three members with these names. */
static void see(const char *names)
{
    static char ids[4][2];

    view = (struct weir_strategy_view){.members = members,
                                       .member_count = strlen(names),
                                       .member_size = sizeof members[0],
                                       .topics = &topic,
                                       .topic_count = 1,
                                       .topic_size = sizeof topic,
                                       .owned = owned,
                                       .partition_count = PARTITIONS};
    for (size_t i = 0; i < view.member_count; i++) {
        ids[i][0] = names[i];
        members[i] = (struct weir_strategy_member){
            .id = ids[i], .topics = topics_of_all, .topic_count = 1, .capacity = 1};
    }
    ck_assert_int_eq(weir_allotment_owned(&last, &view, owned), WEIR_OK);
}

/* "abca", one letter for each partition: who had it. A dot is nobody. */
static void expect_owned(const char *letters)
{
    for (size_t i = 0; i < PARTITIONS; i++) {
        int is = owned[i] == WEIR_STRATEGY_NOBODY ? '.' : members[owned[i]].id[0];
        ck_assert_msg(is == letters[i], "partition %zu: %c, not %c", i, is, letters[i]);
    }
}

/* Now these have them. It goes through its text. */
static void divide(const char *letters)
{
    uint32_t owners[PARTITIONS];
    struct weir_allotment next = {0};
    char *text = NULL;

    for (size_t i = 0; i < PARTITIONS; i++) {
        owners[i] = WEIR_STRATEGY_NOBODY;
        for (uint32_t m = 0; m < view.member_count; m++) {
            owners[i] = members[m].id[0] == letters[i] ? m : owners[i];
        }
    }
    ck_assert_int_eq(weir_allotment_create(&last, &view, owners, &next), WEIR_OK);
    next.view = UINT64_C(0xfedcba9876543210);
    ck_assert_int_eq(weir_allotment_write(&next, &text), WEIR_OK);
    weir_allotment_fini(&next);
    weir_allotment_fini(&last);
    ck_assert_int_eq(weir_allotment_read(text, strlen(text), &last, NULL), WEIR_OK);
    ck_assert(last.view == UINT64_C(0xfedcba9876543210));
    weir_free(text);
}

static void tear_down(void)
{
    weir_allotment_fini(&last);
}

START_TEST(at_first_nobody_had_anything)
{
    see("ab");
    expect_owned("....");
}
END_TEST

START_TEST(who_has_something_had_it)
{
    see("ab");
    divide("aabb");
    see("ab");
    expect_owned("aabb");
}
END_TEST

START_TEST(what_a_member_had_that_went_is_with_who_took_it)
{
    see("abc");
    divide("aabc");
    see("ab");
    expect_owned("aab.");
    divide("aabb");
    see("ab");
    expect_owned("aabb");
}
END_TEST

START_TEST(a_member_that_comes_back_had_what_it_had)
{
    see("abc");
    divide("aabc");
    see("ab");
    divide("aabb");
    see("abc");
    expect_owned("aabc");
}
END_TEST

START_TEST(under_another_name_too)
{
    see("abc");
    divide("aabc");
    see("ab");
    divide("aabb");
    see("abd");
    expect_owned("aab.");
}
END_TEST

START_TEST(that_another_one_goes_moves_nothing_else)
{
    see("abcd");
    divide("abcd");
    see("abc");
    divide("abca");
    see("ab");
    expect_owned("ab.a");
    divide("abba");
    see("abcd"); /* both return */
    expect_owned("abcd");
}
END_TEST

START_TEST(somebody_new_ends_the_waiting)
{
    see("abc");
    divide("aabc");
    see("ab");
    divide("aabb");
    see("abd");
    divide("aabd");
    see("abcd");
    expect_owned("aabd");
}
END_TEST

static enum weir_status write_last(char **out)
{
    return weir_allotment_write(&last, out);
}

START_TEST(without_memory_it_is_not_written)
{
    char *text = NULL;

    see("abc");
    divide("aabc");
    see("ab");
    divide("aabb"); /* with homes, and one who is away */
    ck_assert_int_eq(write_last(&text), WEIR_OK);
    ck_assert_ptr_nonnull(strstr(text, "homes"));
    weir_free(text);
    json_memory_sweep(write_last);
}
END_TEST

static const char *const damaged[] = {
    "",
    "{}",
    "[]",
    "{\"version\":1,\"view\":\"x\",\"members\":[],\"away\":[],\"topics\":{}}",
    "{\"version\":1,\"view\":\"0123456789abcdef\",\"members\":[1],\"away\":[],\"topics\":{}}",
    "{\"version\":1,\"view\":\"0123456789abcdef\",\"members\":[\"a\"],\"away\":[],\"topics\":{"
    "\"t\":{\"owners\":[1]}}}",
    "{\"version\":1,\"view\":\"0123456789abcdef\",\"members\":[\"a\"],\"away\":[],\"topics\":{"
    "\"t\":{\"owners\":[-2]}}}",
    "{\"version\":1,\"view\":\"0123456789abcdef\",\"members\":[\"a\"],\"away\":[],\"topics\":{"
    "\"t\":{\"owners\":[0],\"homes\":[0,0]}}}",
    "{\"version\":1,\"view\":\"0123456789abcdef\",\"members\":[\"a\"],\"away\":[],\"topics\":{"
    "\"t\":{\"owners\":[]}}}",
    "{\"version\":1,\"view\":\"0123456789abcdef\",\"members\":[\"a\"],\"away\":[],\"topics\":{"
    "\"/\":{\"owners\":[0]}}}",
};
enum { DAMAGED = sizeof damaged / sizeof damaged[0] };

START_TEST(what_is_damaged_is_refused)
{
    struct weir_allotment read = {0};
    struct weir_error error = {0};

    ck_assert_int_eq(weir_allotment_read(damaged[_i], strlen(damaged[_i]), &read, &error),
                     WEIR_ERR_INVALID);
    ck_assert_ptr_null(read.members);
}
END_TEST

START_TEST(one_of_a_newer_weir_is_told_apart)
{
    static const char text[] = "{\"version\":2}";
    struct weir_allotment read = {0};

    ck_assert_int_eq(weir_allotment_read(text, strlen(text), &read, NULL), WEIR_ERR_STATE);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("allotment");

    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_test(tcase, at_first_nobody_had_anything);
    tcase_add_test(tcase, who_has_something_had_it);
    tcase_add_test(tcase, what_a_member_had_that_went_is_with_who_took_it);
    tcase_add_test(tcase, a_member_that_comes_back_had_what_it_had);
    tcase_add_test(tcase, under_another_name_too);
    tcase_add_test(tcase, that_another_one_goes_moves_nothing_else);
    tcase_add_test(tcase, somebody_new_ends_the_waiting);
    tcase_add_test(tcase, without_memory_it_is_not_written);
    tcase_add_loop_test(tcase, what_is_damaged_is_refused, 0, DAMAGED);
    tcase_add_test(tcase, one_of_a_newer_weir_is_told_apart);
    return runner_run("allotment", tcase);
}
