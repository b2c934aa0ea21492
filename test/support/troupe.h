/* Does a group of members keep its promises, whatever its ZooKeeper and its processes do? */
#ifndef WEIR_TEST_TROUPE_H
#define WEIR_TEST_TROUPE_H

#include "framework/base/random.h"
#include "framework/membership.h"
#include "framework/switch.h"
#include "test/support/sim_zoo.h"
#include <stdbool.h>
#include <stdint.h>

/* Several members on one simulated ZooKeeper in virtual time, with handlers that take a while to
 * finish, and commits that take a while to arrive. What is checked all the time: a partition is
 * worked on by one member at a time (I5), by none that was told to stop (I4); a commit that counts
 * is its newest owner's (I3, I12). One at a time. Thread: the test's. */
enum { TROUPE_MEMBERS = 6, TROUPE_TOPICS = 2, TROUPE_PARTITIONS = 16, TROUPE_TEXT = 256 };

/* What is broken on purpose. */
enum troupe_sabotage {
    TROUPE_SOUND,
    TROUPE_NO_FENCE,      /* the store takes every commit */
    TROUPE_NO_DRAIN,      /* handlers go on after the partition was handed back */
    TROUPE_NO_DEADLINE,   /* a session is over only when a server says so */
    TROUPE_NO_REVOCATION, /* a partition that is taken away is worked on */
    TROUPE_NO_GATE,       /* no claim checks the record of the switch */
    TROUPE_NO_STOP,       /* handlers go past the stop offset */
    /* A transaction whose answer is lost counts as refused. Of claims, that is: a release that is
     * refused is looked after as one whose answer is lost. */
    TROUPE_LOST_REFUSED,
    TROUPE_RESTLESS, /* somebody wants other topics while all is calm */
    TROUPE_SABOTAGES
};

struct troupe_partition {
    bool active; /* handlers run, or may */
    int32_t fence;
    /* Its position was `from` at `since`, and goes on with time, but not past the stop offset,
     * unless it had when that became known. */
    int64_t from;
    weir_time since;
    int64_t stop; /* INT64_MAX: none */
    bool passed;
    bool told; /* that it is there */
    bool at_rest;
};

struct troupe_actor {
    struct weir_membership member;
    struct weir_registration self;
    unsigned number;
    unsigned life; /* how many times it was started */
    char name[32];
    bool running;
    bool leaving;
    bool fenced;
    bool tampered; /* its node was changed by hand: nobody waits for it while they cannot read it */
    bool expired;  /* by force, and it cannot know yet: no deadline of its own covers that */
    weir_time paused_until;
    weir_time leave_by;
    struct troupe_partition partitions[TROUPE_TOPICS][TROUPE_PARTITIONS];
    bool given[TROUPE_TOPICS][TROUPE_PARTITIONS]; /* announced, not answered */
    /* When it will be handed back, each by itself; 0: it is not revoked. */
    weir_time release_at[TROUPE_TOPICS][TROUPE_PARTITIONS];
    bool spoilt;                           /* something announced was lost since */
    const struct weir_switch_stops *stops; /* as it was told last */
    weir_time accept_at;                   /* 0: nothing to be answered */
    uint32_t assignments;                  /* announcements in this life */
    uint32_t revocations;
    uint32_t losses;
    uint32_t gone; /* partitions of topics that were deleted or created anew */
    uint32_t alarms;
    weir_time started_at;
    enum weir_switch_verdict verdict; /* as it was told last */
};

struct troupe {
    struct troupe_actor actors[TROUPE_MEMBERS];
    uint32_t topic_count;
    uint32_t partition_counts[TROUPE_TOPICS];
    struct weir_random random;
    enum troupe_sabotage sabotage;
    bool named_anew;                      /* a member that returns has another name */
    const struct weir_strategy *strategy; /* of who starts from now on */
    int64_t delay_ms;
    int64_t drain_ms_max;                           /* of handlers */
    int32_t seen[TROUPE_TOPICS][TROUPE_PARTITIONS]; /* fences when colors were checked last */
    struct weir_switch record;                      /* as it was read last */
    int32_t record_seen;                            /* its version and one; 0: none */
    uint64_t seen_turn;
    uint64_t seen_requests;
    int32_t newest[TROUPE_TOPICS][TROUPE_PARTITIONS]; /* fence of the last who began */
    uint32_t moves[TROUPE_TOPICS][TROUPE_PARTITIONS]; /* how often somebody else began */
    char last_owner[TROUPE_TOPICS][TROUPE_PARTITIONS][32];
    struct troupe_commit *commits;
    uint32_t restless; /* turns without time passing */
    uint64_t commits_taken;
    uint64_t commits_refused;
    uint64_t dual_active; /* proofs that two worked on one partition */
    /* What stands in the store, and where the last one began; and of the switch that is under way:
     * its stop offset, and whether an old owner had gone past it, or could not come to it. */
    int64_t committed[TROUPE_TOPICS][TROUPE_PARTITIONS];
    int64_t began_at[TROUPE_TOPICS][TROUPE_PARTITIONS];
    int64_t stops[TROUPE_TOPICS][TROUPE_PARTITIONS];
    int64_t next_stops[TROUPE_TOPICS][TROUPE_PARTITIONS]; /* for the one that is asked for next */
    bool passed[TROUPE_TOPICS][TROUPE_PARTITIONS];
    bool excused[TROUPE_TOPICS][TROUPE_PARTITIONS];
    int64_t record_us;            /* what a record takes; 0: there are none */
    bool colored;                 /* see troupe_color */
    enum weir_switch_drain drain; /* of switches that are asked for from now on, as the next */
    int64_t health_ms;
    enum weir_switch_unhealthy unhealthy;
    bool leaves_nothing; /* not without leave_unread */
    bool measures;       /* members know how they do, and so they do: */
    uint32_t blue_fails; /* so many percent of their records, one in each millisecond, */
    uint32_t green_fails;
    uint32_t green_lags;      /* and their lag grows by so many in a second */
    char broken[TROUPE_TEXT]; /* the first broken promise; empty: none */
};

extern struct troupe troupe;

void troupe_open(uint64_t seed);
/* Stops everybody; nothing may be left (I13). */
void troupe_close(void);
void troupe_break(const char *format, ...) WEIR_PRINTF(1, 2);

void troupe_topic(uint32_t partitions);
/* The member wants so many of the topics now, the first ones. */
void troupe_want(unsigned number, uint32_t topics);
/* The topic has so many now; fewer: it was created anew. All see it at once. */
void troupe_grow(uint32_t topic, uint32_t partitions);
void troupe_start(unsigned number);
void troupe_leave(unsigned number);
void troupe_crash(unsigned number);
/* It stands still, and so do its heartbeats. */
void troupe_pause(unsigned number, int64_t ms);
/* The server ends its session, long before it times out. */
void troupe_expire(unsigned number);
void troupe_run_ms(int64_t ms);
void troupe_run_us(int64_t us);
/* Everything is owned exactly once, and nobody waits for anything. */
bool troupe_is_settled(void);
/* Runs until it is; breaks the promise (I9) after so long. Returns the milliseconds it took. */
int64_t troupe_await_settled(int64_t ms_max);
uint32_t troupe_active(unsigned number);

/* With troupe.colored half of them, the first, are blue and the others green. An operator: */
const char *troupe_color(unsigned number);
/* What stands in ZooKeeper. */
void troupe_record(struct weir_switch *out);
/* The position of the partition now: of who works on it, or what is committed. */
int64_t troupe_position(uint32_t topic, uint32_t partition);
/* Stop offsets of all partitions, so many records ahead of where they are, for the switch that is
 * asked for next; SWITCH_STOP_NONE: this one has none. */
void troupe_stop_ahead(int64_t records);
/* At once; false: it was refused. */
bool troupe_switch(const char *to, enum weir_switch_mode mode, enum weir_switch_overdue overdue);
bool troupe_undo(void);
/* No switch is under way, and everything is the active color's. */
int64_t troupe_await_switched(int64_t ms_max);
/* No claim is made for a color that may not own (I12, I14). Called all the time. */
void troupe_check_colors(void);

/* A random life, told by a seed. Returns the broken promise, or "". */
const char *troupe_walk(uint64_t seed, enum troupe_sabotage sabotage, bool colored);

#endif /* WEIR_TEST_TROUPE_H */
