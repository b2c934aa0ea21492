#include "framework/membership.h"

#include "framework/base/memory.h"
#include "framework/membership_state.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Alarms. */

void weir_membership_say(struct weir_membership *membership, enum weir_membership_alarm alarm,
                         const char *format, ...)
{
    char text[WEIR_ERROR_TEXT_SIZE];
    weir_time *last = &membership->alarmed_at[alarm];
    va_list arguments;

    if (*last != 0 && membership->now < weir_time_after_ms(*last, WEIR_MEMBERSHIP_ALARM_MS)) {
        return;
    }
    *last = membership->now;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    membership->options.ops->alarm(alarm, text, membership->options.user);
}

void weir_membership_try_later(struct weir_membership *membership)
{
    membership->retry_at = weir_time_after_ms(membership->now, WEIR_MEMBERSHIP_AGAIN_MS);
}

bool weir_membership_ask(struct weir_membership *membership, const struct weir_zoo_request *request)
{
    enum weir_status status = membership->zoo->ops->submit(membership->zoo, request);

    if (status == WEIR_ERR_NOMEM) {
        weir_membership_say(membership, WEIR_ALARM_MEMORY, "out of memory");
        weir_membership_try_later(membership);
    } else if (status == WEIR_ERR_CONFIG) {
        weir_membership_say(membership, WEIR_ALARM_REFUSED,
                            "%s: %zu bytes are more than a node can hold", request->path,
                            request->size);
        membership->retry_at = weir_time_after_ms(membership->now, WEIR_MEMBERSHIP_AGAIN_MS_MAX);
    }
    return status == WEIR_OK; /* else it was full or broken: the next answer or event comes first */
}

bool weir_membership_say_refused(struct weir_membership *membership,
                                 const struct weir_zoo_event *event, const char *what)
{
    if (event->result != WEIR_ZOO_DENIED && event->result != WEIR_ZOO_FAILED) {
        return false;
    }
    weir_membership_say(membership, WEIR_ALARM_REFUSED, "%s: ZooKeeper refuses: %s", what,
                        event->text == NULL ? "it does not say why" : event->text);
    return true;
}

bool weir_membership_refused(struct weir_membership *membership, const struct weir_zoo_event *event,
                             const char *what)
{
    if (!weir_membership_say_refused(membership, event, what)) {
        return false;
    }
    membership->retry_at = weir_time_after_ms(membership->now, WEIR_MEMBERSHIP_AGAIN_MS_MAX / 10);
    return true;
}

/* Sessions. */

static void forget_group(struct weir_membership *membership)
{
    weir_membership_forget_turn(membership);
    weir_roster_fini(&membership->roster);
    weir_allotment_fini(&membership->allotment);
    membership->list = (struct weir_membership_reading){0};
    membership->share = (struct weir_membership_reading){0};
    membership->share_known = false;
    membership->share_absent = false;
    membership->proposing = false;
    membership->dirty = false;
    membership->adopted = 0;
    membership->proposed = 0;
    membership->changed_at = 0;
    membership->settle_at = WEIR_TIME_NEVER;
}

void weir_membership_close_session(struct weir_membership *membership)
{
    weir_claims_fini(&membership->claims);
    forget_group(membership);
    if (membership->zoo != NULL) {
        membership->zoo->ops->close(membership->zoo);
        membership->zoo = NULL;
    }
    membership->self_asked = false;
    membership->folders = 0;
    membership->predecessor = 0;
    membership->takes_over = false;
    membership->last_session =
        membership->session != 0 ? membership->session : membership->last_session;
    membership->session = 0;
    membership->retry_at = 0;
    membership->stage = WEIR_MEMBERSHIP_AWAY;
}

void weir_membership_lose(struct weir_membership *membership)
{
    weir_membership_announce_lost(membership, true);
    weir_membership_close_session(membership);
    membership->open_at = weir_time_after_ms(membership->now, membership->again_ms);
    membership->again_ms = membership->again_ms * 2 < WEIR_MEMBERSHIP_AGAIN_MS_MAX
                               ? membership->again_ms * 2
                               : WEIR_MEMBERSHIP_AGAIN_MS_MAX;
}

static void open_session(struct weir_membership *membership)
{
    struct weir_error error = {0};
    const struct weir_membership_options *options = &membership->options;

    if (membership->zoo != NULL || membership->stage == WEIR_MEMBERSHIP_LEFT ||
        membership->leaving || membership->now < membership->open_at) {
        return;
    }
    if (options->library->open(&options->zoo, &membership->zoo, &error) != WEIR_OK) {
        membership->zoo = NULL;
        weir_membership_say(membership, WEIR_ALARM_REFUSED, "no ZooKeeper session: %s", error.text);
        membership->open_at = weir_time_after_ms(membership->now, WEIR_MEMBERSHIP_AGAIN_MS_MAX);
    }
}

static void hear_state(struct weir_membership *membership, enum weir_zoo_state state)
{
    if (state == WEIR_ZOO_LOST) {
        weir_membership_lose(membership);
    } else if (state == WEIR_ZOO_CONNECTED && membership->stage == WEIR_MEMBERSHIP_AWAY) {
        membership->session = membership->zoo->ops->session(membership->zoo);
        membership->again_ms = WEIR_MEMBERSHIP_AGAIN_MS;
        membership->stage = WEIR_MEMBERSHIP_STRANGER;
    }
}

static struct weir_claims_place place_of(struct weir_membership *membership)
{
    return (struct weir_claims_place){.zoo = membership->zoo,
                                      .group = membership->options.group,
                                      .member = membership->options.member,
                                      .session = membership->session,
                                      .predecessor =
                                          membership->takes_over ? membership->predecessor : 0,
                                      .gated = membership->self.color != NULL,
                                      .gate = membership->record_version,
                                      .contested = weir_membership_contests(membership),
                                      .looks_only = !weir_membership_may_own(membership),
                                      .follow_tag = weir_membership_follow_tag(membership),
                                      .now = membership->now,
                                      .tally = &membership->tally};
}

static void hear_answer(struct weir_membership *membership, const struct weir_zoo_event *event)
{
    const char *refused = NULL;
    const struct weir_claims_place place = place_of(membership);

    if (event->tag == WEIR_TAG_NOTHING || weir_membership_hear_self(membership, event) ||
        weir_membership_hear_turn(membership, event) ||
        weir_membership_hear_stops(membership, event) ||
        weir_membership_hear_peer(membership, event) ||
        weir_membership_hear_group(membership, event)) {
        return;
    }
    bool known = weir_claims_answer(&membership->claims, &place, event, &refused);
    assert(known);
    (void)known;
    if (refused != NULL) {
        weir_membership_say(membership, WEIR_ALARM_REFUSED,
                            "a partition cannot be claimed or released: %s", refused);
    }
    membership->turn.due = membership->turn.due || membership->claims.gate_shut;
}

static bool claims_changed(struct weir_membership *membership, const char *path)
{
    const struct weir_claims_place place = place_of(membership);

    return weir_claims_changed(&membership->claims, &place, path);
}

static void hear(struct weir_membership *membership)
{
    struct weir_zoo_event event;

    while (membership->zoo != NULL &&
           membership->zoo->ops->poll(membership->zoo, membership->now, &event)) {
        if (event.kind == WEIR_ZOO_STATE) {
            hear_state(membership, event.state);
        } else if (event.kind == WEIR_ZOO_ANSWER) {
            hear_answer(membership, &event);
        } else if (!claims_changed(membership, event.path) &&
                   !weir_membership_turn_changed(membership, event.path) &&
                   !weir_membership_peer_changed(membership, event.path)) {
            weir_membership_group_changed(membership, event.path);
        }
    }
}

bool weir_membership_is_connected(const struct weir_membership *membership)
{
    return membership->zoo != NULL &&
           membership->zoo->ops->state(membership->zoo) == WEIR_ZOO_CONNECTED;
}

/* Steps. */

static void take_over(struct weir_membership *membership)
{
    if (membership->predecessor != 0 && !membership->takes_over) {
        membership->takes_over = true;
        weir_claims_look_again(&membership->claims, membership->predecessor);
    }
}

static void claim(struct weir_membership *membership)
{
    const struct weir_claims_place place = place_of(membership);

    if (weir_claims_go_on(&membership->claims, &place) == WEIR_ERR_NOMEM) {
        weir_membership_say(membership, WEIR_ALARM_MEMORY, "out of memory");
        weir_membership_try_later(membership);
    }
}

static void go_on(struct weir_membership *membership)
{
    if (!weir_membership_is_connected(membership) || membership->now < membership->retry_at) {
        return;
    }
    membership->retry_at = 0;
    weir_membership_go_on_registering(membership);
    if (membership->stage == WEIR_MEMBERSHIP_REGISTERED) {
        take_over(membership);
        weir_membership_go_on_reading(membership);
        weir_membership_go_on_turning(membership);
        weir_membership_divide(membership);
    }
    if (membership->stage == WEIR_MEMBERSHIP_REGISTERED || membership->leaving) {
        claim(membership);
    }
}

/* In a session our node is deleted last; without one there is nothing to hand back. */
static void leave(struct weir_membership *membership)
{
    if (!membership->leaving || membership->claims.count > 0 ||
        membership->stage == WEIR_MEMBERSHIP_LEFT) {
        return;
    }
    if (membership->stage == WEIR_MEMBERSHIP_REGISTERED) {
        membership->stage = WEIR_MEMBERSHIP_LEAVING;
        if (weir_membership_is_connected(membership)) {
            weir_membership_go_on_registering(membership);
        }
    } else if (membership->stage != WEIR_MEMBERSHIP_LEAVING) {
        weir_membership_close_session(membership);
        membership->stage = WEIR_MEMBERSHIP_LEFT;
    }
}

void weir_membership_step(struct weir_membership *membership, weir_time now)
{
    membership->now = now;
    membership->began_at = membership->began_at == 0 ? now : membership->began_at;
    open_session(membership);
    hear(membership);
    go_on(membership);
    weir_membership_announce(membership);
    weir_membership_go_on_measuring(membership);
    if (weir_membership_report_progress(membership)) {
        go_on(membership);
    }
    leave(membership);
}

static weir_time earlier(weir_time a, weir_time b)
{
    return a < b ? a : b;
}

/* What is in the past has been done, or waits for something else. */
static weir_time ahead(const struct weir_membership *membership, weir_time at)
{
    return at > membership->now ? at : WEIR_TIME_NEVER;
}

weir_time weir_membership_due(const struct weir_membership *membership)
{
    weir_time due = WEIR_TIME_NEVER;

    if (membership->stage == WEIR_MEMBERSHIP_LEFT) {
        return due;
    }
    if (membership->zoo == NULL) {
        return membership->open_at;
    }
    due = earlier(due, membership->zoo->ops->due(membership->zoo));
    due = earlier(due, ahead(membership, membership->settle_at));
    due = earlier(due, ahead(membership, membership->retry_at));
    due = earlier(due, ahead(membership, weir_membership_turn_due(membership)));
    due = earlier(due, ahead(membership, weir_membership_measure_due(membership)));
    due = earlier(due, ahead(membership, weir_membership_peer_due(membership)));
    due = earlier(due, ahead(membership, membership->claims.resume_at));
    due = earlier(due, ahead(membership, membership->claims.claim_at));
    return due;
}

/* From outside. */

static bool copy_text(char **out, const char *text)
{
    *out = text == NULL ? NULL : weir_strdup(text);
    return text == NULL || *out != NULL;
}

enum weir_status weir_membership_init(struct weir_membership *membership,
                                      const struct weir_membership_options *options)
{
    const struct weir_membership_self *self = &options->self;

    *membership = (struct weir_membership){.options = *options,
                                           .again_ms = WEIR_MEMBERSHIP_AGAIN_MS,
                                           .warm = true,
                                           .settle_at = WEIR_TIME_NEVER,
                                           .self.capacity = self->capacity,
                                           .self.shadow = self->shadow};
    if (!copy_text(&membership->self.strategy, options->strategy->name) ||
        !copy_text(&membership->self.rack, self->rack) ||
        !copy_text(&membership->self.color, self->color) ||
        !copy_text(&membership->self.partitions, self->partitions) ||
        !copy_text(&membership->self.handler, self->handler) ||
        !copy_text(&membership->self.version, self->version)) {
        weir_membership_fini(membership);
        return WEIR_ERR_NOMEM;
    }
    return WEIR_OK;
}

void weir_membership_fini(struct weir_membership *membership)
{
    weir_membership_close_session(membership);
    weir_registration_fini(&membership->self);
    weir_free(membership->published);
    membership->published = NULL;
    membership->stage = WEIR_MEMBERSHIP_LEFT;
}

static bool is_same_catalog(const struct weir_membership *membership,
                            const struct weir_strategy_topic *topics, size_t count)
{
    const struct weir_registration *self = &membership->self;
    bool same = membership->has_catalog && self->topic_count == count;

    for (size_t i = 0; same && i < count; i++) {
        same = strcmp(self->topics[i].name, topics[i].name) == 0 &&
               self->topics[i].partitions == topics[i].partitions;
    }
    return same;
}

/* 0: it is not there. */
static uint32_t partitions_of(const struct weir_registration *registration, const char *topic)
{
    for (size_t i = 0; i < registration->topic_count; i++) {
        if (strcmp(registration->topics[i].name, topic) == 0) {
            return registration->topics[i].partitions;
        }
    }
    return 0;
}

bool weir_membership_has_partition(const struct weir_membership *membership, const char *topic,
                                   int32_t partition)
{
    return (uint32_t)partition < partitions_of(&membership->self, topic);
}

/* A topic has fewer partitions only when it is another one. */
static void mark_gone(struct weir_membership *membership, const struct weir_registration *old)
{
    struct weir_claims *claims = &membership->claims;

    for (size_t i = 0; i < claims->count; i++) {
        struct weir_claim *claim = claims->all[i];
        bool known = claim->state >= WEIR_CLAIM_OURS && claim->state <= WEIR_CLAIM_RECALLED;
        claim->gone = claim->gone || (known && partitions_of(&membership->self, claim->topic) <
                                                   partitions_of(old, claim->topic));
    }
}

enum weir_status weir_membership_catalog(struct weir_membership *membership,
                                         const struct weir_strategy_topic *topics, size_t count)
{
    struct weir_registration fresh = {0};

    if (is_same_catalog(membership, topics, count)) {
        return WEIR_OK;
    }
    fresh.topics = weir_calloc(count + 1, sizeof fresh.topics[0]);
    for (size_t i = 0; fresh.topics != NULL && i < count; i++) {
        fresh.topics[i].partitions = topics[i].partitions;
        fresh.topic_count += copy_text(&fresh.topics[i].name, topics[i].name) ? 1 : 0;
    }
    if (fresh.topics == NULL || fresh.topic_count < count) {
        fresh.topic_count = fresh.topics == NULL ? 0 : count; /* gaps are NULL */
        weir_registration_fini(&fresh);
        return WEIR_ERR_NOMEM;
    }
    struct weir_registration old = {.topics = membership->self.topics,
                                    .topic_count = membership->self.topic_count};
    membership->self.topics = fresh.topics;
    membership->self.topic_count = fresh.topic_count;
    mark_gone(membership, &old);
    weir_registration_fini(&old);
    membership->has_catalog = true;
    membership->publish_due = true;
    return WEIR_OK;
}

void weir_membership_accepted(struct weir_membership *membership, bool declined, weir_time now)
{
    struct weir_claims *claims = &membership->claims;
    bool switching = membership->record_known && membership->record.step != WEIR_SWITCH_IDLE;

    membership->assigning = false;
    for (size_t i = 0; i < claims->count; i++) {
        if (claims->all[i]->state == WEIR_CLAIM_GIVEN) {
            claims->all[i]->state = declined ? WEIR_CLAIM_RELEASED : WEIR_CLAIM_HELD;
            claims->all[i]->wanted =
                claims->all[i]->wanted && (!declined || weir_membership_may_own(membership));
            membership->tally.taken_over += switching && !declined ? 1 : 0;
        }
    }
    if (declined) {
        claims->claim_at = weir_time_after_ms(now, WEIR_MEMBERSHIP_AGAIN_MS_MAX / 10);
    }
}

static void release(struct weir_membership *membership, struct weir_claim *claim)
{
    if (claim != NULL && claim->state == WEIR_CLAIM_RECALLED) {
        claim->state = WEIR_CLAIM_RELEASED;
        membership->tally.handed_over += weir_membership_may_own(membership) ? 0 : 1;
    }
}

void weir_membership_released(struct weir_membership *membership,
                              const struct weir_position *positions, size_t count)
{
    const struct weir_claims *claims = &membership->claims;

    for (size_t i = 0; i < count; i++) {
        release(membership, weir_claims_find(claims, positions[i].topic, positions[i].partition));
    }
}

void weir_membership_leave(struct weir_membership *membership)
{
    membership->leaving = true;
    weir_claims_unwant(&membership->claims);
}

bool weir_membership_left(const struct weir_membership *membership)
{
    return membership->stage == WEIR_MEMBERSHIP_LEFT;
}

void weir_membership_shadow(struct weir_membership *membership, bool shadowing)
{
    bool ended = membership->shadowing && !shadowing;

    membership->shadowing = shadowing;
    if (ended && weir_membership_takes_over(membership)) {
        weir_membership_want_share(membership); /* it may look now */
    }
}

bool weir_membership_holds(const struct weir_membership *membership, weir_time now)
{
    const struct weir_zoo *zoo = membership->zoo;

    return zoo != NULL && now < zoo->ops->deadline(zoo);
}
