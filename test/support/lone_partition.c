#include "test/support/lone_partition.h"

#include "framework/task.h"
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { OFFSETS = 4096, TEXT = 512 };

struct weir_partition *lone;
struct weir_partition_options lone_options;
weir_time lone_now;
uint32_t lone_gather;

static char messages[OFFSETS]; /* a message is the address of its offset's place */
static uint32_t held;          /* messages that the partition or a batch has */

void *lone_message(int64_t offset)
{
    ck_assert(offset >= 0 && offset < OFFSETS);
    return &messages[offset];
}

static int64_t offset_of(const void *message)
{
    return (const char *)message - messages;
}

void lone_set_up(void)
{
    lone_options =
        (struct weir_partition_options){.order = WEIR_ORDER_PARTITION,
                                        .buffer_records = 64,
                                        .buffer_bytes = 100000,
                                        .window = 16,
                                        .batch = {.records = LONE_BATCH_MAX, .bytes = 1000000},
                                        .backoff = {.first_ms = 100, .max_ms = 1000},
                                        .attempts = 3,
                                        .policy = WEIR_FAILURE_STOP};
    lone_now = 0;
    lone_gather = 0;
    held = 0;
    lone = NULL;
}

void lone_tear_down(void)
{
    void *message = NULL;

    if (lone == NULL) {
        return;
    }
    weir_partition_drain(lone);
    while (weir_partition_take_back(lone, &message)) {
        ck_assert_uint_gt(held, 0);
        held--;
    }
    ck_assert_uint_eq(held, 0);
    weir_partition_destroy(lone);
    lone = NULL;
}

void lone_open(int64_t position)
{
    ck_assert_int_eq(weir_partition_create(&lone_options, position, &lone), WEIR_OK);
}

static void put(int64_t offset, uint32_t key, bool keyed)
{
    struct weir_item item = {.message = lone_message(offset),
                             .offset = offset,
                             .bytes = LONE_RECORD_BYTES,
                             .hash = key,
                             .keyed = keyed};

    ck_assert(weir_partition_put(lone, &item));
    held++;
}

void lone_put_key(int64_t offset, uint32_t key)
{
    put(offset, key, true);
}

void lone_deliver(int64_t first, int64_t last)
{
    for (int64_t offset = first; offset <= last; offset++) {
        put(offset, 0, false);
    }
    (void)weir_partition_admit(lone, lone_now, UINT32_MAX);
}

static void append_offset(char *text, int64_t offset)
{
    size_t length = strlen(text);

    (void)snprintf(text + length, TEXT - length, "%s%" PRId64, length == 0 ? "" : " ", offset);
}

static struct lone_batch cut(uint32_t bound, const char *offsets)
{
    struct lone_batch batch = {.count = 0};
    char text[TEXT] = "";

    batch.count = weir_partition_cut(lone, batch.entries);
    ck_assert_uint_ge(batch.count, 1);
    ck_assert_uint_le(batch.count, bound);
    ck_assert_uint_le(bound, lone_options.batch.records);
    for (uint32_t i = 0; i < batch.count; i++) {
        ck_assert_int_eq(offset_of(batch.entries[i].message), batch.entries[i].offset);
        ck_assert_int_eq(batch.entries[i].verdict, WEIR_VERDICT_DONE);
        ck_assert_uint_eq(batch.entries[i].bytes, LONE_RECORD_BYTES);
        append_offset(text, batch.entries[i].offset);
    }
    ck_assert_str_eq(text, offsets);
    return batch;
}

struct lone_batch lone_cut(const char *offsets)
{
    uint32_t bound = 0;
    weir_time due = 0;

    ck_assert_msg(weir_partition_ready(lone, lone_now, lone_gather, &bound, &due),
                  "nothing is ready");
    return cut(bound, offsets);
}

struct lone_batch lone_cut_behind(const char *offsets)
{
    uint32_t bound = 0;

    ck_assert_msg(weir_partition_may_follow(lone, lone_now, &bound), "nothing may follow");
    return cut(bound, offsets);
}

weir_time lone_wait(void)
{
    uint32_t bound = 0;
    weir_time due = 0;

    ck_assert_msg(!weir_partition_ready(lone, lone_now, lone_gather, &bound, &due),
                  "a batch is ready");
    ck_assert_int_gt(due, lone_now);
    return due;
}

static enum weir_verdict verdict_of(char letter)
{
    switch (letter) {
    case 'd':
        return WEIR_VERDICT_DONE;
    case 'r':
        return WEIR_VERDICT_RETRY;
    case 'x':
        return WEIR_VERDICT_REJECT;
    default:
        ck_assert_int_eq(letter, 'a');
        return WEIR_VERDICT_AGAIN;
    }
}

static char letter_of(enum weir_verdict verdict)
{
    static const char letters[] = {
        [WEIR_VERDICT_DONE] = 'd',  [WEIR_VERDICT_RETRY] = 'r',   [WEIR_VERDICT_REJECT] = 'x',
        [WEIR_VERDICT_AGAIN] = 'a', [WEIR_VERDICT_SKIPPED] = 's', [WEIR_VERDICT_STOPPED] = 't',
        [WEIR_VERDICT_HELD] = 'h',  [WEIR_VERDICT_LETTER] = 'l'};

    return letters[verdict];
}

void lone_settle(struct lone_batch *batch, const char *verdicts, const char *expected)
{
    char text[LONE_BATCH_MAX + 1] = "";

    ck_assert_uint_eq(strlen(verdicts), batch->count);
    for (uint32_t i = 0; i < batch->count; i++) {
        batch->entries[i].verdict = verdict_of(verdicts[i]);
    }
    weir_entries_keep_order(batch->entries, batch->count, lone_options.order, lone_options.policy);
    weir_partition_settle(lone, lone_now, batch->entries, batch->count);
    for (uint32_t i = 0; i < batch->count; i++) {
        text[i] = letter_of(batch->entries[i].verdict);
        held -= strchr("dshl", text[i]) != NULL ? 1 : 0; /* the caller's */
        ck_assert(strchr("shl", text[i]) == NULL || batch->entries[i].message != NULL);
    }
    ck_assert_str_eq(text, expected);
}

void lone_acknowledge(const struct weir_entry *entry)
{
    weir_partition_acknowledge(lone, entry);
}

/* The partition has the message again, unless it is held. */
void lone_return_letter(struct weir_entry *entry, bool hold)
{
    weir_partition_return_letter(lone, entry, hold);
    ck_assert_int_eq(entry->verdict, hold ? WEIR_VERDICT_HELD : WEIR_VERDICT_STOPPED);
    held += hold ? 0 : 1;
}

void lone_begin(int64_t offset, const char *dropped)
{
    char text[TEXT] = "";
    void *message = NULL;

    while (weir_partition_begin(lone, offset, &message)) {
        append_offset(text, offset_of(message));
        held--;
    }
    ck_assert_str_eq(text, dropped);
}

void lone_take_back(const char *offsets)
{
    char text[TEXT] = "";
    void *message = NULL;

    while (weir_partition_take_back(lone, &message)) {
        append_offset(text, offset_of(message));
        held--;
    }
    ck_assert_str_eq(text, offsets);
}
