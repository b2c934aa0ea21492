#include "framework/config_grammar.h"

#include "framework/base/error.h"
#include "framework/strategy_plugin.h"
#include "framework/zoo_address.h"
#include "strategies/static.h"
#include "strategies/topics.h"
#include <string.h>
#include <weir/plan.h>

/* A plug-in is looked at when it is loaded. */
static enum weir_status check_strategy(const char *value, struct weir_error *error)
{
    return weir_strategy_is_path(value) || weir_strategy_find(value) != NULL
               ? WEIR_OK
               : weir_error_set(error, WEIR_ERR_CONFIG, 0,
                                "must be range, roundrobin, sticky, static, bluegreen, "
                                "bluegreen-range, bluegreen-roundrobin, bluegreen-static, or the "
                                "path of a plug-in's .so file");
}

static bool are_topics(const char *key)
{
    return strcmp(key, "weir.topics") == 0 || strcmp(key, "weir.topics.exclude") == 0 ||
           strcmp(key, "weir.bluegreen.peer.topics") == 0 ||
           strcmp(key, "weir.bluegreen.peer.topics.exclude") == 0;
}

enum weir_status weir_config_grammar_check(const char *key, const char *value,
                                           struct weir_error *error)
{
    struct weir_topics topics = {0};
    struct weir_static partitions = {0};
    struct weir_zoo_address address = {0};
    enum weir_status status = WEIR_OK;

    if (are_topics(key)) {
        status = weir_topics_parse(value, &topics, error);
    } else if (strcmp(key, "weir.partitions") == 0) {
        status = weir_static_parse(value, &partitions, error);
    } else if (strcmp(key, "weir.strategy") == 0) {
        status = check_strategy(value, error);
    } else if (strcmp(key, "zookeeper.connect") == 0) {
        status = weir_zoo_address_parse(value, &address, error);
    } else if (strcmp(key, "zookeeper.digest") == 0) {
        status = weir_zoo_digest_check(value, error);
    }
    weir_topics_fini(&topics);
    weir_static_fini(&partitions);
    weir_zoo_address_fini(&address);
    return status;
}
