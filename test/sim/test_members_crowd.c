#include "test/support/crowd.h"
#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include <inttypes.h>
#include <stdio.h>

/* S43. Of what one member does, two hundred others hear a fixed number of times, and ask a fixed
 * number of times; an owner's node is the business of its owner and of the one who waits for it. */

struct cost {
    const char *what;
    uint64_t members;
    uint64_t requests;
    uint64_t wakes;
    uint64_t moved;
};

static struct cost begin(const char *what, uint64_t members)
{
    (void)crowd_moved();
    return (struct cost){
        .what = what, .members = members, .requests = sim_zoo_requests(), .wakes = sim_zoo_wakes()};
}

static void end(struct cost *cost)
{
    int64_t took_ms = crowd_settle();

    cost->requests = sim_zoo_requests() - cost->requests;
    cost->wakes = sim_zoo_wakes() - cost->wakes;
    cost->moved = crowd_moved();
    printf("note: %" PRIu64 " members, %s: %" PRIu64 " partitions moved, %" PRIu64
           " requests, %" PRIu64 " wake-ups, %" PRId64 " ms\n",
           cost->members, cost->what, cost->moved, cost->requests, cost->wakes, took_ms);
}

/* Each hears of the list and of the allotment, and once more if what it read in between was older;
 * of an owner's node its owner and one that waits for it. A request or two follow each. */
static void expect_no_herd(const struct cost *cost)
{
    ck_assert_uint_gt(cost->moved, 0);
    ck_assert_uint_le(cost->wakes, 3 * cost->members + 2 * cost->moved);
    ck_assert_uint_le(cost->requests, 6 * cost->members + 7 * cost->moved + 20);
}

static void play(unsigned members)
{
    /* Two have everything; each of the others takes its share of it at the same moment. */
    crowd_open(2 * members);
    crowd_start(0, 2);
    (void)crowd_settle();
    struct cost many = begin("all but two come at once", members);
    crowd_start(2, members - 2);
    end(&many);
    ck_assert_uint_ge(many.moved, (uint64_t)2 * (members - 2));
    ck_assert_uint_le(many.wakes, 4 * many.members + many.moved);

    struct cost one = begin("one more comes", members + 1);
    crowd_start(members, 1);
    end(&one);
    expect_no_herd(&one);
    one = begin("one leaves", members + 1);
    crowd_leave(1);
    end(&one);
    expect_no_herd(&one);
    one = begin("one dies", members);
    crowd_crash_first();
    end(&one);
    expect_no_herd(&one);
    crowd_close();
}

START_TEST(what_one_does_costs_each_of_two_hundred_a_handful)
{
    static const unsigned sizes[] = {20, 200};

    play(sizes[_i]);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("members_crowd");

    tcase_add_loop_test(tcase, what_one_does_costs_each_of_two_hundred_a_handful, 0, 2);
    return runner_run("members_crowd", tcase);
}
