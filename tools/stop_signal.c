#include "tools/stop_signal.h"

#include "tools/cut_off.h"
#include "tools/monotonic.h"
#include "tools/options.h"
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { SAME_MS = 50 };

/* Lives as long as the process, as its thread does. */
static struct {
    sigset_t signals;
    const char *sentence;
    int asked;
    int report;
} watch;

/* The next one that asks to stop. */
static int await_signal(void)
{
    int signal = 0;

    while (sigwait(&watch.signals, &signal) != 0 || signal == SIGUSR1) {
        if (signal == SIGUSR1) { /* the call cannot fail with these signals */
            (void)eventfd_write(watch.report, 1);
        }
    }
    return signal;
}

static void *listen_for_signals(void *user)
{
    int came = 0;

    (void)user;
    (void)await_signal();
    int64_t first = weir_monotonic_ms();
    (void)eventfd_write(watch.asked, 1);
    do {
        came = await_signal();
    } while (came == SIGHUP || weir_monotonic_ms() - first <= SAME_MS);
    weir_cut_off(WEIR_EXIT_TRY_AGAIN, watch.sentence);
}

/* Whoever started us said, as nohup does, that a hangup is not for us. */
static bool hangup_is_ignored(void)
{
    struct sigaction action = {.sa_flags = 0};

    return sigaction(SIGHUP, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

bool weir_stop_signal_watch(const char *sentence, struct weir_signals *out)
{
    pthread_t thread;

    watch.sentence = sentence;
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&watch.signals);
    (void)sigaddset(&watch.signals, SIGTERM);
    (void)sigaddset(&watch.signals, SIGINT);
    (void)sigaddset(&watch.signals, SIGUSR1);
    if (!hangup_is_ignored()) {
        (void)sigaddset(&watch.signals, SIGHUP);
    }
    (void)pthread_sigmask(SIG_BLOCK, &watch.signals, NULL);
    watch.asked = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    watch.report = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (watch.asked < 0 || watch.report < 0 ||
        pthread_create(&thread, NULL, listen_for_signals, NULL) != 0) {
        (void)close(watch.asked);
        (void)close(watch.report);
        return false;
    }
    (void)pthread_detach(thread);
    *out = (struct weir_signals){.asked = watch.asked, .report = watch.report};
    return true;
}
