/* What does a rebalance machine ask for, told in one line? */
#ifndef WEIR_TEST_REBALANCE_BENCH_H
#define WEIR_TEST_REBALANCE_BENCH_H

#include "framework/rebalance.h"
#include <check.h>
#include <stdio.h>
#include <string.h>

#define MS(n) ((weir_time)(n)*WEIR_NS_PER_MS)

enum { TENURES = 3, DRAIN_MS = 30000, TEXT = 512 };

static struct weir_rebalance rebalance;
static struct weir_tenure tenures[TENURES];
static weir_time now;
static char said[TEXT]; /* what the machine asked for since the last look */

static inline void say(const char *what, const struct weir_tenure *tenure)
{
    size_t length = strlen(said);
    const char *gap = length == 0 ? "" : ", ";

    if (tenure == NULL) {
        (void)snprintf(said + length, sizeof said - length, "%s%s", gap, what);
    } else {
        (void)snprintf(said + length, sizeof said - length, "%s%s %d", gap, what,
                       (int)(tenure - tenures));
    }
}

static inline void on_drain(struct weir_tenure *tenure, void *user)
{
    ck_assert_ptr_eq(user, said);
    say("drain", tenure);
}

static inline void on_commit(void *user)
{
    (void)user;
    say("commit", NULL);
}

static inline void on_close(struct weir_tenure *tenure, void *user)
{
    (void)user;
    ck_assert_int_eq(tenure->state, WEIR_TENURE_CLOSING);
    say("close", tenure);
}

static inline void on_answer(void *user)
{
    (void)user;
    say("answer", NULL);
}

static inline void on_leave(void *user)
{
    (void)user;
    say("leave", NULL);
}

static inline void on_overdue(struct weir_tenure *tenure, void *user)
{
    (void)user;
    say("overdue", tenure);
}

static const struct weir_rebalance_ops ops = {.drain = on_drain,
                                              .commit = on_commit,
                                              .close = on_close,
                                              .answer = on_answer,
                                              .leave = on_leave,
                                              .overdue = on_overdue};

static inline void set_up(void)
{
    memset(tenures, 0, sizeof tenures);
    said[0] = '\0';
    now = MS(1000);
    weir_rebalance_init(&rebalance, &ops, said, DRAIN_MS);
}

/* Compares and forgets. */
static inline void expect(const char *what)
{
    ck_assert_str_eq(said, what);
    said[0] = '\0';
}

static inline void give_back(int tenure)
{
    weir_rebalance_return(&rebalance, &tenures[tenure]);
}

static inline void revoke(void)
{
    weir_rebalance_revoke(&rebalance, now);
}

static inline void stop(void)
{
    weir_rebalance_stop(&rebalance, now);
}

static inline void busy(int tenure)
{
    weir_rebalance_busy(&rebalance, &tenures[tenure], now);
}

static inline void drained(int tenure)
{
    weir_rebalance_drained(&rebalance, &tenures[tenure], now);
}

static inline void clean(int tenure)
{
    weir_rebalance_clean(&rebalance, &tenures[tenure], true, now);
}

static inline void forgo(int tenure)
{
    weir_rebalance_forgo(&tenures[tenure]);
    weir_rebalance_tick(&rebalance, now);
}

static inline void refused(int tenure)
{
    weir_rebalance_refused(&rebalance, &tenures[tenure], now);
}

static inline void tick_after_ms(int64_t ms)
{
    now += MS(ms);
    weir_rebalance_tick(&rebalance, now);
}

#endif /* WEIR_TEST_REBALANCE_BENCH_H */
