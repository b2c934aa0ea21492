#include "framework/zoo_control_zookeeper.h"

#include <stddef.h>
#include <string.h>

void weir_zoo_chroot_look(struct weir_zoo_control *zoo)
{
    const struct weir_zoo_request look = {.kind = WEIR_ZOO_EXISTS, .path = zoo->chroot};

    zoo->looking = weir_zoo_control_ask(zoo, WEIR_ZOO_FOR_CHROOT_LOOK, &look, "") == WEIR_OK;
}

static void make_node(struct weir_zoo_control *zoo)
{
    const struct weir_zoo_request node = {.kind = WEIR_ZOO_CREATE, .path = zoo->chroot};

    /* How it went is what the look says. */
    (void)weir_zoo_control_ask(zoo, WEIR_ZOO_FOR_CHROOT_MAKE, &node, "");
}

/* All at once: the library keeps their order, so the look behind the creations sees them. */
static void make_chroot(struct weir_zoo_control *zoo)
{
    zoo->made = true;
    zoo->make_code = ZOK;
    for (char *slash = strchr(zoo->chroot + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        make_node(zoo);
        *slash = '/';
    }
    make_node(zoo);
    weir_zoo_chroot_look(zoo);
}

/* Once per reason: it is tried again every second or so. */
static void say_why_not(struct weir_zoo_control *zoo, int reason)
{
    if (reason != zoo->told_code) {
        zoo->told_code = reason;
        weir_log(&zoo->report->log, WEIR_LOG_ERROR, "zookeeper",
                 "zookeeper.connect: the node %s is not there and cannot be made: %s; make it, or "
                 "name another one; trying again",
                 zoo->chroot, weir_zoo_text_of(reason));
    }
}

void weir_zoo_chroot_judge(struct weir_zoo_control *zoo, int code)
{
    enum weir_zoo_result result = weir_zoo_result_of(code);

    zoo->looking = false;
    if (result == WEIR_ZOO_OK) {
        zoo->rooted = true;
    } else if (result == WEIR_ZOO_ABSENT && !zoo->made) {
        make_chroot(zoo);
    } else {
        zoo->made = false;
        if (result != WEIR_ZOO_UNKNOWN) {
            say_why_not(zoo, zoo->make_code != ZOK ? zoo->make_code : code);
        }
    }
}

void weir_zoo_chroot_made(struct weir_zoo_control *zoo, int code)
{
    if (zoo->make_code == ZOK && code != ZNODEEXISTS) {
        zoo->make_code = code;
    }
}
