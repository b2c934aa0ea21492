#include "framework/fetch_limits.h"

#include <assert.h>

enum {
    KIB = 1024,
    PARTITION_FETCH_MIN = 16 * KIB,
    PARTITION_FETCH_MAX = 1024 * KIB, /* librdkafka's default */
    RESERVOIRS_PART = 8,              /* one of so many */
    SHARE_MIN = 2 * PARTITION_FETCH_MIN,
    SHARE_RESPONSES = 8, /* in a share: one of them past the limit */
    QUEUED_KBYTES_MAX = 2 * KIB,
    RECORD_BYTES_MIN = 100,       /* smaller ones are counted as so large */
    QUEUED_MESSAGES_MAX = 100000, /* librdkafka's default */
    KBYTES_PER_WAIT_MS = 200,
    PARTITIONS_PER_WAIT_MS = 5,
    WAIT_MS_MIN = 5,
    WAIT_MS_MAX = 500, /* librdkafka's default */
    QUEUE_BACKOFF_MS = 5,
    FETCH_MIN = 1024 * KIB,
    FETCH_MAX = 50 * 1024 * KIB,  /* librdkafka's default */
    MESSAGE_BYTES = 1000000,      /* librdkafka's default */
    RECEIVE_BYTES = 100000000,    /* librdkafka's default */
    RESPONSE_OVERHEAD_BYTES = 512 /* librdkafka wants this much between the two */
};

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

static int64_t larger(int64_t one, int64_t other)
{
    return one > other ? one : other;
}

static int64_t either(int64_t user, int64_t derived)
{
    return user != WEIR_FETCH_UNSET ? user : derived;
}

static int64_t derive_fetch_bytes(int64_t total_bytes, const struct weir_fetch_limits *user)
{
    int64_t most = either(user->receive_bytes, RECEIVE_BYTES) - RESPONSE_OVERHEAD_BYTES;
    int64_t bytes = clamp(total_bytes / 4, FETCH_MIN, FETCH_MAX);

    bytes = larger(bytes, either(user->message_bytes, MESSAGE_BYTES));
    return bytes < most ? bytes : most;
}

static int64_t derive_wait_ms(int64_t queued_kbytes, uint32_t partitions)
{
    return clamp(
        larger(queued_kbytes / KBYTES_PER_WAIT_MS, (int64_t)partitions / PARTITIONS_PER_WAIT_MS),
        WAIT_MS_MIN, WAIT_MS_MAX);
}

void weir_fetch_limits_derive(int64_t total_bytes, uint32_t partitions,
                              const struct weir_fetch_limits *user, struct weir_fetch_limits *out)
{
    struct weir_fetch_limits limits = *user;
    int64_t share =
        larger(weir_fetch_limits_queues(total_bytes) / larger(partitions, 1), SHARE_MIN);

    assert(total_bytes > 0);
    limits.partition_fetch_bytes =
        either(user->partition_fetch_bytes,
               clamp(share / SHARE_RESPONSES, PARTITION_FETCH_MIN, PARTITION_FETCH_MAX));
    /* A larger response of the user's own choosing must not leave next to no queue. */
    int64_t queue_bytes = larger(share - limits.partition_fetch_bytes, share / 2);
    limits.queued_kbytes =
        either(user->queued_kbytes, clamp(queue_bytes / KIB, 1, QUEUED_KBYTES_MAX));
    limits.queued_messages =
        either(user->queued_messages,
               clamp(limits.queued_kbytes * KIB / RECORD_BYTES_MIN, 1, QUEUED_MESSAGES_MAX));
    limits.wait_ms = either(user->wait_ms, derive_wait_ms(limits.queued_kbytes, partitions));
    limits.queue_backoff_ms = either(user->queue_backoff_ms, QUEUE_BACKOFF_MS);
    limits.fetch_bytes = either(user->fetch_bytes, derive_fetch_bytes(total_bytes, user));
    *out = limits;
}

int64_t weir_fetch_limits_queues(int64_t total_bytes)
{
    return total_bytes - total_bytes / RESERVOIRS_PART;
}

int64_t weir_fetch_limits_least(uint32_t partitions)
{
    int64_t queues = (int64_t)partitions * SHARE_MIN;

    return queues + (queues - 1) / (RESERVOIRS_PART - 1);
}
