#include "framework/fetcher_state.h"
#include <assert.h>

/* The list of active slots. */

void weir_fetcher_activate(struct weir_fetcher *fetcher, struct weir_slot *slot)
{
    if (slot->active) {
        return;
    }
    slot->active = true;
    slot->next = NULL;
    slot->previous = fetcher->last;
    if (fetcher->last == NULL) {
        fetcher->first = slot;
    } else {
        fetcher->last->next = slot;
    }
    fetcher->last = slot;
}

void weir_fetcher_deactivate(struct weir_fetcher *fetcher, struct weir_slot *slot)
{
    if (!slot->active) {
        return;
    }
    slot->active = false;
    if (slot->previous == NULL) {
        fetcher->first = slot->next;
    } else {
        slot->previous->next = slot->next;
    }
    if (slot->next == NULL) {
        fetcher->last = slot->previous;
    } else {
        slot->next->previous = slot->previous;
    }
}

void weir_fetcher_turn_to(struct weir_fetcher *fetcher, struct weir_slot *slot)
{
    assert(slot->active);
    if (slot == fetcher->first) {
        return;
    }
    fetcher->first->previous = fetcher->last;
    fetcher->last->next = fetcher->first;
    fetcher->last = slot->previous;
    fetcher->last->next = NULL;
    fetcher->first = slot;
    slot->previous = NULL;
}

/* Telling control. No watermark is told before it is published, or a snapshot would show more
 * committed than finished. */

void weir_fetcher_tell_control(struct weir_fetcher *fetcher, struct weir_letter *letter,
                               int64_t value)
{
    weir_mailbox_post(fetcher->fetching->control, letter, value);
}

void weir_fetcher_tell_progress(struct weir_fetcher *fetcher, struct weir_slot *slot)
{
    int64_t watermark = weir_partition_watermark(slot->core);

    if (!slot->waits && watermark > slot->reported) {
        slot->reported = watermark;
        weir_fetcher_tell_control(fetcher, &slot->progress, watermark);
    }
}

void weir_fetcher_tell_busy(struct weir_fetcher *fetcher, struct weir_slot *slot)
{
    if (slot->wanted == WEIR_SLOT_DRAIN && !slot->told_drained) {
        weir_slot_publish(slot);
        weir_fetcher_tell_control(fetcher, &slot->busy, weir_partition_watermark(slot->core));
    }
}

void weir_fetcher_tell_drained(struct weir_fetcher *fetcher, struct weir_slot *slot)
{
    if (slot->wanted != WEIR_SLOT_DRAIN || slot->tasks_out > 0 || slot->told_drained) {
        return;
    }
    if (weir_partition_is_drained(slot->core)) {
        slot->told_drained = true;
        weir_slot_publish(slot);
        weir_fetcher_tell_control(fetcher, &slot->drained, weir_partition_watermark(slot->core));
    } else { /* what it was raised for has come back; what is cut now must run */
        weir_flag_lower(&slot->recalled);
        weir_fetcher_activate(fetcher, slot);
    }
}

void weir_fetcher_tell_halted(struct weir_fetcher *fetcher, struct weir_slot *slot)
{
    if (slot->wanted == WEIR_SLOT_RUN && !slot->waits && !slot->told_halted &&
        weir_slot_is_halted(slot)) {
        slot->told_halted = true;
        weir_fetcher_tell_control(fetcher, &slot->halted, slot->halt_at);
    }
}

/* The source's position does not exist, and everything before it is finished, or held. */
void weir_fetcher_tell_range(struct weir_fetcher *fetcher, struct weir_slot *slot)
{
    if (slot->out_of_range && !slot->told_range && !slot->waits &&
        weir_partition_buffered(slot->core) == 0 &&
        weir_partition_in_flight(slot->core) == weir_partition_held(slot->core)) {
        slot->told_range = true;
        weir_fetcher_tell_control(fetcher, &slot->range, weir_partition_position(slot->core));
    }
}

/* Closing. */

void weir_fetcher_close_if_idle(struct weir_fetcher *fetcher, struct weir_slot *slot)
{
    void *message = NULL;

    if (slot->wanted != WEIR_SLOT_CLOSE || slot->tasks_out > 0 || slot->letters_out > 0 ||
        !slot->is_flushed) {
        return;
    }
    weir_fetcher_finish_permits(fetcher->fetching, 0, weir_partition_in_flight(slot->core));
    while (weir_partition_take_back(slot->core, &message)) {
        fetcher->fetching->client->ops->release(message);
    }
    weir_budget_give(fetcher->fetching->budget, weir_partition_bytes(slot->core));
    weir_fetcher_deactivate(fetcher, slot);
    weir_fetcher_tell_control(fetcher, &slot->closed, 0);
}

void weir_fetcher_took_over(const struct weir_fetcher *fetcher, struct weir_slot *slot,
                            weir_time at)
{
    if (slot->since != 0 && slot->took_over < 0) {
        slot->took_over = at > slot->since ? at - slot->since : 0;
        weir_meter_add(fetcher->meter, WEIR_HISTOGRAM_TAKE_OVER, slot->took_over, 1);
    }
}
