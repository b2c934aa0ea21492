#include "framework/switch_pair.h"

#include "framework/base/error.h"
#include "framework/switch_move.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { GROUP_SHOWN_MAX = 80, WHOLE_SIZE = 512 };

bool weir_switch_is_half(const struct weir_switch *record)
{
    return record->step != WEIR_SWITCH_IDLE && record->request.peer[0] != '\0';
}

bool weir_switch_pair_tied(const struct weir_switch *record, const struct weir_switch *peer)
{
    return weir_switch_is_half(record) && weir_switch_is_half(peer) &&
           record->step != WEIR_SWITCH_RETURNING && peer->step != WEIR_SWITCH_RETURNING &&
           strcmp(record->request.id, peer->request.id) == 0;
}

/* For whoever reads why a switch ended, or what it waits for. */
static void tell_of_peer(const struct weir_switch *record, const char *what,
                         char text[WEIR_SWITCH_WHY_SIZE])
{
    char whole[WHOLE_SIZE];

    (void)snprintf(whole, sizeof whole, "the other half, in %.*s, %s", GROUP_SHOWN_MAX,
                   record->request.peer, what);
    weir_switch_copy_text(text, WEIR_SWITCH_WHY_SIZE, whole);
}

/* One of the two is aborted or goes back, and `next` says so; so does the other one. */
static void take_peer_back(const struct weir_switch_pair *pair, const char *why, int64_t wall_ms,
                           struct weir_switch_both *out)
{
    out->checks_peer = true;
    out->writes_peer = weir_switch_pair_tied(pair->record, pair->peer);
    if (out->writes_peer) {
        enum weir_status status = weir_switch_undo(pair->peer, why, wall_ms, &out->peer_next, NULL);
        assert(status == WEIR_OK);
        (void)status;
    }
}

/* The same, when it is told why. */
static void take_both_back(const struct weir_switch_pair *pair, int64_t wall_ms,
                           struct weir_switch_both *out)
{
    bool ended = out->next.step == WEIR_SWITCH_IDLE;
    char what[WEIR_SWITCH_WHY_SIZE + sizeof "went back: "];
    char why[WEIR_SWITCH_WHY_SIZE];

    (void)snprintf(what, sizeof what, "%s: %s", ended ? "is aborted" : "goes back",
                   ended ? out->next.past[0].why : out->next.why);
    tell_of_peer(pair->peer, what, why);
    take_peer_back(pair, why, wall_ms, out);
}

static void begin(const struct weir_switch *record, struct weir_switch *next)
{
    weir_switch_move(record, WEIR_SWITCH_DRAINING, next);
    next->epoch++;
}

/* It could begin: so it says so, or both do. */
static bool agree_to_begin(const struct weir_switch_pair *pair,
                           const struct weir_switch_sight *sight, struct weir_switch_both *out)
{
    const struct weir_switch *record = pair->record;
    char text[WEIR_SWITCH_WHY_SIZE];

    if (!record->agreed) {
        weir_switch_move(record, WEIR_SWITCH_PREPARED, &out->next);
        out->next.agreed = true;
        return true;
    }
    if (pair->peer->agreed) {
        begin(record, &out->next);
        begin(pair->peer, &out->peer_next);
        out->checks_peer = out->writes_peer = true;
        return true;
    }
    if (sight->in_step_ms < record->request.limits.prepare_ms) {
        return false;
    }
    tell_of_peer(record, "is not prepared", text);
    weir_switch_end(record, WEIR_SWITCH_ABORTED, text, sight->wall_ms, &out->next);
    take_both_back(pair, sight->wall_ms, out);
    return true;
}

/* It could not begin any more: so it takes back its word, on which the other half might begin. */
static bool withdraw(const struct weir_switch *record, struct weir_switch *next)
{
    if (record->step != WEIR_SWITCH_PREPARED || !record->agreed) {
        return false;
    }
    weir_switch_move(record, WEIR_SWITCH_PREPARED, next);
    return true;
}

/* Offsets are set back in both groups, or in neither: so nothing comes again of a half whose other
 * one could not drain. */
static bool hand_over_both(const struct weir_switch_pair *pair, struct weir_switch_both *out)
{
    if (pair->peer->step != WEIR_SWITCH_COMMITTED) {
        return false;
    }
    weir_switch_hand_over(pair->peer, &out->peer_next);
    out->checks_peer = out->writes_peer = true;
    return true;
}

/* It could be done: so it says so, and how its color did. */
static void agree_to_end(const struct weir_switch_pair *pair, struct weir_switch_both *out)
{
    char why[WEIR_SWITCH_WHY_SIZE];

    memcpy(why, out->next.past[0].why, sizeof why);
    weir_switch_move(pair->record, WEIR_SWITCH_ACTIVE, &out->next);
    out->next.agreed = true;
    memcpy(out->next.why, why, sizeof why);
}

/* Each with what it has to say of itself. */
static bool end_both(const struct weir_switch_pair *pair, int64_t wall_ms,
                     struct weir_switch_both *out)
{
    if (pair->peer->step != WEIR_SWITCH_ACTIVE || !pair->peer->agreed) {
        return false;
    }
    weir_switch_end(pair->record, WEIR_SWITCH_DONE, pair->record->why, wall_ms, &out->next);
    weir_switch_end(pair->peer, WEIR_SWITCH_DONE, pair->peer->why, wall_ms, &out->peer_next);
    out->checks_peer = out->writes_peer = true;
    return true;
}

/* The half's own step is a matter of both. */
static bool decide(const struct weir_switch_pair *pair, const struct weir_switch_sight *sight,
                   struct weir_switch_both *out)
{
    bool ended = out->next.step == WEIR_SWITCH_IDLE;

    if (out->next.step == WEIR_SWITCH_DRAINING) {
        return agree_to_begin(pair, sight, out);
    }
    if (out->next.step == WEIR_SWITCH_HANDED_OVER) {
        return hand_over_both(pair, out);
    }
    if (!ended || out->next.past[0].outcome != WEIR_SWITCH_DONE) {
        take_both_back(pair, sight->wall_ms, out);
    } else {
        agree_to_end(pair, out);
    }
    return true;
}

bool weir_switch_pair_next(const struct weir_switch_pair *pair,
                           const struct weir_switch_sight *sight, struct weir_switch_both *out)
{
    const struct weir_switch *record = pair->record;
    char text[WEIR_SWITCH_WHY_SIZE];

    out->checks_peer = out->writes_peer = false;
    if (!weir_switch_is_half(record) || record->step == WEIR_SWITCH_RETURNING) {
        return weir_switch_next_alone(record, sight, &out->next);
    }
    if (pair->peer == NULL) {
        return false;
    }
    if (!weir_switch_pair_tied(record, pair->peer)) {
        tell_of_peer(record, "is not under way", text);
        out->checks_peer = true;
        return weir_switch_undo(record, text, sight->wall_ms, &out->next, NULL) == WEIR_OK;
    }
    bool moves = weir_switch_next_alone(record, sight, &out->next);
    if (record->step == WEIR_SWITCH_ACTIVE && record->agreed &&
        (!moves || out->next.step == WEIR_SWITCH_IDLE)) {
        return end_both(pair, sight->wall_ms, out);
    }
    if (!moves) {
        return withdraw(record, &out->next);
    }
    return !weir_switch_decides(record, &out->next) || decide(pair, sight, out);
}

enum weir_status weir_switch_pair_undo(const struct weir_switch_pair *pair, const char *why,
                                       int64_t wall_ms, struct weir_switch_both *out,
                                       struct weir_error *error)
{
    out->checks_peer = out->writes_peer = false;
    enum weir_status status = weir_switch_undo(pair->record, why, wall_ms, &out->next, error);

    if (status != WEIR_OK || !weir_switch_is_half(pair->record)) {
        return status;
    }
    if (pair->peer == NULL) {
        return weir_error_set(error, WEIR_ERR_STATE, 0,
                              "the record of %s, which has the other half, cannot be read: weir "
                              "switch apply of that group alone, with -X "
                              "weir.bluegreen.topology=standby, makes a new one",
                              pair->record->request.peer);
    }
    take_peer_back(pair, why, wall_ms, out);
    return WEIR_OK;
}
