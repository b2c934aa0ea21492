#include "framework/config_value.h"

#include "framework/config_table.h"
#include "framework/config_time.h"
#include "test/support/config_fixture.h"
#include <string.h>

#define GIB   INT64_C(1073741824)
#define WRONG INT64_C(-1)

static const struct {
    const char *key;
    const char *text;
    int64_t number; /* WRONG: refused */
} values[] = {
    {"weir.workers", "1", 1},
    {"weir.workers", "4096", 4096},
    {"weir.workers", "007", 7},
    {"weir.workers", "0", WRONG},
    {"weir.workers", "4097", WRONG},
    {"weir.workers", "", WRONG},
    {"weir.workers", "-1", WRONG},
    {"weir.workers", "+1", WRONG},
    {"weir.workers", "1.5", WRONG},
    {"weir.workers", "0x10", WRONG},
    {"weir.workers", "1 2", WRONG},
    {"weir.workers", "1KiB", WRONG},
    {"weir.workers", "9223372036854775807", WRONG},
    {"weir.workers", "9223372036854775808", WRONG},
    {"weir.workers", "99999999999999999999999999999999999999", WRONG},
    {"weir.batch.bytes", "1", 1},
    {"weir.batch.bytes", "1B", 1},
    {"weir.batch.bytes", "64KiB", 65536},
    {"weir.batch.bytes", "16MiB", 16777216},
    {"weir.batch.bytes", "1GiB", GIB},
    {"weir.batch.bytes", "1073741824", GIB},
    {"weir.batch.bytes", "1073741825", WRONG},
    {"weir.batch.bytes", "2GiB", WRONG},
    {"weir.batch.bytes", "9007199254740993KiB", WRONG},
    {"weir.batch.bytes", "18014398509481985KiB", WRONG}, /* 2^64 + 1 KiB */
    {"weir.batch.bytes", "18446744073709551617GiB", WRONG},
    {"weir.batch.bytes", "KiB", WRONG},
    {"weir.batch.bytes", "1kib", WRONG},
    {"weir.batch.bytes", "1KB", WRONG},
    {"weir.batch.bytes", "1 KiB", WRONG},
    {"weir.batch.bytes", "1KiBx", WRONG},
    {"weir.batch.bytes", "5s", WRONG},
    {"weir.drain.timeout.ms", "0", 0},
    {"weir.drain.timeout.ms", "250", 250},
    {"weir.drain.timeout.ms", "250ms", 250},
    {"weir.drain.timeout.ms", "5s", 5000},
    {"weir.drain.timeout.ms", "2m", 120000},
    {"weir.drain.timeout.ms", "1h", 3600000},
    {"weir.drain.timeout.ms", "61m", WRONG},
    {"weir.drain.timeout.ms", "5S", WRONG},
    {"weir.drain.timeout.ms", "s", WRONG},
    {"weir.drain.timeout.ms", "1KiB", WRONG},
    {"weir.start.timestamp", "0", 0},
    {"weir.start.timestamp", "1706702400000", INT64_C(1706702400000)},
    {"weir.start.timestamp", "2024-01-31T12:00:00Z", INT64_C(1706702400000)},
    {"weir.start.timestamp", "253402300799999", INT64_C(253402300799999)},
    {"weir.start.timestamp", "253402300800000", WRONG},
    {"weir.start.timestamp", "yesterday", WRONG},
    {"weir.order", "partition", 0},
    {"weir.order", "key", 1},
    {"weir.order", "none", 2},
    {"weir.order", "Key", WRONG},
    {"weir.order", "ke", WRONG},
    {"weir.order", "keys", WRONG},
    {"weir.order", "", WRONG},
    {"weir.order", "partition|key", WRONG},
    {"weir.insecure", "true", 1},
    {"weir.insecure", "false", 0},
    {"weir.insecure", "1", WRONG},
    {"weir.insecure", "yes", WRONG},
    {"weir.handler", "/any/thing", 0},
    {"weir.handler", "", 0},
};

START_TEST(a_value_means_its_number)
{
    const struct weir_config_key *row = weir_config_row_find(values[_i].key);
    struct weir_error error = {.code = WEIR_OK};
    int64_t number = 77;

    ck_assert_ptr_nonnull(row);
    enum weir_status status = weir_value_parse(row, values[_i].text, &number, &error);
    if (values[_i].number == WRONG) {
        ck_assert_int_eq(status, WEIR_ERR_CONFIG);
        ck_assert_int_eq(number, 77);
        assert_contains(error.text, row->name);
        assert_contains(error.text, *row->range == '0' ? "" : row->range);
    } else {
        ck_assert_int_eq(status, WEIR_OK);
        ck_assert_int_eq(number, values[_i].number);
    }
}
END_TEST

/* Checked with date -u -d TIME +%s. */
static const struct {
    const char *text;
    int64_t ms; /* WRONG: refused */
} times[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"1970-01-01T00:00:00.001Z", 1},
    {"2000-02-29T23:59:59Z", INT64_C(951868799000)},
    {"2024-02-29T00:00:00Z", INT64_C(1709164800000)},
    {"2100-03-01T00:00:00Z", INT64_C(4107542400000)},
    {"9999-12-31T23:59:59.999Z", INT64_C(253402300799999)},
    {"2024-01-31T12:00:00+01:00", INT64_C(1706698800000)},
    {"2024-01-31T12:00:00-05:30", INT64_C(1706722200000)},
    {"2024-01-31t12:00:00z", INT64_C(1706702400000)},
    {"2024-01-31 12:00:00Z", INT64_C(1706702400000)},
    {"2024-01-31T12:00:00.5Z", INT64_C(1706702400500)},
    {"2024-01-31T12:00:00.123456789Z", INT64_C(1706702400123)},
    {"2016-12-31T23:59:60Z", INT64_C(1483228800000)},
    {"1970-01-01T00:00:00+00:01", INT64_C(-60000)},
    {"1969-12-31T23:59:59Z", WRONG},
    {"2023-02-29T00:00:00Z", WRONG},
    {"2100-02-29T00:00:00Z", WRONG},
    {"2024-04-31T00:00:00Z", WRONG},
    {"2024-13-01T00:00:00Z", WRONG},
    {"2024-00-01T00:00:00Z", WRONG},
    {"2024-01-00T00:00:00Z", WRONG},
    {"2024-01-31T24:00:00Z", WRONG},
    {"2024-01-31T12:60:00Z", WRONG},
    {"2024-01-31T12:00:61Z", WRONG},
    {"2024-01-31T12:00:00", WRONG},
    {"2024-01-31T12:00Z", WRONG},
    {"2024-01-31", WRONG},
    {"2024-01-31T12:00:00.Z", WRONG},
    {"2024-01-31T12:00:00+0100", WRONG},
    {"2024-01-31T12:00:00+24:00", WRONG},
    {"2024-01-31T12:00:00+01:60", WRONG},
    {"2024-01-31T12:00:00Zx", WRONG},
    {"24-01-31T12:00:00Z", WRONG},
    {"2024-1-31T12:00:00Z", WRONG},
    {" 2024-01-31T12:00:00Z", WRONG},
    {"", WRONG},
    {"2", WRONG},
};

START_TEST(a_written_time_is_an_instant)
{
    int64_t ms = 77;
    bool parsed = weir_timestamp_parse(times[_i].text, &ms);

    ck_assert_int_eq(parsed, times[_i].ms != WRONG);
    ck_assert_int_eq(ms, times[_i].ms == WRONG ? 77 : times[_i].ms);
}
END_TEST

START_TEST(the_table_is_sound)
{
    size_t count;
    const struct weir_config_key *row = &weir_config_keys(&count)[_i];
    int64_t number;

    ck_assert_uint_lt((size_t)_i, count);
    ck_assert_uint_eq(row->size, sizeof *row);
    ck_assert(strncmp(row->name, "weir.", 5) == 0 || strncmp(row->name, "zookeeper.", 10) == 0);
    ck_assert_ptr_eq(weir_config_row_find(row->name), row);
    ck_assert_uint_gt(strlen(row->sentence), 20);
    ck_assert_int_eq(row->sentence[strlen(row->sentence) - 1], '.');
    ck_assert_ptr_null(strchr(row->sentence, '|')); /* it stands in a table of the manual */
    if (*row->preset != '\0') {
        ck_assert_int_eq(weir_value_parse(row, row->preset, &number, NULL), WEIR_OK);
    }
    if (row->type == WEIR_CONFIG_INTEGER) {
        int64_t low = 0;
        int64_t high = 0;
        weir_value_limits(row, &low, &high);
        ck_assert_int_ge(low, 0);
        ck_assert_int_lt(low, high);
        ck_assert_str_ne(row->unit, "");
    }
    ck_assert_int_eq(*row->range == '\0', row->type == WEIR_CONFIG_STRING);
}
END_TEST

START_TEST(the_table_has_no_key_twice)
{
    size_t count;
    const struct weir_config_key *rows = weir_config_keys(&count);

    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            ck_assert_str_ne(rows[i].name, rows[j].name);
        }
    }
    ck_assert_ptr_null(weir_config_row_find("weir.nothing"));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("value");
    size_t count;

    (void)weir_config_keys(&count);
    tcase_add_loop_test(tcase, a_value_means_its_number, 0, sizeof values / sizeof values[0]);
    tcase_add_loop_test(tcase, a_written_time_is_an_instant, 0, sizeof times / sizeof times[0]);
    tcase_add_loop_test(tcase, the_table_is_sound, 0, (int)count);
    tcase_add_test(tcase, the_table_has_no_key_twice);
    return run_case(tcase, "config_value");
}
