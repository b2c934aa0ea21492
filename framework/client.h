/* What does the engine need from a Kafka client library? */
#ifndef WEIR_FRAMEWORK_CLIENT_H
#define WEIR_FRAMEWORK_CLIENT_H

#include "framework/base/mailbox.h"
#include "framework/listing.h"
#include "framework/report.h"
#include "framework/reservoir.h"
#include "offsets/position.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/config.h>
#include <weir/handler.h>
#include <weir/status.h>

/* The seam to librdkafka: one table, one connection to a cluster. Nothing above it sees the
 * library's types; tests put a simulated one in its place. */
struct weir_client {
    const struct weir_client_ops *ops;
};

/* One assigned partition's stream of records. */
struct weir_source {
    const struct weir_client_ops *ops;
};

enum weir_fetched_kind {
    WEIR_FETCHED_RECORD,
    WEIR_FETCHED_END,          /* item.offset is the next one to come */
    WEIR_FETCHED_OUT_OF_RANGE, /* item.offset does not exist; nothing follows until a new start */
    WEIR_FETCHED_ERROR         /* the library goes on by itself; say it */
};

struct weir_fetched {
    enum weir_fetched_kind kind;
    enum weir_status status;
    struct weir_item item; /* of a record: the message is owned by whoever took it */
    const char *text;      /* of an error or out of range, static; NULL otherwise */
};

/* Of the first three the next one comes when the last one was answered, and without `incremental`
 * (assign) an assignment only when nothing is held. */
enum weir_client_event_kind {
    WEIR_CLIENT_ASSIGNED, /* answer with assign */
    WEIR_CLIENT_REVOKED,  /* answer with unassign */
    WEIR_CLIENT_LOST,     /* answer with unassign; not ours any more */
    WEIR_CLIENT_ERROR,    /* it goes on by itself */
    WEIR_CLIENT_FATAL     /* it never will */
};

struct weir_client_event {
    enum weir_client_event_kind kind;
    enum weir_status status;
    const struct weir_position *positions; /* borrowed until the next poll */
    size_t count;
    char text[WEIR_ERROR_TEXT_SIZE];
};

/* Where may a position come from, if not from the store? */
enum weir_anchor { WEIR_ANCHOR_EARLIEST, WEIR_ANCHOR_LATEST, WEIR_ANCHOR_TIMESTAMP };

struct weir_lookup {
    enum weir_anchor anchor;
    int64_t timestamp_ms; /* for WEIR_ANCHOR_TIMESTAMP */
    int64_t timeout_ms;
};

/* How long may a question take? */
struct weir_probe_patience {
    int64_t timeout_ms;
    const struct weir_flag *cancelled; /* raised: do not wait any longer */
};

struct weir_client_ops {
    const char *name;

    /* Control thread; none of these blocks. */
    /* The topics replace those of an earlier call. */
    enum weir_status (*subscribe)(struct weir_client *client, const char *const *topics,
                                  size_t count, struct weir_error *error);
    /* Starts fetching the positions, in addition to what is assigned when there is no group or its
     * protocol is incremental, else these are all. */
    enum weir_status (*assign)(struct weir_client *client, const struct weir_position *positions,
                               size_t count, struct weir_error *error);
    /* Starts fetching the positions, which are not ours yet, at sources that are open: an assign
     * that names one of them later leaves it as it is, unassign ends it. Only without a group.
     * NULL: it cannot. */
    enum weir_status (*prefetch)(struct weir_client *client, const struct weir_position *positions,
                                 size_t count, struct weir_error *error);
    /* Stops fetching these, as far as they are assigned; all when the group's protocol is not
     * incremental, or when there is no group and none is given. */
    enum weir_status (*unassign)(struct weir_client *client, const struct weir_position *positions,
                                 size_t count, struct weir_error *error);
    /* Starts `one` again at its offset, after its position did not exist, or for the first time,
     * if it was left out when it was assigned. `held` is everything that is assigned with the
     * offset wanted next, `one` included: a library that can only assign all at once repeats what
     * it had given already. Only while no rebalance is under way, and if may_restart says so right
     * before. */
    enum weir_status (*restart)(struct weir_client *client, const struct weir_position *one,
                                const struct weir_position *held, size_t count,
                                struct weir_error *error);
    /* False: there may be news of the group that were not polled yet, and the library would take a
     * restart for the answer to them. */
    bool (*may_restart)(struct weir_client *client);
    /* One event, false when there is none. Also proves to the library that we are alive: called at
     * least once a second. */
    bool (*poll)(struct weir_client *client, struct weir_client_event *out);
    /* Leaves the group: assignments and revocations may still come. Then left, which must be asked
     * again and again, says when it is over. */
    void (*leave)(struct weir_client *client);
    bool (*left)(struct weir_client *client);
    /* From when on a commit may be sent: not in every moment of a rebalance. WEIR_TIME_NEVER: the
     * control loop is woken when it may. NULL: always. */
    weir_time (*commit_from)(struct weir_client *client, weir_time now);
    /* What is sent between the two is ahead of a rebalance that the library does not know of yet.
     * False: it has heard of one since, nothing may be sent, and there is no end. NULL: always. */
    bool (*commit_begin)(struct weir_client *client);
    void (*commit_end)(struct weir_client *client);
    /* One that we were told to hand back, and have not yet: has the library joined anew meanwhile,
     * and is it somebody else's by that? A commit of it would still be taken from us. NULL: never.
     */
    bool (*gave_away)(struct weir_client *client, const struct weir_position *position);
    /* The end of the partition's log, as the last fetch answer said, be it of an earlier
     * assignment; -1: never heard. */
    int64_t (*log_end)(struct weir_client *client, const char *topic, int32_t partition);
    /* The library's own handle, for stores that live in it. */
    void *(*native)(struct weir_client *client);
    /* Before the partition is assigned. `wake` is called on any thread when records come while
     * there were none. */
    struct weir_source *(*source_open)(struct weir_client *client,
                                       const struct weir_position *position, weir_wake_fn *wake,
                                       void *wake_user);

    /* Side threads; these block up to timeout_ms. A partition that does not exist gets
     * WEIR_OFFSET_ABSENT, and is no failure. On failure each position's status says whether this
     * one was answered; WEIR_ERR_DENIED is told before any other. */
    enum weir_status (*look_up)(struct weir_client *client, const struct weir_lookup *question,
                                struct weir_position *positions, size_t count,
                                struct weir_error *error);
    /* Asks about topics; a stop waits for some seconds at most. WEIR_ERR_UNAVAILABLE. */
    enum weir_status (*topics)(struct weir_client *client, struct weir_listing *listing,
                               const struct weir_probe_patience *patience,
                               struct weir_error *error);
    /* Frees everything. `gracefully`: after leave; else as a crash would. May block for long.
     * WEIR_ERR_TIMEOUT: the connection has no end that is sound and lives on. It wakes nobody any
     * more, but the configuration and the report that it was given must live on, too. */
    enum weir_status (*destroy)(struct weir_client *client, bool gracefully);

    /* The partition's fetcher; these do not block. Fewer than capacity: it was empty. */
    uint32_t (*take)(struct weir_source *source, struct weir_fetched *out, uint32_t capacity);
    /* `wake` is not called any more once this returns. */
    void (*source_close)(struct weir_source *source);

    /* Any thread. */
    void (*view)(const void *message, struct weir_record *out);
    int (*header)(const void *message, size_t index, struct weir_header *out);
    void (*release)(void *message);
};

struct weir_client_options {
    const struct weir_config *config;
    struct weir_report *report;
    weir_wake_fn *wake; /* poll soon; any thread, must only signal */
    void *wake_user;
    uint32_t partitions; /* how many may be assigned at once, for the limits of fetching */
    bool grouped;        /* joins a consumer group */
    bool keyed;          /* records' keys are hashed */
    bool awaits_topics;  /* one that was named is not there, or not for us: look for it often */
};

/* What a record weighs beside its key and value: about what librdkafka keeps for one. Headers are
 * not counted: looking at them would parse them. */
enum { WEIR_RECORD_OVERHEAD = 200 };

/* Asks the cluster about topics through a connection of its own. Side thread: blocks up to
 * timeout_ms for each that is named, and for the list of all. WEIR_ERR_UNAVAILABLE with a sentence
 * that names the brokers and the reason. */
WEIR_MUST_CHECK enum weir_status weir_client_kafka_probe(const struct weir_config *config,
                                                         struct weir_listing *listing,
                                                         const struct weir_probe_patience *patience,
                                                         struct weir_error *error);

/* Connects in the background: no broker needs to be there. */
WEIR_MUST_CHECK enum weir_status weir_client_kafka_create(const struct weir_client_options *options,
                                                          struct weir_client **out,
                                                          struct weir_error *error);

struct weir_store_ops;
struct weir_zoo_library;
struct weir_dead_letters;
struct weir_dead_letters_options;

/* How a consumer gets at a cluster: the calls above, or a test's. */
struct weir_library {
    const struct weir_store_ops *store; /* in place of weir.offsets.store; NULL: as configured */
    const struct weir_zoo_library *zoo; /* for weir.coordinator=zookeeper; NULL: there is none */
    enum weir_status (*probe)(const struct weir_config *config, struct weir_listing *listing,
                              const struct weir_probe_patience *patience, struct weir_error *error);
    enum weir_status (*connect)(const struct weir_client_options *options, struct weir_client **out,
                                struct weir_error *error);
    /* For weir.failure.policy=dead-letter (dead_letter.h). */
    enum weir_status (*letters)(const struct weir_dead_letters_options *options,
                                struct weir_dead_letters **out, struct weir_error *error);
};

extern const struct weir_library weir_library_kafka;

#endif /* WEIR_FRAMEWORK_CLIENT_H */
