#include "test/support/picture.h"

#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/text.h"
#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 30000 };

struct weir_snapshot *picture_take(struct weir_consumer *consumer)
{
    struct weir_snapshot *snapshot = NULL;
    int64_t limit = deadline_left_ms(deadline_in_ms(WAIT_MS));
    enum weir_status status = weir_consumer_snapshot(consumer, limit, &snapshot);

    if (status != WEIR_OK) {
        fail_test("no snapshot: %s", weir_status_text(status));
    }
    return snapshot;
}

static void add_number(struct text *text, int64_t number)
{
    if (number == -1) {
        text_add(text, " -");
    } else {
        text_add(text, " %lld", (long long)number);
    }
}

char *picture_text(const struct weir_snapshot *snapshot)
{
    struct text text = {0};

    text_add(&text, "%s", "");
    for (size_t i = 0; i < snapshot->row_count; i++) {
        const struct weir_snapshot_row *row = weir_snapshot_at(snapshot, i);
        text_add(&text, "%s/%d %s", row->topic, (int)row->partition,
                 weir_partition_state_name(row->state));
        add_number(&text, row->position);
        add_number(&text, row->watermark);
        add_number(&text, row->committed);
        add_number(&text, row->end);
        text_add(&text, " lag");
        add_number(&text, row->lag);
        text_add(&text, " %u %u\n", (unsigned)row->in_flight, (unsigned)row->buffered);
    }
    return text.bytes;
}

struct weir_snapshot *picture_await(struct weir_consumer *consumer, const char *expected)
{
    struct deadline deadline = deadline_in_ms(WAIT_MS);

    for (;;) {
        struct weir_snapshot *snapshot = picture_take(consumer);
        char *text = picture_text(snapshot);
        if (strcmp(text, expected) == 0) {
            free(text);
            return snapshot;
        }
        if (deadline_passed(deadline)) {
            fail_test("the snapshot shows\n%snot\n%s", text, expected);
        }
        free(text);
        weir_snapshot_destroy(snapshot);
        deadline_turn();
    }
}

void picture_expect(struct weir_consumer *consumer, const char *text)
{
    weir_snapshot_destroy(picture_await(consumer, text));
}
