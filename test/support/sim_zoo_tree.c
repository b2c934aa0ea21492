#include "test/support/require.h"
#include "test/support/sim_zoo_state.h"
#include <stdlib.h>
#include <string.h>

/* The tree is the demonstration's; here is what a test does to it. */

static void fire(const char *path, bool children, int64_t session, void *user)
{
    (void)children, (void)user;
    sim_zoo_fire(path, session);
}

struct weir_zoo_tree sim_ztree = {.fire = fire};
static char *denied;

struct weir_zoo_node *sim_ztree_find(const char *path)
{
    return weir_zoo_tree_find(&sim_ztree, path);
}

static bool is_denied(const char *path)
{
    return denied != NULL && strncmp(path, denied, strlen(denied)) == 0;
}

void sim_ztree_deny(const char *path)
{
    free(denied);
    denied = path == NULL ? NULL : sim_zcopy(path, strlen(path));
}

/* What nobody checks may have any version. */
static struct weir_zoo_request relaxed(const struct weir_zoo_request *request)
{
    struct weir_zoo_request copy = *request;

    if (copy.kind == WEIR_ZOO_CHECK && sim_zserver.unchecked != NULL &&
        strcmp(copy.path, sim_zserver.unchecked) == 0) {
        copy.version = WEIR_ZOO_ANY_VERSION;
    }
    return copy;
}

enum weir_zoo_result sim_ztree_judge(const struct weir_zoo_request *request)
{
    return is_denied(request->path) ? WEIR_ZOO_DENIED : weir_zoo_tree_judge(&sim_ztree, request);
}

void sim_ztree_apply(const struct weir_zoo_request *request, int64_t session)
{
    sim_ztree.now_ms = sim_zoo_now() / WEIR_NS_PER_MS;
    weir_zoo_tree_apply(&sim_ztree, request, session);
}

enum weir_zoo_result sim_ztree_apply_all(const struct weir_zoo_request *parts, size_t count,
                                         int64_t session, size_t *failed)
{
    struct weir_zoo_request *copies = calloc(count, sizeof copies[0]);
    size_t allowed = 0;

    REQUIRE(count <= WEIR_ZOO_PARTS_MAX);
    REQUIRE(copies != NULL);
    while (allowed < count && !is_denied(parts[allowed].path)) {
        copies[allowed] = relaxed(&parts[allowed]);
        allowed++;
    }
    enum weir_zoo_result result = weir_zoo_tree_judge_all(&sim_ztree, copies, allowed, failed);
    if (result == WEIR_ZOO_OK && allowed < count) {
        *failed = allowed;
        result = WEIR_ZOO_DENIED;
    }
    for (size_t i = 0; result == WEIR_ZOO_OK && i < count; i++) {
        sim_ztree_apply(&copies[i], session);
    }
    free(copies);
    return result;
}

void sim_ztree_watch(const char *path, bool children, int64_t session)
{
    weir_zoo_tree_watch(&sim_ztree, path, children, session);
}

void sim_ztree_end_session(int64_t session)
{
    weir_zoo_tree_end_session(&sim_ztree, session);
}

void sim_ztree_reset(void)
{
    weir_zoo_tree_fini(&sim_ztree);
    sim_ztree_deny(NULL);
}
