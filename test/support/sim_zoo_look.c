#include "test/support/require.h"
#include "test/support/sim_zoo_state.h"
#include <stdlib.h>
#include <string.h>

/* What an operator sees and does, and what a test does to a host. */

bool sim_zoo_exists(const char *path)
{
    return sim_ztree_find(path) != NULL;
}

const char *sim_zoo_data(const char *path)
{
    const struct weir_zoo_node *node = sim_ztree_find(path);

    return node == NULL ? NULL : node->data;
}

int32_t sim_zoo_version(const char *path)
{
    const struct weir_zoo_node *node = sim_ztree_find(path);

    return node == NULL ? -1 : node->version;
}

int64_t sim_zoo_owner(const char *path)
{
    const struct weir_zoo_node *node = sim_ztree_find(path);

    return node == NULL ? -1 : node->owner;
}

static void make_parents(const char *path)
{
    char *prefix = sim_zcopy(path, strlen(path));

    for (char *slash = strchr(prefix + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const struct weir_zoo_request request = {.kind = WEIR_ZOO_CREATE, .path = prefix};
        if (sim_ztree_find(prefix) == NULL) {
            sim_ztree_apply(&request, 0);
        }
        *slash = '/';
    }
    free(prefix);
}

void sim_zoo_write(const char *path, const char *data)
{
    const struct weir_zoo_request request = {.kind = sim_ztree_find(path) == NULL ? WEIR_ZOO_CREATE
                                                                                  : WEIR_ZOO_SET,
                                             .path = path,
                                             .data = data,
                                             .size = strlen(data)};

    make_parents(path);
    sim_ztree_apply(&request, 0);
}

void sim_zoo_remove(const char *path)
{
    const struct weir_zoo_request request = {.kind = WEIR_ZOO_DELETE, .path = path};

    if (sim_ztree_find(path) != NULL) {
        sim_ztree_apply(&request, 0);
    }
}

void sim_zoo_usurp(const char *path, int64_t session)
{
    const struct weir_zoo_request request = {
        .kind = WEIR_ZOO_CREATE, .path = path, .data = "{}", .size = 2, .ephemeral = true};

    sim_zoo_remove(path);
    sim_ztree_apply(&request, session);
}

void sim_zoo_deny(const char *path)
{
    sim_ztree_deny(path);
}

size_t sim_zoo_ephemerals(void)
{
    size_t count = 0;

    for (size_t i = 0; i < sim_ztree.count; i++) {
        count += sim_ztree.nodes[i].owner != 0 ? 1 : 0;
    }
    return count;
}

size_t sim_zoo_watches(void)
{
    return sim_ztree.watch_count;
}

size_t sim_zoo_sessions(void)
{
    size_t count = 0;

    for (size_t i = 0; i < sim_zserver.session_count; i++) {
        count += sim_zserver.sessions[i].id != 0 ? 1 : 0;
    }
    return count;
}

uint64_t sim_zoo_requests(void)
{
    return sim_zserver.requests;
}

uint64_t sim_zoo_wakes(void)
{
    return sim_zserver.wakes;
}

void sim_zoo_latency_us(uint32_t least, uint32_t most)
{
    sim_zserver.latency_least_us = least;
    sim_zserver.latency_most_us = most;
}

void sim_zoo_room(uint32_t requests)
{
    sim_zserver.room = requests;
}

void sim_zoo_forget_deadlines(void)
{
    sim_zserver.no_deadlines = true;
}

void sim_zoo_mistake_losses(void)
{
    sim_zserver.losses_mistaken = true;
}

void sim_zoo_uncheck(const char *path)
{
    sim_zserver.unchecked = path;
}

void sim_zoo_stall(unsigned host, bool requests, bool answers, weir_time until)
{
    struct sim_zhost *at = &sim_zserver.hosts[host];

    at->requests_from = requests ? sim_zlater(at->requests_from, until) : at->requests_from;
    at->answers_from = answers ? sim_zlater(at->answers_from, until) : at->answers_from;
}

void sim_zoo_lose_reply(unsigned host)
{
    sim_zserver.hosts[host].loses_reply = true;
}

void sim_zoo_crash(unsigned host)
{
    sim_zserver.hosts[host].crashed = true;
}
