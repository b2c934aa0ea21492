#include "framework/plugin.h"

#include "framework/base/memory.h"
#include "test/support/fake_batch.h"
#include "test/support/plugin_folder.h"
#include "test/support/tmpdir.h"
#include "test/unit/plugin_check.h"
#include <check.h>
#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

START_TEST(a_plugin_gives_its_handler)
{
    char *path = plugin_copy("good");
    struct weir_plugin *plugin = plugin_load(path);
    const struct weir_handler *handler = weir_plugin_handler(plugin);
    struct fake_batch *fake = fake_batch_create("t", 3, 7, true);

    ck_assert_str_eq(handler->name, "good");
    ck_assert(handler->open != NULL);
    ck_assert(handler->worker_open != NULL);
    ck_assert(handler->worker_close != NULL);
    ck_assert(handler->close != NULL);
    ck_assert(handler->handle_deferred == NULL);
    fake_batch_add(fake, &(struct fake_record){FAKE_VALUE("v")});
    handler->handle(fake_batch_get(fake), NULL);
    ck_assert_int_eq(fake_batch_mark(fake, 0), FAKE_RETRY);
    ck_assert_str_eq(fake_batch_reason(fake, 0), "good");
    fake_batch_destroy(fake);
    weir_plugin_unload(plugin);
    free(path);
}
END_TEST

static const struct {
    const char *plugin;
    const char *version; /* NULL: it has none, or what it has is none */
} versions[] = {{"good", "1.0-good"},
                {"twin", NULL},
                {"odd_version", NULL},
                {"long_version", NULL},
                {"open_version", NULL}};

START_TEST(a_plugin_may_tell_its_version)
{
    char *path = plugin_copy(versions[_i].plugin);
    struct weir_plugin *plugin = plugin_load(path);
    const char *version = weir_plugin_version(plugin);

    ck_assert_pstr_eq(version, versions[_i].version);
    weir_plugin_unload(plugin);
    free(path);
}
END_TEST

START_TEST(slots_that_were_left_out_are_null)
{
    char *path = plugin_copy("twin");
    struct weir_plugin *plugin = plugin_load(path);
    const struct weir_handler *handler = weir_plugin_handler(plugin);

    ck_assert(handler->handle != NULL);
    ck_assert(handler->open == NULL);
    ck_assert(handler->worker_open == NULL);
    ck_assert(handler->worker_close == NULL);
    ck_assert(handler->close == NULL);
    weir_plugin_unload(plugin);
    free(path);
}
END_TEST

/* Whatever lies behind the end of what it says it has. */
START_TEST(slots_that_an_older_header_does_not_have_are_null)
{
    char *path = plugin_copy("older");
    struct weir_plugin *plugin = plugin_load(path);

    ck_assert_str_eq(plugin_name(plugin), "older");
    ck_assert(weir_plugin_handler(plugin)->handle != NULL);
    ck_assert(weir_plugin_handler(plugin)->handle_shadow == NULL);
    weir_plugin_unload(plugin);
    free(path);
}
END_TEST

START_TEST(empty_slots_of_a_newer_header_do_no_harm)
{
    char *path = plugin_copy("newer_empty");
    struct weir_plugin *plugin = plugin_load(path);

    ck_assert_str_eq(plugin_name(plugin), "newer");
    weir_plugin_unload(plugin);
    free(path);
}
END_TEST

/* The loader knows files by the name it was given: descriptor numbers come again. */
START_TEST(plugins_that_are_loaded_at_once_stay_apart)
{
    char *good_path = plugin_copy("good");
    char *twin_path = plugin_copy("twin");
    struct weir_plugin *good = plugin_load(good_path);
    struct weir_plugin *twin = plugin_load(twin_path);

    ck_assert_str_eq(plugin_name(good), "good");
    ck_assert_str_eq(plugin_name(twin), "twin");
    weir_plugin_unload(good);
    ck_assert_str_eq(plugin_name(twin), "twin");
    weir_plugin_unload(twin);
    free(good_path);
    free(twin_path);
}
END_TEST

/* Debuggers and sanitizers open the file that the loader names, and they are other processes. */
START_TEST(another_process_finds_the_file_of_the_code)
{
    char *path = plugin_copy("good");
    struct weir_plugin *plugin = plugin_load(path);
    struct link_map *map = NULL;
    struct stat expected;
    struct stat found;

    ck_assert_int_eq(stat(path, &expected), 0);
    ck_assert_int_eq(dlinfo(dlopen(NULL, RTLD_NOW), RTLD_DI_LINKMAP, &map), 0);
    while (map != NULL && strncmp(map->l_name, "/proc/", strlen("/proc/")) != 0) {
        map = map->l_next;
    }
    ck_assert_ptr_nonnull(map);
    ck_assert_ptr_null(strstr(map->l_name, "self"));
    ck_assert_int_eq(stat(map->l_name, &found), 0);
    ck_assert_uint_eq(found.st_ino, expected.st_ino);
    weir_plugin_unload(plugin);
    free(path);
}
END_TEST

/* A thread that the plug-in forgot, or one that ends late, is still in it. */
START_TEST(code_may_run_after_unload)
{
    char *path = plugin_copy("good");
    struct weir_plugin *plugin = plugin_load(path);
    struct weir_handler handler = *weir_plugin_handler(plugin);
    struct fake_batch *fake = fake_batch_create("t", 0, 0, true);

    fake_batch_add(fake, &(struct fake_record){FAKE_VALUE("v")});
    weir_plugin_unload(plugin);
    handler.handle(fake_batch_get(fake), NULL);
    ck_assert_str_eq(fake_batch_reason(fake, 0), "good");
    fake_batch_destroy(fake);
    free(path);
}
END_TEST

START_TEST(a_plugin_may_be_loaded_twice)
{
    char *path = plugin_copy("good");
    struct weir_plugin *first = plugin_load(path);
    struct weir_plugin *second = plugin_load(path);

    weir_plugin_unload(first);
    ck_assert_str_eq(plugin_name(second), "good");
    weir_plugin_unload(second);
    weir_plugin_unload(NULL);
    free(path);
}
END_TEST

static const struct {
    const char *name, *what, *advice;
} wrong_exports[] = {
    {"no_symbol", "does not export weir_handler_plugin", "WEIR_HANDLER("},
    {"foreign_symbol", "a weir_handler_plugin that is not weir's", "the macro WEIR_HANDLER"},
    {"bad_magic", "a weir_handler_plugin that is not weir's", "the macro WEIR_HANDLER"},
    {"bad_abi", "against handler ABI 2, and this weir needs 1", "rebuild it"},
    {"small_handler", "no header of handler ABI 1", "rebuild it"},
    {"small_record", "no header of handler ABI 1", "rebuild it"},
    {"false_size", "no header of handler ABI 1", "rebuild it"},
    {"newer_record", "was built for a newer weir, whose records have", "update weir, or rebuild"},
    {"newer_used", "uses a slot of a newer weir", "update weir, or leave"},
    {"no_name", "gives its handler no proper name", "set .name"},
    {"odd_name", "gives its handler no proper name", "set .name"},
    {"no_handle", "no handle slot", "set .handle"},
    {"deferred", "fills the slot handle_deferred", "a later version of weir"},
    {"undefined_symbol", "undefined symbol: function_of_no_library", "ldd -r"},
};

START_TEST(wrong_exports_are_refused)
{
    char *path = plugin_copy(wrong_exports[_i].name);

    plugin_refuse(path, wrong_exports[_i].what, wrong_exports[_i].advice);
    free(path);
}
END_TEST

/* Whoever looks for a sentence finds it. */
START_TEST(wrong_exports_are_in_the_manual)
{
    const char *source = getenv("WEIR_SOURCE");

    if (source == NULL) {
        fail_test("WEIR_SOURCE must be the folder of the checkout");
    }
    char *path = text_format("%s/docs/handlers.md", source);
    char *manual = tmpdir_read(path);
    ck_assert_msg(strstr(manual, wrong_exports[_i].what) != NULL, "the manual lacks: %s",
                  wrong_exports[_i].what);
    free(manual);
    free(path);
}
END_TEST

START_TEST(every_failing_allocation_is_survived)
{
    char *path = plugin_copy("good");
    struct weir_plugin *plugin = NULL;
    struct weir_error error;
    enum weir_status status = WEIR_ERR_NOMEM;
    uint64_t failed = 0;

    for (uint64_t nth = 1; status != WEIR_OK; nth++) {
        weir_memory_fail_nth(nth);
        status = weir_plugin_load(path, &plugin, &error);
        weir_memory_fail_nth(0);
        if (status != WEIR_OK) {
            ck_assert_int_eq(status, WEIR_ERR_NOMEM);
            ck_assert_int_eq(error.code, WEIR_ERR_NOMEM);
            ck_assert_ptr_null(plugin);
            ck_assert(plugin_files_are_closed());
            failed++;
        }
    }
    ck_assert_uint_ge(failed, 2);
    weir_plugin_unload(plugin);
    free(path);
}
END_TEST

static TCase *exports(void)
{
    TCase *tcase = tcase_create("exports");

    tcase_add_checked_fixture(tcase, plugin_set_up, plugin_tear_down);
    tcase_add_test(tcase, a_plugin_gives_its_handler);
    tcase_add_loop_test(tcase, a_plugin_may_tell_its_version, 0,
                        sizeof versions / sizeof versions[0]);
    tcase_add_test(tcase, slots_that_were_left_out_are_null);
    tcase_add_test(tcase, slots_that_an_older_header_does_not_have_are_null);
    tcase_add_test(tcase, empty_slots_of_a_newer_header_do_no_harm);
    tcase_add_test(tcase, plugins_that_are_loaded_at_once_stay_apart);
    tcase_add_test(tcase, another_process_finds_the_file_of_the_code);
    tcase_add_test(tcase, code_may_run_after_unload);
    tcase_add_test(tcase, a_plugin_may_be_loaded_twice);
    tcase_add_loop_test(tcase, wrong_exports_are_refused, 0,
                        sizeof wrong_exports / sizeof wrong_exports[0]);
    tcase_add_loop_test(tcase, wrong_exports_are_in_the_manual, 0,
                        sizeof wrong_exports / sizeof wrong_exports[0]);
    tcase_add_test(tcase, every_failing_allocation_is_survived);
    return tcase;
}

int main(void)
{
    Suite *suite = suite_create("plugin");

    suite_add_tcase(suite, exports());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
