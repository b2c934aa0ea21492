#include "framework/base/memory.h"
#include "framework/membership.h"
#include "framework/switch.h"
#include "framework/znode.h"
#include "strategies/built_in.h"
#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include <stdio.h>
#include <string.h>

/* How many messages lie, one behind the other, between what makes partitions move and the new owner
 * of each? docs/decisions/0013 says which. A message takes a hop, always, and nothing else takes
 * any time but what a test gives to handlers and to looking up where to begin. */

enum {
    HOP_MS = 10,
    PLAYERS = 2,
    PARTITIONS_MAX = 512,
    ROOM = 4096,
    PATIENCE_HOPS = 3000,
    REST_HOPS = 100,
    DELAY_MS = 100,
    /* From a release that is sent: to the server; the watch that fires; a claim and its answer. */
    HANDED_OVER = 4,
    /* The watch on what has changed fires, and it is read. */
    HEARD = 3
};
static const weir_time hop_ns = (weir_time)HOP_MS * WEIR_NS_PER_MS;
static const char group[] = "fleet";
static const char topic[] = "orders";
static const char allotment[] = "/consumers/fleet/weir/allotment";
static const char record_path[] = "/consumers/fleet/weir/switch";

struct player {
    struct weir_membership member;
    bool running;
    bool given[PARTITIONS_MAX];
    weir_time accept_at;                  /* 0: nothing is to be answered */
    weir_time release_at[PARTITIONS_MAX]; /* 0: it is not handed back */
};

static struct {
    struct player players[PLAYERS];
    uint32_t partitions;
    int64_t drain_ns;   /* of the first partition that is handed back, */
    int64_t stagger_ns; /* and so much more of each further one */
    int64_t load_ns;    /* to say where to begin */
    uint32_t assignments;
    uint32_t begun;
    weir_time handed_back_at[PARTITIONS_MAX];
    weir_time begun_at[PARTITIONS_MAX];
} relay;

/* Control. */

static void on_assigned(const struct weir_position *positions, size_t count, void *user)
{
    struct player *player = user;

    ck_assert_int_eq(player->accept_at, 0);
    for (size_t i = 0; i < count; i++) {
        player->given[positions[i].partition] = true;
    }
    player->accept_at = sim_zoo_now() + relay.load_ns;
    relay.assignments++;
}

static void on_revoked(const struct weir_position *positions, size_t count, void *user)
{
    struct player *player = user;
    weir_time at = sim_zoo_now() + relay.drain_ns;

    for (size_t i = 0; i < count; i++) {
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
    ck_abort_msg("alarm: %s", text);
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

static void accept_due(struct player *player)
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

static void release_due(struct player *player)
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

static void step(struct player *player)
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

static weir_time due_of(const struct player *player)
{
    weir_time due = earlier(player->accept_at, weir_membership_due(&player->member));

    for (uint32_t p = 0; p < relay.partitions; p++) {
        due = earlier(player->release_at[p], due);
    }
    return due;
}

static void turn(void)
{
    weir_time next = sim_zoo_due();

    for (unsigned i = 0; i < PLAYERS; i++) {
        next = relay.players[i].running ? earlier(due_of(&relay.players[i]), next) : next;
    }
    sim_zoo_advance(next > sim_zoo_now() ? next : sim_zoo_now() + WEIR_NS_PER_US);
    for (unsigned i = 0; i < PLAYERS; i++) {
        if (relay.players[i].running) {
            sim_zoo_host(i);
            step(&relay.players[i]);
        }
    }
}

static void rest(void)
{
    weir_time until = sim_zoo_now() + REST_HOPS * hop_ns;

    while (sim_zoo_now() < until) {
        turn();
    }
}

/* So many partitions have begun at an owner since the last time. */
static void await_begun(uint32_t count)
{
    weir_time until = sim_zoo_now() + PATIENCE_HOPS * hop_ns;

    while (relay.begun < count) {
        ck_assert_int_lt(sim_zoo_now(), until);
        turn();
    }
    ck_assert_uint_eq(relay.begun, count);
    relay.begun = 0;
}

/* Members. */

static void set_up(void)
{
    memset(&relay, 0, sizeof relay);
    sim_zoo_open(3);
    sim_zoo_latency_us(HOP_MS * 1000, HOP_MS * 1000);
    sim_zoo_room(ROOM);
}

static void tear_down(void)
{
    for (unsigned i = 0; i < PLAYERS; i++) {
        weir_membership_fini(&relay.players[i].member);
    }
    sim_zoo_close();
}

static void start(unsigned number, const char *color)
{
    static const char *const names[PLAYERS] = {"a", "b"};
    struct player *player = &relay.players[number];
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

/* The first has twice as many as are to move, and a second one comes. When it is divided. */
static weir_time join(uint32_t moving)
{
    relay.partitions = 2 * moving;
    start(0, NULL);
    await_begun(relay.partitions);
    rest();
    relay.assignments = 0;
    int32_t version = sim_zoo_version(allotment);
    start(1, NULL);
    while (sim_zoo_version(allotment) == version) {
        turn();
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

static enum weir_switch_step step_of_record(void)
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
        .limits = {.prepare_ms = 60000, .drain_ms = 60000, .take_ms = 60000}};

    (void)snprintf(request.to, sizeof request.to, "%s", color);
    ck_assert_int_eq(weir_switch_ask(record, &request, 1000, &next, &error), WEIR_OK);
    write_record(&next);
}

/* The first is blue and has all, the second green and stands by, and is to have it. When blue may
 * not own any more. */
static weir_time switch_over(uint32_t moving, enum weir_switch_mode mode)
{
    struct weir_switch record;

    relay.partitions = moving;
    start(0, "blue");
    start(1, "green");
    rest();
    weir_switch_init(&record);
    ask_for(&record, "blue", WEIR_SWITCH_EACH);
    await_begun(moving);
    rest();
    relay.assignments = 0;
    read_record(&record);
    ask_for(&record, "green", mode);
    while (step_of_record() != WEIR_SWITCH_DRAINING) {
        turn();
    }
    return sim_zoo_now();
}

/* Judging. */

static int64_t hops_between(weir_time from, weir_time to)
{
    return (to - from + hop_ns / 2) / hop_ns;
}

/* The slowest of those that moved, since then. */
static int64_t slowest_since(weir_time from)
{
    int64_t slowest = 0;

    for (uint32_t p = 0; p < relay.partitions; p++) {
        int64_t hops = hops_between(from, relay.begun_at[p]);
        slowest = hops > slowest ? hops : slowest;
    }
    return slowest;
}

/* The slowest from its own release. */
static int64_t slowest_handover(void)
{
    int64_t slowest = 0;

    for (uint32_t p = 0; p < relay.partitions; p++) {
        int64_t hops = hops_between(relay.handed_back_at[p], relay.begun_at[p]);
        bool moved = relay.handed_back_at[p] != 0;
        slowest = moved && hops > slowest ? hops : slowest;
    }
    return slowest;
}

static const uint32_t counts[] = {1, 8, 64, 256};
enum { COUNTS = sizeof counts / sizeof counts[0] };

/* The old owner is told, and releases at once; the new one is told, reads the fence, and claims. */
START_TEST(a_partition_of_an_idle_owner_moves_in_seven_hops)
{
    uint32_t moving = counts[_i];
    weir_time divided_at = join(moving);
    uint64_t before = sim_zoo_requests();

    await_begun(moving);
    rest();
    printf("note: %u of an idle owner: %lld hops, %llu requests\n", moving,
           (long long)slowest_since(divided_at), (unsigned long long)(sim_zoo_requests() - before));
    ck_assert_int_eq(slowest_since(divided_at), HEARD + HANDED_OVER);
    ck_assert_uint_eq(relay.assignments, 1);
}
END_TEST

/* Whoever claimed before it is free has found an owner, and waits. */
START_TEST(a_partition_that_is_waited_for_moves_in_four_hops)
{
    uint32_t moving = counts[_i];

    relay.drain_ns = 20 * hop_ns;
    (void)join(moving);
    uint64_t before = sim_zoo_requests();
    await_begun(moving);
    rest();
    printf("note: %u that are waited for: %lld hops, %llu requests\n", moving,
           (long long)slowest_handover(), (unsigned long long)(sim_zoo_requests() - before));
    ck_assert_int_eq(slowest_handover(), HANDED_OVER);
    ck_assert_uint_eq(relay.assignments, 1);
}
END_TEST

/* Handlers end one after another, for far longer than any of this takes. They are looked up so many
 * at a time; whoever comes meanwhile waits for that, and then for its own. */
START_TEST(no_partition_waits_for_all_that_are_released_after_it)
{
    enum { LOAD_HOPS = 2, AT_ONCE = 32 };
    uint32_t moving = counts[_i];
    uint32_t together = moving < AT_ONCE ? moving : AT_ONCE;

    relay.stagger_ns = hop_ns / 2;
    relay.drain_ns = 20 * hop_ns;
    relay.load_ns = LOAD_HOPS * hop_ns;
    (void)join(moving);
    await_begun(moving);
    printf("note: %u one after another: %lld hops, %u assignments\n", moving,
           (long long)slowest_handover(), relay.assignments);
    ck_assert_int_le(slowest_handover(),
                     HANDED_OVER + (int64_t)together / 2 + (int64_t)2 * LOAD_HOPS);
}
END_TEST

/* In a switch that waits for no partition. Of each the requests are five: its fence and its owner
 * are read, it is released, claimed and looked at; the others are about the switch. */
START_TEST(a_partition_changes_its_color_in_four_hops)
{
    enum { OF_THE_SWITCH = 40 };
    uint32_t moving = counts[_i];
    weir_time drain_hops = _i % 2 == 0 ? 0 : 20;

    relay.drain_ns = drain_hops * hop_ns;
    weir_time draining_at = switch_over(moving, WEIR_SWITCH_EACH);
    uint64_t before = sim_zoo_requests();
    await_begun(moving);
    rest();
    uint64_t requests = sim_zoo_requests() - before;
    printf("note: %u to another color: %lld hops, %llu requests\n", moving,
           (long long)slowest_handover(), (unsigned long long)requests);
    ck_assert_int_eq(slowest_handover(), HANDED_OVER);
    ck_assert_int_eq(slowest_since(draining_at), HEARD + drain_hops + HANDED_OVER);
    ck_assert_uint_eq(step_of_record(), WEIR_SWITCH_IDLE);
    ck_assert_uint_eq(relay.players[1].member.tally.refused_by_record, 0);
    ck_assert_uint_le(requests, OF_THE_SWITCH + (uint64_t)5 * moving);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("members_hops");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, a_partition_of_an_idle_owner_moves_in_seven_hops, 0, COUNTS);
    tcase_add_loop_test(tcase, a_partition_that_is_waited_for_moves_in_four_hops, 0, COUNTS);
    tcase_add_loop_test(tcase, no_partition_waits_for_all_that_are_released_after_it, 1, COUNTS);
    tcase_add_loop_test(tcase, a_partition_changes_its_color_in_four_hops, 0, COUNTS);
    return runner_run("members_hops", tcase);
}
