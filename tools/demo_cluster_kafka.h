/* Where do the orders go, when there is no Kafka? */
#ifndef WEIR_TOOLS_DEMO_CLUSTER_KAFKA_H
#define WEIR_TOOLS_DEMO_CLUSTER_KAFKA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/status.h>

#define DEMO_TOPIC "orders"

/* librdkafka's mock cluster inside this process, with one topic, and a producer for it.
 * Thread: one at a time, but bootstrap: any. */
struct demo_cluster;

enum { DEMO_BROKERS = 3 };

/* The fate of an order; offset -1: the cluster did not take it. */
typedef void demo_delivery_fn(int64_t seq, int32_t partition, int64_t offset, void *user);

struct demo_cluster_options {
    uint32_t partitions;
    const char *group; /* outlives the cluster */
    bool joined;       /* its members join it by the brokers' protocol */
    demo_delivery_fn *delivered;
    void *user;
};

WEIR_MUST_CHECK enum weir_status demo_cluster_create(const struct demo_cluster_options *options,
                                                     struct demo_cluster **out,
                                                     struct weir_error *error);
void demo_cluster_destroy(struct demo_cluster *cluster);

/* Borrowed until destroy. */
const char *demo_cluster_bootstrap(const struct demo_cluster *cluster);

struct demo_message {
    int64_t seq;
    const char *key;
    const char *value;
};

/* Queues it; the delivery report comes from serve, in any case. */
void demo_cluster_send(struct demo_cluster *cluster, const struct demo_message *message);
/* Waits for delivery reports at most that long. */
void demo_cluster_serve(struct demo_cluster *cluster, int timeout_ms);

/* The group's committed offsets, asked of the cluster by a client of its own; -1 where there is
 * none. */
WEIR_MUST_CHECK enum weir_status demo_cluster_committed(const struct demo_cluster *cluster,
                                                        int64_t *offsets, struct weir_error *error);

#endif /* WEIR_TOOLS_DEMO_CLUSTER_KAFKA_H */
