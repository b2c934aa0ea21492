#include "test/support/troupe_state.h"

#include "test/support/require.h"
#include "test/support/tiny_strategy.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAVE_MS_MAX = 30000, RESTLESS_MAX = 1000 };

struct troupe troupe;
const char *const troupe_topics[TROUPE_TOPICS] = {"orders", "payments"};

static void wake_nobody(void *user)
{
    (void)user; /* everybody is stepped all the time */
}

/* Lives. */

void troupe_want(unsigned number, uint32_t count)
{
    struct troupe_actor *actor = &troupe.actors[number];
    struct weir_strategy_topic topics[TROUPE_TOPICS];

    for (uint32_t i = 0; i < count; i++) {
        topics[i] = (struct weir_strategy_topic){.name = troupe_topics[i],
                                                 .partitions = troupe.partition_counts[i]};
    }
    enum weir_status status = weir_membership_catalog(&actor->member, topics, count);
    if (status == WEIR_ERR_NOMEM) { /* the one allocation that fails */
        status = weir_membership_catalog(&actor->member, topics, count);
    }
    REQUIRE(status == WEIR_OK);
}

void troupe_start(unsigned number)
{
    struct troupe_actor *actor = &troupe.actors[number];
    unsigned life = actor->life + 1;

    REQUIRE(!actor->running);
    *actor = (struct troupe_actor){
        .number = number, .life = life, .running = true, .started_at = sim_zoo_now()};
    (void)snprintf(actor->name, sizeof actor->name, troupe.named_anew ? "m%u-%u" : "m%u", number,
                   life);
    const struct weir_membership_options options = {
        .group = TROUPE_GROUP,
        .member = actor->name,
        .strategy = troupe.strategy,
        .delay_ms = troupe.delay_ms,
        .self = {.capacity = 1, .color = troupe_color(number)},
        .started_ms = sim_zoo_now() / WEIR_NS_PER_MS,
        .library = &sim_zoo_library,
        .zoo = {.wake = wake_nobody},
        .ops = troupe.measures ? &troupe_measuring_ops : &troupe_ops,
        .user = actor};
    REQUIRE(weir_membership_init(&actor->member, &options) == WEIR_OK);
    troupe_want(number, troupe.topic_count);
}

static void bury(struct troupe_actor *actor)
{
    weir_membership_fini(&actor->member);
    actor->running = false;
}

void troupe_leave(unsigned number)
{
    struct troupe_actor *actor = &troupe.actors[number];

    troupe_excuse(actor);
    actor->leaving = true;
    actor->leave_by = weir_time_after_ms(sim_zoo_now(), LEAVE_MS_MAX);
    weir_membership_leave(&actor->member);
}

void troupe_crash(unsigned number)
{
    troupe_excuse(&troupe.actors[number]);
    sim_zoo_crash(number);
    bury(&troupe.actors[number]);
}

void troupe_expire(unsigned number)
{
    troupe.actors[number].expired = troupe.actors[number].running;
    sim_zoo_expire(number);
}

void troupe_pause(unsigned number, int64_t ms)
{
    troupe.actors[number].paused_until = weir_time_after_ms(sim_zoo_now(), ms);
}

static void step_actor(struct troupe_actor *actor)
{
    weir_time now = sim_zoo_now();

    if (!actor->running || troupe_is_paused(actor)) {
        return;
    }
    sim_zoo_host(actor->number);
    weir_membership_step(&actor->member, now);
    actor->expired = actor->expired && actor->member.zoo != NULL;
    troupe_tell_halted(actor);
    if (actor->accept_at != 0 && now >= actor->accept_at) {
        troupe_accept(actor);
        weir_membership_step(&actor->member, now);
    }
    if (troupe_release(actor)) {
        weir_membership_step(&actor->member, now);
    }
    if (weir_membership_left(&actor->member)) {
        bury(actor);
    } else if (actor->leaving && now > actor->leave_by) {
        troupe_break("I11: %s does not leave", actor->name);
    }
}

/* Time. */

static weir_time earlier(weir_time a, weir_time b)
{
    return a < b ? a : b;
}

static weir_time due_of(const struct troupe_actor *actor)
{
    weir_time due = weir_membership_due(&actor->member);

    due = actor->accept_at != 0 ? earlier(due, actor->accept_at) : due;
    due = earlier(due, troupe_release_due(actor));
    due = earlier(due, troupe_halt_due(actor));
    return due > actor->paused_until ? due : actor->paused_until;
}

static weir_time next_time(weir_time limit)
{
    weir_time next = earlier(limit, sim_zoo_due());

    for (unsigned i = 0; i < TROUPE_MEMBERS; i++) {
        if (troupe.actors[i].running) {
            next = earlier(next, due_of(&troupe.actors[i]));
        }
    }
    for (const struct troupe_commit *c = troupe.commits; c != NULL; c = c->next) {
        next = earlier(next, c->at);
    }
    return next;
}

void troupe_turn(weir_time limit)
{
    weir_time next = next_time(limit);

    /* Nobody may want to be asked again at once for ever. */
    troupe.restless = next > sim_zoo_now() ? 0 : troupe.restless + 1;
    if (troupe.restless > RESTLESS_MAX) {
        troupe_break("somebody never waits");
    }
    sim_zoo_advance(next > sim_zoo_now() ? next : sim_zoo_now() + WEIR_NS_PER_US);
    for (unsigned i = 0; i < TROUPE_MEMBERS; i++) {
        step_actor(&troupe.actors[i]);
    }
    troupe_take_commits();
    troupe_check();
    troupe_check_colors();
    if (weir_random_below(&troupe.random, 4) == 0) {
        troupe_send_commit();
    }
}

void troupe_run_ms(int64_t ms)
{
    troupe_run_us(ms * 1000);
}

void troupe_run_us(int64_t us)
{
    weir_time until = sim_zoo_now() + us * WEIR_NS_PER_US;

    for (unsigned i = 0; i < TROUPE_MEMBERS; i++) {
        step_actor(&troupe.actors[i]);
    }
    while (sim_zoo_now() < until && troupe.broken[0] == '\0') {
        troupe_turn(until);
    }
}

uint32_t troupe_active(unsigned number)
{
    const struct troupe_actor *actor = &troupe.actors[number];
    uint32_t count = 0;

    for (uint32_t t = 0; actor->running && t < troupe.topic_count; t++) {
        for (uint32_t p = 0; p < troupe.partition_counts[t]; p++) {
            count += actor->partitions[t][p].active ? 1 : 0;
        }
    }
    return count;
}

static bool is_busy(const struct troupe_actor *actor)
{
    return actor->accept_at != 0 || troupe_release_due(actor) != WEIR_TIME_NEVER || actor->leaving;
}

bool troupe_is_settled(void)
{
    uint32_t active = 0;
    uint32_t wanted = 0;
    struct weir_switch record;
    uint32_t least = UINT32_MAX;
    uint32_t most = 0;

    troupe_record(&record);
    for (unsigned i = 0; i < TROUPE_MEMBERS; i++) {
        const struct troupe_actor *actor = &troupe.actors[i];
        if (!actor->running) {
            continue;
        }
        uint32_t own = troupe_active(i);
        if (is_busy(actor)) {
            return false;
        }
        active += own;
        if (troupe.colored && !weir_switch_may_own(&record, troupe_color(i))) {
            continue;
        }
        least = own < least ? own : least;
        most = own > most ? own : most;
    }
    for (uint32_t t = 0; t < troupe.topic_count; t++) {
        wanted += troupe.partition_counts[t];
    }
    return least == UINT32_MAX ? active == 0 : active == wanted && most - least <= 1;
}

int64_t troupe_await_settled(int64_t ms_max)
{
    weir_time begun = sim_zoo_now();
    weir_time until = weir_time_after_ms(begun, ms_max);

    while (!troupe_is_settled() && troupe.broken[0] == '\0') {
        if (sim_zoo_now() >= until) {
            troupe_break("I9: not everything is owned by somebody after %lld ms",
                         (long long)ms_max);
        }
        troupe_turn(until);
    }
    return (sim_zoo_now() - begun) / WEIR_NS_PER_MS;
}

void troupe_topic(uint32_t partitions)
{
    REQUIRE(troupe.topic_count < TROUPE_TOPICS);
    troupe.partition_counts[troupe.topic_count++] = partitions;
}

/* A stop offset is of the topic that was there when it was asked for. */
static void forget_stops(uint32_t topic, uint32_t partitions)
{
    bool anew = partitions < troupe.partition_counts[topic];

    for (uint32_t p = anew ? 0 : troupe.partition_counts[topic]; p < TROUPE_PARTITIONS; p++) {
        troupe.stops[topic][p] = WEIR_SWITCH_STOP_NONE;
    }
}

void troupe_grow(uint32_t topic, uint32_t partitions)
{
    forget_stops(topic, partitions);
    troupe.partition_counts[topic] = partitions;
    for (unsigned i = 0; i < TROUPE_MEMBERS; i++) {
        if (troupe.actors[i].running) {
            troupe_want(i, troupe.topic_count);
        }
    }
}

void troupe_open(uint64_t seed)
{
    memset(&troupe, 0, sizeof troupe);
    troupe.random.state = seed;
    troupe.strategy = &tiny_strategy;
    troupe.delay_ms = 100;
    troupe.drain_ms_max = 200;
    troupe.record_us = 1000;
    troupe.health_ms = 500;
    weir_switch_init(&troupe.record);
    memset(troupe.newest, 0xff, sizeof troupe.newest);
    memset(troupe.stops, 0xff, sizeof troupe.stops);
    memset(troupe.next_stops, 0xff, sizeof troupe.next_stops);
    memset(troupe.seen, 0xff, sizeof troupe.seen);
    sim_zoo_open(seed);
}

void troupe_close(void)
{
    for (unsigned i = 0; i < TROUPE_MEMBERS; i++) {
        if (troupe.actors[i].running) {
            bury(&troupe.actors[i]);
        }
    }
    while (troupe.commits != NULL) {
        struct troupe_commit *next = troupe.commits->next;
        free(troupe.commits);
        troupe.commits = next;
    }
    sim_zoo_advance(weir_time_after_ms(sim_zoo_now(), (int64_t)2 * SIM_ZOO_TIMEOUT_MS));
    if (sim_zoo_ephemerals() + sim_zoo_watches() + sim_zoo_sessions() > 0) {
        troupe_break("I13: %zu ephemeral nodes, %zu watches, %zu sessions are left",
                     sim_zoo_ephemerals(), sim_zoo_watches(), sim_zoo_sessions());
    }
    sim_zoo_close();
}
