#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/sim_state.h"
#include <stdio.h>
#include <string.h>

/* The test's side of the group. */

enum { WAIT_MS = 30000 };

struct sim_member *sim_member_at(unsigned number)
{
    if (number >= sim.member_count) {
        fail_test("there is no member %u yet", number);
    }
    return sim.members[number];
}

void sim_incremental(bool incremental)
{
    sim_lock();
    sim.incremental = incremental;
    sim_unlock();
}

void sim_allow_empty_answers(void)
{
    sim_lock();
    sim.empty_allowed = true;
    sim_unlock();
}

uint64_t sim_empty_answers(void)
{
    sim_lock();
    uint64_t answers = sim.empty_answers;
    sim_unlock();
    return answers;
}

static unsigned count_members(void)
{
    unsigned count = 0;

    sim_lock();
    for (unsigned i = 0; i < sim.member_count; i++) {
        count += sim.members[i]->subscribed || !sim.members[i]->options.grouped ? 1 : 0;
    }
    sim_unlock();
    return count;
}

void sim_await_members(unsigned members)
{
    WAIT_UNTIL(count_members() >= members, WAIT_MS);
}

static void add_position(struct sim_partition *partition, void *user)
{
    struct sim_event *event = user;

    event->positions =
        fail_or_realloc(event->positions, event->count + 1, sizeof event->positions[0]);
    event->positions[event->count++] = (struct weir_position){
        .topic = partition->topic, .partition = partition->number, .offset = WEIR_OFFSET_NONE};
}

/* The event is taken over. */
static void say(unsigned number, struct sim_event *event)
{
    sim_lock();
    struct sim_member *member = sim_member_at(number);
    struct sim_event **end = &member->events;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = event;
    if (!member->destroyed) {
        member->options.wake(member->options.wake_user);
    }
    sim_unlock();
}

static void say_rebalance(unsigned number, enum weir_client_event_kind kind, const char *list)
{
    struct sim_event *event = fail_or_alloc(1, sizeof *event);

    event->kind = kind;
    sim_lock();
    sim_each(list, add_position, event);
    sim_unlock();
    say(number, event);
}

void sim_assign(unsigned number, const char *list)
{
    say_rebalance(number, WEIR_CLIENT_ASSIGNED, list);
}

void sim_revoke(unsigned number, const char *list)
{
    say_rebalance(number, WEIR_CLIENT_REVOKED, list);
}

void sim_lose(unsigned number, const char *list)
{
    say_rebalance(number, WEIR_CLIENT_LOST, list);
}

static void give_away(struct sim_partition *partition, void *user)
{
    struct sim_member *member = user;
    const struct sim_event *event = member->unanswered;

    if (event == NULL || event->kind != WEIR_CLIENT_REVOKED || partition->owner != member) {
        fail_test("member %u does not hand back %s/%d", member->number, partition->topic,
                  (int)partition->number);
    }
    partition->owner = NULL;
    partition->given_by = member;
}

void sim_give_away(unsigned number, const char *list)
{
    sim_lock();
    struct sim_member *member = sim_member_at(number);
    sim_each(list, give_away, member);
    member->options.wake(member->options.wake_user);
    sim_unlock();
}

static void say_text(unsigned number, struct sim_event given, const char *text)
{
    struct sim_event *event = fail_or_alloc(1, sizeof *event);

    *event = given;
    (void)snprintf(event->text, sizeof event->text, "%s", text);
    say(number, event);
}

void sim_error(unsigned number, enum weir_status status, const char *text)
{
    say_text(number, (struct sim_event){.kind = WEIR_CLIENT_ERROR, .status = status}, text);
}

void sim_fatal(unsigned number, const char *text)
{
    say_text(number, (struct sim_event){.kind = WEIR_CLIENT_FATAL, .status = WEIR_ERR_FATAL}, text);
}

bool sim_is_answered(unsigned number)
{
    sim_lock();
    const struct sim_member *member = sim_member_at(number);
    bool answered = member->events == NULL && member->unanswered == NULL;
    sim_unlock();
    return answered;
}

void sim_await_answered(unsigned number)
{
    WAIT_UNTIL(sim_is_answered(number), WAIT_MS);
}

uint32_t sim_assigned(unsigned number)
{
    sim_lock();
    uint32_t assigned = sim_member_at(number)->assigned;
    sim_unlock();
    return assigned;
}

uint32_t sim_prefetched(unsigned number)
{
    sim_lock();
    uint32_t prefetched = sim_member_at(number)->prefetched;
    sim_unlock();
    return prefetched;
}

uint64_t sim_polls(unsigned number)
{
    sim_lock();
    uint64_t polls = sim_member_at(number)->polls;
    sim_unlock();
    return polls;
}

void sim_await_polls(unsigned number, uint64_t more)
{
    uint64_t polls = sim_polls(number);

    WAIT_UNTIL(sim_polls(number) >= polls + more, WAIT_MS);
}

const char *sim_subscription(unsigned number)
{
    sim_lock();
    const char *subscription = sim_member_at(number)->subscription;
    sim_unlock();
    return subscription;
}

bool sim_has_left(unsigned number)
{
    sim_lock();
    bool left = sim_member_at(number)->left;
    sim_unlock();
    return left;
}

bool sim_is_destroyed(unsigned number)
{
    sim_lock();
    bool destroyed = sim_member_at(number)->destroyed;
    sim_unlock();
    return destroyed;
}

uint32_t sim_openings(const char *topic, int32_t number)
{
    sim_lock();
    uint32_t openings = sim_find(topic, number)->openings;
    sim_unlock();
    return openings;
}

uint64_t sim_messages_out(void)
{
    int64_t count = 0;

    sim_lock();
    for (unsigned i = 0; i < sim.member_count; i++) {
        count += atomic_load(&sim.members[i]->messages_out);
    }
    sim_unlock();
    return (uint64_t)count;
}
