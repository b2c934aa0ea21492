/* How does one Kafka broker start, stop and start again on the same port and log? */
#ifndef WEIR_TEST_BROKER_H
#define WEIR_TEST_BROKER_H

#include <stdbool.h>
#include <stdint.h>
#include <weir/export.h>

#include "test/support/jars.h"
#include "test/support/process.h"

/* Tests use kafka.h, which is made of this. Pointers are borrowed for the call of broker_start, but
 * `jars` until broker_destroy. */
struct broker_options {
    const struct jars *jars;
    const char *folder;        /* of the cluster; the broker makes its own in it */
    const char *cluster_id;    /* 22 characters */
    const char *properties;    /* lines for the broker's file, last ones win */
    const char *const *java;   /* options of the Java machine; NULL: those for a quick start */
    const char *const *format; /* more arguments of the storage tool (--add-scram ...), or NULL */
    uint16_t port;
    int id;
    bool train; /* leave a class data archive when it stops by SIGTERM */
};

/* Combined broker and controller. */
struct broker;

/* As Kafka writes an id: 16 random bytes in base 64. The caller frees it. */
WEIR_MUST_CHECK char *broker_new_id(void);
/* Formats its storage and starts it, without waiting until it serves. */
WEIR_MUST_CHECK struct broker *broker_start(const struct broker_options *options);
/* Kills it if it runs; frees. */
void broker_destroy(struct broker *broker);

struct process *broker_process(const struct broker *broker);
uint16_t broker_port(const struct broker *broker);
/* Lines for its file, stronger than those there are, for the next start. */
void broker_add_properties(struct broker *broker, const char *lines);
/* Begins again with what is in the log folder, after the process ended. */
void broker_start_again(struct broker *broker);
/* SIGTERM and wait for the end: a clean, controlled shutdown, which also leaves the archive. */
void broker_shut_down(struct broker *broker);

#endif /* WEIR_TEST_BROKER_H */
