/* What does a member of a ZooKeeper group do next? */
#ifndef WEIR_FRAMEWORK_MEMBERSHIP_H
#define WEIR_FRAMEWORK_MEMBERSHIP_H

#include "framework/allotment.h"
#include "framework/claims.h"
#include "framework/roster.h"
#include "framework/switch.h"
#include "framework/switch_stops.h"
#include "framework/vitals.h"
#include "framework/waves.h"
#include "framework/zoo.h"
#include "offsets/position.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/status.h>
#include <weir/strategy.h>

/* A step machine: sessions, our own registration, the list of members, the allotment and the claims
 * on partitions go in as events of a zoo; requests to it and announcements to control come out.
 * It reconciles and has no barrier: desired = our share of the allotment; what is ours and not
 * desired is revoked, released and deleted; what is desired and not ours is claimed. What stays is
 * not touched. No clock, no input or output but through the two tables. docs/decisions/0009 says
 * why it does what. Thread: control. Memory: the heap. */
enum {
    /* After a failure that may pass: a session that was lost (doubled each time, up to MAX), a node
     * that may not be written, memory. */
    WEIR_MEMBERSHIP_AGAIN_MS = 100,
    WEIR_MEMBERSHIP_AGAIN_MS_MAX = 10000,
    /* The delay begins anew with each change, but no more often than this. */
    WEIR_MEMBERSHIP_DELAYS_MAX = 10,
    WEIR_MEMBERSHIP_ALARM_MS = 60000 /* the same again */
};

enum weir_membership_alarm {
    WEIR_ALARM_STRANGER,  /* a node that is no registration, or no allotment */
    WEIR_ALARM_DISAGREE,  /* members with other strategies: nothing is divided */
    WEIR_ALARM_STRATEGY,  /* the strategy cannot divide this */
    WEIR_ALARM_REFUSED,   /* the server does not let us */
    WEIR_ALARM_UNSETTLED, /* somebody divides the same members in another way */
    WEIR_ALARM_TAMPERED,  /* what is ours was changed or deleted */
    WEIR_ALARM_HELD,      /* partitions wait for a switch that nobody can read any more */
    WEIR_ALARM_MEMORY,
    WEIR_ALARMS
};

/* Announcements as in coordinator.h, singly. All are called from step. */
struct weir_membership_ops {
    void (*assigned)(const struct weir_position *positions, size_t count, void *user);
    void (*revoked)(const struct weir_position *positions, size_t count, void *user);
    /* No handler of what is revoked now is waited for any more: said again and again until it is
     * answered. NULL, as the next: nobody cares. */
    void (*cut_short)(void *user);
    /* Nothing at or above these is handed out from now on, of what is ours or becomes it; borrowed
     * until the next call. Answered with halted, for each partition. NULL: no stops any more. */
    void (*halt)(const struct weir_switch_stops *stops, void *user);
    void (*lost)(const struct weir_position *positions, size_t count, void *user);
    /* They do not exist any more, or are of another topic of that name. Not answered. */
    void (*gone)(const struct weir_position *positions, size_t count, void *user);
    /* Work goes on, but somebody should look. Not more often than each minute for the same kind. */
    void (*alarm)(enum weir_membership_alarm alarm, const char *text, void *user);
    /* The record of the switch between colors is another one now. NULL: nobody cares. */
    void (*turned)(const struct weir_switch *record, void *user);
    /* How we do, for others to compare colors by. False: not known. NULL, as the next: nobody
     * cares.
     */
    bool (*measure)(struct weir_vitals_reading *out, void *user);
    /* The new color is found to be so by now; `why` as weir_switch_judge has it. */
    void (*judged)(const struct weir_switch *record, enum weir_switch_verdict verdict,
                   const char *why, void *user);
    /* Another member of this name has taken our place: it is over. */
    void (*fenced)(void *user);
};

/* What strategies are told of a member beside its topics; see weir/strategy.h. */
struct weir_membership_self {
    uint32_t capacity;
    const char *rack;
    const char *color; /* NULL: the group has none */
    const char *partitions;
    const char *handler; /* of a member with a color, as the next; NULL: not known */
    const char *version;
    bool shadow; /* weir.shadow: for others to see */
};

struct weir_membership_options {
    const char *group;
    const char *member;
    const struct weir_strategy *strategy;
    int64_t delay_ms; /* weir.rebalance.delay.ms */
    struct weir_membership_self self;
    int64_t started_ms; /* since 1970, for the registration */
    const struct weir_zoo_library *library;
    struct weir_zoo_options zoo;
    const struct weir_membership_ops *ops;
    void *user;
};

enum weir_membership_stage {
    WEIR_MEMBERSHIP_AWAY,      /* no session */
    WEIR_MEMBERSHIP_STRANGER,  /* in a session, not registered */
    WEIR_MEMBERSHIP_ASKING,    /* to be registered */
    WEIR_MEMBERSHIP_LOOKING,   /* whose our node is */
    WEIR_MEMBERSHIP_REPLACING, /* what a predecessor left */
    WEIR_MEMBERSHIP_REGISTERED,
    WEIR_MEMBERSHIP_LEAVING, /* to be unregistered */
    WEIR_MEMBERSHIP_LEFT
};

/* Something that is read again and again. */
struct weir_membership_reading {
    bool due;
    bool asked;
};

struct weir_membership {
    struct weir_membership_options options;
    enum weir_membership_stage stage;
    struct weir_zoo *zoo;
    weir_time open_at;
    int64_t again_ms;
    weir_time retry_at; /* nothing is asked before */
    int64_t session;
    int64_t last_session;
    int64_t predecessor;  /* our own former session: its nodes are taken over; 0: there is none */
    bool takes_over;      /* claims know of it */
    int32_t node_version; /* of the node that has our name, to be replaced */
    bool self_asked;      /* a request about our own node is out */
    size_t folders;       /* how many of the group's folders we asked for */

    struct weir_registration self; /* with the topics of the catalog */
    bool has_catalog;
    char *published;  /* what our node says, or will say */
    bool publish_due; /* it does not say it yet */

    struct weir_roster roster;
    struct weir_membership_reading list;
    weir_time changed_at; /* the first change that is not settled; 0: none */
    weir_time settle_at;
    uint64_t adopted;   /* view of the allotment that our share is of; 0: none */
    uint64_t proposed;  /* view of the allotment that we wrote last, or tried to */
    uint32_t unsettled; /* times of late that somebody divided what we had in another way */
    weir_time unsettled_at;

    struct weir_switch record; /* of a group with colors: which of them may own */
    struct weir_membership_reading turn;
    bool record_known;
    bool record_bad; /* what stands there now cannot be obeyed: nothing is divided or claimed */
    int32_t record_version;  /* WEIR_ZOO_ANY_VERSION: there is none yet */
    weir_time turned_at;     /* when we saw it in its step first */
    bool turning;            /* the next one is being written */
    struct weir_switch peer; /* the other half of a swap (switch_pair.h), while there is one */
    struct weir_membership_reading peer_reading;
    bool peer_known;
    int32_t peer_version;
    weir_time peer_again_at; /* it may not be read or written: nothing is asked of it before */
    struct weir_switch_stops stops; /* of the switch under way, if it has some */
    bool stops_known;
    struct weir_membership_reading stops_reading;
    struct weir_vitals_log vitals; /* of our own work */
    weir_time measure_at;          /* the next time */
    weir_time tell_at;             /* what is told is this: */
    struct weir_vitals vital;
    bool ailing;                      /* by that we alone are unhealthy */
    enum weir_switch_verdict verdict; /* of the new color, as it was said last */
    bool keeping;       /* something goes on to its stop offset, although our color may not own */
    weir_time began_at; /* of the first step: wall time is counted from there */

    struct weir_allotment allotment;
    struct weir_membership_reading share;
    bool share_known;
    bool share_absent;     /* it was: then it is looked for in a way that leaves a watch */
    int32_t share_version; /* WEIR_ZOO_ANY_VERSION: there is none yet */
    bool dirty;            /* roster or allotment changed since they were compared */
    bool proposing;        /* an allotment is being written */

    struct weir_claims claims;
    struct weir_claims_tally tally;
    struct weir_waves waves; /* of what our color hands back in a switch */
    bool assigning;          /* an assignment waits for its answer */
    bool shadowing;          /* see weir_membership_shadow */
    bool warm;               /* see weir_membership_warm */
    bool leaving;
    weir_time alarmed_at[WEIR_ALARMS];
    weir_time now; /* of the step */
};

/* Copies what is in self, borrows the rest. WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status
weir_membership_init(struct weir_membership *membership,
                     const struct weir_membership_options *options);
/* Closes the session. Accepts zeroed memory. */
void weir_membership_fini(struct weir_membership *membership);

/* The topics that we want as they exist now; nothing is registered before the first call.
 * WEIR_ERR_NOMEM: call again. */
WEIR_MUST_CHECK enum weir_status weir_membership_catalog(struct weir_membership *membership,
                                                         const struct weir_strategy_topic *topics,
                                                         size_t count);
/* Everything that can be done now. */
void weir_membership_step(struct weir_membership *membership, weir_time now);
weir_time weir_membership_due(const struct weir_membership *membership);

/* Answers. Declined: nothing of what was assigned is taken. */
void weir_membership_accepted(struct weir_membership *membership, bool declined, weir_time now);
/* Is all that was announced as assigned, and has no answer yet, still to be ours? */
bool weir_membership_wants_given(const struct weir_membership *membership);
/* Some or all of what was revoked, in any order. */
void weir_membership_released(struct weir_membership *membership,
                              const struct weir_position *positions, size_t count);
/* The partition is at its stop offset, or past it. */
void weir_membership_halted(struct weir_membership *membership, const char *topic,
                            int32_t partition);
/* Hands everything back, then unregisters. */
void weir_membership_leave(struct weir_membership *membership);
bool weir_membership_left(const struct weir_membership *membership);

/* Is the session ours at this time, whatever was heard since the last step? */
bool weir_membership_holds(const struct weir_membership *membership, weir_time now);

/* Since when could it be ours, by the time of the steps: we were given it, and did not know of
 * another owner? 0: not known. */
weir_time weir_membership_since(const struct weir_membership *membership, const char *topic,
                                int32_t partition);
/* Of a member whose color may not own. Does it stand by, for one that works, with nothing of its
 * own and no switch under way? */
bool weir_membership_stands_by(const struct weir_membership *membership);
/* Is its share on paper that of the members and topics there are, as far as it knows? */
bool weir_membership_share_settled(const struct weir_membership *membership);
/* Its share on paper, by topic and partition; the caller frees *out, topics are borrowed until the
 * next step. WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status weir_membership_share(const struct weir_membership *membership,
                                                       struct weir_position **out, size_t *count);
/* While it handles the records of others as a shadow, nothing is announced as assigned, and others
 * are not told how far it is with a switch: so no switch goes on without its having ended that. */
void weir_membership_shadow(struct weir_membership *membership, bool shadowing);
/* Of a member whose color may not own, or does since a moment ago. Is a switch to it under way, of
 * which it is known where each partition will begin, so that it may be fetched ahead? */
bool weir_membership_takes_over(const struct weir_membership *membership);
/* While it takes over, and its share is settled, it is not said to be ready before it is warm. From
 * init on it is. */
void weir_membership_warm(struct weir_membership *membership, bool warm);
/* What stands of the switch between colors, as it was read last. NULL: it was not read yet. */
const struct weir_switch *weir_membership_record(const struct weir_membership *membership);

/* The version of weir/fence/<topic>/<partition> as of our claim: what is written with a check of it
 * is refused once somebody else has claimed. WEIR_CLAIM_NO_FENCE: not ours. */
int32_t weir_membership_fence(const struct weir_membership *membership, const char *topic,
                              int32_t partition);

#endif /* WEIR_FRAMEWORK_MEMBERSHIP_H */
