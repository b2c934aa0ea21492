/* A consumer in a loop of epoll(7): embed_epoll KEY=VALUE...
 *
 *     embed_epoll bootstrap.servers=localhost:9092 group.id=g weir.topics=orders */
#include "examples/embed.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum source { ENDED, EVENTS, SIGNALS, TIMER, SOURCES };

static int open_signals(void)
{
    sigset_t ours;

    sigemptyset(&ours);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &ours, NULL);
    return signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int open_timer(void)
{
    const struct timespec second = {.tv_sec = EMBED_SNAPSHOT_MS / 1000};
    const struct itimerspec span = {.it_interval = second, .it_value = second};
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

    (void)timerfd_settime(fd, 0, &span, NULL);
    return fd;
}

static bool watch(int loop, const int *fds)
{
    for (uint32_t i = 0; i < SOURCES; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data = {.u32 = i}};
        if (epoll_ctl(loop, EPOLL_CTL_ADD, fds[i], &event) != 0) {
            perror("epoll_ctl");
            return false;
        }
    }
    return true;
}

/* False: the consumer has ended. */
static bool serve(struct weir_consumer *consumer, enum source source, int fd)
{
    struct signalfd_siginfo signal;
    uint64_t times = 0;

    switch (source) {
    case EVENTS:
        embed_show_events(consumer);
        break;
    case SIGNALS:
        if (read(fd, &signal, sizeof signal) > 0) {
            embed_stop(consumer);
        }
        break;
    case TIMER:
        if (read(fd, &times, sizeof times) > 0) {
            embed_show_snapshot(consumer);
        }
        break;
    case ENDED:
    case SOURCES:
        return false;
    }
    return true;
}

static void run(int loop, struct weir_consumer *consumer, const int *fds)
{
    struct epoll_event event;
    bool goes_on = watch(loop, fds);

    while (goes_on) {
        if (epoll_wait(loop, &event, 1, -1) == 1) {
            enum source source = (enum source)event.data.u32;
            goes_on = serve(consumer, source, fds[source]);
        }
    }
}

int main(int argc, char **argv)
{
    int fds[SOURCES] = {[SIGNALS] = open_signals(), [TIMER] = open_timer()}; /* before any thread */
    int loop = epoll_create1(EPOLL_CLOEXEC);
    struct weir_consumer *consumer = embed_start(argc, argv);

    if (consumer != NULL) {
        fds[ENDED] = weir_consumer_fd(consumer);
        fds[EVENTS] = weir_consumer_events_fd(consumer);
        run(loop, consumer, fds);
    }
    (void)close(loop); /* before the consumer closes what it watches */
    (void)close(fds[SIGNALS]);
    (void)close(fds[TIMER]);
    return embed_end(consumer);
}
