/* What is in ZooKeeper of a group, as it is found there? */
#ifndef WEIR_TOOLS_ZOO_LOOK_H
#define WEIR_TOOLS_ZOO_LOOK_H

#include "framework/allotment.h"
#include "framework/roster.h"
#include "framework/switch.h"
#include "tools/zoo_talk.h"

/* Read while others write: what is gone when it is read was not there. Thread: one at a time.
 * Memory: the heap, freed by fini; zeroed is empty. */
struct weir_zoo_owner {
    char *topic;
    int32_t partition;
    char *data;      /* "<member>-0", or whatever stands there */
    int64_t session; /* 0: the node stays when nobody is there any more */
};

struct weir_zoo_look {
    bool exists;               /* anything at all */
    struct weir_roster roster; /* nobody in it is unread */
    int64_t *sessions;         /* of each in the roster */
    char **troubles;           /* why each is no member; NULL: it is one */
    /* Of a group with colors. What is told of the division is the active color's then. */
    bool switched;             /* there is a record of the switch, and it can be read */
    struct weir_switch record; /* without one as weir_switch_init makes it */
    int32_t record_version;
    int64_t record_created; /* which incarnation of the node it is */
    char *record_damage;    /* why it cannot be read; NULL: it can, or there is none */
    bool steady;            /* the record was the same when all owners had been read */
    bool divided;           /* there is an allotment, and it can be read */
    struct weir_allotment allotment;
    char *damage;                  /* why it cannot be read; NULL: it can, or there is none */
    struct weir_zoo_owner *owners; /* by topic and partition */
    size_t owner_count;
};

/* WEIR_EXIT_OK, or the exit code, and it is said. The caller calls fini, whatever is returned. */
int weir_zoo_look(struct weir_zoo_talk *talk, const char *group, struct weir_zoo_look *out);
/* The same of the record and the members alone. */
int weir_zoo_look_members(struct weir_zoo_talk *talk, const char *group, struct weir_zoo_look *out);
/* Reads another color's division in the place of the one that was read; NULL: that of all. */
int weir_zoo_look_division(struct weir_zoo_talk *talk, const char *group, const char *color,
                           struct weir_zoo_look *look);
void weir_zoo_look_fini(struct weir_zoo_look *look);

/* NULL: nobody owns it. */
const struct weir_zoo_owner *weir_zoo_look_owner(const struct weir_zoo_look *look,
                                                 const char *topic, int32_t partition);
/* The color whose division this is; NULL: the group has none, or none is active. */
const char *weir_zoo_look_color(const struct weir_zoo_look *look);
/* Of this member in the roster, or SIZE_MAX. */
size_t weir_zoo_look_index(const struct weir_roster *roster, const char *id);
/* The index in the roster of the member whose node of an owner this is, or SIZE_MAX. */
size_t weir_zoo_look_find(const struct weir_zoo_look *look, const char *data);
/* The name of a partition's node; -1: no partition has such a name. */
int32_t weir_zoo_partition(const char *name);

/* Pure. The state of the group in a word; *why is a sentence for some, static or in `text`, else
 * NULL:
 *   Dead         there is nothing of it
 *   Empty        it has no members, and nobody owns anything
 *   Stable       everybody has what the allotment gives
 *   Rebalancing  that is not so, or the members are to be divided anew
 *   Waiting      its members have colors, and no color is active yet
 *   Disagreeing  its members cannot agree on a division: nothing is divided
 *   Foreign      none of its members is of weir */
enum { WEIR_ZOO_WHY_SIZE = 768 };
const char *weir_zoo_look_state(const struct weir_zoo_look *look, char text[WEIR_ZOO_WHY_SIZE],
                                const char **why);
/* Of the allotment: the index in the roster of who is to have it, or SIZE_MAX. */
size_t weir_zoo_look_allotted(const struct weir_zoo_look *look, const char *topic,
                              int32_t partition);

#endif /* WEIR_TOOLS_ZOO_LOOK_H */
