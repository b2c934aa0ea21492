#include "test/support/fail.h"
#include "test/support/sim_state.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DESTROY_MS_MAX = 600000 };

/* What the engine calls without waiting. The rest: sim_assignment.c,
 * sim_questions.c, sim_source.c, sim_group.c. */

static struct sim_member *member_of(struct weir_client *client)
{
    return (struct sim_member *)client;
}

void sim_check_control(const struct sim_member *member, const char *what)
{
    if (!pthread_equal(pthread_self(), member->control)) {
        sim_blame("member %u: %s on the wrong thread", member->number, what);
    }
    if (member->destroyed) {
        sim_blame("member %u: %s after the end", member->number, what);
    }
}

static void note_topics(struct sim_member *member, const char *const *topics, size_t count)
{
    size_t used = 0;

    member->subscription[0] = '\0';
    for (size_t i = 0; i < count && used < sizeof member->subscription; i++) {
        used += (size_t)snprintf(member->subscription + used, sizeof member->subscription - used,
                                 "%s%s", i > 0 ? "," : "", topics[i]);
    }
}

static enum weir_status subscribe(struct weir_client *client, const char *const *topics,
                                  size_t count, struct weir_error *error)
{
    struct sim_member *member = member_of(client);

    sim_lock();
    sim_check_control(member, "subscribe");
    if (!member->options.grouped || member->leaving || count == 0 || topics[0] == NULL) {
        sim_blame("member %u: subscribed without a group, or to nothing", member->number);
    }
    enum weir_status status = sim_enter(SIM_SUBSCRIBE);
    if (status == WEIR_OK) {
        note_topics(member, topics, count);
        member->subscribed = true;
    }
    sim_unlock();
    return status == WEIR_OK ? status : sim_refusal(status, SIM_SUBSCRIBE, error);
}

/* Events. */

void sim_free_event(struct sim_event *event)
{
    if (event != NULL) {
        free(event->positions);
        free(event);
    }
}

/* From then on somebody else may have them. */
static void lose_all(const struct sim_event *event)
{
    for (size_t i = 0; i < event->count; i++) {
        struct sim_partition *partition =
            sim_find(event->positions[i].topic, event->positions[i].partition);
        partition->owner = NULL;
    }
}

static bool is_rebalance(const struct sim_event *event)
{
    return event->kind == WEIR_CLIENT_ASSIGNED || event->kind == WEIR_CLIENT_REVOKED ||
           event->kind == WEIR_CLIENT_LOST;
}

static void lend(struct sim_member *member, const struct sim_event *event,
                 struct weir_client_event *out)
{
    struct sim_event *copy = fail_or_alloc(1, sizeof *copy);

    *copy = *event;
    copy->positions = fail_or_alloc(event->count, sizeof copy->positions[0]);
    if (event->count > 0) {
        memcpy(copy->positions, event->positions, event->count * sizeof copy->positions[0]);
    }
    member->lent = copy;
    *out = (struct weir_client_event){.kind = event->kind,
                                      .status = event->status,
                                      .positions = copy->positions,
                                      .count = copy->count};
    memcpy(out->text, event->text, sizeof out->text);
}

static bool poll_event(struct weir_client *client, struct weir_client_event *out)
{
    struct sim_member *member = member_of(client);

    sim_lock();
    sim_check_control(member, "poll");
    member->polls++;
    member->may_restart = false;
    sim_free_event(member->lent);
    member->lent = NULL;
    struct sim_event *event = member->events;
    if (event != NULL && is_rebalance(event) && member->unanswered != NULL) {
        event = NULL;
    }
    if (event != NULL) {
        member->events = event->next;
        lend(member, event, out);
        member->fatal = member->fatal || event->kind == WEIR_CLIENT_FATAL;
        if (event->kind == WEIR_CLIENT_LOST) {
            lose_all(event);
        }
        if (is_rebalance(event)) {
            member->unanswered = event;
        } else {
            sim_free_event(event);
        }
    }
    sim_unlock();
    return event != NULL;
}

static void add_position(struct sim_partition *partition, void *user)
{
    struct sim_event *event = user;

    event->positions =
        fail_or_realloc(event->positions, event->count + 1, sizeof event->positions[0]);
    event->positions[event->count++] = (struct weir_position){
        .topic = partition->topic, .partition = partition->number, .offset = WEIR_OFFSET_NONE};
}

/* As the library does: what is assigned is revoked once more. */
static void leave(struct weir_client *client)
{
    struct sim_member *member = member_of(client);

    sim_lock();
    sim_check_control(member, "leave");
    if (member->leaving) {
        sim_blame("member %u: left twice", member->number);
    }
    member->leaving = true;
    sim.faults[SIM_LEAVE].calls++;
    if (member->assigned > 0) {
        struct sim_event *event = fail_or_alloc(1, sizeof *event);
        event->kind = WEIR_CLIENT_REVOKED;
        for (size_t i = 0; i < sim.partition_count; i++) {
            const struct sim_claim *claim = sim.partitions[i]->claims[member->number];
            if (claim != NULL && claim->assigned) {
                add_position(sim.partitions[i], event);
            }
        }
        struct sim_event **end = &member->events;
        while (*end != NULL) {
            end = &(*end)->next;
        }
        *end = event;
    }
    sim_unlock();
}

static bool left(struct weir_client *client)
{
    struct sim_member *member = member_of(client);

    sim_lock();
    sim_check_control(member, "left");
    if (!member->leaving) {
        sim_blame("member %u: asked whether it left before it did", member->number);
    }
    member->left = member->unanswered == NULL && member->events == NULL && member->assigned == 0 &&
                   !sim.faults[SIM_LEAVE].held;
    bool is_left = member->left;
    sim_unlock();
    return is_left;
}

/* The end. */

static void check_sources(const struct sim_member *member)
{
    for (const struct sim_source *source = member->sources; source != NULL; source = source->next) {
        if (!source->closed) {
            sim_blame("member %u: %s/%d: the source is still open at the end", member->number,
                      source->claim->partition->topic, (int)source->claim->partition->number);
        }
    }
}

static enum weir_status destroy(struct weir_client *client, bool gracefully)
{
    struct sim_member *member = member_of(client);

    sim_lock();
    enum weir_status status = sim.faults[SIM_DESTROY].times > 0 ? WEIR_ERR_TIMEOUT : WEIR_OK;
    sim.faults[SIM_DESTROY].calls++;
    (void)sim_linger(SIM_DESTROY, DESTROY_MS_MAX, NULL);
    if (member->destroyed) {
        sim_blame("member %u: destroyed twice", member->number);
    }
    if (gracefully && member->subscribed && !member->leaving) {
        sim_blame("member %u: destroyed gracefully before it left", member->number);
    }
    if (atomic_load(&member->messages_out) != 0) {
        sim_blame("member %u: %lld messages were not released", member->number,
                  (long long)atomic_load(&member->messages_out));
    }
    if (member->store_open) {
        sim_blame("member %u: destroyed before its store was closed", member->number);
    }
    check_sources(member);
    sim_unassign_all(member);
    sim_free_event(member->unanswered);
    member->unanswered = NULL;
    member->destroyed = true;
    sim_unlock();
    return status;
}

void sim_free_member(struct sim_member *member)
{
    while (member->sources != NULL) {
        struct sim_source *source = member->sources;
        member->sources = source->next;
        while (source->messages != NULL) {
            struct sim_message *message = source->messages;
            source->messages = message->next;
            free(message);
        }
        free(source);
    }
    while (member->events != NULL) {
        struct sim_event *event = member->events;
        member->events = event->next;
        sim_free_event(event);
    }
    sim_free_event(member->unanswered);
    sim_free_event(member->lent);
    free(member->answer);
    free(member);
}

static const struct weir_client_ops client_ops = {.name = "sim",
                                                  .subscribe = subscribe,
                                                  .assign = sim_client_assign,
                                                  .prefetch = sim_client_prefetch,
                                                  .unassign = sim_client_unassign,
                                                  .restart = sim_client_restart,
                                                  .may_restart = sim_client_may_restart,
                                                  .poll = poll_event,
                                                  .leave = leave,
                                                  .left = left,
                                                  .commit_begin = sim_commit_begin,
                                                  .commit_end = sim_commit_end,
                                                  .gave_away = sim_client_gave_away,
                                                  .log_end = sim_client_log_end,
                                                  .native = sim_native,
                                                  .source_open = sim_source_open,
                                                  .look_up = sim_look_up,
                                                  .topics = sim_topics,
                                                  .destroy = destroy,
                                                  .take = sim_source_take,
                                                  .source_close = sim_source_close,
                                                  .view = sim_message_view,
                                                  .header = sim_message_header,
                                                  .release = sim_message_release};

/* Connecting. */

static enum weir_status connect_member(const struct weir_client_options *options,
                                       struct weir_client **out, struct weir_error *error)
{
    sim_lock();
    enum weir_status status = sim_enter(SIM_CONNECT);
    if (status == WEIR_OK && sim.member_count == SIM_MEMBERS_MAX) {
        fail_test("too many members");
    }
    if (status == WEIR_OK) {
        struct sim_member *member = fail_or_alloc(1, sizeof *member);
        member->client.ops = &client_ops;
        member->number = sim.member_count;
        member->options = *options;
        member->control = pthread_self();
        sim.members[sim.member_count++] = member;
        *out = &member->client;
    }
    sim_unlock();
    return status == WEIR_OK ? status : sim_refusal(status, SIM_CONNECT, error);
}

const struct weir_library sim_library = {.probe = sim_probe,
                                         .connect = connect_member,
                                         .letters = sim_letters_create,
                                         .store = &sim_store_ops};
