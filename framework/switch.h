/* Which color of a group may own partitions, and what of a switch is done? */
#ifndef WEIR_FRAMEWORK_SWITCH_H
#define WEIR_FRAMEWORK_SWITCH_H

#include "framework/switch_health.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/status.h>

/* The data of /consumers/<group>/weir/switch, and everything that may become of it. A group whose
 * members have colors (weir.strategy=bluegreen) shares each color's partitions out among that
 * color's members, as if the others were not there; this record says which color may own them. It
 * is one node, and each step is one write with the version that was read: epoch, owner and state
 * change together or not at all, and of several that write one succeeds. Anybody who sees the same
 * may write the next step: members, or the tool; nobody leads, and whoever dies changes nothing.
 *
 *     IDLE > PREPARED > DRAINING > COMMITTED > HANDED_OVER > ACTIVE > IDLE     (done)
 *               |           |           |            |          |
 *               v           +-----------+------+-----+----------+
 *     IDLE (aborted)                           v
 *                                          RETURNING > IDLE                    (rolled back)
 *
 * A member hands back what its color may not own as ever: drained, committed, released; and claims
 * what its color may own in a transaction that checks the record's version. So each partition
 * changes hands by itself, and the first record of the one is the committed offset of the other.
 *
 * Pure, but for memory: record and sight in, the next record out. Thread: any. Memory: the
 * caller's. Rules: the design of Kafka's own fencing by epochs (KIP-101, KIP-447). */
enum {
    /* 2 knew no replay, health and swap; what is left out is as then. 3 knew no leave_unread: who
     * reads that looks at no topics, which is right, but loses the word when it writes that a half
     * of a swap agrees; and its swap with a replay is overdue before the other half may be. So such
     * requests are of 4, and refused; all else is written as 3, so that the fleet of an older weir
     * can be switched to a newer one, and back. */
    WEIR_SWITCH_VERSION = 4,
    WEIR_SWITCH_COLOR_SIZE = 33, /* letters, digits, '-', '_': 1 to 32 of them */
    WEIR_SWITCH_ID_SIZE = 65,    /* printable characters of ASCII, 1 to 64 */
    WEIR_SWITCH_BY_SIZE = 129,   /* who asked: likewise 1 to 128 */
    WEIR_SWITCH_WHY_SIZE = 201,
    WEIR_SWITCH_GROUP_SIZE = 256, /* as ZooKeeper's nodes are named (znode.h) */
    WEIR_SWITCH_HISTORY_MAX = 20  /* the oldest is forgotten */
};

enum weir_switch_step {
    WEIR_SWITCH_IDLE,        /* nothing is asked for */
    WEIR_SWITCH_PREPARED,    /* asked for: every member of both colors is to say that it knows */
    WEIR_SWITCH_DRAINING,    /* the old color drains, commits and releases */
    WEIR_SWITCH_COMMITTED,   /* it has nothing any more, and its offsets are committed */
    WEIR_SWITCH_HANDED_OVER, /* the new color is the active one, and claims */
    WEIR_SWITCH_ACTIVE,      /* it has everything: its health is watched */
    WEIR_SWITCH_RETURNING,   /* rolled back: the new color drains, the old one claims again */
    WEIR_SWITCH_STEPS
};

/* When may the new color claim a partition? */
enum weir_switch_mode {
    WEIR_SWITCH_EACH,    /* as soon as the old one has released it */
    WEIR_SWITCH_TOGETHER /* when the old one has released all of them */
};

/* What does the old color do with what it has before it hands it back? */
enum weir_switch_drain {
    WEIR_SWITCH_IN_FLIGHT, /* it finishes what its handlers have */
    WEIR_SWITCH_IMMEDIATE, /* it waits for no handler: what they have comes again at the new one */
    WEIR_SWITCH_TO_STOPS   /* it goes on up to its stop offset (switch_stops.h) */
};

/* When the old color has not released everything in time. */
enum weir_switch_overdue {
    WEIR_SWITCH_GO_BACK, /* it keeps what it has, and takes back what it gave */
    WEIR_SWITCH_GO_ON    /* wait on, for what is in flight: weir.drain.timeout.ms and sessions end
                            that */
};

/* When the new color is not healthy (switch_health.h). */
enum weir_switch_unhealthy {
    WEIR_SWITCH_TELL,     /* those who look, no more */
    WEIR_SWITCH_TAKE_BACK /* it is rolled back */
};

enum weir_switch_outcome {
    WEIR_SWITCH_DONE,
    WEIR_SWITCH_ABORTED,    /* before anything moved */
    WEIR_SWITCH_ROLLED_BACK /* after something may have moved */
};

/* How long a step may take; milliseconds, each from 1 to 86,400,000 but where it says so. */
struct weir_switch_limits {
    int64_t prepare_ms;
    int64_t drain_ms;
    int64_t take_ms;   /* until the new color has everything */
    int64_t health_ms; /* 0: not watched */
};

struct weir_switch_request {
    char id[WEIR_SWITCH_ID_SIZE];
    char from[WEIR_SWITCH_COLOR_SIZE]; /* "": no color was active before */
    char to[WEIR_SWITCH_COLOR_SIZE];
    char by[WEIR_SWITCH_BY_SIZE];
    char peer[WEIR_SWITCH_GROUP_SIZE]; /* the group with the other half of a swap (switch_pair.h);
                                          "": it is none */
    enum weir_switch_mode mode;
    enum weir_switch_drain drain;
    enum weir_switch_overdue overdue;
    struct weir_switch_limits limits;
    struct weir_switch_health_limits health;
    enum weir_switch_unhealthy unhealthy;
    int64_t asked_ms; /* since 1970, of the asker's clock: for people alone */
    bool replay; /* with TOGETHER: the offsets are set back before the new color is given anything
                  */
    bool leave_unread; /* what only the old color reads may be nobody's */
};

/* How one ended. */
struct weir_switch_past {
    char id[WEIR_SWITCH_ID_SIZE];
    char from[WEIR_SWITCH_COLOR_SIZE];
    char to[WEIR_SWITCH_COLOR_SIZE];
    char by[WEIR_SWITCH_BY_SIZE];
    char why[WEIR_SWITCH_WHY_SIZE]; /* it did not come about, or what is wrong with the new color's
                                       health; "" when all is well */
    enum weir_switch_outcome outcome;
    uint64_t epoch;   /* after it */
    int64_t asked_ms; /* since 1970 */
    int64_t ended_ms; /* since 1970, of the clock of whoever wrote it */
};

struct weir_switch {
    uint64_t turn;  /* rises by one with each write: what members acknowledge */
    uint64_t epoch; /* rises by one whenever it changes what a color may own, or who is active */
    char active[WEIR_SWITCH_COLOR_SIZE]; /* "": none yet */
    enum weir_switch_step step;
    bool agreed; /* of the half of a swap: PREPARED, it could begin; ACTIVE, it could be done, and
                    how healthy its color was is settled. It waits for the other one. */
    struct weir_switch_request request; /* unless IDLE */
    struct weir_vitals before; /* from COMMITTED on: what the old color did in its last minute */
    char why[WEIR_SWITCH_WHY_SIZE]; /* RETURNING: what made it; ACTIVE, agreed: what is unhealthy */
    struct weir_switch_past past[WEIR_SWITCH_HISTORY_MAX]; /* the newest first */
    size_t past_count;
};

/* What a live member says of itself in its registration. */
struct weir_switch_member {
    const char *id;
    const char *color; /* never NULL */
    uint64_t turn;     /* of the record that it goes by; 0: none */
    bool ready;        /* handlers are open, and it knows its share, on paper or not */
    bool empty;        /* it owns nothing, nor has anything on its way to it */
    bool full;         /* its color may own, and it has its whole share and works on it */
    /* Of the old color in DRAINING, what it did in the minute before; of the new one in ACTIVE,
     * since it saw that. */
    struct weir_vitals vitals;
};

/* What somebody sees who looks at the group: after having read the record, for who joined before it
 * was written must not be missing. */
struct weir_switch_sight {
    const struct weir_switch_member *members; /* that live; in any order */
    size_t member_count;
    int64_t in_step_ms; /* since this one saw it in this step first, by its own monotonic clock:
                           that halves of a swap agree, or do not any more, is no other step */
    int64_t wall_ms;    /* since 1970: for people alone */
    const char *unread; /* a topic that is read by the old color alone; NULL: there is none, or no
                           member of the new one (switch_sight.h) */
    bool sets_back;     /* who looks sets offsets back in one transaction with what it writes */
};

/* Nothing was ever asked for: no color is active. */
void weir_switch_init(struct weir_switch *out);

/* May a member of this color claim and keep partitions? */
bool weir_switch_may_own(const struct weir_switch *record, const char *color);

/* May a member of this color still have partitions, be it only to hand them back? */
bool weir_switch_may_hold(const struct weir_switch *record, const char *color);

/* Does this color wait for no handler of what it hands back? On its way out with IMMEDIATE, never
 * on its way back. */
bool weir_switch_cuts_short(const struct weir_switch *record, const char *color);

/* Is a member of this color to know the stop offsets? Before it says that it knows the record, for
 * it goes no further than there from then on. */
bool weir_switch_needs_stops(const struct weir_switch *record, const char *color);
/* For how long, since it saw the record first, may a member of this color go on with a partition
 * that has not come to its stop offset, although its color may not own any more? Milliseconds; 0:
 * not at all. After that it hands it back as with IN_FLIGHT. INT64_MAX: until the record changes.
 */
int64_t weir_switch_keep_ms(const struct weir_switch *record, const char *color);

/* Over how long may a member of this color, which may not own any more, hand back what it has, a
 * few at a time (waves.h)? Where each partition is claimed as soon as it is free, and nothing has
 * come to its stop offset already; a small part of the time that the step may take. Milliseconds;
 * 0: all at once. */
int64_t weir_switch_spread_ms(const struct weir_switch *record, const char *color);

/* Does the next step wait for what members of this color say of themselves? */
bool weir_switch_asks(const struct weir_switch *record, const char *color);

bool weir_switch_color_valid(const char *color);
/* 1 to size - 1 printable characters of ASCII, and a NUL in their memory of `size`. */
bool weir_switch_text_valid(const char *text, size_t size);
const char *weir_switch_step_name(enum weir_switch_step step); /* "idle", "handed_over", ... */
const char *weir_switch_outcome_name(enum weir_switch_outcome outcome); /* "done", "rolled_back" */

/* What an operator may ask for. Each fills `next`, which is another one than `record`, with what is
 * to be written, or says why not.
 *
 * check: WEIR_ERR_INVALID: an id, asker, color, group, mode, way of draining or limit that cannot
 * be. ask: what check says. WEIR_ERR_STATE: another switch is under way (the sentence says whose,
 * and its step), or the color is active already. `from` and `asked_ms` of the request are filled in
 * from the record and wall_ms.
 * undo: PREPARED is aborted, DRAINING to ACTIVE return. WEIR_ERR_STATE: nothing is under way, or it
 * is on its way back already. A switch without a `from` color returns to none: nobody may own.
 * `why` is cut, and what is not printable in it is '?'; "" is "undone". */
WEIR_MUST_CHECK enum weir_status weir_switch_check(const struct weir_switch_request *request,
                                                   struct weir_error *error);
WEIR_MUST_CHECK enum weir_status weir_switch_ask(const struct weir_switch *record,
                                                 const struct weir_switch_request *request,
                                                 int64_t wall_ms, struct weir_switch *next,
                                                 struct weir_error *error);
WEIR_MUST_CHECK enum weir_status weir_switch_undo(const struct weir_switch *record, const char *why,
                                                  int64_t wall_ms, struct weir_switch *next,
                                                  struct weir_error *error);

/* The next step by itself: true, and `next`, which is another one than `record`, is to be written
 * with the version of `record`; or false, and it is untouched.
 *
 *   PREPARED     every member of both colors has this turn, those of `to` are ready, and there is
 *                one, and without leave_unread they read all that `from` does: DRAINING (epoch + 1:
 * `from` may not own any more; with mode EACH `to` may own what is released). Overdue: IDLE,
 * aborted, why says who is missing or not ready. DRAINING     every member of `from` has this turn
 * and is empty, and there is a member of `to`: COMMITTED, with what those of `from` did before.
 * Overdue: RETURNING (epoch + 1), or nothing with GO_ON, but that nobody goes on to its stop
 * offset. Without `from` color at once. COMMITTED    at once: HANDED_OVER, active = to, epoch + 1.
 * With replay only by who sets the offsets back in one transaction with it, so that it is done once
 * or not at all; overdue (take_ms, of the half of a swap drain_ms + take_ms): RETURNING (epoch +
 * 1). HANDED_OVER  every member of `to` has this turn and is full, and there is one: ACTIVE.
 * Overdue: RETURNING (epoch + 1, active = from). ACTIVE       there is no member of `to` any more,
 * or with TAKE_BACK `to` is unhealthy: RETURNING (likewise), unless health is not watched.
 * health_ms have passed: IDLE, done; why says what is wrong with the health of `to`, if anything
 * is. RETURNING    every member of `to` has this turn and is empty, every one of `from` has it and
 * is full, and there is one of `from`, if that is a color: IDLE, rolled back. Never overdue.
 *
 * In RETURNING `from` may own at once what is free, `active` is `from`. A color without members
 * counts as empty. Members of other colors do not count. Nothing returns by itself while there
 * is no member of `from` to take it: DRAINING and HANDED_OVER wait, ACTIVE is done when its
 * time is over. Of the half of a swap these are only the steps that it takes by itself: to
 * COMMITTED, HANDED_OVER without replay, and ACTIVE, and the end of RETURNING; the others are for
 * both halves at once (switch_pair.h). */
bool weir_switch_next(const struct weir_switch *record, const struct weir_switch_sight *sight,
                      struct weir_switch *next);
/* When the same sight would give another answer for time's sake: milliseconds of in_step_ms, or -1.
 */
int64_t weir_switch_limit_ms(const struct weir_switch *record);
/* How is the new color, in ACTIVE, while its health is watched? `why` as weir_switch_health_judge
 * has it. */
enum weir_switch_verdict weir_switch_judge(const struct weir_switch *record,
                                           const struct weir_switch_sight *sight,
                                           char why[WEIR_SWITCH_WHY_SIZE]);
/* What is waited for, as a sentence for people: "green-2 has not drained, and 1 more"; "" when it
 * is nothing. */
void weir_switch_blocked(const struct weir_switch *record, const struct weir_switch_sight *sight,
                         char *text, size_t size);

/* JSON. WEIR_ERR_NOMEM; the text is freed by weir_free. */
WEIR_MUST_CHECK enum weir_status weir_switch_write(const struct weir_switch *record, char **out);
/* WEIR_ERR_INVALID: damaged: nothing of it is obeyed. WEIR_ERR_STATE: of a newer weir.
 * WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status
weir_switch_read(const void *data, size_t size, struct weir_switch *out, struct weir_error *error);

#endif /* WEIR_FRAMEWORK_SWITCH_H */
