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
    int64_t wait_ms;
    int64_t partition_fetch_bytes;
    int64_t fetch_bytes;
} rows[] = {
    {64 * MIB, 1, 31744, 500, MIB, 16 * MIB},
    {64 * MIB, 0, 31744, 500, MIB, 16 * MIB},
    {64 * MIB, 8, 3072, 61, MIB, 16 * MIB},
    {64 * MIB, 12, 1820, 36, 932067, 16 * MIB},
    {64 * MIB, 100, 218, 5, 111848, 16 * MIB},
    {64 * MIB, 1000, 16, 5, 16384, 16 * MIB},
    {64 * MIB, 100000, 16, 5, 16384, 16 * MIB}, /* the floor: more than the budget */
    {MIB, 12, 26, 5, 16384, MIB},
    {65536, 1, 16, 5, 16384, MIB},
    {MIB * 1024 * 1024, 1, 2097151, 500, MIB, 50 * MIB},
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
    ck_assert_int_eq(out.queued_messages, 100000);
    ck_assert_int_eq(out.queue_backoff_ms, 5);
    ck_assert_int_eq(out.message_bytes, WEIR_FETCH_UNSET);
    ck_assert_int_eq(out.receive_bytes, WEIR_FETCH_UNSET);
}
END_TEST

START_TEST(queues_and_responses_keep_within_half_of_the_budget)
{
    struct weir_fetch_limits user = UNSET_LIMITS;
    struct weir_fetch_limits out;

    for (int64_t total = 65536; total <= 4096 * MIB; total = total * 3 / 2) {
        for (uint32_t partitions = 1; partitions <= total / 65536; partitions += partitions) {
            weir_fetch_limits_derive(total, partitions, &user, &out);
            int64_t held = (out.queued_kbytes * 1024 + out.partition_fetch_bytes) * partitions;
            ck_assert_int_le(held, total / 2);
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
    ck_assert_int_eq(out.wait_ms, 20);

    user = (struct weir_fetch_limits)UNSET_LIMITS;
    user.partition_fetch_bytes = 100 * MIB; /* more than the share: half of it stays a queue */
    weir_fetch_limits_derive(64 * MIB, 8, &user, &out);
    ck_assert_int_eq(out.partition_fetch_bytes, 100 * MIB);
    ck_assert_int_eq(out.queued_kbytes, 2048);
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

START_TEST(the_least_is_what_a_budget_of_nothing_gives)
{
    struct weir_fetch_limits user = UNSET_LIMITS;
    struct weir_fetch_limits out;

    weir_fetch_limits_derive(1, 100, &user, &out);
    ck_assert_int_eq((out.queued_kbytes * 1024 + out.partition_fetch_bytes) * 100,
                     weir_fetch_limits_least(100));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("fetch_limits");

    tcase_add_loop_test(tcase, the_budget_is_shared_out, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tcase, queues_and_responses_keep_within_half_of_the_budget);
    tcase_add_test(tcase, what_the_user_set_stays);
    tcase_add_test(tcase, a_users_value_shapes_what_follows_from_it);
    tcase_add_test(tcase, librdkafkas_own_demands_are_met);
    tcase_add_test(tcase, the_least_is_what_a_budget_of_nothing_gives);
    return run_case(tcase, "fetch_limits");
}
