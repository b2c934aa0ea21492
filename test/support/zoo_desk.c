#include "test/support/zoo_desk.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/memory.h"
#include "framework/group_view.h"
#include "test/support/config_fixture.h"
#include "test/support/sim_zoo.h"
#include "tools/memory.h"
#include "tools/options.h"

struct zoo_desk zoo_desk;

static void hear(const struct weir_log_line *line, void *user)
{
    (void)user;
    (void)snprintf(zoo_desk.said, sizeof zoo_desk.said, "%s", line->text);
}

static weir_time earlier(weir_time one, weir_time other)
{
    return one < other ? one : other;
}

void zoo_desk_cut(void)
{
    const int64_t away_ms = zoo_desk.act_at % 2 == 0 ? SIM_ZOO_TIMEOUT_MS + 1000 : 100;

    sim_zoo_cut(0);
    zoo_desk.heal_at = weir_time_after_ms(sim_zoo_now(), away_ms);
}

/* Time passes while the command waits, up to when the server acts. */
static void wait_virtually(int woken, weir_time until)
{
    (void)woken;
    if (++zoo_desk.turns == zoo_desk.act_at) {
        zoo_desk.act();
    }
    weir_time to = earlier(earlier(until, zoo_desk.heal_at), sim_zoo_due());
    sim_zoo_advance(to > sim_zoo_now() ? to : sim_zoo_now());
    if (sim_zoo_now() >= zoo_desk.heal_at) {
        zoo_desk.heal_at = WEIR_TIME_NEVER;
        sim_zoo_heal(0);
    }
}

const struct weir_zoo_world zoo_desk_world = {
    .library = &sim_zoo_library, .now = sim_zoo_now, .wait = wait_virtually};

void zoo_desk_set_up(void)
{
    sim_zoo_open(1);
    sim_zoo_host(0);
    weir_cli_complain_in(hear);
    zoo_desk.said[0] = '\0';
    zoo_desk.act_at = 0;
    zoo_desk.heal_at = WEIR_TIME_NEVER;
    zoo_desk.config = config_create();
    config_set(zoo_desk.config, "zookeeper.connect", "zk1:2181/kafka");
    ck_assert_int_eq(weir_zoo_group_open(zoo_desk.config, "shop", &zoo_desk_world, &zoo_desk.group),
                     WEIR_EXIT_OK);
}

void zoo_desk_tear_down(void)
{
    weir_zoo_group_close(zoo_desk.group);
    weir_view_fini(&zoo_desk.view);
    weir_config_destroy(zoo_desk.config);
    weir_cli_complain_in(NULL);
    sim_zoo_close();
}

/* What others left there. */

void zoo_desk_put(const char *below, const char *data, int64_t session)
{
    char *path = weir_cli_text(ZOO_DESK_GROUP "/%s", below);

    sim_zoo_write(path, data);
    if (session != 0) {
        sim_zoo_usurp(path, session);
        sim_zoo_write(path, data);
    }
    free(path);
}

void zoo_desk_join(const char *id, const char *strategy, int64_t session)
{
    char name[] = "orders";
    char *below = weir_cli_text("ids/%s", id);
    char *copy = weir_cli_copy(strategy);
    char *text = NULL;
    struct weir_registration_topic topic = {.name = name, .partitions = ZOO_DESK_PARTITIONS};
    const struct weir_registration self = {
        .strategy = copy, .capacity = 2, .topics = &topic, .topic_count = 1};

    ck_assert_int_eq(weir_registration_write(&self, 1700000000123, &text), WEIR_OK);
    zoo_desk_put(below, text, session);
    weir_free(text);
    free(copy);
    free(below);
}

void zoo_desk_own(int partition, const char *data, int64_t session)
{
    char *below = weir_cli_text("owners/orders/%d", partition);

    zoo_desk_put(below, data, session);
    free(below);
}

/* As the members themselves do it. */
static void divide(const char *const *names, size_t count)
{
    struct weir_roster roster = {.members = NULL};
    struct weir_allotment none = {.members = NULL};
    struct weir_allotment made = {.members = NULL};
    struct weir_group_view divided;
    const uint32_t owners[ZOO_DESK_PARTITIONS] = {0, 0, 1, 1};
    char *text = NULL;
    bool changed = false;

    ck_assert_int_eq(weir_roster_list(&roster, names, count, &changed), WEIR_OK);
    for (size_t i = 0; i < count; i++) {
        char *path = weir_cli_text(ZOO_DESK_GROUP "/ids/%s", names[i]);
        const char *data = sim_zoo_data(path);
        roster.members[i]->state = WEIR_ROSTER_READ;
        ck_assert_int_eq(
            weir_registration_read(data, strlen(data), &roster.members[i]->registration, NULL),
            WEIR_OK);
        free(path);
    }
    const struct weir_group_share share = {.roster = &roster, .strategy = "range", .last = &none};
    ck_assert_int_eq(weir_group_view_create(&share, &divided, NULL), WEIR_OK);
    ck_assert_int_eq(weir_allotment_create(&none, &divided.view, owners, &made), WEIR_OK);
    made.view = divided.digest;
    ck_assert_int_eq(weir_allotment_write(&made, &text), WEIR_OK);
    zoo_desk_put("weir/allotment", text, 0);
    weir_free(text);
    weir_allotment_fini(&made);
    weir_group_view_fini(&divided);
    weir_roster_fini(&roster);
}

void zoo_desk_settle(void)
{
    static const char *const names[] = {"a", "b"};

    zoo_desk_join("a", "range", ZOO_DESK_SESSION_A);
    zoo_desk_join("b", "range", ZOO_DESK_SESSION_B);
    divide(names, 2);
    zoo_desk_own(0, "a-0", ZOO_DESK_SESSION_A);
    zoo_desk_own(1, "a-0", ZOO_DESK_SESSION_A);
    zoo_desk_own(2, "b-0", ZOO_DESK_SESSION_B);
    zoo_desk_own(3, "b-0", ZOO_DESK_SESSION_B);
}

const char *zoo_desk_look(void)
{
    weir_view_fini(&zoo_desk.view);
    for (int32_t i = 0; i < ZOO_DESK_PARTITIONS; i++) {
        (void)weir_view_add(&zoo_desk.view, weir_cli_copy("orders"), i);
    }
    weir_view_sort(&zoo_desk.view);
    ck_assert_msg(weir_zoo_group_describe(zoo_desk.group, ZOO_DESK_TIMEOUT_MS, &zoo_desk.view) ==
                      WEIR_EXIT_OK,
                  "%s", zoo_desk.said);
    return zoo_desk.view.state;
}
