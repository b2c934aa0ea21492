#include "framework/coordinator.h"

#include <string.h>

const struct weir_coordinator_ops *weir_coordinator_find(const char *name)
{
    static const struct weir_coordinator_ops *const all[] = {
        &weir_coordinator_kafka, &weir_coordinator_none, &weir_coordinator_zookeeper};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (strcmp(all[i]->name, name) == 0) {
            return all[i];
        }
    }
    return NULL;
}
