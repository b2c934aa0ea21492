/* How is a coordinator tried without a control loop? */
#ifndef WEIR_TEST_COORDINATOR_BENCH_H
#define WEIR_TEST_COORDINATOR_BENCH_H

#include "framework/coordinator.h"
#include <stdbool.h>
#include <stdint.h>
#include <weir/config.h>

/* One coordinator on a client that only takes notes, in virtual time. One at a time. Thread: the
 * test's. */
struct coordinator_setting {
    const struct weir_coordinator_ops *ops;
    /* Names what is to be consumed: orders with four partitions. */
    void (*configure)(struct weir_config *config);
    /* A configuration that join refuses; NULL: there is none. */
    void (*misconfigure)(struct weir_config *config);
    void (*open)(void);
    /* The world makes the coordinator the owner of all; loses it everything. NULL: it cannot. */
    void (*give)(void);
    void (*lose)(void);
    /* Time passes. */
    void (*pass)(void);
    void (*close)(void);
};

extern const struct coordinator_setting coordinator_setting_none;
extern const struct coordinator_setting coordinator_setting_kafka;
extern const struct coordinator_setting coordinator_setting_zookeeper;
/* None of weir's: that a fourth one is written down in the contract whole. */
extern const struct coordinator_setting coordinator_setting_desk;

enum { COORDINATOR_PARTITIONS = 4 };

enum coordinator_news { COORDINATOR_NOTHING, COORDINATOR_ASSIGNED, COORDINATOR_REVOKED };

struct coordinator_bench {
    const struct coordinator_setting *setting;
    struct weir_config *config;
    struct weir_coordinator *coordinator;
    enum weir_status join_status;
    struct weir_error join_error;
    bool serving; /* inside of a call from which something may be announced */
    enum coordinator_news unanswered;
    bool held[COORDINATOR_PARTITIONS];      /* accepted, and neither released nor lost */
    bool announced[COORDINATOR_PARTITIONS]; /* by what is unanswered */
    bool fetched[COORDINATOR_PARTITIONS];   /* by the client */
    bool client_left;
    uint32_t assignments;
    uint32_t revocations;
    uint32_t losses;
    uint32_t failures;
    uint32_t wakes;
};

extern struct coordinator_bench coordinator_bench;

void coordinator_bench_open(const struct coordinator_setting *setting);
void coordinator_bench_close(void);
void coordinator_join(void);
/* Serves, and lets time pass, until it was so; fails the test if that takes for ever. */
void coordinator_await(bool (*so)(void));
/* So many turns in which nothing is expected. */
void coordinator_idle(int turns);
/* Given the world's share: until something is assigned; then accepted. */
void coordinator_await_assigned(void);
void coordinator_accept(void);
void coordinator_decline(void);
/* Answers the revocation that is unanswered. */
void coordinator_release(void);
/* An event of the client. */
void coordinator_hear(enum weir_client_event_kind kind);
uint32_t coordinator_held(void);
uint32_t coordinator_fetched(void);

#endif /* WEIR_TEST_COORDINATOR_BENCH_H */
