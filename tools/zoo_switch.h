/* How does the command hand a group in ZooKeeper over from one color to another? */
#ifndef WEIR_TOOLS_ZOO_SWITCH_H
#define WEIR_TOOLS_ZOO_SWITCH_H

#include "tools/switch_health.h"
#include "tools/switch_stops.h"
#include "tools/zoo_group.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct weir_switch_snapshot;

/* Fills in what only the brokers know: stop offsets, and what is committed. The exit code, and it
 * is said. */
typedef int weir_switch_learn_fn(void *learner);

/* What the command line asks for. Milliseconds. */
struct weir_switch_wish {
    const char *to; /* the color that is to be the active one */
    const char *id;
    const char *by;
    const char *peer;    /* the group with the other half of a swap; NULL: it is none */
    const char *peer_to; /* that is to be active there; NULL: the one that was active here */
    bool leave_unread;   /* what the new color does not read may be nobody's */
    bool together;
    bool go_on;
    bool immediate;                           /* no handler of the old color is waited for */
    struct weir_switch_stop_list *stops;      /* the old color goes on up to these; NULL: none */
    struct weir_switch_stop_list *peer_stops; /* likewise in the other group: both, or none */
    weir_switch_learn_fn *learn;              /* before a plan is made; NULL: all is known */
    void *learner;
    int64_t prepare_ms;
    int64_t drain_ms;
    int64_t take_ms;
    int64_t health_ms;
    struct weir_switch_health_wish health;
    bool execute;
    bool wait;
    bool json;
    bool live;         /* `out` is a terminal: what is waited for is shown in place */
    int64_t unused_ms; /* collect: that a color, or a group, must not have been used */
    bool whole;        /* collect: the group, and not what its colors left behind */
    /* For how long a switch may be taken back after its end; 0: nothing is kept for that. */
    int64_t window_ms;
    bool offsets_in_zoo;
    const struct weir_switch_stop_list *committed; /* else, as the brokers tell; NULL: not known */
    const struct weir_switch_snapshot *back;       /* this takes back; NULL: it takes back none */
    const struct weir_switch_snapshot *peer_back;  /* likewise, of the other half of a swap */
    bool replay; /* rollback: from where the switch began, and not from where it ended */
    int64_t timeout_ms;
};

/* Each prints what it has to say, and returns the exit code; what goes wrong is said on standard
 * error. Nothing is written without `execute`. WEIR_EXIT_TRY_AGAIN: the group is not in a state for
 * it, somebody else was first, the record is damaged, or, with `wait`, it came out otherwise.
 * WEIR_EXIT_USAGE: an id, color or limit that cannot be. Each answer of ZooKeeper may take
 * timeout_ms. Thread: one at a time. */
typedef int weir_zoo_switch_fn(struct weir_zoo_group *group, const struct weir_switch_wish *wish,
                               FILE *out);

weir_zoo_switch_fn weir_zoo_switch_status;
weir_zoo_switch_fn weir_zoo_switch_plan;
/* A request that has been written already, or has ended, is known by its id, and is followed, or
 * its end is told. With `wait` it also takes the steps that nobody else takes. */
weir_zoo_switch_fn weir_zoo_switch_apply;
/* While nothing has moved. */
weir_zoo_switch_fn weir_zoo_switch_abort;
/* Whatever has moved; and what is done, within its window, by another switch. */
weir_zoo_switch_fn weir_zoo_switch_rollback;
weir_zoo_switch_fn weir_zoo_switch_history;
/* Removes what colors left behind that nobody uses: tools/zoo_switch_collect.c. */
weir_zoo_switch_fn weir_zoo_switch_collect;
/* Removes a whole group that nobody uses: tools/zoo_switch_collect_group.c. */
weir_zoo_switch_fn weir_zoo_switch_collect_group;

#endif /* WEIR_TOOLS_ZOO_SWITCH_H */
