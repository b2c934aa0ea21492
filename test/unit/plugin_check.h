/* How does a test say that a plug-in is loaded, or refused with which sentence? */
#ifndef WEIR_TEST_PLUGIN_CHECK_H
#define WEIR_TEST_PLUGIN_CHECK_H

#include "framework/plugin.h"
#include "test/support/fail.h"
#include "test/support/text.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

/* The test fails unless it is loaded. */
static inline struct weir_plugin *plugin_load(const char *path)
{
    struct weir_plugin *plugin = NULL;
    struct weir_error error = {.code = WEIR_OK};

    if (weir_plugin_load(path, &plugin, &error) != WEIR_OK) {
        fail_test("%s", error.text);
    }
    ck_assert_ptr_nonnull(plugin);
    return plugin;
}

static inline const char *plugin_name(const struct weir_plugin *plugin)
{
    return weir_plugin_handler(plugin)->name;
}

/* The test fails unless it is refused with a whole sentence that names the path and holds both
 * parts. */
static inline void plugin_refuse(const char *path, const char *what, const char *advice)
{
    struct weir_plugin *plugin = NULL;
    struct weir_error error = {.code = WEIR_OK};
    char *begin = text_format("plug-in %s ", path);

    ck_assert_int_eq(weir_plugin_load(path, &plugin, &error), WEIR_ERR_PLUGIN);
    ck_assert_ptr_null(plugin);
    ck_assert_int_eq(error.code, WEIR_ERR_PLUGIN);
    if (strncmp(error.text, begin, strlen(begin)) != 0 || strstr(error.text, what) == NULL ||
        strstr(error.text, advice) == NULL || strstr(error.text, "/proc/") != NULL) {
        fail_test("%s: the sentence is: %s", path, error.text);
    }
    ck_assert_uint_lt(strlen(error.text), sizeof error.text - 1); /* not cut */
    free(begin);
}

#endif /* WEIR_TEST_PLUGIN_CHECK_H */
