#include "tools/group_starts.h"

#include <stdlib.h>
#include <string.h>

#include "test/support/runner.h"
#include "tools/memory.h"

static struct weir_view view;
static const int64_t offsets[] = {0, 17, WEIR_VIEW_UNKNOWN};
static char *printed;
static bool named;

static void set_up(void)
{
    named = false;
    for (int32_t i = 0; i < 3; i++) {
        struct weir_view_partition *one = weir_view_add(&view, weir_cli_copy("orders"), i);
        one->committed = i == 0 ? 5 : WEIR_VIEW_UNKNOWN;
        one->none = i != 0;
    }
    weir_view_sort(&view);
}

static void tear_down(void)
{
    free(printed);
    weir_view_fini(&view);
}

static void print(const char *rule, bool json)
{
    const struct weir_starts starts = {.group = "shop",
                                       .rule = rule,
                                       .view = &view,
                                       .offsets = offsets,
                                       .named = named,
                                       .json = json};
    size_t size = 0;

    free(printed);
    FILE *out = open_memstream(&printed, &size);
    ck_assert_ptr_nonnull(out);
    weir_print_starts(out, &starts);
    ck_assert_int_eq(fclose(out), 0);
}

START_TEST(only_what_has_no_offset_is_named_with_its_begin)
{
    print("latest", false);
    ck_assert_str_eq(printed,
                     "2 partitions have no committed offset: by weir.start=latest they begin\n"
                     "TOPIC   PARTITION  BEGINS AT\n"
                     "orders          1         17\n"
                     "orders          2    unknown\n");
    print("latest", true);
    ck_assert_str_eq(printed, "{\"group\":\"shop\",\"start\":\"latest\",\"uncommitted\":"
                              "[{\"topic\":\"orders\",\"partition\":1,\"begins_at\":17},"
                              "{\"topic\":\"orders\",\"partition\":2,\"begins_at\":null}]}\n");
}
END_TEST

START_TEST(of_two_groups_it_says_which)
{
    named = true;
    print("latest", false);
    ck_assert_int_eq(strncmp(printed, "shop: 2 partitions have", 23), 0);
    print("error", false);
    ck_assert_int_eq(strncmp(printed, "shop: 2 partitions have", 23), 0);
}
END_TEST

START_TEST(what_stops_a_member_begins_nowhere)
{
    print("error", false);
    ck_assert_str_eq(printed, "2 partitions have no committed offset: by weir.start=error a member "
                              "that is given one stops\n");
}
END_TEST

START_TEST(where_all_is_committed_nothing_is_said)
{
    view.partitions[1].none = view.partitions[2].none = false;
    print("earliest", false);
    ck_assert_str_eq(printed, "");
    print("earliest", true);
    ck_assert_str_eq(printed, "");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("group_starts");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, only_what_has_no_offset_is_named_with_its_begin);
    tcase_add_test(tcase, of_two_groups_it_says_which);
    tcase_add_test(tcase, what_stops_a_member_begins_nowhere);
    tcase_add_test(tcase, where_all_is_committed_nothing_is_said);
    return runner_run("group_starts", tcase);
}
