#include "framework/partition_state.h"
#include <assert.h>
#include <stddef.h>

static void finish(struct weir_partition *p, const struct weir_entry *entry)
{
    enum weir_status status = weir_tracker_finish(p->tracker, (struct weir_ticket){entry->seq});

    assert(status == WEIR_OK);
    assert(p->bytes >= entry->bytes);
    (void)status;
    p->bytes -= entry->bytes;
    p->finished = entry->seq < p->finished ? p->finished : entry->seq + 1;
}

/* The record keeps its message and its place in the window. */
static void keep(struct weir_partition *p, struct weir_entry *entry)
{
    weir_partition_slot_of(p, entry->seq)->message = entry->message;
    weir_partition_slot_of(p, entry->seq)->failures = entry->failures;
    if (entry->verdict != WEIR_VERDICT_UNBEGUN) {
        weir_partition_slot_of(p, entry->seq)->arrived = 0; /* its wait is measured */
    }
    entry->message = NULL;
    p->next_taken = entry->seq < p->next_taken ? entry->seq : p->next_taken;
    p->next_cut = entry->seq < p->next_cut ? entry->seq : p->next_cut;
}

/* Unfinished for ever. One that is held comes again from the brokers: of it only the place in the
 * window is kept, or what is held would keep everything else out. */
static void bar(struct weir_partition *p, struct weir_entry *entry, bool hold)
{
    entry->verdict = hold ? WEIR_VERDICT_HELD : WEIR_VERDICT_STOPPED;
    p->barred_at = entry->seq < p->barred_at ? entry->seq : p->barred_at;
    if (hold) {
        assert(p->bytes >= entry->bytes);
        p->held++;
        p->bytes -= entry->bytes;
    } else {
        p->stopped = true;
        keep(p, entry);
    }
}

static void fail_for_good(struct weir_partition *p, struct weir_entry *entry)
{
    switch (p->options.policy) {
    case WEIR_FAILURE_SKIP:
        entry->verdict = WEIR_VERDICT_SKIPPED;
        finish(p, entry);
        break;
    case WEIR_FAILURE_LETTER:
        entry->verdict = WEIR_VERDICT_LETTER;
        p->letters++;
        break;
    case WEIR_FAILURE_STOP:
    case WEIR_FAILURE_HOLD:
        bar(p, entry, p->options.policy == WEIR_FAILURE_HOLD);
        break;
    }
}

static void fail(struct weir_partition *p, weir_time now, struct weir_entry *entry)
{
    entry->failures++;
    if (entry->verdict == WEIR_VERDICT_REJECT || entry->failures >= p->options.attempts) {
        fail_for_good(p, entry);
        return;
    }
    entry->verdict = WEIR_VERDICT_RETRY;
    weir_retry_push(&p->retry, entry->seq,
                    now + weir_backoff_delay(&p->options.backoff, entry->failures, &p->random));
    keep(p, entry);
}

static void settle_one(struct weir_partition *p, weir_time now, struct weir_entry *entry)
{
    switch (entry->verdict) {
    case WEIR_VERDICT_DONE:
        finish(p, entry);
        break;
    case WEIR_VERDICT_RETRY:
    case WEIR_VERDICT_REJECT:
        fail(p, now, entry);
        break;
    case WEIR_VERDICT_AGAIN:
    case WEIR_VERDICT_UNBEGUN:
        keep(p, entry);
        entry->verdict = WEIR_VERDICT_AGAIN;
        break;
    case WEIR_VERDICT_SKIPPED:
    case WEIR_VERDICT_STOPPED:
    case WEIR_VERDICT_HELD:
    case WEIR_VERDICT_LETTER:
        assert(false && "a worker does not decide this");
        break;
    }
}

/* Back to front, so that the oldest record comes to stand first. In ordered modes a record that
 * waits for its retry, or failed for good, stands in its lane and blocks it. */
static void requeue(struct weir_partition *p, const struct weir_entry *entries, uint32_t count)
{
    bool ordered = p->options.order != WEIR_ORDER_NONE;

    for (uint32_t i = count; i > 0; i--) {
        enum weir_verdict verdict = entries[i - 1].verdict;
        uint32_t lane = weir_partition_slot_of(p, entries[i - 1].seq)->lane;
        bool waits = verdict == WEIR_VERDICT_RETRY || verdict == WEIR_VERDICT_STOPPED ||
                     verdict == WEIR_VERDICT_HELD;
        if (waits && ordered) {
            weir_lanes_block(&p->lanes, lane);
        }
        if ((waits && ordered) || verdict == WEIR_VERDICT_AGAIN) {
            weir_lanes_push_front(&p->lanes, lane, entries[i - 1].seq);
        }
    }
}

static void return_lanes(struct weir_partition *p, const struct weir_entry *entries, uint32_t count)
{
    if (p->options.order != WEIR_ORDER_KEY) {
        weir_lanes_return(&p->lanes, 0, count);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        weir_lanes_return(&p->lanes, weir_partition_slot_of(p, entries[i].seq)->lane, 1);
    }
}

void weir_partition_catch_up(struct weir_partition *p)
{
    if (p->catching_up && p->barred_at < p->lanes.below) { /* what has just failed for good */
        weir_lanes_restrict(&p->lanes, p->barred_at);
    }
    if (!p->draining || p->catching_up || p->running > 0 || p->letters > 0) {
        return;
    }
    p->catching_up = true;
    weir_partition_bring_back_due(p, WEIR_TIME_NEVER);
    weir_lanes_restrict(&p->lanes, p->finished < p->barred_at ? p->finished : p->barred_at);
}

void weir_partition_settle(struct weir_partition *p, weir_time now, struct weir_entry *entries,
                           uint32_t count)
{
    assert(p->running > 0);
    for (uint32_t i = 0; i < count; i++) {
        settle_one(p, now, &entries[i]);
    }
    requeue(p, entries, count);
    return_lanes(p, entries, count);
    p->running--;
    weir_partition_catch_up(p);
}

void weir_partition_acknowledge(struct weir_partition *p, const struct weir_entry *entry)
{
    assert(p->letters > 0 && entry->verdict == WEIR_VERDICT_LETTER);
    finish(p, entry);
    p->letters--;
    weir_partition_catch_up(p);
}

/* Its lane is not blocked: what came behind it may be done long since. */
void weir_partition_return_letter(struct weir_partition *p, struct weir_entry *entry, bool hold)
{
    assert(p->letters > 0 && entry->verdict == WEIR_VERDICT_LETTER);
    bar(p, entry, hold);
    p->letters--;
    weir_partition_catch_up(p);
}
