/* What is in a ZooKeeper, and who watches it? */
#ifndef WEIR_TOOLS_ZOO_TREE_H
#define WEIR_TOOLS_ZOO_TREE_H

#include "framework/zoo.h"
#include <stddef.h>
#include <stdint.h>

/* Nodes and watches as a server keeps them, both sorted by path; requests are judged and done as
 * framework/zoo.h has them. The root is always there, and nobody writes to it. Knows no clock and
 * no connections. Thread: one at a time. Memory: the heap, freed by fini. */
struct weir_zoo_node {
    char *path;
    char *data; /* a 0 byte follows it */
    size_t size;
    int64_t created;
    int64_t owner; /* the session of an ephemeral one, else 0 */
    int64_t modified_ms;
    int32_t version;
};

/* Of children, or of data and existence; for a session, once. */
struct weir_zoo_tree_watch {
    char *path;
    int64_t session;
    bool children;
};

/* The watch of a session is used up. Must not touch the tree. */
typedef void weir_zoo_fire_fn(const char *path, bool children, int64_t session, void *user);

/* Zeroed but for `fire` and `user` it is empty. */
struct weir_zoo_tree {
    weir_zoo_fire_fn *fire;
    void *user;
    struct weir_zoo_node *nodes;
    size_t count;
    size_t capacity;
    struct weir_zoo_tree_watch *watches;
    size_t watch_count;
    size_t watch_capacity;
    int64_t zxid;
    int64_t now_ms; /* what is written is modified then: set before apply */
};

/* Empty again. */
void weir_zoo_tree_fini(struct weir_zoo_tree *tree);

/* NULL: there is none. Borrowed until something is done. */
struct weir_zoo_node *weir_zoo_tree_find(struct weir_zoo_tree *tree, const char *path);
/* How many there are; the names of the first `capacity` of them, borrowed likewise. */
uint32_t weir_zoo_tree_children(const struct weir_zoo_tree *tree, const char *path,
                                const char **names, uint32_t capacity);
/* Of a node in the tree. */
struct weir_zoo_facts weir_zoo_tree_facts(const struct weir_zoo_tree *tree,
                                          const struct weir_zoo_node *node);

/* May it be sent at all? WEIR_OK, or what submit says of its paths and its size. */
enum weir_status weir_zoo_tree_admits(const struct weir_zoo_request *request);
/* Could it be done? WEIR_ZOO_OK, or why not. Not for MULTI and SYNC. */
enum weir_zoo_result weir_zoo_tree_judge(struct weir_zoo_tree *tree,
                                         const struct weir_zoo_request *request);
/* Could the parts of a MULTI be done as a whole? `failed` is the first that could not. */
enum weir_zoo_result weir_zoo_tree_judge_all(struct weir_zoo_tree *tree,
                                             const struct weir_zoo_request *parts, size_t count,
                                             size_t *failed);
/* Does it, after it was judged fit. Fires watches. */
void weir_zoo_tree_apply(struct weir_zoo_tree *tree, const struct weir_zoo_request *request,
                         int64_t session);

void weir_zoo_tree_watch(struct weir_zoo_tree *tree, const char *path, bool children,
                         int64_t session);
/* Its watches and its ephemeral nodes go. */
void weir_zoo_tree_end_session(struct weir_zoo_tree *tree, int64_t session);

#endif /* WEIR_TOOLS_ZOO_TREE_H */
