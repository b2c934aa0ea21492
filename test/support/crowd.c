#include "test/support/crowd.h"

#include "framework/membership.h"
#include "strategies/built_in.h"
#include "test/support/sim_zoo.h"
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
    SETTLE_MS = 60000,
    REST_MS = 1000,
    DELAY_MS = 100,
    DRAIN_MS = 50,
    NAME_SIZE = 16,
    NOBODY = -1
};

struct actor {
    struct weir_membership member;
    char name[NAME_SIZE];
    bool running;
    bool leaving;
    bool asked; /* an assignment waits for its answer */
    uint32_t held;
};

static struct {
    struct actor actors[CROWD_MEMBERS_MAX];
    int owners[CROWD_PARTITIONS_MAX];          /* by number, or NOBODY */
    weir_time return_at[CROWD_PARTITIONS_MAX]; /* its owner is to hand it back then; 0: it is not */
    uint32_t partitions;
    uint32_t moved;
} crowd;

static int number_of(const struct actor *actor)
{
    return (int)(actor - crowd.actors);
}

static void wake_nobody(void *user)
{
    (void)user; /* everybody is stepped all the time */
}

/* What a member announces. */

static void on_assigned(const struct weir_position *positions, size_t count, void *user)
{
    struct actor *actor = user;

    ck_assert(!actor->asked);
    actor->asked = true;
    for (size_t i = 0; i < count; i++) {
        int *owner = &crowd.owners[positions[i].partition];
        ck_assert_msg(*owner == NOBODY, "I5: %s is given orders/%d of member %d", actor->name,
                      (int)positions[i].partition, *owner);
        *owner = number_of(actor);
        actor->held++;
        crowd.moved++;
    }
}

static void let_go(struct actor *actor, int32_t partition)
{
    ck_assert_int_eq(crowd.owners[partition], number_of(actor));
    crowd.owners[partition] = NOBODY;
    crowd.return_at[partition] = 0;
    actor->held--;
}

static void on_revoked(const struct weir_position *positions, size_t count, void *user)
{
    const struct actor *actor = user;

    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(crowd.owners[positions[i].partition], number_of(actor));
        crowd.return_at[positions[i].partition] = weir_time_after_ms(sim_zoo_now(), DRAIN_MS);
    }
}

static void on_lost(const struct weir_position *positions, size_t count, void *user)
{
    const struct actor *actor = user;

    (void)positions;
    ck_abort_msg("%s lost %zu partitions", actor->name, count);
}

static void on_alarm(enum weir_membership_alarm alarm, const char *text, void *user)
{
    const struct actor *actor = user;

    ck_abort_msg("%s complains (%d): %s", actor->name, (int)alarm, text);
}

static void on_fenced(void *user)
{
    const struct actor *actor = user;

    ck_abort_msg("%s has another one of its name", actor->name);
}

static const struct weir_membership_ops ops = {.assigned = on_assigned,
                                               .revoked = on_revoked,
                                               .lost = on_lost,
                                               .alarm = on_alarm,
                                               .fenced = on_fenced};

/* Lives. */

static void start_one(unsigned number)
{
    struct actor *actor = &crowd.actors[number];
    const struct weir_strategy_topic topic = {.name = "orders", .partitions = crowd.partitions};

    ck_assert(!actor->running);
    *actor = (struct actor){.running = true};
    (void)snprintf(actor->name, sizeof actor->name, "m%u", number);
    const struct weir_membership_options options = {.group = "fleet",
                                                    .member = actor->name,
                                                    .strategy = &weir_strategy_sticky,
                                                    .delay_ms = DELAY_MS,
                                                    .self = {.capacity = 1},
                                                    .started_ms = sim_zoo_now() / WEIR_NS_PER_MS,
                                                    .library = &sim_zoo_library,
                                                    .zoo = {.wake = wake_nobody},
                                                    .ops = &ops,
                                                    .user = actor};
    ck_assert_int_eq(weir_membership_init(&actor->member, &options), WEIR_OK);
    ck_assert_int_eq(weir_membership_catalog(&actor->member, &topic, 1), WEIR_OK);
}

void crowd_start(unsigned first, unsigned count)
{
    ck_assert_uint_le(first + count, CROWD_MEMBERS_MAX);
    for (unsigned i = first; i < first + count; i++) {
        start_one(i);
    }
}

static void bury(struct actor *actor)
{
    weir_membership_fini(&actor->member);
    actor->running = false;
    actor->leaving = false;
}

void crowd_leave(unsigned number)
{
    crowd.actors[number].leaving = true;
    weir_membership_leave(&crowd.actors[number].member);
}

void crowd_crash_first(void)
{
    struct actor *actor = &crowd.actors[0];

    sim_zoo_crash(1);
    bury(actor);
    for (uint32_t p = 0; p < crowd.partitions; p++) {
        if (crowd.owners[p] == 0) {
            let_go(actor, (int32_t)p);
        }
    }
}

static bool hand_back(struct actor *actor)
{
    struct weir_position positions[CROWD_PARTITIONS_MAX];
    size_t count = 0;

    for (uint32_t p = 0; p < crowd.partitions; p++) {
        weir_time at = crowd.return_at[p];
        if (at != 0 && at <= sim_zoo_now() && crowd.owners[p] == number_of(actor)) {
            positions[count++] = (struct weir_position){.topic = "orders", .partition = (int32_t)p};
            let_go(actor, (int32_t)p);
        }
    }
    weir_membership_released(&actor->member, positions, count);
    return count > 0;
}

static bool answer(struct actor *actor)
{
    if (!actor->asked) {
        return false;
    }
    actor->asked = false;
    weir_membership_accepted(&actor->member, false, sim_zoo_now());
    return true;
}

static void step_one(struct actor *actor)
{
    sim_zoo_host(number_of(actor) == 0 ? 1 : 0);
    do {
        weir_membership_step(&actor->member, sim_zoo_now());
    } while (answer(actor) || hand_back(actor));
    if (weir_membership_left(&actor->member)) {
        bury(actor);
    }
}

/* Time. */

static void turn(weir_time limit)
{
    weir_time next = sim_zoo_due() < limit ? sim_zoo_due() : limit;

    for (unsigned i = 0; i < CROWD_MEMBERS_MAX; i++) {
        const struct actor *actor = &crowd.actors[i];
        weir_time due = actor->running ? weir_membership_due(&actor->member) : WEIR_TIME_NEVER;
        next = due < next ? due : next;
    }
    for (uint32_t p = 0; p < crowd.partitions; p++) {
        weir_time due = crowd.return_at[p] == 0 ? WEIR_TIME_NEVER : crowd.return_at[p];
        next = due < next ? due : next;
    }
    sim_zoo_advance(next > sim_zoo_now() ? next : sim_zoo_now() + WEIR_NS_PER_US);
    for (unsigned i = 0; i < CROWD_MEMBERS_MAX; i++) {
        if (crowd.actors[i].running) {
            step_one(&crowd.actors[i]);
        }
    }
}

static bool is_settled(void)
{
    uint32_t least = UINT32_MAX;
    uint32_t most = 0;
    uint32_t held = 0;

    for (unsigned i = 0; i < CROWD_MEMBERS_MAX; i++) {
        const struct actor *actor = &crowd.actors[i];
        if (!actor->running) {
            continue;
        }
        if (actor->leaving) {
            return false;
        }
        least = actor->held < least ? actor->held : least;
        most = actor->held > most ? actor->held : most;
        held += actor->held;
    }
    return held == crowd.partitions && most - least <= 1;
}

int64_t crowd_settle(void)
{
    weir_time begun = sim_zoo_now();
    weir_time until = weir_time_after_ms(begun, SETTLE_MS);

    do { /* whoever was started, or told to leave, is stepped once at least */
        turn(until);
        ck_assert_msg(sim_zoo_now() < until, "I9: not everything is somebody's");
    } while (!is_settled());
    int64_t took_ms = (sim_zoo_now() - begun) / WEIR_NS_PER_MS;
    until = weir_time_after_ms(sim_zoo_now(), REST_MS);
    while (sim_zoo_now() < until) {
        turn(until);
    }
    ck_assert(is_settled());
    return took_ms;
}

uint32_t crowd_moved(void)
{
    uint32_t moved = crowd.moved;

    crowd.moved = 0;
    return moved;
}

void crowd_open(uint32_t partitions)
{
    ck_assert_uint_le(partitions, CROWD_PARTITIONS_MAX);
    memset(&crowd, 0, sizeof crowd);
    crowd.partitions = partitions;
    for (uint32_t p = 0; p < CROWD_PARTITIONS_MAX; p++) {
        crowd.owners[p] = NOBODY;
    }
    sim_zoo_open(1);
}

void crowd_close(void)
{
    for (unsigned i = 0; i < CROWD_MEMBERS_MAX; i++) {
        if (crowd.actors[i].running) {
            bury(&crowd.actors[i]);
        }
    }
    sim_zoo_advance(weir_time_after_ms(sim_zoo_now(), (int64_t)2 * SIM_ZOO_TIMEOUT_MS));
    ck_assert_uint_eq(sim_zoo_ephemerals() + sim_zoo_watches() + sim_zoo_sessions(), 0);
    sim_zoo_close();
}
