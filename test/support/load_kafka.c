#include "test/support/load_kafka.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "test/support/deadline.h"
#include "test/support/fail.h"

enum { NS_PER_S = 1000000000 };

struct load {
    pthread_t thread;
    struct produce_options options; /* its strings are the ones below */
    char *bootstrap;
    char *topic;
    char *key;
    double per_second;
    atomic_bool stopping;
    atomic_uint_fast64_t acknowledged;
    struct ledger *ledger; /* the thread's until it is joined */
    char *failure;         /* the same; NULL: none */
};

static uint64_t wanted_by_now(const struct load *load, int64_t begin_ns)
{
    double seconds = (double)(deadline_now_ns() - begin_ns) / (double)NS_PER_S;
    uint64_t wanted = (uint64_t)(seconds * load->per_second) + 1;

    return load->options.count > 0 && wanted > load->options.count ? load->options.count : wanted;
}

static void produce_until_stopped(void *user)
{
    struct load *load = user;
    struct producer *producer =
        producer_open(&(struct producer_options){.bootstrap = load->bootstrap});
    struct produce_options burst = load->options;
    int64_t begin_ns = deadline_now_ns();
    uint64_t sent = 0;

    while (!atomic_load(&load->stopping)) {
        burst.count = wanted_by_now(load, begin_ns) - sent;
        producer_send(producer, &burst);
        sent += burst.count;
        producer_poll(producer);
        atomic_store(&load->acknowledged, sent - producer_unanswered(producer));
        deadline_turn();
    }
    producer_flush(producer);
    atomic_store(&load->acknowledged, sent);
    load->ledger = producer_take_ledger(producer);
    producer_close(producer);
}

static void *run(void *user)
{
    struct load *load = user;

    load->failure = fail_catch(produce_until_stopped, load);
    return NULL;
}

struct load *load_start(const char *bootstrap, const struct produce_options *options,
                        uint32_t per_second)
{
    struct load *load = fail_or_alloc(1, sizeof *load);

    load->bootstrap = fail_or_copy(bootstrap);
    load->topic = fail_or_copy(options->topic);
    load->key = options->key == NULL ? NULL : fail_or_copy(options->key);
    load->options = *options;
    load->options.topic = load->topic;
    load->options.key = load->key;
    load->per_second = per_second / deadline_multiplier();
    if (pthread_create(&load->thread, NULL, run, load) != 0) {
        fail_test("cannot start the thread of a load on %s", options->topic);
    }
    return load;
}

uint64_t load_acknowledged(const struct load *load)
{
    return atomic_load(&load->acknowledged);
}

struct ledger *load_stop(struct load *load)
{
    atomic_store(&load->stopping, true);
    (void)pthread_join(load->thread, NULL);
    if (load->failure != NULL) {
        fail_test("the load on %s failed: %s", load->topic, load->failure);
    }
    struct ledger *ledger = load->ledger;
    free(load->bootstrap);
    free(load->topic);
    free(load->key);
    free(load);
    return ledger;
}
