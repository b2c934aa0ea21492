#include "test/support/relay.h"
#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include <stdio.h>

/* How many messages lie, one behind the other, between what makes partitions move and the new owner
 * of each? docs/decisions/0013 says which. */

static const uint32_t counts[] = {1, 8, 64, 256};
enum { COUNTS = sizeof counts / sizeof counts[0] };

/* The old owner is told, and releases at once; the new one is told, reads the fence, and claims. */
START_TEST(a_partition_of_an_idle_owner_moves_in_seven_hops)
{
    uint32_t moving = counts[_i];
    weir_time divided_at = relay_join(moving);
    uint64_t before = sim_zoo_requests();

    relay_await_begun(moving);
    relay_rest();
    printf("note: %u of an idle owner: %lld hops, %llu requests\n", moving,
           (long long)relay_slowest_since(divided_at),
           (unsigned long long)(sim_zoo_requests() - before));
    ck_assert_int_eq(relay_slowest_since(divided_at), RELAY_HEARD + RELAY_HANDED_OVER);
    ck_assert_uint_eq(relay.assignments, 1);
}
END_TEST

/* Whoever claimed before it is free has found an owner, and waits. */
START_TEST(a_partition_that_is_waited_for_moves_in_four_hops)
{
    uint32_t moving = counts[_i];

    relay.drain_ns = (int64_t)20 * RELAY_HOP_NS;
    (void)relay_join(moving);
    uint64_t before = sim_zoo_requests();
    relay_await_begun(moving);
    relay_rest();
    printf("note: %u that are waited for: %lld hops, %llu requests\n", moving,
           (long long)relay_slowest_handover(), (unsigned long long)(sim_zoo_requests() - before));
    ck_assert_int_eq(relay_slowest_handover(), RELAY_HANDED_OVER);
    ck_assert_uint_eq(relay.assignments, 1);
}
END_TEST

/* Handlers end one after another, for far longer than any of this takes. They are looked up so many
 * at a time; whoever comes meanwhile waits for that, and then for its own. */
START_TEST(no_partition_waits_for_all_that_are_released_after_it)
{
    enum { LOAD_HOPS = 2, AT_ONCE = 32 };
    uint32_t moving = counts[_i];
    uint32_t together = moving < AT_ONCE ? moving : AT_ONCE;

    relay.stagger_ns = RELAY_HOP_NS / 2;
    relay.drain_ns = (int64_t)20 * RELAY_HOP_NS;
    relay.load_ns = (int64_t)LOAD_HOPS * RELAY_HOP_NS;
    (void)relay_join(moving);
    relay_await_begun(moving);
    printf("note: %u one after another: %lld hops, %u assignments\n", moving,
           (long long)relay_slowest_handover(), relay.assignments);
    ck_assert_int_le(relay_slowest_handover(),
                     RELAY_HANDED_OVER + (int64_t)together / 2 + (int64_t)2 * LOAD_HOPS);
}
END_TEST

/* In a switch that waits for no partition. Of each the requests are three: it is released, claimed
 * and looked at, for its fence and its owner were read before; the others are about the switch. Of
 * many (see sim.members_waves) it costs one more to know when they are claimed. */
/* Of the last ones no more than 512 requests are out at a time. */
static const uint32_t switched[] = {1, 8, 64, 256, 301};
enum { SWITCHED = sizeof switched / sizeof switched[0] };

START_TEST(a_partition_changes_its_color_in_four_hops)
{
    enum { OF_THE_SWITCH = 40 };
    bool few = switched[_i] <= WEIR_WAVES_LEAST;
    uint32_t moving = switched[_i];
    weir_time drain_hops = _i % 2 == 0 ? 0 : 20;

    relay.drain_ns = drain_hops * RELAY_HOP_NS;
    weir_time draining_at = relay_switch(moving, WEIR_SWITCH_EACH);
    uint64_t before = sim_zoo_requests();
    relay_await_begun(moving);
    relay_rest();
    uint64_t requests = sim_zoo_requests() - before;
    printf("note: %u to another color: %lld hops, %llu requests\n", moving,
           (long long)relay_slowest_handover(), (unsigned long long)requests);
    ck_assert_int_eq(relay_slowest_handover(), RELAY_HANDED_OVER);
    ck_assert(!few ||
              relay_slowest_since(draining_at) == RELAY_HEARD + drain_hops + RELAY_HANDED_OVER);
    ck_assert_uint_eq(relay_step(), WEIR_SWITCH_IDLE);
    ck_assert_uint_eq(relay.players[1].member.tally.refused_by_record, 0);
    ck_assert_uint_eq(relay.players[1].member.tally.refused_by_owner, 0);
    ck_assert_uint_le(requests, OF_THE_SWITCH + (uint64_t)(few ? 3 : 4) * moving);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("members_hops");

    tcase_add_checked_fixture(tcase, relay_open, relay_close);
    tcase_add_loop_test(tcase, a_partition_of_an_idle_owner_moves_in_seven_hops, 0, COUNTS);
    tcase_add_loop_test(tcase, a_partition_that_is_waited_for_moves_in_four_hops, 0, COUNTS);
    tcase_add_loop_test(tcase, no_partition_waits_for_all_that_are_released_after_it, 1, COUNTS);
    tcase_add_loop_test(tcase, a_partition_changes_its_color_in_four_hops, 0, SWITCHED);
    return runner_run("members_hops", tcase);
}
