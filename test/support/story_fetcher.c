#include "framework/task.h"
#include "test/support/fail.h"
#include "test/support/require.h"
#include "test/support/story_world.h"
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD_BYTES = 100, BURST = 4 };

/* Messages. */

static struct story_record *record_of(const struct story_message *message)
{
    return message->record;
}

static struct story_message *message_of(struct story *story, struct story_record *record)
{
    struct story_message *message = fail_or_alloc(1, sizeof *message);

    message->record = record;
    story->messages++;
    return message;
}

static void free_message(struct story *story, void *message)
{
    free(message);
    story->messages--;
}

/* The log. */

static void produce(struct story *story, char key)
{
    struct story_partition *partition = story->current;

    REQUIRE(partition->logged < STORY_LOG);
    partition->log[partition->logged++] =
        (struct story_record){.offset = partition->next_offset++, .key = key};
}

void story_deliver(struct story *story, int count)
{
    for (int i = 0; i < count; i++) {
        produce(story, '\0');
    }
    story_settle(story);
}

void story_deliver_keys(struct story *story, const char *keys)
{
    for (; *keys != '\0'; keys++) {
        produce(story, *keys);
    }
    story_settle(story);
}

void story_skip_offsets(struct story *story, int count)
{
    story->current->next_offset += count;
}

void story_end(struct story *story)
{
    REQUIRE(story->current->slot != NULL);
    story->current->slot->wants_end = true;
    story_settle(story);
}

/* A tenure. */

struct story_slot *story_slot_open(struct story *story, struct story_partition *partition,
                                   int64_t position)
{
    struct story_slot *slot = fail_or_alloc(1, sizeof *slot);

    slot->partition = partition;
    slot->tenure = (struct weir_tenure){.state = WEIR_TENURE_OPEN, .clean = true};
    REQUIRE(weir_partition_create(&story->options.partition, position, &slot->core) == WEIR_OK);
    while (slot->read < partition->logged && partition->log[slot->read].offset < position) {
        slot->read++;
    }
    weir_committer_add(&story->committer, &slot->commit, position, partition->stored, story->now);
    slot->next = story->slots;
    story->slots = slot;
    return slot;
}

void story_slot_close(struct story *story, struct story_slot *slot)
{
    void *message = NULL;

    REQUIRE(!slot->closed);
    story_say(story, "%s close", slot->partition->name);
    if (story->lie != STORY_COMMITS_WHAT_IS_LOST) {
        weir_committer_remove(&story->committer, &slot->commit);
    }
    weir_partition_drain(slot->core);
    while (weir_partition_take_back(slot->core, &message)) {
        free_message(story, message);
    }
    slot->closed = true;
    slot->partition->slot = NULL;
}

void story_slots_bury(struct story *story)
{
    struct story_slot **link = &story->slots;

    while (*link != NULL) {
        struct story_slot *slot = *link;
        if (!slot->closed || slot->commit.member || weir_partition_running(slot->core) > 0) {
            link = &slot->next;
            continue;
        }
        *link = slot->next;
        weir_partition_destroy(slot->core);
        free(slot);
    }
}

static bool fetch(struct story *story, struct story_slot *slot)
{
    struct story_partition *partition = slot->partition;
    bool moved = false;

    for (int i = 0; i < BURST && slot->read < partition->logged; i++) {
        if (weir_partition_room_records(slot->core) == 0 ||
            weir_partition_room_bytes(slot->core) == 0) {
            break;
        }
        struct story_record *record = &partition->log[slot->read++];
        struct weir_item item = {.message = message_of(story, record),
                                 .offset = record->offset,
                                 .bytes = RECORD_BYTES,
                                 .hash = (uint32_t)record->key,
                                 .keyed = record->key != '\0'};
        REQUIRE(weir_partition_put(slot->core, &item));
        moved = true;
    }
    if (slot->wants_end && slot->read == partition->logged) {
        slot->wants_end = false;
        weir_partition_end(slot->core, partition->next_offset);
        moved = true;
    }
    return moved;
}

static void say_offsets(struct story *story, const struct story_batch *batch)
{
    char text[STORY_TEXT / 8] = "";

    for (uint32_t i = 0; i < batch->count; i++) {
        size_t length = strlen(text);
        (void)snprintf(text + length, sizeof text - length, " %" PRId64, batch->entries[i].offset);
    }
    story_say(story, "%s dispatch%s", batch->slot->partition->name, text);
}

/* While a partition is handed back only what stands below a finished record may go. */
static void check_hand_out(struct story *story, const struct story_batch *batch)
{
    const struct story_slot *slot = batch->slot;
    bool handed_back =
        slot->tenure.state == WEIR_TENURE_DRAINING || slot->tenure.state == WEIR_TENURE_BUSY;
    bool catches_up = handed_back && batch->entries[batch->count - 1].offset < slot->finished_most;

    if (slot->tenure.state != WEIR_TENURE_OPEN && !catches_up) {
        story_break(story, "I4: %s is handed out while it is handed back", slot->partition->name);
    }
}

static bool hand_out(struct story *story, struct story_slot *slot)
{
    uint32_t bound = 0;
    weir_time due = 0;

    if (!weir_partition_ready(slot->core, story->now, 0, &bound, &due)) {
        return false;
    }
    struct story_batch *batch = fail_or_alloc(1, sizeof *batch);
    struct story_batch **end = &story->batches;
    batch->slot = slot;
    batch->count = weir_partition_cut(slot->core, batch->entries);
    for (uint32_t i = 0; i < batch->count; i++) {
        batch->said[i] = STORY_NOT_YET;
    }
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = batch;
    check_hand_out(story, batch);
    say_offsets(story, batch);
    return true;
}

static int64_t watermark_of(const struct story *story, const struct story_slot *slot)
{
    const struct story_partition *partition = slot->partition;
    int64_t most = weir_partition_watermark(slot->core);

    if (story->lie == STORY_COMMITS_ON_DELIVERY) {
        return weir_partition_position(slot->core);
    }
    for (uint32_t i = 0; story->lie == STORY_COMMITS_WHAT_IS_DONE_MOST && i < slot->read; i++) {
        bool more = partition->log[i].finished && partition->log[i].offset >= most;
        most = more ? partition->log[i].offset + 1 : most;
    }
    return most;
}

static bool tell(struct story *story, struct story_slot *slot)
{
    int64_t watermark = watermark_of(story, slot);
    bool moved = watermark > slot->commit.watermark;

    weir_committer_moved(&story->committer, &slot->commit, watermark);
    slot->tenure.clean = weir_commit_is_clean(&slot->commit);
    bool draining =
        slot->tenure.state == WEIR_TENURE_DRAINING || slot->tenure.state == WEIR_TENURE_BUSY;
    if (draining && !slot->told_drained && !weir_partition_is_drained(slot->core)) {
        weir_rebalance_busy(&story->rebalance, &slot->tenure, story->now);
    }
    if (draining && !slot->told_drained && weir_partition_is_drained(slot->core)) {
        slot->told_drained = true;
        weir_rebalance_drained(&story->rebalance, &slot->tenure, story->now);
        moved = true;
    }
    return moved;
}

bool story_slot_turn(struct story *story, struct story_slot *slot)
{
    if (slot->closed) {
        return false;
    }
    bool moved = fetch(story, slot);
    moved = weir_partition_admit(slot->core, story->now, UINT32_MAX) > 0 || moved;
    moved = hand_out(story, slot) || moved;
    return tell(story, slot) || moved;
}

weir_time story_slot_due(struct story *story, struct story_slot *slot)
{
    uint32_t bound = 0;
    weir_time due = WEIR_TIME_NEVER;

    REQUIRE(slot->closed || !weir_partition_ready(slot->core, story->now, 0, &bound, &due));
    return due;
}

/* Handlers. */

static void note_finished(struct story_batch *batch, const struct weir_entry *entry)
{
    record_of(entry->message)->finished = true;
    if (entry->offset > batch->slot->finished_most) {
        batch->slot->finished_most = entry->offset;
    }
}

static void conclude(struct story *story, struct story_batch *batch, uint32_t index)
{
    static const char *const words[] = {
        [WEIR_VERDICT_DONE] = "done",    [WEIR_VERDICT_RETRY] = "retry",
        [WEIR_VERDICT_REJECT] = "",      [WEIR_VERDICT_AGAIN] = "again",
        [WEIR_VERDICT_SKIPPED] = "skip", [WEIR_VERDICT_STOPPED] = "stop at",
        [WEIR_VERDICT_HELD] = "hold",    [WEIR_VERDICT_LETTER] = "write a letter of"};
    const struct weir_entry *entry = &batch->entries[index];

    if (entry->verdict != WEIR_VERDICT_DONE) {
        story_say(story, "%s %s %" PRId64, batch->slot->partition->name, words[entry->verdict],
                  entry->offset);
    }
    if (entry->verdict == WEIR_VERDICT_SKIPPED) {
        note_finished(batch, entry);
        free_message(story, entry->message);
    } else if (entry->verdict == WEIR_VERDICT_HELD) {
        free_message(story, entry->message);
    }
}

static void take_out(struct story *story, struct story_batch *batch)
{
    struct story_batch **link = &story->batches;

    while (*link != batch) {
        link = &(*link)->next;
    }
    *link = batch->next;
}

/* As a worker does: the order is kept, then what is done is freed. */
static void end_handling(struct story *story, struct story_batch *batch)
{
    for (uint32_t i = 0; i < batch->count; i++) {
        batch->entries[i].verdict = batch->said[i] == STORY_NOT_YET
                                        ? WEIR_VERDICT_AGAIN
                                        : (enum weir_verdict)batch->said[i];
    }
    weir_entries_keep_order(batch->entries, batch->count, story->options.partition.order,
                            story->options.partition.policy);
    for (uint32_t i = 0; i < batch->count; i++) {
        if (batch->entries[i].verdict == WEIR_VERDICT_DONE) {
            note_finished(batch, &batch->entries[i]);
            record_of(batch->entries[i].message)->completions++;
            free_message(story, batch->entries[i].message);
            batch->entries[i].message = NULL;
        }
    }
}

static void come_home(struct story *story, struct story_batch *batch)
{
    struct story_slot *slot = batch->slot;

    take_out(story, batch);
    end_handling(story, batch);
    if (slot->closed) { /* whatever came of it is not ours to commit */
        story_say(story, "%s late, discarded", slot->partition->name);
        for (uint32_t i = 0; i < batch->count; i++) {
            if (batch->entries[i].message != NULL) {
                free_message(story, batch->entries[i].message);
            }
            batch->entries[i].verdict = WEIR_VERDICT_AGAIN;
            batch->entries[i].message = NULL;
        }
    }
    weir_partition_settle(slot->core, story->now, batch->entries, batch->count);
    for (uint32_t i = 0; i < batch->count && !slot->closed; i++) {
        conclude(story, batch, i);
    }
    free(batch);
    story_settle(story);
}

void story_batches_abandon(struct story *story)
{
    while (story->batches != NULL) {
        REQUIRE(story->batches->slot->closed);
        come_home(story, story->batches);
    }
}

static bool is_over(const struct story *story, const struct story_batch *batch)
{
    bool over = true;
    bool retry = false;

    for (uint32_t i = 0; i < batch->count; i++) {
        over = over && batch->said[i] != STORY_NOT_YET;
        retry = retry || batch->said[i] == WEIR_VERDICT_RETRY;
    }
    return over || (retry && story->options.partition.order != WEIR_ORDER_NONE);
}

/* Where the batch has the offset, if nobody spoke of it yet; otherwise its count. */
static uint32_t place_in(const struct story_batch *batch, int64_t offset)
{
    uint32_t i = 0;

    while (i < batch->count &&
           (batch->entries[i].offset != offset || batch->said[i] != STORY_NOT_YET)) {
        i++;
    }
    return i;
}

static void say_verdict(struct story *story, int64_t offset, enum weir_verdict verdict)
{
    for (struct story_batch *batch = story->batches; batch != NULL; batch = batch->next) {
        uint32_t place = place_in(batch, offset);
        if (batch->slot->partition == story->current && place < batch->count) {
            batch->said[place] = (int)verdict;
            if (is_over(story, batch)) {
                come_home(story, batch);
            }
            return;
        }
    }
    ck_abort_msg("%s: no handler has %" PRId64, story->current->name, offset);
}

void story_finish(struct story *story, int64_t offset)
{
    say_verdict(story, offset, WEIR_VERDICT_DONE);
}

void story_retry(struct story *story, int64_t offset)
{
    say_verdict(story, offset, WEIR_VERDICT_RETRY);
}

void story_reject(struct story *story, int64_t offset)
{
    say_verdict(story, offset, WEIR_VERDICT_REJECT);
}
