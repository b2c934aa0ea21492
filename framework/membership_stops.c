#include "framework/membership_state.h"
#include "framework/znode.h"
#include <string.h>

/* How far our color goes on with what it has, in a switch that has stop offsets. They are read once
 * for each switch, before we say that we know it: from then on nobody goes past them. */

static bool needs(const struct weir_membership *membership)
{
    return membership->self.color != NULL && membership->record_known &&
           weir_switch_needs_stops(&membership->record, membership->self.color);
}

bool weir_membership_lacks_stops(const struct weir_membership *membership)
{
    return needs(membership) && !membership->stops_known;
}

static void tell(struct weir_membership *membership, const struct weir_switch_stops *stops)
{
    if (membership->options.ops->halt != NULL) {
        membership->options.ops->halt(stops, membership->options.user);
    }
}

void weir_membership_forget_stops(struct weir_membership *membership)
{
    for (size_t i = 0; i < membership->claims.count; i++) {
        membership->claims.all[i]->halted = false;
    }
    if (membership->stops_known) {
        tell(membership, NULL);
    }
    weir_switch_stops_fini(&membership->stops);
    membership->stops_known = false;
    membership->stops_reading.due = false;
    membership->keeping = false;
}

static bool is_of_record(const struct weir_membership *membership,
                         const struct weir_switch_stops *stops)
{
    return strcmp(stops->id, membership->record.request.id) == 0;
}

void weir_membership_follow_stops(struct weir_membership *membership)
{
    bool known = membership->stops_known && is_of_record(membership, &membership->stops);

    if (!needs(membership) || !known) {
        weir_membership_forget_stops(membership);
    }
    membership->stops_reading.due = weir_membership_lacks_stops(membership);
}

/* Reading. */

static void ask(struct weir_membership *membership)
{
    struct weir_znode node;

    if (!membership->stops_reading.due || membership->stops_reading.asked) {
        return;
    }
    weir_znode_group(&node, membership->options.group, "weir/stops");
    const struct weir_zoo_request request = {
        .kind = WEIR_ZOO_GET, .path = node.path, .tag = WEIR_TAG_STOPS};
    membership->stops_reading.asked = weir_membership_ask(membership, &request);
    membership->stops_reading.due = !membership->stops_reading.asked;
}

/* They are not asked for again before the record changes: nobody mends them. */
static void refuse(struct weir_membership *membership, const char *why)
{
    weir_membership_say(membership, WEIR_ALARM_STRANGER,
                        "the group's weir/stops cannot be obeyed, and the switch waits for this "
                        "member: %s",
                        why);
}

static void take(struct weir_membership *membership, const struct weir_zoo_event *event)
{
    struct weir_error error = {0};
    struct weir_switch_stops fresh = {.topics = NULL};
    enum weir_status status = weir_switch_stops_read(event->data, event->size, &fresh, &error);

    if (status == WEIR_ERR_NOMEM) {
        weir_membership_say(membership, WEIR_ALARM_MEMORY, "out of memory");
        weir_membership_try_later(membership);
        membership->stops_reading.due = true;
    } else if (status != WEIR_OK) {
        refuse(membership, error.text);
    } else if (!is_of_record(membership, &fresh)) {
        refuse(membership, "they are of another switch");
        weir_switch_stops_fini(&fresh);
    } else {
        membership->stops = fresh;
        membership->stops_known = true;
        tell(membership, &membership->stops);
    }
}

static void hear(struct weir_membership *membership, const struct weir_zoo_event *event)
{
    bool stale = membership->stops_reading.due || !weir_membership_lacks_stops(membership);

    membership->stops_reading.asked = false;
    if (stale) {
        return; /* the record is another one than when they were asked for */
    }
    if (event->result == WEIR_ZOO_OK) {
        take(membership, event);
    } else if (event->result == WEIR_ZOO_ABSENT) {
        refuse(membership, "somebody deleted them");
    } else {
        (void)weir_membership_refused(membership, event, "the stop offsets cannot be read");
        membership->stops_reading.due = true;
    }
}

bool weir_membership_hear_stops(struct weir_membership *membership,
                                const struct weir_zoo_event *event)
{
    if (event->tag != WEIR_TAG_STOPS) {
        return false;
    }
    hear(membership, event);
    return true;
}

/* Keeping. */

weir_time weir_membership_keep_until(const struct weir_membership *membership)
{
    int64_t keep_ms = INT64_MAX;

    if (needs(membership)) {
        keep_ms = weir_switch_keep_ms(&membership->record, membership->self.color);
    }
    return keep_ms == INT64_MAX ? WEIR_TIME_NEVER
                                : weir_time_after_ms(membership->turned_at, keep_ms);
}

static bool keeps(const struct weir_membership *membership)
{
    return needs(membership) && membership->stops_known && !membership->leaving &&
           membership->now < weir_membership_keep_until(membership);
}

/* What control does not have by then has nothing to go on with. */
void weir_membership_keep_unhalted(struct weir_membership *membership)
{
    bool may = keeps(membership);

    membership->keeping = false;
    for (size_t i = 0; may && i < membership->claims.count; i++) {
        struct weir_claim *claim = membership->claims.all[i];
        int64_t stop = weir_switch_stops_find(&membership->stops, claim->topic, claim->partition);
        bool given = claim->state == WEIR_CLAIM_GIVEN || claim->state == WEIR_CLAIM_HELD;
        claim->wanted = given && stop != WEIR_SWITCH_STOP_NONE && !claim->halted;
        membership->keeping = membership->keeping || claim->wanted;
    }
}

void weir_membership_halted(struct weir_membership *membership, const char *topic,
                            int32_t partition)
{
    struct weir_claim *claim = weir_claims_find(&membership->claims, topic, partition);

    if (claim != NULL && membership->stops_known) {
        claim->halted = true;
        claim->wanted = claim->wanted && weir_membership_may_own(membership);
    }
}

/* Of a switch whose record cannot be read any more they stay where they are, for it may be mended:
 * nobody works on them until then. */
static size_t count_held(const struct weir_membership *membership)
{
    size_t count = 0;

    for (size_t i = 0; membership->record_bad && i < membership->claims.count; i++) {
        count += membership->claims.all[i]->halted ? 1 : 0;
    }
    return count;
}

static void say_held(struct weir_membership *membership)
{
    size_t count = count_held(membership);

    if (count > 0) {
        weir_membership_say(membership, WEIR_ALARM_HELD,
                            "%zu partitions wait at their stop offsets for the switch %s, and "
                            "nobody works on them: the group's weir/switch cannot be obeyed, until "
                            "somebody mends it",
                            count, membership->record.request.id);
    }
}

weir_time weir_membership_held_due(const struct weir_membership *membership)
{
    return count_held(membership) == 0 ? WEIR_TIME_NEVER
                                       : weir_time_after_ms(membership->alarmed_at[WEIR_ALARM_HELD],
                                                            WEIR_MEMBERSHIP_ALARM_MS);
}

void weir_membership_go_on_stopping(struct weir_membership *membership)
{
    ask(membership);
    say_held(membership);
    if (membership->keeping && !keeps(membership)) {
        weir_membership_want_share(membership);
    }
}
