#include "framework/fetch_limits.h"

#include "test/support/config_fixture.h"
#include <string.h>

#define MIB INT64_C(1048576)
#define UNSET_LIMITS                                                                               \
    {                                                                                              \
        WEIR_FETCH_UNSET, WEIR_FETCH_UNSET, WEIR_FETCH_UNSET, WEIR_FETCH_UNSET, WEIR_FETCH_UNSET,  \
            WEIR_FETCH_UNSET, WEIR_FETCH_UNSET, WEIR_FETCH_UNSET                                   \
    }

static const struct {
    int64_t total;
    uint32_t partitions;
    int64_t queued_kbytes;
    int64_t queued_messages;
    int64_t wait_ms;
    int64_t partition_fetch_bytes;
    int64_t fetch_bytes;
} rows[] = {
    {256 * MIB, 1, 2048, 20971, 10, MIB, 50 * MIB},
    {256 * MIB, 0, 2048, 20971, 10, MIB, 50 * MIB},
    {256 * MIB, 8, 2048, 20971, 10, MIB, 50 * MIB},
    {256 * MIB, 100, 2007, 20551, 20, 293601, 50 * MIB},
    {256 * MIB, 1000, 200, 2048, 200, 29360, 50 * MIB},
    {256 * MIB, 100000, 16, 163, 500, 16384, 50 * MIB}, /* the floor: more than the budget */
    {64 * MIB, 12, 2048, 20971, 10, 611669, 16 * MIB},
    {16 * MIB, 8, 1568, 16056, 7, 229376, 4 * MIB},
    {16 * MIB, 100, 125, 1280, 20, 18350, 4 * MIB},
    {MIB, 12, 58, 593, 5, 16384, MIB},
    {65536, 1, 40, 409, 5, 16384, MIB},
    {MIB * 1024 * 1024, 1, 2048, 20971, 10, MIB, 50 * MIB},
};

START_TEST(the_budget_is_shared_out)
{
    struct weir_fetch_limits user = UNSET_LIMITS;
    struct weir_fetch_limits out;

    weir_fetch_limits_derive(rows[_i].total, rows[_i].partitions, &user, &out);
    ck_assert_int_eq(out.queued_kbytes, rows[_i].queued_kbytes);
    ck_assert_int_eq(out.wait_ms, rows[_i].wait_ms);
    ck_assert_int_eq(out.partition_fetch_bytes, rows[_i].partition_fetch_bytes);
    ck_assert_int_eq(out.fetch_bytes, rows[_i].fetch_bytes);
    ck_assert_int_eq(out.queued_messages, rows[_i].queued_messages);
    ck_assert_int_eq(out.queue_backoff_ms, 5);
    ck_assert_int_eq(out.message_bytes, WEIR_FETCH_UNSET);
    ck_assert_int_eq(out.receive_bytes, WEIR_FETCH_UNSET);
}
END_TEST

START_TEST(queues_and_responses_keep_within_their_part_of_the_budget)
{
    struct weir_fetch_limits user = UNSET_LIMITS;
    struct weir_fetch_limits out;

    for (int64_t total = 65536; total <= 4096 * MIB; total = total * 3 / 2) {
        for (uint32_t partitions = 1; partitions <= total / 65536; partitions += partitions) {
            weir_fetch_limits_derive(total, partitions, &user, &out);
            int64_t held = (out.queued_kbytes * 1024 + out.partition_fetch_bytes) * partitions;
            ck_assert_int_le(held, weir_fetch_limits_queues(total));
            ck_assert_int_ge(out.queued_kbytes * 1024, out.partition_fetch_bytes - 1024);
        }
    }
}
END_TEST

START_TEST(what_the_user_set_stays)
{
    struct weir_fetch_limits user = {1, 2, 3, 4, 5, 6, 7, 8};
    struct weir_fetch_limits out;

    weir_fetch_limits_derive(64 * MIB, 8, &user, &out);
    ck_assert_mem_eq(&out, &user, sizeof out);
}
END_TEST

START_TEST(a_users_value_shapes_what_follows_from_it)
{
    struct weir_fetch_limits user = UNSET_LIMITS;
    struct weir_fetch_limits out;

    user.queued_kbytes = 1024; /* hazard R49: a small queue wants a short wait */
    weir_fetch_limits_derive(64 * MIB, 8, &user, &out);
    ck_assert_int_eq(out.wait_ms, 5);
    ck_assert_int_eq(out.queued_messages, 10485);

    user.queued_kbytes = MIB;
    weir_fetch_limits_derive(64 * MIB, 8, &user, &out);
    ck_assert_int_eq(out.queued_messages, 100000);

    user = (struct weir_fetch_limits)UNSET_LIMITS;
    user.partition_fetch_bytes = 100 * MIB; /* more than the share: half of it stays a queue */
    weir_fetch_limits_derive(64 * MIB, 8, &user, &out);
    ck_assert_int_eq(out.partition_fetch_bytes, 100 * MIB);
    ck_assert_int_eq(out.queued_kbytes, 2048);

    user = (struct weir_fetch_limits)UNSET_LIMITS;
    user.partition_fetch_bytes = 100 * MIB;
    weir_fetch_limits_derive(16 * MIB, 8, &user, &out);
    ck_assert_int_eq(out.queued_kbytes, 896);
}
END_TEST

START_TEST(librdkafkas_own_demands_are_met)
{
    struct weir_fetch_limits user = UNSET_LIMITS;
    struct weir_fetch_limits out;

    user.message_bytes = 90 * MIB; /* fetch.max.bytes must not be less */
    weir_fetch_limits_derive(MIB, 8, &user, &out);
    ck_assert_int_eq(out.fetch_bytes, 90 * MIB);

    user = (struct weir_fetch_limits)UNSET_LIMITS;
    user.receive_bytes = 2 * MIB; /* must be 512 more than fetch.max.bytes */
    weir_fetch_limits_derive(1024 * MIB, 8, &user, &out);
    ck_assert_int_eq(out.fetch_bytes, 2 * MIB - 512);
}
END_TEST

START_TEST(the_least_is_the_first_budget_that_holds)
{
    struct weir_fetch_limits user = UNSET_LIMITS;
    struct weir_fetch_limits out;

    weir_fetch_limits_derive(1, 100, &user, &out);
    int64_t held = (out.queued_kbytes * 1024 + out.partition_fetch_bytes) * 100;
    int64_t least = weir_fetch_limits_least(100);
    ck_assert_int_ge(weir_fetch_limits_queues(least), held);
    ck_assert_int_lt(weir_fetch_limits_queues(least - 1), held);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("fetch_limits");

    tcase_add_loop_test(tcase, the_budget_is_shared_out, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tcase, queues_and_responses_keep_within_their_part_of_the_budget);
    tcase_add_test(tcase, what_the_user_set_stays);
    tcase_add_test(tcase, a_users_value_shapes_what_follows_from_it);
    tcase_add_test(tcase, librdkafkas_own_demands_are_met);
    tcase_add_test(tcase, the_least_is_the_first_budget_that_holds);
    return run_case(tcase, "fetch_limits");
}
