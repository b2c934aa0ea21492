#include "test/support/zoo_scene.h"

#include <stdlib.h>
#include <string.h>

#include "test/support/deadline.h"
#include "test/support/require.h"
#include "test/support/scene.h"
#include "test/support/zookeeper.h"
#include "test/support/zookeeper_admin.h"

enum { AWAIT_MS = 60000 };

struct zoo_scene zoo_scene = {.store = "kafka"};

void zoo_scene_raise(int partitions)
{
    zookeeper_resume(zoo_scene.server, 0); /* a test that failed may have left it paused */
    zoo_scene.admin = zookeeper_admin_open(zookeeper_connect(zoo_scene.server), NULL);
    scene_create_topic(partitions);
}

void zoo_scene_drop(void)
{
    zookeeper_admin_close(zoo_scene.admin);
    zoo_scene.admin = NULL;
    zoo_scene.store = "kafka";
}

struct member *zoo_scene_start(const char *name, const char *const *settings)
{
    enum { SETTINGS_MAX = 16 };
    const char *all[SETTINGS_MAX] = {
        "weir.coordinator=zookeeper", scene_text("weir.member.id=%s", name),
        scene_text("zookeeper.connect=%s", zookeeper_connect(zoo_scene.server)),
        scene_text("weir.offsets.store=%s", zoo_scene.store),
        "topic.metadata.refresh.interval.ms=300"};
    size_t count = 5;

    for (size_t i = 0; settings[i] != NULL; i++) {
        REQUIRE(count + 1 < SETTINGS_MAX);
        all[count++] = settings[i];
    }
    return scene_start(name, all);
}

const char *zoo_scene_node(const char *below)
{
    return scene_text("/consumers/%s/%s", scene.group, below);
}

const char *zoo_scene_data(const char *path)
{
    char *data = zookeeper_admin_get(zoo_scene.admin, path);
    const char *kept = scene_text("%s", data == NULL ? "-" : data);

    free(data);
    return kept;
}

const char *zoo_scene_members(void)
{
    char *names = zookeeper_admin_list(zoo_scene.admin, zoo_scene_node("ids"));
    const char *kept = scene_text("%s", names == NULL ? "" : names);

    free(names);
    return kept;
}

const char *zoo_scene_owners(void)
{
    int partitions = admin_partitions(scene.admin, scene.topics[0]);
    char word[64] = "";

    REQUIRE(partitions < (int)sizeof word);
    for (int i = 0; i < partitions; i++) {
        const char *owner = scene_text("owners/%s/%d", scene.topics[0], i);
        word[i] = zoo_scene_data(zoo_scene_node(owner))[0];
    }
    return scene_text("%s", word);
}

size_t zoo_scene_share(const char *word, char name)
{
    size_t share = 0;

    for (; *word != '\0'; word++) {
        share += *word == name;
    }
    return share;
}

bool zoo_scene_is_even(const char *word, const char *names)
{
    size_t members = strlen(names);
    size_t given = 0;

    for (const char *name = names; *name != '\0'; name++) {
        size_t share = zoo_scene_share(word, *name);
        if (share < strlen(word) / members || share > (strlen(word) + members - 1) / members) {
            return false;
        }
        given += share;
    }
    return given == strlen(word);
}

void zoo_scene_await_even(const char *names)
{
    WAIT_UNTIL(zoo_scene_is_even(zoo_scene_owners(), names), AWAIT_MS);
}

bool zoo_scene_all_stored(void)
{
    bool all = true;

    for (int32_t i = 0; all && i < admin_partitions(scene.admin, scene.topics[0]); i++) {
        int64_t end = admin_end_offset(scene.admin, scene.topics[0], i);
        char *data = zookeeper_admin_get(
            zoo_scene.admin, zoo_scene_node(scene_text("offsets/%s/%d", scene.topics[0], (int)i)));
        all = data != NULL && strtoll(data, NULL, 10) == end;
        free(data);
    }
    return all;
}
