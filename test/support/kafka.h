/* How does a test get a real Kafka of its own, and how does it hurt it? */
#ifndef WEIR_TEST_KAFKA_H
#define WEIR_TEST_KAFKA_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <weir/export.h>

#include "test/support/process.h"
#include "test/support/proxy.h"

enum { KAFKA_BROKERS_MAX = 9 };

/* All fields may be 0 or NULL. Lists end with NULL and are borrowed for the call. */
struct kafka_options {
    const char *version; /* NULL: $WEIR_KAFKA_VERSION, or 4.1.0 */
    int brokers;         /* 0: 1. Each is controller too; topics get min(brokers, 3) replicas */
    const char *const *properties; /* "name=value" for every broker, stronger than the defaults */
    const char *const *java;       /* options of the Java machine instead of the quick start's */
    const char *const *format;     /* more arguments for the storage tool, such as --add-scram */
    bool proxied; /* each broker gets a second way in, which only leads through a proxy */
    const char *const *listeners; /* more of the one broker's, as "NAME:PROTOCOL" */
};

/* A cluster on free ports of 127.0.0.1 in a folder of its own, with settings for short tests: no
 * rebalance delay, session timeouts from 1 s, few internal partitions, retention looked at every
 * 500 ms, no automatic topics. Brokers have the ids 1, 2, 3.
 *
 * One per test executable is the pattern: started by an unchecked fixture, so that all tests share
 * it and each uses topics and groups of its own. A test that kills brokers starts its own.
 * Nothing survives the process that started it. Thread: main. */
struct kafka;

/* Returns when every broker serves metadata; the test fails with the broker's last words if one
 * does not. NULL: all defaults. */
WEIR_MUST_CHECK struct kafka *kafka_start(const struct kafka_options *options);
/* The Kafka whose bootstrap list is in the environment's WEIR_TEST_BOOTSTRAP, or in the file it
 * names as @FILE (kafka_server writes one, for several executables in a row); without the variable
 * a new default one. It cannot be hurt if it is shared. */
WEIR_MUST_CHECK struct kafka *kafka_share(void);
/* Ends all brokers and removes the folder. NULL is accepted. */
void kafka_stop(struct kafka *kafka);

/* "127.0.0.1:port,..." of all brokers. Borrowed until kafka_stop. */
const char *kafka_bootstrap(const struct kafka *kafka);
/* "127.0.0.1:port" of the listener of this name. Borrowed until kafka_stop. */
const char *kafka_listener(const struct kafka *kafka, const char *name);
const char *kafka_version(const struct kafka *kafka);
int kafka_brokers(const struct kafka *kafka); /* 0: it is somebody else's */
uint16_t kafka_port(const struct kafka *kafka, int broker);
pid_t kafka_pid(const struct kafka *kafka, int broker);
/* With `proxied`: "127.0.0.1:port,..." of the brokers' proxies, all that their clients are ever
 * told of, and the proxy of one broker. Brokers and whoever uses kafka_bootstrap do not notice the
 * weather there. Borrowed until kafka_stop. */
const char *kafka_proxied_bootstrap(const struct kafka *kafka);
struct proxy *kafka_proxy(const struct kafka *kafka, int broker);
/* What that proxy leads to, for one more way in. */
uint16_t kafka_port_behind(const struct kafka *kafka, int broker);

/* kill -9, and it is gone on return. */
void kafka_kill(struct kafka *kafka, int broker);
/* A clean shutdown, ended on return. */
void kafka_shut_down(struct kafka *kafka, int broker);
/* After either: the same port and log; returns when it serves. */
void kafka_restart(struct kafka *kafka, int broker);
/* The same for all that do not run: alone, the first of several would wait for the others. */
void kafka_restart_all(struct kafka *kafka);
/* With `proxied`, while it does not run: from its next start on clients are told of a new proxy,
 * and nobody listens where the old one was. kafka_proxied_bootstrap stays as it was. */
void kafka_move(struct kafka *kafka, int broker);
/* A program from Kafka's own jars, such as org.apache.kafka.tools.VerifiableConsumer: an oracle
 * that is not ours. `output_path` as in struct process_options; the caller destroys the process. */
WEIR_MUST_CHECK struct process *kafka_tool(const struct kafka *kafka, const char *class_name,
                                           const char *const *arguments, const char *output_path);

/* It stands still on return; and goes on. */
void kafka_pause(struct kafka *kafka, int broker);
void kafka_resume(struct kafka *kafka, int broker);

#endif /* WEIR_TEST_KAFKA_H */
