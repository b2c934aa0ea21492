/* How does a unit test talk to one partition in few words? */
#ifndef WEIR_TEST_LONE_PARTITION_H
#define WEIR_TEST_LONE_PARTITION_H

#include "framework/partition.h"

enum { LONE_BATCH_MAX = 32, LONE_RECORD_BYTES = 10 };

/* The partition under test. `lone_options` may be changed before lone_open. */
extern struct weir_partition *lone;
extern struct weir_partition_options lone_options;
extern weir_time lone_now;
extern uint32_t lone_gather; /* 0: batches of one lane */

struct lone_batch {
    struct weir_entry entries[LONE_BATCH_MAX];
    uint32_t count;
};

/* Checked fixture: order by partition, room for everything, three attempts, stop. The end takes
 * back every message and fails the test if one is missing. */
void lone_set_up(void);
void lone_tear_down(void);

void lone_open(int64_t position);
/* Record `offset` with a key; the message is known by its offset. */
void lone_put_key(int64_t offset, uint32_t key);
/* Records first..last without keys, and admits what may be admitted. */
void lone_deliver(int64_t first, int64_t last);
/* It begins at `offset`; the messages given back, in the order they come, are these: "10 11". */
void lone_begin(int64_t offset, const char *dropped);
/* A batch must be ready and hold exactly these: "10 11 12". */
struct lone_batch lone_cut(const char *offsets);
/* The same behind the batch that was cut last. */
struct lone_batch lone_cut_behind(const char *offsets);
/* No batch is ready; returns when time alone will make one so. */
weir_time lone_wait(void);
/* One letter for each record: d done, r retry, x reject, a again; out comes d, r, a, s skipped,
 * t stopped, h held, l a letter. The rule of the order is applied in between, as a worker does. */
void lone_settle(struct lone_batch *batch, const char *verdicts, const char *expected);
/* What became of the letter of an entry that is 'l'. */
void lone_acknowledge(const struct weir_entry *entry);
void lone_return_letter(struct weir_entry *entry, bool hold);
/* The messages taken back, in the order they come, are these. */
void lone_take_back(const char *offsets);
void *lone_message(int64_t offset);

#endif /* WEIR_TEST_LONE_PARTITION_H */
