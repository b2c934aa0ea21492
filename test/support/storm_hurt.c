#include "test/support/storm_hurt.h"

#include <assert.h>
#include <string.h>

#include "framework/base/random.h"
#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/load_kafka.h"
#include "test/support/process.h"
#include "test/support/require.h"
#include "test/support/scene.h"
#include "test/support/zoo_scene.h"
#include "test/support/zookeeper.h"
#include "test/support/zookeeper_admin.h"

enum {
    AWAIT_MS = 120000,
    PAUSE_RECORDS = 300,
    TRY_AGAIN = 75 /* what a member says that could not commit all it did */
};

static const struct {
    const char *name;
    uint32_t weight;
} kinds_of_hurt[] = {
#define STORM_ROW(id, name, weight) [id] = {name, weight},
    STORM_TABLE(STORM_ROW)
#undef STORM_ROW
};

const char *storm_name(enum storm_kind kind)
{
    return kinds_of_hurt[kind].name;
}

enum storm_kind storm_draw(struct weir_random *random, uint32_t kinds)
{
    uint32_t all = 0;
    int kind = 0;

    for (int i = 0; i < (int)STORM_KINDS; i++) {
        all += (kinds & STORM_BIT(i)) != 0 ? kinds_of_hurt[i].weight : 0;
    }
    uint32_t left = (uint32_t)weir_random_below(random, all);
    while ((kinds & STORM_BIT(kind)) == 0 || left >= kinds_of_hurt[kind].weight) {
        left -= (kinds & STORM_BIT(kind)) != 0 ? kinds_of_hurt[kind].weight : 0;
        kind++;
    }
    assert(kind < (int)STORM_KINDS);
    return (enum storm_kind)kind;
}

/* Members. */

/* Whoever has not begun hears no signal. */
void storm_return(struct member *member)
{
    member_restart(member);
    WAIT_UNTIL(member_has_begun(member), AWAIT_MS);
}

/* With servers away it may not get all of its work committed, which it says by its status. */
void storm_stop(struct member *member)
{
    member_begin_stop(member);
    int status = process_wait(member_process(member), AWAIT_MS);

    if (status != 0 && status != TRY_AGAIN) {
        fail_test("%s was asked to stop and ended with %d: %s", member_name(member), status,
                  process_describe(member_process(member)));
    }
}

bool storm_is_there(const struct member *member)
{
    return member != NULL && process_running(member_process(member));
}

static void pause_member(struct member *member, const struct load *load)
{
    uint64_t until = load_acknowledged(load) + PAUSE_RECORDS;

    process_pause(member_process(member));
    WAIT_UNTIL(load_acknowledged(load) >= until, AWAIT_MS);
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

void storm_hurt_member(enum storm_kind kind, struct member *member, const struct load *load)
{
    assert((STORM_MEMBERS & STORM_BIT(kind)) != 0);
    if (kind == STORM_PAUSE) {
        pause_member(member, load);
    } else if (kind == STORM_ZOMBIE) {
        make_zombie(member);
    } else {
        if (kind == STORM_KILL) {
            member_kill(member);
        } else {
            storm_stop(member);
        }
        storm_return(member);
    }
}

/* Servers. */

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

void storm_hurt_server(enum storm_kind kind, uint32_t target)
{
    if (kind == STORM_BROKER) {
        bounce_broker(target);
    } else {
        assert(kind == STORM_ZOOKEEPER);
        bounce_zookeeper();
    }
}
