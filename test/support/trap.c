#include "test/support/trap.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/require.h"
#include "test/support/scene.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"
#include "test/support/zoo_scene.h"
#include "test/support/zookeeper_admin.h"

enum { AWAIT_MS = 120000, KILLED = 128 + SIGKILL };

void trap_use_mortal(void)
{
    const char *binary = getenv("WEIR_BINARY");

    if (binary == NULL || strrchr(binary, '/') == NULL) {
        fail_test("the environment has no WEIR_BINARY, the path of the weir command");
    }
    char *mortal =
        text_format("%.*s/test/fault/weir_mortal", (int)(strrchr(binary, '/') - binary), binary);
    REQUIRE(setenv("WEIR_BINARY", mortal, 1) == 0);
    free(mortal);
}

void trap_open(void)
{
    REQUIRE(setenv("TRAPS", scene.folder, 1) == 0);
}

void trap_set(const char *step, const char *when)
{
    tmpdir_write(scene_text("%s/%s.%s", scene.folder, step, when), "");
}

pid_t trap_await(void)
{
    const char *path = scene_text("%s/caught", scene.folder);

    WAIT_UNTIL(access(path, F_OK) == 0, AWAIT_MS);
    char *text = tmpdir_read(path);
    pid_t pid = (pid_t)strtol(text, NULL, 10);
    free(text);
    REQUIRE(pid > 0);
    REQUIRE(unlink(path) == 0);
    return pid;
}

void trap_let_go(pid_t pid)
{
    REQUIRE(kill(pid, SIGCONT) == 0);
}

static struct member *member_of(pid_t pid)
{
    for (size_t i = 0; i < scene.member_count; i++) {
        if (member_pid(scene.members[i]) == pid) {
            return scene.members[i];
        }
    }
    return NULL;
}

bool trap_revive(pid_t pid, const char *when)
{
    struct member *member = member_of(pid);

    if (member == NULL) {
        return false;
    }
    if (strcmp(when, "still") != 0) {
        member_expect(member, KILLED, AWAIT_MS);
        member_restart(member);
        WAIT_UNTIL(member_has_begun(member), AWAIT_MS);
        return true;
    }
    const char *node = zoo_scene_node(scene_text("ids/%s", member_name(member)));
    WAIT_UNTIL(!zookeeper_admin_exists(zoo_scene.admin, node), AWAIT_MS);
    trap_let_go(pid);
    WAIT_UNTIL(zookeeper_admin_exists(zoo_scene.admin, node), AWAIT_MS);
    return true;
}
