#include "test/support/color_scene.h"

#include <stdlib.h>
#include <string.h>

#include "test/support/deadline.h"
#include "test/support/handover.h"
#include "test/support/require.h"
#include "test/support/scene.h"
#include "test/support/scene_load.h"
#include "test/support/switch_desk.h"
#include "test/support/tmpdir.h"
#include "test/support/zoo_scene.h"

enum { SETTINGS_MAX = 12, PER_SECOND = 1000, KEYS = 200 };

const char color_scene_patient[] = "zookeeper.session.timeout.ms=60000";
const char color_scene_mortal[] = "zookeeper.session.timeout.ms=1500";

struct load *color_scene_load(void)
{
    return scene_load(scene.topics[0], COLOR_SCENE_PARTITIONS, KEYS, PER_SECOND);
}

struct load *color_scene_raise(void)
{
    zoo_scene_raise(COLOR_SCENE_PARTITIONS);
    return color_scene_load();
}

struct member *color_scene_start(const char *name, const char *color, const char *const *settings)
{
    const char *all[SETTINGS_MAX] = {"weir.strategy=bluegreen", scene_text("weir.color=%s", color)};
    size_t count = 2;

    for (size_t i = 0; settings[i] != NULL; i++) {
        REQUIRE(count + 1 < SETTINGS_MAX);
        all[count++] = settings[i];
    }
    return zoo_scene_start(name, all);
}

void color_scene_start_blue(const char *session)
{
    COLOR_SCENE_START("a", "blue", session);
    COLOR_SCENE_START("b", "blue", session);
}

void color_scene_start_green(const char *session)
{
    COLOR_SCENE_START("c", "green", session);
    COLOR_SCENE_START("d", "green", session);
}

void color_scene_await(const char *members)
{
    WAIT_UNTIL(strcmp(zoo_scene_members(), members) == 0, COLOR_SCENE_AWAIT_MS);
}

void color_scene_switch_to(const char *color, bool together)
{
    switch_desk_ask(color, together);
    REQUIRE(switch_desk_await_end());
    zoo_scene_await_even(strcmp(color, "blue") == 0 ? "ab" : "cd");
}

/* By what each counted in its last life, and said at its end if it was anything. */
static void expect_nobody_saw_two_at_work(void)
{
    size_t counted = 0;

    for (size_t i = 0; i < scene.member_count; i++) {
        char *path = tmpdir_path(scene.folder, scene_text("%s.log", member_name(scene.members[i])));
        char *log = tmpdir_read(path);
        counted += strstr(log, "fetcher_wakeups ") != NULL ? 1 : 0;
        REQUIRE(strstr(log, "dual_active_partitions ") == NULL);
        free(log);
        free(path);
    }
    REQUIRE(counted > 0);
}

void color_scene_end(struct load *load)
{
    if (load != NULL) {
        scene_add_ledger(load_stop(load));
    }
    bool on_brokers = strcmp(zoo_scene.store, "kafka") == 0;
    if (on_brokers) {
        scene_await_committed();
    } else {
        WAIT_UNTIL(zoo_scene_all_stored(), COLOR_SCENE_AWAIT_MS);
    }
    scene_stop_all();
    if (on_brokers) {
        scene_expect_committed();
    } else {
        REQUIRE(zoo_scene_all_stored());
    }
    expect_nobody_saw_two_at_work();
    REQUIRE(*zoo_scene_members() == '\0');
    zoo_scene_drop();
}

void color_scene_tell(void)
{
    struct stream *streams[SCENE_MEMBERS_MAX];

    for (size_t i = 0; i < scene.member_count; i++) {
        streams[i] = member_stream(scene.members[i]);
        stream_read(streams[i]);
    }
    handover_tell_gaps(streams, scene.member_count);
}
