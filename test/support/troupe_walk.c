#include "test/support/troupe.h"
#include <stdio.h>

/* Random lives. */

enum { STEPS = 40, STEP_MS_MAX = 4000, QUIET_MS = 8 * SIM_ZOO_TIMEOUT_MS, PAUSE_MS_MAX = 9000 };
enum { CALM_MS = 20000, REST_MS = 3000 };

static uint64_t dice(uint64_t sides)
{
    return weir_random_below(&troupe.random, sides);
}

static void come_or_go(unsigned number)
{
    struct troupe_actor *actor = &troupe.actors[number];

    if (!actor->running) {
        troupe_start(number);
    } else if (!actor->leaving && dice(2) == 0) {
        troupe_leave(number);
    } else if (dice(2) == 0) {
        troupe_crash(number);
    }
}

static void disturb(unsigned number)
{
    weir_time until = weir_time_after_ms(sim_zoo_now(), (int64_t)dice(8000));

    switch (dice(7)) {
    case 0:
        sim_zoo_cut(number);
        break;
    case 1:
        sim_zoo_cut(number);
        sim_zoo_heal(number); /* a reset */
        break;
    case 2:
        troupe_expire(number);
        break;
    case 3:
        sim_zoo_stall(number, true, dice(2) == 0, until);
        break;
    case 4:
        sim_zoo_stall(number, dice(2) == 0, true, until);
        break;
    case 5:
        if (dice(2) == 0) {
            sim_zoo_lose_reply(number);
        } else {
            sim_zoo_lag(number);
        }
        break;
    default:
        troupe_pause(number, (int64_t)dice(PAUSE_MS_MAX));
        break;
    }
}

static void heal_some(void)
{
    for (unsigned i = 0; i < TROUPE_MEMBERS; i++) {
        if (dice(2) == 0) {
            sim_zoo_heal(i);
        }
    }
}

/* What all go by. A record that was damaged is put right after a while. */
static void meddle_above(unsigned number)
{
    static const char record[] = "/consumers/fleet/weir/switch";
    char path[64];
    char good[8192];

    (void)snprintf(path, sizeof path, "/consumers/fleet/weir/allotment%s%s",
                   troupe.colored ? "-" : "", troupe.colored ? troupe_color(number) : "");
    if (!troupe.colored || !sim_zoo_exists(record) || dice(2) == 0) {
        if (sim_zoo_exists(path)) {
            sim_zoo_write(path, "{}");
        }
        return;
    }
    (void)snprintf(good, sizeof good, "%s", sim_zoo_data(record));
    sim_zoo_write(record, "{\"version\":");
    troupe_run_ms((int64_t)dice(3000));
    sim_zoo_write(record, good);
}

static void meddle(unsigned number)
{
    char path[64];

    (void)snprintf(path, sizeof path, "/consumers/fleet/ids/%s", troupe.actors[number].name);
    uint64_t what = dice(3);
    troupe.actors[number].tampered = troupe.actors[number].tampered || what == 0;
    if (what == 0) {
        sim_zoo_remove(path);
    } else if (dice(2) == 0 && sim_zoo_exists(path)) {
        troupe.actors[number].tampered = true;
        sim_zoo_write(path, "{\"version\":");
    } else {
        meddle_above(number);
    }
}

static void grow(void)
{
    uint32_t topic = (uint32_t)dice(troupe.topic_count);
    uint32_t count = troupe.partition_counts[topic];

    if (count < TROUPE_PARTITIONS) {
        troupe_grow(topic, count + 1 + (uint32_t)dice(TROUPE_PARTITIONS - count));
    } else {
        troupe_grow(topic, count - 1 - (uint32_t)dice(count / 2));
    }
}

static void draw_policy(void)
{
    troupe.drain = dice(4) == 0 ? WEIR_SWITCH_IMMEDIATE : WEIR_SWITCH_IN_FLIGHT;
    if (dice(2) == 0) {
        troupe_stop_ahead((int64_t)dice(3) * 4000 - 1000);
        troupe.next_stops[0][dice(troupe.partition_counts[0])] = WEIR_SWITCH_STOP_NONE;
    }
}

/* Operators want this and that. */
static void operate(void)
{
    enum weir_switch_mode mode = dice(2) == 0 ? WEIR_SWITCH_EACH : WEIR_SWITCH_TOGETHER;
    enum weir_switch_overdue overdue = dice(2) == 0 ? WEIR_SWITCH_GO_BACK : WEIR_SWITCH_GO_ON;

    draw_policy();
    /* What somebody asks for by the record as it was comes late. */
    if (dice(2) == 0) {
        sim_zoo_stall((unsigned)dice(TROUPE_MEMBERS), true, false,
                      weir_time_after_ms(sim_zoo_now(), (int64_t)dice(3000)));
    }
    if (dice(4) == 0) {
        (void)troupe_undo();
    } else {
        (void)troupe_switch(dice(2) == 0 ? "blue" : "green", mode, overdue);
    }
}

static void act(void)
{
    unsigned number = (unsigned)dice(TROUPE_MEMBERS);
    uint64_t what = dice(20);

    if (troupe.colored && dice(3) == 0) {
        operate();
        return;
    }

    if (what < 9) {
        come_or_go(number);
    } else if (what < 15 && troupe.actors[number].running) {
        disturb(number);
    } else if (what < 17) {
        heal_some();
    } else if (what < 18 && troupe.actors[number].running) {
        meddle(number);
    } else if (what < 19) {
        grow();
    }
}

/* Without anybody of a color its part of a switch waits. */
static void hold_color(unsigned first)
{
    for (unsigned i = first; i < first + TROUPE_MEMBERS / 2; i++) {
        if (troupe.actors[i].running && !troupe.actors[i].leaving) {
            return;
        }
    }
    for (unsigned i = first; i < first + TROUPE_MEMBERS / 2; i++) {
        if (!troupe.actors[i].running) {
            troupe_start(i);
            return;
        }
    }
}

static void finish_switch(void)
{
    hold_color(0);
    hold_color(TROUPE_MEMBERS / 2);
    (void)troupe_await_switched(QUIET_MS);
}

static uint32_t count_moves(void)
{
    uint32_t moves = 0;

    for (unsigned i = 0; i < TROUPE_MEMBERS; i++) {
        const struct troupe_actor *actor = &troupe.actors[i];
        moves += actor->assignments + actor->revocations + actor->losses + actor->gone;
    }
    return moves;
}

/* I10: where nothing happens nothing moves. */
static void stay_calm(void)
{
    troupe_run_ms(REST_MS); /* what was seen last may be divided yet */
    uint32_t moves = count_moves();
    troupe_run_ms(CALM_MS / 2);
    for (unsigned i = 0; troupe.sabotage == TROUPE_RESTLESS && i < TROUPE_MEMBERS; i++) {
        if (troupe.actors[i].running) {
            troupe_want(i, 0);
            break;
        }
    }
    troupe_run_ms(CALM_MS / 2);
    if (count_moves() != moves && troupe.broken[0] == '\0') {
        troupe_break("I10: %u assignments and revocations although nothing happened",
                     count_moves() - moves);
    }
}

/* Then it is quiet, and all is to be well within a time. */
static void calm_down(void)
{
    for (unsigned i = 0; i < TROUPE_MEMBERS; i++) {
        sim_zoo_heal(i);
    }
    troupe_run_ms(PAUSE_MS_MAX);
    if (troupe.colored) {
        finish_switch();
    }
    (void)troupe_await_settled(QUIET_MS);
    stay_calm();
    for (unsigned i = 0; i < TROUPE_MEMBERS; i++) {
        if (troupe.actors[i].running && !troupe.actors[i].leaving) {
            troupe_leave(i);
            troupe_run_ms((int64_t)dice(300));
        }
    }
    troupe_run_ms(3000);
    for (unsigned i = 0; i < TROUPE_MEMBERS; i++) {
        if (troupe.actors[i].running) {
            troupe_break("I11: %s has not left", troupe.actors[i].name);
        }
    }
}

const char *troupe_walk(uint64_t seed, enum troupe_sabotage sabotage, bool colored)
{
    static char broken[TROUPE_TEXT];

    troupe_open(seed);
    troupe.sabotage = sabotage;
    troupe.colored = colored;
    troupe.named_anew = dice(3) == 0;
    sim_zoo_latency_us(100, (uint32_t)(200 + dice(3) * 10000));
    sim_zoo_room((uint32_t)(dice(2) == 0 ? 1000 : 3));
    if (sabotage == TROUPE_NO_DEADLINE) {
        sim_zoo_forget_deadlines();
    } else if (sabotage == TROUPE_LOST_REFUSED) {
        sim_zoo_mistake_losses();
    } else if (sabotage == TROUPE_NO_GATE) {
        sim_zoo_uncheck("/consumers/fleet/weir/switch");
    }
    troupe_topic(1 + (uint32_t)dice(8));
    if (dice(2) == 0) {
        troupe_topic(1 + (uint32_t)dice(4));
    }
    for (int i = 0; i < STEPS && troupe.broken[0] == '\0'; i++) {
        act();
        troupe_run_ms((int64_t)dice(dice(3) == 0 ? STEP_MS_MAX : 200));
    }
    if (troupe.broken[0] == '\0') {
        calm_down();
    }
    troupe_close();
    (void)snprintf(broken, sizeof broken, "%s", troupe.broken);
    return broken;
}
