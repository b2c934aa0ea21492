/* What do the parts that speak librdkafka share? */
#ifndef WEIR_FRAMEWORK_CLIENT_KAFKA_H
#define WEIR_FRAMEWORK_CLIENT_KAFKA_H

#include "framework/announcer.h"
#include "framework/base/mutex.h"
#include "framework/client.h"
#include "framework/refusal.h"
#include <librdkafka/rdkafka.h>

/* On the way out of the group: waits for the moment when closing is sound, closes, or stays behind
 * because there is no such moment. */
enum weir_kafka_leaving {
    WEIR_KAFKA_STAYS,
    WEIR_KAFKA_WAITS,
    WEIR_KAFKA_CLOSES,
    WEIR_KAFKA_REFUSED, /* the library will not close this one */
    WEIR_KAFKA_LEFT_BEHIND
};

/* What the library does about a rebalance, as far as commits must wait for it (guard_kafka.c). */
struct weir_kafka_guard {
    struct weir_mutex mutex;
    bool commits; /* else they need not wait, and only the joins are of interest */
    bool joining;
    bool rejoined;       /* since partitions were last revoked */
    bool heard;          /* of a heartbeat, since the control loop looked */
    weir_time join_from; /* when the library may join again */
    weir_time settled;   /* what was heard before has had its consequences; control's */
    int64_t settle_ms;
};

/* Included by *_kafka.c only. */
struct weir_client_kafka {
    struct weir_client client; /* first */
    rd_kafka_t *handle;
    rd_kafka_queue_t *queue; /* the consumer's: rebalances and errors */
    struct weir_announcer news;
    rd_kafka_topic_partition_list_t *assigned; /* if incremental: by us, so it may be taken back */
    rd_kafka_topic_partition_list_t *ahead;    /* of these, prefetched: they are not ours yet */
    struct weir_report *report;
    const struct weir_config *config; /* never changed while the client lives */
    weir_wake_fn *wake;               /* NULL once nobody may be woken */
    void *wake_user;
    bool grouped;
    bool subscribed;  /* only who did so is a member, or becomes one */
    bool incremental; /* partitions come and go one by one, as they do without a group */
    bool keyed;
    bool assigned_once;
    struct weir_kafka_guard guard;
    enum weir_kafka_leaving leaving;
    weir_time leave_deadline; /* of waiting */
    struct weir_mutex closed_mutex;
    struct weir_kafka_source *closed; /* one of each partition; guarded by the mutex */
};

enum weir_status weir_kafka_status(rd_kafka_resp_err_t code);
enum weir_refusal weir_kafka_refusal(rd_kafka_resp_err_t code);
/* WEIR_OK, or "ACT: what the library calls it". */
enum weir_status weir_kafka_code_error(rd_kafka_resp_err_t code, const char *act,
                                       struct weir_error *error);
/* A list the caller destroys; NULL when out of memory. */
rd_kafka_topic_partition_list_t *weir_kafka_list(const struct weir_position *positions,
                                                 size_t count);

/* listing_kafka.c */
struct weir_kafka_question {
    rd_kafka_t *handle;
    const struct weir_probe_patience *patience;
    bool (*is_hopeless)(void *user); /* asked after each attempt; NULL: never */
    void *user;
};
/* Blocks; attempts are short at first, so that whoever stops the consumer waits for one only. */
rd_kafka_resp_err_t weir_kafka_ask_topics(const struct weir_kafka_question *question,
                                          struct weir_listing *listing);
enum weir_status weir_kafka_topics(struct weir_client *client, struct weir_listing *listing,
                                   const struct weir_probe_patience *patience,
                                   struct weir_error *error);

/* source_kafka.c */
struct weir_source *weir_kafka_source_open(struct weir_client *client,
                                           const struct weir_position *position, weir_wake_fn *wake,
                                           void *wake_user);
uint32_t weir_kafka_source_take(struct weir_source *source, struct weir_fetched *out,
                                uint32_t capacity);
void weir_kafka_source_close(struct weir_source *source);
/* Frees what is left of the sources, before the library's end: all are closed. */
void weir_kafka_sources_fini(struct weir_client_kafka *kafka);
int64_t weir_kafka_log_end(struct weir_client *client, const char *topic, int32_t partition);
void weir_kafka_message_view(const void *message, struct weir_record *out);
int weir_kafka_message_header(const void *message, size_t index, struct weir_header *out);
void weir_kafka_message_release(void *message);

/* assignment_kafka.c: the library announces, control answers (client.h: assign to may_restart). */
/* False: out of memory. */
bool weir_kafka_hear_rebalance(struct weir_client_kafka *kafka, rd_kafka_event_t *event);
enum weir_status weir_kafka_assign(struct weir_client *client,
                                   const struct weir_position *positions, size_t count,
                                   struct weir_error *error);
enum weir_status weir_kafka_prefetch(struct weir_client *client,
                                     const struct weir_position *positions, size_t count,
                                     struct weir_error *error);
enum weir_status weir_kafka_unassign(struct weir_client *client,
                                     const struct weir_position *positions, size_t count,
                                     struct weir_error *error);
enum weir_status weir_kafka_restart(struct weir_client *client, const struct weir_position *one,
                                    const struct weir_position *held, size_t count,
                                    struct weir_error *error);
bool weir_kafka_may_restart(struct weir_client *client);

/* guard_kafka.c: commits that would cost the assignment. */
/* As it was configured: to ask the library would wait for ever once it has closed. */
bool weir_kafka_is_cooperative(const struct weir_client_kafka *kafka);
/* group.protocol=consumer (KIP-848): nobody joins, and the brokers share the partitions out. */
bool weir_kafka_brokers_assign(const struct weir_client_kafka *kafka);
void weir_kafka_guard_commits(struct weir_client_kafka *kafka, rd_kafka_conf_t *conf);
/* Partitions are revoked or lost. */
void weir_kafka_guard_revocation(struct weir_client_kafka *kafka);
/* Before partitions are handed back in a rebalance. */
void weir_kafka_guard_rejoin(struct weir_client_kafka *kafka);
/* Nobody is woken any more once this returns, whatever the library hears. */
void weir_kafka_guard_silence(struct weir_client_kafka *kafka);
weir_time weir_kafka_commit_from(struct weir_client *client, weir_time now);
bool weir_kafka_commit_begin(struct weir_client *client);
void weir_kafka_commit_end(struct weir_client *client);
bool weir_kafka_gave_away(struct weir_client *client, const struct weir_position *position);

/* handle_kafka.c: a configured handle, with our settings over the user's. */
rd_kafka_t *weir_kafka_handle_create(const struct weir_client_options *options, void *opaque,
                                     struct weir_error *error);

#endif /* WEIR_FRAMEWORK_CLIENT_KAFKA_H */
