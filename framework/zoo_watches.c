#include "framework/zoo_watches.h"

#include "framework/base/hash.h"
#include "framework/base/memory.h"
#include <assert.h>
#include <string.h>

struct weir_zoo_watch *weir_zoo_watch_create(const char *path, enum weir_zoo_watch_kind kind)
{
    size_t size = strlen(path) + 1;
    struct weir_zoo_watch *watch = weir_malloc(sizeof *watch + size);

    if (watch != NULL) {
        watch->next = NULL;
        watch->kinds = kind;
        memcpy(watch->path, path, size);
    }
    return watch;
}

void weir_zoo_watch_destroy(struct weir_zoo_watch *watch)
{
    weir_free(watch);
}

static size_t bucket_of(const char *path)
{
    return weir_hash(path, strlen(path)) % WEIR_ZOO_WATCH_BUCKETS;
}

/* Where the path is linked in, or the end of its bucket. */
static struct weir_zoo_watch **find(struct weir_zoo_watches *watches, const char *path)
{
    struct weir_zoo_watch **at = &watches->buckets[bucket_of(path)];

    while (*at != NULL && strcmp((*at)->path, path) != 0) {
        at = &(*at)->next;
    }
    return at;
}

void weir_zoo_watches_add(struct weir_zoo_watches *watches, struct weir_zoo_watch **watch)
{
    struct weir_zoo_watch **at = find(watches, (*watch)->path);
    size_t bucket = bucket_of((*watch)->path);

    assert((*watch)->next == NULL);
    if (*at != NULL) {
        (*at)->kinds |= (*watch)->kinds;
        weir_zoo_watch_destroy(*watch);
    } else {
        *at = *watch;
    }
    watches->first = bucket < watches->first ? bucket : watches->first;
    *watch = NULL;
}

void weir_zoo_watches_remove(struct weir_zoo_watches *watches, const char *path, unsigned kinds)
{
    struct weir_zoo_watch **at = find(watches, path);
    struct weir_zoo_watch *watch = *at;

    if (watch == NULL) {
        return;
    }
    watch->kinds &= ~kinds;
    if (watch->kinds == 0) {
        *at = watch->next;
        weir_zoo_watch_destroy(watch);
    }
}

struct weir_zoo_watch *weir_zoo_watches_take(struct weir_zoo_watches *watches)
{
    while (watches->first < WEIR_ZOO_WATCH_BUCKETS && watches->buckets[watches->first] == NULL) {
        watches->first++;
    }
    if (watches->first == WEIR_ZOO_WATCH_BUCKETS) {
        return NULL;
    }
    struct weir_zoo_watch *watch = watches->buckets[watches->first];
    watches->buckets[watches->first] = watch->next;
    watch->next = NULL;
    return watch;
}
