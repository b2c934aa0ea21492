/* Which nodes are there of a group in ZooKeeper, whoever made them? */
#ifndef WEIR_TOOLS_ZOO_GROUP_NODES_H
#define WEIR_TOOLS_ZOO_GROUP_NODES_H

#include "tools/zoo_talk.h"

/* Each node below /consumers/<group>, and that one itself, as it was read, one level after the
 * other. Thread: one at a time. Memory: the heap, freed by fini; zeroed is none. */
struct weir_zoo_group_node {
    char *path;        /* with the chroot */
    const char *below; /* the group's node: "" itself, "ids/a"; in `path` */
    struct weir_zoo_facts facts;
};

struct weir_zoo_group_nodes {
    struct weir_zoo_group_node *all; /* by path: a node comes before what is below it */
    size_t count;
};

/* The exit code, and it is said. */
int weir_zoo_group_nodes_read(struct weir_zoo_talk *talk, const char *group,
                              struct weir_zoo_group_nodes *out);
void weir_zoo_group_nodes_fini(struct weir_zoo_group_nodes *nodes);
/* NULL: there is none. */
const struct weir_zoo_group_node *
weir_zoo_group_nodes_find(const struct weir_zoo_group_nodes *nodes, const char *below);

#endif /* WEIR_TOOLS_ZOO_GROUP_NODES_H */
