#include "framework/snapshot.h"

#include "framework/base/clock.h"
#include "framework/base/memory.h"
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What the caller holds is the first field. */
struct album {
    struct weir_snapshot snapshot;
    uint64_t counters[WEIR_COUNTERS];
    char color[WEIR_SWITCH_COLOR_SIZE];
    char active[WEIR_SWITCH_COLOR_SIZE];
    size_t capacity;
    char *topics; /* behind the rows */
    size_t topics_left;
    struct weir_snapshot_row rows[];
};

static const char *const state_names[] = {
#define STATE_NAME(id, name, sentence) [id] = (name),
    WEIR_PARTITION_STATE_TABLE(STATE_NAME)
#undef STATE_NAME
};

const char *weir_partition_state_name(enum weir_partition_state state)
{
    return (unsigned)state < sizeof state_names / sizeof state_names[0] ? state_names[state]
                                                                        : "unknown";
}

enum weir_status weir_snapshot_create(size_t rows, size_t topics, struct weir_snapshot **out)
{
    struct album *album = weir_calloc(1, sizeof *album + rows * sizeof album->rows[0] + topics);

    if (album == NULL) {
        return WEIR_ERR_NOMEM;
    }
    album->capacity = rows;
    album->topics = (char *)&album->rows[rows];
    album->topics_left = topics;
    album->snapshot = (struct weir_snapshot){.size = sizeof album->snapshot,
                                             .time_ns = weir_clock_now(),
                                             .oldest_ms = -1,
                                             .counters = album->counters,
                                             .counter_count = WEIR_COUNTERS};
    *out = &album->snapshot;
    return WEIR_OK;
}

void weir_snapshot_destroy(struct weir_snapshot *snapshot)
{
    weir_free(snapshot);
}

static const char *keep_topic(struct album *album, const char *topic)
{
    size_t size = strlen(topic) + 1;
    char *kept = album->topics;

    assert(size <= album->topics_left);
    memcpy(kept, topic, size);
    album->topics += size;
    album->topics_left -= size;
    return kept;
}

static void add_to_totals(struct weir_snapshot *total, const struct weir_snapshot_row *row)
{
    if (row->state == WEIR_PARTITION_CLOSING) {
        return;
    }
    total->assigned++;
    total->lag += row->lag < 0 ? 0 : (uint64_t)row->lag;
    total->lag_unknown += row->lag < 0 ? 1 : 0;
    total->in_flight += row->in_flight;
    total->held += row->held;
    total->letters += row->letters;
    total->buffered += row->buffered;
    total->bytes += row->bytes;
    total->oldest_ms = row->oldest_ms > total->oldest_ms ? row->oldest_ms : total->oldest_ms;
}

void weir_snapshot_add(struct weir_snapshot *snapshot, const struct weir_snapshot_row *given)
{
    struct album *album = (struct album *)snapshot;

    assert(snapshot->row_count < album->capacity);
    struct weir_snapshot_row *row = &album->rows[snapshot->row_count++];
    *row = *given;
    row->size = sizeof *row;
    row->topic = keep_topic(album, given->topic);
    /* An end below what was read is from before: an earlier assignment, or a log that was cut. */
    if (row->watermark < 0 || row->end < row->watermark) {
        row->end = -1;
    }
    row->lag = row->end < 0 ? -1 : row->end - row->watermark;
    add_to_totals(snapshot, row);
}

void weir_snapshot_count(struct weir_snapshot *snapshot, const struct weir_report *report)
{
    struct album *album = (struct album *)snapshot;

    for (size_t i = 0; i < WEIR_COUNTERS; i++) {
        album->counters[i] = weir_tally_get(&report->counters[i]);
    }
}

void weir_snapshot_color(struct weir_snapshot *snapshot,
                         const struct weir_coordinator_colors *colors)
{
    struct album *album = (struct album *)snapshot;
    const struct weir_switch *record = colors->record;

    assert(strlen(colors->color) < sizeof album->color);
    memcpy(album->color, colors->color, strlen(colors->color) + 1);
    snapshot->color = album->color;
    if (record == NULL) {
        return;
    }
    memcpy(album->active, record->active, sizeof album->active);
    snapshot->active = album->active[0] == '\0' ? NULL : album->active;
    snapshot->step = weir_switch_step_name(record->step);
    snapshot->step_index = (uint32_t)record->step;
    snapshot->epoch = record->epoch;
    snapshot->may_own = weir_switch_may_own(record, colors->color);
}

static int compare(const void *a, const void *b)
{
    const struct weir_snapshot_row *left = a;
    const struct weir_snapshot_row *right = b;
    int order = strcmp(left->topic, right->topic);

    return order != 0 ? order
                      : (left->partition > right->partition) - (left->partition < right->partition);
}

void weir_snapshot_sort(struct weir_snapshot *snapshot)
{
    struct album *album = (struct album *)snapshot;

    qsort(album->rows, snapshot->row_count, sizeof album->rows[0], compare);
}

const struct weir_snapshot_row *weir_snapshot_at(const struct weir_snapshot *snapshot, size_t index)
{
    const struct album *album = (const struct album *)snapshot;

    return index < snapshot->row_count ? &album->rows[index] : NULL;
}
