/* Does the thread sanitizer see a race between a callback of librdkafka and a thread of ours?
 *
 * The log callback, which runs on librdkafka's threads, and main both count. With PLANTED_RACE the
 * counter has no lock and the sanitizer must end this program with 66; without, it must find
 * nothing. Nothing listens on the broker's port, so the callback is kept busy. */
#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { CALLS_WANTED = 50, WAIT_SECONDS_MAX = 60 };

static long hits;
static pthread_mutex_t hits_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int calls; /* relaxed: it must not order the accesses to hits */

static void hit(void)
{
    if (!PLANTED_RACE) {
        pthread_mutex_lock(&hits_lock);
    }
    hits++;
    if (!PLANTED_RACE) {
        pthread_mutex_unlock(&hits_lock);
    }
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    (void)rk, (void)level, (void)facility, (void)text;
    hit();
    atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
}

static void set(rd_kafka_conf_t *conf, const char *key, const char *value)
{
    char text[512];

    if (rd_kafka_conf_set(conf, key, value, text, sizeof text) != RD_KAFKA_CONF_OK) {
        fprintf(stderr, "%s\n", text);
        exit(1);
    }
}

int main(void)
{
    char text[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    set(conf, "bootstrap.servers", "127.0.0.1:1");
    set(conf, "debug", "broker");
    set(conf, "reconnect.backoff.ms", "1");
    set(conf, "reconnect.backoff.max.ms", "10");
    rd_kafka_conf_set_log_cb(conf, on_log);

    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (rk == NULL) {
        rd_kafka_conf_destroy(conf);
        fprintf(stderr, "%s\n", text);
        return 1;
    }
    time_t end = time(NULL) + WAIT_SECONDS_MAX;
    while (atomic_load_explicit(&calls, memory_order_relaxed) < CALLS_WANTED && time(NULL) < end) {
        hit();
    }
    rd_kafka_destroy(rk);
    int seen = atomic_load_explicit(&calls, memory_order_relaxed);
    printf("%d calls, %ld hits\n", seen, hits);
    return seen < CALLS_WANTED;
}
