#include "test/support/relay.h"

#include "framework/base/memory.h"
#include "framework/znode.h"
#include "strategies/built_in.h"
#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include <stdio.h>
#include <string.h>

enum { ROOM = 4096, PATIENCE_HOPS = 3000, REST_HOPS = 100, DELAY_MS = 100 };
static const char group[] = "fleet";
static const char topic[] = "orders";
static const char allotment[] = "/consumers/fleet/weir/allotment";
static const char record_path[] = "/consumers/fleet/weir/switch";

struct relay relay;

/* Control. */

static void on_assigned(const struct weir_position *positions, size_t count, void *user)
{
    struct relay_player *player = user;

    ck_assert_int_eq(player->accept_at, 0);
    for (size_t i = 0; i < count; i++) {
        player->given[positions[i].partition] = true;
    }
    player->accept_at = sim_zoo_now() + relay.load_ns;
    relay.assignments++;
}

static void on_revoked(const struct weir_position *positions, size_t count, void *user)
{
    struct relay_player *player = user;
    weir_time at = sim_zoo_now() + relay.drain_ns;

    for (size_t i = 0; i < count; i++) {
        relay.revoked_at[positions[i].partition] = sim_zoo_now();
        player->release_at[positions[i].partition] = at;
        at += relay.stagger_ns;
    }
}

static void on_taken(const struct weir_position *positions, size_t count, void *user)
{
    (void)positions, (void)count, (void)user;
    ck_abort_msg("nobody takes anything away");
}

static void on_alarm(enum weir_membership_alarm alarm, const char *text, void *user)
{
    (void)alarm, (void)user;
    ck_assert_msg(relay.may_alarm, "alarm: %s", text);
}

static void on_fenced(void *user)
{
    (void)user;
    ck_abort_msg("there is nobody else of that name");
}

static void wake_nobody(void *user)
{
    (void)user; /* everybody is stepped all the time */
}

static const struct weir_membership_ops ops = {.assigned = on_assigned,
                                               .revoked = on_revoked,
                                               .lost = on_taken,
                                               .gone = on_taken,
                                               .alarm = on_alarm,
                                               .fenced = on_fenced};

static void accept_due(struct relay_player *player)
{
    weir_time now = sim_zoo_now();

    if (player->accept_at == 0 || player->accept_at > now) {
        return;
    }
    player->accept_at = 0;
    for (uint32_t p = 0; p < relay.partitions; p++) {
        if (player->given[p]) {
            player->given[p] = false;
            relay.begun_at[p] = now;
            relay.begun++;
        }
    }
    weir_membership_accepted(&player->member, false, now);
    weir_membership_step(&player->member, now);
}

static void release_due(struct relay_player *player)
{
    weir_time now = sim_zoo_now();

    for (uint32_t p = 0; p < relay.partitions; p++) {
        const struct weir_position position = {.topic = topic, .partition = (int32_t)p};
        if (player->release_at[p] != 0 && player->release_at[p] <= now) {
            player->release_at[p] = 0;
            relay.handed_back_at[p] = now;
            weir_membership_released(&player->member, &position, 1);
        }
    }
    weir_membership_step(&player->member, now);
}

static void step(struct relay_player *player)
{
    weir_membership_step(&player->member, sim_zoo_now());
    accept_due(player);
    release_due(player);
}

/* Time. */

static weir_time earlier(weir_time a, weir_time b)
{
    return a != 0 && a < b ? a : b;
}

static weir_time due_of(const struct relay_player *player)
{
    weir_time due = earlier(player->accept_at, weir_membership_due(&player->member));

    for (uint32_t p = 0; p < relay.partitions; p++) {
        due = earlier(player->release_at[p], due);
    }
    return due;
}

void relay_turn(void)
{
    weir_time next = sim_zoo_due();

    for (unsigned i = 0; i < RELAY_PLAYERS; i++) {
        next = relay.players[i].running ? earlier(due_of(&relay.players[i]), next) : next;
    }
    sim_zoo_advance(next > sim_zoo_now() ? next : sim_zoo_now() + WEIR_NS_PER_US);
    for (unsigned i = 0; i < RELAY_PLAYERS; i++) {
        if (relay.players[i].running) {
            sim_zoo_host(i);
            step(&relay.players[i]);
        }
    }
}

void relay_rest(void)
{
    weir_time until = sim_zoo_now() + (weir_time)REST_HOPS * RELAY_HOP_NS;

    while (sim_zoo_now() < until) {
        relay_turn();
    }
}

void relay_await_begun(uint32_t count)
{
    weir_time until = sim_zoo_now() + (weir_time)PATIENCE_HOPS * RELAY_HOP_NS;

    while (relay.begun < count) {
        ck_assert_int_lt(sim_zoo_now(), until);
        relay_turn();
    }
    ck_assert_uint_eq(relay.begun, count);
    relay.begun = 0;
}

/* Members. */

void relay_open(void)
{
    memset(&relay, 0, sizeof relay);
    sim_zoo_open(3);
    sim_zoo_latency_us(RELAY_HOP_MS * 1000, RELAY_HOP_MS * 1000);
    sim_zoo_room(ROOM);
}

void relay_close(void)
{
    for (unsigned i = 0; i < RELAY_PLAYERS; i++) {
        weir_membership_fini(&relay.players[i].member);
    }
    sim_zoo_close();
}

static void start(unsigned number, const char *color)
{
    static const char *const names[RELAY_PLAYERS] = {"a", "b"};
    struct relay_player *player = &relay.players[number];
    const struct weir_strategy_topic topics[] = {{.name = topic, .partitions = relay.partitions}};
    const struct weir_membership_options options = {.group = group,
                                                    .member = names[number],
                                                    .strategy = &weir_strategy_sticky,
                                                    .delay_ms = DELAY_MS,
                                                    .self = {.capacity = 1, .color = color},
                                                    .started_ms = 1,
                                                    .library = &sim_zoo_library,
                                                    .zoo = {.wake = wake_nobody},
                                                    .ops = &ops,
                                                    .user = player};

    ck_assert_int_eq(weir_membership_init(&player->member, &options), WEIR_OK);
    ck_assert_int_eq(weir_membership_catalog(&player->member, topics, 1), WEIR_OK);
    player->running = true;
    sim_zoo_host(number);
    step(player);
}

weir_time relay_join(uint32_t moving)
{
    relay.partitions = 2 * moving;
    start(0, NULL);
    relay_await_begun(relay.partitions);
    relay_rest();
    relay.assignments = 0;
    int32_t version = sim_zoo_version(allotment);
    start(1, NULL);
    while (sim_zoo_version(allotment) == version) {
        relay_turn();
    }
    return sim_zoo_now();
}

static void write_record(const struct weir_switch *record)
{
    char *text = NULL;

    ck_assert_int_eq(weir_switch_write(record, &text), WEIR_OK);
    sim_zoo_write(record_path, text);
    weir_free(text);
}

static void read_record(struct weir_switch *record)
{
    const char *text = sim_zoo_data(record_path);
    struct weir_error error;

    ck_assert_ptr_nonnull(text);
    ck_assert_int_eq(weir_switch_read(text, strlen(text), record, &error), WEIR_OK);
}

enum weir_switch_step relay_step(void)
{
    struct weir_switch record;

    read_record(&record);
    return record.step;
}

static void ask_for(const struct weir_switch *record, const char *color, enum weir_switch_mode mode)
{
    struct weir_switch next;
    struct weir_error error;
    struct weir_switch_request request = {
        .id = "s",
        .by = "the operator",
        .mode = mode,
        .drain = relay.drain,
        .limits = {.prepare_ms = 60000, .drain_ms = 60000, .take_ms = 60000}};

    (void)snprintf(request.to, sizeof request.to, "%s", color);
    ck_assert_int_eq(weir_switch_ask(record, &request, 1000, &next, &error), WEIR_OK);
    write_record(&next);
}

void relay_undo(void)
{
    struct weir_switch record;
    struct weir_switch next;
    struct weir_error error;

    read_record(&record);
    ck_assert_int_eq(weir_switch_undo(&record, "", 1000, &next, &error), WEIR_OK);
    write_record(&next);
}

weir_time relay_switch(uint32_t moving, enum weir_switch_mode mode)
{
    struct weir_switch record;

    relay.partitions = moving;
    start(0, "blue");
    start(1, "green");
    relay_rest();
    weir_switch_init(&record);
    ask_for(&record, "blue", WEIR_SWITCH_EACH);
    relay_await_begun(moving);
    relay_rest();
    relay.assignments = 0;
    memset(relay.begun_at, 0, sizeof relay.begun_at);
    read_record(&record);
    ask_for(&record, "green", mode);
    while (relay_step() != WEIR_SWITCH_DRAINING) {
        relay_turn();
    }
    return sim_zoo_now();
}

/* Judging. */

static int64_t hops_between(weir_time from, weir_time to)
{
    return (to - from + RELAY_HOP_NS / 2) / RELAY_HOP_NS;
}

int64_t relay_slowest_since(weir_time from)
{
    int64_t slowest = 0;

    for (uint32_t p = 0; p < relay.partitions; p++) {
        int64_t hops = hops_between(from, relay.begun_at[p]);
        slowest = hops > slowest ? hops : slowest;
    }
    return slowest;
}

int64_t relay_slowest_handover(void)
{
    int64_t slowest = 0;

    for (uint32_t p = 0; p < relay.partitions; p++) {
        int64_t hops = hops_between(relay.handed_back_at[p], relay.begun_at[p]);
        bool moved = relay.handed_back_at[p] != 0;
        slowest = moved && hops > slowest ? hops : slowest;
    }
    return slowest;
}
