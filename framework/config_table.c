#include "framework/config_table.h"

#include <string.h>

/* name, type, default, range, unit, sentence. The order is that of the documentation. Ranges are
 * read by config_value.c: "LOW..HIGH" for numbers, "one|two" for choices. The unit decides which
 * suffixes a number may carry. */
#define CONFIG_TABLE(X)                                                                            \
    X("weir.topics", STRING, "", "", "",                                                           \
      "The topics to consume, separated by commas. A name that begins with ^ is a regular "        \
      "expression over topic names, and new topics that it matches are found. Needed with "        \
      "weir.coordinator=kafka.")                                                                   \
    X("weir.topics.exclude", STRING, "", "", "",                                                   \
      "Topics that the regular expressions of weir.topics shall not bring: names and regular "     \
      "expressions, as there.")                                                                    \
    X("weir.topics.internal", BOOLEAN, "false", "true|false", "",                                  \
      "Lets the regular expressions of weir.topics match internal topics, whose names begin with " \
      "two underscores.")                                                                          \
    X("weir.partitions", STRING, "", "", "",                                                       \
      "The partitions to consume without a group, as in `orders:0-3,7 payments:0`. Topics are "    \
      "separated by blanks or semicolons. With weir.coordinator=none this or weir.topics is "      \
      "needed; with weir.strategy=static it is what this member shall get.")                       \
    X("weir.coordinator", CHOICE, "kafka", "none|kafka|zookeeper", "",                             \
      "Who shares out the partitions: kafka = the members of the consumer group group.id, none = " \
      "nobody, this member takes exactly weir.partitions, or all of weir.topics, zookeeper = the " \
      "members of group.id by way of zookeeper.connect.")                                          \
    X("weir.member.id", STRING, "", "", "",                                                        \
      "The name of this member in a ZooKeeper group, for a member that returns under it: within "  \
      "the session timeout nobody notices that it was away. No two may have the same. Default: "   \
      "host, process and a random number.")                                                        \
    X("weir.strategy", STRING, "", "", "",                                                         \
      "How a ZooKeeper group divides its partitions: range, roundrobin, sticky, static, or the "   \
      "path of a plug-in's .so file; the same in all members. Default: sticky. bluegreen (which "  \
      "is "                                                                                        \
      "sticky inside), bluegreen-range, bluegreen-roundrobin and bluegreen-static: so among the "  \
      "members of each weir.color; only one color works.")                                         \
    X("weir.color", STRING, "", "", "",                                                            \
      "The color of this member, as in blue or green, in a group that weir switch hands from one " \
      "color to another: 1 to 32 letters, digits, - and _. Needed with weir.strategy=bluegreen.")  \
    X("weir.bluegreen.window.ms", INTEGER, "600000", "0..604800000", "ms",                         \
      "How long after the end of a switch between colors weir switch rollback takes it back. "     \
      "With each request the offsets that are committed then are kept, in weir/snapshot. 0: "      \
      "nothing is kept. The command reads it, members do not.")                                    \
    X("weir.bluegreen.rollback", CHOICE, "never", "never|unhealthy", "",                           \
      "Whether weir switch apply has a new color that turns out to be unhealthy taken back: "      \
      "unhealthy = yes, and it is watched for a minute unless --health says otherwise, never = "   \
      "it is shown, no more. --on-unhealthy has the last word.")                                   \
    X("weir.shadow", BOOLEAN, "false", "true|false", "",                                           \
      "Handles copies of records that somebody else works on, to try a handler on live ones: "     \
      "begins at the offsets that the group has committed, gives batches to handle_shadow, and "   \
      "commits nothing; what fails for good is counted and passed over, and no policy stops it. "  \
      "With weir.coordinator=none always; with weir.strategy=bluegreen while this member's color " \
      "stands by.")                                                                                \
    X("weir.bluegreen.topology", CHOICE, "standby", "standby|swap", "",                            \
      "What the colors do: standby = one works in the group group.id and the others stand by, "    \
      "swap = there are two groups, each with its own topics and offsets; what works in the one "  \
      "stands by in the other, weir run is a member of both, and weir switch exchanges the two.")  \
    X("weir.bluegreen.peer.group.id", STRING, "", "", "",                                          \
      "The other group of weir.bluegreen.topology=swap.")                                          \
    X("weir.bluegreen.peer.topics", STRING, "", "", "",                                            \
      "The topics of the other group of weir.bluegreen.topology=swap, as in weir.topics.")         \
    X("weir.bluegreen.peer.topics.exclude", STRING, "", "", "",                                    \
      "As weir.topics.exclude, of the other group of weir.bluegreen.topology=swap.")               \
    X("weir.capacity", INTEGER, "1", "1..1000000", "shares",                                       \
      "What this member can do compared with the others of a ZooKeeper group, for plug-ins that "  \
      "divide by it.")                                                                             \
    X("weir.rebalance.delay.ms", INTEGER, "100", "0..600000", "ms",                                \
      "How long a ZooKeeper group must be unchanged before it is divided anew, ten times this at " \
      "most. Members that start within it of each other make one rebalance.")                      \
    X("weir.handler", STRING, "", "", "",                                                          \
      "Path of the plug-in that handles the records. Not needed where the program brings its own " \
      "handler.")                                                                                  \
    X("weir.order", CHOICE, "key", "partition|key|none", "",                                       \
      "Which records wait for each other: partition = one batch of a partition at a time, key = "  \
      "records with equal keys in offset order and others in parallel, none = no order.")          \
    X("weir.fetchers", INTEGER, "1", "1..64", "threads",                                           \
      "Loops that move records from the client library to the workers. Each partition stays on "   \
      "one of them; one is enough for millions of small records a second.")                        \
    X("weir.workers", INTEGER, "32", "1..4096", "threads",                                         \
      "The most handlers that run at the same time. Threads are started when there is work for "   \
      "them.")                                                                                     \
    X("weir.batch.size", INTEGER, "500", "1..10000", "records",                                    \
      "The most records a handler is given at once.")                                              \
    X("weir.batch.bytes", INTEGER, "1MiB", "1..1GiB", "bytes",                                     \
      "The most bytes of keys and values a handler is given at once. A larger record comes "       \
      "alone.")                                                                                    \
    X("weir.batch.linger.ms", INTEGER, "0", "0..600000", "ms",                                     \
      "How long a record may wait for its batch to fill up. 0 hands out what is there.")           \
    X("weir.buffer.records", INTEGER, "2048", "1..1000000", "records",                             \
      "The most records of one partition that wait for a worker.")                                 \
    X("weir.buffer.bytes", INTEGER, "8MiB", "1KiB..64GiB", "bytes",                                \
      "The most bytes of one partition that wait for a worker.")                                   \
    X("weir.buffer.total.bytes", INTEGER, "256MiB", "64KiB..1024GiB", "bytes",                     \
      "The most bytes that are held for all partitions together, seven eighths of it inside the "  \
      "client library, which keeps some 400 more for each record. Full means that fetching "       \
      "waits; nothing is dropped.")                                                                \
    X("weir.inflight", INTEGER, "2048", "1..1000000", "records",                                   \
      "The most records of one partition between the oldest unfinished one and the newest that "   \
      "was handed out. A record that does not finish stops its partition at this many. A crash "   \
      "repeats these, and what was done since brokers last acknowledged a commit.")                \
    X("weir.commit.interval.ms", INTEGER, "0", "0..3600000", "ms",                                 \
      "How often offsets are committed. 0 commits after each batch, with one request under way "   \
      "at a time. A clean stop always commits.")                                                   \
    X("weir.drain.timeout.ms", INTEGER, "30000", "0..3600000", "ms",                               \
      "How long a stop or a rebalance waits for handlers that run. What is not finished by then "  \
      "is not committed and comes again. Keep it below max.poll.interval.ms.")                     \
    X("weir.start", CHOICE, "earliest", "earliest|latest|timestamp|error", "",                     \
      "Where a partition without a committed offset begins: its oldest record, its end, the "      \
      "first record not before weir.start.timestamp, or not at all (error stops the consumer). "   \
      "An end that was chosen is committed at once, so that it is chosen once only.")              \
    X("weir.start.timestamp", INTEGER, "", "0..253402300799999", "timestamp",                      \
      "The time for weir.start=timestamp: milliseconds since 1970 or 2024-01-31T12:00:00Z.")       \
    X("weir.out.of.range", CHOICE, "earliest", "earliest|latest|stop", "",                         \
      "Where to go on when the committed offset is not in the partition any more: its oldest "     \
      "record, its end, or not at all. A move is an event and a line in the log.")                 \
    X("weir.retry.attempts", INTEGER, "5", "1..1000000", "attempts",                               \
      "How often a record is given to a handler before weir.failure.policy decides. 1 means no "   \
      "retry.")                                                                                    \
    X("weir.retry.backoff.ms", INTEGER, "500", "1..3600000", "ms",                                 \
      "The pause before the second attempt. It doubles with each further one, with some chance "   \
      "in it.")                                                                                    \
    X("weir.retry.backoff.max.ms", INTEGER, "30000", "1..86400000", "ms",                          \
      "The longest pause between two attempts.")                                                   \
    X("weir.failure.policy", CHOICE, "stop", "stop|skip|hold|dead-letter", "",                     \
      "What happens to a record that failed for good: stop = the consumer stops and the record "   \
      "comes again, skip = it is passed over, counted and logged, hold = it is not committed "     \
      "and comes again with the next owner or start, and what weir.order does not keep behind it " \
      "goes on until weir.inflight is full, dead-letter = it is written to "                       \
      "weir.dead.letter.topic and finished when the brokers have acknowledged that.")              \
    X("weir.dead.letter.topic", STRING, "{topic}.dead-letter", "", "",                             \
      "The topic that records go to with weir.failure.policy=dead-letter; {topic} stands for the " \
      "topic of the record. Regular expressions in weir.topics do not select what it may name.")   \
    X("weir.dead.letter.failure", CHOICE, "stop", "stop|hold", "",                                 \
      "What happens to a record whose dead letter cannot be written: as weir.failure.policy, but " \
      "that what comes after it in the order has gone on.")                                        \
    X("weir.offsets.store", CHOICE, "kafka", "kafka|memory|zookeeper", "",                         \
      "Where finished offsets are kept: kafka = with the group on the brokers, memory = nowhere, " \
      "every start begins at weir.start, zookeeper = below zookeeper.connect, where Kafka's old "  \
      "consumers keep theirs; not with weir.coordinator=kafka.")                                   \
    X("weir.log.level", CHOICE, "info", "error|warning|info|debug", "",                            \
      "The least important lines that are still logged.")                                          \
    X("weir.status.interval.ms", INTEGER, "10000", "0..86400000", "ms",                            \
      "How often a line in the log says how it goes, at level info: records/s, what is in flight " \
      "and buffered, lag, age of what is not committed. 0 = never.")                               \
    X("zookeeper.connect", STRING, "", "", "",                                                     \
      "The ZooKeeper servers and the node below which everything is kept, as in "                  \
      "`zk1:2181,zk2:2181,zk3:2181/kafka`. A path that does not exist yet is made.")               \
    X("zookeeper.session.timeout.ms", INTEGER, "6000", "1000..600000", "ms",                       \
      "How long the servers keep what a member owns after they last heard of it, within limits "   \
      "of "                                                                                        \
      "their own. A member that gets no answer stops by itself after two thirds of it.")           \
    X("zookeeper.digest", STRING, "", "", "",                                                      \
      "User and password, as in `weir:secret`, for servers that control access. What is written "  \
      "then belongs to this user and can be read by everybody; without it all may change it.")     \
    X("weir.insecure", BOOLEAN, "false", "true|false", "",                                         \
      "Allows settings that switch off the check of who the broker is. For tests only.")

static const struct weir_config_key rows[] = {
#define CONFIG_ROW(name, type, preset, range, unit, sentence)                                      \
    {sizeof(struct weir_config_key), name, WEIR_CONFIG_##type, preset, range, unit, sentence},
    CONFIG_TABLE(CONFIG_ROW)
#undef CONFIG_ROW
};

enum { ROWS = sizeof rows / sizeof rows[0] };

/* librdkafka knows some properties by two names. One of them must win, or a value from the command
 * line would lose against a file that says the same under the other name. We keep the name that the
 * Java client uses. */
static const struct {
    const char *alias;
    const char *name;
} aliases[] = {
    {"metadata.broker.list", "bootstrap.servers"},
    {"fetch.message.max.bytes", "max.partition.fetch.bytes"},
    {"sasl.mechanisms", "sasl.mechanism"},
    {"max.in.flight", "max.in.flight.requests.per.connection"},
    {"queue.buffering.max.ms", "linger.ms"},
    {"message.send.max.retries", "retries"},
    {"compression.codec", "compression.type"},
    {"request.required.acks", "acks"},
    {"message.timeout.ms", "delivery.timeout.ms"},
};

const struct weir_config_key *weir_config_keys(size_t *count)
{
    *count = ROWS;
    return rows;
}

const struct weir_config_key *weir_config_row_find(const char *name)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

bool weir_config_key_passes(const char *key)
{
    return strncmp(key, "weir.", 5) != 0 && strncmp(key, "zookeeper.", 10) != 0 &&
           strncmp(key, "handler.", 8) != 0;
}

const char *weir_config_key_canonical(const char *key)
{
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
        if (strcmp(aliases[i].alias, key) == 0) {
            return aliases[i].name;
        }
    }
    return key;
}
