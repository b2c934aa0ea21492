#include "framework/base/memory.h"
#include "framework/membership_state.h"
#include "framework/znode.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { DOUBLINGS_MAX = 8, UNSETTLED_MAX = 5 };

/* The others, and what was divided last. */

void weir_membership_note_change(struct weir_membership *membership)
{
    int64_t delay_ms = membership->options.delay_ms;
    bool calm =
        membership->now > weir_time_after_ms(membership->unsettled_at, WEIR_MEMBERSHIP_ALARM_MS);
    uint32_t doublings = calm                                    ? 0
                         : membership->unsettled < DOUBLINGS_MAX ? membership->unsettled
                                                                 : DOUBLINGS_MAX;

    if (membership->changed_at == 0) {
        membership->changed_at = membership->now;
    }
    weir_time last =
        weir_time_after_ms(membership->changed_at, delay_ms * WEIR_MEMBERSHIP_DELAYS_MAX);
    weir_time next = weir_time_after_ms(membership->now, delay_ms << doublings);
    membership->settle_at = next < last || doublings > 0 ? next : last;
    membership->dirty = true;
}

/* Asking. */

static void read_members(struct weir_membership *membership)
{
    for (size_t i = 0; i < membership->roster.count; i++) {
        struct weir_roster_member *member = membership->roster.members[i];
        struct weir_znode node;
        if (member->state != WEIR_ROSTER_UNREAD) {
            continue;
        }
        weir_znode_id(&node, membership->options.group, member->id);
        const struct weir_zoo_request request = {.kind = WEIR_ZOO_GET,
                                                 .path = node.path,
                                                 .watch = true,
                                                 .tag = WEIR_TAG_MEMBER + member->number};
        if (!weir_membership_ask(membership, &request)) {
            return;
        }
        member->state = WEIR_ROSTER_ASKED;
        member->changed = false;
    }
}

static void read_once(struct weir_membership *membership, struct weir_membership_reading *reading,
                      enum weir_zoo_kind kind, const struct weir_znode *node, uint64_t tag)
{
    if (!reading->due || reading->asked) {
        return;
    }
    const struct weir_zoo_request request = {
        .kind = kind, .path = node->path, .watch = true, .tag = tag};
    reading->asked = weir_membership_ask(membership, &request);
    reading->due = !reading->asked;
}

void weir_membership_share_node(const struct weir_membership *membership, struct weir_znode *node)
{
    weir_znode_allotment(node, membership->options.group, membership->self.color);
}

void weir_membership_go_on_reading(struct weir_membership *membership)
{
    struct weir_znode node;

    if (membership->leaving) {
        return;
    }
    weir_znode_group(&node, membership->options.group, "ids");
    read_once(membership, &membership->list, WEIR_ZOO_CHILDREN, &node, WEIR_TAG_LIST);
    read_members(membership);
    bool absent = membership->share_absent;
    weir_membership_share_node(membership, &node);
    read_once(membership, &membership->share, absent ? WEIR_ZOO_EXISTS : WEIR_ZOO_GET, &node,
              absent ? WEIR_TAG_NO_SHARE : WEIR_TAG_SHARE);
}

/* Answers. */

/* Anybody may make a node there, with any name. */
static void say_misnamed(struct weir_membership *membership)
{
    for (size_t i = 0; i < membership->roster.count; i++) {
        const char *id = membership->roster.members[i]->id;
        if (!weir_znode_name_valid(id)) {
            weir_membership_say(membership, WEIR_ALARM_STRANGER,
                                "a member with a name that no weir has is not taken into account: "
                                "'%.80s'",
                                id);
        }
    }
}

static void hear_list(struct weir_membership *membership, const struct weir_zoo_event *event)
{
    bool changed = false;

    membership->list.asked = false;
    if (event->result != WEIR_ZOO_OK) {
        (void)weir_membership_refused(membership, event, "the members cannot be listed");
        membership->list.due = true;
        membership->stage =
            event->result == WEIR_ZOO_ABSENT ? WEIR_MEMBERSHIP_STRANGER : membership->stage;
        return;
    }
    if (weir_roster_list(&membership->roster, event->names, event->name_count, &changed) !=
        WEIR_OK) {
        weir_membership_say(membership, WEIR_ALARM_MEMORY, "out of memory");
        weir_membership_try_later(membership);
        membership->list.due = true;
        return;
    }
    if (changed) {
        weir_membership_note_change(membership);
        say_misnamed(membership);
    }
    if (weir_roster_find(&membership->roster, membership->options.member) == NULL &&
        membership->stage == WEIR_MEMBERSHIP_REGISTERED) {
        weir_membership_say(membership, WEIR_ALARM_TAMPERED,
                            "somebody deleted this member's node; it is made again");
        weir_membership_try_later(membership);
        membership->stage = WEIR_MEMBERSHIP_STRANGER;
    }
}

static void read_registration(struct weir_membership *membership, struct weir_roster_member *member,
                              const struct weir_zoo_event *event)
{
    struct weir_error error = {0};
    struct weir_registration fresh = {0};
    enum weir_status status = weir_registration_read(event->data, event->size, &fresh, &error);

    membership->dirty = true;
    if (status == WEIR_ERR_NOMEM) {
        weir_membership_say(membership, WEIR_ALARM_MEMORY, "out of memory");
        weir_membership_try_later(membership); /* it is still unread */
        return;
    }
    if (status == WEIR_OK) {
        weir_registration_fini(&member->registration);
        member->registration = fresh;
        member->state = WEIR_ROSTER_READ;
        return;
    }
    member->state = status == WEIR_ERR_STATE ? WEIR_ROSTER_NEWER : WEIR_ROSTER_REFUSED;
    weir_membership_say(membership, WEIR_ALARM_STRANGER,
                        "the node of member '%s' is not taken into account: %s", member->id,
                        error.text);
}

/* What a weir says of itself everybody may read. */
static void refuse_unreadable(struct weir_membership *membership, struct weir_roster_member *member)
{
    member->state = WEIR_ROSTER_REFUSED;
    membership->dirty = true;
    weir_membership_say(membership, WEIR_ALARM_STRANGER,
                        "the node of member '%s' may not be read, and is not taken into account",
                        member->id);
}

static void hear_member(struct weir_membership *membership, const struct weir_zoo_event *event)
{
    struct weir_roster_member *member =
        weir_roster_numbered(&membership->roster, event->tag - WEIR_TAG_MEMBER);

    if (member == NULL) {
        return; /* it went while it was read */
    }
    bool again = event->result != WEIR_ZOO_OK || member->changed;
    bool self = strcmp(member->id, membership->options.member) == 0;
    member->state = WEIR_ROSTER_UNREAD;
    membership->list.due = membership->list.due || event->result == WEIR_ZOO_ABSENT;
    if (event->result == WEIR_ZOO_DENIED && !self) {
        refuse_unreadable(membership, member);
        return;
    }
    if (again) {
        (void)weir_membership_refused(membership, event, "a member's node cannot be read");
        return;
    }
    read_registration(membership, member, event);
    if (self && membership->stage == WEIR_MEMBERSHIP_REGISTERED) {
        weir_membership_check_self(membership, event);
    }
}

static void read_allotment(struct weir_membership *membership, const struct weir_zoo_event *event)
{
    struct weir_error error = {0};
    struct weir_allotment fresh = {0};
    enum weir_status status = weir_allotment_read(event->data, event->size, &fresh, &error);

    if (status == WEIR_ERR_NOMEM) {
        weir_membership_say(membership, WEIR_ALARM_MEMORY, "out of memory");
        weir_membership_try_later(membership);
        membership->share.due = true;
        return;
    }
    membership->share_version = event->facts.version;
    membership->share_known = status != WEIR_ERR_STATE;
    if (status != WEIR_OK) {
        weir_membership_say(membership, WEIR_ALARM_STRANGER,
                            "the group's weir/allotment is not taken into account: %s", error.text);
    }
    weir_allotment_fini(&membership->allotment);
    membership->allotment = fresh;
}

/* Another division of what we have: of a member that is behind, or ahead, or reads it otherwise.
 * Our answer waits longer each time. */
static void count_unsettled(struct weir_membership *membership)
{
    bool ours = membership->adopted == 0 || membership->changed_at != 0 ||
                membership->allotment.view == membership->adopted ||
                membership->allotment.view == membership->proposed;
    weir_time calm = weir_time_after_ms(membership->unsettled_at, WEIR_MEMBERSHIP_ALARM_MS);

    if (ours) {
        return;
    }
    membership->unsettled = membership->now > calm ? 1 : membership->unsettled + 1;
    membership->unsettled_at = membership->now;
    if (membership->unsettled > UNSETTLED_MAX) {
        weir_membership_say(membership, WEIR_ALARM_UNSETTLED,
                            "some member divides the same group in another way");
    }
}

static void hear_share(struct weir_membership *membership, const struct weir_zoo_event *event)
{
    membership->share.asked = false;
    membership->dirty = true;
    if (event->result == WEIR_ZOO_OK) {
        read_allotment(membership, event);
        count_unsettled(membership);
    } else {
        (void)weir_membership_refused(membership, event, "the allotment cannot be read");
        membership->share_absent = event->result == WEIR_ZOO_ABSENT;
        membership->share.due = true;
    }
}

/* Whoever makes it, we hear of that. */
static void hear_no_share(struct weir_membership *membership, const struct weir_zoo_event *event)
{
    membership->share.asked = false;
    membership->dirty = true;
    if (event->result == WEIR_ZOO_ABSENT) {
        weir_allotment_fini(&membership->allotment);
        membership->share_version = WEIR_ZOO_ANY_VERSION;
        membership->share_known = true;
    } else {
        (void)weir_membership_refused(membership, event, "the allotment cannot be looked for");
        membership->share_absent = event->result != WEIR_ZOO_OK;
        membership->share.due = true;
    }
}

/* Whoever was first: it is read. */
static void hear_proposed(struct weir_membership *membership, const struct weir_zoo_event *event)
{
    membership->proposing = false;
    membership->share.due = true;
    membership->share_absent = false;
    membership->share_known = false;
    if (weir_membership_refused(membership, event, "the allotment cannot be written")) {
        return;
    }
    if (event->result == WEIR_ZOO_ABSENT) {
        weir_membership_say(membership, WEIR_ALARM_TAMPERED, "somebody deleted the group's nodes");
        weir_membership_try_later(membership);
        membership->folders = 0; /* they are made again */
    }
}

bool weir_membership_hear_group(struct weir_membership *membership,
                                const struct weir_zoo_event *event)
{
    if (event->tag == WEIR_TAG_LIST) {
        hear_list(membership, event);
    } else if (event->tag == WEIR_TAG_SHARE) {
        hear_share(membership, event);
    } else if (event->tag == WEIR_TAG_NO_SHARE) {
        hear_no_share(membership, event);
    } else if (event->tag == WEIR_TAG_PROPOSE) {
        hear_proposed(membership, event);
    } else if (event->tag >= WEIR_TAG_MEMBER) {
        hear_member(membership, event);
    } else {
        return false;
    }
    return true;
}

void weir_membership_group_changed(struct weir_membership *membership, const char *path)
{
    struct weir_znode node;

    weir_membership_share_node(membership, &node);
    if (strcmp(path, node.path) == 0) {
        membership->share.due = true;
        membership->share_absent = false;
        return;
    }
    weir_znode_group(&node, membership->options.group, "ids");
    size_t size = strlen(node.path);
    if (strcmp(path, node.path) == 0) {
        membership->list.due = true;
        return;
    }
    struct weir_roster_member *member = strncmp(path, node.path, size) == 0 && path[size] == '/'
                                            ? weir_roster_find(&membership->roster, path + size + 1)
                                            : NULL;
    if (member != NULL) {
        member->changed = true;
        member->state = member->state == WEIR_ROSTER_ASKED ? member->state : WEIR_ROSTER_UNREAD;
    }
}
