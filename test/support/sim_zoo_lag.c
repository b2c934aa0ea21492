#include "test/support/require.h"
#include "test/support/sim_zoo_state.h"
#include <stdlib.h>
#include <string.h>

/* The server that a host is with has not heard of the nodes of a transaction yet. */

static struct sim_zstale *find(struct sim_zhost *host, const char *path)
{
    struct sim_zstale *stale = host->stale;

    while (stale != NULL && strcmp(stale->path, path) != 0) {
        stale = stale->next;
    }
    return stale;
}

void sim_zlag_note(struct sim_zhost *host, const struct weir_zoo_request *request, bool heard)
{
    bool misses = host->lags || (host->stale != NULL && !heard);

    for (size_t i = 0; misses && i < request->part_count; i++) {
        const struct weir_zoo_request *part = &request->parts[i];
        const struct weir_zoo_node *node = sim_ztree_find(part->path);
        if (part->kind == WEIR_ZOO_CHECK || find(host, part->path) != NULL) {
            continue;
        }
        struct sim_zstale *stale = calloc(1, sizeof *stale);
        REQUIRE(stale != NULL);
        stale->path = sim_zcopy(part->path, strlen(part->path));
        stale->present = node != NULL;
        if (node != NULL) {
            stale->facts = weir_zoo_tree_facts(&sim_ztree, node);
        }
        stale->next = host->stale;
        host->stale = stale;
    }
    host->lags = false;
}

bool sim_zlag_read(struct sim_zhost *host, const struct weir_zoo_request *request,
                   struct weir_zoo_event *event, int64_t session)
{
    struct sim_zstale *stale = request->kind == WEIR_ZOO_EXISTS ? find(host, request->path) : NULL;

    if (stale == NULL) {
        return false;
    }
    event->result = stale->present ? WEIR_ZOO_OK : WEIR_ZOO_ABSENT;
    event->facts = stale->facts;
    stale->watcher = request->watch ? session : stale->watcher;
    return true;
}

void sim_zlag_end(struct sim_zhost *host)
{
    while (host->stale != NULL) {
        struct sim_zstale *next = host->stale->next;
        if (host->stale->watcher != 0) {
            sim_zoo_fire(host->stale->path, host->stale->watcher);
        }
        free(host->stale->path);
        free(host->stale);
        host->stale = next;
    }
}

void sim_zoo_lag(unsigned host)
{
    sim_zoo_lose_reply(host);
    sim_zserver.hosts[host].lags = true;
}
