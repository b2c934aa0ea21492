#include "framework/base/memory.h"
#include "framework/membership_state.h"
#include "framework/switch_sight.h"
#include "framework/znode.h"
#include <string.h>

/* Which color may own: the record is read, followed, and taken a step further by whoever sees that
 * it can be. */

static bool has_color(const struct weir_membership *membership)
{
    return membership->self.color != NULL;
}

bool weir_membership_may_own(const struct weir_membership *membership)
{
    return !has_color(membership) ||
           (membership->record_known &&
            weir_switch_may_own(&membership->record, membership->self.color));
}

bool weir_membership_contests(const struct weir_membership *membership)
{
    return has_color(membership) && membership->record_known &&
           (membership->record.step == WEIR_SWITCH_DRAINING ||
            membership->record.step == WEIR_SWITCH_RETURNING ||
            weir_membership_takes_over(membership));
}

const struct weir_switch *weir_membership_record(const struct weir_membership *membership)
{
    return membership->record_known ? &membership->record : NULL;
}

bool weir_membership_stands_by(const struct weir_membership *membership)
{
    return has_color(membership) && membership->stage == WEIR_MEMBERSHIP_REGISTERED &&
           membership->record_known && !membership->record_bad &&
           membership->record.step == WEIR_SWITCH_IDLE && membership->record.active[0] != '\0' &&
           !weir_membership_may_own(membership) && membership->claims.count == 0 &&
           !membership->assigning && !membership->leaving;
}

/* A switch with a replay sets the offsets back before anything is claimed. */
bool weir_membership_takes_over(const struct weir_membership *membership)
{
    const struct weir_switch *record = &membership->record;

    return has_color(membership) && membership->stage == WEIR_MEMBERSHIP_REGISTERED &&
           membership->record_known && !membership->record_bad && !membership->leaving &&
           !membership->shadowing && record->step >= WEIR_SWITCH_PREPARED &&
           record->step <= WEIR_SWITCH_HANDED_OVER && !record->request.replay &&
           strcmp(record->request.to, membership->self.color) == 0;
}

bool weir_membership_cuts_short(const struct weir_membership *membership)
{
    return has_color(membership) && membership->record_known &&
           weir_switch_cuts_short(&membership->record, membership->self.color);
}

void weir_membership_forget_turn(struct weir_membership *membership)
{
    weir_membership_forget_stops(membership);
    weir_membership_forget_vitals(membership);
    weir_membership_forget_peer(membership);
    membership->stops_reading = (struct weir_membership_reading){0};
    membership->turn = (struct weir_membership_reading){0};
    membership->record_known = false;
    membership->record_bad = false;
    membership->turning = false;
    weir_waves_reset(&membership->waves);
    membership->self.progress = (struct weir_registration_progress){0};
}

/* Reading. */

static bool ask_about_turn(struct weir_membership *membership, enum weir_zoo_kind kind,
                           uint64_t tag)
{
    struct weir_znode node;

    weir_znode_switch(&node, membership->options.group);
    const struct weir_zoo_request request = {
        .kind = kind, .path = node.path, .watch = true, .tag = tag};
    return weir_membership_ask(membership, &request);
}

/* Its time runs on, however often the halves of a swap agree and do not. */
static bool is_same_step(const struct weir_membership *membership, const struct weir_switch *record)
{
    return membership->record_known && membership->record.step == record->step &&
           strcmp(membership->record.request.id, record->request.id) == 0;
}

static void follow(struct weir_membership *membership, const struct weir_switch *record,
                   int32_t version)
{
    bool same_step = is_same_step(membership, record);
    bool news = !membership->record_known || membership->record.turn != record->turn ||
                membership->record_version != version;
    bool settled = membership->adopted != 0 && membership->allotment.view == membership->adopted;

    membership->record = *record;
    membership->record_version = version;
    membership->record_known = true;
    membership->claims.gate_shut = false;
    membership->dirty = membership->dirty || membership->record_bad;
    membership->record_bad = false;
    if (!news) {
        return;
    }
    if (!same_step) {
        membership->turned_at = membership->now;
        weir_waves_reset(&membership->waves);
    }
    weir_membership_follow_stops(membership);
    weir_membership_follow_vitals(membership);
    weir_membership_follow_peer(membership);
    if (!membership->leaving && (settled || !weir_membership_may_own(membership))) {
        weir_membership_want_share(membership);
    }
    membership->dirty = true;
    if (membership->options.ops->turned != NULL) {
        membership->options.ops->turned(&membership->record, membership->options.user);
    }
}

static void disobey(struct weir_membership *membership, const char *why)
{
    membership->claims.gate_shut = true;
    membership->record_bad = true;
    weir_membership_say(membership, WEIR_ALARM_STRANGER,
                        "the group's weir/switch is not obeyed: nothing is divided, and nothing "
                        "new is claimed: %s",
                        why);
}

/* A record that cannot be read is not obeyed: all stays as it is. */
static void read_record(struct weir_membership *membership, const struct weir_zoo_event *event)
{
    struct weir_error error = {0};
    struct weir_switch fresh;
    enum weir_status status = weir_switch_read(event->data, event->size, &fresh, &error);

    if (status == WEIR_OK) {
        follow(membership, &fresh, event->facts.version);
    } else if (status == WEIR_ERR_NOMEM) {
        weir_membership_say(membership, WEIR_ALARM_MEMORY, "out of memory");
        weir_membership_try_later(membership);
        membership->turn.due = true;
    } else {
        disobey(membership, error.text);
    }
}

static void hear_record(struct weir_membership *membership, const struct weir_zoo_event *event)
{
    struct weir_switch none;

    membership->turn.asked = false;
    if (event->result == WEIR_ZOO_OK) {
        read_record(membership, event);
    } else if (event->result == WEIR_ZOO_ABSENT) {
        if (membership->record_known && membership->record.turn > 0) {
            disobey(membership, "somebody deleted it; weir switch apply makes a new one");
        } else {
            weir_switch_init(&none);
            follow(membership, &none, WEIR_ZOO_ANY_VERSION);
        }
        membership->turn.due = !ask_about_turn(membership, WEIR_ZOO_EXISTS, WEIR_TAG_TURN_WATCH);
    } else {
        (void)weir_membership_refused(membership, event, "the record of the switch cannot be read");
        membership->turn.due = true;
    }
}

bool weir_membership_hear_turn(struct weir_membership *membership,
                               const struct weir_zoo_event *event)
{
    switch (event->tag) {
    case WEIR_TAG_TURN:
        hear_record(membership, event);
        return true;
    case WEIR_TAG_TURN_WATCH:
        membership->turn.due = membership->turn.due || event->result != WEIR_ZOO_ABSENT;
        (void)weir_membership_refused(membership, event, "the record of the switch cannot be read");
        return true;
    case WEIR_TAG_TURN_WRITE: /* whoever was first: it is read */
        membership->turning = false;
        membership->turn.due = true;
        weir_membership_follow_peer(membership);
        if (!weir_membership_peer_refused(membership, event)) {
            (void)weir_membership_refused(membership, event,
                                          "the record of the switch cannot be written");
        }
        return true;
    default:
        return weir_membership_hear_followed(membership, event);
    }
}

bool weir_membership_turn_changed(struct weir_membership *membership, const char *path)
{
    struct weir_znode node;

    weir_znode_switch(&node, membership->options.group);
    if (strcmp(path, node.path) != 0) {
        return weir_membership_owner_changed(membership, path);
    }
    membership->turn.due = true;
    return true;
}

/* Taking it further. */

static int64_t in_step_ms(const struct weir_membership *membership)
{
    return (membership->now - membership->turned_at) / WEIR_NS_PER_MS;
}

/* What is to become of the other half, or that it is as it was read. */
static struct weir_zoo_request peer_part(const struct weir_membership *membership,
                                         const struct weir_znode *node, const char *text)
{
    return (struct weir_zoo_request){.kind = text != NULL ? WEIR_ZOO_SET : WEIR_ZOO_CHECK,
                                     .path = node->path,
                                     .data = text,
                                     .size = text != NULL ? strlen(text) : 0,
                                     .version = membership->peer_version};
}

static void submit(struct weir_membership *membership, const struct weir_switch_both *both,
                   const char *text, const char *peer_text)
{
    struct weir_znode node;
    struct weir_znode peer;

    weir_znode_switch(&node, membership->options.group);
    weir_znode_switch(&peer, membership->record.request.peer);
    const struct weir_zoo_request parts[] = {{.kind = WEIR_ZOO_SET,
                                              .path = node.path,
                                              .data = text,
                                              .size = strlen(text),
                                              .version = membership->record_version,
                                              .tag = WEIR_TAG_TURN_WRITE},
                                             peer_part(membership, &peer, peer_text)};
    const struct weir_zoo_request multi = {.kind = WEIR_ZOO_MULTI,
                                           .path = node.path,
                                           .parts = parts,
                                           .part_count = sizeof parts / sizeof parts[0],
                                           .tag = WEIR_TAG_TURN_WRITE};
    membership->turning = weir_membership_ask(membership, both->checks_peer ? &multi : &parts[0]);
}

static void write_records(struct weir_membership *membership, const struct weir_switch_both *both)
{
    char *text = NULL;
    char *peer_text = NULL;

    if (weir_switch_write(&both->next, &text) == WEIR_OK &&
        (!both->writes_peer || weir_switch_write(&both->peer_next, &peer_text) == WEIR_OK)) {
        submit(membership, both, text, peer_text);
    } else {
        weir_membership_say(membership, WEIR_ALARM_MEMORY, "out of memory");
        weir_membership_try_later(membership);
    }
    weir_free(text);
    weir_free(peer_text);
}

static bool sees_everybody(const struct weir_membership *membership)
{
    return membership->record_known && !membership->turn.due && !membership->turn.asked &&
           !membership->turning && !membership->list.due && !membership->list.asked &&
           !membership->record_bad && !membership->claims.gate_shut &&
           !weir_membership_awaits_peer(membership) && weir_roster_complete(&membership->roster);
}

static void judge(struct weir_membership *membership, const struct weir_switch_sight *sight)
{
    const struct weir_membership_ops *ops = membership->options.ops;
    char why[WEIR_SWITCH_WHY_SIZE];
    enum weir_switch_verdict verdict = weir_switch_judge(&membership->record, sight, why);

    if (membership->record.agreed) {
        return; /* it is settled, and was told */
    }
    if (verdict != membership->verdict && ops->judged != NULL) {
        ops->judged(&membership->record, verdict, why, membership->options.user);
    }
    membership->verdict = verdict;
}

static void take_further(struct weir_membership *membership)
{
    const struct weir_switch_pair pair = weir_membership_pair(membership);
    struct weir_switch_both both;

    if (membership->record.step == WEIR_SWITCH_IDLE || membership->leaving ||
        !sees_everybody(membership)) {
        return;
    }
    struct weir_switch_member *members =
        weir_calloc(membership->roster.count + 1, sizeof members[0]);
    if (members == NULL) {
        weir_membership_say(membership, WEIR_ALARM_MEMORY, "out of memory");
        weir_membership_try_later(membership);
        return;
    }
    const struct weir_switch_sight sight = {
        .members = members,
        .member_count = weir_switch_see(&membership->roster, members),
        .in_step_ms = in_step_ms(membership),
        .unread = weir_switch_see_unread(&membership->roster, &membership->record),
        .wall_ms = membership->options.started_ms +
                   (membership->now - membership->began_at) / WEIR_NS_PER_MS};
    judge(membership, &sight);
    if (weir_switch_pair_next(&pair, &sight, &both)) {
        write_records(membership, &both);
    }
    weir_free(members);
}

void weir_membership_go_on_turning(struct weir_membership *membership)
{
    if (!has_color(membership)) {
        return;
    }
    if (membership->turn.due && !membership->turn.asked) {
        membership->turn.asked = ask_about_turn(membership, WEIR_ZOO_GET, WEIR_TAG_TURN);
        membership->turn.due = !membership->turn.asked;
    }
    weir_membership_go_on_stopping(membership);
    weir_membership_go_on_reading_peer(membership);
    take_further(membership);
}

weir_time weir_membership_turn_due(const struct weir_membership *membership)
{
    bool counts = has_color(membership) && membership->record_known &&
                  membership->stage == WEIR_MEMBERSHIP_REGISTERED;
    int64_t limit_ms = counts ? weir_switch_limit_ms(&membership->record) : -1;

    if (membership->record_bad) { /* nothing is overdue */
        return weir_membership_held_due(membership);
    }
    weir_time over = limit_ms < 0 ? weir_membership_keep_until(membership)
                                  : weir_time_after_ms(membership->turned_at, limit_ms);
    weir_time wave = weir_waves_due(&membership->waves);
    return over <= membership->now || wave < over ? wave : over;
}

/* What others see of us: what a switch under way waits for, no more, for everybody reads it. */

static bool is_same(const struct weir_registration_progress *a,
                    const struct weir_registration_progress *b)
{
    return a->turn == b->turn && a->ready == b->ready && a->empty == b->empty &&
           a->full == b->full && weir_vitals_equal(&a->vitals, &b->vitals);
}

static bool prepares(const struct weir_membership *membership)
{
    return membership->record.step == WEIR_SWITCH_PREPARED;
}

/* While a switch is prepared nobody waits for it: what was heard of meanwhile is no news. */
static bool has_whole_share(const struct weir_membership *membership)
{
    bool settled = !membership->dirty && membership->changed_at == 0;

    return weir_membership_may_own(membership) && (settled || prepares(membership)) &&
           weir_claims_in(&membership->claims, WEIR_CLAIM_HELD) == membership->claims.count;
}

void weir_membership_warm(struct weir_membership *membership, bool warm)
{
    membership->warm = warm;
}

static bool warms_up(const struct weir_membership *membership)
{
    return weir_membership_takes_over(membership) && weir_membership_share_settled(membership) &&
           (!membership->warm || !weir_claims_known(&membership->claims, membership->now));
}

bool weir_membership_report_progress(struct weir_membership *membership)
{
    struct weir_registration_progress *told = &membership->self.progress;
    bool adopted = membership->adopted != 0;

    if (!has_color(membership) || !membership->record_known || membership->shadowing ||
        membership->stage != WEIR_MEMBERSHIP_REGISTERED ||
        !weir_switch_asks(&membership->record, membership->self.color) ||
        (prepares(membership) &&
         (weir_membership_lacks_stops(membership) || warms_up(membership)))) {
        return false;
    }
    const struct weir_registration_progress now = {.turn = membership->record.turn,
                                                   .ready = adopted,
                                                   .empty = membership->claims.count == 0,
                                                   .full = adopted && has_whole_share(membership),
                                                   .vitals = membership->vital};
    if (is_same(told, &now)) {
        return false;
    }
    *told = now;
    membership->publish_due = true;
    return true;
}
