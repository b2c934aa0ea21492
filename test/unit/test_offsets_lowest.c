#include "tools/offsets_lowest.h"

#include <string.h>

#include "test/support/runner.h"
#include "tools/memory.h"

enum { NONE = WEIR_VIEW_UNKNOWN };

static struct weir_lowest lowest;

static void tear_down(void)
{
    weir_lowest_fini(&lowest);
}

struct committed {
    const char *topic;
    int32_t partition;
    int64_t offset; /* or NONE */
    const char *metadata;
};

/* One group's, up to the first without a topic. */
static void take(const struct committed *all)
{
    struct weir_view view = {.state = NULL};

    for (; all->topic != NULL; all++) {
        struct weir_view_partition *one =
            weir_view_add(&view, weir_cli_copy(all->topic), all->partition);
        one->committed = all->offset;
        one->none = all->offset < 0;
        one->metadata = weir_cli_copy(all->metadata);
    }
    weir_view_sort(&view);
    weir_lowest_take(&lowest, &view);
    weir_view_fini(&view);
}
#define TAKE(...) take((const struct committed[]){__VA_ARGS__, {NULL, 0, 0, NULL}})

static void expect(size_t index, const char *topic, int32_t partition, int64_t offset)
{
    const struct weir_offset_row *row = &lowest.rows.rows[index];

    ck_assert_uint_lt(index, lowest.rows.count);
    ck_assert_str_eq(row->topic, topic);
    ck_assert_int_eq(row->partition, partition);
    ck_assert_int_eq(row->offset, offset);
}

START_TEST(one_group_is_taken_as_it_is)
{
    TAKE({"b", 0, 7, "m"}, {"a", 1, 3, NULL}, {"a", 0, NONE, NULL});
    ck_assert_uint_eq(lowest.rows.count, 2);
    expect(0, "a", 1, 3);
    expect(1, "b", 0, 7);
    ck_assert_str_eq(lowest.rows.rows[1].metadata, "m");
    ck_assert_uint_eq(weir_lowest_partial(&lowest), 0);
}
END_TEST

START_TEST(of_several_the_lowest_counts_with_its_metadata)
{
    TAKE({"t", 0, 10, "first"}, {"t", 1, 10, "first"}, {"t", 2, 10, "first"});
    TAKE({"t", 0, 9, "second"}, {"t", 1, 11, "second"}, {"t", 2, 10, "second"});
    TAKE({"t", 0, 12, NULL}, {"t", 1, 0, NULL}, {"t", 2, 10, NULL});
    ck_assert_uint_eq(lowest.rows.count, 3);
    expect(0, "t", 0, 9);
    expect(1, "t", 1, 0);
    expect(2, "t", 2, 10);
    ck_assert_str_eq(lowest.rows.rows[0].metadata, "second");
    ck_assert_ptr_null(lowest.rows.rows[1].metadata);
    ck_assert_str_eq(lowest.rows.rows[2].metadata, "first");
    ck_assert_uint_eq(weir_lowest_partial(&lowest), 0);
}
END_TEST

START_TEST(an_absent_partition_is_absent_and_not_0)
{
    TAKE({"a", 0, 5, NULL}, {"b", 1, 6, NULL}, {"c", 0, NONE, NULL});
    TAKE({"a", 0, NONE, NULL}, {"b", 0, 4, NULL}, {"b", 1, 8, NULL}, {"d", 0, 2, NULL});
    ck_assert_uint_eq(lowest.rows.count, 4);
    expect(0, "a", 0, 5);
    expect(1, "b", 0, 4);
    expect(2, "b", 1, 6);
    expect(3, "d", 0, 2);
    ck_assert_uint_eq(weir_lowest_partial(&lowest), 3);
    TAKE({"x", 0, NONE, NULL}); /* a group that has committed nothing at all */
    ck_assert_uint_eq(lowest.rows.count, 4);
    ck_assert_uint_eq(weir_lowest_partial(&lowest), 4);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("lowest");

    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_test(tcase, one_group_is_taken_as_it_is);
    tcase_add_test(tcase, of_several_the_lowest_counts_with_its_metadata);
    tcase_add_test(tcase, an_absent_partition_is_absent_and_not_0);
    return runner_run("offsets_lowest", tcase);
}
