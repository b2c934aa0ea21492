#include "test/support/switch_storm.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "framework/base/random.h"
#include "test/support/color_scene.h"
#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/load_kafka.h"
#include "test/support/process.h"
#include "test/support/require.h"
#include "test/support/scene.h"
#include "test/support/switch_desk.h"
#include "test/support/tmpdir.h"
#include "test/support/verify.h"
#include "test/support/zoo_scene.h"

/* a and b are blue, c and d green; a guest of each color comes and goes. */
enum {
    AWAIT_MS = COLOR_SCENE_AWAIT_MS,
    MEMBERS = 4,
    COLORS = 2,
    HURTS_MAX = 2,
    GLANCE_MS = 300,    /* how long a new color is watched that is well */
    STARE_MS = 3600000, /* and one that is not: until that is found out */
    INFLIGHT = 2048     /* weir.inflight */
};

/* No step is overdue, whatever the machine is at. */
#define PATIENTLY "--prepare", "60", "--drain", "60", "--take", "60", "--execute"

static const char *const colors[COLORS] = {"blue", "green"};

/* How a switch is asked for, and what is to become of it. */
enum manner {
    PLAIN,
    WATCHED,
    SICK,      /* the new color fails at every record, if it is green; else it is watched */
    TAKEN_BACK /* when it is done, it is taken back */
};
static const char *const manner_names[] = {"", ", watched", ", sick", ", taken back"};

struct hurt {
    enum storm_kind kind;
    uint32_t target; /* member from 0, color of the guest, broker from 0 */
};

/* One switch. */
struct move {
    bool together;
    enum manner manner;
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

/* The plan. */

/* One of four is left in peace, and five of eight are as plain as can be. */
static void draw_move(struct weir_random *random, bool own_servers, struct move *out)
{
    static const uint32_t counts[] = {0, 1, 1, HURTS_MAX};
    static const enum manner manners[] = {PLAIN, PLAIN,   PLAIN, PLAIN,
                                          PLAIN, WATCHED, SICK,  TAKEN_BACK};
    uint32_t kinds = STORM_MEMBERS | STORM_BIT(STORM_GUEST) | STORM_BIT(STORM_ROLLBACK);

    kinds |= own_servers ? STORM_BIT(STORM_BROKER) | STORM_BIT(STORM_ZOOKEEPER) : 0;
    out->together = weir_random_below(random, 2) == 1;
    out->manner = manners[weir_random_below(random, sizeof manners / sizeof manners[0])];
    out->count = counts[weir_random_below(random, sizeof counts / sizeof counts[0])];
    for (uint32_t i = 0; i < HURTS_MAX; i++) {
        out->hurts[i].kind = storm_draw(random, kinds);
        out->hurts[i].target = (uint32_t)weir_random_below(random, MEMBERS);
    }
}

static void tell_move(const struct switch_storm_options *options, const struct move *move,
                      uint32_t number, struct text *out)
{
    text_add(out, "switch %" PRIu32 " of %" PRIu32 ", %s%s:", number + 1, options->switches,
             move->together ? "together" : "each", manner_names[move->manner]);
    for (uint32_t i = 0; i < move->count; i++) {
        const struct hurt *hurt = &move->hurts[i];
        text_add(out, "%s %s", i == 0 ? "" : ",", storm_name(hurt->kind));
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

static const char *sick_file(const char *color)
{
    return scene_text("%s/sick-%s", scene.folder, color);
}

static struct member *start(const char *name, const char *color, const char *session)
{
    return COLOR_SCENE_START(name, color, session, scene_text("handler.sick=%s", sick_file(color)),
                             "weir.retry.attempts=1000000", "weir.retry.backoff.ms=10",
                             "weir.retry.backoff.max.ms=50");
}

static void turn_guest(struct storm *storm, uint32_t color)
{
    struct member **guest = &storm->guests[color];

    if (storm_is_there(*guest)) {
        storm_stop(*guest);
    } else if (*guest != NULL) {
        storm_return(*guest);
    } else {
        *guest = start(color == 0 ? "e" : "f", colors[color], storm->session);
        WAIT_UNTIL(member_has_begun(*guest), AWAIT_MS);
    }
}

static void do_hurt(struct storm *storm, const struct hurt *hurt)
{
    storm->result->happened[hurt->kind]++;
    if ((STORM_MEMBERS & STORM_BIT(hurt->kind)) != 0) {
        storm_hurt_member(hurt->kind, scene.members[hurt->target], storm->load);
    } else if (hurt->kind == STORM_GUEST) {
        turn_guest(storm, hurt->target % COLORS);
    } else if (hurt->kind == STORM_ROLLBACK) {
        switch_desk_roll_back();
    } else {
        storm_hurt_server(hurt->kind, hurt->target);
    }
}

/* The play. */

static bool is(const char *color, const char *other)
{
    return strcmp(color, other) == 0;
}

/* What is taken back later is asked for by the command, which keeps the way back. */
static void ask(const struct move *move, const char *to, bool sick, uint32_t number)
{
    const char *const words[] = {"switch",  "apply",
                                 "--to",    to,
                                 "--mode",  move->together ? "together" : "each",
                                 "--id",    scene_text("storm-%" PRIu32, number),
                                 PATIENTLY, NULL};

    if (sick) {
        tmpdir_write(sick_file(to), "");
    }
    if (move->manner == TAKEN_BACK) {
        WAIT_UNTIL(switch_desk_try(words), AWAIT_MS);
    } else {
        int64_t watched_ms = move->manner == PLAIN ? 0 : GLANCE_MS;
        switch_desk_ask_watched(to, move->together, sick ? STARE_MS : watched_ms);
    }
}

/* True: it is back. Else it was aborted, or came back itself. */
static bool take_back(const char *from)
{
    static const char *const words[] = {"switch", "rollback", PATIENTLY, NULL};

    WAIT_UNTIL(switch_desk_try(words), AWAIT_MS);
    bool done = switch_desk_await_end();
    REQUIRE(is(switch_desk_active(), from) == done);
    return done;
}

static void tell(const struct storm *storm, const struct move *move, uint32_t number,
                 const char *active)
{
    struct text line = {.bytes = NULL};

    if (storm->options->tell != NULL) {
        tell_move(storm->options, move, number, &line);
        text_add(&line, ": %s", active);
        storm->options->tell(line.bytes, storm->options->user);
        text_fini(&line);
    }
}

/* True: in the new color; else in the old one. */
static bool await_end(const struct move *move, const char *from, const char *to)
{
    bool ended_well = switch_desk_await_end();
    bool done = is(switch_desk_active(), to);

    REQUIRE(done || is(switch_desk_active(), from));
    /* Of one with a way back an operator may have asked for that. */
    REQUIRE(done == ended_well || move->manner == TAKEN_BACK);
    return done;
}

static void play_move(struct storm *storm, const struct move *move, uint32_t number)
{
    struct switch_storm_result *result = storm->result;
    const char *from = switch_desk_active();
    const char *to = is(from, "blue") ? "green" : "blue";
    bool sick = move->manner == SICK && is(to, "green");

    ask(move, to, sick, number);
    for (uint32_t i = 0; i < move->count; i++) {
        do_hurt(storm, &move->hurts[i]);
    }
    bool done = await_end(move, from, to);
    if (sick) {
        REQUIRE(!done);
        REQUIRE(unlink(sick_file(to)) == 0);
    }
    result->done += done ? 1 : 0;
    result->returned += done ? 0 : 1;
    result->unhealthy += sick ? 1 : 0;
    result->taken_back += move->manner == TAKEN_BACK && done && take_back(from) ? 1 : 0;
    tell(storm, move, number, switch_desk_active());
}

static void await_calm(const struct storm *storm)
{
    bool blue = strcmp(switch_desk_active(), "blue") == 0;
    bool guest = storm_is_there(storm->guests[blue ? 0 : 1]);

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
    for (int i = 0; i < MEMBERS; i++) {
        (void)start(scene_text("%c", "abcd"[i]), colors[i / COLORS], storm.session);
    }
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
