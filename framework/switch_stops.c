#include "framework/switch_stops.h"

#include "framework/base/limits.h"
#include "framework/base/memory.h"
#include "strategies/topics.h"
#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_place(const void *one, const void *other)
{
    const struct weir_position *a = one;
    const struct weir_position *b = other;
    int order = strcmp(a->topic, b->topic);

    return order != 0 ? order : (a->partition > b->partition) - (a->partition < b->partition);
}

/* They are sorted. */
static bool is_sound(const struct weir_position *positions, size_t count)
{
    bool sound = true;

    for (size_t i = 0; sound && i < count; i++) {
        const struct weir_position *one = &positions[i];
        sound = weir_topic_name_valid(one->topic, strlen(one->topic)) && one->offset >= 0 &&
                one->partition >= 0 && one->partition < WEIR_GROUP_PARTITIONS_MAX &&
                (i == 0 || by_place(&positions[i - 1], one) != 0);
    }
    return sound;
}

/* Of the topic that begins at `from`. */
static size_t topic_end(const struct weir_position *positions, size_t count, size_t from)
{
    size_t end = from + 1;

    while (end < count && strcmp(positions[end].topic, positions[from].topic) == 0) {
        end++;
    }
    return end;
}

static enum weir_status add_topic(struct weir_switch_stops *stops,
                                  const struct weir_position *positions, size_t count)
{
    struct weir_switch_stops_topic *topic = &stops->topics[stops->topic_count];

    *topic =
        (struct weir_switch_stops_topic){.name = weir_strdup(positions[0].topic),
                                         .partitions = (size_t)positions[count - 1].partition + 1,
                                         .first = stops->partition_count};
    if (topic->name == NULL) {
        return WEIR_ERR_NOMEM;
    }
    stops->topic_count++;
    for (size_t i = 0; i < topic->partitions; i++) {
        stops->offsets[topic->first + i] = WEIR_SWITCH_STOP_NONE;
    }
    for (size_t i = 0; i < count; i++) {
        stops->offsets[topic->first + (size_t)positions[i].partition] = positions[i].offset;
    }
    stops->partition_count += topic->partitions;
    return WEIR_OK;
}

/* Room for all topics and partitions. */
static enum weir_status make_room(struct weir_switch_stops *stops,
                                  const struct weir_position *positions, size_t count)
{
    size_t topics = 0;
    size_t partitions = 0;

    for (size_t from = 0, end = 0; from < count; from = end) {
        end = topic_end(positions, count, from);
        partitions += (size_t)positions[end - 1].partition + 1;
        topics++;
        if (partitions > WEIR_GROUP_PARTITIONS_MAX || topics > WEIR_TOPICS_MAX) {
            return WEIR_ERR_INVALID;
        }
    }
    stops->topics = weir_calloc(topics + 1, sizeof stops->topics[0]);
    stops->offsets = weir_calloc(partitions + 1, sizeof stops->offsets[0]);
    return stops->topics == NULL || stops->offsets == NULL ? WEIR_ERR_NOMEM : WEIR_OK;
}

static enum weir_status create(const char *id, const struct weir_position *sorted, size_t count,
                               struct weir_switch_stops *out)
{
    enum weir_status status = make_room(out, sorted, count);

    for (size_t from = 0, end = 0; status == WEIR_OK && from < count; from = end) {
        end = topic_end(sorted, count, from);
        status = add_topic(out, &sorted[from], end - from);
    }
    (void)snprintf(out->id, sizeof out->id, "%s", id);
    return status;
}

enum weir_status weir_switch_stops_create(const char *id, const struct weir_position *positions,
                                          size_t count, struct weir_switch_stops *out)
{
    struct weir_switch_stops made = {.topics = NULL};
    struct weir_position *sorted = weir_calloc(count + 1, sizeof sorted[0]);
    enum weir_status status = sorted == NULL ? WEIR_ERR_NOMEM : WEIR_OK;

    assert(weir_switch_text_valid(id, sizeof out->id));
    if (status == WEIR_OK && count > 0) {
        memcpy(sorted, positions, count * sizeof sorted[0]);
        qsort(sorted, count, sizeof sorted[0], by_place);
    }
    if (status == WEIR_OK) {
        status = is_sound(sorted, count) ? create(id, sorted, count, &made) : WEIR_ERR_INVALID;
    }
    weir_free(sorted);
    if (status != WEIR_OK) {
        weir_switch_stops_fini(&made);
        return status;
    }
    *out = made;
    return WEIR_OK;
}

void weir_switch_stops_fini(struct weir_switch_stops *stops)
{
    for (size_t i = 0; i < stops->topic_count; i++) {
        weir_free(stops->topics[i].name);
    }
    weir_free(stops->topics);
    weir_free(stops->offsets);
    *stops = (struct weir_switch_stops){.topics = NULL};
}

static int by_name(const void *key, const void *topic)
{
    return strcmp(key, ((const struct weir_switch_stops_topic *)topic)->name);
}

int64_t weir_switch_stops_find(const struct weir_switch_stops *stops, const char *topic,
                               int32_t partition)
{
    const struct weir_switch_stops_topic *found =
        stops->topic_count == 0
            ? NULL
            : bsearch(topic, stops->topics, stops->topic_count, sizeof stops->topics[0], by_name);

    return found != NULL && partition >= 0 && (size_t)partition < found->partitions
               ? stops->offsets[found->first + (size_t)partition]
               : WEIR_SWITCH_STOP_NONE;
}
