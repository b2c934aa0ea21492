#include "offsets/store.h"

#include <string.h>

const struct weir_store_ops *weir_store_find(const char *name)
{
    static const struct weir_store_ops *const stores[] = {&weir_store_kafka, &weir_store_memory,
                                                          &weir_store_zookeeper};

    for (size_t i = 0; i < sizeof stores / sizeof stores[0]; i++) {
        if (strcmp(stores[i]->name, name) == 0) {
            return stores[i];
        }
    }
    return NULL;
}
