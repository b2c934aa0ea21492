#include "test/support/switch_storm.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/random.h"
#include "test/support/color_scene.h"
#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/load_kafka.h"
#include "test/support/process.h"
#include "test/support/require.h"
#include "test/support/scene.h"
#include "test/support/switch_desk.h"
#include "test/support/verify.h"
#include "test/support/zoo_scene.h"
#include "test/support/zookeeper.h"
#include "test/support/zookeeper_admin.h"

/* a and b are blue, c and d green; a guest of each color comes and goes. */
enum {
    AWAIT_MS = COLOR_SCENE_AWAIT_MS,
    MEMBERS = 4,
    COLORS = 2,
    HURTS_MAX = 2,
    PAUSE_RECORDS = 300,
    TRY_AGAIN = 75, /* what a member says that could not commit all it did */
    INFLIGHT = 2048 /* weir.inflight */
};

static const struct {
    const char *name;
    uint32_t weight;
} kinds[] = {
#define STORM_ROW(id, name, weight) [id] = {name, weight},
    SWITCH_STORM_TABLE(STORM_ROW)
#undef STORM_ROW
};

struct hurt {
    enum switch_storm_kind kind;
    uint32_t target; /* member from 0, color of the guest, broker from 0 */
};

/* One switch. */
struct move {
    bool together;
    uint32_t count;
    struct hurt hurts[HURTS_MAX];
};

struct storm {
    const struct switch_storm_options *options;
    struct switch_storm_result *result;
    struct load *load;
    const char *session;
    struct member *guests[COLORS]; /* NULL: was never there */
};

const char *switch_storm_name(enum switch_storm_kind kind)
{
    return kinds[kind].name;
}

/* The plan. */

static enum switch_storm_kind draw_kind(struct weir_random *random, bool own_servers)
{
    int end = own_servers ? (int)STORM_KINDS : (int)STORM_BROKER;
    uint32_t all = 0;
    int kind = 0;

    for (int i = 0; i < end; i++) {
        all += kinds[i].weight;
    }
    uint32_t left = (uint32_t)weir_random_below(random, all);
    while (left >= kinds[kind].weight) {
        left -= kinds[kind++].weight;
    }
    return (enum switch_storm_kind)kind;
}

/* One of four is left in peace. */
static void draw_move(struct weir_random *random, bool own_servers, struct move *out)
{
    static const uint32_t counts[] = {0, 1, 1, HURTS_MAX};

    out->together = weir_random_below(random, 2) == 1;
    out->count = counts[weir_random_below(random, sizeof counts / sizeof counts[0])];
    for (uint32_t i = 0; i < HURTS_MAX; i++) {
        out->hurts[i].kind = draw_kind(random, own_servers);
        out->hurts[i].target = (uint32_t)weir_random_below(random, MEMBERS);
    }
}

static void tell_move(const struct switch_storm_options *options, const struct move *move,
                      uint32_t number, struct text *out)
{
    text_add(out, "switch %" PRIu32 " of %" PRIu32 ", %s:", number + 1, options->switches,
             move->together ? "together" : "each");
    for (uint32_t i = 0; i < move->count; i++) {
        const struct hurt *hurt = &move->hurts[i];
        text_add(out, "%s %s", i == 0 ? "" : ",", kinds[hurt->kind].name);
        if (hurt->kind < STORM_GUEST) {
            text_add(out, " %c", "abcd"[hurt->target]);
        } else if (hurt->kind == STORM_GUEST) {
            text_add(out, " %c", "ef"[hurt->target % COLORS]);
        }
    }
    text_add(out, "%s", move->count == 0 ? " peace" : "");
}

void switch_storm_plan(const struct switch_storm_options *options, struct text *out)
{
    struct weir_random random = {.state = options->seed};

    for (uint32_t i = 0; i < options->switches; i++) {
        struct move move;
        draw_move(&random, options->own_servers, &move);
        tell_move(options, &move, i, out);
        text_add(out, "\n");
    }
}

/* What happens. */

/* Whoever has not begun hears no signal. */
static void return_to_stage(struct member *member)
{
    member_restart(member);
    WAIT_UNTIL(member_has_begun(member), AWAIT_MS);
}

/* With servers away it may not get all of its work committed, which it says by its status. */
static void stop_member(struct member *member)
{
    member_begin_stop(member);
    int status = process_wait(member_process(member), AWAIT_MS);

    if (status != 0 && status != TRY_AGAIN) {
        fail_test("%s was asked to stop and ended with %d: %s", member_name(member), status,
                  process_describe(member_process(member)));
    }
}

static void pause_member(const struct storm *storm, struct member *member)
{
    uint64_t until = load_acknowledged(storm->load) + PAUSE_RECORDS;

    process_pause(member_process(member));
    WAIT_UNTIL(load_acknowledged(storm->load) >= until, AWAIT_MS);
    process_resume(member_process(member));
}

static void make_zombie(struct member *member)
{
    const char *node = zoo_scene_node(scene_text("ids/%s", member_name(member)));

    process_pause(member_process(member));
    WAIT_UNTIL(!zookeeper_admin_exists(zoo_scene.admin, node), AWAIT_MS);
    process_resume(member_process(member));
    WAIT_UNTIL(zookeeper_admin_exists(zoo_scene.admin, node), AWAIT_MS);
}

static bool is_there(const struct member *member)
{
    return member != NULL && process_running(member_process(member));
}

static void turn_guest(struct storm *storm, uint32_t color)
{
    struct member **guest = &storm->guests[color];

    if (is_there(*guest)) {
        stop_member(*guest);
    } else if (*guest != NULL) {
        return_to_stage(*guest);
    } else {
        *guest = COLOR_SCENE_START(color == 0 ? "e" : "f", color == 0 ? "blue" : "green",
                                   storm->session);
        WAIT_UNTIL(member_has_begun(*guest), AWAIT_MS);
    }
}

static void bounce_broker(uint32_t target)
{
    int broker = 1 + (int)target % kafka_brokers(scene.kafka);

    kafka_shut_down(scene.kafka, broker);
    kafka_restart(scene.kafka, broker);
}

/* Of one server, nobody leads. */
static void bounce_zookeeper(void)
{
    bool alone = strchr(zookeeper_connect(zoo_scene.server), ',') == NULL;
    int server = alone ? 0 : zookeeper_leader(zoo_scene.server);

    zookeeper_kill(zoo_scene.server, server);
    if (!alone) {
        REQUIRE(zookeeper_leader(zoo_scene.server) != server);
    }
    zookeeper_restart(zoo_scene.server, server);
}

static void do_hurt(struct storm *storm, const struct hurt *hurt)
{
    struct member *member = scene.members[hurt->target];

    storm->result->happened[hurt->kind]++;
    switch (hurt->kind) {
    case STORM_KILL:
        member_kill(member);
        return_to_stage(member);
        break;
    case STORM_STOP:
        stop_member(member);
        return_to_stage(member);
        break;
    case STORM_PAUSE:
        pause_member(storm, member);
        break;
    case STORM_ZOMBIE:
        make_zombie(member);
        break;
    case STORM_GUEST:
        turn_guest(storm, hurt->target % COLORS);
        break;
    case STORM_ROLLBACK:
        switch_desk_roll_back();
        break;
    case STORM_BROKER:
        bounce_broker(hurt->target);
        break;
    case STORM_ZOOKEEPER:
    case STORM_KINDS:
        bounce_zookeeper();
        break;
    }
}

/* The play. */

static void play_move(struct storm *storm, const struct move *move, uint32_t number)
{
    const char *from = switch_desk_active();
    const char *to = strcmp(from, "blue") == 0 ? "green" : "blue";
    struct text line = {.bytes = NULL};

    switch_desk_ask(to, move->together);
    for (uint32_t i = 0; i < move->count; i++) {
        do_hurt(storm, &move->hurts[i]);
    }
    bool done = switch_desk_await_end();
    REQUIRE(strcmp(switch_desk_active(), done ? to : from) == 0);
    storm->result->done += done ? 1 : 0;
    storm->result->returned += done ? 0 : 1;
    if (storm->options->tell != NULL) {
        tell_move(storm->options, move, number, &line);
        text_add(&line, ": %s", done ? to : from);
        storm->options->tell(line.bytes, storm->options->user);
        text_fini(&line);
    }
}

static void await_calm(const struct storm *storm)
{
    bool blue = strcmp(switch_desk_active(), "blue") == 0;
    bool guest = is_there(storm->guests[blue ? 0 : 1]);

    zoo_scene_await_even(blue ? guest ? "abe" : "ab" : guest ? "cdf" : "cd");
}

/* The judgement. */

/* The streams as sed makes them break the rule. */
static void expect_flagged(const struct verify_options *judged, const char *script,
                           enum verify_rule rule)
{
    struct stream *streams[SCENE_MEMBERS_MAX];
    struct verify_options doctored = *judged;

    for (size_t i = 0; i < scene.member_count; i++) {
        const char *path = stream_name(member_stream(scene.members[i]));
        const char *changed = scene_text("%s-%d", path, (int)rule);
        const char *const words[] = {"sed", script, path, NULL};
        struct process *process =
            process_start(&(struct process_options){.arguments = words, .output_path = changed});
        process_expect(process, 0, AWAIT_MS);
        process_destroy(process);
        streams[i] = stream_open(changed);
    }
    doctored.streams = streams;
    doctored.stream_count = scene.member_count;
    doctored.ledger = scene.ledger;
    struct verify_report *report = verify(&doctored);
    if (report->found[rule] == 0) {
        fail_test("doctored streams are not flagged: %s", verify_rule_name(rule));
    }
    verify_report_destroy(report);
    for (size_t i = 0; i < scene.member_count; i++) {
        stream_close(streams[i]);
    }
}

/* What comes again after a crash was in flight: behind the committed offset, and bounded. */
static void judge(struct switch_storm_result *result)
{
    const struct verify_options judged = {
        .order = VERIFY_ORDER_KEY, .crashes = true, .late_commits = true, .repeats_max = INFLIGHT};
    struct stream *streams[SCENE_MEMBERS_MAX];
    struct verify_options counted = judged;

    (void)scene_judge(&judged);
    for (size_t i = 0; i < scene.member_count; i++) {
        streams[i] = member_stream(scene.members[i]);
    }
    counted.ledger = scene.ledger;
    counted.streams = streams;
    counted.stream_count = scene.member_count;
    struct verify_report *report = verify(&counted);
    result->records = report->records;
    result->repeated = report->repeated;
    verify_report_destroy(report);
    expect_flagged(&judged, "/\"ev\":\"handler_end\".*\"partition\":1,/d", VERIFY_LOST);
    expect_flagged(&judged, "/\"ev\":\"assign\".*\"partition\":2,/d", VERIFY_START_STRANGER);
}

void switch_storm_play(const struct switch_storm_options *options,
                       struct switch_storm_result *result)
{
    struct weir_random random = {.state = options->seed};
    struct storm storm = {.options = options, .result = result};

    *result = (struct switch_storm_result){0};
    storm.load = color_scene_raise();
    storm.session = scene_text("zookeeper.session.timeout.ms=%" PRIu32, options->session_ms);
    color_scene_start_blue(storm.session);
    color_scene_start_green(storm.session);
    color_scene_await("a\nb\nc\nd\n");
    color_scene_switch_to("green", false);
    for (uint32_t i = 0; i < options->switches; i++) {
        struct move move = {0};
        draw_move(&random, options->own_servers, &move);
        play_move(&storm, &move, i);
    }
    await_calm(&storm);
    color_scene_end(storm.load);
    judge(result);
    REQUIRE(result->done > 0);
}
