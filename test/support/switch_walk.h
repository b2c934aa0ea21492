/* Does a group with two colors keep its promises whatever switches, members and tools do? */
#ifndef WEIR_TEST_SWITCH_WALK_H
#define WEIR_TEST_SWITCH_WALK_H

#include "framework/base/random.h"
#include "framework/switch.h"

/* A random life of one group, told by a seed. One record with a version; members of two colors that
 * join, read it late, claim and hand back partitions one by one, say how they are, stand still, die
 * and are expired; drivers that look at the group piece by piece, and operators that ask and undo,
 * each of which may die between reading and writing. What they decide is decided by switch.h; what
 * arrives, arrives late. In the end faults stop, and the switch must, too. */
enum {
    SWITCH_MEMBERS = 8, /* even ones are blue, odd ones green */
    SWITCH_PARTITIONS = 4,
    SWITCH_DRIVERS = 3,
    SWITCH_OPERATORS = 2,
    SWITCH_WRITES = 256,
    SWITCH_TEXT = 256
};

enum switch_sabotage {
    SWITCH_SOUND,
    SWITCH_CLAIM_UNCHECKED,  /* a claim does not check the record's version */
    SWITCH_EMPTY_UNCHECKED,  /* all go over together, but not all were handed back */
    SWITCH_WRITE_UNCHECKED,  /* a driver writes, whatever was written since it read */
    SWITCH_SIGHT_BEFORE,     /* a driver looks at the members before it reads the record */
    SWITCH_EMPTY_ON_ITS_WAY, /* a member says that it is empty while a claim is on its way */
    SWITCH_HEALTH_IGNORED,   /* a driver does not look at how the new color does */
    SWITCH_SABOTAGES
};

struct switch_actor {
    bool registered; /* its ephemeral nodes are there */
    bool running;    /* or it stands still, or it is dead */
    bool dead;
    bool holds[SWITCH_PARTITIONS]; /* by its own belief */
    bool knows;                    /* a record: */
    size_t version;
    int claim; /* on its way: the partition, or -1 */
    size_t claim_version;
    bool answered; /* the answer is on its way */
    bool granted;
    bool telling; /* what it says of itself is on its way */
    struct weir_switch_member says;
    struct weir_switch_member said; /* everybody can see it */
};

struct switch_driver {
    int phase; /* how many of its looks are taken */
    bool seen; /* a record: */
    size_t version;
    int64_t since_ms; /* it saw that first */
    bool listed[SWITCH_MEMBERS];
    struct weir_switch_member members[SWITCH_MEMBERS];
    size_t member_count;
};

struct switch_operator {
    bool seen;
    size_t version;
};

struct switch_walk {
    struct weir_random random;
    enum switch_sabotage sabotage;
    int64_t now_ms;
    uint32_t fault_percent;
    uint32_t crowd;                            /* members that there may be */
    struct weir_switch records[SWITCH_WRITES]; /* by version; the last one is the record */
    size_t current;
    int owners[SWITCH_PARTITIONS]; /* the member, or -1 */
    struct switch_actor members[SWITCH_MEMBERS];
    struct switch_driver drivers[SWITCH_DRIVERS];
    struct switch_operator operators[SWITCH_OPERATORS];
    size_t rotation;      /* of each color's shares */
    uint64_t asked_epoch; /* when the switch under way was asked for */
    uint32_t asked;
    /* For those who want to know where it came. */
    uint32_t outcomes[WEIR_SWITCH_ROLLED_BACK + 1];
    uint32_t entered[WEIR_SWITCH_STEPS];
    uint32_t undone[WEIR_SWITCH_STEPS];
    uint32_t expired[WEIR_SWITCH_STEPS];
    uint32_t taken_back; /* because the new color fails */
    uint32_t lost_writes;
    uint32_t refused_claims;
    uint32_t calm_rounds;
    char broken[SWITCH_TEXT]; /* the first broken rule; empty: none */
};

/* Returns the broken rule, or "". */
const char *switch_walk_run(struct switch_walk *walk, uint64_t seed, enum switch_sabotage sabotage);

/* Its parts. What a member may do is a number below SWITCH_DEEDS. */
enum { SWITCH_DEEDS = 11, SWITCH_LOOKS = SWITCH_MEMBERS + 2 };
const struct weir_switch *switch_walk_record(const struct switch_walk *walk);
const char *switch_walk_color(size_t member);
void switch_walk_break(struct switch_walk *walk, const char *format, ...) WEIR_PRINTF(2, 3);
uint32_t switch_walk_dice(struct switch_walk *walk, uint32_t sides);
/* One thing that a member, or what it sent, does next. */
void switch_walk_join(struct switch_walk *walk, size_t member);
void switch_walk_expire(struct switch_walk *walk, size_t member);
void switch_walk_act(struct switch_walk *walk, size_t member, uint32_t deed);
/* Everything that a member has to do. */
void switch_walk_act_fully(struct switch_walk *walk, size_t member);
void switch_walk_check_owners(struct switch_walk *walk);
/* In every other switch the new color fails half of its records. */
bool switch_walk_fails(const struct weir_switch *record);
/* Does a driver see that? */
bool switch_walk_sees_failing(const struct weir_switch *record,
                              const struct weir_switch_sight *sight);
/* What it makes of it: is what fails taken back where it shall be, and nothing else? */
void switch_walk_check_health(struct switch_walk *walk, const struct weir_switch *record,
                              const struct weir_switch_sight *sight, bool failing,
                              const struct weir_switch *next);
/* A write: is it one that the picture in switch.h shows, and does the history tell the truth? */
void switch_walk_check_write(struct switch_walk *walk, const struct weir_switch *next);

#endif /* WEIR_TEST_SWITCH_WALK_H */
