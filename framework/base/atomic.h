/* Which small facts may threads share without a lock? */
#ifndef WEIR_BASE_ATOMIC_H
#define WEIR_BASE_ATOMIC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Goes up once and stays up. Sequentially consistent: who reads the clock and then finds it down
 * has an earlier time than who raises it and then reads the clock. */
struct weir_flag {
    atomic_bool up;
};

static inline void weir_flag_raise(struct weir_flag *flag)
{
    atomic_store(&flag->up, true);
}

static inline void weir_flag_lower(struct weir_flag *flag)
{
    atomic_store_explicit(&flag->up, false, memory_order_relaxed);
}

static inline bool weir_flag_is_up(const struct weir_flag *flag)
{
    return atomic_load(&flag->up);
}

/* A number that one thread keeps up to date for whoever looks: relaxed. */
struct weir_gauge {
    atomic_int_fast64_t value;
};

static inline void weir_gauge_set(struct weir_gauge *gauge, int64_t value)
{
    atomic_store_explicit(&gauge->value, value, memory_order_relaxed);
}

static inline int64_t weir_gauge_get(const struct weir_gauge *gauge)
{
    return atomic_load_explicit(&gauge->value, memory_order_relaxed);
}

/* A number that any thread raises: relaxed. */
struct weir_tally {
    atomic_uint_fast64_t value;
};

static inline void weir_tally_add(struct weir_tally *tally, uint64_t by)
{
    atomic_fetch_add_explicit(&tally->value, by, memory_order_relaxed);
}

static inline uint64_t weir_tally_get(const struct weir_tally *tally)
{
    return atomic_load_explicit(&tally->value, memory_order_relaxed);
}

/* A number that one thread raises for whoever looks, without a read-modify-write: it costs what a
 * plain variable does. Release in add pairs with acquire in get: what its thread wrote before is
 * seen with it. */
struct weir_count {
    atomic_uint_fast64_t value;
};

static inline uint64_t weir_count_get(const struct weir_count *count)
{
    return atomic_load_explicit(&count->value, memory_order_acquire);
}

static inline void weir_count_add(struct weir_count *count, uint64_t by)
{
    uint64_t before = atomic_load_explicit(&count->value, memory_order_relaxed);
    atomic_store_explicit(&count->value, before + by, memory_order_release);
}

/* The same for what is too large to be exact: a sum of ages, each times many records. */
struct weir_sum {
    _Atomic double value;
};

static inline double weir_sum_get(const struct weir_sum *sum)
{
    return atomic_load_explicit(&sum->value, memory_order_relaxed);
}

static inline void weir_sum_add(struct weir_sum *sum, double by)
{
    atomic_store_explicit(&sum->value, weir_sum_get(sum) + by, memory_order_relaxed);
}

/* Requests that add up until their one reader takes them all. Release in add pairs with acquire in
 * take: what was written before a request is seen by whoever takes it. */
struct weir_requests {
    atomic_uint bits;
};

static inline void weir_requests_add(struct weir_requests *requests, unsigned bits)
{
    atomic_fetch_or_explicit(&requests->bits, bits, memory_order_release);
}

static inline unsigned weir_requests_take(struct weir_requests *requests)
{
    return atomic_exchange_explicit(&requests->bits, 0, memory_order_acquire);
}

#endif /* WEIR_BASE_ATOMIC_H */
