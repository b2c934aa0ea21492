#include "framework/base/memory.h"
#include "framework/fetcher_state.h"
#include <assert.h>

static const struct {
    enum weir_event_kind kind;
    enum weir_counter counter;
} means[] = {[WEIR_VERDICT_RETRY] = {WEIR_EVENT_RETRY, WEIR_COUNTER_RETRIED},
             [WEIR_VERDICT_SKIPPED] = {WEIR_EVENT_SKIP, WEIR_COUNTER_SKIPPED},
             [WEIR_VERDICT_HELD] = {WEIR_EVENT_HOLD, WEIR_COUNTER_HELD},
             [WEIR_VERDICT_LETTER] = {WEIR_EVENT_DEAD_LETTER, WEIR_COUNTER_LETTERS},
             [WEIR_VERDICT_STOPPED] = {WEIR_EVENT_STOP, WEIR_COUNTERS}};

/* A stop is said once, as the reason of the end; of retries the first tells that the record holds
 * others up. */
static int level_of(const struct weir_entry *entry)
{
    bool first = entry->verdict == WEIR_VERDICT_RETRY && entry->failures == 1;
    bool last = entry->verdict != WEIR_VERDICT_RETRY && entry->verdict != WEIR_VERDICT_STOPPED;

    return first || last ? WEIR_LOG_WARNING : WEIR_LOG_DEBUG;
}

void weir_fetcher_tell_failure(struct weir_fetcher *fetcher, const struct weir_slot *slot,
                               const struct weir_entry *entry, enum weir_event_kind kind,
                               const char *text)
{
    weir_report_event(fetcher->fetching->report,
                      (struct weir_event){.kind = kind,
                                          .status = WEIR_ERR_RECORD,
                                          .topic = slot->topic,
                                          .partition = slot->partition,
                                          .offset = entry->offset,
                                          .count = (int64_t)entry->failures + 1,
                                          .text = text,
                                          .shadow = slot->shadow});
}

void weir_fetcher_say_failure(struct weir_fetcher *fetcher, const struct weir_slot *slot,
                              const struct weir_entry *entry, const char *why)
{
    struct weir_report *report = fetcher->fetching->report;
    enum weir_event_kind kind = means[entry->verdict].kind;

    if (means[entry->verdict].counter != WEIR_COUNTERS) {
        weir_report_count(report, means[entry->verdict].counter, 1);
    }
    weir_fetcher_tell_failure(fetcher, slot, entry, kind, why != NULL ? why : entry->reason);
    weir_log(&report->log, level_of(entry), "handler",
             "%s/%d offset %lld: %s after %u failed attempt%s: %s%s%s", slot->topic,
             (int)slot->partition, (long long)entry->offset, weir_event_name(kind),
             (unsigned)entry->failures, entry->failures == 1 ? "" : "s",
             entry->reason != NULL ? entry->reason : "no reason given",
             why != NULL ? "; its dead letter cannot be written: " : "", why != NULL ? why : "");
}

static void conclude_entries(struct weir_fetcher *fetcher, struct weir_task *task)
{
    struct weir_fetching *fetching = fetcher->fetching;

    for (uint32_t i = 0; i < task->count; i++) {
        struct weir_entry *entry = &task->entries[i];
        if (entry->verdict == WEIR_VERDICT_DONE || entry->verdict == WEIR_VERDICT_AGAIN) {
            weir_free(entry->reason);
            continue;
        }
        if (entry->verdict == WEIR_VERDICT_LETTER) {
            weir_fetcher_write_letter(fetcher, task->slot, entry);
            continue;
        }
        weir_fetcher_say_failure(fetcher, task->slot, entry, NULL);
        if (entry->verdict == WEIR_VERDICT_STOPPED) {
            fetching->stopped(task->slot, entry, NULL, fetching->user);
        }
        if (entry->verdict == WEIR_VERDICT_SKIPPED || entry->verdict == WEIR_VERDICT_HELD) {
            fetching->client->ops->release(entry->message);
        }
        weir_free(entry->reason);
    }
}

/* The partition was taken away while the handler ran: whatever came of it is not ours to commit. */
static void discard(struct weir_fetcher *fetcher, struct weir_task *task)
{
    for (uint32_t i = 0; i < task->count; i++) {
        if (task->entries[i].verdict != WEIR_VERDICT_DONE) {
            fetcher->fetching->client->ops->release(task->entries[i].message);
        }
        weir_free(task->entries[i].reason);
    }
    weir_report_count(fetcher->fetching->report, WEIR_COUNTER_STALE, task->count);
}

static void count_shadow(struct weir_report *report, const struct weir_task *task)
{
    uint32_t failed = 0;

    for (uint32_t i = 0; i < task->count; i++) {
        failed += task->entries[i].verdict == WEIR_VERDICT_RETRY ||
                          task->entries[i].verdict == WEIR_VERDICT_REJECT
                      ? 1
                      : 0;
    }
    weir_report_count(report, WEIR_COUNTER_SHADOW, task->count);
    weir_report_count(report, WEIR_COUNTER_SHADOW_FAILED, failed);
}

/* Counted here and not by the workers, who would pull the counters from each other. */
static void count_handled(struct weir_fetcher *fetcher, const struct weir_task *task)
{
    struct weir_report *report = fetcher->fetching->report;
    uint32_t done = 0;

    if (!task->handled) {
        return;
    }
    for (uint32_t i = 0; i < task->count; i++) {
        done += task->entries[i].verdict == WEIR_VERDICT_DONE ? 1 : 0;
    }
    weir_report_count(report, WEIR_COUNTER_HANDLED, task->count);
    weir_report_count(report, WEIR_COUNTER_DONE, done);
    weir_report_count(report, WEIR_COUNTER_BATCHES, 1);
    if (task->slot->shadow) {
        count_shadow(report, task);
    }
}

void weir_fetcher_welcome(struct weir_fetcher *fetcher, struct weir_task *task, weir_time now)
{
    struct weir_slot *slot = task->slot;

    assert(slot->tasks_out > 0 && fetcher->tasks_out > 0);
    slot->tasks_out--;
    fetcher->tasks_out--;
    fetcher->rows_out -= task->leads ? 1 : 0;
    fetcher->came_back.batches++;
    fetcher->came_back.records += task->handled ? task->count : 0;
    fetcher->came_back.took += task->took;
    count_handled(fetcher, task);
    if (task->handled) {
        weir_fetcher_took_over(fetcher, slot, task->begun);
    }
    if (slot->wanted == WEIR_SLOT_CLOSE) {
        discard(fetcher, task);
    } else {
        uint64_t before = weir_partition_bytes(slot->core);
        uint32_t unfinished = weir_partition_in_flight(slot->core);
        weir_partition_settle(slot->core, now, task->entries, task->count);
        conclude_entries(fetcher, task);
        weir_budget_give(fetcher->fetching->budget, before - weir_partition_bytes(slot->core));
        weir_fetcher_finish_permits(fetcher->fetching,
                                    unfinished - weir_partition_in_flight(slot->core), 0);
        weir_fetcher_activate(fetcher, slot);
    }
    weir_task_give(&fetcher->stock, task);
    weir_fetcher_tell_drained(fetcher, slot);
    weir_fetcher_close_if_idle(fetcher, slot);
}
