#include <weir/plan.h>

#include <assert.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/memory.h"
#include "framework/plugin_library.h"
#include "framework/strategy_plugin.h"

/* The public structure begins as every plug-in's does. */
_Static_assert(offsetof(struct weir_strategy_plugin, strategy) == sizeof(struct weir_plugin_header),
               "the strategy is the body");
_Static_assert(offsetof(struct weir_strategy_plugin, strategy_size) ==
                   offsetof(struct weir_plugin_header, body_size),
               "the strategy's size is the body's");

static const struct weir_plugin_kind kind = {
    .body = "strategy",
    .lent = "view",
    .macro = "WEIR_STRATEGY",
    .header = "<weir/strategy.h>",
    .symbol = WEIR_STRATEGY_SYMBOL,
    .slots = ".name = ..., .assign = ...",
    .magic = WEIR_STRATEGY_MAGIC,
    .abi = WEIR_STRATEGY_ABI,
    .body_size_min = offsetof(struct weir_strategy, assign) + sizeof(void (*)(void)),
    .lent_size_min = offsetof(struct weir_strategy_view, color) + sizeof(const char *),
    .body_size = sizeof(struct weir_strategy),
    .lent_size = sizeof(struct weir_strategy_view),
};

struct weir_strategy_source {
    struct weir_plugin_library library; /* of a plug-in */
    bool loaded;
    struct weir_strategy strategy;
};

static enum weir_status check(const struct weir_plugin_subject *subject,
                              const struct weir_strategy *strategy)
{
    if (strategy->name == NULL || !weir_plugin_name_valid(strategy->name)) {
        return weir_plugin_refuse(
            subject, 0,
            "gives its strategy no proper name: set .name in WEIR_STRATEGY to "
            "1 to %d letters, digits, '-' or '_'",
            WEIR_PLUGIN_NAME_LENGTH_MAX);
    }
    if (strategy->assign == NULL) {
        return weir_plugin_refuse(subject, 0,
                                  "has no assign slot: set .assign in WEIR_STRATEGY to the "
                                  "function that divides the partitions");
    }
    return WEIR_OK;
}

static enum weir_status load(const struct weir_plugin_subject *subject,
                             struct weir_strategy_source *source)
{
    const void *exported;
    size_t size;

    enum weir_status status = weir_plugin_library_open(subject, &source->library);
    if (status != WEIR_OK) {
        return status;
    }
    source->loaded = true;
    status = weir_plugin_library_find(&source->library, subject, &kind, &exported, &size);
    if (status == WEIR_OK) {
        status = weir_plugin_header_read(subject, &kind, exported, size, &source->strategy);
    }
    return status == WEIR_OK ? check(subject, &source->strategy) : status;
}

bool weir_strategy_is_path(const char *text)
{
    static const char ending[] = ".so";
    size_t length = strlen(text);

    return strchr(text, '/') != NULL ||
           (length >= strlen(ending) && strcmp(text + length - strlen(ending), ending) == 0);
}

static enum weir_status find(const char *name, struct weir_strategy_source *source,
                             struct weir_error *error)
{
    const struct weir_strategy *strategy = weir_strategy_find(name);

    if (strategy == NULL) {
        return weir_error_set(
            error, WEIR_ERR_NOT_FOUND, 0,
            "there is no strategy of that name: range, roundrobin, sticky, static, bluegreen, "
            "bluegreen-range, bluegreen-roundrobin, bluegreen-static, or the path of a plug-in's "
            ".so file");
    }
    source->strategy = *strategy;
    return WEIR_OK;
}

enum weir_status weir_strategy_open(const char *text, struct weir_strategy_source **out,
                                    struct weir_error *error)
{
    const struct weir_plugin_subject subject = {
        .path = text, .setting = "the strategy", .error = error};

    assert(text != NULL);
    assert(out != NULL);
    struct weir_strategy_source *source = weir_calloc(1, sizeof *source);
    if (source == NULL) {
        return weir_error_nomem(error);
    }
    enum weir_status status =
        weir_strategy_is_path(text) ? load(&subject, source) : find(text, source, error);
    if (status != WEIR_OK) {
        weir_strategy_close(source);
        return status;
    }
    *out = source;
    return WEIR_OK;
}

void weir_strategy_close(struct weir_strategy_source *source)
{
    if (source == NULL) {
        return;
    }
    if (source->loaded) {
        weir_plugin_library_close(&source->library);
    }
    weir_free(source);
}

const struct weir_strategy *weir_strategy_opened(const struct weir_strategy_source *source)
{
    assert(source->strategy.assign != NULL);
    return &source->strategy;
}
