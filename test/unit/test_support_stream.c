/* Are event streams read as they were written? */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/fail.h"
#include "test/support/stream.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"

enum { SOON_MS = 10000 };

static const char own[] =
    "{\"ts_mono_ns\":5,\"pid\":7,\"inst\":\"m1\",\"ev\":\"assign\",\"spans\":"
    "[{\"topic\":\"t\",\"partition\":0,\"first\":10,\"last\":10,\"count\":0}]}\n"
    "{\"ts_mono_ns\":6,\"pid\":7,\"inst\":\"m1\",\"ev\":\"handler_end\",\"batch\":3,\"spans\":"
    "[{\"topic\":\"t\",\"partition\":0,\"first\":10,\"last\":12,\"count\":3},"
    "{\"topic\":\"u\",\"partition\":1,\"first\":4,\"last\":9,\"count\":2}]}\n"
    "{\"ts_mono_ns\":7,\"pid\":7,\"inst\":\"m1\",\"ev\":\"skip\",\"topic\":\"t\",\"partition\":2,"
    "\"offset\":8,\"count\":5,\"status\":\"record failed\",\"text\":\"poison\"}\n"
    "{\"ts_mono_ns\":8,\"pid\":7,\"inst\":\"m1\",\"ev\":\"of_tomorrow\"}\n";

static const char foreign[] =
    "{\"timestamp\":1700000000001,\"name\":\"startup_complete\"}\n"
    "{\"timestamp\":1700000000002,\"name\":\"partitions_assigned\",\"partitions\":"
    "[{\"topic\":\"t\",\"partition\":0}]}\n"
    "{\"timestamp\":1700000000003,\"name\":\"records_consumed\",\"count\":3,\"partitions\":"
    "[{\"topic\":\"t\",\"partition\":0,\"count\":3,\"minOffset\":0,\"maxOffset\":2}]}\n"
    "{\"timestamp\":1700000000004,\"name\":\"offsets_committed\",\"success\":true,\"offsets\":"
    "[{\"topic\":\"t\",\"partition\":0,\"offset\":3}]}\n"
    "{\"timestamp\":1700000000005,\"name\":\"offsets_committed\",\"success\":false,\"offsets\":[]}"
    "\n"
    "{\"timestamp\":1700000000006,\"name\":\"partitions_revoked\",\"partitions\":[]}\n";

START_TEST(own_events_have_all_their_fields)
{
    struct stream *stream = stream_from_text("own", own);

    ck_assert_uint_eq(stream_count(stream), 4);
    const struct stream_event *assign = stream_at(stream, 0);
    ck_assert_int_eq(assign->kind, WEIR_EVENT_ASSIGN);
    ck_assert_int_eq(assign->time_ns, 5);
    ck_assert_int_eq(assign->pid, 7);
    ck_assert_str_eq(assign->instance, "m1");
    ck_assert_int_eq(assign->partition, STREAM_NONE);
    ck_assert_int_eq(assign->spans[0].first, 10);
    const struct stream_event *end = stream_at(stream, 1);
    ck_assert_uint_eq(end->batch, 3);
    ck_assert_uint_eq(end->span_count, 2);
    ck_assert_str_eq(end->spans[1].topic, "u");
    ck_assert_int_eq(end->spans[1].count, 2);
    const struct stream_event *skip = stream_at(stream, 2);
    ck_assert_int_eq(skip->kind, WEIR_EVENT_SKIP);
    ck_assert_int_eq(skip->offset, 8);
    ck_assert_int_eq(skip->count, 5);
    ck_assert_str_eq(skip->status, "record failed");
    ck_assert_str_eq(skip->text, "poison");
    ck_assert_int_eq(stream_at(stream, 3)->kind, STREAM_OTHER);
    ck_assert_uint_eq(stream_at(stream, 3)->line, 4);
    stream_close(stream);
}
END_TEST

START_TEST(lines_of_the_verifiable_consumer_have_our_kinds)
{
    static const int kinds[] = {
        STREAM_OTHER,         WEIR_EVENT_ASSIGN,       WEIR_EVENT_HANDLER_END,
        WEIR_EVENT_COMMIT_OK, WEIR_EVENT_COMMIT_ERROR, WEIR_EVENT_REVOKE_END};
    struct stream *stream = stream_from_text("foreign", foreign);

    ck_assert_uint_eq(stream_count(stream), 6);
    for (size_t i = 0; i < 6; i++) {
        ck_assert_int_eq(stream_at(stream, i)->kind, kinds[i]);
        ck_assert(stream_at(stream, i)->foreign);
    }
    ck_assert_int_eq(stream_at(stream, 1)->spans[0].first, STREAM_NONE);
    ck_assert_int_eq(stream_at(stream, 2)->spans[0].last, 2);
    ck_assert_int_eq(stream_at(stream, 3)->spans[0].first, 3);
    ck_assert_uint_eq(stream_completed(stream, NULL), 3);
    stream_close(stream);
}
END_TEST

START_TEST(completions_are_counted_once_when_both_kinds_of_lines_are_there)
{
    char both[4096];

    (void)snprintf(both, sizeof both, "%s%s", own, foreign);
    struct stream *stream = stream_from_text("both", both);
    ck_assert_uint_eq(stream_completed(stream, NULL), 5);
    ck_assert_uint_eq(stream_completed(stream, "u"), 2);
    ck_assert_uint_eq(stream_completions_of(stream, "t", 0, 12), 1);
    ck_assert_uint_eq(stream_completions_of(stream, "t", 0, 1), 0);
    stream_close(stream);
}
END_TEST

START_TEST(a_file_is_read_as_it_grows_and_a_torn_line_is_left)
{
    char *folder = tmpdir_create("stream");
    char *path = tmpdir_path(folder, "events");
    struct stream *stream = stream_open(path);

    stream_read(stream); /* not there yet */
    ck_assert_uint_eq(stream_count(stream), 0);
    FILE *file = fopen(path, "we");
    size_t torn = strlen(own) - 20;
    ck_assert_uint_eq(fwrite(own, 1, torn, file), torn);
    ck_assert_int_eq(fflush(file), 0);
    ck_assert_str_eq(stream_await(stream, "skip", SOON_MS)->text, "poison");
    ck_assert_uint_eq(stream_count(stream), 3);
    ck_assert_uint_eq(fwrite(own + torn, 1, 20, file), 20);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_uint_eq(stream_await(stream, "of_tomorrow", SOON_MS)->line, 4);
    stream_rewind(stream);
    ck_assert_uint_eq(stream_await(stream, "assign", SOON_MS)->line, 1);
    stream_await_completed(&stream, 1, 5, SOON_MS);
    stream_close(stream);
    free(path);
    tmpdir_remove(&folder);
}
END_TEST

START_TEST(what_a_killed_writer_tore_off_does_not_hide_the_next_ones_line)
{
    struct stream *stream =
        stream_from_text("glued", "{\"ts_mono_ns\":5,\"pid\":7,\"ev\":\"han"
                                  "{\"ts_mono_ns\":6,\"pid\":8,\"ev\":\"state\",\"count\":1}\n"
                                  "{\"timest{\"timestamp\":1,\"name\":\"startup_complete\"}\n");

    ck_assert_uint_eq(stream_count(stream), 2);
    ck_assert_int_eq(stream_at(stream, 0)->pid, 8);
    ck_assert_str_eq(stream_at(stream, 1)->name, "startup_complete");
    stream_close(stream);
}
END_TEST

START_TEST(a_line_that_a_kill_cut_short_is_passed_over)
{
    static const char *const torn[] = {"{",
                                       "{\"ev",
                                       "{\"ev\":\"}",
                                       "{\"ev\":\"a\\\"}",
                                       "{\"spans\":[{\"first\":1}",
                                       "{\"spans\":[{\"first\":1},{\"topic\":\"t"};

    for (size_t i = 0; i < sizeof torn / sizeof torn[0]; i++) {
        char *lines = text_format("%s\n%s\n%s", torn[i], torn[i], own);
        struct stream *stream = stream_from_text("torn", lines);
        ck_assert_uint_eq(stream_at(stream, 0)->line, 3);
        stream_close(stream);
        free(lines);
    }
}
END_TEST

static void read_lines(void *user)
{
    stream_close(stream_from_text("bad", user));
}

START_TEST(a_line_that_is_no_event_is_named)
{
    static const char *const cases[][2] = {
        {"{\"ts_mono_ns\":1,\"ev\":\"end\"}\nnonsense\n", "bad:2: not an event"},
        {"[]\n", "it is no JSON object"},
        {"\n", "bad:1: not an event"},
        {"{\"ts_mono_ns\":1}\n", "it has neither \"ev\" nor \"name\""},
        {"{\"ev\":\"end\"}\n", "it has no \"ts_mono_ns\""},
        {"{\"ts_mono_ns\":9223372036854775807,\"ev\":\"end\"}\n", "it has no \"ts_mono_ns\""},
        {"{\"ts_mono_ns\":1,\"ev\":\"end\",\"spans\":[{\"topic\":\"t\",\"partition\":0,"
         "\"first\":0,\"last\":9223372036854775807}]}\n",
         "is of no offsets"},
        {"x{\"ts_mono_ns\":1,\"ev\":\"end\"}\n", "bad:1: not an event"},
        {"{\"ts_mono_ns\":1,\"ev\":\"end\",\"ev\":\"end\"}\n", "duplicate"},
        {"{\"ts_mono_ns\":1,\"ev\":\"end\",\"spans\":3}\n", "its spans are no array"},
        {"{\"ts_mono_ns\":1,\"ev\":\"end\",\"spans\":[{}]}\n", "names no partition"},
        {"{\"ts_mono_ns\":1,\"ev\":\"end\",\"spans\":[{\"topic\":\"t\",\"partition\":0,"
         "\"first\":5,\"last\":4,\"count\":0}]}\n",
         "ends before it begins"}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *lines = fail_or_copy(cases[i][0]);
        char *text = fail_text_of(read_lines, lines);
        ck_assert_msg(text != NULL, "accepted: %s", lines);
        ck_assert_msg(strstr(text, cases[i][1]) != NULL, "no '%s' in: %s", cases[i][1], text);
        free(text);
        free(lines);
    }
}
END_TEST

static void await_in_vain(void *user)
{
    struct stream *stream = stream_from_text("own", own);

    (void)stream_await(stream, user, 1);
}

static void await_too_many(void *user)
{
    struct stream *stream = stream_from_text("own", own);

    (void)user;
    stream_await_completed(&stream, 1, 6, 1);
}

START_TEST(waiting_in_vain_shows_the_end_of_the_stream)
{
    char name[] = "fatal";
    char *text = fail_text_of(await_in_vain, name);

    ck_assert_ptr_nonnull(strstr(text, "no event 'fatal' within 1 ms"));
    ck_assert_ptr_nonnull(strstr(text, "line 2: handler_end t/0 10-12 (3) u/1 4-9 (2)"));
    free(text);
    text = fail_text_of(await_too_many, NULL);
    ck_assert_ptr_nonnull(strstr(text, "5 of 6 records completed"));
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("support_stream");
    TCase *tcase = tcase_create("stream");
    SRunner *runner = srunner_create(suite);

    tcase_add_test(tcase, own_events_have_all_their_fields);
    tcase_add_test(tcase, lines_of_the_verifiable_consumer_have_our_kinds);
    tcase_add_test(tcase, completions_are_counted_once_when_both_kinds_of_lines_are_there);
    tcase_add_test(tcase, a_file_is_read_as_it_grows_and_a_torn_line_is_left);
    tcase_add_test(tcase, what_a_killed_writer_tore_off_does_not_hide_the_next_ones_line);
    tcase_add_test(tcase, a_line_that_a_kill_cut_short_is_passed_over);
    tcase_add_test(tcase, a_line_that_is_no_event_is_named);
    tcase_add_test(tcase, waiting_in_vain_shows_the_end_of_the_stream);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
