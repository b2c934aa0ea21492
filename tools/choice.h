/* Which partitions did the user name with --topic? */
#ifndef WEIR_TOOLS_CHOICE_H
#define WEIR_TOOLS_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Any number of "orders" (all of its partitions), "orders:3" and "orders:0-3,7". Pure. Thread: one
 * at a time. Memory: the heap, freed by fini; zeroed is empty. */
struct weir_choice_range {
    char *topic;
    int32_t first;
    int32_t last; /* WEIR_CHOICE_ALL: to the topic's last one */
};

enum { WEIR_CHOICE_ALL = INT32_MAX, WEIR_CHOICE_WHY_SIZE = 128 };

struct weir_choice {
    struct weir_choice_range *ranges; /* as they were named; they may overlap */
    size_t count;
};

/* False: "at character N: ..." is in `why`, of WEIR_CHOICE_WHY_SIZE, and nothing was added. */
bool weir_choice_add(struct weir_choice *choice, const char *text, char *why);
/* All of a topic, whatever its name, unless that is there already. */
void weir_choice_add_topic(struct weir_choice *choice, const char *topic);
bool weir_choice_has(const struct weir_choice *choice, const char *topic, int32_t partition);
void weir_choice_fini(struct weir_choice *choice);

#endif /* WEIR_TOOLS_CHOICE_H */
