#include "framework/membership_state.h"
#include <string.h>

/* What we tell of our work: as the old color of a switch, what we did before; as the new one, how
 * it goes while its health is watched. Everybody reads what anybody tells, so it is told as often
 * as it takes to judge a color, a fixed number of times however long it is watched. */

enum { TELLS = 16, LOOK_MS_MAX = 1000, LOOKS_MIN = 4 };

static bool is_watched(const struct weir_membership *membership, enum weir_switch_step step,
                       const char *color)
{
    const struct weir_switch *record = &membership->record;

    return membership->self.color != NULL && membership->record_known && record->step == step &&
           record->request.limits.health_ms > 0 && strcmp(membership->self.color, color) == 0;
}

static bool is_new(const struct weir_membership *membership)
{
    return is_watched(membership, WEIR_SWITCH_ACTIVE, membership->record.request.to) &&
           !membership->record.agreed;
}

static bool is_old(const struct weir_membership *membership)
{
    return is_watched(membership, WEIR_SWITCH_DRAINING, membership->record.request.from);
}

static bool measures(const struct weir_membership *membership)
{
    return membership->self.color != NULL && membership->options.ops->measure != NULL &&
           membership->stage == WEIR_MEMBERSHIP_REGISTERED && weir_membership_may_own(membership);
}

/* A short time is looked at more often. */
static int64_t look_ms(const struct weir_membership *membership)
{
    int64_t part_ms = membership->record.request.limits.health_ms / LOOKS_MIN;

    if (!is_new(membership)) {
        return WEIR_VITALS_EVERY_MS;
    }
    return part_ms > LOOK_MS_MAX ? LOOK_MS_MAX : part_ms + 1;
}

static int64_t tell_ms(const struct weir_membership *membership)
{
    int64_t part_ms = membership->record.request.limits.health_ms / TELLS;
    int64_t least_ms = look_ms(membership);

    return part_ms > least_ms ? part_ms : least_ms;
}

static void measure(struct weir_membership *membership)
{
    const struct weir_membership_ops *ops = membership->options.ops;
    struct weir_vitals_reading reading = {.done = 0};

    if (ops->measure != NULL && ops->measure(&reading, membership->options.user)) {
        weir_vitals_note(&membership->vitals, &reading, membership->now);
    }
    membership->measure_at = weir_time_after_ms(membership->now, look_ms(membership));
}

/* As if the color were ours alone: where it is bad, somebody of it is. */
static bool is_ailing(const struct weir_membership *membership, const struct weir_vitals *vitals)
{
    const struct weir_switch *record = &membership->record;
    const struct weir_switch_health health = {.from = record->request.from,
                                              .to = record->request.to,
                                              .before = record->before,
                                              .now = *vitals,
                                              .limits = record->request.health};
    char why[WEIR_SWITCH_HEALTH_WHY_SIZE];

    return weir_switch_health_judge(&health, why) == WEIR_SWITCH_UNHEALTHY;
}

/* When its time has come, and at once when it is bad all of a sudden. */
static void tell(struct weir_membership *membership)
{
    struct weir_vitals fresh;

    weir_vitals_since_mark(&membership->vitals, &fresh);
    bool ailing = is_ailing(membership, &fresh);
    if (membership->now < membership->tell_at && (membership->ailing || !ailing)) {
        return;
    }
    membership->vital = fresh;
    membership->ailing = ailing;
    membership->tell_at = weir_time_after_ms(membership->now, tell_ms(membership));
}

void weir_membership_forget_vitals(struct weir_membership *membership)
{
    membership->vital = (struct weir_vitals){.told = false};
    membership->ailing = false;
    membership->verdict = WEIR_SWITCH_UNJUDGED;
}

void weir_membership_follow_vitals(struct weir_membership *membership)
{
    weir_membership_forget_vitals(membership);
    if (is_old(membership)) {
        measure(membership);
        weir_vitals_recent(&membership->vitals, &membership->vital);
    } else if (is_new(membership)) {
        measure(membership);
        weir_vitals_mark(&membership->vitals);
        membership->tell_at = weir_time_after_ms(membership->now, tell_ms(membership));
    }
}

void weir_membership_go_on_measuring(struct weir_membership *membership)
{
    if (!measures(membership) || membership->now < membership->measure_at) {
        return;
    }
    measure(membership);
    if (is_new(membership)) {
        tell(membership);
    }
}

weir_time weir_membership_measure_due(const struct weir_membership *membership)
{
    return measures(membership) ? membership->measure_at : WEIR_TIME_NEVER;
}
