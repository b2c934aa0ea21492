#include "framework/slot.h"

void weir_slot_init(struct weir_slot *slot)
{
    weir_mutex_init(&slot->mutex);
    slot->view.position = -1;
    slot->view.took_over = -1;
    slot->took_over = -1;
    slot->halt_at = INT64_MAX;
    slot->ended_at = -1;
}

void weir_slot_fini(struct weir_slot *slot)
{
    weir_mutex_fini(&slot->mutex);
}

void weir_slot_halt(struct weir_slot *slot, int64_t offset)
{
    slot->halt_at = offset;
    slot->passed = !weir_partition_halt(slot->core, offset);
    slot->told_halted = false;
}

bool weir_slot_is_halted(const struct weir_slot *slot)
{
    return slot->halt_at != INT64_MAX && (slot->passed || weir_partition_is_halted(slot->core));
}

/* Nothing else of a slot changes without one of these; its writer may read them without the lock.
 */
static bool is_news(const struct weir_slot *slot)
{
    const struct weir_slot_view *last = &slot->view;

    return last->position != weir_partition_position(slot->core) ||
           last->watermark != weir_partition_watermark(slot->core) ||
           last->bytes != weir_partition_bytes(slot->core) ||
           last->in_flight != weir_partition_in_flight(slot->core) ||
           last->held != weir_partition_held(slot->core) ||
           last->letters != weir_partition_letters(slot->core) || last->fetched != slot->fetched ||
           last->took_over != slot->took_over;
}

void weir_slot_publish(struct weir_slot *slot)
{
    if (!is_news(slot)) {
        return;
    }
    struct weir_slot_view view = {.position = weir_partition_position(slot->core),
                                  .watermark = weir_partition_watermark(slot->core),
                                  .bytes = weir_partition_bytes(slot->core),
                                  .oldest = weir_partition_oldest(slot->core),
                                  .in_flight = weir_partition_in_flight(slot->core),
                                  .buffered = weir_partition_buffered(slot->core),
                                  .held = weir_partition_held(slot->core),
                                  .letters = weir_partition_letters(slot->core),
                                  .fetched = slot->fetched,
                                  .took_over = slot->took_over};

    weir_mutex_lock(&slot->mutex);
    slot->view = view;
    weir_mutex_unlock(&slot->mutex);
}

struct weir_slot_view weir_slot_look(struct weir_slot *slot)
{
    weir_mutex_lock(&slot->mutex);
    struct weir_slot_view view = slot->view;
    weir_mutex_unlock(&slot->mutex);
    return view;
}
