#include "framework/rebalance.h"

#include <assert.h>
#include <stddef.h>

void weir_rebalance_init(struct weir_rebalance *rebalance, const struct weir_rebalance_ops *ops,
                         void *user, int64_t drain_timeout_ms)
{
    assert(drain_timeout_ms >= 0);
    *rebalance = (struct weir_rebalance){.ops = ops,
                                         .user = user,
                                         .deadline = WEIR_TIME_NEVER,
                                         .drain_timeout_ms = drain_timeout_ms};
}

static void take_out(struct weir_rebalance *rebalance, struct weir_tenure *tenure)
{
    struct weir_tenure **link = &rebalance->returning;

    while (*link != NULL && *link != tenure) {
        link = &(*link)->next;
    }
    if (*link != NULL) {
        *link = tenure->next;
    }
    tenure->next = NULL;
}

static void close_tenure(struct weir_rebalance *rebalance, struct weir_tenure *tenure)
{
    take_out(rebalance, tenure);
    tenure->state = WEIR_TENURE_CLOSING;
    rebalance->ops->close(tenure, rebalance->user);
}

/* Is every one in `state` or beyond? */
static bool all_reached(const struct weir_rebalance *rebalance, enum weir_tenure_state state)
{
    const struct weir_tenure *tenure = rebalance->returning;

    while (tenure != NULL && tenure->state >= state) {
        tenure = tenure->next;
    }
    return tenure == NULL;
}

static bool all_clean(const struct weir_rebalance *rebalance)
{
    const struct weir_tenure *tenure = rebalance->returning;

    while (tenure != NULL && tenure->clean) {
        tenure = tenure->next;
    }
    return tenure == NULL;
}

/* Answers come before the closing: a fetcher that closes a partition drops its queue, and the
 * client must stop fetching into it first. */
static void conclude(struct weir_rebalance *rebalance)
{
    rebalance->phase = WEIR_REBALANCE_QUIET;
    rebalance->deadline = WEIR_TIME_NEVER;
    if (rebalance->answer_due) {
        rebalance->answer_due = false;
        rebalance->ops->answer(rebalance->user);
    }
    while (rebalance->returning != NULL) {
        close_tenure(rebalance, rebalance->returning);
    }
    if (rebalance->stopping && !rebalance->left) {
        rebalance->left = true;
        rebalance->ops->leave(rebalance->user);
    }
}

static void begin_commit(struct weir_rebalance *rebalance, weir_time now)
{
    rebalance->phase = WEIR_REBALANCE_COMMIT;
    rebalance->deadline = weir_time_after_ms(now, WEIR_REBALANCE_COMMIT_MS);
    rebalance->ops->commit(rebalance->user);
}

/* The deadline alone says nothing about a partition whose fetcher was not heard: as a rule nothing
 * runs there, and what it finished last is still to be told. */
static bool is_finished(struct weir_rebalance *rebalance, weir_time now)
{
    if (all_reached(rebalance, WEIR_TENURE_IDLE)) {
        return true;
    }
    if (!rebalance->handlers_late && now >= rebalance->deadline) {
        rebalance->handlers_late = true;
        rebalance->deadline = weir_time_after_ms(now, WEIR_REBALANCE_ANSWER_MS);
    }
    return rebalance->handlers_late &&
           (all_reached(rebalance, WEIR_TENURE_BUSY) || now >= rebalance->deadline);
}

static void step(struct weir_rebalance *rebalance, weir_time now)
{
    if (rebalance->phase == WEIR_REBALANCE_FINISH && is_finished(rebalance, now)) {
        for (struct weir_tenure *t = rebalance->returning; t != NULL; t = t->next) {
            if (t->state != WEIR_TENURE_IDLE) {
                rebalance->ops->overdue(t, rebalance->user);
            }
        }
        begin_commit(rebalance, now);
    }
    if (rebalance->phase == WEIR_REBALANCE_COMMIT &&
        (all_clean(rebalance) || now >= rebalance->deadline)) {
        conclude(rebalance);
    }
}

void weir_rebalance_return(struct weir_rebalance *rebalance, struct weir_tenure *tenure)
{
    if (tenure->state != WEIR_TENURE_OPEN) {
        return;
    }
    tenure->state = WEIR_TENURE_DRAINING;
    tenure->next = rebalance->returning;
    rebalance->returning = tenure;
    rebalance->ops->drain(tenure, rebalance->user);
}

static void begin_finish(struct weir_rebalance *rebalance, weir_time now)
{
    if (rebalance->phase != WEIR_REBALANCE_FINISH) {
        rebalance->phase = WEIR_REBALANCE_FINISH;
        rebalance->handlers_late = false;
        rebalance->cut_short = false;
        rebalance->deadline = weir_time_after_ms(now, rebalance->drain_timeout_ms);
    } else if (rebalance->handlers_late) {
        /* The fetchers of those named just now have as long as the others had. */
        rebalance->deadline = weir_time_after_ms(now, WEIR_REBALANCE_ANSWER_MS);
    }
    step(rebalance, now);
}

void weir_rebalance_revoke(struct weir_rebalance *rebalance, weir_time now)
{
    rebalance->answer_due = true;
    begin_finish(rebalance, now);
}

void weir_rebalance_stop(struct weir_rebalance *rebalance, weir_time now)
{
    if (rebalance->stopping) {
        return;
    }
    rebalance->stopping = true;
    begin_finish(rebalance, now);
}

void weir_rebalance_hurry(struct weir_rebalance *rebalance, weir_time now)
{
    rebalance->drain_timeout_ms = 0;
    if (rebalance->phase == WEIR_REBALANCE_FINISH) {
        rebalance->deadline = rebalance->handlers_late ? rebalance->deadline : now;
        step(rebalance, now);
    }
}

void weir_rebalance_cut_short(struct weir_rebalance *rebalance, weir_time now)
{
    if (rebalance->phase == WEIR_REBALANCE_FINISH && !rebalance->handlers_late) {
        rebalance->cut_short = true;
        rebalance->deadline = now;
        step(rebalance, now);
    }
}

void weir_rebalance_lose(struct weir_rebalance *rebalance, struct weir_tenure *tenure,
                         weir_time now)
{
    assert(tenure->state != WEIR_TENURE_CLOSING);
    close_tenure(rebalance, tenure);
    step(rebalance, now);
}

void weir_rebalance_busy(struct weir_rebalance *rebalance, struct weir_tenure *tenure,
                         weir_time now)
{
    if (tenure->state == WEIR_TENURE_DRAINING) {
        tenure->state = WEIR_TENURE_BUSY;
        step(rebalance, now);
    }
}

void weir_rebalance_drained(struct weir_rebalance *rebalance, struct weir_tenure *tenure,
                            weir_time now)
{
    if (tenure->state == WEIR_TENURE_DRAINING || tenure->state == WEIR_TENURE_BUSY) {
        tenure->state = WEIR_TENURE_IDLE;
        step(rebalance, now);
    }
}

void weir_rebalance_clean(struct weir_rebalance *rebalance, struct weir_tenure *tenure, bool clean,
                          weir_time now)
{
    tenure->clean = clean;
    step(rebalance, now);
}

void weir_rebalance_refused(struct weir_rebalance *rebalance, weir_time now)
{
    if (rebalance->phase == WEIR_REBALANCE_COMMIT && rebalance->answer_due) {
        rebalance->deadline = now;
        step(rebalance, now);
    }
}

void weir_rebalance_tick(struct weir_rebalance *rebalance, weir_time now)
{
    step(rebalance, now);
}

weir_time weir_rebalance_due(const struct weir_rebalance *rebalance)
{
    return rebalance->phase == WEIR_REBALANCE_QUIET ? WEIR_TIME_NEVER : rebalance->deadline;
}
