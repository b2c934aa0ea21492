#include "test/support/judge_state.h"

enum { NS_PER_MS = 1000000 };

/* What lies below was committed with the end of its owner: this era does not excuse it. */
static void carry_over(const struct judge *judge, const struct books_partition *partition,
                       int64_t below)
{
    size_t end = books_at(judge->books, partition, below);

    for (size_t i = partition->first; i < end; i++) {
        struct books_record *record = &judge->books->records[i];
        if (record->era == partition->era - 1) {
            record->era = partition->era;
        }
    }
}

void judge_begin_era(const struct judge *judge, struct books_partition *partition,
                     enum verify_cause cause)
{
    if (cause != VERIFY_CAUSE_HELD && !judge->options->crashes) {
        return;
    }
    partition->era++;
    partition->repeats = 0;
    partition->cause = cause;
    if (cause == VERIFY_CAUSE_HELD) {
        carry_over(judge, partition, partition->held_at);
    }
}

bool judge_may_repeat(const struct judge *judge, const struct books_partition *partition,
                      size_t index)
{
    const struct books_record *record = &judge->books->records[index];

    return record->era < partition->era && (record->era > 0 || judge->options->crashes);
}

/* One that said that it stopped in order had to hand back before; so had one that is given anew
 * what it has. */
void judge_taken_over(struct judge *judge, struct books_partition *partition, int64_t position)
{
    if (partition->owner == (int64_t)judge->now->member) {
        return;
    }
    if (partition->owner != BOOKS_NOBODY) {
        judge_end_window(judge, partition);
    }
    if (judge->options->commit_within_ms > 0 && position >= 0 && position < partition->due) {
        judge_tell(judge, VERIFY_OVERDUE_COMMIT, partition, position);
    }
    if (partition->owner == BOOKS_NOBODY) {
        return;
    }
    const struct judge_life *life = &judge->lives[partition->owner];
    if (life->last_ns >= judge->now->event->time_ns) {
        judge_begin_era(judge, partition, VERIFY_CAUSE_GIVEN_AWAY);
    } else if (!life->ended || life->failed) {
        judge_begin_era(judge, partition, VERIFY_CAUSE_GONE);
    }
}

/* Did the former owner do it last, in the same ownership? */
static bool repeats_itself(const struct books_record *record, const struct books_former *former)
{
    return former != NULL && former->epoch > 0 && record->done_epoch == former->epoch;
}

/* What its owner was given to do was done, or was in flight, when the one before ended, and was not
 * committed: it lies at or behind where the owner began. */
void judge_repeat(struct judge *judge, struct books_partition *partition, size_t index,
                  const struct books_former *former)
{
    const struct books_record *record = &judge->books->records[index];
    int64_t offset = judge_offset(judge, index);
    bool excused =
        judge_may_repeat(judge, partition, index) || (former != NULL && judge->options->crashes);

    if (offset < (former == NULL ? partition->begun : former->begun)) {
        judge_tell(judge, VERIFY_COMMITTED_AGAIN, partition, offset);
    } else if (!excused || repeats_itself(record, former)) {
        judge_tell(judge, VERIFY_DUPLICATE, partition, offset);
    } else {
        judge->report->repeated++;
        judge->report->causes[partition->cause]++;
        if (partition->cause != VERIFY_CAUSE_RESET && judge->options->repeats_max > 0 &&
            ++partition->repeats == judge->options->repeats_max + 1) {
            judge_tell(judge, VERIFY_REPEATED, partition, offset);
        }
    }
}

static bool is_done_by_owner(const struct judge *judge, const struct books_partition *partition,
                             size_t index)
{
    const struct books_record *record = &judge->books->records[index];
    int64_t offset = judge_offset(judge, index);

    return offset < partition->begun || offset < partition->requested || record->excused ||
           !books_required(judge->books, partition, index) ||
           (record->epoch == partition->epoch && record->phase == BOOKS_DONE);
}

static int64_t own_frontier(const struct judge *judge, struct books_partition *partition)
{
    while (partition->own_frontier < partition->end &&
           is_done_by_owner(judge, partition, partition->own_frontier)) {
        partition->own_frontier++;
    }
    return partition->own_frontier < partition->end ? judge_offset(judge, partition->own_frontier)
                                                    : judge_offset(judge, partition->end - 1) + 1;
}

void judge_begin_window(const struct judge *judge, struct books_partition *partition)
{
    partition->own_frontier = books_at(judge->books, partition, partition->begun);
    partition->known = partition->begun;
    partition->known_ns = judge->now->event->time_ns;
    partition->marked = partition->begun;
    partition->marked_ns = partition->known_ns;
    partition->due = partition->begun;
}

/* A pause of half of the time begins the count anew: one that stood still commits nothing. */
void judge_see(const struct judge *judge, struct judge_life *life)
{
    int64_t now_ns = judge->now->event->time_ns;

    if (now_ns - life->seen_ns > judge->options->commit_within_ms * NS_PER_MS / 2) {
        life->awake_ns = now_ns;
    }
    life->seen_ns = now_ns;
}

/* Up to the last that its owner did, of whatever partition: what was marked is due, and then what
 * has been known for as long. */
void judge_end_window(const struct judge *judge, struct books_partition *partition)
{
    const struct judge_life *life = &judge->lives[partition->owner];
    int64_t within_ns = judge->options->commit_within_ms * NS_PER_MS;

    for (int step = 0; within_ns > 0 && step < 2; step++) {
        if (partition->marked_ns < life->awake_ns) {
            partition->marked_ns = life->awake_ns;
        }
        if (life->seen_ns - partition->marked_ns <= within_ns) {
            return;
        }
        partition->due = partition->marked;
        partition->marked = partition->known;
        partition->marked_ns = partition->known_ns;
    }
}

void judge_move_window(const struct judge *judge, struct books_partition *partition)
{
    if (judge->options->commit_within_ms == 0 || partition->owner != (int64_t)judge->now->member) {
        return;
    }
    judge_end_window(judge, partition);
    partition->known = own_frontier(judge, partition);
    partition->known_ns = judge->now->event->time_ns;
}
