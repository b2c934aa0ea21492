/* Whatever stands in an event stream: is each line an event that makes sense or said to be none,
 * and can a group that says such things be judged? */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "test/fuzz/fuzz.h"
#include "test/support/delivered.h"
#include "test/support/fail.h"
#include "test/support/ledger.h"
#include "test/support/stream.h"
#include "test/support/stream_parse.h"
#include "test/support/text.h"
#include "test/support/verify.h"

enum { PROBLEM_SIZE = 256, SPAN_MAX = 1000 };

/* Is it small enough to be judged record by record? */
static bool check_event(const struct stream_event *event)
{
    bool small = true;

    MUST(*event->name != '\0');
    MUST(event->topic != NULL && event->instance != NULL);
    MUST(event->status != NULL && event->text != NULL);
    MUST(event->time_ns >= 0);
    MUST(event->partition >= STREAM_NONE);
    for (size_t i = 0; i < event->span_count; i++) {
        const struct stream_span *span = &event->spans[i];
        MUST(*span->topic != '\0' && span->partition >= 0 && span->count >= 0);
        MUST(span->first >= STREAM_NONE && span->last >= span->first && span->last < INT64_MAX);
        small = small && span->last - span->first < SPAN_MAX;
    }
    return small;
}

static void take_line(struct text *good, const char *line, size_t length)
{
    char problem[PROBLEM_SIZE] = "";
    struct stream_names names = {.names = NULL};
    struct stream_event *event = stream_parse(&names, line, length, problem, sizeof problem);

    if (event == NULL) {
        MUST(*problem != '\0');
    } else {
        if (check_event(event)) {
            text_add_bytes(good, line, length);
            text_add_bytes(good, "\n", 1);
        }
        stream_event_destroy(event);
    }
    stream_names_fini(&names);
}

static void judge(void *user)
{
    const struct text *good = user;
    struct stream *stream = stream_from_text("fuzzed", good->bytes);
    const uint64_t none = 0;
    struct verify_options options = {.streams = &stream,
                                     .stream_count = 1,
                                     .order = VERIFY_ORDER_PARTITION,
                                     .crashes = true,
                                     .repeats_max = 1,
                                     .clean = true,
                                     .session_timeout_ms = 1,
                                     .heal_ns = 1,
                                     .live_within_ms = 1,
                                     .revocations_max = &none,
                                     .stop_within_ms = 1};

    options.ledger = delivered_ledger(&stream, 1);
    struct verify_report *report = verify(&options);
    MUST(verify_passed(&options, report) == (*report->text == '\0'));
    MUST(report->completed <= report->records);
    verify_report_destroy(report);
    ledger_destroy(options.ledger);
    stream_close(stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text good = {.bytes = NULL};
    const char *line = (const char *)data;

    text_add_bytes(&good, "", 0);
    while (size > 0) {
        const char *end = memchr(line, '\n', size);
        size_t length = end == NULL ? size : (size_t)(end - line);
        take_line(&good, line, length);
        size -= end == NULL ? length : length + 1;
        line += end == NULL ? length : length + 1;
    }
    MUST(fail_catch(judge, &good) == NULL);
    text_fini(&good);
    return 0;
}
