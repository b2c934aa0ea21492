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

static void leave_if_stopping(struct weir_rebalance *rebalance)
{
    if (rebalance->stopping && !rebalance->left) {
        rebalance->left = true;
        rebalance->ops->leave(rebalance->user);
    }
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

/* All together. */

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
    leave_if_stopping(rebalance);
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

static void step_together(struct weir_rebalance *rebalance, weir_time now)
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

/* Each by itself. */

static bool is_one_finished(struct weir_tenure *tenure, weir_time now)
{
    if (tenure->state == WEIR_TENURE_IDLE) {
        return true;
    }
    if (!tenure->late && now >= tenure->deadline) {
        tenure->late = true;
        tenure->deadline = weir_time_after_ms(now, WEIR_REBALANCE_ANSWER_MS);
    }
    return tenure->late && (tenure->state == WEIR_TENURE_BUSY || now >= tenure->deadline);
}

static void finish_each(struct weir_rebalance *rebalance, weir_time now)
{
    bool any = false;

    for (struct weir_tenure *t = rebalance->returning; t != NULL; t = t->next) {
        if (t->state > WEIR_TENURE_IDLE || !is_one_finished(t, now)) {
            continue;
        }
        if (t->state != WEIR_TENURE_IDLE) {
            rebalance->ops->overdue(t, rebalance->user);
        }
        t->state = WEIR_TENURE_COMMITTING;
        t->deadline = weir_time_after_ms(now, WEIR_REBALANCE_COMMIT_MS);
        any = true;
    }
    if (any) {
        rebalance->ops->commit(rebalance->user);
    }
}

/* Is any done that the coordinator waits for? */
static bool commit_each(const struct weir_rebalance *rebalance, weir_time now)
{
    bool any = false;

    for (struct weir_tenure *t = rebalance->returning; t != NULL; t = t->next) {
        if (t->state == WEIR_TENURE_COMMITTING && (t->clean || now >= t->deadline)) {
            t->state = WEIR_TENURE_DONE;
            t->deadline = WEIR_TIME_NEVER;
        }
        any = any || (t->state == WEIR_TENURE_DONE && t->revoked);
    }
    return any;
}

/* The deadline is that of what is left. */
static void close_done(struct weir_rebalance *rebalance)
{
    bool all = all_reached(rebalance, WEIR_TENURE_DONE);
    struct weir_tenure **link = &rebalance->returning;

    rebalance->deadline = WEIR_TIME_NEVER;
    while (*link != NULL) {
        struct weir_tenure *tenure = *link;
        if (tenure->state == WEIR_TENURE_DONE && (tenure->revoked || all)) {
            *link = tenure->next;
            tenure->next = NULL;
            tenure->state = WEIR_TENURE_CLOSING;
            rebalance->ops->close(tenure, rebalance->user);
        } else {
            rebalance->deadline =
                tenure->deadline < rebalance->deadline ? tenure->deadline : rebalance->deadline;
            link = &tenure->next;
        }
    }
}

static void step_each(struct weir_rebalance *rebalance, weir_time now)
{
    finish_each(rebalance, now);
    if (commit_each(rebalance, now)) {
        rebalance->ops->answer(rebalance->user);
    }
    close_done(rebalance);
    if (rebalance->returning == NULL) {
        leave_if_stopping(rebalance);
    }
}

static void begin_each(struct weir_rebalance *rebalance, weir_time now)
{
    for (struct weir_tenure *t = rebalance->returning; t != NULL; t = t->next) {
        if (t->state < WEIR_TENURE_IDLE && t->deadline == WEIR_TIME_NEVER) {
            t->deadline = weir_time_after_ms(now, rebalance->drain_timeout_ms);
        }
    }
    step_each(rebalance, now);
}

/* No handler of what is handed back now is waited for any more. */
static void end_patience(struct weir_rebalance *rebalance, bool cut_short, weir_time now)
{
    for (struct weir_tenure *t = rebalance->returning; t != NULL; t = t->next) {
        if (t->state < WEIR_TENURE_IDLE && !t->late) {
            t->cut_short = t->cut_short || cut_short;
            t->deadline = now;
        }
    }
}

/* From outside. */

/* Singly it waits for the next tick: there may be more words like this one. */
static void hear(struct weir_rebalance *rebalance, weir_time now)
{
    if (!rebalance->singly) {
        step_together(rebalance, now);
    }
}

void weir_rebalance_return(struct weir_rebalance *rebalance, struct weir_tenure *tenure)
{
    if (tenure->state != WEIR_TENURE_OPEN) {
        return;
    }
    tenure->state = WEIR_TENURE_DRAINING;
    tenure->cut_short = false;
    tenure->late = false;
    tenure->deadline = WEIR_TIME_NEVER;
    tenure->next = rebalance->returning;
    rebalance->returning = tenure;
    rebalance->ops->drain(tenure, rebalance->user);
}

static void begin_finish(struct weir_rebalance *rebalance, weir_time now)
{
    if (rebalance->phase != WEIR_REBALANCE_FINISH) {
        rebalance->phase = WEIR_REBALANCE_FINISH;
        rebalance->handlers_late = false;
        rebalance->deadline = weir_time_after_ms(now, rebalance->drain_timeout_ms);
    } else if (rebalance->handlers_late) {
        /* The fetchers of those named just now have as long as the others had. */
        rebalance->deadline = weir_time_after_ms(now, WEIR_REBALANCE_ANSWER_MS);
    }
    step_together(rebalance, now);
}

static void begin(struct weir_rebalance *rebalance, weir_time now)
{
    if (rebalance->singly) {
        begin_each(rebalance, now);
    } else {
        begin_finish(rebalance, now);
    }
}

void weir_rebalance_revoke(struct weir_rebalance *rebalance, weir_time now)
{
    rebalance->answer_due = !rebalance->singly;
    begin(rebalance, now);
}

void weir_rebalance_stop(struct weir_rebalance *rebalance, weir_time now)
{
    if (rebalance->stopping) {
        return;
    }
    rebalance->stopping = true;
    begin(rebalance, now);
}

void weir_rebalance_hurry(struct weir_rebalance *rebalance, weir_time now)
{
    rebalance->drain_timeout_ms = 0;
    if (rebalance->singly) {
        end_patience(rebalance, false, now);
        step_each(rebalance, now);
    } else if (rebalance->phase == WEIR_REBALANCE_FINISH) {
        rebalance->deadline = rebalance->handlers_late ? rebalance->deadline : now;
        step_together(rebalance, now);
    }
}

void weir_rebalance_cut_short(struct weir_rebalance *rebalance, weir_time now)
{
    if (rebalance->singly) {
        end_patience(rebalance, true, now);
        step_each(rebalance, now);
    } else if (rebalance->phase == WEIR_REBALANCE_FINISH && !rebalance->handlers_late) {
        end_patience(rebalance, true, now);
        rebalance->deadline = now;
        step_together(rebalance, now);
    }
}

void weir_rebalance_lose(struct weir_rebalance *rebalance, struct weir_tenure *tenure,
                         weir_time now)
{
    assert(tenure->state != WEIR_TENURE_CLOSING);
    close_tenure(rebalance, tenure);
    hear(rebalance, now);
}

void weir_rebalance_busy(struct weir_rebalance *rebalance, struct weir_tenure *tenure,
                         weir_time now)
{
    if (tenure->state == WEIR_TENURE_DRAINING) {
        tenure->state = WEIR_TENURE_BUSY;
        hear(rebalance, now);
    }
}

void weir_rebalance_drained(struct weir_rebalance *rebalance, struct weir_tenure *tenure,
                            weir_time now)
{
    if (tenure->state == WEIR_TENURE_DRAINING || tenure->state == WEIR_TENURE_BUSY) {
        tenure->state = WEIR_TENURE_IDLE;
        hear(rebalance, now);
    }
}

void weir_rebalance_forgo(struct weir_tenure *tenure)
{
    assert(tenure->state != WEIR_TENURE_OPEN);
    if (tenure->state < WEIR_TENURE_IDLE) {
        tenure->state = WEIR_TENURE_IDLE;
    }
    tenure->clean = true;
}

void weir_rebalance_clean(struct weir_rebalance *rebalance, struct weir_tenure *tenure, bool clean,
                          weir_time now)
{
    tenure->clean = clean;
    hear(rebalance, now);
}

void weir_rebalance_refused(struct weir_rebalance *rebalance, struct weir_tenure *tenure,
                            weir_time now)
{
    if (rebalance->singly && tenure->state == WEIR_TENURE_COMMITTING) {
        tenure->deadline = now;
    } else if (rebalance->phase == WEIR_REBALANCE_COMMIT && rebalance->answer_due) {
        rebalance->deadline = now;
        step_together(rebalance, now);
    }
}

void weir_rebalance_tick(struct weir_rebalance *rebalance, weir_time now)
{
    if (rebalance->singly) {
        step_each(rebalance, now);
    } else {
        step_together(rebalance, now);
    }
}

weir_time weir_rebalance_due(const struct weir_rebalance *rebalance)
{
    bool quiet = !rebalance->singly && rebalance->phase == WEIR_REBALANCE_QUIET;

    return quiet ? WEIR_TIME_NEVER : rebalance->deadline;
}
