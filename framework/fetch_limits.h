/* How much may librdkafka fetch ahead, so that it stays within weir.buffer.total.bytes and does not
 * become slow? */
#ifndef WEIR_FETCH_LIMITS_H
#define WEIR_FETCH_LIMITS_H

#include <stdint.h>

/* Seven eighths of the budget are for librdkafka's queues, in equal shares for the partitions. A
 * queue takes a whole response past its limit, so a share is the limit plus one response:
 *     share                       = total * 7 / 8 / partitions, at least 32 KiB
 *     max.partition.fetch.bytes   = share / 8, within 16 KiB .. 1 MiB
 *     queued.max.messages.kbytes  = share - max.partition.fetch.bytes, at most 2 MiB
 *     queued.min.messages         = queued.max.messages.kbytes / 100 bytes, at most 100000
 *     fetch.wait.max.ms           = the larger of queued.max.messages.kbytes / 200 and
 *                                   partitions / 5, within 5 .. 500
 *     fetch.max.bytes             = total / 4, within 1 MiB .. 50 MiB, and what librdkafka demands
 *     fetch.queue.backoff.ms      = 5
 * librdkafka asks each broker one thing at a time and leaves out partitions whose queue is full. If
 * the others are idle the broker waits fetch.wait.max.ms before it answers, and the full partition
 * waits with them: hence a queue takes several responses before it is full, and the wait is about
 * as long as handlers that do nothing take for a full one, 200 KiB in a millisecond. But each
 * request names every partition, and many partitions that are idle must not keep the broker busy
 * with answering "nothing". Past 2 MiB a queue gains nothing.
 *
 * librdkafka counts keys and values, and keeps some 400 bytes more for each record. The bound in
 * records is where these begin to matter most: a queue of the smallest ones holds no more records
 * than one of 100 bytes each, which is five times its limit. */

enum { WEIR_FETCH_UNSET = -1 };

/* WEIR_FETCH_UNSET where the user said nothing. */
struct weir_fetch_limits {
    int64_t queued_kbytes;         /* queued.max.messages.kbytes */
    int64_t queued_messages;       /* queued.min.messages */
    int64_t wait_ms;               /* fetch.wait.max.ms */
    int64_t queue_backoff_ms;      /* fetch.queue.backoff.ms, where librdkafka has it */
    int64_t partition_fetch_bytes; /* max.partition.fetch.bytes */
    int64_t fetch_bytes;           /* fetch.max.bytes */
    int64_t message_bytes;         /* message.max.bytes; not derived, but fetch_bytes is no less */
    int64_t receive_bytes; /* receive.message.max.bytes; likewise, it is at least 512 more */
};

/* *out is *user with what was unset filled in, but for message_bytes and receive_bytes. Pure.
 * `partitions`: how many may be assigned at once, 0 counts as 1. Thread: any. */
void weir_fetch_limits_derive(int64_t total_bytes, uint32_t partitions,
                              const struct weir_fetch_limits *user, struct weir_fetch_limits *out);

/* What of a budget is for librdkafka's queues; the rest is for our reservoirs. */
int64_t weir_fetch_limits_queues(int64_t total_bytes);

/* The least budget that holds for so many partitions. */
int64_t weir_fetch_limits_least(uint32_t partitions);

#endif /* WEIR_FETCH_LIMITS_H */
