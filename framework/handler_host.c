#include "framework/handler_host.h"

#include "framework/base/error.h"
#include "framework/base/limits.h"
#include "framework/config.h"
#include "framework/plugin_manifest.h"
#include <assert.h>
#include <stdio.h>

/* What handlers may ask. */

static struct weir_handler_host *host_of(const struct weir_handler_config *answers)
{
    struct weir_handler_host *const *self = answers->host;

    return *self;
}

static const char *get_key(const struct weir_handler_config *answers, const char *name)
{
    struct weir_handler_host *host = host_of(answers);
    char key[WEIR_CONFIG_KEY_SIZE_MAX + 1];

    weir_handler_keys_add(&host->keys, name);
    if (snprintf(key, sizeof key, "handler.%s", name) >= (int)sizeof key) {
        return NULL;
    }
    return weir_config_get(host->config, key);
}

static void log_line(const struct weir_handler_config *answers, const char *text)
{
    const struct weir_handler_host *host = host_of(answers);

    /* What is said while it opens may be why it refuses. */
    weir_log(host->log, weir_flag_is_up(&host->open) ? WEIR_LOG_INFO : WEIR_LOG_WARNING,
             host->handler->name, "%s", text);
}

/* Opening it. */

void weir_handler_host_init(struct weir_handler_host *host, struct weir_log *log)
{
    assert(log != NULL);
    host->log = log;
    host->self = host;
    weir_handler_keys_init(&host->keys);
}

void weir_handler_host_fini(struct weir_handler_host *host)
{
    weir_plugin_unload(host->plugin);
    weir_handler_keys_fini(&host->keys);
}

static enum weir_status load(struct weir_handler_host *host, struct weir_error *error)
{
    const char *path = weir_config_get(host->config, "weir.handler");

    if (path == NULL || path[0] == '\0') {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                              "weir.handler is missing: name the plug-in to run, for example "
                              "-X weir.handler=./my.so");
    }
    enum weir_status status = weir_plugin_load(path, &host->plugin, error);
    if (status == WEIR_OK) {
        host->handler = weir_plugin_handler(host->plugin);
    }
    return status;
}

static enum weir_status check_given(const struct weir_handler *handler, struct weir_error *error)
{
    static const char *const sentences[WEIR_HANDLER_FLAWS] = {
        [WEIR_HANDLER_UNNAMED] = "has no proper name: set its name to 1 to 64 letters, digits, '-' "
                                 "or '_'",
        [WEIR_HANDLER_DEFERS] = "fills the slot handle_deferred, which a later version of weir "
                                "will offer: leave it NULL and fill handle",
        [WEIR_HANDLER_EMPTY] = "has no handle: set it to the function that gets the batches"};
    enum weir_handler_flaw flaw = weir_handler_find_flaw(handler);

    if (flaw == WEIR_HANDLER_SOUND) {
        return WEIR_OK;
    }
    return weir_error_set(error, WEIR_ERR_PLUGIN, 0, "the handler in the options %s",
                          sentences[flaw]);
}

/* Nobody knows what a handler does that was not written for this: it might write for real. */
static enum weir_status check_shadow(const struct weir_handler_host *host, struct weir_error *error)
{
    return host->answers.may_shadow == 0 || host->handler->handle_shadow != NULL
               ? WEIR_OK
               : weir_error_set(error, WEIR_ERR_PLUGIN, 0,
                                "handler '%s' has no handle_shadow, so it cannot be a shadow: fill "
                                "the slot with a function whose effects nobody sees "
                                "(docs/handlers.md), or leave out weir.shadow",
                                host->handler->name);
}

enum weir_status weir_handler_host_open(struct weir_handler_host *host,
                                        const struct weir_config *config,
                                        const struct weir_handler *given, void *state,
                                        struct weir_error *error)
{
    assert(!weir_flag_is_up(&host->open));
    host->config = config;
    host->handler = given;
    enum weir_status status = given == NULL ? load(host, error) : check_given(given, error);
    if (status != WEIR_OK) {
        return status;
    }
    assert(host->handler != NULL);
    host->answers = (struct weir_handler_config){
        .size = sizeof host->answers,
        .get = get_key,
        .log = log_line,
        .host = &host->self,
        .may_shadow = weir_config_integer(config, "weir.shadow") != 0 ? 1 : 0};
    status = check_shadow(host, error);
    if (status != WEIR_OK) {
        return status;
    }
    if (host->handler->open != NULL && host->handler->open(&host->answers, &state) != 0) {
        return weir_error_set(error, WEIR_ERR_PLUGIN, 0,
                              "handler '%s' refused to open; see the log lines above",
                              host->handler->name);
    }
    weir_handler_keys_close(&host->keys, host->handler->name, config, host->log);
    host->state = state;
    weir_flag_raise(&host->open);
    return WEIR_OK;
}

void weir_handler_host_close(struct weir_handler_host *host)
{
    if (weir_flag_is_up(&host->open) && host->handler->close != NULL) {
        host->handler->close(host->state);
    }
    weir_flag_lower(&host->open);
}
