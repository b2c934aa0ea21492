/* How does one suite talk to every offset store? */
#ifndef WEIR_TEST_STORE_BENCH_H
#define WEIR_TEST_STORE_BENCH_H

#include "framework/report.h"
#include "offsets/store.h"
#include "test/support/gate.h"

/* What a store needs around it. What is NULL is not needed. */
struct store_setting {
    const struct weir_store_ops *ops;
    void *(*client_open)(void); /* the client library's handle */
    void (*client_close)(void *client);
    /* Something else: fills in the environment; and its end, after the store's. */
    void (*open)(struct weir_store_env *env);
    void (*close)(void);
    bool (*ready)(const struct weir_store *store); /* may the tests begin? */
    void (*pass)(void);                            /* time passes between two turns */
};

enum { STORE_ANSWER_MAX = 3000 };

/* One answer, copied while it was borrowed. */
struct store_answer {
    enum weir_status status;
    size_t count;
    char text[256]; /* "" when none was given */
    struct {
        char topic[64];
        int64_t offset;
        int32_t partition;
        enum weir_status status;
    } positions[STORE_ANSWER_MAX];
};

struct store_bench {
    const struct store_setting *setting;
    void *client;
    struct weir_report report; /* of which only the log is there */
    char last_line[256];       /* of it */
    struct weir_store *store;
    struct gate wakes;
    uint32_t answers; /* calls of done */
    struct store_answer last;
    bool serving; /* done may be called */
};

extern struct store_bench store_bench;

void store_bench_open(const struct store_setting *setting);
/* Closes the store if it is open, and the client. */
void store_bench_close(void);
void store_bench_close_store(void);

/* Sends; the list and its strings are gone when this returns. */
void store_send(const struct weir_position *positions, size_t count);
/* Serves until the answer is there. */
void store_await_answer(void);
/* One turn: serves, and time passes. */
void store_turn(void);
/* Both, for one partition, and it must have worked. */
void store_commit(const char *topic, int32_t partition, int64_t offset);
/* On a side thread, where loads belong. Fails the test when it does not work. */
void store_load(struct weir_position *positions, size_t count);
/* The same with a patience, for loads that may fail. */
WEIR_MUST_CHECK enum weir_status store_try_load(struct weir_position *positions, size_t count,
                                                int64_t timeout_ms, struct weir_error *error);
int64_t store_loaded(const char *topic, int32_t partition);

/* librdkafka's mock cluster under the Kafka store. */
extern const struct store_setting store_setting_kafka;
extern const struct store_setting store_setting_memory;
/* Debian's server under the ZooKeeper store: one for the program, started before check forks. */
extern const struct store_setting store_setting_zookeeper;
void store_setting_zookeeper_start(void);
void store_setting_zookeeper_stop(void);

/* test/support/sim_zoo.h under it, in virtual time: alone, and with claims of every partition under
 * the fence store_claimed. */
extern const struct store_setting store_setting_sim;
extern const struct store_setting store_setting_sim_fenced;
extern int32_t store_claimed;

#endif /* WEIR_TEST_STORE_BENCH_H */
