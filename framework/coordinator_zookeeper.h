/* What else may be asked of the ZooKeeper coordinator? */
#ifndef WEIR_FRAMEWORK_COORDINATOR_ZOOKEEPER_H
#define WEIR_FRAMEWORK_COORDINATOR_ZOOKEEPER_H

#include "framework/coordinator.h"
#include <stdint.h>

/* The version of the node weir/fence/<topic>/<partition> of the group since our claim: a
 * transaction that checks it is refused once somebody else has claimed the partition. -1: it is not
 * ours. Thread: control. */
int32_t weir_coordinator_zookeeper_fence(const struct weir_coordinator *coordinator,
                                         const char *topic, int32_t partition);

#endif /* WEIR_FRAMEWORK_COORDINATOR_ZOOKEEPER_H */
