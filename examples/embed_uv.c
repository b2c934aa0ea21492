/* A consumer in a loop of libuv: embed_uv KEY=VALUE...
 *
 *     embed_uv bootstrap.servers=localhost:9092 group.id=g weir.topics=orders */
#include "examples/embed.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <uv.h>

static void on_events(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    embed_show_events(poll->data);
}

static void on_signal(uv_signal_t *signal, int number)
{
    (void)number;
    embed_stop(signal->data);
}

static void on_timer(uv_timer_t *timer)
{
    embed_show_snapshot(timer->data);
}

static void close_handle(uv_handle_t *handle, void *user)
{
    (void)user;
    uv_close(handle, NULL);
}

/* The consumer has ended: without handles the loop does, too. */
static void on_end(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    uv_walk(poll->loop, close_handle, NULL);
}

struct handles {
    uv_poll_t ended;
    uv_poll_t events;
    uv_signal_t interrupt;
    uv_signal_t terminate;
    uv_timer_t timer;
};

static int watch(uv_loop_t *loop, struct handles *handles, struct weir_consumer *consumer)
{
    int failed = uv_poll_init(loop, &handles->ended, weir_consumer_fd(consumer));

    failed = failed != 0 ? failed
                         : uv_poll_init(loop, &handles->events, weir_consumer_events_fd(consumer));
    if (failed != 0) {
        return failed;
    }
    (void)uv_signal_init(loop, &handles->interrupt); /* these cannot fail */
    (void)uv_signal_init(loop, &handles->terminate);
    (void)uv_timer_init(loop, &handles->timer);
    handles->events.data = consumer;
    handles->interrupt.data = consumer;
    handles->terminate.data = consumer;
    handles->timer.data = consumer;
    (void)uv_poll_start(&handles->ended, UV_READABLE, on_end);
    (void)uv_poll_start(&handles->events, UV_READABLE, on_events);
    (void)uv_signal_start(&handles->interrupt, on_signal, SIGINT);
    (void)uv_signal_start(&handles->terminate, on_signal, SIGTERM);
    return uv_timer_start(&handles->timer, on_timer, EMBED_SNAPSHOT_MS, EMBED_SNAPSHOT_MS);
}

int main(int argc, char **argv)
{
    uv_loop_t *loop = uv_default_loop();
    struct handles handles;
    struct weir_consumer *consumer = embed_start(argc, argv);

    if (consumer != NULL) {
        int failed = watch(loop, &handles, consumer);
        if (failed != 0) {
            (void)fprintf(stderr, "embed_uv: %s\n", uv_strerror(failed));
            return 1;
        }
        (void)uv_run(loop, UV_RUN_DEFAULT); /* it watches nothing of the consumer's any more */
    }
    (void)uv_loop_close(loop);
    return embed_end(consumer);
}
