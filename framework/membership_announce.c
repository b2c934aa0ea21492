#include "framework/base/memory.h"
#include "framework/membership_state.h"
#include <assert.h>

enum { LOST_AT_ONCE = 64, ENOUGH_AT_ONCE = 32 };

/* What control hears: one assignment at a time; what is to be handed back, whenever there is
 * something; and that something is lost or gone, which cannot wait, not even for memory. */

static struct weir_position position_of(const struct weir_claim *claim)
{
    return (struct weir_position){
        .topic = claim->topic, .partition = claim->partition, .offset = WEIR_OFFSET_NONE};
}

static bool is_known_to_control(const struct weir_claim *claim)
{
    return claim->state == WEIR_CLAIM_GIVEN || claim->state == WEIR_CLAIM_HELD ||
           claim->state == WEIR_CLAIM_RECALLED;
}

/* It is not ours any more. What our color only kept to go on to its stop offset it may not claim
 * again. */
static void let_go(const struct weir_membership *membership, struct weir_claim *claim,
                   enum weir_claim_state state)
{
    claim->wanted = claim->wanted && weir_membership_may_own(membership);
    claim->gone = false;
    claim->state = state;
}

/* Control may answer from within. */
void weir_membership_announce_lost(struct weir_membership *membership, bool all)
{
    struct weir_claims *claims = &membership->claims;
    struct weir_position positions[LOST_AT_ONCE];
    size_t next = 0;

    while (next < claims->count) {
        size_t count = 0;
        for (; next < claims->count && count < LOST_AT_ONCE; next++) {
            struct weir_claim *claim = claims->all[next];
            if (is_known_to_control(claim) && (all || claim->taken_away)) {
                positions[count++] = position_of(claim);
                claim->taken_away = false;
                claim->doubt = false;
                claim->holder = 0;
                claim->free_at = 0;
                let_go(membership, claim, WEIR_CLAIM_WANTED);
            }
        }
        if (count > 0) {
            membership->options.ops->lost(positions, count, membership->options.user);
        }
    }
}

/* One that no topic of ours has is claimed again as long as it is our share: so it waits until it
 * is not. */
static bool is_over(const struct weir_membership *membership, const struct weir_claim *claim)
{
    bool held = claim->state == WEIR_CLAIM_HELD || claim->state == WEIR_CLAIM_RECALLED;
    bool ends =
        !claim->wanted || weir_membership_has_partition(membership, claim->topic, claim->partition);

    return claim->gone && held && !claim->doubt && claim->asked == 0 && ends;
}

/* Ours until that was said: what is stored of them is forgotten under our fence. */
static void announce_gone(struct weir_membership *membership)
{
    struct weir_claims *claims = &membership->claims;
    struct weir_claim *over[LOST_AT_ONCE];
    struct weir_position positions[LOST_AT_ONCE];
    size_t next = 0;

    while (next < claims->count) {
        size_t count = 0;
        for (; next < claims->count && count < LOST_AT_ONCE; next++) {
            if (is_over(membership, claims->all[next])) {
                over[count] = claims->all[next];
                positions[count++] = position_of(claims->all[next]);
            }
        }
        if (count > 0) {
            membership->options.ops->gone(positions, count, membership->options.user);
        }
        for (size_t i = 0; i < count; i++) {
            let_go(membership, over[i], WEIR_CLAIM_RELEASED);
        }
    }
}

static bool is_to_be(const struct weir_claim *claim, enum weir_claim_state state)
{
    bool wanted = state == WEIR_CLAIM_OURS;

    return claim->state == state && claim->wanted == wanted && !claim->doubt && claim->asked == 0;
}

static size_t count_to_be(const struct weir_claims *claims, enum weir_claim_state state)
{
    size_t count = 0;

    for (size_t i = 0; i < claims->count; i++) {
        count += is_to_be(claims->all[i], state) ? 1 : 0;
    }
    return count;
}

/* The first `count` of those in `from` that are to move on, to `to`. NULL: none, or no memory. */
static struct weir_position *collect(struct weir_membership *membership, enum weir_claim_state from,
                                     enum weir_claim_state to, size_t count)
{
    struct weir_claims *claims = &membership->claims;
    struct weir_position *positions = count == 0 ? NULL : weir_calloc(count, sizeof positions[0]);
    size_t collected = 0;

    if (positions == NULL) {
        if (count > 0) {
            weir_membership_say(membership, WEIR_ALARM_MEMORY, "out of memory");
            weir_membership_try_later(membership);
        }
        return NULL;
    }
    for (size_t i = 0; collected < count; i++) {
        assert(i < claims->count);
        if (is_to_be(claims->all[i], from)) {
            positions[collected++] = position_of(claims->all[i]);
            claims->all[i]->state = to;
        }
    }
    return positions;
}

/* Control loads the positions of one announcement before it hears of the next. So what is ours
 * waits for the answers that will say of others that they are, too; but no longer than until there
 * is enough to load: while many are released one after another, one always is about to be ours. */
static bool is_more_to_come(const struct weir_claims *claims)
{
    bool more = false;

    for (size_t i = 0; i < claims->count && !more; i++) {
        const struct weir_claim *claim = claims->all[i];
        more = claim->wanted && claim->asked > 0 && claim->state <= WEIR_CLAIM_UNSURE;
    }
    return more && weir_claims_in(claims, WEIR_CLAIM_OURS) < ENOUGH_AT_ONCE;
}

/* Whatever it was revoked for. */
static void cut_short(const struct weir_membership *membership)
{
    if (membership->options.ops->cut_short != NULL && weir_membership_cuts_short(membership) &&
        weir_claims_in(&membership->claims, WEIR_CLAIM_RECALLED) > 0) {
        membership->options.ops->cut_short(membership->options.user);
    }
}

static void announce_revoked(struct weir_membership *membership)
{
    size_t waiting = count_to_be(&membership->claims, WEIR_CLAIM_HELD);
    size_t count = weir_membership_begin_wave(membership, waiting);
    struct weir_position *positions =
        collect(membership, WEIR_CLAIM_HELD, WEIR_CLAIM_RECALLED, count);

    if (positions != NULL) {
        membership->options.ops->revoked(positions, count, membership->options.user);
        weir_free(positions);
    }
}

static void announce_assigned(struct weir_membership *membership)
{
    size_t count = count_to_be(&membership->claims, WEIR_CLAIM_OURS);

    if (membership->assigning || !weir_membership_is_connected(membership) ||
        membership->shadowing || weir_membership_lacks_stops(membership) ||
        is_more_to_come(&membership->claims)) {
        return;
    }
    struct weir_position *positions = collect(membership, WEIR_CLAIM_OURS, WEIR_CLAIM_GIVEN, count);
    if (positions != NULL) {
        membership->assigning = true;
        membership->options.ops->assigned(positions, count, membership->options.user);
        weir_free(positions);
    }
}

void weir_membership_announce(struct weir_membership *membership)
{
    weir_membership_announce_lost(membership, false);
    announce_gone(membership);
    announce_revoked(membership);
    announce_assigned(membership);
    cut_short(membership);
}

bool weir_membership_wants_given(const struct weir_membership *membership)
{
    const struct weir_claims *claims = &membership->claims;
    bool wants = true;

    for (size_t i = 0; i < claims->count; i++) {
        wants = wants && (claims->all[i]->state != WEIR_CLAIM_GIVEN || claims->all[i]->wanted);
    }
    return wants;
}
