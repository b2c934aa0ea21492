#include <assert.h>
#include <string.h>
#include <weir/consumer.h>

#include "test/support/fail.h"
#include "test/support/judge_state.h"

enum { NS_PER_MS = 1000000 };

static bool is_named(const struct stream_event *event, const char *name)
{
    return event->foreign && strcmp(event->name, name) == 0;
}

void judge_prepare_lives(struct judge *judge)
{
    const struct history *history = judge->history;

    judge->lives = fail_or_alloc(history->member_count, sizeof *judge->lives);
    for (size_t i = 0; i < history->count; i++) {
        const struct stream_event *event = history->entries[i].event;
        struct judge_life *life = &judge->lives[history->entries[i].member];
        life->last_ns = event->time_ns;
        life->failed |=
            event->kind == (int)WEIR_EVENT_STATE && event->count >= (int64_t)WEIR_STATE_INCOMPLETE;
    }
}

static bool is_alive_after(const struct judge *judge, int64_t member, int64_t time_ns)
{
    return member != BOOKS_NOBODY && judge->lives[member].last_ns >= time_ns;
}

static void judge_coverage(struct judge *judge)
{
    judge->owners_judged = true;
    for (size_t i = 0; i < judge->books->partition_count; i++) {
        const struct books_partition *partition = &judge->books->partitions[i];
        if (!is_alive_after(judge, partition->owner, judge->options->heal_ns)) {
            judge_tell(judge, VERIFY_UNOWNED, partition, partition->committed);
        }
    }
}

/* The last record that must be done; partition->end if there is none. */
static size_t find_last(const struct judge *judge, const struct books_partition *partition)
{
    for (size_t i = partition->end; i > partition->first; i--) {
        if (books_required(judge->books, partition, i - 1) &&
            !judge->books->records[i - 1].excused) {
            return i - 1;
        }
    }
    return partition->end;
}

static void judge_liveness(struct judge *judge)
{
    judge->live_judged = true;
    for (size_t i = 0; i < judge->books->partition_count; i++) {
        struct books_partition *partition = &judge->books->partitions[i];
        int64_t frontier = books_frontier(judge->books, partition);
        size_t last = find_last(judge, partition);
        if (frontier != INT64_MAX) {
            judge_tell(judge, VERIFY_NOT_IN_TIME, partition, frontier);
        } else if (last < partition->end && judge_offset(judge, last) >= partition->committed) {
            judge_tell(judge, VERIFY_LAG, partition, judge_offset(judge, last));
        }
    }
}

/* What was to be so by now? */
static void judge_heal(struct judge *judge, int64_t now_ns)
{
    const struct verify_options *options = judge->options;

    if (options->heal_ns == 0 || now_ns <= options->heal_ns + options->live_within_ms * NS_PER_MS) {
        return;
    }
    if (!judge->owners_judged) {
        judge_coverage(judge);
    }
    if (!judge->live_judged) {
        judge_liveness(judge);
    }
}

static void count_revoked(struct judge *judge, uint64_t partitions)
{
    const uint64_t *most = judge->options->revocations_max;
    bool before = most != NULL && judge->report->revocations > *most;

    judge->report->revocations += partitions;
    if (most != NULL && !before && judge->report->revocations > *most) {
        judge_tell_of(judge, VERIFY_REVOKED, "%llu partitions by now, %llu are expected",
                      (unsigned long long)judge->report->revocations, (unsigned long long)*most);
    }
}

/* What is lost while it is handed back was taken when that began. */
static uint64_t newly_taken(const struct judge *judge)
{
    const struct stream_event *event = judge->now->event;
    const int64_t member = (int64_t)judge->now->member;
    const bool begins = event->kind == (int)WEIR_EVENT_REVOKE_BEGIN;
    uint64_t taken = 0;

    for (size_t i = 0; i < event->span_count; i++) {
        struct books_partition *partition = judge_find(judge, &event->spans[i]);
        taken += partition == NULL || partition->returned_by != member ? 1 : 0;
        if (partition != NULL && (begins || partition->returned_by == member)) {
            partition->returned_by = begins ? member : BOOKS_NOBODY;
        }
    }
    return event->kind == (int)WEIR_EVENT_REVOKE_END ? 0 : taken;
}

static bool is_taking(const struct stream_event *event)
{
    return event->kind == (int)WEIR_EVENT_REVOKE_BEGIN ||
           event->kind == (int)WEIR_EVENT_REVOKE_END || event->kind == (int)WEIR_EVENT_LOST;
}

static void judge_state(struct judge *judge, struct judge_life *life)
{
    const struct stream_event *event = judge->now->event;
    int64_t most_ms = judge->options->stop_within_ms;

    if (event->count == (int64_t)WEIR_STATE_DRAINING) {
        if (judge->options->heal_ns > 0 && event->time_ns >= judge->options->heal_ns &&
            !judge->owners_judged) {
            judge_coverage(judge);
        }
        life->drain_ns = event->time_ns;
        return;
    }
    life->ended = event->count >= (int64_t)WEIR_STATE_STOPPED;
    int64_t took_ms = (event->time_ns - life->drain_ns) / NS_PER_MS;
    if (life->ended && life->drain_ns > 0 && most_ms > 0 && took_ms > most_ms) {
        judge_tell_of(judge, VERIFY_SLOW_STOP, "%lld ms, more than %lld", (long long)took_ms,
                      (long long)most_ms);
    }
}

/* The verifiable consumer says that it stops when it has. */
static void judge_foreign_member(struct judge *judge, struct judge_life *life)
{
    const struct stream_event *event = judge->now->event;

    if (is_named(event, "startup_complete")) {
        life->ended = false;
        life->pending = 0;
    } else if (is_named(event, "shutdown_complete")) {
        life->ended = true;
        life->pending = 0;
    } else if (event->kind == (int)WEIR_EVENT_REVOKE_END) {
        life->pending += event->span_count;
    } else if (event->kind == (int)WEIR_EVENT_ASSIGN) {
        count_revoked(judge, life->pending);
        life->pending = 0;
    }
}

void judge_member(struct judge *judge)
{
    const struct stream_event *event = judge->now->event;
    struct judge_life *life = &judge->lives[judge->now->member];

    judge_heal(judge, event->time_ns);
    judge_see(judge, life);
    if (event->foreign) {
        judge_foreign_member(judge, life);
    } else if (event->kind == (int)WEIR_EVENT_STATE) {
        judge_state(judge, life);
    } else if (is_taking(event) && life->drain_ns == 0) {
        count_revoked(judge, newly_taken(judge));
    }
}

/* By nobody, or it was to come again. */
static bool is_not_done(const struct judge *judge, const struct books_partition *partition,
                        size_t index)
{
    return judge->books->records[index].completions == 0 ||
           judge_may_repeat(judge, partition, index);
}

/* Nothing below the first record that is not done may be left uncommitted. */
static void judge_committed(struct judge *judge)
{
    for (size_t i = 0; i < judge->books->partition_count; i++) {
        struct books_partition *partition = &judge->books->partitions[i];
        (void)books_frontier(judge->books, partition);
        size_t last = partition->frontier;
        while (last > partition->first && is_not_done(judge, partition, last - 1)) {
            last--;
        }
        if (last > partition->first && judge_offset(judge, last - 1) >= partition->committed) {
            judge_tell(judge, VERIFY_UNCOMMITTED, partition, judge_offset(judge, last - 1));
        }
    }
}

void judge_members_end(struct judge *judge)
{
    const struct history *history = judge->history;

    assert(judge->now == NULL);
    for (size_t i = 0; i < history->member_count; i++) {
        const struct history_member *member = &history->members[i];
        count_revoked(judge, judge->lives[i].pending);
        if (judge->options->clean && !judge->lives[i].ended) {
            judge_tell_of(judge, VERIFY_NO_END, "%s/%lld (%s)", member->instance,
                          (long long)member->pid, stream_name(member->stream));
        }
    }
    judge->report->members = history->member_count;
    judge_heal(judge, INT64_MAX);
    if (judge->options->clean) {
        judge_committed(judge);
    }
}
