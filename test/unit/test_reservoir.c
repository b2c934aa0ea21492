#include "framework/reservoir.h"

#include "framework/base/memory.h"
#include "test/support/runner.h"

static struct weir_reservoir reservoir;

static void open_reservoir(uint32_t capacity)
{
    ck_assert_int_eq(weir_reservoir_init(&reservoir, capacity), WEIR_OK);
}

static void push(int64_t offset)
{
    weir_reservoir_push(&reservoir, &(struct weir_item){.message = &reservoir,
                                                        .offset = offset,
                                                        .bytes = (uint32_t)offset + 1,
                                                        .hash = (uint32_t)offset * 7,
                                                        .keyed = offset % 2 == 0});
}

static void pop(int64_t offset)
{
    const struct weir_item *item = weir_reservoir_peek(&reservoir);

    ck_assert_ptr_nonnull(item);
    ck_assert_int_eq(item->offset, offset);
    ck_assert_ptr_eq(item->message, &reservoir);
    ck_assert_uint_eq(item->bytes, (uint32_t)offset + 1);
    ck_assert_uint_eq(item->hash, (uint64_t)(uint32_t)offset * 7);
    ck_assert(item->keyed == (offset % 2 == 0));
    weir_reservoir_pop(&reservoir);
}

START_TEST(an_empty_reservoir_has_room_and_nothing_to_see)
{
    open_reservoir(3);
    ck_assert_uint_eq(weir_reservoir_room(&reservoir), 3);
    ck_assert_ptr_null(weir_reservoir_peek(&reservoir));
    weir_reservoir_fini(&reservoir);
}
END_TEST

START_TEST(zeroed_memory_may_be_finished)
{
    struct weir_reservoir zeroed = {0};

    weir_reservoir_fini(&zeroed);
}
END_TEST

START_TEST(looking_takes_nothing)
{
    open_reservoir(1);
    push(9);
    ck_assert_ptr_eq(weir_reservoir_peek(&reservoir), weir_reservoir_peek(&reservoir));
    ck_assert_uint_eq(weir_reservoir_room(&reservoir), 0);
    pop(9);
    ck_assert_uint_eq(weir_reservoir_room(&reservoir), 1);
    weir_reservoir_fini(&reservoir);
}
END_TEST

static const uint32_t capacities[] = {1, 2, 3, 5, 8, 17};
enum { CAPACITIES = sizeof capacities / sizeof capacities[0] };

START_TEST(items_come_out_in_the_order_they_went_in)
{
    uint32_t capacity = capacities[_i];
    int64_t in = 0;
    int64_t out = 0;

    open_reservoir(capacity);
    for (uint32_t cycle = 0; cycle < 4 * capacity + 3; cycle++) {
        uint32_t wanted = cycle % capacity + 1; /* so that the ring wraps at every place */
        while (weir_reservoir_room(&reservoir) > capacity - wanted) {
            push(in++);
        }
        ck_assert_uint_eq(weir_reservoir_room(&reservoir), capacity - (uint32_t)(in - out));
        ck_assert_int_eq(weir_reservoir_last(&reservoir)->offset, in - 1);
        for (uint32_t i = 0; i < wanted / 2 + 1; i++) {
            pop(out++);
        }
    }
    while (out < in) {
        pop(out++);
    }
    ck_assert_ptr_null(weir_reservoir_peek(&reservoir));
    weir_reservoir_fini(&reservoir);
}
END_TEST

START_TEST(a_failed_allocation_is_a_status_and_leaks_nothing)
{
    weir_memory_fail_nth(1);
    ck_assert_int_eq(weir_reservoir_init(&reservoir, 4), WEIR_ERR_NOMEM);
    weir_memory_fail_nth(0);
    weir_reservoir_fini(&reservoir);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("reservoir");

    tcase_add_test(tcase, an_empty_reservoir_has_room_and_nothing_to_see);
    tcase_add_test(tcase, zeroed_memory_may_be_finished);
    tcase_add_test(tcase, looking_takes_nothing);
    tcase_add_loop_test(tcase, items_come_out_in_the_order_they_went_in, 0, CAPACITIES);
    tcase_add_test(tcase, a_failed_allocation_is_a_status_and_leaks_nothing);
    return runner_run("reservoir", tcase);
}
