#include "framework/dead_letter.h"

#include "framework/slot.h"
#include "test/support/runner.h"
#include <string.h>

static struct weir_slot slot;
static struct weir_dead_letter letter;
static const struct weir_record record = {.offset = 37, .timestamp_ms = 1700000000123};

static void set_up(void)
{
    slot = (struct weir_slot){.topic = "orders", .partition = 3};
    letter = (struct weir_dead_letter){
        .slot = &slot, .entry = {.offset = 37, .failures = 5, .reason = "no such customer"}};
}

static void expect(const struct weir_origin *origin, size_t index, const char *name,
                   const char *value)
{
    ck_assert_uint_lt(index, origin->count);
    const struct weir_header *header = &origin->headers[index];
    ck_assert_str_eq(header->name, name);
    ck_assert_uint_eq(header->value_size, strlen(value));
    ck_assert_mem_eq(header->value, value, header->value_size);
}

START_TEST(a_letter_says_where_it_is_from_and_why)
{
    struct weir_origin origin;

    weir_origin_describe(&origin, &letter, &record, "shop");
    ck_assert_uint_eq(origin.count, 7);
    expect(&origin, 0, "weir.origin.topic", "orders");
    expect(&origin, 1, "weir.origin.partition", "3");
    expect(&origin, 2, "weir.origin.offset", "37");
    expect(&origin, 3, "weir.origin.timestamp", "1700000000123");
    expect(&origin, 4, "weir.failure.attempts", "5");
    expect(&origin, 5, "weir.failure.reason", "no such customer");
    expect(&origin, 6, "weir.group", "shop");
}
END_TEST

START_TEST(without_a_group_or_a_reason_it_says_so)
{
    struct weir_origin origin;

    letter.entry.reason = NULL;
    weir_origin_describe(&origin, &letter, &record, NULL);
    ck_assert_uint_eq(origin.count, 6);
    expect(&origin, 5, "weir.failure.reason", "");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("dead_letter");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, a_letter_says_where_it_is_from_and_why);
    tcase_add_test(tcase, without_a_group_or_a_reason_it_says_so);
    return runner_run("dead letter", tcase);
}
