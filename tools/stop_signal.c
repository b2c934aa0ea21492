#include "tools/stop_signal.h"

#include "tools/cut_off.h"
#include "tools/options.h"
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { SAME_MS = 50, MS_PER_S = 1000, NS_PER_MS = 1000000 };

/* Lives as long as the process, as its thread does. */
static struct {
    sigset_t signals;
    int fd;
} watch;

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / NS_PER_MS;
}

static int await_signal(void)
{
    int signal = 0;

    while (sigwait(&watch.signals, &signal) != 0) {
        /* cannot fail with these signals */
    }
    return signal;
}

static void *listen_for_signals(void *user)
{
    int came = 0;

    (void)user;
    (void)await_signal();
    int64_t first = now_ms();
    (void)eventfd_write(watch.fd, 1);
    do {
        came = await_signal();
    } while (came == SIGHUP || now_ms() - first <= SAME_MS);
    weir_cut_off(WEIR_EXIT_TRY_AGAIN, "stopped at once; unfinished records come again");
}

/* Whoever started us said, as nohup does, that a hangup is not for us. */
static bool hangup_is_ignored(void)
{
    struct sigaction action = {.sa_flags = 0};

    return sigaction(SIGHUP, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

int weir_stop_signal_watch(void)
{
    pthread_t thread;

    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&watch.signals);
    (void)sigaddset(&watch.signals, SIGTERM);
    (void)sigaddset(&watch.signals, SIGINT);
    if (!hangup_is_ignored()) {
        (void)sigaddset(&watch.signals, SIGHUP);
    }
    (void)pthread_sigmask(SIG_BLOCK, &watch.signals, NULL);
    watch.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (watch.fd < 0) {
        return -1;
    }
    if (pthread_create(&thread, NULL, listen_for_signals, NULL) != 0) {
        (void)close(watch.fd);
        return -1;
    }
    (void)pthread_detach(thread);
    return watch.fd;
}
