#include "tools/zoo_group_nodes.h"

#include "framework/znode.h"
#include "tools/memory.h"
#include "tools/options.h"
#include <stdlib.h>
#include <string.h>

/* One level of the tree: of each node its children, with which come its facts. */
static void ask_below(const struct weir_zoo_questions *level, struct weir_zoo_questions *next)
{
    for (size_t i = 0; i < level->count; i++) {
        const struct weir_zoo_question *node = &level->all[i];
        for (size_t j = 0; j < node->name_count; j++) {
            (void)weir_zoo_questions_add(next, WEIR_ZOO_CHILDREN,
                                         weir_cli_text("%s/%s", node->path, node->names[j]));
        }
    }
}

/* What is gone when it is read was not there. */
static void take(const struct weir_zoo_questions *level, size_t root,
                 struct weir_zoo_group_nodes *out)
{
    for (size_t i = 0; i < level->count; i++) {
        const struct weir_zoo_question *node = &level->all[i];
        if (node->kind != WEIR_ZOO_CHILDREN || node->result != WEIR_ZOO_OK) {
            continue;
        }
        if ((out->count & (out->count - 1)) == 0) { /* it is full at every power of two */
            out->all =
                weir_cli_grow(out->all, out->count == 0 ? 1 : 2 * out->count, sizeof out->all[0]);
        }
        char *path = weir_cli_copy(node->path);
        out->all[out->count++] =
            (struct weir_zoo_group_node){.path = path,
                                         .below = path[root] == '/' ? path + root + 1 : path + root,
                                         .facts = node->facts};
    }
}

static int by_path(const void *one, const void *other)
{
    const struct weir_zoo_group_node *a = one;
    const struct weir_zoo_group_node *b = other;

    return strcmp(a->path, b->path);
}

int weir_zoo_group_nodes_read(struct weir_zoo_talk *talk, const char *group,
                              struct weir_zoo_group_nodes *out)
{
    struct weir_zoo_questions level = {.all = NULL};
    struct weir_znode node;
    int code = WEIR_EXIT_OK;

    *out = (struct weir_zoo_group_nodes){.all = NULL};
    weir_znode_group(&node, group, "");
    char *path = weir_zoo_talk_path(talk, node.path);
    size_t root = strlen(path);
    (void)weir_zoo_questions_add(&level, WEIR_ZOO_SYNC, weir_cli_copy(path));
    (void)weir_zoo_questions_add(&level, WEIR_ZOO_CHILDREN, path);
    while (code == WEIR_EXIT_OK && level.count > 0) {
        struct weir_zoo_questions next = {.all = NULL};
        code = weir_zoo_talk_read(talk, &level);
        if (code == WEIR_EXIT_OK) {
            take(&level, root, out);
            ask_below(&level, &next);
        }
        weir_zoo_questions_fini(&level);
        level = next;
    }
    weir_zoo_questions_fini(&level);
    if (out->count > 0) {
        qsort(out->all, out->count, sizeof out->all[0], by_path);
    }
    return code;
}

void weir_zoo_group_nodes_fini(struct weir_zoo_group_nodes *nodes)
{
    for (size_t i = 0; i < nodes->count; i++) {
        free(nodes->all[i].path);
    }
    free(nodes->all);
    *nodes = (struct weir_zoo_group_nodes){.all = NULL};
}

const struct weir_zoo_group_node *
weir_zoo_group_nodes_find(const struct weir_zoo_group_nodes *nodes, const char *below)
{
    for (size_t i = 0; i < nodes->count; i++) {
        if (strcmp(nodes->all[i].below, below) == 0) {
            return &nodes->all[i];
        }
    }
    return NULL;
}
