#include "framework/holding.h"

#include "framework/base/hash.h"
#include "framework/base/memory.h"
#include <assert.h>
#include <string.h>

static size_t bucket_of(const char *topic, int32_t partition)
{
    return (weir_hash(topic, strlen(topic)) + (uint32_t)partition) % WEIR_HOLDING_BUCKETS;
}

static void put(struct weir_holdings *holdings, struct weir_holding *holding)
{
    size_t bucket = bucket_of(holding->topic, holding->partition);

    holding->next = holdings->buckets[bucket];
    holdings->buckets[bucket] = holding;
    holdings->count++;
}

struct weir_holding *weir_holdings_add(struct weir_holdings *holdings, const char *topic,
                                       int32_t partition)
{
    assert(weir_holdings_find(holdings, topic, partition) == NULL);
    size_t size = strlen(topic) + 1;
    struct weir_holding *holding = weir_calloc(1, sizeof *holding + size);

    if (holding == NULL) {
        return NULL;
    }
    memcpy(holding->topic, topic, size);
    holding->partition = partition;
    holding->end = -1;
    holding->began = -1;
    holding->halt = INT64_MAX;
    holding->prefilled = -1;
    holding->commit.stored = -1;
    put(holdings, holding);
    return holding;
}

void weir_holdings_put(struct weir_holdings *holdings, struct weir_holding *holding)
{
    assert(weir_holdings_find(holdings, holding->topic, holding->partition) == NULL);
    put(holdings, holding);
}

struct weir_holding *weir_holdings_find(const struct weir_holdings *holdings, const char *topic,
                                        int32_t partition)
{
    struct weir_holding *holding = holdings->buckets[bucket_of(topic, partition)];

    while (holding != NULL &&
           (holding->partition != partition || strcmp(holding->topic, topic) != 0)) {
        holding = holding->next;
    }
    return holding;
}

void weir_holdings_remove(struct weir_holdings *holdings, struct weir_holding *holding)
{
    struct weir_holding **link = &holdings->buckets[bucket_of(holding->topic, holding->partition)];

    while (*link != holding) {
        assert(*link != NULL);
        link = &(*link)->next;
    }
    *link = holding->next;
    holding->next = NULL;
    holdings->count--;
}

struct weir_holding *weir_holdings_next(const struct weir_holdings *holdings,
                                        const struct weir_holding *after)
{
    size_t bucket = 0;

    if (after != NULL) {
        if (after->next != NULL) {
            return after->next;
        }
        bucket = bucket_of(after->topic, after->partition) + 1;
    }
    while (bucket < WEIR_HOLDING_BUCKETS && holdings->buckets[bucket] == NULL) {
        bucket++;
    }
    return bucket < WEIR_HOLDING_BUCKETS ? holdings->buckets[bucket] : NULL;
}
