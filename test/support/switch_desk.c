#include "test/support/switch_desk.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "framework/base/clock.h"
#include "framework/base/memory.h"
#include "framework/switch.h"
#include "test/support/command.h"
#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/require.h"
#include "test/support/scene.h"
#include "test/support/zoo_scene.h"
#include "test/support/zookeeper.h"
#include "test/support/zookeeper_admin.h"

enum { END_MS = 120000, STEP_MS = 60000, NOT_NOW = 75 };
/* Of the new color's health: how long its handlers take, and its lag, are the machine's. */
enum { LATENCY_MOST = 1000, LAG_MOST = 100000, RECORDS_LEAST = 10 };

static void read_record(struct weir_switch *out)
{
    const char *text = zoo_scene_data(zoo_scene_node("weir/switch"));
    struct weir_error error;

    weir_switch_init(out);
    if (strcmp(text, "-") != 0) {
        enum weir_status status = weir_switch_read(text, strlen(text), out, &error);
        if (status != WEIR_OK) {
            fail_test("the record: %s", error.text);
        }
    }
}

static void write_record(const struct weir_switch *record)
{
    const char *path = zoo_scene_node("weir/switch");
    char *text = NULL;

    REQUIRE(weir_switch_write(record, &text) == WEIR_OK);
    if (zookeeper_admin_exists(zoo_scene.admin, path)) {
        zookeeper_admin_set(zoo_scene.admin, path, text);
    } else {
        zookeeper_admin_create(zoo_scene.admin, path, text);
    }
    weir_free(text);
}

void switch_desk_ask(const char *to, bool together)
{
    switch_desk_ask_watched(to, together, 0);
}

void switch_desk_ask_watched(const char *to, bool together, int64_t health_ms)
{
    struct weir_switch record;
    struct weir_switch next;
    struct weir_error error;
    struct weir_switch_request request = {
        .by = "the desk",
        .mode = together ? WEIR_SWITCH_TOGETHER : WEIR_SWITCH_EACH,
        .limits = {.prepare_ms = STEP_MS,
                   .drain_ms = STEP_MS,
                   .take_ms = STEP_MS,
                   .health_ms = health_ms},
        .health = {.latency = LATENCY_MOST, .lag = LAG_MOST, .records = RECORDS_LEAST},
        .unhealthy = health_ms > 0 ? WEIR_SWITCH_TAKE_BACK : WEIR_SWITCH_TELL};

    read_record(&record);
    (void)snprintf(request.id, sizeof request.id, "desk-%llu", (unsigned long long)record.turn);
    (void)snprintf(request.to, sizeof request.to, "%s", to);
    enum weir_status status =
        weir_switch_ask(&record, &request, weir_clock_wall() / WEIR_NS_PER_MS, &next, &error);
    if (status != WEIR_OK) {
        fail_test("refused: %s", error.text);
    }
    write_record(&next);
}

static bool is_in_step(const char *step)
{
    struct weir_switch record;

    read_record(&record);
    return strcmp(weir_switch_step_name(record.step), step) == 0;
}

void switch_desk_await_step(const char *step)
{
    WAIT_UNTIL(is_in_step(step), END_MS);
}

static bool has_ended(struct weir_switch *record)
{
    read_record(record);
    return record->step == WEIR_SWITCH_IDLE;
}

bool switch_desk_await_end(void)
{
    struct weir_switch record;

    WAIT_UNTIL(has_ended(&record), END_MS);
    REQUIRE(record.past_count > 0);
    return record.past[0].outcome == WEIR_SWITCH_DONE;
}

const char *switch_desk_active(void)
{
    struct weir_switch record;

    read_record(&record);
    return scene_text("%s", record.active);
}

static struct command command_of(const char *const *words)
{
    return (struct command){
        .options = {"-X", scene_text("group.id=%s", scene.group), "-X",
                    scene_text("zookeeper.connect=%s", zookeeper_connect(zoo_scene.server))},
        .words = words,
        .ms_max = END_MS};
}

const char *switch_desk_run(int code, const char *const *words)
{
    const struct command command = command_of(words);

    return command_run(&command, code, NULL);
}

struct process *switch_desk_start(const char *const *words)
{
    const struct command command = command_of(words);

    return command_start(&command);
}

bool switch_desk_try(const char *const *words)
{
    struct process *process = switch_desk_start(words);
    int status = process_wait(process, END_MS);

    if (status != 0 && status != NOT_NOW) {
        fail_test("%s ended with %d: %s", words[1], status, process_describe(process));
    }
    process_destroy(process);
    return status == 0;
}

void switch_desk_roll_back(void)
{
    (void)switch_desk_try((const char *const[]){"switch", "rollback", "--execute", NULL});
}
