#include "test/support/judge_state.h"

#include <weir/consumer.h>

static bool is_word(int kind)
{
    return kind == (int)WEIR_EVENT_ASSIGN || kind == (int)WEIR_EVENT_REVOKE_BEGIN ||
           kind == (int)WEIR_EVENT_REVOKE_END || kind == (int)WEIR_EVENT_LOST;
}

/* What the group says to a member next; NULL: nothing before the member stops. */
static const struct history_entry *next_word(const struct judge *judge, size_t member)
{
    const struct history_entry *end = judge->history->entries + judge->history->count;

    for (const struct history_entry *entry = judge->now + 1; entry < end; entry++) {
        const struct stream_event *event = entry->event;
        bool stops =
            event->kind == (int)WEIR_EVENT_STATE && event->count >= (int64_t)WEIR_STATE_DRAINING;
        if (entry->member == member && (stops || is_word(event->kind))) {
            return stops ? NULL : entry;
        }
    }
    return NULL;
}

static bool share_a_partition(const struct judge *judge, const struct stream_event *one,
                              const struct stream_event *two)
{
    for (size_t i = 0; i < one->span_count; i++) {
        const struct books_partition *partition = judge_find(judge, &one->spans[i]);
        for (size_t j = 0; partition != NULL && j < two->span_count; j++) {
            if (partition == judge_find(judge, &two->spans[j])) {
                return true;
            }
        }
    }
    return false;
}

/* Is the next that its member hears that it owns nothing, and does nobody take a commit of it
 * until then? */
static bool comes_to_nothing(const struct judge *judge)
{
    const struct history_entry *word = next_word(judge, judge->now->member);

    if (word == NULL || word->event->kind != (int)WEIR_EVENT_LOST) {
        return false;
    }
    for (const struct history_entry *entry = judge->now + 1; entry < word; entry++) {
        if (entry->member == judge->now->member &&
            entry->event->kind == (int)WEIR_EVENT_COMMIT_OK &&
            share_a_partition(judge, judge->now->event, entry->event)) {
            return false;
        }
    }
    return true;
}

bool judge_is_belated(const struct judge *judge)
{
    const struct stream_event *event = judge->now->event;
    bool gone_on = false;

    if (!comes_to_nothing(judge)) {
        return false;
    }
    for (size_t i = 0; i < event->span_count; i++) {
        const struct books_partition *partition = judge_find(judge, &event->spans[i]);
        if (partition == NULL || partition->owner == BOOKS_NOBODY ||
            partition->owner == (int64_t)judge->now->member) {
            continue;
        }
        const struct history_entry *word = next_word(judge, (size_t)partition->owner);
        if (word != NULL && word->event->kind == (int)WEIR_EVENT_LOST) {
            return false;
        }
        gone_on |= word != NULL && word->event->kind != (int)WEIR_EVENT_REVOKE_END;
    }
    return gone_on;
}
