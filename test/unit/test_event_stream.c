#include "tools/event_stream.h"

#include "test/support/runner.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"
#include <stdlib.h>
#include <string.h>

/* What tools made for Kafka's VerifiableConsumer read between weir's own lines. */

static char *folder;
static char *path;
static struct weir_event_stream *stream;

static void set_up(void)
{
    struct weir_error error = {.code = WEIR_OK};

    folder = tmpdir_create("event_stream");
    path = tmpdir_path(folder, "events");
    ck_assert_msg(weir_event_stream_open(path, "m1", &stream, &error) == WEIR_OK, "%s", error.text);
}

static void tear_down(void)
{
    weir_event_stream_close(stream);
    stream = NULL;
    free(path);
    tmpdir_remove(&folder);
}

static void say_spans(enum weir_event_kind kind, int64_t first, int64_t last)
{
    const struct weir_span span = {.topic = "orders",
                                   .partition = 1,
                                   .first = first,
                                   .last = last,
                                   .count = (uint32_t)(last - first + 1)};

    weir_event_stream_write(
        &(struct weir_event){.kind = kind, .time_ns = 1, .spans = &span, .span_count = 1}, stream);
}

static void say_record(enum weir_event_kind kind, int64_t offset, bool shadow)
{
    weir_event_stream_write(&(struct weir_event){.kind = kind,
                                                 .time_ns = 1,
                                                 .topic = "orders",
                                                 .partition = 1,
                                                 .offset = offset,
                                                 .count = 3,
                                                 .shadow = shadow},
                            stream);
}

/* Kafka's lines alone, from behind their time on. */
static void expect(const char *lines)
{
    struct text found = {0};
    char *all = tmpdir_read(path);

    text_add(&found, "%s", "");
    for (const char *line = strtok(all, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        const char *named = strstr(line, "\"name\":");
        if (named != NULL && strncmp(line, "{\"timestamp\":", strlen("{\"timestamp\":")) == 0) {
            text_add(&found, "%s\n", named);
        }
    }
    ck_assert_str_eq(found.bytes, lines);
    text_fini(&found);
    free(all);
}

#define CONSUMED(count, first, last)                                                               \
    "\"name\":\"records_consumed\",\"count\":" count ",\"partitions\":[{\"topic\":\"orders\","     \
    "\"partition\":1,\"count\":" count ",\"minOffset\":" first ",\"maxOffset\":" last "}]}\n"
#define COMMITTED(offset)                                                                          \
    "\"name\":\"offsets_committed\",\"success\":true,\"offsets\":[{\"topic\":\"orders\","          \
    "\"partition\":1,\"offset\":" offset "}]}\n"

/* Nothing is committed of which they have not heard before. */
START_TEST(what_is_passed_over_is_consumed_before_it_is_committed)
{
    say_spans(WEIR_EVENT_HANDLER_END, 0, 2);
    say_record(WEIR_EVENT_RETRY, 3, false);
    say_record(WEIR_EVENT_SKIP, 3, false);
    say_record(WEIR_EVENT_FAIL, 4, false);
    say_spans(WEIR_EVENT_COMMIT_OK, 4, 4);
    say_record(WEIR_EVENT_DEAD_LETTER, 4, false);
    say_spans(WEIR_EVENT_COMMIT_OK, 5, 5);
    expect(CONSUMED("3", "0", "2") CONSUMED("1", "3", "3") COMMITTED("4") CONSUMED("1", "4", "4")
               COMMITTED("5"));
}
END_TEST

START_TEST(what_comes_again_is_not_consumed_yet)
{
    say_record(WEIR_EVENT_RETRY, 3, false);
    say_record(WEIR_EVENT_HOLD, 3, false);
    say_record(WEIR_EVENT_FAIL, 4, false);
    say_record(WEIR_EVENT_STOP, 5, false);
    expect("");
}
END_TEST

/* It owns nothing. */
START_TEST(a_shadow_consumes_nothing)
{
    say_record(WEIR_EVENT_SKIP, 3, true);
    expect("");
}
END_TEST

START_TEST(partitions_that_are_lost_are_revoked)
{
    say_spans(WEIR_EVENT_ASSIGN, 0, 0);
    say_spans(WEIR_EVENT_REVOKE_BEGIN, 0, 0);
    say_spans(WEIR_EVENT_LOST, 0, 0);
    expect("\"name\":\"partitions_assigned\",\"partitions\":[{\"topic\":\"orders\",\"partition\":1}"
           "]}\n"
           "\"name\":\"partitions_revoked\",\"partitions\":[{\"topic\":\"orders\",\"partition\":1}]"
           "}\n");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("event_stream");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, what_is_passed_over_is_consumed_before_it_is_committed);
    tcase_add_test(tcase, what_comes_again_is_not_consumed_yet);
    tcase_add_test(tcase, a_shadow_consumes_nothing);
    tcase_add_test(tcase, partitions_that_are_lost_are_revoked);
    return runner_run("event_stream", tcase);
}
