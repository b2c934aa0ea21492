#include "framework/fetcher_state.h"
#include <assert.h>
#include <stddef.h>

/* The record limit. */

static void check_limit(struct weir_fetching *fetching)
{
    if (weir_permits_are_used_up(&fetching->permits)) {
        fetching->exhausted(fetching->user);
    }
}

/* Whoever found no permit may find one now. */
static void wake_all(const struct weir_fetching *fetching)
{
    for (struct weir_fetcher *f = fetching->fetchers; f != NULL; f = f->next) {
        weir_loop_wake(f->loop);
    }
}

void weir_fetcher_finish_permits(struct weir_fetching *fetching, uint32_t finished, uint32_t unused)
{
    if (fetching->permits.limited) {
        weir_permits_give(&fetching->permits, finished, unused);
        if (unused > 0) {
            wake_all(fetching);
        }
        check_limit(fetching);
    }
}

/* Taking. */

/* In the budget of all. What is not ours yet leaves half of that to what is. */
static uint64_t total_room(struct weir_fetcher *fetcher, const struct weir_slot *slot)
{
    struct weir_budget *budget = fetcher->fetching->budget;
    uint64_t total = weir_budget_room(budget, fetcher->budget_user);
    uint64_t kept = slot->waits ? budget->limit / 2 : 0;

    return total > kept ? total - kept : 0;
}

uint32_t weir_fetcher_burst(struct weir_fetcher *fetcher, struct weir_slot *slot)
{
    uint32_t records = weir_partition_room_records(slot->core);
    uint64_t bytes = weir_partition_room_bytes(slot->core);
    uint64_t total = total_room(fetcher, slot);

    if (records == 0 || bytes == 0) {
        return 0;
    }
    if (total == 0) {
        /* One record at a time goes past a spent budget for a partition that holds nothing, or
         * partitions that are stuck would starve the others for ever. */
        return weir_partition_bytes(slot->core) == 0 && !slot->waits ? 1 : 0;
    }
    bytes = total < bytes ? total : bytes;
    uint64_t fitting = bytes / slot->average_bytes + 1;
    uint32_t burst = records < WEIR_TAKE_BURST ? records : WEIR_TAKE_BURST;
    return fitting < burst ? (uint32_t)fitting : burst;
}

/* Of what waits nobody hears: it may never be ours. */
static void say_end(struct weir_fetcher *fetcher, const struct weir_slot *slot)
{
    if (slot->waits) {
        return;
    }
    weir_report_event(fetcher->fetching->report, (struct weir_event){.kind = WEIR_EVENT_END,
                                                                     .topic = slot->topic,
                                                                     .partition = slot->partition,
                                                                     .offset = slot->ended_at,
                                                                     .shadow = slot->shadow});
}

static void put_end(struct weir_fetcher *fetcher, struct weir_slot *slot, int64_t offset)
{
    slot->fetched = true;
    slot->ended_at = offset;
    weir_partition_end(slot->core, offset);
    say_end(fetcher, slot);
}

static void say_source_error(struct weir_fetcher *fetcher, const struct weir_slot *slot,
                             const struct weir_fetched *fetched)
{
    struct weir_report *report = fetcher->fetching->report;

    weir_log(&report->log, WEIR_LOG_WARNING, "fetch", "%s/%d: %s", slot->topic,
             (int)slot->partition, fetched->text);
    weir_report_event(report, (struct weir_event){.kind = WEIR_EVENT_TOPIC_ERROR,
                                                  .status = fetched->status,
                                                  .topic = slot->topic,
                                                  .partition = slot->partition,
                                                  .offset = weir_partition_position(slot->core),
                                                  .text = fetched->text,
                                                  .shadow = slot->shadow});
}

struct taken {
    uint64_t bytes;
    uint32_t records;
    int64_t first;
    int64_t last;
};

static void put_record(struct weir_fetcher *fetcher, struct weir_slot *slot,
                       const struct weir_item *item, struct taken *taken)
{
    if (!weir_partition_put(slot->core, item)) {
        fetcher->fetching->client->ops->release(item->message);
        return;
    }
    taken->first = taken->records == 0 ? item->offset : taken->first;
    taken->last = item->offset;
    taken->records++;
    taken->bytes += item->bytes;
}

static void put_fetched(struct weir_fetcher *fetcher, struct weir_slot *slot,
                        const struct weir_fetched *fetched, struct taken *taken)
{
    switch (fetched->kind) {
    case WEIR_FETCHED_RECORD:
        put_record(fetcher, slot, &fetched->item, taken);
        break;
    case WEIR_FETCHED_END:
        if (!slot->waits && !slot->fetched && taken->records == 0) { /* none to begin with */
            weir_fetcher_took_over(fetcher, slot, fetched->item.arrived);
        }
        put_end(fetcher, slot, fetched->item.offset);
        break;
    case WEIR_FETCHED_OUT_OF_RANGE:
        slot->out_of_range = true;
        break;
    case WEIR_FETCHED_ERROR:
        say_source_error(fetcher, slot, fetched);
        break;
    }
}

static void say_taken(struct weir_fetcher *fetcher, const struct weir_slot *slot,
                      const struct taken *taken)
{
    struct weir_report *report = fetcher->fetching->report;

    if (slot->waits || !weir_report_listens(report, WEIR_EVENT_DELIVER)) {
        return;
    }
    struct weir_span span = {.topic = slot->topic,
                             .partition = slot->partition,
                             .first = taken->first,
                             .last = taken->last,
                             .count = taken->records};
    weir_report_event(report, (struct weir_event){.kind = WEIR_EVENT_DELIVER,
                                                  .partition = -1,
                                                  .offset = -1,
                                                  .spans = &span,
                                                  .span_count = 1,
                                                  .shadow = slot->shadow});
}

static void account(struct weir_fetcher *fetcher, struct weir_slot *slot, const struct taken *taken)
{
    struct weir_report *report = fetcher->fetching->report;

    if (taken->records == 0) {
        return;
    }
    slot->fetched = true;
    weir_budget_take(fetcher->fetching->budget, taken->bytes);
    /* A moving average that follows growth at once and forgets it slowly. */
    uint32_t average = (uint32_t)(taken->bytes / taken->records) + 1;
    slot->average_bytes = average > slot->average_bytes
                              ? average
                              : slot->average_bytes - (slot->average_bytes - average) / 8;
    weir_report_count(report, WEIR_COUNTER_FETCHED, taken->records);
    weir_report_count(report, WEIR_COUNTER_FETCHED_BYTES, taken->bytes);
    say_taken(fetcher, slot, taken);
}

static void tell_warm(struct weir_fetcher *fetcher, struct weir_slot *slot)
{
    if (slot->waits && !slot->told_warm && (slot->fetched || slot->out_of_range)) {
        slot->told_warm = true;
        weir_slot_publish(slot); /* before control hears of it */
        weir_fetcher_tell_control(fetcher, &slot->warm, 0);
    }
}

void weir_fetcher_take(struct weir_fetcher *fetcher, struct weir_slot *slot, weir_time now)
{
    struct taken taken = {0};
    uint32_t burst = slot->may_have_records ? weir_fetcher_burst(fetcher, slot) : 0;

    if (burst == 0) {
        return;
    }
    uint32_t count = fetcher->fetching->client->ops->take(slot->source, fetcher->scratch, burst);
    slot->may_have_records = count == burst;
    for (uint32_t i = 0; i < count; i++) {
        fetcher->scratch[i].item.arrived = now;
        put_fetched(fetcher, slot, &fetcher->scratch[i], &taken);
    }
    account(fetcher, slot, &taken);
    tell_warm(fetcher, slot);
}

void weir_fetcher_admit(struct weir_fetcher *fetcher, struct weir_slot *slot, weir_time now)
{
    struct weir_fetching *fetching = fetcher->fetching;

    if (slot->waits) {
        return;
    }
    if (!fetching->permits.limited) {
        (void)weir_partition_admit(slot->core, now, UINT32_MAX);
        return;
    }
    /* With a limit every record asks for its own permit: exact, and speed is no concern. */
    while (weir_partition_may_admit(slot->core) && weir_permits_take(&fetching->permits)) {
        (void)weir_partition_admit(slot->core, now, 1);
    }
    (void)weir_partition_admit(slot->core, now, 0); /* none: but what has no record is passed */
    check_limit(fetching);
}

/* What was held back while it waited is said now. */
static void say_begun(struct weir_fetcher *fetcher, struct weir_slot *slot, weir_time now)
{
    struct taken taken = {.records = weir_partition_buffered(slot->core)};

    if (taken.records > 0) {
        weir_partition_span(slot->core, &taken.first, &taken.last);
        say_taken(fetcher, slot, &taken);
    }
    if (slot->ended_at == weir_partition_position(slot->core)) {
        say_end(fetcher, slot);
        if (taken.records == 0) {
            weir_fetcher_took_over(fetcher, slot, now);
        }
    }
}

void weir_fetcher_begin(struct weir_fetcher *fetcher, struct weir_slot *slot, int64_t offset,
                        weir_time now)
{
    uint64_t before = weir_partition_bytes(slot->core);
    void *message = NULL;

    assert(slot->waits && slot->wanted == WEIR_SLOT_RUN);
    while (weir_partition_begin(slot->core, offset, &message)) {
        fetcher->fetching->client->ops->release(message);
    }
    weir_budget_give(fetcher->fetching->budget, before - weir_partition_bytes(slot->core));
    slot->waits = false;
    slot->reported = offset;
    weir_slot_halt(slot, slot->halt_at);
    say_begun(fetcher, slot, now);
    weir_fetcher_activate(fetcher, slot);
}
