#include "test/support/swap_storm.h"

#include <inttypes.h>
#include <string.h>

#include "framework/base/random.h"
#include "test/support/require.h"
#include "test/support/scene.h"
#include "test/support/swap_scene.h"

enum { HURTS_MAX = 2, INFLIGHT = 2048 /* weir.inflight */ };

struct hurt {
    enum storm_kind kind;
    uint32_t target; /* member from 0 */
};

/* One swap. */
struct move {
    bool together;
    bool watched; /* and taken back if the new colors are not well */
    uint32_t count;
    struct hurt hurts[HURTS_MAX];
};

/* The plan. */

/* One of four is left in peace. */
static void draw_move(struct weir_random *random, bool own_servers, struct move *out)
{
    static const uint32_t counts[] = {0, 1, 1, HURTS_MAX};
    uint32_t kinds = STORM_MEMBERS | STORM_BIT(STORM_ROLLBACK);

    kinds |= own_servers ? STORM_BIT(STORM_ZOOKEEPER) : 0;
    out->together = weir_random_below(random, 2) == 1;
    out->watched = weir_random_below(random, 4) == 0;
    out->count = counts[weir_random_below(random, sizeof counts / sizeof counts[0])];
    for (uint32_t i = 0; i < HURTS_MAX; i++) {
        out->hurts[i].kind = storm_draw(random, kinds);
        out->hurts[i].target = (uint32_t)weir_random_below(random, SWAP_SCENE_MEMBERS);
    }
}

static void tell_move(const struct swap_storm_options *options, const struct move *move,
                      uint32_t number, struct text *out)
{
    text_add(out, "swap %" PRIu32 " of %" PRIu32 ", %s%s:", number + 1, options->swaps,
             move->together ? "together" : "each", move->watched ? ", watched" : "");
    for (uint32_t i = 0; i < move->count; i++) {
        const struct hurt *hurt = &move->hurts[i];
        text_add(out, "%s %s", i == 0 ? "" : ",", storm_name(hurt->kind));
        if ((STORM_MEMBERS & STORM_BIT(hurt->kind)) != 0) {
            text_add(out, " %c", "abcd"[hurt->target]);
        }
    }
    text_add(out, "%s", move->count == 0 ? " peace" : "");
}

void swap_storm_plan(const struct swap_storm_options *options, struct text *out)
{
    struct weir_random random = {.state = options->seed};

    for (uint32_t i = 0; i < options->swaps; i++) {
        struct move move;
        draw_move(&random, options->own_servers, &move);
        tell_move(options, &move, i, out);
        text_add(out, "\n");
    }
}

/* The play. */

/* No step is overdue, whatever the machine is at; how long handlers take, and the lag, are the
 * machine's. */
static void ask(const struct move *move, const char *to, uint32_t number)
{
    const char *id = scene_text("swap-%" PRIu32, number);
    const char *mode = move->together ? "together" : "each";

    if (move->watched) {
        SWAP_SCENE_ASK(to, id, "--mode", mode, "--prepare", "60", "--drain", "60", "--take", "60",
                       "--health", "1", "--on-unhealthy", "back", "--max-latency", "1000",
                       "--max-lag", "100000");
    } else {
        SWAP_SCENE_ASK(to, id, "--mode", mode, "--prepare", "60", "--drain", "60", "--take", "60");
    }
}

static void do_hurt(const struct hurt *hurt, struct swap_storm_result *result)
{
    result->happened[hurt->kind]++;
    if ((STORM_MEMBERS & STORM_BIT(hurt->kind)) != 0) {
        storm_hurt_member(hurt->kind, scene.members[hurt->target], swap_scene_load());
    } else if (hurt->kind == STORM_ROLLBACK) {
        swap_scene_roll_back();
    } else {
        storm_hurt_server(hurt->kind, hurt->target);
    }
}

static void play_move(const struct swap_storm_options *options, const struct move *move,
                      uint32_t number, struct swap_storm_result *result)
{
    const char *from = swap_scene_active();
    const char *to = strcmp(from, "blue") == 0 ? "green" : "blue";
    struct text line = {.bytes = NULL};

    ask(move, to, number);
    for (uint32_t i = 0; i < move->count; i++) {
        do_hurt(&move->hurts[i], result);
    }
    (void)swap_scene_await_outcome();
    bool done = strcmp(swap_scene_active(), to) == 0; /* or a rollback took back what was done */
    REQUIRE(done || strcmp(swap_scene_active(), from) == 0);
    result->done += done ? 1 : 0;
    result->returned += done ? 0 : 1;
    if (options->tell != NULL) {
        tell_move(options, move, number, &line);
        text_add(&line, ": %s", done ? to : from);
        options->tell(line.bytes, options->user);
        text_fini(&line);
    }
}

void swap_storm_play(const struct swap_storm_options *options, struct swap_storm_result *result)
{
    const struct verify_options judged = {
        .order = VERIFY_ORDER_KEY, .crashes = true, .late_commits = true, .repeats_max = INFLIGHT};
    struct weir_random random = {.state = options->seed};

    *result = (struct swap_storm_result){0};
    swap_scene_raise(scene_text("zookeeper.session.timeout.ms=%" PRIu32, options->session_ms));
    for (uint32_t i = 0; i < options->swaps; i++) {
        struct move move = {0};
        draw_move(&random, options->own_servers, &move);
        play_move(options, &move, i, result);
    }
    bool blue = strcmp(swap_scene_active(), "blue") == 0;
    swap_scene_await_even(0, blue ? "ab" : "cd");
    swap_scene_await_even(1, blue ? "cd" : "ab");
    swap_scene_end();
    swap_scene_judge(&judged);
    swap_scene_expect_flagged_without_half(&judged);
    REQUIRE(result->done > 0);
}
