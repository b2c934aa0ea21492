/* Was the next state of a switch written, or was somebody else first? */
#ifndef WEIR_TOOLS_ZOO_SWITCH_WRITE_H
#define WEIR_TOOLS_ZOO_SWITCH_WRITE_H

#include "tools/zoo_switch_sight.h"

enum weir_switch_written {
    WEIR_SWITCH_WRITTEN,
    WEIR_SWITCH_LOST,  /* the record is another one than was read */
    WEIR_SWITCH_UNSURE /* the connection broke: reading tells */
};

/* One write with the version of the last look, or the node's creation. WEIR_EXIT_OK and *out, or
 * the exit code, and it is said. */
int weir_switching_write(struct weir_switching *switching, const struct weir_switch *next,
                         enum weir_switch_written *out);

struct weir_switch_replay;

/* What is written with the record, in one transaction; NULL: nothing. */
struct weir_switch_papers {
    const char *stops;    /* switch_stops.h of the framework */
    const char *snapshot; /* zoo_switch_snapshot.h */
    const struct weir_switch_replay *replay;
};

/* The same with these. */
int weir_switching_ask(struct weir_switching *switching, const struct weir_switch *next,
                       const struct weir_switch_papers *papers, enum weir_switch_written *out);

/* What becomes of one half of a swap. */
struct weir_switch_half {
    struct weir_switching *switching;
    const struct weir_switch *next;   /* NULL: it must be as it was seen */
    struct weir_switch_papers papers; /* with it */
};

/* Both in one transaction, each with the version of its last look. WEIR_EXIT_USAGE, and said: it
 * does not hold that much. */
int weir_switching_write_both(const struct weir_switch_half halves[2],
                              enum weir_switch_written *out);

#endif /* WEIR_TOOLS_ZOO_SWITCH_WRITE_H */
