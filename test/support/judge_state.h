/* What do the parts of the judge share? */
#ifndef WEIR_TEST_JUDGE_STATE_H
#define WEIR_TEST_JUDGE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/export.h>

#include "test/support/books.h"
#include "test/support/history.h"
#include "test/support/text.h"
#include "test/support/verify.h"

/* What a member went through. */
struct judge_life {
    int64_t last_ns;  /* its last event in the whole history */
    int64_t seen_ns;  /* its last event until now; 0: none */
    int64_t awake_ns; /* since when it acts without a long pause */
    int64_t drain_ns; /* when it began to stop; 0: it did not */
    uint64_t pending; /* partitions revoked: by its stop, or by the group if an assignment follows;
                         for the verifiable consumer, which does not say that it stops */
    bool ended;
    bool failed; /* it did not stop in order: as good as a crash */
};

/* One replay of a history over the books. */
struct judge {
    const struct verify_options *options;
    struct history *history;
    struct books *books;
    struct judge_life *lives; /* by member */
    struct verify_report *report;
    struct text text;
    const struct history_entry *now; /* NULL: after the end */
    bool belated;                    /* now is an assignment: see judge_is_belated */
    bool told;                       /* the history behind an example was shown once */
    bool live_judged;                /* what must be done in time after the faults */
    bool owners_judged;              /* what must be owned then, or when the first member stops */
};

/* The records that a span may mean: some of one partition, or none. */
struct judge_range {
    struct books_partition *partition; /* NULL: nobody's business here */
    size_t first;
    size_t end;
    int64_t required; /* must be among those meant */
    int64_t removed;  /* may be */
    bool full;        /* the span has no holes: all are meant */
    bool clear;       /* enough is meant to be sure of all that are required */
};

/* Counts, and gives the first few as examples; the very first with the life of the record. */
void judge_tell(struct judge *judge, enum verify_rule rule, const struct books_partition *partition,
                int64_t offset);
/* The same about a member rather than a record. */
void judge_tell_of(struct judge *judge, enum verify_rule rule, const char *format, ...)
    WEIR_PRINTF(3, 4);

int64_t judge_offset(const struct judge *judge, size_t index);
struct books_partition *judge_find(const struct judge *judge, const struct stream_span *span);

/* What an event means for one of its spans: judge_records.c. */
void judge_start(struct judge *judge, const struct stream_span *span);
void judge_complete(struct judge *judge, const struct stream_span *span);
void judge_skip(struct judge *judge, const struct stream_event *event);
void judge_fail(struct judge *judge, const struct stream_event *event);
/* judge_owners.c */
void judge_assign(struct judge *judge, const struct stream_span *span);
void judge_release(struct judge *judge, const struct stream_span *span);
void judge_overdue(struct judge *judge, const struct stream_span *span);
void judge_request(struct judge *judge, const struct stream_span *span);
void judge_acknowledge(struct judge *judge, const struct stream_span *span);
void judge_reset(struct judge *judge, const struct stream_event *event);
void judge_hold(struct judge *judge, const struct stream_event *event);
/* judge_repeats.c: from here on records may come again; if it is for what was held, those that lie
 * above it. */
void judge_begin_era(const struct judge *judge, struct books_partition *partition,
                     enum verify_cause cause);
/* May it, though an owner has completed it? */
bool judge_may_repeat(const struct judge *judge, const struct books_partition *partition,
                      size_t index);
/* Another owner begins at `position`: may this one be excused if it had not handed back? */
void judge_taken_over(struct judge *judge, struct books_partition *partition, int64_t position);
/* It was completed before, and now again; `former` unless the owner did. */
void judge_repeat(struct judge *judge, struct books_partition *partition, size_t index,
                  const struct books_former *former);
/* The window: what is done, and need not be committed yet. Now that an owner begins, whose `begun`
 * is known, when one did something of it, and when one ends; and whenever a member does anything.
 */
void judge_begin_window(const struct judge *judge, struct books_partition *partition);
void judge_move_window(const struct judge *judge, struct books_partition *partition);
void judge_end_window(const struct judge *judge, struct books_partition *partition);
void judge_see(const struct judge *judge, struct judge_life *life);
/* judge_belated.c: does a member take up an assignment that the group had gone on from? One that
 * slept finds it when it wakes; so it comes after that of the rightful owner. Both sides must bear
 * witness to it afterwards, or the later one counts: the group says to the one that it lost what it
 * took up, before any commit of it was acknowledged, and speaks to the other as to a member, to
 * which it gives more or from which it asks back. Of what was being handed back then it may have
 * been asked before the later one began: that says nothing. */
bool judge_is_belated(const struct judge *judge);
/* Before the event, and at the end: judge_group.c. */
void judge_prepare_lives(struct judge *judge);
void judge_member(struct judge *judge);
void judge_members_end(struct judge *judge);

#endif /* WEIR_TEST_JUDGE_STATE_H */
