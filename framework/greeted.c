#include "framework/greeted.h"

struct greeted {
    struct weir_position *chosen;
    size_t count;
};

static void add(struct greeted *greeted, const char *topic, int32_t partition)
{
    if (greeted->count < WEIR_GREETED_MAX) {
        greeted->chosen[greeted->count++] = (struct weir_position){
            .topic = topic, .partition = partition, .offset = WEIR_OFFSET_NONE};
    }
}

static void add_catalog(struct greeted *greeted, const struct weir_catalog *catalog)
{
    bool more = true;

    for (uint32_t partition = 0; more && greeted->count < WEIR_GREETED_MAX; partition++) {
        more = false;
        for (size_t i = 0; i < catalog->count; i++) {
            if (partition < catalog->topics[i].partitions) {
                add(greeted, catalog->topics[i].name, (int32_t)partition);
                more = true;
            }
        }
    }
}

size_t weir_greeted_choose(const struct weir_catalog *catalog, const struct weir_static *list,
                           struct weir_position chosen[WEIR_GREETED_MAX])
{
    struct greeted greeted = {.chosen = chosen, .count = 0};

    add_catalog(&greeted, catalog);
    for (size_t i = 0; i < list->count; i++) {
        add(&greeted, list->partitions[i].topic, list->partitions[i].partition);
    }
    return greeted.count;
}
