#include "framework/standby.h"

#include "framework/base/memory.h"

bool weir_standby_shadows(const struct weir_standby *standby)
{
    return weir_shadowing_any(&standby->shadowing);
}

/* The membership goes on once nothing is left, and not before. */
static void tell_membership(struct weir_standby *standby)
{
    weir_membership_shadow(standby->membership, weir_standby_shadows(standby));
}

static void say_no_memory(const struct weir_standby *standby)
{
    weir_log(&standby->env->report->log, WEIR_LOG_WARNING, "group",
             "no memory to begin or to end with partitions as a shadow; trying again");
}

/* True: it has been announced that something of them is given up, or there was no memory. */
static bool give_up(struct weir_standby *standby, const struct weir_position *wanted, size_t count)
{
    struct weir_position *gone = NULL;
    size_t gone_count = 0;

    if (weir_shadowing_give(&standby->shadowing, wanted, count, &gone, &gone_count) != WEIR_OK) {
        say_no_memory(standby);
        return true;
    }
    if (gone_count > 0) {
        standby->view = 0;
        standby->env->revoked(gone, gone_count, standby->env->user);
    }
    weir_free(gone);
    return gone_count > 0;
}

static void take_up(struct weir_standby *standby, const struct weir_position *wanted, size_t count)
{
    struct weir_position *fresh = NULL;
    size_t fresh_count = 0;

    if (weir_shadowing_take(&standby->shadowing, wanted, count, &fresh, &fresh_count) != WEIR_OK) {
        say_no_memory(standby);
        return;
    }
    standby->view = standby->membership->adopted;
    tell_membership(standby); /* before control may answer */
    if (fresh_count > 0) {
        standby->env->assigned(fresh, fresh_count, standby->env->user);
    }
    weir_free(fresh);
}

static void follow_share(struct weir_standby *standby)
{
    struct weir_position *share = NULL;
    size_t count = 0;

    if (weir_membership_share(standby->membership, &share, &count) != WEIR_OK) {
        say_no_memory(standby);
        return;
    }
    if (!give_up(standby, share, count)) {
        take_up(standby, share, count);
    }
    weir_free(share);
}

void weir_standby_serve(struct weir_standby *standby)
{
    const struct weir_membership *membership = standby->membership;

    if (membership == NULL || standby->shadowing.waits != WEIR_SHADOWING_RESTS) {
        return;
    }
    if (!weir_membership_stands_by(membership)) {
        standby->view = 0;
        (void)give_up(standby, NULL, 0);
    } else if (weir_membership_share_settled(membership) && membership->adopted != standby->view) {
        follow_share(standby);
    }
}

bool weir_standby_awaits(const struct weir_standby *standby)
{
    return standby->shadowing.waits == WEIR_SHADOWING_TAKES;
}

bool weir_standby_accepted(struct weir_standby *standby, bool declined)
{
    if (!weir_standby_awaits(standby)) {
        return false;
    }
    /* Declined by a consumer that stops, so it is not announced again; or because it does not stand
     * by any more, so it is when it does. */
    if (declined && !weir_membership_stands_by(standby->membership)) {
        standby->view = 0;
    }
    weir_shadowing_taken(&standby->shadowing, declined);
    tell_membership(standby);
    return true;
}

bool weir_standby_released(struct weir_standby *standby, const struct weir_position *positions,
                           size_t count)
{
    if (standby->shadowing.waits != WEIR_SHADOWING_GIVES) {
        return false;
    }
    weir_shadowing_given(&standby->shadowing, positions, count);
    tell_membership(standby);
    return true;
}

void weir_standby_leave(struct weir_standby *standby)
{
    weir_shadowing_fini(&standby->shadowing);
    if (standby->membership != NULL) {
        tell_membership(standby);
        standby->membership = NULL;
    }
}
