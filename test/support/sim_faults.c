#include "framework/base/error.h"
#include "test/support/deadline.h"
#include "test/support/sim_state.h"
#include <time.h>

enum { NS_PER_MS = 1000000, NS_PER_S = 1000000000, WAIT_MS = 20000, LOOK_MS = 5 };

const char *sim_op_name(enum sim_op op)
{
    static const char *const names[] = {
#define SIM_OP_NAME(id, name) [id] = (name),
        SIM_OP_TABLE(SIM_OP_NAME)
#undef SIM_OP_NAME
    };

    return op < SIM_OPS ? names[op] : "none";
}

enum weir_status sim_refusal(enum weir_status status, enum sim_op op, struct weir_error *error)
{
    return weir_error_set(error, status, 0, "the simulated %s fails", sim_op_name(op));
}

enum weir_status sim_enter(enum sim_op op)
{
    struct sim_fault *fault = &sim.faults[op];

    fault->calls++;
    if (sim.nth > 0 && ++sim.nth_calls == sim.nth) {
        sim.failed = op;
        return WEIR_ERR_UNAVAILABLE;
    }
    if (fault->times == 0) {
        return WEIR_OK;
    }
    fault->times -= fault->times == UINT32_MAX ? 0 : 1;
    return fault->status;
}

static struct timespec spec_of(int64_t at_ns)
{
    return (struct timespec){.tv_sec = (time_t)(at_ns / NS_PER_S),
                             .tv_nsec = (long)(at_ns % NS_PER_S)};
}

/* Whoever raises the flag tells nobody: it is looked at again and again. */
enum weir_status sim_linger(enum sim_op op, int64_t timeout_ms, const struct weir_flag *cancelled)
{
    struct sim_fault *fault = &sim.faults[op];
    struct deadline deadline = {.at_ns = deadline_now_ns() + timeout_ms * NS_PER_MS};
    bool over = false;

    fault->waiting++;
    (void)pthread_cond_broadcast(&sim.changed);
    while (fault->held && !over) {
        int64_t look = deadline_now_ns() + (int64_t)LOOK_MS * NS_PER_MS;
        bool looks = fault->endless || (cancelled != NULL && look < deadline.at_ns);
        struct timespec until = spec_of(looks ? look : deadline.at_ns);
        (void)pthread_cond_timedwait(&sim.changed, &sim.mutex, &until);
        bool stopped = cancelled != NULL && weir_flag_is_up(cancelled);
        fault->cancellations += fault->held && stopped ? 1 : 0;
        over = stopped || (!fault->endless && deadline_passed(deadline));
    }
    fault->waiting--;
    return fault->held ? WEIR_ERR_TIMEOUT : WEIR_OK;
}

void sim_fail(enum sim_op op, enum weir_status status, uint32_t times)
{
    sim_lock();
    sim.faults[op].status = status;
    sim.faults[op].times = times;
    sim_unlock();
}

void sim_fail_nth(uint64_t nth)
{
    sim_lock();
    sim.nth = nth;
    sim.nth_calls = 0;
    sim.failed = SIM_OPS;
    sim_unlock();
}

enum sim_op sim_failed_op(void)
{
    sim_lock();
    enum sim_op op = sim.failed;
    sim_unlock();
    return op;
}

uint64_t sim_calls(enum sim_op op)
{
    sim_lock();
    uint64_t calls = sim.faults[op].calls;
    sim_unlock();
    return calls;
}

uint64_t sim_cancellations(enum sim_op op)
{
    sim_lock();
    uint64_t calls = sim.faults[op].cancellations;
    sim_unlock();
    return calls;
}

void sim_hold(enum sim_op op)
{
    sim_lock();
    sim.faults[op].held = true;
    sim_unlock();
}

void sim_hold_endlessly(enum sim_op op)
{
    sim_lock();
    sim.faults[op].held = true;
    sim.faults[op].endless = true;
    sim_unlock();
}

void sim_let_go(enum sim_op op)
{
    sim_lock();
    sim.faults[op].held = false;
    sim.faults[op].endless = false;
    sim_answer_commits();
    for (unsigned i = 0; i < sim.member_count; i++) {
        if (!sim.members[i]->destroyed) {
            sim.members[i]->options.wake(sim.members[i]->options.wake_user);
        }
    }
    sim_unlock();
}

static uint32_t waiting(enum sim_op op)
{
    sim_lock();
    uint32_t count = sim.faults[op].waiting;
    sim_unlock();
    return count;
}

void sim_await_held(enum sim_op op, uint32_t calls)
{
    WAIT_UNTIL(waiting(op) >= calls, WAIT_MS);
}
