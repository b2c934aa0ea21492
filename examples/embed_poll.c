/* A consumer in a loop of ppoll(2): embed_poll KEY=VALUE...
 *
 *     embed_poll bootstrap.servers=localhost:9092 group.id=g weir.topics=orders */
#include "examples/embed.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

static volatile sig_atomic_t signalled;

static void on_signal(int number)
{
    (void)number;
    signalled = 1;
}

/* Blocked from here on, but while ppoll waits: `waiting` is the mask for that. */
static void take_signals(sigset_t *waiting)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigset_t ours;

    sigemptyset(&ours);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &ours, waiting);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static void loop(struct weir_consumer *consumer, const sigset_t *waiting)
{
    struct pollfd fds[] = {{.fd = weir_consumer_fd(consumer), .events = POLLIN},
                           {.fd = weir_consumer_events_fd(consumer), .events = POLLIN}};
    const struct timespec pause = {.tv_sec = EMBED_SNAPSHOT_MS / 1000};

    while (fds[0].revents == 0) {
        int ready = ppoll(fds, 2, &pause, waiting);
        if (ready < 0) { /* what is in revents is from before */
            fds[0].revents = 0;
            fds[1].revents = 0;
        }
        if (signalled != 0) {
            signalled = 0;
            embed_stop(consumer);
        }
        if (fds[1].revents != 0) {
            embed_show_events(consumer);
        }
        if (ready == 0) { /* a quiet second */
            embed_show_snapshot(consumer);
        }
    }
}

int main(int argc, char **argv)
{
    sigset_t waiting;

    take_signals(&waiting); /* before any thread is made */
    struct weir_consumer *consumer = embed_start(argc, argv);
    if (consumer != NULL) {
        loop(consumer, &waiting);
    }
    return embed_end(consumer);
}
