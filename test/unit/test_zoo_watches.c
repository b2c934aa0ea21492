#include "framework/zoo_watches.h"

#include "framework/base/memory.h"
#include "test/support/runner.h"
#include <stdio.h>

static struct weir_zoo_watches watches;

static void add(const char *path, enum weir_zoo_watch_kind kind)
{
    struct weir_zoo_watch *watch = weir_zoo_watch_create(path, kind);

    ck_assert_ptr_nonnull(watch);
    weir_zoo_watches_add(&watches, &watch);
    ck_assert_ptr_null(watch);
}

static void expect(const char *path, unsigned kinds)
{
    struct weir_zoo_watch *watch = weir_zoo_watches_take(&watches);

    ck_assert_ptr_nonnull(watch);
    ck_assert_str_eq(watch->path, path);
    ck_assert_uint_eq(watch->kinds, kinds);
    weir_zoo_watch_destroy(watch);
}

START_TEST(what_was_set_is_left_until_it_fires)
{
    ck_assert_ptr_null(weir_zoo_watches_take(&watches));
    add("/a", WEIR_ZOO_WATCH_NODE);
    add("/b", WEIR_ZOO_WATCH_NODE);
    weir_zoo_watches_remove(&watches, "/a", WEIR_ZOO_WATCH_NODE);
    weir_zoo_watches_remove(&watches, "/a", WEIR_ZOO_WATCH_NODE);
    weir_zoo_watches_remove(&watches, "/c", WEIR_ZOO_WATCH_NODE);
    expect("/b", WEIR_ZOO_WATCH_NODE);
    ck_assert_ptr_null(weir_zoo_watches_take(&watches));
}
END_TEST

START_TEST(two_kinds_on_one_path_fire_each_for_itself)
{
    add("/a", WEIR_ZOO_WATCH_NODE);
    add("/a", WEIR_ZOO_WATCH_CHILDREN);
    add("/a", WEIR_ZOO_WATCH_CHILDREN);
    weir_zoo_watches_remove(&watches, "/a", WEIR_ZOO_WATCH_NODE);
    expect("/a", WEIR_ZOO_WATCH_CHILDREN);
    ck_assert_ptr_null(weir_zoo_watches_take(&watches));
}
END_TEST

START_TEST(one_more_may_be_set_after_some_were_taken)
{
    char path[16];
    size_t count = 0;

    for (int i = 0; i < 3000; i++) {
        (void)snprintf(path, sizeof path, "/%d", i);
        add(path, WEIR_ZOO_WATCH_NODE);
    }
    for (struct weir_zoo_watch *watch; (watch = weir_zoo_watches_take(&watches)) != NULL; count++) {
        weir_zoo_watch_destroy(watch);
    }
    ck_assert_uint_eq(count, 3000);
    add("/late", WEIR_ZOO_WATCH_CHILDREN);
    expect("/late", WEIR_ZOO_WATCH_CHILDREN);
}
END_TEST

START_TEST(without_memory_there_is_none)
{
    weir_memory_fail_nth(1);
    ck_assert_ptr_null(weir_zoo_watch_create("/a", WEIR_ZOO_WATCH_NODE));
    weir_memory_fail_nth(0);
    weir_zoo_watch_destroy(NULL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("watches");

    tcase_add_test(tcase, what_was_set_is_left_until_it_fires);
    tcase_add_test(tcase, two_kinds_on_one_path_fire_each_for_itself);
    tcase_add_test(tcase, one_more_may_be_set_after_some_were_taken);
    tcase_add_test(tcase, without_memory_there_is_none);
    return runner_run("zoo_watches", tcase);
}
