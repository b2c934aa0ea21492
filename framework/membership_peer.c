#include "framework/membership_state.h"
#include "framework/znode.h"
#include <string.h>

/* The other half of a swap: the record of another group, which we are no member of. It is read as
 * long as ours is half of a swap and there is something that both have to agree on: on the way back
 * each ends by itself. */

static bool has_peer(const struct weir_membership *membership)
{
    return membership->self.color != NULL && membership->record_known &&
           weir_switch_is_half(&membership->record) &&
           membership->record.step != WEIR_SWITCH_RETURNING;
}

void weir_membership_forget_peer(struct weir_membership *membership)
{
    membership->peer_known = false;
    membership->peer_reading = (struct weir_membership_reading){0};
    membership->peer_again_at = 0;
}

/* An answer that is on its way may be to what was asked before: it is asked again. */
void weir_membership_follow_peer(struct weir_membership *membership)
{
    bool asked = membership->peer_reading.asked;

    if (!has_peer(membership)) {
        weir_membership_forget_peer(membership);
    }
    membership->peer_reading.asked = asked;
    membership->peer_reading.due = has_peer(membership);
}

bool weir_membership_awaits_peer(const struct weir_membership *membership)
{
    return has_peer(membership) && (membership->peer_reading.due || membership->peer_reading.asked);
}

struct weir_switch_pair weir_membership_pair(const struct weir_membership *membership)
{
    return (struct weir_switch_pair){.record = &membership->record,
                                     .peer = membership->peer_known ? &membership->peer : NULL};
}

static void try_later(struct weir_membership *membership)
{
    membership->peer_again_at =
        weir_time_after_ms(membership->now, WEIR_MEMBERSHIP_AGAIN_MS_MAX / 10);
}

bool weir_membership_peer_refused(struct weir_membership *membership,
                                  const struct weir_zoo_event *event)
{
    bool refused = has_peer(membership) &&
                   weir_membership_say_refused(
                       membership, event, "the records of both halves of a swap cannot be written");

    if (refused) {
        try_later(membership);
    }
    return refused;
}

weir_time weir_membership_peer_due(const struct weir_membership *membership)
{
    return membership->peer_reading.due ? membership->peer_again_at : WEIR_TIME_NEVER;
}

/* Reading. */

static bool ask(struct weir_membership *membership, enum weir_zoo_kind kind, uint64_t tag)
{
    struct weir_znode node;

    weir_znode_switch(&node, membership->record.request.peer);
    const struct weir_zoo_request request = {
        .kind = kind, .path = node.path, .watch = true, .tag = tag};
    return weir_membership_ask(membership, &request);
}

void weir_membership_go_on_reading_peer(struct weir_membership *membership)
{
    struct weir_membership_reading *reading = &membership->peer_reading;

    if (reading->due && !reading->asked && has_peer(membership) &&
        membership->now >= membership->peer_again_at) {
        reading->asked = ask(membership, WEIR_ZOO_GET, WEIR_TAG_PEER);
        reading->due = !reading->asked;
    }
}

static void disobey(struct weir_membership *membership, const char *why)
{
    membership->peer_known = false;
    weir_membership_say(membership, WEIR_ALARM_STRANGER,
                        "the other half of the swap, in group %s, cannot be read, and this one "
                        "waits for it: %s",
                        membership->record.request.peer, why);
}

static void take(struct weir_membership *membership, const struct weir_zoo_event *event)
{
    struct weir_error error = {0};
    struct weir_switch fresh;
    enum weir_status status = weir_switch_read(event->data, event->size, &fresh, &error);

    if (status == WEIR_ERR_NOMEM) {
        weir_membership_say(membership, WEIR_ALARM_MEMORY, "out of memory");
        weir_membership_try_later(membership);
        membership->peer_reading.due = true;
    } else if (status != WEIR_OK) {
        disobey(membership, error.text);
    } else {
        membership->peer = fresh;
        membership->peer_version = event->facts.version;
        membership->peer_known = true;
    }
}

static void hear(struct weir_membership *membership, const struct weir_zoo_event *event)
{
    membership->peer_reading.asked = false;
    if (membership->peer_reading.due || !has_peer(membership)) {
        return; /* something changed since it was asked for */
    }
    if (event->result == WEIR_ZOO_OK) {
        take(membership, event);
    } else if (event->result == WEIR_ZOO_ABSENT) {
        disobey(membership, "somebody deleted it");
        membership->peer_reading.due = !ask(membership, WEIR_ZOO_EXISTS, WEIR_TAG_PEER_WATCH);
    } else {
        membership->peer_reading.due = true;
        if (weir_membership_say_refused(membership, event,
                                        "the other half of the swap cannot be read")) {
            try_later(membership);
        }
    }
}

bool weir_membership_hear_peer(struct weir_membership *membership,
                               const struct weir_zoo_event *event)
{
    if (event->tag == WEIR_TAG_PEER_WATCH) {
        membership->peer_reading.due = has_peer(membership) && (membership->peer_reading.due ||
                                                                event->result != WEIR_ZOO_ABSENT);
        return true;
    }
    if (event->tag != WEIR_TAG_PEER) {
        return false;
    }
    hear(membership, event);
    return true;
}

bool weir_membership_peer_changed(struct weir_membership *membership, const char *path)
{
    struct weir_znode node;

    if (!has_peer(membership)) {
        return false;
    }
    weir_znode_switch(&node, membership->record.request.peer);
    if (strcmp(path, node.path) != 0) {
        return false;
    }
    membership->peer_reading.due = true;
    return true;
}
