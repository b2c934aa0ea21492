/* What is known of every record and partition while a history is replayed? */
#ifndef WEIR_TEST_BOOKS_H
#define WEIR_TEST_BOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/export.h>

#include "test/support/ledger.h"
#include "test/support/verify.h"

enum { BOOKS_NOBODY = -1 };

/* Failed: for good, and not done before its dead letter is acknowledged. */
enum books_phase { BOOKS_IDLE, BOOKS_RUNNING, BOOKS_DONE, BOOKS_FAILED };

/* Of the record at the same index in the sorted ledger. */
struct books_record {
    uint64_t batch;  /* of the last start */
    size_t member;   /* that started it last */
    size_t same_key; /* index of the one before it with its key; its own: none */
    uint32_t epoch;  /* of its partition at the last start; 0: never started */
    uint32_t completions;
    uint32_t era;        /* of its partition when an owner last completed it; 0: none did */
    uint32_t done_epoch; /* when who completed it last had begun; 0: none did */
    enum books_phase phase;
    bool excused; /* passed over by policy */
};

/* One that had a partition and did not hand it back in order. */
struct books_former {
    size_t member;
    int64_t begun;    /* where its ownership began */
    uint32_t epoch;   /* of its ownership */
    int64_t awake_ns; /* since when it acts without a pause, after the next owner began; 0: never */
    int64_t last_ns;  /* of its last act since then */
    bool unaware;     /* not heard to let go; else it did while handlers were still running */
    bool asked;       /* announced a commit after the next owner began */
};

struct books_partition {
    const char *topic;
    int32_t partition;
    size_t first; /* its records are first..end-1 of the ledger */
    size_t end;
    size_t frontier;       /* all required ones below are completed */
    size_t order_frontier; /* none below stands in the way of what starts in this epoch */
    int64_t base;          /* required ones lie at or above */
    int64_t position;      /* where the current ownership began, or was reset to */
    int64_t begun;         /* where it began; lower if it was reset to there */
    int64_t committed;     /* last acknowledged; -1: none, or not to be relied on */
    int64_t requested;     /* highest asked for since, by this owner */
    int64_t owner;         /* member, or BOOKS_NOBODY */
    int64_t returned_by;   /* member that is handing it back, or BOOKS_NOBODY */
    int64_t held_at;       /* lowest that this owner holds, or that stops it; -1: none */
    struct books_former *formers;
    size_t former_count;
    struct books_former earlier; /* what the owner was before; its epoch is 0: none */
    size_t own_frontier;         /* all below are done by this owner, or not to be done by it */
    int64_t known;               /* offset of this frontier, since known_ns or before */
    int64_t known_ns;            /* when this owner last did something of it */
    int64_t marked;              /* the same, as it was at marked_ns */
    int64_t marked_ns;           /* ... or since when its owner is awake, if that is later */
    int64_t due;                 /* all below was done for so long that it is committed */
    uint64_t repeats;            /* completed again in this era, and not for the first time in it */
    uint32_t epoch;              /* of this ownership */
    uint32_t epochs;             /* counts assignments, also belated ones; the first is 1 */
    uint32_t era;            /* counts ends of ownership after which records come again, from 1 */
    enum verify_cause cause; /* of this era, but for the first one */
    bool overdue;            /* the owner's handlers did not end in time */
};

struct books {
    const struct ledger *ledger; /* sorted */
    struct books_record *records;
    struct books_partition *partitions;
    size_t partition_count;
    bool whole; /* the ledger knows the place of every record that may be in the log */
};

/* Sorts the ledger. */
WEIR_MUST_CHECK struct books *books_create(struct ledger *ledger);
void books_destroy(struct books *books);

/* NULL: nothing in the ledger is about it. */
struct books_partition *books_find(const struct books *books, const char *topic, int32_t partition);
/* The index of the first record of the partition at `offset` or above; its end if none is. */
size_t books_at(const struct books *books, const struct books_partition *partition, int64_t offset);
/* Must it be completed? */
bool books_required(const struct books *books, const struct books_partition *partition,
                    size_t index);
bool books_done(const struct books *books, size_t index);
/* Moves the frontier as far as it goes: the offset of the first required record that is not done,
 * or INT64_MAX. */
int64_t books_frontier(const struct books *books, struct books_partition *partition);

/* NULL: it is none. */
struct books_former *books_former(const struct books_partition *partition, size_t member);
/* Borrowed until the next one; zeroed but for its member if it was none before. */
struct books_former *books_add_former(struct books_partition *partition, size_t member);
void books_drop_former(struct books_partition *partition, size_t member);

#endif /* WEIR_TEST_BOOKS_H */
