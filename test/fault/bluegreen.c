#include "test/fault/bluegreen.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "test/fault/run.h"
#include "test/support/color_scene.h"
#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/kafka.h"
#include "test/support/process.h"
#include "test/support/scene.h"
#include "test/support/swap_storm.h"
#include "test/support/switch_storm.h"
#include "test/support/text.h"
#include "test/support/zoo_scene.h"
#include "test/support/zookeeper.h"

enum { SERVERS = 3, NS_PER_S = 1000000000, SWITCHES_PER_SWAP = 10 };

struct bluegreen {
    const struct run_options *options;
    struct switch_storm_options storm;
    struct switch_storm_result result;
    struct swap_storm_options swaps;
    struct swap_storm_result swapped;
    struct kafka *kafka;
    bool on_scene;
    struct text log; /* a line for each switch and swap */
};

static void show(const char *line, void *user)
{
    struct bluegreen *bluegreen = user;
    bool terminal = bluegreen->options->terminal;

    text_add(&bluegreen->log, "%s\n", line);
    (void)printf("%s%s%s", terminal ? "\r\033[K" : "", line, terminal ? "" : "\n");
    (void)fflush(stdout);
}

static void play(void *user)
{
    struct bluegreen *bluegreen = user;
    static const char *const replicated[] = {"min.insync.replicas=2", NULL};
    int brokers = (int)bluegreen->options->brokers;

    zoo_scene.server = zookeeper_start(SERVERS);
    bluegreen->kafka = kafka_start(
        &(struct kafka_options){.brokers = brokers, .properties = brokers > 2 ? replicated : NULL});
    scene_open(bluegreen->kafka);
    bluegreen->on_scene = true;
    /* Else a hand-over whose commit finds no broker in time is followed by a repetition. */
    zoo_scene.store = bluegreen->storm.own_servers ? "zookeeper" : "kafka";
    switch_storm_play(&bluegreen->storm, &bluegreen->result);
    color_scene_tell();
    scene_close();
    scene_open(bluegreen->kafka);
    swap_storm_play(&bluegreen->swaps, &bluegreen->swapped);
}

static void tell_hurts(const uint32_t *happened)
{
    for (int kind = 0; kind < (int)STORM_KINDS; kind++) {
        if (happened[kind] > 0) {
            (void)printf(" %s %" PRIu32, storm_name((enum storm_kind)kind), happened[kind]);
        }
    }
}

static void tell_result(const struct bluegreen *bluegreen, const char *failure, int64_t s)
{
    const struct switch_storm_result *result = &bluegreen->result;
    const struct swap_storm_result *swapped = &bluegreen->swapped;
    const struct run_options *options = bluegreen->options;

    (void)printf("%sseed %" PRIu64 ": %s after %" PRId64 " s: %" PRIu32 " switches, %" PRIu32
                 " done, %" PRIu32 " back in the old color;",
                 options->terminal ? "\r\033[K" : "", options->seed,
                 failure == NULL ? "holds" : "BROKEN", s, result->done + result->returned,
                 result->done, result->returned);
    (void)printf(" green failed in %" PRIu32 ", %" PRIu32 " taken back when they were done;",
                 result->unhealthy, result->taken_back);
    tell_hurts(result->happened);
    (void)printf("; %" PRIu32 " swaps, %" PRIu32 " done, %" PRIu32 " back;",
                 swapped->done + swapped->returned, swapped->done, swapped->returned);
    tell_hurts(swapped->happened);
    if (failure == NULL) {
        (void)printf("; %" PRIu64 " records, none lost, none twice but %" PRIu64
                     " again after a crash, two colors at work never\n",
                     result->records, result->repeated);
        return;
    }
    (void)printf("\n%s\nWhat was done:\n%s", failure, bluegreen->log.bytes);
    if (options->keep != NULL && bluegreen->on_scene) {
        (void)printf("Streams and logs: %s/seed-%" PRIu64 "\n", options->keep, options->seed);
    }
}

static void put_away(struct bluegreen *bluegreen, bool failed)
{
    const struct run_options *options = bluegreen->options;

    if (options->keep != NULL && bluegreen->on_scene && (options->keep_always || failed)) {
        run_keep(options, bluegreen->log.bytes);
    }
    if (bluegreen->on_scene) {
        scene_close();
    }
    kafka_stop(bluegreen->kafka);
    zookeeper_stop(zoo_scene.server);
    process_destroy_all();
    text_fini(&bluegreen->log);
}

int bluegreen_run(const struct run_options *options, uint32_t switches, bool plan)
{
    struct bluegreen bluegreen = {.options = options,
                                  .storm = {.seed = options->seed,
                                            .switches = switches,
                                            .session_ms = options->session_ms,
                                            .own_servers = !options->members_only,
                                            .tell = show,
                                            .user = &bluegreen},
                                  .swaps = {.seed = options->seed,
                                            .swaps = 1 + (switches - 1) / SWITCHES_PER_SWAP,
                                            .session_ms = options->session_ms,
                                            .own_servers = !options->members_only,
                                            .tell = show,
                                            .user = &bluegreen}};
    int64_t begin_ns = deadline_now_ns();

    text_add(&bluegreen.log, "%s", "");
    if (plan) {
        switch_storm_plan(&bluegreen.storm, &bluegreen.log);
        swap_storm_plan(&bluegreen.swaps, &bluegreen.log);
        (void)fputs(bluegreen.log.bytes, stdout);
        text_fini(&bluegreen.log);
        return EXIT_SUCCESS;
    }
    char *failure = fail_catch(play, &bluegreen);
    tell_result(&bluegreen, failure, (deadline_now_ns() - begin_ns) / NS_PER_S);
    put_away(&bluegreen, failure != NULL);
    int status = failure == NULL ? EXIT_SUCCESS : EXIT_FAILURE;
    free(failure);
    return status;
}
