#include "test/support/judge_state.h"

/* The owner is it no more, and did not hand back in order. */
static struct books_former *make_former(struct books_partition *partition)
{
    struct books_former *former = books_add_former(partition, (size_t)partition->owner);

    *former = (struct books_former){
        .member = (size_t)partition->owner, .begun = partition->begun, .epoch = partition->epoch};
    return former;
}

static void begin_ownership(const struct judge *judge, struct books_partition *partition,
                            int64_t position)
{
    partition->owner = (int64_t)judge->now->member;
    partition->epoch = ++partition->epochs;
    partition->overdue = false;
    partition->held_at = -1;
    partition->position = position >= 0 ? position : partition->base;
    partition->begun = partition->position;
    partition->order_frontier = partition->first;
    if (!judge->options->late_commits) { /* what the owner before asked for is refused now */
        partition->requested = partition->committed;
    }
    judge_begin_window(judge, partition);
}

/* A commit may have reached the broker although its acknowledgement reached nobody. */
static bool is_resumed_right(const struct books_partition *partition, int64_t position)
{
    return position < 0 || partition->committed < 0 ||
           (position >= partition->committed && position <= partition->requested);
}

void judge_assign(struct judge *judge, const struct stream_span *span)
{
    struct books_partition *partition = judge_find(judge, span);

    if (partition == NULL) {
        return;
    }
    if (judge->belated) { /* it was a former owner before it began, and is to hear of it */
        *books_add_former(partition, judge->now->member) =
            (struct books_former){.member = judge->now->member,
                                  .begun = span->first,
                                  .epoch = ++partition->epochs,
                                  .unaware = true};
        return;
    }
    if (!is_resumed_right(partition, span->first)) {
        judge_tell(judge, VERIFY_POSITION, partition, span->first);
    } else if (partition->committed >= 0 && span->first > partition->committed) {
        partition->committed = span->first; /* it was, and nobody had heard of it */
    }
    judge_taken_over(judge, partition, span->first);
    if (partition->owner != BOOKS_NOBODY && partition->owner != (int64_t)judge->now->member) {
        make_former(partition)->unaware = true; /* killed, or not heard to let go yet */
    }
    const struct books_former *former = books_former(partition, judge->now->member);
    partition->earlier = former == NULL ? (struct books_former){.epoch = 0} : *former;
    books_drop_former(partition, judge->now->member);
    begin_ownership(judge, partition, span->first);
}

/* It says of its stop that some of what it did could not be committed in time. */
static bool stops_unfinished(const struct judge *judge)
{
    const struct judge_life *life = &judge->lives[judge->now->member];

    return life->failed && life->drain_ns > 0;
}

/* Handed back, or taken away: then what its handlers were doing ends when it ends, and comes again
 * elsewhere. So it does where a commit got no answer. */
void judge_release(struct judge *judge, const struct stream_span *span)
{
    struct books_partition *partition = judge_find(judge, span);
    bool lost = judge->now->event->kind == (int)WEIR_EVENT_LOST;

    if (partition == NULL) {
        return;
    }
    if (partition->owner != (int64_t)judge->now->member) {
        struct books_former *former = books_former(partition, judge->now->member);
        if (former != NULL) {
            former->unaware = false;
        }
        return;
    }
    judge_end_window(judge, partition); /* what was due by now is asked of the next one */
    if (lost || partition->overdue) {
        (void)make_former(partition);
        judge_begin_era(judge, partition, lost ? VERIFY_CAUSE_LOST : VERIFY_CAUSE_STUCK);
    } else if (partition->requested > partition->committed || stops_unfinished(judge)) {
        judge_begin_era(judge, partition, VERIFY_CAUSE_UNCOMMITTED);
    } else if (partition->held_at >= 0) {
        judge_begin_era(judge, partition, VERIFY_CAUSE_HELD);
    }
    partition->owner = BOOKS_NOBODY;
}

void judge_overdue(struct judge *judge, const struct stream_span *span)
{
    struct books_partition *partition = judge_find(judge, span);

    if (partition != NULL && partition->owner == (int64_t)judge->now->member) {
        partition->overdue = true;
    }
}

/* It is not done, and what lies above it is not committed. */
void judge_hold(struct judge *judge, const struct stream_event *event)
{
    struct books_partition *partition = books_find(judge->books, event->topic, event->partition);

    if (partition != NULL && partition->owner == (int64_t)judge->now->member &&
        (partition->held_at < 0 || event->offset < partition->held_at)) {
        partition->held_at = event->offset;
    }
}

static void judge_commit(struct judge *judge, struct books_partition *partition, int64_t offset)
{
    int64_t frontier = books_frontier(judge->books, partition);

    if (frontier < offset) {
        judge_tell(judge, VERIFY_COMMIT_AHEAD, partition, frontier);
    }
}

void judge_request(struct judge *judge, const struct stream_span *span)
{
    struct books_partition *partition = judge_find(judge, span);

    if (partition == NULL) {
        return;
    }
    struct books_former *former = books_former(partition, judge->now->member);
    if (partition->owner != (int64_t)judge->now->member && (former == NULL || !former->unaware)) {
        judge_tell(judge, VERIFY_COMMIT_STRANGER, partition, span->first);
    }
    judge_commit(judge, partition, span->first);
    if (former != NULL) {
        former->asked = true; /* and is refused: nobody resumes there */
    } else if (span->first > partition->requested) {
        partition->requested = span->first;
    }
}

/* A former owner may hear late that its commit had reached the broker before the next owner began:
 * then that one began there. Or the next one never was it: it slept, and took up an assignment that
 * the group had gone on from; it is told so, and the former one goes on. */
static void acknowledge_former(struct judge *judge, struct books_partition *partition,
                               const struct books_former *former, int64_t offset)
{
    bool late = judge->options->late_commits;
    bool in_time = !former->asked && (late || offset <= partition->position);

    if (partition->owner != BOOKS_NOBODY && !in_time) {
        judge_tell(judge, VERIFY_TWO_OWNERS, partition, offset);
    } else if (offset > partition->committed) {
        partition->committed = offset;
        partition->requested = offset > partition->requested ? offset : partition->requested;
    } else if (late && offset < partition->committed) {
        partition->committed = offset; /* or as it was, if the broker had taken this one before */
        partition->due = offset < partition->due ? offset : partition->due;
        judge_begin_era(judge, partition, VERIFY_CAUSE_SET_BACK);
    }
}

void judge_acknowledge(struct judge *judge, const struct stream_span *span)
{
    struct books_partition *partition = judge_find(judge, span);

    if (partition == NULL) {
        return;
    }
    if (judge->now->event->foreign) {
        judge_request(judge, span); /* the verifiable consumer does not announce its commits */
    } else {
        judge_commit(judge, partition, span->first);
    }
    const struct books_former *former = books_former(partition, judge->now->member);
    if (former != NULL) {
        acknowledge_former(judge, partition, former, span->first);
        return;
    }
    partition->committed = span->first;
    if (partition->requested < span->first) {
        partition->requested = span->first;
    }
    judge_move_window(judge, partition);
}

/* What a policy jumps over is nobody's fault; where it jumps back, everything counts again. */
void judge_reset(struct judge *judge, const struct stream_event *event)
{
    struct books_partition *partition = books_find(judge->books, event->topic, event->partition);

    if (partition == NULL) {
        return;
    }
    size_t end = books_at(judge->books, partition, event->offset);
    for (size_t i = partition->first; i < end; i++) {
        if (!books_done(judge->books, i)) {
            judge->books->records[i].excused = true;
            judge->report->excused++;
        }
    }
    judge_begin_era(judge, partition, VERIFY_CAUSE_RESET);
    partition->position = event->offset;
    partition->begun = event->offset < partition->begun ? event->offset : partition->begun;
    judge_begin_window(judge, partition);
    partition->committed = -1;
    partition->requested = -1;
}
