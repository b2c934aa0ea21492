/* How long did nobody own a partition that was handed over? */
#ifndef WEIR_TOOLS_ZOO_SWITCH_GAPS_H
#define WEIR_TOOLS_ZOO_SWITCH_GAPS_H

#include "tools/zoo_look.h"
#include "tools/zoo_talk.h"

/* Watches the owners' nodes, and measures from when it hears that one is gone to when it hears that
 * there is another, by one clock, that of the talk's world: both news take a way, so a gap may be
 * off by about one round trip. What it cannot see is when the handlers of the old owner ended and
 * those of the new one began: the first is before, the second behind. What changed while there was
 * no connection is not measured. Thread: one at a time. Memory: the heap, freed by fini; zeroed is
 * empty. */
struct weir_switch_gap {
    char *topic;
    int32_t partition;
    char *path;
    bool known;           /* what stands there was read once */
    bool due;             /* it is to be read */
    bool asked;           /* it is being read */
    bool blind;           /* there was no connection since it was read */
    int64_t session;      /* of its owner; 0: it has none */
    int64_t created;      /* that node */
    weir_time changed_at; /* a watch fired that is not understood yet; 0: none */
    weir_time free_at;    /* its owner's node was gone; 0: it has one, or nobody saw that */
    uint32_t moves;       /* times that there was a new owner */
    uint32_t told;        /* of these, for whoever shows them */
    int64_t gap_ns;       /* the longest; -1: none was measured */
};

struct weir_switch_gaps {
    struct weir_switch_gap *all; /* by topic and partition */
    size_t count;
    struct weir_zoo_talk *talk;
    struct weir_zoo_listener listener;
    uint64_t tag; /* of the first */
};

/* What was measured, in nanoseconds; all 0 when nothing was. */
struct weir_switch_gaps_sum {
    size_t measured; /* partitions */
    int64_t median_ns;
    int64_t p99_ns;
    int64_t max_ns;
};

/* Of every partition that has an owner in this look, or is in its division. Returns when all are
 * watched, or after `patience_ms`. */
void weir_switch_gaps_begin(struct weir_switch_gaps *gaps, struct weir_zoo_talk *talk,
                            const char *group, const struct weir_zoo_look *look,
                            int64_t patience_ms);
/* Until what is under way is understood, no longer than `patience_ms`. */
void weir_switch_gaps_settle(const struct weir_switch_gaps *gaps, int64_t patience_ms);
void weir_switch_gaps_fini(struct weir_switch_gaps *gaps);

/* How many are owned by a member of this color, by the sessions of the roster. */
size_t weir_switch_gaps_owned(const struct weir_switch_gaps *gaps, const struct weir_zoo_look *look,
                              const char *color);
struct weir_switch_gaps_sum weir_switch_gaps_sum(const struct weir_switch_gaps *gaps);
/* Those that were measured, the longest first; NULL: none. The caller frees the array, borrowed
 * from the gaps. */
const struct weir_switch_gap **weir_switch_gaps_slowest(const struct weir_switch_gaps *gaps,
                                                        size_t *count);

#endif /* WEIR_TOOLS_ZOO_SWITCH_GAPS_H */
