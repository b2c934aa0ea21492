#include "framework/base/hash.h"

#include "test/support/runner.h"
#include <stdio.h>
#include <string.h>

/* The published FNV-1a sums (draft-eastlake-fnv), and the final mix applied to them by hand. */
static uint32_t mixed(uint32_t sum)
{
    sum ^= sum >> 16;
    sum *= UINT32_C(0x85ebca6b);
    return sum ^ (sum >> 13);
}

static const struct {
    const char *data;
    size_t size;
    uint32_t fnv;
} vectors[] = {
    {"", 0, UINT32_C(0x811c9dc5)},       {"a", 1, UINT32_C(0xe40c292c)},
    {"b", 1, UINT32_C(0xe70c2de5)},      {"foo", 3, UINT32_C(0xa9f37ed7)},
    {"foobar", 6, UINT32_C(0xbf9cf968)}, {"\0", 1, UINT32_C(0x050c5d1f)},
};
enum { VECTORS = sizeof vectors / sizeof vectors[0] };

START_TEST(sums_are_those_of_the_specification)
{
    ck_assert_uint_eq(weir_hash(vectors[_i].data, vectors[_i].size), mixed(vectors[_i].fnv));
}
END_TEST

START_TEST(an_empty_key_needs_no_memory)
{
    ck_assert_uint_eq(weir_hash(NULL, 0), weir_hash("", 0));
}
END_TEST

START_TEST(every_byte_counts)
{
    unsigned char key[64] = {0};
    uint32_t zeros = weir_hash(key, sizeof key);

    for (size_t i = 0; i < sizeof key; i++) {
        key[i] = 0x80;
        ck_assert_uint_ne(weir_hash(key, sizeof key), zeros);
        ck_assert_uint_ne(weir_hash(key, i), weir_hash(key, i + 1));
        key[i] = 0;
    }
}
END_TEST

/* Lanes are chosen by the low bits: keys that look alike must spread over them. */
START_TEST(the_low_bits_of_similar_keys_spread)
{
    enum { LANES = 256, KEYS = LANES * 64 };
    static const char *const formats[] = {"%d", "order-%08d", "%d00000000", "user/%d/a"};
    uint32_t lanes[LANES] = {0};
    char key[32];

    for (int i = 0; i < KEYS; i++) {
        int length = snprintf(key, sizeof key, formats[_i], i); // NOLINT
        lanes[weir_hash(key, (size_t)length) % LANES]++;
    }
    for (int lane = 0; lane < LANES; lane++) {
        ck_assert_uint_ge(lanes[lane], 20); /* of 64 on average: far beyond five sigma */
        ck_assert_uint_le(lanes[lane], 110);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("hash");

    tcase_add_loop_test(tcase, sums_are_those_of_the_specification, 0, VECTORS);
    tcase_add_test(tcase, an_empty_key_needs_no_memory);
    tcase_add_test(tcase, every_byte_counts);
    tcase_add_loop_test(tcase, the_low_bits_of_similar_keys_spread, 0, 4);
    return runner_run("hash", tcase);
}
