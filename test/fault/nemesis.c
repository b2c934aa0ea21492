#include "test/fault/nemesis.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "test/support/admin_kafka.h"
#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/load_kafka.h"
#include "test/support/scene.h"

enum {
    STOP_MS_MAX = 60000, /* the members' drain timeout, 20 s, and what a busy machine takes */
    SLOW_MS = 150,
    JITTER_MS = 300,
    TRY_AGAIN = 75,
    MS_PER_S = 1000,
    NS_PER_MS = 1000000,
    GROWN_PER_SECOND = 50
};

enum actor_state {
    ACTOR_ABSENT,  /* not started, ended or killed */
    ACTOR_RUNNING, /* or stopped by a signal for a while */
    ACTOR_ENDING   /* was asked to */
};

/* A member or guest. */
struct actor {
    struct member *member; /* NULL: never started */
    enum actor_state state;
    bool again;               /* begins anew as soon as it has ended */
    struct deadline deadline; /* of its end */
};

struct nemesis {
    struct nemesis_options options;
    struct actor actors[NEMESIS_MEMBERS_MAX]; /* members, then guests */
    uint32_t actor_count;
    struct load *loads[SCHEDULE_GROWTH_MAX]; /* of added partitions */
    uint32_t grown;
    int64_t begin_ns;
    int64_t busy_ns; /* of the time since then: spent on steps, which the schedule knows not of */
    struct text log;
};

static void note(struct nemesis *nemesis, const char *format, ...) WEIR_PRINTF(2, 3);

static void note(struct nemesis *nemesis, const char *format, ...)
{
    int64_t ms = (deadline_now_ns() - nemesis->begin_ns) / NS_PER_MS;
    char line[512];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    text_add(&nemesis->log, "[%4lld.%03lld] %s\n", (long long)(ms / MS_PER_S),
             (long long)(ms % MS_PER_S), line);
}

/* Lives of members. */

static void begin_life(struct nemesis *nemesis, struct actor *actor)
{
    if (actor->member == NULL) {
        size_t number = (size_t)(actor - nemesis->actors);
        bool guest = number >= nemesis->options.members;
        size_t of_kind = guest ? number - nemesis->options.members : number;
        actor->member = scene_start(scene_text("%s-%zu", guest ? "guest" : "member", of_kind),
                                    nemesis->options.settings);
    } else {
        member_restart(actor->member);
    }
    actor->state = ACTOR_RUNNING;
    actor->again = false;
    note(nemesis, "  %s is pid %ld", member_name(actor->member), (long)member_pid(actor->member));
}

static void ask_to_end(struct actor *actor)
{
    member_begin_stop(actor->member);
    actor->state = ACTOR_ENDING;
    actor->again = false;
    actor->deadline = deadline_in_ms(STOP_MS_MAX);
}

/* With brokers away it may not get all of its work committed, which it says by its status. */
static void take_end(struct nemesis *nemesis, struct actor *actor)
{
    int status = process_wait(member_process(actor->member), 0);

    note(nemesis, "  %s ended with %d", member_name(actor->member), status);
    if (status != 0 && status != TRY_AGAIN && member_has_begun(actor->member)) {
        fail_test("%s was asked to stop and ended with status %d: %s", member_name(actor->member),
                  status, process_describe(member_process(actor->member)));
    }
    actor->state = ACTOR_ABSENT;
    if (actor->again) {
        begin_life(nemesis, actor);
    }
}

/* Sees who ended, and who should have. */
static void look_at(struct nemesis *nemesis, struct actor *actor)
{
    bool runs = actor->member != NULL && process_running(member_process(actor->member));

    if (actor->state == ACTOR_RUNNING && !runs) {
        (void)process_wait(member_process(actor->member), 0);
        fail_test("%s ended by itself: %s", member_name(actor->member),
                  process_describe(member_process(actor->member)));
    }
    if (actor->state == ACTOR_ENDING && !runs) {
        take_end(nemesis, actor);
    } else if (actor->state == ACTOR_ENDING && deadline_passed(actor->deadline)) {
        fail_test("%s does not stop within %d ms: %s", member_name(actor->member), STOP_MS_MAX,
                  process_describe(member_process(actor->member)));
    }
}

static void look_at_all(struct nemesis *nemesis)
{
    for (uint32_t i = 0; i < nemesis->actor_count; i++) {
        look_at(nemesis, &nemesis->actors[i]);
    }
}

/* One whose end takes long is waited for before anything else happens to it. */
static void await_settled(struct nemesis *nemesis, struct actor *actor)
{
    while (actor->state == ACTOR_ENDING) {
        deadline_turn();
        look_at(nemesis, actor);
    }
}

/* Faults. */

static void begin_member_fault(struct actor *actor, enum schedule_fault_kind kind)
{
    assert(actor->state == ACTOR_RUNNING);
    if (kind == FAULT_KILL) {
        member_kill(actor->member);
        actor->state = ACTOR_ABSENT;
    } else if (kind == FAULT_STOP) {
        ask_to_end(actor);
    } else {
        process_pause(member_process(actor->member));
    }
}

static void end_member_fault(struct nemesis *nemesis, struct actor *actor,
                             enum schedule_fault_kind kind)
{
    if (kind == FAULT_PAUSE || kind == FAULT_ZOMBIE) {
        process_resume(member_process(actor->member));
    } else if (actor->state == ACTOR_ENDING) {
        actor->again = true;
    } else {
        begin_life(nemesis, actor);
    }
}

static void act_on_guest(struct nemesis *nemesis, struct actor *actor, bool leaves)
{
    if (leaves) {
        ask_to_end(actor);
    } else {
        await_settled(nemesis, actor);
        begin_life(nemesis, actor);
    }
}

static void act_on_broker(struct kafka *kafka, const struct schedule_step *step)
{
    int broker = (int)step->fault->target;

    if (step->fault->kind == FAULT_BROKER_PAUSE) {
        if (step->end) {
            kafka_resume(kafka, broker);
        } else {
            kafka_pause(kafka, broker);
        }
    } else if (step->end) {
        kafka_restart(kafka, broker);
    } else {
        kafka_kill(kafka, broker);
    }
}

static void bounce_all(struct nemesis *nemesis)
{
    for (int broker = 1; broker <= kafka_brokers(nemesis->options.kafka); broker++) {
        kafka_shut_down(nemesis->options.kafka, broker);
        note(nemesis, "  broker %d is down", broker);
        kafka_restart(nemesis->options.kafka, broker);
        note(nemesis, "  broker %d serves again", broker);
    }
}

static void act_on_edge(struct kafka *kafka, const struct schedule_step *step)
{
    struct proxy *proxy = kafka_proxy(kafka, (int)step->fault->target);
    struct proxy_weather weather = {0};

    if (step->fault->kind == FAULT_CUT) {
        proxy_cut(proxy);
        return;
    }
    if (step->fault->kind == FAULT_HALF_CLOSE) {
        proxy_half_close(proxy);
        return;
    }
    if (!step->end) {
        weather.silent = step->fault->kind == FAULT_SILENCE;
        weather.refusing = step->fault->kind == FAULT_REFUSE;
        weather.delay_ms = step->fault->kind == FAULT_SLOW ? SLOW_MS : 0;
        weather.jitter_ms = step->fault->kind == FAULT_SLOW ? JITTER_MS : 0;
    }
    proxy_set_weather(proxy, &weather);
}

/* The new partition gets records too. */
static void grow(struct nemesis *nemesis)
{
    int partitions = admin_partitions(scene.admin, scene.topics[0]);
    const struct produce_options options = {
        .topic = scene.topics[0], .partition = partitions, .keys = 20};

    admin_add_partitions(scene.admin, scene.topics[0], partitions + 1);
    nemesis->loads[nemesis->grown++] = load_start(scene.bootstrap, &options, GROWN_PER_SECOND);
}

static void carry_out(struct nemesis *nemesis, const struct schedule_step *step)
{
    uint32_t target = step->fault->target;
    struct actor *actor = NULL;

    switch (schedule_hit(step->fault->kind)) {
    case HIT_MEMBER:
        actor = &nemesis->actors[target];
        if (step->end) {
            end_member_fault(nemesis, actor, step->fault->kind);
        } else {
            await_settled(nemesis, actor);
            begin_member_fault(actor, step->fault->kind);
        }
        break;
    case HIT_GUEST:
        act_on_guest(nemesis, &nemesis->actors[nemesis->options.members + target], step->end);
        break;
    case HIT_BROKER:
        act_on_broker(nemesis->options.kafka, step);
        break;
    case HIT_ALL_BROKERS:
        bounce_all(nemesis);
        break;
    case HIT_EDGE:
        act_on_edge(nemesis->options.kafka, step);
        break;
    case HIT_TOPIC:
        grow(nemesis);
        break;
    }
}

struct nemesis *nemesis_create(const struct nemesis_options *options)
{
    struct nemesis *nemesis = fail_or_alloc(1, sizeof *nemesis);

    assert(options->members + SCHEDULE_GUESTS <= NEMESIS_MEMBERS_MAX);
    nemesis->options = *options;
    nemesis->actor_count = options->members + SCHEDULE_GUESTS;
    nemesis->begin_ns = deadline_now_ns();
    text_add_bytes(&nemesis->log, "", 0);
    for (uint32_t i = 0; i < options->members; i++) {
        begin_life(nemesis, &nemesis->actors[i]);
    }
    return nemesis;
}

void nemesis_destroy(struct nemesis *nemesis)
{
    if (nemesis != NULL) {
        text_fini(&nemesis->log);
        free(nemesis);
    }
}

static int64_t scheduled_ns(const struct nemesis *nemesis)
{
    return deadline_now_ns() - nemesis->begin_ns - nemesis->busy_ns;
}

static void step_in_time(struct nemesis *nemesis, const struct schedule_step *step)
{
    struct text line = {.bytes = NULL};

    while (scheduled_ns(nemesis) < (int64_t)step->at_ms * NS_PER_MS) {
        deadline_turn();
        look_at_all(nemesis);
    }
    if (nemesis->options.on_step != NULL) {
        nemesis->options.on_step(step, nemesis->options.user);
    }
    schedule_tell(step, &line);
    note(nemesis, "%s", line.bytes);
    text_fini(&line);
    int64_t since_ns = deadline_now_ns();
    carry_out(nemesis, step);
    nemesis->busy_ns += deadline_now_ns() - since_ns;
}

/* So that one that ends instead has done so by itself, whatever the schedule begins with. */
static void await_begun(struct nemesis *nemesis, struct actor *actor)
{
    WAIT_UNTIL((look_at(nemesis, actor), member_has_begun(actor->member)), STOP_MS_MAX);
}

void nemesis_run(struct nemesis *nemesis)
{
    for (uint32_t i = 0; i < nemesis->options.members; i++) {
        await_begun(nemesis, &nemesis->actors[i]);
    }
    nemesis->begin_ns = deadline_now_ns();
    for (size_t i = 0; i < schedule_steps(nemesis->options.schedule); i++) {
        struct schedule_step step = schedule_step(nemesis->options.schedule, i);
        step_in_time(nemesis, &step);
    }
    for (uint32_t i = 0; i < nemesis->actor_count; i++) {
        await_settled(nemesis, &nemesis->actors[i]);
    }
    look_at_all(nemesis);
    for (uint32_t i = 0; i < nemesis->grown; i++) {
        scene_add_ledger(load_stop(nemesis->loads[i]));
    }
    note(nemesis, "all is healed");
}

const char *nemesis_log(const struct nemesis *nemesis)
{
    return nemesis->log.bytes;
}

uint32_t nemesis_grown(const struct nemesis *nemesis)
{
    return nemesis->grown;
}
