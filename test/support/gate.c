#include "test/support/gate.h"

#include "test/support/deadline.h"
#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

enum { LIMIT_MS = 20000, NS_PER_S = 1000000000 };

void gate_init(struct gate *gate)
{
    pthread_condattr_t attributes;

    (void)pthread_mutex_init(&gate->mutex, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&gate->changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    gate->value = 0;
}

void gate_fini(struct gate *gate)
{
    (void)pthread_cond_destroy(&gate->changed);
    (void)pthread_mutex_destroy(&gate->mutex);
}

uint64_t gate_add(struct gate *gate, uint64_t by)
{
    (void)pthread_mutex_lock(&gate->mutex);
    gate->value += by;
    uint64_t value = gate->value;
    (void)pthread_cond_broadcast(&gate->changed);
    (void)pthread_mutex_unlock(&gate->mutex);
    return value;
}

uint64_t gate_value(struct gate *gate)
{
    return gate_add(gate, 0);
}

static bool reached(struct gate *gate, uint64_t value)
{
    struct deadline deadline = deadline_in_ms(LIMIT_MS);
    struct timespec until = {.tv_sec = (time_t)(deadline.at_ns / NS_PER_S),
                             .tv_nsec = (long)(deadline.at_ns % NS_PER_S)};
    int result = 0;

    (void)pthread_mutex_lock(&gate->mutex);
    while (gate->value < value && result != ETIMEDOUT) {
        result = pthread_cond_timedwait(&gate->changed, &gate->mutex, &until);
    }
    bool is_reached = gate->value >= value;
    (void)pthread_mutex_unlock(&gate->mutex);
    return is_reached;
}

void gate_await(struct gate *gate, uint64_t value)
{
    bool in_time = reached(gate, value);

    ck_assert_msg(in_time, "waited for %llu, saw %llu", (unsigned long long)value,
                  (unsigned long long)gate_value(gate));
}

void gate_hold(struct gate *gate, uint64_t value)
{
    if (!reached(gate, value)) {
        abort();
    }
}
