/* Did the group keep its promises, judged by what was produced and what its members say? */
#ifndef WEIR_TEST_VERIFY_H
#define WEIR_TEST_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/export.h>

#include "test/support/ledger.h"
#include "test/support/stream.h"

/* The rules: identifier, number among the invariants and name, sentence. */
#define VERIFY_RULE_TABLE(X)                                                                       \
    X(VERIFY_LOST, "I1 lost", "acknowledged, below the committed offset, never completed")         \
    X(VERIFY_UNSEEN, "I1 unseen", "acknowledged and never completed")                              \
    X(VERIFY_COMMIT_AHEAD, "I2 commit ahead",                                                      \
      "not completed when an offset past it was committed")                                        \
    X(VERIFY_COMMIT_STRANGER, "I3 stranger's commit",                                              \
      "committed by a member that does not own it")                                                \
    X(VERIFY_START_STRANGER, "I4 stranger's start", "handled by a member that does not own it")    \
    X(VERIFY_LATE_END, "I4 late end", "its handler ended after the partition was handed back")     \
    X(VERIFY_TWO_OWNERS, "I5 two owners", "committed by a former owner after the next one began")  \
    X(VERIFY_LONG_OVERLAP, "I5 long overlap",                                                      \
      "handled by a former owner that was awake for longer than a session")                        \
    X(VERIFY_ORDER, "I6 order", "handled before the record that must come first was done")         \
    X(VERIFY_POSITION, "I6 position", "not resumed at the committed offset")                       \
    X(VERIFY_DUPLICATE, "I7 duplicate", "completed more than once")                                \
    X(VERIFY_REPEATED, "I7 repeated", "more came again after a crash than may")                    \
    X(VERIFY_COMMITTED_AGAIN, "I7 committed again", "completed again by one that began behind it") \
    X(VERIFY_OVERDUE_COMMIT, "I7 overdue commit",                                                  \
      "comes again although its commit was long due when its owner ended")                         \
    X(VERIFY_UNCOMMITTED, "I7 uncommitted", "completed, and not committed by a clean stop")        \
    X(VERIFY_ABORTED, "I8 aborted read", "completed although its transaction was aborted")         \
    X(VERIFY_UNKNOWN, "I8 unknown record", "completed and never produced")                         \
    X(VERIFY_AMBIGUOUS, "I8 ambiguous span",                                                       \
      "a span that holds fewer records than the log has there")                                    \
    X(VERIFY_CONFLICT, "I8 conflict", "two records were acknowledged with this one offset")        \
    X(VERIFY_NOT_IN_TIME, "I9 not in time", "not completed in time after the faults ended")        \
    X(VERIFY_LAG, "I9 lag", "not committed in time after the faults ended")                        \
    X(VERIFY_UNOWNED, "I9 unowned", "nobody's in time after the faults ended")                     \
    X(VERIFY_REVOKED, "I10 revoked", "taken from running members more often than expected")        \
    X(VERIFY_SLOW_STOP, "I11 slow stop", "a member took longer to stop than it may")               \
    X(VERIFY_NO_END, "I11 no end", "a member that did not say that it stopped")

enum verify_rule {
#define VERIFY_RULE_ENUM(id, name, sentence) id,
    VERIFY_RULE_TABLE(VERIFY_RULE_ENUM)
#undef VERIFY_RULE_ENUM
        VERIFY_RULES
};

/* Why records may come again: identifier, name. Nothing else excuses a repetition. */
#define VERIFY_CAUSE_TABLE(X)                                                                      \
    X(VERIFY_CAUSE_GONE, "gone")             /* its owner ended, and had not handed it back */     \
    X(VERIFY_CAUSE_GIVEN_AWAY, "given away") /* its owner goes on, and had not handed it back */   \
    X(VERIFY_CAUSE_LOST, "lost")             /* its owner heard that it lost it */                 \
    X(VERIFY_CAUSE_STUCK, "stuck") /* it was handed back before its handlers had ended */          \
    X(VERIFY_CAUSE_UNCOMMITTED, "uncommitted") /* a commit was refused or got no answer */         \
    X(VERIFY_CAUSE_HELD, "held")               /* it lies above what was held, or stopped it */    \
    X(VERIFY_CAUSE_SET_BACK, "set back")       /* a commit of a former owner was taken late */     \
    X(VERIFY_CAUSE_RESET, "reset")             /* a policy jumped */

enum verify_cause {
#define VERIFY_CAUSE_ENUM(id, name) id,
    VERIFY_CAUSE_TABLE(VERIFY_CAUSE_ENUM)
#undef VERIFY_CAUSE_ENUM
        VERIFY_CAUSES
};

const char *verify_cause_name(enum verify_cause cause);
const char *verify_rule_name(enum verify_rule rule);
const char *verify_rule_sentence(enum verify_rule rule);

enum verify_order {
    VERIFY_ORDER_NONE,
    VERIFY_ORDER_PARTITION, /* a record starts when all before it in its partition are done */
    VERIFY_ORDER_KEY        /* ... all before it with its key; null keys have no order */
};

/* Left at 0, the strictest question is asked: every acknowledged record completed exactly once. */
struct verify_options {
    struct ledger *ledger; /* gets sorted; topics that are not in it are not judged */
    struct stream *const *streams;
    size_t stream_count;
    enum verify_order order;
    bool unfinished; /* the group was stopped early: records above its commits may be unseen */
    bool late_start; /* what lies before a partition's lowest position does not count */
    bool read_uncommitted;   /* records of aborted transactions may be completed */
    bool late_commits;       /* nobody fences commits: one that was asked for before the next owner
                                began may be taken after, and set back what that one committed */
    uint64_t duplicates_max; /* after a crash */
    /* The rest is not asked where it is left at 0. */
    bool crashes; /* what comes again because an owner did not hand back in order is no duplicate;
                     what lies above a record that was held never is */
    uint64_t repeats_max;       /* ... but so many of a partition at most each time */
    int64_t commit_within_ms;   /* ... and nothing that was to be committed for so long while its
                                   owner was awake; meant for brokers that answer */
    bool clean;                 /* every member stopped in order, all that is done is committed,
                                   but for what lies above a record that was held */
    int64_t session_timeout_ms; /* how long a former owner may go on while it is awake */
    int64_t heal_ns;            /* monotonic: when the faults had ended */
    int64_t live_within_ms;     /* how long after that all must be done */
    const uint64_t *revocations_max; /* partitions taken from running members */
    int64_t stop_within_ms;
};

struct verify_report {
    uint64_t found[VERIFY_RULES];   /* violations of each rule */
    uint64_t records;               /* acknowledged ones in the ledger */
    uint64_t completed;             /* of these, at least once */
    uint64_t excused;               /* passed over by policy: skip, reset */
    uint64_t zombie_starts;         /* handled by a former owner that had not heard of it yet */
    uint64_t repeated;              /* completed again, and excused: `crashes`, and what was held */
    uint64_t causes[VERIFY_CAUSES]; /* ... by what */
    uint64_t revocations;           /* partitions taken from running members */
    uint64_t members;               /* lives of them */
    uint64_t events;
    uint64_t partitions; /* judged */
    char *text;          /* every kind of violation with an example; empty if there is none */
};

/* Reads what the streams still have. The caller gives the report to verify_report_destroy. */
WEIR_MUST_CHECK struct verify_report *verify(const struct verify_options *options);
void verify_report_destroy(struct verify_report *report);
/* True if no rule is broken, duplicates up to the allowed number aside. */
bool verify_passed(const struct verify_options *options, const struct verify_report *report);
/* Judges; the test fails with the report's text unless it passed. *duplicates unless NULL. */
void verify_expect(const struct verify_options *options, uint64_t *duplicates);

#endif /* WEIR_TEST_VERIFY_H */
