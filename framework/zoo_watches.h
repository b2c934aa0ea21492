/* Which watches of a ZooKeeper session are still to fire? */
#ifndef WEIR_FRAMEWORK_ZOO_WATCHES_H
#define WEIR_FRAMEWORK_ZOO_WATCHES_H

#include <stddef.h>

/* The library keeps these for itself; we need them when a session is lost, because then it is no
 * longer heard. Pure. Thread: control. Memory: the heap, one block per path. */

/* What a watch is on. A node that comes or goes fires both. */
enum weir_zoo_watch_kind { WEIR_ZOO_WATCH_NODE = 1, WEIR_ZOO_WATCH_CHILDREN = 2 };

struct weir_zoo_watch {
    struct weir_zoo_watch *next;
    unsigned kinds;
    char path[];
};

enum { WEIR_ZOO_WATCH_BUCKETS = 1024 };

struct weir_zoo_watches {
    struct weir_zoo_watch *buckets[WEIR_ZOO_WATCH_BUCKETS];
    size_t first; /* no bucket below it holds any */
};

/* One that is in no set. NULL when out of memory. */
struct weir_zoo_watch *weir_zoo_watch_create(const char *path, enum weir_zoo_watch_kind kind);
/* NULL is accepted. */
void weir_zoo_watch_destroy(struct weir_zoo_watch *watch);

/* It is set now. Takes the watch. */
void weir_zoo_watches_add(struct weir_zoo_watches *watches, struct weir_zoo_watch **watch);
/* These kinds on this path have fired. */
void weir_zoo_watches_remove(struct weir_zoo_watches *watches, const char *path, unsigned kinds);
/* Any of those that are left, which the caller destroys; NULL when none is. */
struct weir_zoo_watch *weir_zoo_watches_take(struct weir_zoo_watches *watches);

#endif /* WEIR_FRAMEWORK_ZOO_WATCHES_H */
