#include "tools/offset_file.h"

#include "test/support/fail.h"
#include "test/support/runner.h"
#include "test/support/text.h"
#include "tools/memory.h"
#include <stdlib.h>
#include <string.h>

#define ROW(more) "{\"topic\":\"t\",\"partition\":0" more "}"

static const struct {
    const char *text;
    const char *rows; /* NULL: refused */
    const char *why;
} files[] = {
    {ROW(",\"offset\":5"), "t/0@5", NULL},
    {"\n  \n" ROW(",\"offset\":5") "\r\n\n", "t/0@5", NULL},
    {"{\"offset\":9223372036854775806,\"partition\":2147483646,\"topic\":\"x y\",\"group\":\"g\"}",
     "x y/2147483646@9223372036854775806", NULL},
    {ROW(",\"offset\":0,\"metadata\":\"m\"") "\n{\"topic\":\"t\",\"partition\":1,\"offset\":2}\n",
     "t/0@0(m) t/1@2", NULL},
    {ROW(",\"offset\":5,\"metadata\":null"), "t/0@5", NULL},
    {"", NULL, "no partition is in it"},
    {"\n\n", NULL, "no partition is in it"},
    {"orders 0 5", NULL, "line 1: "},
    {"[]", NULL, "line 1: it is no JSON object"},
    {"{}", NULL, "line 1: topic, partition and offset are needed"},
    {ROW(""), NULL, "line 1: topic, partition and offset are needed"},
    {ROW(",\"offset\":-1"), NULL, "line 1: offset is no number from 0 on"},
    {ROW(",\"offset\":1.5"), NULL, "line 1: offset is no number from 0 on"},
    {ROW(",\"offset\":\"5\""), NULL, "line 1: offset is no number from 0 on"},
    {ROW(",\"offset\":null"), NULL, "line 1: offset is no number from 0 on"},
    {ROW(",\"offset\":9223372036854775807"), NULL, "line 1: offset is no number from 0 on"},
    {ROW(",\"offset\":9223372036854775808"), NULL, "line 1: "},
    {ROW(",\"offset\":5,\"metadata\":7"), NULL, "line 1: metadata is no string"},
    {ROW(",\"offset\":5,\"group\":7"), NULL, "line 1: group is no string"},
    {ROW(",\"offset\":5,\"ofset\":5"), NULL, "line 1: there is more than group, topic"},
    {ROW(",\"offset\":5,\"offset\":6"), NULL, "line 1: duplicate object key"},
    {"{\"topic\":\"\",\"partition\":0,\"offset\":5}", NULL, "line 1: topic is no name"},
    {"{\"topic\":\"t\",\"partition\":-1,\"offset\":5}", NULL, "line 1: partition is no number"},
    {"{\"topic\":\"t\",\"partition\":2147483647,\"offset\":5}", NULL, "line 1: partition is no"},
    {ROW(",\"offset\":5") "\n" ROW(",\"offset\":5") "}", NULL, "line 2: end of file expected"},
    {ROW(",\"offset\":5") "\n\n" ROW(",\"offset\":6"), NULL,
     "partition 0 of topic t is in it twice"},
    {ROW(",\"offset\":5,\"metadata\":\"\xff\""), NULL, "line 1: "},
};

static FILE *open_text(const char *text, size_t size)
{
    FILE *file = tmpfile();

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, size, file), size);
    rewind(file);
    return file;
}

static char *print(const struct weir_offset_rows *rows)
{
    struct text out = {.bytes = NULL};

    for (size_t i = 0; i < rows->count; i++) {
        const struct weir_offset_row *row = &rows->rows[i];
        text_add(&out, "%s%s/%d@%lld", i == 0 ? "" : " ", row->topic, (int)row->partition,
                 (long long)row->offset);
        if (row->metadata != NULL) {
            text_add(&out, "(%s)", row->metadata);
        }
    }
    return out.bytes;
}

static void expect_refused(const char *text, size_t size, const char *why_expected)
{
    struct weir_offset_rows rows = {.rows = NULL};
    char why[WEIR_OFFSET_FILE_WHY_SIZE] = "";
    FILE *file = open_text(text, size);

    ck_assert_msg(!weir_offset_rows_read(file, &rows, why), "%s", text);
    ck_assert_msg(strncmp(why, why_expected, strlen(why_expected)) == 0, "%s: %s", text, why);
    ck_assert_ptr_null(rows.rows);
    (void)fclose(file);
}

static void expect_rows(FILE *file, const char *expected)
{
    struct weir_offset_rows rows = {.rows = NULL};
    char why[WEIR_OFFSET_FILE_WHY_SIZE] = "";

    ck_assert_msg(weir_offset_rows_read(file, &rows, why), "%s", why);
    char *text = print(&rows);
    ck_assert_str_eq(text, expected);
    free(text);
    weir_offset_rows_fini(&rows);
    (void)fclose(file);
}

START_TEST(a_file_is_good_or_its_bad_line_is_named)
{
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (files[i].rows == NULL) {
            expect_refused(files[i].text, strlen(files[i].text), files[i].why);
        } else {
            expect_rows(open_text(files[i].text, strlen(files[i].text)), files[i].rows);
        }
    }
}
END_TEST

START_TEST(a_line_has_an_end)
{
    enum { SIZE = 3 << 20 };
    char *endless = fail_or_alloc(1, SIZE);

    memset(endless, ' ', SIZE);
    expect_refused(endless, SIZE, "line 1: it is longer than 1 MiB");
    expect_refused("{\0}", 3, "line 1: there is a NUL in it");
    free(endless);
}
END_TEST

START_TEST(a_folder_is_no_file)
{
    struct weir_offset_rows rows = {.rows = NULL};
    char why[WEIR_OFFSET_FILE_WHY_SIZE] = "";
    FILE *file = fopen("/", "re");

    ck_assert_ptr_nonnull(file);
    ck_assert(!weir_offset_rows_read(file, &rows, why));
    ck_assert_str_eq(why, "it cannot be read");
    (void)fclose(file);
}
END_TEST

/* D3: an offset of 0 that was processed is not "none". */
START_TEST(what_was_processed_last_becomes_what_comes_next)
{
    static const char text[] = ROW(",\"offset\":0,\"metadata\":\"m\"");
    struct weir_offset_rows rows = {.rows = NULL};
    char why[WEIR_OFFSET_FILE_WHY_SIZE];
    FILE *file = open_text(text, strlen(text));

    ck_assert(weir_offset_rows_read(file, &rows, why));
    weir_offset_rows_advance(&rows);
    ck_assert_int_eq(rows.rows[0].offset, 1);
    ck_assert_ptr_null(rows.rows[0].metadata);
    weir_offset_rows_fini(&rows);
    (void)fclose(file);
}
END_TEST

static void add(struct weir_view *view, int32_t number, int64_t committed, const char *metadata)
{
    struct weir_view_partition *one = weir_view_add(view, weir_cli_copy("t"), number);

    one->committed = committed;
    one->metadata = weir_cli_copy(metadata);
}

START_TEST(what_is_written_is_read_again)
{
    struct weir_view view = {.state = NULL};
    FILE *file = tmpfile();

    ck_assert_ptr_nonnull(file);
    add(&view, 0, 1042, "\"quoted\" \xC3\xA4");
    add(&view, 1, WEIR_VIEW_UNKNOWN, NULL);
    add(&view, 2, INT64_MAX - 1, NULL);
    add(&view, 3, 7, "\xff");
    ck_assert_uint_eq(weir_offset_file_write(file, "g", &view), 1);
    rewind(file);
    expect_rows(file, "t/0@1042(\"quoted\" \xC3\xA4) t/2@9223372036854775806 t/3@7");
    weir_view_fini(&view);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("offset_file");

    tcase_add_test(tcase, a_file_is_good_or_its_bad_line_is_named);
    tcase_add_test(tcase, a_line_has_an_end);
    tcase_add_test(tcase, a_folder_is_no_file);
    tcase_add_test(tcase, what_was_processed_last_becomes_what_comes_next);
    tcase_add_test(tcase, what_is_written_is_read_again);
    return runner_run("offset_file", tcase);
}
