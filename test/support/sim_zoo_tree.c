#include "test/support/require.h"
#include "test/support/sim_zoo_state.h"
#include <stdlib.h>
#include <string.h>

struct sim_ztree sim_ztree;
static char *denied;

/* Where the path is, or would be. */
static size_t place_of(const char *path)
{
    size_t low = 0;
    size_t high = sim_ztree.count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(sim_ztree.nodes[middle].path, path) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct sim_znode *sim_ztree_find(const char *path)
{
    static char slash[] = "/";
    static char nothing[] = "";
    static struct sim_znode root = {.path = slash, .data = nothing};
    size_t place = place_of(path);

    if (strcmp(path, slash) == 0) {
        return &root; /* nobody writes to it */
    }
    bool found = place < sim_ztree.count && strcmp(sim_ztree.nodes[place].path, path) == 0;

    return found ? &sim_ztree.nodes[place] : NULL;
}

/* The first watch on the path, or where it would be. */
static size_t watch_place(const char *path)
{
    size_t low = 0;
    size_t high = sim_ztree.watch_count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(sim_ztree.watches[middle].path, path) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void *grow(void *array, size_t *capacity, size_t count, size_t size)
{
    if (count < *capacity) {
        return array;
    }
    *capacity = *capacity == 0 ? 64 : *capacity * 2;
    array = realloc(array, *capacity * size);
    REQUIRE(array != NULL);
    return array;
}

static void drop_watch(size_t place)
{
    free(sim_ztree.watches[place].path);
    sim_ztree.watch_count--;
    memmove(&sim_ztree.watches[place], &sim_ztree.watches[place + 1],
            (sim_ztree.watch_count - place) * sizeof sim_ztree.watches[0]);
}

static bool watches_path(size_t place, const char *path)
{
    return place < sim_ztree.watch_count && strcmp(sim_ztree.watches[place].path, path) == 0;
}

void sim_ztree_watch(const char *path, bool children, int64_t session)
{
    size_t place = watch_place(path);

    for (size_t i = place; watches_path(i, path); i++) {
        if (sim_ztree.watches[i].session == session && sim_ztree.watches[i].children == children) {
            return;
        }
    }
    sim_ztree.watches = grow(sim_ztree.watches, &sim_ztree.watch_capacity, sim_ztree.watch_count,
                             sizeof sim_ztree.watches[0]);
    memmove(&sim_ztree.watches[place + 1], &sim_ztree.watches[place],
            (sim_ztree.watch_count - place) * sizeof sim_ztree.watches[0]);
    sim_ztree.watches[place] = (struct sim_zwatch){
        .path = sim_zcopy(path, strlen(path)), .session = session, .children = children};
    sim_ztree.watch_count++;
}

static void fire(const char *path, bool children)
{
    size_t place = watch_place(path);

    while (watches_path(place, path)) {
        int64_t session = sim_ztree.watches[place].session;
        if (sim_ztree.watches[place].children == children) {
            drop_watch(place);
            sim_zoo_fire(path, session);
        } else {
            place++;
        }
    }
}

static char *parent_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return sim_zcopy(path, slash == path ? 1 : (size_t)(slash - path));
}

static void fire_parent(const char *path)
{
    char *parent = parent_of(path);

    fire(parent, true);
    free(parent);
}

uint32_t sim_ztree_children(const char *path, const char **names, uint32_t capacity)
{
    size_t size = strcmp(path, "/") == 0 ? 0 : strlen(path);
    uint32_t count = 0;

    for (size_t i = place_of(path); i < sim_ztree.count; i++) {
        const char *other = sim_ztree.nodes[i].path;
        if (strncmp(other, path, size) != 0) {
            break;
        }
        if (other[size] != '/' || strchr(other + size + 1, '/') != NULL) {
            continue;
        }
        if (count < capacity) {
            names[count] = other + size + 1;
        }
        count++;
    }
    return count;
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

static enum weir_zoo_result judge_create(const char *path)
{
    char *parent = parent_of(path);
    const struct sim_znode *above = sim_ztree_find(parent);

    free(parent);
    if (sim_ztree_find(path) != NULL) {
        return WEIR_ZOO_PRESENT;
    }
    if (above == NULL) {
        return WEIR_ZOO_ABSENT;
    }
    return above->owner != 0 ? WEIR_ZOO_FAILED
                             : WEIR_ZOO_OK; /* what is ephemeral has no children */
}

static bool is_unchecked(const struct weir_zoo_request *request)
{
    return request->kind == WEIR_ZOO_CHECK && sim_zserver.unchecked != NULL &&
           strcmp(request->path, sim_zserver.unchecked) == 0;
}

/* Of a node that is there. */
static bool is_version(const struct weir_zoo_request *request, const struct sim_znode *node)
{
    bool checks = request->kind == WEIR_ZOO_SET || request->kind == WEIR_ZOO_DELETE ||
                  request->kind == WEIR_ZOO_CHECK;

    return !checks || is_unchecked(request) || request->version == WEIR_ZOO_ANY_VERSION ||
           request->version == node->version;
}

enum weir_zoo_result sim_ztree_judge(const struct weir_zoo_request *request)
{
    if (is_denied(request->path)) {
        return WEIR_ZOO_DENIED;
    }
    if (request->kind == WEIR_ZOO_CREATE) {
        return judge_create(request->path);
    }
    const struct sim_znode *node = sim_ztree_find(request->path);
    if (node == NULL) {
        return WEIR_ZOO_ABSENT;
    }
    if (!is_version(request, node)) {
        return WEIR_ZOO_OTHER;
    }
    bool full = request->kind == WEIR_ZOO_DELETE && sim_ztree_children(request->path, NULL, 0) > 0;
    return full ? WEIR_ZOO_OTHER : WEIR_ZOO_OK;
}

static void add_node(const struct weir_zoo_request *request, int64_t session)
{
    size_t place = place_of(request->path);

    sim_ztree.nodes =
        grow(sim_ztree.nodes, &sim_ztree.capacity, sim_ztree.count, sizeof sim_ztree.nodes[0]);
    memmove(&sim_ztree.nodes[place + 1], &sim_ztree.nodes[place],
            (sim_ztree.count - place) * sizeof sim_ztree.nodes[0]);
    sim_ztree.nodes[place] =
        (struct sim_znode){.path = sim_zcopy(request->path, strlen(request->path)),
                           .data = sim_zcopy(request->data, request->size),
                           .size = request->size,
                           .created = sim_ztree.zxid,
                           .owner = request->ephemeral ? session : 0};
    sim_ztree.count++;
    fire(request->path, false);
    fire_parent(request->path);
}

static void remove_node(const char *name)
{
    char *path = sim_zcopy(name, strlen(name));
    size_t place = place_of(path);

    free(sim_ztree.nodes[place].path);
    free(sim_ztree.nodes[place].data);
    sim_ztree.count--;
    memmove(&sim_ztree.nodes[place], &sim_ztree.nodes[place + 1],
            (sim_ztree.count - place) * sizeof sim_ztree.nodes[0]);
    fire(path, false);
    fire(path, true);
    fire_parent(path);
    free(path);
}

void sim_ztree_apply(const struct weir_zoo_request *request, int64_t session)
{
    struct sim_znode *node = sim_ztree_find(request->path);

    sim_ztree.zxid++;
    if (request->kind == WEIR_ZOO_CREATE) {
        add_node(request, session);
    } else if (request->kind == WEIR_ZOO_DELETE) {
        remove_node(request->path);
    } else if (request->kind == WEIR_ZOO_SET) {
        free(node->data);
        node->data = sim_zcopy(request->data, request->size);
        node->size = request->size;
        node->version++;
        fire(request->path, false);
    }
}

/* A transaction is judged as a whole: a part sees what those before it would have done. The only
 * cases that anybody needs are a node that is deleted and created anew, and one that is created and
 * deleted again. */
static bool was_before(const struct weir_zoo_request *parts, size_t part, enum weir_zoo_kind kind)
{
    for (size_t i = 0; i < part; i++) {
        if (parts[i].kind == kind && strcmp(parts[i].path, parts[part].path) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_allowed_by_parts(const struct weir_zoo_request *parts, size_t part,
                                enum weir_zoo_result result)
{
    return (result == WEIR_ZOO_PRESENT && was_before(parts, part, WEIR_ZOO_DELETE)) ||
           (result == WEIR_ZOO_ABSENT && parts[part].kind == WEIR_ZOO_DELETE &&
            was_before(parts, part, WEIR_ZOO_CREATE));
}

enum weir_zoo_result sim_ztree_apply_all(const struct weir_zoo_request *parts, size_t count,
                                         int64_t session, size_t *failed)
{
    for (size_t i = 0; i < count; i++) {
        enum weir_zoo_result result = sim_ztree_judge(&parts[i]);
        if (is_allowed_by_parts(parts, i, result)) {
            result = WEIR_ZOO_OK;
        }
        if (result != WEIR_ZOO_OK) {
            *failed = i;
            return result;
        }
    }
    for (size_t i = 0; i < count; i++) {
        sim_ztree_apply(&parts[i], session);
    }
    return WEIR_ZOO_OK;
}

void sim_ztree_end_session(int64_t session)
{
    for (size_t i = sim_ztree.watch_count; i > 0; i--) {
        if (sim_ztree.watches[i - 1].session == session) {
            drop_watch(i - 1);
        }
    }
    sim_ztree.zxid++;
    for (size_t i = sim_ztree.count; i > 0; i--) {
        if (sim_ztree.nodes[i - 1].owner == session) {
            remove_node(sim_ztree.nodes[i - 1].path);
        }
    }
}

void sim_ztree_reset(void)
{
    while (sim_ztree.watch_count > 0) {
        drop_watch(sim_ztree.watch_count - 1);
    }
    for (size_t i = 0; i < sim_ztree.count; i++) {
        free(sim_ztree.nodes[i].path);
        free(sim_ztree.nodes[i].data);
    }
    free(sim_ztree.nodes);
    free(sim_ztree.watches);
    sim_ztree_deny(NULL);
    sim_ztree = (struct sim_ztree){0};
}
