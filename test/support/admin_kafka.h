/* How does a test make, change and look into topics and groups? */
#ifndef WEIR_TEST_ADMIN_KAFKA_H
#define WEIR_TEST_ADMIN_KAFKA_H

#include <stddef.h>
#include <stdint.h>
#include <weir/export.h>

/* One administrator's connection. Every call waits for its answer and fails the test with the
 * broker's words. Does not survive a fork: open it in the test or its checked fixture. */
struct admin;

WEIR_MUST_CHECK struct admin *admin_open(const char *bootstrap);
void admin_close(struct admin *admin); /* NULL is accepted */

struct admin_topic {
    const char *name;
    int partitions;            /* 0: 1 */
    int replicas;              /* 0: the cluster's default */
    const char *const *config; /* "name=value", ends with NULL; or NULL */
};

/* On return every partition has a leader. */
void admin_create_topic(struct admin *admin, const struct admin_topic *topic);
/* On return the brokers do not name it any more. */
void admin_delete_topic(struct admin *admin, const char *topic);
/* Grows the topic to `total` partitions. */
void admin_add_partitions(struct admin *admin, const char *topic, int total);
/* The first offset that is left is `before`. */
void admin_delete_records(struct admin *admin, const char *topic, int32_t partition,
                          int64_t before);
/* 0 if there is no such topic. */
int admin_partitions(struct admin *admin, const char *topic);
/* The id, from 1, of the broker that leads the partition, or that coordinates the group, which has
 * members. */
int admin_leader(struct admin *admin, const char *topic, int32_t partition);
int admin_coordinator(struct admin *admin, const char *group);
/* Lets somebody ("User:CN=a") do something ("read", "describe") with a topic, or with a group. */
void admin_allow(struct admin *admin, const char *who, const char *operation, const char *topic);
void admin_allow_group(struct admin *admin, const char *who, const char *operation,
                       const char *group);
/* First offset there is, and the one after the last. */
int64_t admin_begin_offset(struct admin *admin, const char *topic, int32_t partition);
int64_t admin_end_offset(struct admin *admin, const char *topic, int32_t partition);

/* The committed (next) offset, or -1; *metadata, unless NULL, gets the text committed with it,
 * which the caller frees. */
int64_t admin_committed(struct admin *admin, const char *group, const char *topic,
                        int32_t partition, char **metadata);
/* Only while the group is empty. */
void admin_set_committed(struct admin *admin, const char *group, const char *topic,
                         int32_t partition, int64_t offset);
void admin_forget_committed(struct admin *admin, const char *group, const char *topic,
                            int32_t partition);
void admin_delete_group(struct admin *admin, const char *group);

struct admin_partition {
    char *topic;
    int32_t partition;
};

struct admin_member {
    char *id;
    char *client;
    char *instance; /* empty: not a static member */
    struct admin_partition *partitions;
    size_t partition_count;
};

/* As the coordinator sees the group: "Empty", "PreparingRebalance", "CompletingRebalance",
 * "Stable", "Dead", "Unknown". Not on librdkafka's mock cluster. */
struct admin_group {
    char *state;
    struct admin_member *members;
    size_t member_count;
};

WEIR_MUST_CHECK struct admin_group *admin_describe_group(struct admin *admin, const char *group);
void admin_group_destroy(struct admin_group *group);
/* Waits until the group is stable with so many members (0: empty). */
void admin_await_members(struct admin *admin, const char *group, size_t members, int64_t ms);

#endif /* WEIR_TEST_ADMIN_KAFKA_H */
