/* Who says which partitions are ours? */
#ifndef WEIR_FRAMEWORK_COORDINATOR_H
#define WEIR_FRAMEWORK_COORDINATOR_H

#include "framework/base/clock.h"
#include "framework/client.h"
#include "framework/report.h"
#include "framework/switch.h"
#include "framework/vitals.h"
#include "framework/zoo.h"
#include <stdbool.h>
#include <stddef.h>
#include <weir/config.h>
#include <weir/status.h>
#include <weir/strategy.h>

struct weir_switch_stops;

/* A coordinator is one of these tables plus `size` bytes that begin with struct weir_coordinator.
 * Thread: control, all of it. Nothing blocks. */
struct weir_coordinator {
    const struct weir_coordinator_ops *ops;
};

/* What a coordinator tells. Positions carry no offsets and are borrowed for the call; one
 * announcement at a time: the next comes after the answer to the last (`singly` has another rule);
 * but what is lost is said at once, also of what was announced before and not answered: an
 * assignment is declined then. Called from serve and event only. */
struct weir_coordinator_env {
    const struct weir_config *config;
    struct weir_client *client;
    struct weir_report *report;
    const struct weir_zoo_library *zoo;   /* for the coordinator that needs it; else NULL */
    const struct weir_strategy *strategy; /* weir.strategy; NULL where nobody is asked */
    const char *handler;    /* what handles records here, for people: its name, and its */
    const char *version;    /* version; NULL: not known */
    weir_time (*now)(void); /* weir_clock_boot, or a test's */
    weir_wake_fn *wake;     /* serve soon */
    void *wake_user;
    /* These are about to be ours: what is to come of them may be fetched already, and goes no
     * further before they are assigned. All that are, until the next call. Answered with prefilled.
     * NULL: nobody cares. */
    void (*prefill)(const struct weir_position *positions, size_t count, void *user);
    /* Answer with accept. */
    void (*assigned)(const struct weir_position *positions, size_t count, void *user);
    /* Answer with release, once the partitions are finished and committed: of all at once; singly,
     * of each as soon as it is. */
    void (*revoked)(const struct weir_position *positions, size_t count, void *user);
    /* No handler of what is revoked now is waited for any more. NULL, as the next: nobody cares. */
    void (*cut_short)(void *user);
    /* Nothing at or above these is handed out from now on, of what is here or comes; borrowed until
     * the next call. Answered with halted. NULL: no stops any more. */
    void (*halt)(const struct weir_switch_stops *stops, void *user);
    /* Somebody else has them: answer with release at once. */
    void (*lost)(const struct weir_position *positions, size_t count, void *user);
    /* They do not exist any more: answer with release at once. Nothing of them is committed. */
    void (*gone)(const struct weir_position *positions, size_t count, void *user);
    /* It cannot go on, and the consumer stops. From any call. */
    void (*failed)(enum weir_status status, const char *text, void *user);
    /* How the consumer does. False: nobody knows now. NULL: likewise. */
    bool (*measure)(struct weir_vitals_reading *out, void *user);
    void *user;
};

/* Of a group whose members have colors. Borrowed until the next call of the coordinator. */
struct weir_coordinator_colors {
    const char *color;                /* this member's */
    const struct weir_switch *record; /* NULL: it was not read yet */
};

struct weir_coordinator_ops {
    const char *name;
    size_t size;
    bool grouped; /* uses the broker's group protocol */
    /* Takes partitions back one by one: a release may name some of what was revoked. It announces
     * revocations whenever there is something to revoke, and an assignment after the answer to the
     * last one, whatever is not released yet. */
    bool singly;
    enum weir_status (*join)(struct weir_coordinator *coordinator,
                             const struct weir_coordinator_env *env, struct weir_error *error);
    /* A rebalance event of the client. */
    void (*event)(struct weir_coordinator *coordinator, const struct weir_client_event *event);
    /* What is selected by weir.topics and its filters exists like this now: once before anything is
     * assigned, then whenever a topic or a partition came or went. Sorted by name; borrowed for the
     * call. A topic that is named and does not exist is not in it. Not called when partitions are
     * configured in place of topics. NULL: it does not care. */
    void (*catalog)(struct weir_coordinator *coordinator, const struct weir_strategy_topic *topics,
                    size_t count);
    /* After a wake. */
    void (*serve)(struct weir_coordinator *coordinator);
    /* When serve is wanted at the latest. NULL: after a wake. */
    weir_time (*due)(const struct weir_coordinator *coordinator);
    /* Is what was assigned still ours at this very moment? Asked when a commit is about to be sent:
     * since serve the thread may have stood still for as long as it takes to lose everything. What
     * is lost is announced by serve as ever. NULL: whoever takes the commit knows. */
    bool (*holds)(const struct weir_coordinator *coordinator);
    /* Since when could it be ours: given to us, and its last owner seen to have released it? By
     * weir_clock_now; 0: not known. NULL: since it was announced. */
    weir_time (*since)(const struct weir_coordinator *coordinator, const char *topic,
                       int32_t partition);
    /* False: the group has none. NULL: no group of it has. */
    bool (*colors)(const struct weir_coordinator *coordinator, struct weir_coordinator_colors *out);
    /* Is what it has announced last, or announces next, somebody else's, whose records are handled
     * as a shadow (weir.shadow)? Changes only while it has announced nothing, or has taken all
     * back. NULL: never. */
    bool (*shadows)(const struct weir_coordinator *coordinator);
    /* Is all that was announced last as assigned, and not answered yet, still to be taken? Asked
     * when nobody can tell where it begins; if not, it is declined. NULL: it is. */
    bool (*wanted)(const struct weir_coordinator *coordinator);
    /* Starts consuming at the offsets given, which may be fewer than were announced: the others
     * follow by restart. NULL: the assignment is declined. */
    enum weir_status (*accept)(struct weir_coordinator *coordinator,
                               const struct weir_position *positions, size_t count,
                               struct weir_error *error);
    enum weir_status (*release)(struct weir_coordinator *coordinator,
                                const struct weir_position *positions, size_t count,
                                struct weir_error *error);
    /* Something of each that is prefilled is here, as far as there is anything, or will not be.
     * NULL: it names none. */
    void (*prefilled)(struct weir_coordinator *coordinator);
    /* The partition is at its stop offset, or past it. NULL: it names none. */
    void (*halted)(struct weir_coordinator *coordinator, const char *topic, int32_t partition);
    /* Revocations may still come; left says when it is over. */
    void (*leave)(struct weir_coordinator *coordinator);
    bool (*left)(struct weir_coordinator *coordinator);
    /* Once per join, whatever it said. */
    void (*close)(struct weir_coordinator *coordinator);
};

extern const struct weir_coordinator_ops weir_coordinator_none;
extern const struct weir_coordinator_ops weir_coordinator_kafka;
extern const struct weir_coordinator_ops weir_coordinator_zookeeper;

/* NULL when there is none of that name. */
const struct weir_coordinator_ops *weir_coordinator_find(const char *name);

#endif /* WEIR_FRAMEWORK_COORDINATOR_H */
