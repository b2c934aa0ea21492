#include "tools/switch_groups.h"

#include "tools/options.h"
#include <string.h>

static bool is_swap(const struct weir_config *config)
{
    return strcmp(weir_config_get(config, "weir.bluegreen.topology"), "swap") == 0;
}

const char *weir_switch_groups_peer(const struct weir_config *config, const char *group)
{
    const char *own = weir_config_get(config, "group.id");
    const char *peer = weir_config_get(config, "weir.bluegreen.peer.group.id");

    if (!is_swap(config) || own == NULL || peer == NULL || *peer == '\0') {
        return NULL;
    }
    if (strcmp(group, own) == 0) {
        return peer;
    }
    return strcmp(group, peer) == 0 ? own : NULL;
}

const char *weir_switch_groups_refusal(const struct weir_config *config,
                                       const struct weir_switch_wish *wish, const char *peer)
{
    if (peer == NULL && !wish->whole && is_swap(config)) {
        return "with weir.bluegreen.topology=swap the configuration names both groups, as group.id "
               "and weir.bluegreen.peer.group.id, and the group that is meant is one of them";
    }
    return peer != NULL || wish->peer_to == NULL
               ? NULL
               : "--peer-to goes with weir.bluegreen.topology=swap";
}

int weir_switch_groups_open(const struct weir_config *config, const char *group, const char *peer,
                            struct weir_switch_groups *out)
{
    int code = weir_zoo_group_open(config, group, NULL, &out->all[0]);

    return code != WEIR_EXIT_OK || peer == NULL
               ? code
               : weir_zoo_group_open(config, peer, NULL, &out->all[1]);
}

int weir_switch_groups_run(const struct weir_switch_groups *groups,
                           const struct weir_switch_act *act, const struct weir_switch_wish *wish,
                           FILE *out)
{
    if (groups->all[1] == NULL) {
        return act->run(groups->all[0], wish, out);
    }
    return act->swap != NULL ? act->swap(groups->all, wish, out)
                             : weir_zoo_swap_each(act->run, groups->all, wish, out);
}

void weir_switch_groups_close(struct weir_switch_groups *groups)
{
    weir_zoo_group_close(groups->all[0]);
    weir_zoo_group_close(groups->all[1]);
    *groups = (struct weir_switch_groups){.all = {NULL}};
}
