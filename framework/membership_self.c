#include "framework/base/memory.h"
#include "framework/membership_state.h"
#include "framework/znode.h"
#include <string.h>

/* Our own node below ids. */

static void ask_about_self(struct weir_membership *membership,
                           const struct weir_zoo_request *request)
{
    membership->self_asked = weir_membership_ask(membership, request);
}

static bool write_text(struct weir_membership *membership)
{
    char *text = NULL;

    if (weir_registration_write(&membership->self, membership->options.started_ms, &text) !=
        WEIR_OK) {
        weir_membership_say(membership, WEIR_ALARM_MEMORY, "out of memory");
        weir_membership_try_later(membership);
        return false;
    }
    weir_free(membership->published);
    membership->published = text;
    return true;
}

/* That they are there already is no news. There may not be room for all the requests at once. */
bool weir_membership_make_folders(struct weir_membership *membership)
{
    static const char *const folders[] = {"ids", "owners", "weir", "weir/fence"};
    enum { ABOVE = 2, ALL = ABOVE + sizeof folders / sizeof folders[0] };

    for (; membership->folders < ALL; membership->folders++) {
        struct weir_znode node;
        const struct weir_zoo_request request = {
            .kind = WEIR_ZOO_CREATE, .path = membership->folders == 0 ? "/consumers" : node.path};
        weir_znode_group(&node, membership->options.group,
                         membership->folders < ABOVE ? "" : folders[membership->folders - ABOVE]);
        if (!weir_membership_ask(membership, &request)) {
            return false;
        }
    }
    return true;
}

static void register_self(struct weir_membership *membership, const char *path)
{
    if (!membership->has_catalog || membership->leaving ||
        !weir_membership_make_folders(membership) || !write_text(membership)) {
        return;
    }
    const struct weir_zoo_request request = {.kind = WEIR_ZOO_CREATE,
                                             .path = path,
                                             .data = membership->published,
                                             .size = strlen(membership->published),
                                             .ephemeral = true,
                                             .tag = WEIR_TAG_REGISTER};
    ask_about_self(membership, &request);
    membership->publish_due = membership->publish_due && !membership->self_asked;
    membership->stage = membership->self_asked ? WEIR_MEMBERSHIP_ASKING : membership->stage;
}

/* One transaction, so that nobody sees the name missing. */
static void replace_self(struct weir_membership *membership, const char *path)
{
    const struct weir_zoo_request parts[] = {
        {.kind = WEIR_ZOO_DELETE, .path = path, .version = membership->node_version},
        {.kind = WEIR_ZOO_CREATE,
         .path = path,
         .data = membership->published,
         .size = strlen(membership->published),
         .ephemeral = true}};
    const struct weir_zoo_request request = {.kind = WEIR_ZOO_MULTI,
                                             .path = path,
                                             .parts = parts,
                                             .part_count = 2,
                                             .tag = WEIR_TAG_REPLACE};

    ask_about_self(membership, &request);
}

static void publish(struct weir_membership *membership, const char *path)
{
    if (!membership->publish_due || !write_text(membership)) {
        return;
    }
    const struct weir_zoo_request request = {.kind = WEIR_ZOO_SET,
                                             .path = path,
                                             .data = membership->published,
                                             .size = strlen(membership->published),
                                             .version = WEIR_ZOO_ANY_VERSION,
                                             .tag = WEIR_TAG_PUBLISH};
    ask_about_self(membership, &request);
    membership->publish_due = !membership->self_asked;
}

void weir_membership_go_on_registering(struct weir_membership *membership)
{
    struct weir_znode node;

    if (membership->self_asked) {
        return;
    }
    weir_znode_id(&node, membership->options.group, membership->options.member);
    const struct weir_zoo_request look = {
        .kind = WEIR_ZOO_GET, .path = node.path, .tag = WEIR_TAG_LOOK};
    const struct weir_zoo_request end = {.kind = WEIR_ZOO_DELETE,
                                         .path = node.path,
                                         .version = WEIR_ZOO_ANY_VERSION,
                                         .tag = WEIR_TAG_UNREGISTER};
    switch (membership->stage) {
    case WEIR_MEMBERSHIP_STRANGER:
        register_self(membership, node.path);
        break;
    case WEIR_MEMBERSHIP_LOOKING:
        ask_about_self(membership, &look);
        break;
    case WEIR_MEMBERSHIP_REPLACING:
        replace_self(membership, node.path);
        break;
    case WEIR_MEMBERSHIP_REGISTERED:
        publish(membership, node.path);
        break;
    case WEIR_MEMBERSHIP_LEAVING:
        ask_about_self(membership, &end);
        break;
    case WEIR_MEMBERSHIP_AWAY:
    case WEIR_MEMBERSHIP_ASKING:
    case WEIR_MEMBERSHIP_LEFT:
        break;
    }
}

/* Answers. */

static void become_registered(struct weir_membership *membership)
{
    membership->stage = WEIR_MEMBERSHIP_REGISTERED;
    membership->list.due = true;
    membership->share.due = true;
    membership->turn.due = true;
}

/* It was there, or nobody knows whether it is: whose is it? */
static void hear_created(struct weir_membership *membership, const struct weir_zoo_event *event)
{
    membership->stage = WEIR_MEMBERSHIP_STRANGER;
    membership->folders = 0;
    if (weir_membership_refused(membership, event, "this member cannot be registered")) {
        return;
    }
    if (event->result == WEIR_ZOO_OK) {
        become_registered(membership);
    } else if (event->result != WEIR_ZOO_ABSENT) {
        membership->stage = WEIR_MEMBERSHIP_LOOKING;
    } else {
        weir_membership_say(membership, WEIR_ALARM_REFUSED,
                            "this member cannot be registered: the group's node below /consumers "
                            "cannot be made");
        membership->retry_at =
            weir_time_after_ms(membership->now, WEIR_MEMBERSHIP_AGAIN_MS_MAX / 10);
    }
}

static void hear_looked(struct weir_membership *membership, const struct weir_zoo_event *event)
{
    if (weir_membership_refused(membership, event, "this member's node cannot be read") ||
        event->result == WEIR_ZOO_UNKNOWN) {
        return;
    }
    if (event->result != WEIR_ZOO_OK) {
        membership->stage = WEIR_MEMBERSHIP_STRANGER;
    } else if (event->facts.owner == membership->session) {
        become_registered(membership);
    } else {
        /* A former process of our name may live and be cut off: what it owns is ours when its
         * session has ended. Our own former session is known to be over. */
        bool own = event->facts.owner == membership->last_session;
        membership->predecessor = own ? event->facts.owner : 0;
        membership->takes_over = false;
        membership->node_version = event->facts.version;
        membership->stage = WEIR_MEMBERSHIP_REPLACING;
    }
}

/* What is not as it was read is read again; if it cannot be deleted, again and again. */
static void hear_replaced(struct weir_membership *membership, const struct weir_zoo_event *event)
{
    membership->stage =
        event->result == WEIR_ZOO_UNKNOWN ? WEIR_MEMBERSHIP_LOOKING : WEIR_MEMBERSHIP_STRANGER;
    if (weir_membership_refused(membership, event, "this member cannot be registered")) {
        return;
    }
    if (event->result == WEIR_ZOO_OK) {
        become_registered(membership);
    } else if (event->result == WEIR_ZOO_OTHER) {
        weir_membership_say(membership, WEIR_ALARM_TAMPERED,
                            "a node has this member's name and cannot be replaced now: it changes, "
                            "or there is something below it");
        weir_membership_try_later(membership);
    }
}

static void hear_published(struct weir_membership *membership, const struct weir_zoo_event *event)
{
    if (event->result == WEIR_ZOO_ABSENT) {
        membership->stage = WEIR_MEMBERSHIP_STRANGER;
    } else if (event->result != WEIR_ZOO_OK) {
        (void)weir_membership_refused(membership, event, "this member's node cannot be written");
        membership->publish_due = true;
    }
}

/* Deleted or not: the end of the session ends the node. */
static void hear_unregistered(struct weir_membership *membership)
{
    weir_membership_close_session(membership);
    membership->stage = WEIR_MEMBERSHIP_LEFT;
}

bool weir_membership_hear_self(struct weir_membership *membership,
                               const struct weir_zoo_event *event)
{
    bool about_self = event->tag >= WEIR_TAG_REGISTER && event->tag <= WEIR_TAG_PUBLISH;

    membership->self_asked = membership->self_asked && !about_self;
    switch (about_self ? event->tag : WEIR_TAG_NOTHING) {
    case WEIR_TAG_REGISTER:
        hear_created(membership, event);
        break;
    case WEIR_TAG_LOOK:
        hear_looked(membership, event);
        break;
    case WEIR_TAG_REPLACE:
        hear_replaced(membership, event);
        break;
    case WEIR_TAG_UNREGISTER:
        hear_unregistered(membership);
        break;
    case WEIR_TAG_PUBLISH:
        hear_published(membership, event);
        break;
    default:
        break;
    }
    return about_self;
}

static void end_fenced(struct weir_membership *membership)
{
    weir_membership_announce_lost(membership, true);
    weir_membership_close_session(membership);
    membership->stage = WEIR_MEMBERSHIP_LEFT;
    membership->options.ops->fenced(membership->options.user);
}

void weir_membership_check_self(struct weir_membership *membership,
                                const struct weir_zoo_event *event)
{
    bool known = !membership->publish_due && !membership->self_asked;
    bool as_written = event->size == strlen(membership->published) &&
                      memcmp(event->data, membership->published, event->size) == 0;

    if (event->facts.owner != membership->session && event->facts.owner != 0) {
        end_fenced(membership);
        return;
    }
    if (event->facts.owner == 0 || (known && !as_written)) {
        weir_membership_say(membership, WEIR_ALARM_TAMPERED,
                            "somebody wrote over this member's node; it is put right");
        weir_membership_try_later(membership);
        membership->publish_due = true;
    }
    if (event->facts.owner == 0) {
        membership->node_version = event->facts.version;
        membership->stage = WEIR_MEMBERSHIP_REPLACING;
    }
}
