#include "tools/zoo_tree.h"

#include "tools/memory.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY_FIRST = 64 };

static char *copy(const void *data, size_t size)
{
    char *bytes = weir_cli_alloc(size + 1, 1);

    if (size > 0 && data != NULL) {
        memcpy(bytes, data, size);
    }
    return bytes;
}

static void *grow(void *array, size_t *capacity, size_t count, size_t size)
{
    if (count < *capacity) {
        return array;
    }
    *capacity = *capacity == 0 ? CAPACITY_FIRST : *capacity * 2;
    return weir_cli_grow(array, *capacity, size);
}

/* Where the path is, or would be. */
static size_t place_of(const struct weir_zoo_tree *tree, const char *path)
{
    size_t low = 0;
    size_t high = tree->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(tree->nodes[middle].path, path) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct weir_zoo_node *weir_zoo_tree_find(struct weir_zoo_tree *tree, const char *path)
{
    static char slash[] = "/";
    static char nothing[] = "";
    static struct weir_zoo_node root = {.path = slash, .data = nothing};
    size_t place = place_of(tree, path);

    if (strcmp(path, slash) == 0) {
        return &root;
    }
    bool found = place < tree->count && strcmp(tree->nodes[place].path, path) == 0;

    return found ? &tree->nodes[place] : NULL;
}

uint32_t weir_zoo_tree_children(const struct weir_zoo_tree *tree, const char *path,
                                const char **names, uint32_t capacity)
{
    size_t size = strcmp(path, "/") == 0 ? 0 : strlen(path);
    uint32_t count = 0;

    for (size_t i = place_of(tree, path); i < tree->count; i++) {
        const char *other = tree->nodes[i].path;
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

struct weir_zoo_facts weir_zoo_tree_facts(const struct weir_zoo_tree *tree,
                                          const struct weir_zoo_node *node)
{
    return (struct weir_zoo_facts){.created = node->created,
                                   .owner = node->owner,
                                   .modified_ms = node->modified_ms,
                                   .version = node->version,
                                   .child_count =
                                       weir_zoo_tree_children(tree, node->path, NULL, 0)};
}

/* Watches. */

/* The first watch on the path, or where it would be. */
static size_t watch_place(const struct weir_zoo_tree *tree, const char *path)
{
    size_t low = 0;
    size_t high = tree->watch_count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(tree->watches[middle].path, path) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void drop_watch(struct weir_zoo_tree *tree, size_t place)
{
    free(tree->watches[place].path);
    tree->watch_count--;
    memmove(&tree->watches[place], &tree->watches[place + 1],
            (tree->watch_count - place) * sizeof tree->watches[0]);
}

static bool watches_path(const struct weir_zoo_tree *tree, size_t place, const char *path)
{
    return place < tree->watch_count && strcmp(tree->watches[place].path, path) == 0;
}

void weir_zoo_tree_watch(struct weir_zoo_tree *tree, const char *path, bool children,
                         int64_t session)
{
    size_t place = watch_place(tree, path);

    for (size_t i = place; watches_path(tree, i, path); i++) {
        if (tree->watches[i].session == session && tree->watches[i].children == children) {
            return;
        }
    }
    tree->watches =
        grow(tree->watches, &tree->watch_capacity, tree->watch_count, sizeof tree->watches[0]);
    memmove(&tree->watches[place + 1], &tree->watches[place],
            (tree->watch_count - place) * sizeof tree->watches[0]);
    tree->watches[place] = (struct weir_zoo_tree_watch){
        .path = copy(path, strlen(path)), .session = session, .children = children};
    tree->watch_count++;
}

static void fire(struct weir_zoo_tree *tree, const char *path, bool children)
{
    size_t place = watch_place(tree, path);

    while (watches_path(tree, place, path)) {
        int64_t session = tree->watches[place].session;
        if (tree->watches[place].children == children) {
            drop_watch(tree, place);
            tree->fire(path, children, session, tree->user);
        } else {
            place++;
        }
    }
}

static char *parent_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    assert(slash != NULL);
    return copy(path, slash == path ? 1 : (size_t)(slash - path));
}

static void fire_parent(struct weir_zoo_tree *tree, const char *path)
{
    char *parent = parent_of(path);

    fire(tree, parent, true);
    free(parent);
}

/* What is asked for. */

static enum weir_zoo_result judge_create(struct weir_zoo_tree *tree, const char *path)
{
    char *parent = parent_of(path);
    const struct weir_zoo_node *above = weir_zoo_tree_find(tree, parent);

    free(parent);
    if (weir_zoo_tree_find(tree, path) != NULL) {
        return WEIR_ZOO_PRESENT;
    }
    if (above == NULL) {
        return WEIR_ZOO_ABSENT;
    }
    return above->owner != 0 ? WEIR_ZOO_FAILED
                             : WEIR_ZOO_OK; /* what is ephemeral has no children */
}

/* Of a node that is there. */
static bool is_version(const struct weir_zoo_request *request, const struct weir_zoo_node *node)
{
    bool checks = request->kind == WEIR_ZOO_SET || request->kind == WEIR_ZOO_DELETE ||
                  request->kind == WEIR_ZOO_CHECK;

    return !checks || request->version == WEIR_ZOO_ANY_VERSION || request->version == node->version;
}

/* As ZooKeeper has it. */
static bool is_path(const char *path)
{
    size_t size = strlen(path);

    return path[0] == '/' && (size == 1 || path[size - 1] != '/') && strstr(path, "//") == NULL &&
           strstr(path, "/./") == NULL && strstr(path, "/../") == NULL &&
           (size < 2 || strcmp(path + size - 2, "/.") != 0) &&
           (size < 3 || strcmp(path + size - 3, "/..") != 0);
}

enum weir_status weir_zoo_tree_admits(const struct weir_zoo_request *request)
{
    bool multi = request->kind == WEIR_ZOO_MULTI;
    const struct weir_zoo_request *parts = multi ? request->parts : request;
    size_t count = multi ? request->part_count : 1;
    size_t size = 0;

    for (size_t i = 0; i < count; i++) {
        if (!is_path(parts[i].path)) {
            return WEIR_ERR_INVALID;
        }
        if (strlen(parts[i].path) > WEIR_ZOO_PATH_MAX || parts[i].size > WEIR_ZOO_DATA_MAX) {
            return WEIR_ERR_CONFIG;
        }
        size += parts[i].size;
    }
    return size > WEIR_ZOO_DATA_MAX ? WEIR_ERR_CONFIG : WEIR_OK;
}

enum weir_zoo_result weir_zoo_tree_judge(struct weir_zoo_tree *tree,
                                         const struct weir_zoo_request *request)
{
    if (request->kind == WEIR_ZOO_CREATE) {
        return judge_create(tree, request->path);
    }
    const struct weir_zoo_node *node = weir_zoo_tree_find(tree, request->path);
    if (node == NULL) {
        return WEIR_ZOO_ABSENT;
    }
    if (!is_version(request, node)) {
        return WEIR_ZOO_OTHER;
    }
    bool full = request->kind == WEIR_ZOO_DELETE &&
                weir_zoo_tree_children(tree, request->path, NULL, 0) > 0;
    return full ? WEIR_ZOO_OTHER : WEIR_ZOO_OK;
}

static void add_node(struct weir_zoo_tree *tree, const struct weir_zoo_request *request,
                     int64_t session)
{
    size_t place = place_of(tree, request->path);

    tree->nodes = grow(tree->nodes, &tree->capacity, tree->count, sizeof tree->nodes[0]);
    memmove(&tree->nodes[place + 1], &tree->nodes[place],
            (tree->count - place) * sizeof tree->nodes[0]);
    tree->nodes[place] = (struct weir_zoo_node){.path = copy(request->path, strlen(request->path)),
                                                .data = copy(request->data, request->size),
                                                .size = request->size,
                                                .created = tree->zxid,
                                                .owner = request->ephemeral ? session : 0,
                                                .modified_ms = tree->now_ms};
    tree->count++;
    fire(tree, request->path, false);
    fire_parent(tree, request->path);
}

static void remove_node(struct weir_zoo_tree *tree, const char *name)
{
    char *path = copy(name, strlen(name));
    size_t place = place_of(tree, path);

    free(tree->nodes[place].path);
    free(tree->nodes[place].data);
    tree->count--;
    memmove(&tree->nodes[place], &tree->nodes[place + 1],
            (tree->count - place) * sizeof tree->nodes[0]);
    fire(tree, path, false);
    fire(tree, path, true);
    fire_parent(tree, path);
    free(path);
}

void weir_zoo_tree_apply(struct weir_zoo_tree *tree, const struct weir_zoo_request *request,
                         int64_t session)
{
    struct weir_zoo_node *node = weir_zoo_tree_find(tree, request->path);

    tree->zxid++;
    if (request->kind == WEIR_ZOO_CREATE) {
        assert(node == NULL);
        add_node(tree, request, session);
    } else if (request->kind == WEIR_ZOO_DELETE) {
        remove_node(tree, request->path);
    } else if (request->kind == WEIR_ZOO_SET) {
        free(node->data);
        node->data = copy(request->data, request->size);
        node->size = request->size;
        node->version++;
        node->modified_ms = tree->now_ms;
        fire(tree, request->path, false);
    }
}

/* A transaction is judged as a whole: a part sees what those before it would have done. The only
 * cases that anybody needs are a node that is deleted and created anew, one that is created and
 * deleted again, and one that is deleted after all that is below it. */
static bool was_before(const struct weir_zoo_request *parts, size_t part, enum weir_zoo_kind kind)
{
    for (size_t i = 0; i < part; i++) {
        if (parts[i].kind == kind && strcmp(parts[i].path, parts[part].path) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_child(const char *path, const char *folder)
{
    size_t size = strlen(folder);

    return strncmp(path, folder, size) == 0 && path[size] == '/' &&
           strchr(path + size + 1, '/') == NULL;
}

/* It has the version that is asked for, and its children are deleted by the parts before. */
static bool is_emptied(struct weir_zoo_tree *tree, const struct weir_zoo_request *parts,
                       size_t part)
{
    const struct weir_zoo_node *node = weir_zoo_tree_find(tree, parts[part].path);
    uint32_t deleted = 0;

    for (size_t i = 0; i < part; i++) {
        deleted += parts[i].kind == WEIR_ZOO_DELETE && is_child(parts[i].path, parts[part].path) &&
                           weir_zoo_tree_find(tree, parts[i].path) != NULL
                       ? 1
                       : 0;
    }
    return is_version(&parts[part], node) &&
           deleted == weir_zoo_tree_children(tree, parts[part].path, NULL, 0);
}

static bool is_allowed_by_parts(struct weir_zoo_tree *tree, const struct weir_zoo_request *parts,
                                size_t part, enum weir_zoo_result result)
{
    return (result == WEIR_ZOO_OTHER && parts[part].kind == WEIR_ZOO_DELETE &&
            is_emptied(tree, parts, part)) ||
           (result == WEIR_ZOO_PRESENT && was_before(parts, part, WEIR_ZOO_DELETE)) ||
           (result == WEIR_ZOO_ABSENT && parts[part].kind == WEIR_ZOO_DELETE &&
            was_before(parts, part, WEIR_ZOO_CREATE));
}

enum weir_zoo_result weir_zoo_tree_judge_all(struct weir_zoo_tree *tree,
                                             const struct weir_zoo_request *parts, size_t count,
                                             size_t *failed)
{
    for (size_t i = 0; i < count; i++) {
        enum weir_zoo_result result = weir_zoo_tree_judge(tree, &parts[i]);
        if (result != WEIR_ZOO_OK && !is_allowed_by_parts(tree, parts, i, result)) {
            *failed = i;
            return result;
        }
    }
    return WEIR_ZOO_OK;
}

void weir_zoo_tree_end_session(struct weir_zoo_tree *tree, int64_t session)
{
    assert(session != 0);
    for (size_t i = tree->watch_count; i > 0; i--) {
        if (tree->watches[i - 1].session == session) {
            drop_watch(tree, i - 1);
        }
    }
    tree->zxid++;
    for (size_t i = tree->count; i > 0; i--) {
        if (tree->nodes[i - 1].owner == session) {
            remove_node(tree, tree->nodes[i - 1].path);
        }
    }
}

void weir_zoo_tree_fini(struct weir_zoo_tree *tree)
{
    while (tree->watch_count > 0) {
        drop_watch(tree, tree->watch_count - 1);
    }
    for (size_t i = 0; i < tree->count; i++) {
        free(tree->nodes[i].path);
        free(tree->nodes[i].data);
    }
    free(tree->nodes);
    free(tree->watches);
    *tree = (struct weir_zoo_tree){.fire = tree->fire, .user = tree->user};
}
