#include "framework/base/memory.h"
#include "framework/fetcher_state.h"
#include <assert.h>

/* `fatal`: so will be every other one, and nothing is held for that. */
static void undelivered(struct weir_fetcher *fetcher, struct weir_slot *slot,
                        struct weir_entry *entry, const char *why, bool fatal)
{
    struct weir_fetching *fetching = fetcher->fetching;

    weir_partition_return_letter(slot->core, entry, fetching->holds_undelivered && !fatal);
    weir_report_count(fetching->report, WEIR_COUNTER_LETTERS_FAILED, 1);
    weir_fetcher_say_failure(fetcher, slot, entry, why);
    if (entry->verdict == WEIR_VERDICT_STOPPED) {
        fetching->stopped(slot, entry, why, fetching->user);
    } else {
        fetching->client->ops->release(entry->message);
    }
}

static void acknowledged(struct weir_fetcher *fetcher, struct weir_slot *slot,
                         const struct weir_entry *entry)
{
    weir_partition_acknowledge(slot->core, entry);
    weir_fetcher_say_failure(fetcher, slot, entry, NULL);
    fetcher->fetching->client->ops->release(entry->message);
}

void weir_fetcher_write_letter(struct weir_fetcher *fetcher, struct weir_slot *slot,
                               struct weir_entry *entry)
{
    struct weir_dead_letter *letter = weir_calloc(1, sizeof *letter);

    assert(entry->verdict == WEIR_VERDICT_LETTER);
    if (letter == NULL) {
        undelivered(fetcher, slot, entry, "out of memory", false);
        weir_free(entry->reason);
        return;
    }
    letter->letter.kind = WEIR_LETTER_DEAD;
    letter->slot = slot;
    letter->entry = *entry;
    weir_fetcher_tell_failure(fetcher, slot, entry, WEIR_EVENT_FAIL, entry->reason);
    slot->letters_out++;
    weir_fetcher_tell_control(fetcher, &letter->letter, 0);
}

/* As a batch: what comes home to a slot that closes is not ours to commit. */
void weir_fetcher_welcome_letter(struct weir_fetcher *fetcher, struct weir_dead_letter *letter)
{
    struct weir_slot *slot = letter->slot;
    struct weir_fetching *fetching = fetcher->fetching;

    assert(slot->letters_out > 0);
    slot->letters_out--;
    if (slot->wanted == WEIR_SLOT_CLOSE) {
        fetching->client->ops->release(letter->entry.message);
        weir_report_count(fetching->report, WEIR_COUNTER_STALE, 1);
    } else {
        uint64_t before = weir_partition_bytes(slot->core);
        uint32_t unfinished = weir_partition_in_flight(slot->core);
        if (letter->status == WEIR_OK) {
            acknowledged(fetcher, slot, &letter->entry);
        } else if (letter->status == WEIR_ERR_STATE) { /* given up, and so will the slot be */
            weir_partition_return_letter(slot->core, &letter->entry, true);
            fetching->client->ops->release(letter->entry.message);
        } else {
            undelivered(fetcher, slot, &letter->entry, letter->why,
                        letter->status == WEIR_ERR_FATAL);
        }
        weir_budget_give(fetching->budget, before - weir_partition_bytes(slot->core));
        weir_fetcher_finish_permits(fetching, unfinished - weir_partition_in_flight(slot->core), 0);
        weir_fetcher_activate(fetcher, slot);
    }
    weir_free(letter->entry.reason);
    weir_free(letter);
    weir_fetcher_tell_drained(fetcher, slot);
    weir_fetcher_close_if_idle(fetcher, slot);
}
