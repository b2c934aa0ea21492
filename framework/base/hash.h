/* Which lane does a key belong to? */
#ifndef WEIR_BASE_HASH_H
#define WEIR_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a, 32 bits (Fowler, Noll, Vo; draft-eastlake-fnv), with a final mix because lanes are chosen
 * by the low bits. Not for tables that strangers fill: a bad choice of keys costs parallelism only.
 */
static inline uint32_t weir_hash(const void *data, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)data;
    uint32_t hash = UINT32_C(2166136261);

    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ bytes[i]) * UINT32_C(16777619);
    }
    hash ^= hash >> 16;
    hash *= UINT32_C(0x85ebca6b);
    return hash ^ (hash >> 13);
}

#endif /* WEIR_BASE_HASH_H */
