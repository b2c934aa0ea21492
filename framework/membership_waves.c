#include "framework/membership_state.h"
#include "framework/znode.h"
#include <string.h>

/* What our color may not own any more it hands back a few at a time: until then it goes on with it.
 * How many are under way nobody needs to know exactly: a node that comes and goes again counts for
 * the one that was waited for, and what is not heard of time makes up for. */

static int64_t spread_ms(const struct weir_membership *membership)
{
    bool spreads = membership->self.color != NULL && membership->record_known &&
                   !membership->leaving && !weir_membership_may_own(membership);

    return spreads ? weir_switch_spread_ms(&membership->record, membership->self.color) : 0;
}

/* What is handed back nobody could claim by a record that is not obeyed; and without a connection
 * nothing is handed back: it would stand still. */
static bool has_to_wait(const struct weir_membership *membership, int64_t spread)
{
    bool cut_off = spread > 0 && !weir_membership_is_connected(membership);

    return cut_off || (membership->record_bad && !membership->leaving);
}

size_t weir_membership_begin_wave(struct weir_membership *membership, size_t waiting)
{
    int64_t spread = spread_ms(membership);

    if (has_to_wait(membership, spread)) {
        weir_waves_pause(&membership->waves);
        return 0;
    }
    if (spread == 0) {
        weir_waves_reset(&membership->waves);
        return waiting;
    }
    return weir_waves_begin(&membership->waves, waiting, spread, membership->now);
}

uint64_t weir_membership_follow_tag(const struct weir_membership *membership)
{
    return weir_waves_count(&membership->waves) ? WEIR_TAG_FOLLOW : WEIR_TAG_NOTHING;
}

bool weir_membership_hear_followed(struct weir_membership *membership,
                                   const struct weir_zoo_event *event)
{
    if (event->tag != WEIR_TAG_FOLLOW) {
        return false;
    }
    if (event->result == WEIR_ZOO_OK && event->facts.owner != membership->session) {
        weir_waves_claimed(&membership->waves);
    }
    return true;
}

bool weir_membership_owner_changed(struct weir_membership *membership, const char *path)
{
    struct weir_znode node;

    weir_znode_group(&node, membership->options.group, "owners/");
    if (strncmp(path, node.path, strlen(node.path)) != 0) {
        return false;
    }
    weir_waves_claimed(&membership->waves);
    return true;
}
