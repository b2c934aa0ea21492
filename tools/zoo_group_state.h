/* What do the parts that know a group in ZooKeeper share? */
#ifndef WEIR_TOOLS_ZOO_GROUP_STATE_H
#define WEIR_TOOLS_ZOO_GROUP_STATE_H

#include "tools/zoo_group.h"
#include "tools/zoo_talk.h"

struct weir_zoo_group {
    char *name;
    struct weir_zoo_talk *talk;
};

#endif /* WEIR_TOOLS_ZOO_GROUP_STATE_H */
