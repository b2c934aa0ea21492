/* What does a member of a ZooKeeper group say of itself? */
#ifndef WEIR_FRAMEWORK_REGISTRATION_H
#define WEIR_FRAMEWORK_REGISTRATION_H

#include "framework/vitals.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/status.h>

/* The data of /consumers/<group>/ids/<member>: JSON as Kafka's old consumers and go_kafka_client
 * write and read it (version, subscription, pattern, timestamp), and an object "weir" beside it
 * with what a strategy wants to know. The topics are those that exist, with the partitions they
 * have: members that read the same nodes have the same view, whatever each of them knows of the
 * brokers. Pure, but for memory. Thread: any. Memory: the heap. */
enum { WEIR_REGISTRATION_VERSION = 1 };

struct weir_registration_topic {
    char *name;
    uint32_t partitions; /* at least 1 */
};

/* How far it is in a switch between colors: see weir_switch_member. */
struct weir_registration_progress {
    uint64_t turn; /* at most INT64_MAX */
    bool ready;
    bool empty;
    bool full;
    struct weir_vitals vitals;
};

struct weir_registration {
    char *strategy;
    uint32_t capacity; /* at least 1 */
    char *rack;        /* these five: NULL when there is none */
    char *color;
    char *partitions;
    char *handler; /* its name; with a color only, as the next */
    char *version; /* of the handler */
    bool shadow;   /* while it stands by it handles copies of what others work on */
    struct weir_registration_progress progress; /* of a member with a color */
    struct weir_registration_topic *topics;     /* sorted by name, bytewise; none twice */
    size_t topic_count;
};

/* WEIR_ERR_NOMEM. The text is freed by weir_free. */
WEIR_MUST_CHECK enum weir_status weir_registration_write(const struct weir_registration *self,
                                                         int64_t timestamp_ms, char **out);
/* WEIR_ERR_INVALID: a stranger's or damaged, with the reason. WEIR_ERR_STATE: of a weir that is
 * newer than this one. WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status weir_registration_read(const void *data, size_t size,
                                                        struct weir_registration *out,
                                                        struct weir_error *error);
/* Accepts zeroed memory. */
void weir_registration_fini(struct weir_registration *registration);

#endif /* WEIR_FRAMEWORK_REGISTRATION_H */
