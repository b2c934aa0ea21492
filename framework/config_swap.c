#include "framework/config_swap.h"

#include "framework/base/error.h"
#include "framework/config.h"
#include "framework/znode.h"
#include "strategies/selection.h"
#include <stddef.h>
#include <string.h>

#define PEER "weir.bluegreen.peer."

/* What of the one group is what of the other. */
static const struct {
    const char *key;
    const char *peer_key;
} places[] = {{"group.id", PEER "group.id"},
              {"weir.topics", PEER "topics"},
              {"weir.topics.exclude", PEER "topics.exclude"}};

enum { PLACES = sizeof places / sizeof places[0] };

static const char *value_of(const struct weir_config *config, const char *key)
{
    const char *value = weir_config_get(config, key);

    return value == NULL ? "" : value;
}

static enum weir_status fail(const char *text, struct weir_error *error)
{
    return weir_error_set(error, WEIR_ERR_CONFIG, 0, "%s", text);
}

bool weir_config_swaps(const struct weir_config *config)
{
    return strcmp(value_of(config, "weir.bluegreen.topology"), "swap") == 0;
}

static enum weir_status check_unused(const struct weir_config *config, struct weir_error *error)
{
    for (size_t i = 0; i < PLACES; i++) {
        if (weir_config_given(config, places[i].peer_key)) {
            return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                                  "%s: only goes with weir.bluegreen.topology=swap, in which there "
                                  "are two groups",
                                  places[i].peer_key);
        }
    }
    return WEIR_OK;
}

static enum weir_status check_names(const struct weir_config *config, struct weir_error *error)
{
    const char *group = value_of(config, PEER "group.id");

    if (*group == '\0') {
        return fail(PEER "group.id: is missing; weir.bluegreen.topology=swap needs the name of the "
                         "other group",
                    error);
    }
    if (!weir_znode_name_valid(group)) {
        return fail(PEER "group.id: cannot be the name of a ZooKeeper node; use up to 255 "
                         "printable characters of ASCII and no slash",
                    error);
    }
    return strcmp(group, value_of(config, "group.id")) != 0
               ? WEIR_OK
               : fail(PEER "group.id: is group.id; the roles of two groups are exchanged", error);
}

static enum weir_status check_topics(const struct weir_config *config, struct weir_error *error)
{
    const struct weir_selection_options options = {
        .topics = value_of(config, PEER "topics"),
        .exclude = value_of(config, PEER "topics.exclude"),
        .internal = weir_config_integer(config, "weir.topics.internal") != 0};
    struct weir_selection *selection = NULL;
    struct weir_error inner = {.code = WEIR_OK};

    if (*options.topics == '\0') {
        return fail(PEER "topics: is missing; name the topics of the other group", error);
    }
    /* What is wrong is told of weir.topics and weir.topics.exclude. */
    enum weir_status status = weir_selection_create(&options, &selection, &inner);
    weir_selection_destroy(selection);
    return status == WEIR_OK
               ? WEIR_OK
               : weir_error_set(error, status, 0, PEER "%s", inner.text + sizeof "weir." - 1);
}

enum weir_status weir_config_swap_check(const struct weir_config *config, bool colored,
                                        struct weir_error *error)
{
    if (!weir_config_swaps(config)) {
        return check_unused(config, error);
    }
    if (!colored) {
        return fail("weir.bluegreen.topology: only goes with weir.strategy=bluegreen", error);
    }
    if (weir_config_given(config, "weir.partitions")) {
        return fail("weir.partitions: does not go with weir.bluegreen.topology=swap: it would be "
                    "of one of the two groups",
                    error);
    }
    enum weir_status status = check_names(config, error);
    return status == WEIR_OK ? check_topics(config, error) : status;
}

enum weir_status weir_config_peer(const struct weir_config *config, struct weir_config **out,
                                  struct weir_error *error)
{
    struct weir_config *peer = NULL;

    if (!weir_config_swaps(config)) {
        return weir_error_set(error, WEIR_ERR_STATE, 0,
                              "weir.bluegreen.topology is not swap: there is no other group");
    }
    enum weir_status status = weir_config_clone(config, &peer);
    for (size_t i = 0; status == WEIR_OK && i < PLACES; i++) {
        status = weir_config_set(peer, places[i].key, value_of(config, places[i].peer_key),
                                 WEIR_CONFIG_ARGUMENT, error);
        if (status == WEIR_OK) {
            status = weir_config_set(peer, places[i].peer_key, value_of(config, places[i].key),
                                     WEIR_CONFIG_ARGUMENT, error);
        }
    }
    if (status != WEIR_OK) {
        weir_config_destroy(peer);
        return status;
    }
    *out = peer;
    return WEIR_OK;
}
