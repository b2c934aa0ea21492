/* How do threads of a test wait for each other without waiting for ever? */
#ifndef WEIR_TEST_GATE_H
#define WEIR_TEST_GATE_H

#include <pthread.h>
#include <stdint.h>

/* A number that only grows, and those who wait until it is high enough. Thread: any. */
struct gate {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    uint64_t value;
};

void gate_init(struct gate *gate);
void gate_fini(struct gate *gate);
/* Returns the new value. */
uint64_t gate_add(struct gate *gate, uint64_t by);
uint64_t gate_value(struct gate *gate);
/* Fails the test when `value` is not reached within some seconds times the environment's TMO_MULT.
 * Thread: the test's. */
void gate_await(struct gate *gate, uint64_t value);
/* For other threads: the program ends (abort) where the test would fail. */
void gate_hold(struct gate *gate, uint64_t value);

#endif /* WEIR_TEST_GATE_H */
