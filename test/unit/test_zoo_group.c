#include "tools/zoo_group.h"

#include "test/support/config_fixture.h"
#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include "test/support/zoo_desk.h"
#include "tools/memory.h"
#include "tools/options.h"
#include <string.h>

/* On a server in virtual time; on a real one it is in test/integration/test_kafka_zootools.c. */

static void expect_why(const char *part)
{
    ck_assert_msg(zoo_desk.view.reason != NULL && strstr(zoo_desk.view.reason, part) != NULL, "%s",
                  zoo_desk.view.reason == NULL ? "(none)" : zoo_desk.view.reason);
}

static void expect_trouble(const char *trouble, const char *part)
{
    ck_assert_msg(trouble != NULL && strstr(trouble, part) != NULL, "%s",
                  trouble == NULL ? "(none)" : trouble);
}

START_TEST(a_group_whose_members_have_their_shares_is_stable)
{
    zoo_desk_settle();
    ck_assert_str_eq(zoo_desk_look(), "Stable");
    ck_assert_ptr_null(zoo_desk.view.reason);
    ck_assert_str_eq(zoo_desk.view.assignor, "range");
    ck_assert_str_eq(zoo_desk.view.coordinator, "zk1:2181/kafka");
    ck_assert_uint_eq(zoo_desk.view.member_count, 2);
    ck_assert_str_eq(zoo_desk.view.members[1].id, "b");
    ck_assert_int_eq(zoo_desk.view.members[1].capacity, 2);
    ck_assert_ptr_null(zoo_desk.view.members[1].trouble);
    for (int32_t i = 0; i < ZOO_DESK_PARTITIONS; i++) {
        ck_assert_int_eq(zoo_desk.view.partitions[i].owner, i / 2);
        ck_assert_int_eq(zoo_desk.view.partitions[i].allotted, i / 2);
        ck_assert_ptr_null(zoo_desk.view.partitions[i].trouble);
        ck_assert(zoo_desk.view.partitions[i].wanted);
    }
}
END_TEST

START_TEST(a_partition_that_is_not_where_it_belongs_is_on_its_way)
{
    zoo_desk_settle();
    zoo_desk_own(1, "b-0", ZOO_DESK_SESSION_B);
    ck_assert_str_eq(zoo_desk_look(), "Rebalancing");
    ck_assert_int_eq(zoo_desk.view.partitions[1].owner, 1);
    ck_assert_int_eq(zoo_desk.view.partitions[1].allotted, 0);
    sim_zoo_remove(ZOO_DESK_GROUP "/owners/orders/1");
    ck_assert_str_eq(zoo_desk_look(), "Rebalancing");
    ck_assert_int_eq(zoo_desk.view.partitions[1].owner, WEIR_VIEW_NOBODY);
}
END_TEST

START_TEST(a_member_that_was_not_divided_yet_is_a_rebalance)
{
    zoo_desk_settle();
    zoo_desk_join("c", "range", ZOO_DESK_SESSION_B + 1);
    ck_assert_str_eq(zoo_desk_look(), "Rebalancing");
    ck_assert_uint_eq(zoo_desk.view.member_count, 3);
    expect_why("the last division was of other members or topics");
    sim_zoo_remove(ZOO_DESK_GROUP "/ids/c");
    ck_assert_str_eq(zoo_desk_look(), "Stable");
    sim_zoo_remove(ZOO_DESK_GROUP "/weir/allotment");
    ck_assert_str_eq(zoo_desk_look(), "Rebalancing");
}
END_TEST

START_TEST(members_that_cannot_agree_are_named)
{
    zoo_desk_settle();
    zoo_desk_join("c", "sticky", ZOO_DESK_SESSION_B + 1);
    ck_assert_str_eq(zoo_desk_look(), "Disagreeing");
    expect_why("'a' has weir.strategy=range and 'c' has sticky");
    ck_assert_ptr_null(zoo_desk.view.assignor);
    zoo_desk_put("ids/c", "{\"weir\":{\"version\":99}}", ZOO_DESK_SESSION_B + 1);
    ck_assert_str_eq(zoo_desk_look(), "Disagreeing");
    expect_why("'c' runs a newer weir");
    expect_trouble(zoo_desk.view.members[2].trouble, "newer weir");
}
END_TEST

/* As go_kafka_client writes it. */
START_TEST(strangers_are_no_members_and_are_seen)
{
    static const char stranger[] = "{\"version\":1,\"subscription\":{\"orders\":1},"
                                   "\"pattern\":\"static\",\"timestamp\":\"1700000000123\"}";

    zoo_desk_put("ids/go", stranger, ZOO_DESK_SESSION_A);
    zoo_desk_own(0, "go-1", ZOO_DESK_SESSION_A);
    zoo_desk_own(1, "gone-and-away-1", ZOO_DESK_SESSION_B);
    ck_assert_str_eq(zoo_desk_look(), "Foreign");
    ck_assert(!weir_view_is_idle(&zoo_desk.view));
    ck_assert_uint_eq(zoo_desk.view.member_count, 1);
    expect_trouble(zoo_desk.view.members[0].trouble, "it is not of a weir");
    ck_assert_int_eq(zoo_desk.view.partitions[0].owner, 0);
    ck_assert_int_eq(zoo_desk.view.partitions[1].owner, WEIR_VIEW_NOBODY);
    ck_assert_str_eq(zoo_desk.view.partitions[1].holder, "gone-and-away-1");
    zoo_desk_settle();
    ck_assert_str_eq(zoo_desk_look(), "Stable");
    ck_assert_uint_eq(zoo_desk.view.member_count, 3);
}
END_TEST

START_TEST(damage_is_told)
{
    zoo_desk_settle();
    zoo_desk_put("weir/allotment", "{\"version\":1,\"view\":\"nothing\"}", 0);
    ck_assert_str_eq(zoo_desk_look(), "Rebalancing");
    expect_why("weir/allotment cannot be read: it is damaged");
    zoo_desk_put("ids/b", "{\"weir\":{\"version\":1}}", ZOO_DESK_SESSION_B);
    zoo_desk_put("ids/\xc3\xa4", "{}", ZOO_DESK_SESSION_B);
    (void)zoo_desk_look();
    ck_assert_uint_eq(zoo_desk.view.member_count, 3);
    expect_trouble(zoo_desk.view.members[1].trouble, "damaged");
    expect_trouble(zoo_desk.view.members[2].trouble, "no weir has such a name");
}
END_TEST

START_TEST(an_owner_that_stays_is_told)
{
    zoo_desk_settle();
    sim_zoo_remove(ZOO_DESK_GROUP "/owners/orders/0");
    zoo_desk_own(0, "a-0", 0);
    zoo_desk_own(2, "b-0", ZOO_DESK_SESSION_A);
    zoo_desk_put("owners/orders/x", "b-0", 0); /* no partition */
    (void)zoo_desk_look();
    expect_trouble(zoo_desk.view.partitions[0].trouble, "is not ephemeral");
    expect_trouble(zoo_desk.view.partitions[2].trouble, "of an earlier session");
}
END_TEST

START_TEST(nothing_is_a_state_too)
{
    ck_assert_str_eq(zoo_desk_look(), "Dead");
    ck_assert(weir_view_is_idle(&zoo_desk.view) && weir_view_members_known(&zoo_desk.view));
    ck_assert_msg(!sim_zoo_exists("/kafka"), "a look made a node");
    zoo_desk_put("offsets/orders/0", "7", 0);
    ck_assert_str_eq(zoo_desk_look(), "Empty");
    ck_assert(weir_view_is_idle(&zoo_desk.view) && weir_view_members_known(&zoo_desk.view));
    zoo_desk_own(0, "gone-0", ZOO_DESK_SESSION_A);
    ck_assert_str_eq(zoo_desk_look(), "Rebalancing");
    expect_why("gone-0 owns orders/0, and is no member");
    ck_assert(!weir_view_is_idle(&zoo_desk.view) && weir_view_members_known(&zoo_desk.view));
}
END_TEST

START_TEST(offsets_are_known_none_or_unknown)
{
    zoo_desk_put("offsets/orders/0", "7", 0);
    zoo_desk_put("offsets/orders/1", "9223372036854775807", 0);
    zoo_desk_put("offsets/orders/2", "seven", 0);
    zoo_desk_put("offsets/orders/9", "7", 0);
    zoo_desk_put("offsets/payments/0", "7", 0);
    (void)zoo_desk_look();
    ck_assert_int_eq(
        weir_zoo_group_ask_committed(zoo_desk.group, ZOO_DESK_TIMEOUT_MS, &zoo_desk.view),
        WEIR_EXIT_OK);
    ck_assert_int_eq(zoo_desk.view.partitions[0].committed, 7);
    ck_assert_int_eq(zoo_desk.view.partitions[1].committed, INT64_MAX);
    ck_assert_int_eq(zoo_desk.view.partitions[2].committed, WEIR_VIEW_UNKNOWN);
    expect_trouble(zoo_desk.view.partitions[2].trouble, "holds no offset");
    ck_assert(!zoo_desk.view.partitions[0].none && !zoo_desk.view.partitions[2].none &&
              zoo_desk.view.partitions[3].none);
}
END_TEST

/* When the servers are away. */

/* At each turn of a look: the connection breaks, and the session may end with it. */
START_TEST(what_a_broken_connection_cost_is_asked_again)
{
    enum { TURNS_MAX = 1000 };
    int at = 0;

    zoo_desk_settle();
    do {
        zoo_desk.turns = 0;
        zoo_desk.act = zoo_desk_cut;
        zoo_desk.act_at = ++at;
        ck_assert_str_eq(zoo_desk_look(), "Stable");
        weir_zoo_group_close(zoo_desk.group);
        ck_assert_int_eq(
            weir_zoo_group_open(zoo_desk.config, "shop", &zoo_desk_world, &zoo_desk.group),
            WEIR_EXIT_OK);
    } while (zoo_desk.turns >= at && at < TURNS_MAX);
    ck_assert_int_gt(at, 3);
    ck_assert_int_lt(at, TURNS_MAX);
}
END_TEST

START_TEST(a_server_that_is_away_is_named_when_the_time_is_up)
{
    weir_time from = sim_zoo_now();

    sim_zoo_cut(0);
    ck_assert_int_eq(weir_zoo_group_describe(zoo_desk.group, ZOO_DESK_TIMEOUT_MS, &zoo_desk.view),
                     WEIR_EXIT_UNAVAILABLE);
    ck_assert_int_ge(sim_zoo_now() - from, (weir_time)ZOO_DESK_TIMEOUT_MS * WEIR_NS_PER_MS);
    expect_trouble(zoo_desk.said, "no answer of zookeeper.connect=zk1:2181/kafka in time");
    sim_zoo_heal(0);
    ck_assert_int_eq(weir_zoo_group_describe(zoo_desk.group, ZOO_DESK_TIMEOUT_MS, &zoo_desk.view),
                     WEIR_EXIT_OK);
    ck_assert_str_eq(zoo_desk.view.state, "Dead");
}
END_TEST

START_TEST(what_may_not_be_read_is_named)
{
    zoo_desk_settle();
    sim_zoo_deny(ZOO_DESK_GROUP "/ids/b");
    ck_assert_int_eq(weir_zoo_group_describe(zoo_desk.group, ZOO_DESK_TIMEOUT_MS, &zoo_desk.view),
                     WEIR_EXIT_UNAVAILABLE);
    expect_trouble(zoo_desk.said, ZOO_DESK_GROUP "/ids/b cannot be read");
}
END_TEST

START_TEST(a_configuration_that_names_no_server_is_refused)
{
    struct weir_config *empty = config_create();
    struct weir_zoo_group *none = NULL;

    ck_assert_int_eq(weir_zoo_group_open(empty, "shop", &zoo_desk_world, &none), WEIR_EXIT_CONFIG);
    expect_trouble(zoo_desk.said, "zookeeper.connect is missing");
    ck_assert_int_eq(weir_zoo_group_open(zoo_desk.config, "a/b", &zoo_desk_world, &none),
                     WEIR_EXIT_USAGE);
    expect_trouble(zoo_desk.said, "no group in ZooKeeper has such a name: 'a/b'");
    ck_assert_ptr_null(none);
    weir_config_destroy(empty);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("zoo_group");

    tcase_add_checked_fixture(tcase, zoo_desk_set_up, zoo_desk_tear_down);
    tcase_add_test(tcase, a_group_whose_members_have_their_shares_is_stable);
    tcase_add_test(tcase, a_partition_that_is_not_where_it_belongs_is_on_its_way);
    tcase_add_test(tcase, a_member_that_was_not_divided_yet_is_a_rebalance);
    tcase_add_test(tcase, members_that_cannot_agree_are_named);
    tcase_add_test(tcase, strangers_are_no_members_and_are_seen);
    tcase_add_test(tcase, damage_is_told);
    tcase_add_test(tcase, an_owner_that_stays_is_told);
    tcase_add_test(tcase, nothing_is_a_state_too);
    tcase_add_test(tcase, offsets_are_known_none_or_unknown);
    tcase_add_test(tcase, what_a_broken_connection_cost_is_asked_again);
    tcase_add_test(tcase, a_server_that_is_away_is_named_when_the_time_is_up);
    tcase_add_test(tcase, what_may_not_be_read_is_named);
    tcase_add_test(tcase, a_configuration_that_names_no_server_is_refused);
    return runner_run("zoo_group", tcase);
}
