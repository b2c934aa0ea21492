#include "test/support/story.h"

#include "test/support/fail.h"
#include "test/support/require.h"
#include "test/support/story_world.h"
#include <check.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { START_MS = 1000, TURNS_MAX = 100000 };

#define START ((weir_time)START_MS * WEIR_NS_PER_MS)

void story_say(struct story *story, const char *format, ...)
{
    va_list arguments;
    size_t room = sizeof story->text - story->length;
    int64_t ms = (story->now - START) / WEIR_NS_PER_MS;

    if (story->options.quiet) {
        return;
    }
    REQUIRE(room > STORY_TEXT / 8);
    story->length += (size_t)snprintf(story->text + story->length, room, "[%4" PRId64 "] ", ms);
    va_start(arguments, format);
    story->length += (size_t)vsnprintf(story->text + story->length,
                                       sizeof story->text - story->length, format, arguments);
    va_end(arguments);
    story->length += (size_t)snprintf(story->text + story->length, 2, "\n");
}

void story_break(struct story *story, const char *format, ...)
{
    va_list arguments;

    if (story->broken[0] == '\0') {
        va_start(arguments, format);
        (void)vsnprintf(story->broken, sizeof story->broken, format, arguments);
        va_end(arguments);
    }
}

void story_expect(struct story *story, const char *transcript)
{
    ck_assert_str_eq(story->broken, "");
    ck_assert_str_eq(story->text, transcript);
    story->length = 0;
    story->text[0] = '\0';
}

/* What the rebalance machine asks for. */

static struct story_slot *slot_of(struct weir_tenure *tenure)
{
    return (struct story_slot *)(void *)tenure;
}

static void on_drain(struct weir_tenure *tenure, void *user)
{
    const struct story *story = user;

    story_say(user, "%s drain", slot_of(tenure)->partition->name);
    if (story->lie != STORY_DOES_NOT_DRAIN) {
        weir_partition_drain(slot_of(tenure)->core);
    }
}

static void on_commit(void *user)
{
    weir_committer_hurry(&((struct story *)user)->committer);
}

static void on_close(struct weir_tenure *tenure, void *user)
{
    story_slot_close(user, slot_of(tenure));
}

static void on_answer(void *user)
{
    struct story *story = user;

    REQUIRE(story->answer_due);
    story->answer_due = false;
    story_say(story, "answer");
}

static void on_leave(void *user)
{
    story_say(user, "leave");
}

static void on_overdue(struct weir_tenure *tenure, void *user)
{
    story_say(user, "%s overdue", slot_of(tenure)->partition->name);
}

static const struct weir_rebalance_ops rebalance_ops = {.drain = on_drain,
                                                        .commit = on_commit,
                                                        .close = on_close,
                                                        .answer = on_answer,
                                                        .leave = on_leave,
                                                        .overdue = on_overdue};

struct story_options story_usual(void)
{
    return (struct story_options){.partition = {.order = WEIR_ORDER_PARTITION,
                                                .buffer_records = 100,
                                                .buffer_bytes = 100000,
                                                .window = 100,
                                                .batch = {.records = 3, .bytes = 100000},
                                                .backoff = {.first_ms = 100, .max_ms = 1000},
                                                .attempts = 3,
                                                .policy = WEIR_FAILURE_STOP},
                                  .drain_timeout_ms = 30000,
                                  .request_timeout_ms = 60000};
}

struct story *story_create(const struct story_options *options)
{
    struct story *story = fail_or_alloc(1, sizeof *story);

    story->options = *options;
    story->now = START;
    weir_committer_init(&story->committer, options->commit_interval_ms, story->now);
    weir_rebalance_init(&story->rebalance, &rebalance_ops, story, options->drain_timeout_ms);
    return story;
}

void story_destroy(struct story *story)
{
    for (uint32_t i = 0; i < story->partition_count; i++) {
        if (story->partitions[i].slot != NULL) {
            weir_rebalance_lose(&story->rebalance, &story->partitions[i].slot->tenure, story->now);
        }
    }
    story_batches_abandon(story);
    for (struct story_slot *slot = story->slots; slot != NULL; slot = slot->next) {
        weir_committer_remove(&story->committer, &slot->commit);
    }
    story_slots_bury(story);
    REQUIRE(story->slots == NULL);
    if (story->messages != 0) {
        story_break(story, "leak: %d messages", (int)story->messages);
    }
    if (story->lie == STORY_TRUTH && story->broken[0] != '\0') {
        ck_abort_msg("%s", story->broken);
    }
    free(story);
}

/* Time. */

static bool turn(struct story *story)
{
    bool moved = false;
    struct story_slot *next = NULL;

    for (struct story_slot *slot = story->slots; slot != NULL; slot = next) {
        next = slot->next;
        moved = story_slot_turn(story, slot) || moved;
    }
    moved = story_store_turn(story) || moved;
    if (weir_rebalance_due(&story->rebalance) <= story->now) {
        weir_rebalance_tick(&story->rebalance, story->now);
        moved = true;
    }
    return moved;
}

void story_settle(struct story *story)
{
    int turns = 0;

    while (turn(story)) {
        if (++turns == TURNS_MAX) {
            story_break(story, "rest: it does not come to it");
            break;
        }
    }
    story_slots_bury(story);
}

static weir_time due(struct story *story)
{
    weir_time first = story_store_due(story);
    weir_time rebalance = weir_rebalance_due(&story->rebalance);

    first = rebalance < first ? rebalance : first;
    for (struct story_slot *slot = story->slots; slot != NULL; slot = slot->next) {
        weir_time at = story_slot_due(story, slot);
        first = at < first ? at : first;
    }
    return first;
}

void story_advance_ms(struct story *story, int64_t ms)
{
    weir_time end = weir_time_after_ms(story->now, ms);

    for (weir_time next = due(story); next <= end; next = due(story)) {
        REQUIRE(next > story->now); /* at rest means nothing is due now */
        story->now = next;
        story_settle(story);
    }
    story->now = end;
    story_settle(story);
}

/* The coordinator. */

/* The count of partitions: there is none of that name. */
static uint32_t index_of(const struct story *story, const char *topic, int32_t partition)
{
    char name[STORY_NAME];
    uint32_t i = 0;

    (void)snprintf(name, sizeof name, "%s/%" PRId32, topic, partition);
    while (i < story->partition_count && strcmp(story->partitions[i].name, name) != 0) {
        i++;
    }
    return i;
}

static uint32_t known_index(const struct story *story, const char *topic, int32_t partition)
{
    uint32_t index = index_of(story, topic, partition);

    if (index == story->partition_count) {
        ck_abort_msg("there is no %s/%" PRId32, topic, partition);
    }
    return index;
}

struct story_partition *story_partition_of(struct story *story, const char *topic,
                                           int32_t partition)
{
    uint32_t index = index_of(story, topic, partition);

    return index < story->partition_count ? &story->partitions[index] : NULL;
}

static struct story_partition *known_partition(struct story *story, const char *topic,
                                               int32_t number)
{
    return &story->partitions[known_index(story, topic, number)];
}

static struct story_partition *some_partition(struct story *story, const char *topic,
                                              int32_t number)
{
    struct story_partition *partition = story_partition_of(story, topic, number);

    if (partition == NULL) {
        REQUIRE(story->partition_count < STORY_PARTITIONS);
        partition = &story->partitions[story->partition_count++];
        (void)snprintf(partition->name, sizeof partition->name, "%s/%" PRId32, topic, number);
        partition->stored = -1;
        partition->sent = -1;
    }
    return partition;
}

void story_on(struct story *story, const char *topic, int32_t partition)
{
    story->current = known_partition(story, topic, partition);
}

void story_assign(struct story *story, const char *topic, int32_t number, int64_t position)
{
    struct story_partition *partition = some_partition(story, topic, number);

    REQUIRE(partition->slot == NULL);
    if (partition->logged == 0 && partition->next_offset < position) {
        partition->next_offset = position; /* the log begins here */
    }
    story->current = partition;
    story_say(story, "%s assign at %" PRId64, partition->name, position);
    partition->slot = story_slot_open(story, partition, position);
    story_settle(story);
}

void story_assign_stored(struct story *story, const char *topic, int32_t number)
{
    int64_t stored = some_partition(story, topic, number)->stored;

    story_assign(story, topic, number, stored >= 0 ? stored : 0);
}

void story_revoke(struct story *story, const char *topic, const int32_t *partitions)
{
    for (; *partitions >= 0; partitions++) {
        struct story_partition *partition = known_partition(story, topic, *partitions);
        REQUIRE(partition->slot != NULL);
        weir_rebalance_return(&story->rebalance, &partition->slot->tenure);
    }
    story->answer_due = true;
    weir_rebalance_revoke(&story->rebalance, story->now);
    story_settle(story);
}

void story_revoke_one(struct story *story)
{
    weir_rebalance_return(&story->rebalance, &story->current->slot->tenure);
    story->answer_due = true;
    weir_rebalance_revoke(&story->rebalance, story->now);
    story_settle(story);
}

void story_lose(struct story *story)
{
    story_say(story, "%s lost", story->current->name);
    weir_rebalance_lose(&story->rebalance, &story->current->slot->tenure, story->now);
    story_settle(story);
}

void story_stop(struct story *story)
{
    story_say(story, "stop");
    for (uint32_t i = 0; i < story->partition_count; i++) {
        if (story->partitions[i].slot != NULL) {
            weir_rebalance_return(&story->rebalance, &story->partitions[i].slot->tenure);
        }
    }
    weir_rebalance_stop(&story->rebalance, story->now);
    story_settle(story);
}

void story_hurry(struct story *story)
{
    weir_rebalance_hurry(&story->rebalance, story->now);
    story_settle(story);
}

/* Asking. */

int64_t story_stored(const struct story *story, const char *topic, int32_t partition)
{
    return story->partitions[known_index(story, topic, partition)].stored;
}

int64_t story_lowest_unfinished(const struct story *story, const char *topic, int32_t number)
{
    const struct story_partition *partition = &story->partitions[known_index(story, topic, number)];

    for (uint32_t i = 0; i < partition->logged; i++) {
        if (!partition->log[i].finished) {
            return partition->log[i].offset;
        }
    }
    return partition->next_offset;
}

uint32_t story_duplicates(const struct story *story)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < story->partition_count; i++) {
        const struct story_partition *partition = &story->partitions[i];
        for (uint32_t j = 0; j < partition->logged; j++) {
            uint32_t completions = partition->log[j].completions;
            count += completions > 1 ? completions - 1 : 0;
        }
    }
    return count;
}

void story_look(struct story *story)
{
    const struct story_partition *partition = story->current;
    char stored[STORY_NAME] = "nothing";

    REQUIRE(partition->slot != NULL);
    if (partition->stored >= 0) {
        (void)snprintf(stored, sizeof stored, "%" PRId64, partition->stored);
    }
    story_say(story, "%s at %" PRId64 ", %u in flight, %s stored", partition->name,
              weir_partition_watermark(partition->slot->core),
              weir_partition_in_flight(partition->slot->core), stored);
}
