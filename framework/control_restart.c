#include "framework/base/error.h"
#include "framework/base/memory.h"
#include "framework/control_state.h"
#include <assert.h>
#include <stdio.h>

/* A partition whose position does not exist any more (retention) or not yet (truncation) starts
 * anew by policy: never silently, and only after everything that was read before is finished. One
 * that nobody can say the start of keeps no other waiting: it starts when somebody can. */

enum {
    RESTART_AGAIN_MS = 1000,
    ASKS_MAX = 4 /* at once: each may block a side thread until it times out */
};

static void say_reset(struct weir_control *control, const struct weir_holding *holding,
                      int64_t offset)
{
    struct weir_report *report = control->options.report;

    weir_report_count(report, WEIR_COUNTER_RESETS, 1);
    weir_log_always(&report->log, WEIR_LOG_WARNING, "fetch",
                    "%s/%d goes on at offset %lld by weir.out.of.range", holding->topic,
                    (int)holding->partition, (long long)offset);
    weir_report_event(report, (struct weir_event){.kind = WEIR_EVENT_RESET,
                                                  .topic = holding->topic,
                                                  .partition = holding->partition,
                                                  .offset = offset,
                                                  .shadow = holding->shadow});
}

/* Retention removes records that we have not read; a log that ends below our position lost records
 * that we have (an unclean leader election), and may hold others in their place now. */
static void say_truncation(struct weir_control *control, const struct weir_holding *holding,
                           int64_t end)
{
    struct weir_report *report = control->options.report;
    char text[WEIR_ERROR_TEXT_SIZE];

    if (end == WEIR_OFFSET_NONE || end >= holding->missing) {
        return;
    }
    (void)snprintf(text, sizeof text,
                   "the log ends at %lld, below our position %lld: the brokers lost records that "
                   "were read already, or the topic was created anew",
                   (long long)end, (long long)holding->missing);
    weir_log_always(&report->log, WEIR_LOG_ERROR, "fetch", "%s/%d: %s", holding->topic,
                    (int)holding->partition, text);
    weir_report_event(report, (struct weir_event){.kind = WEIR_EVENT_TRUNCATION,
                                                  .topic = holding->topic,
                                                  .partition = holding->partition,
                                                  .offset = end,
                                                  .text = text,
                                                  .shadow = holding->shadow});
}

/* The holding that asked; NULL when it is gone. While such an answer is under way no partition is
 * opened, so one of that name did ask. */
static struct weir_holding *asker(struct weir_control *control, const struct weir_resolve *resolve)
{
    struct weir_holding *holding = weir_holdings_find(
        &control->holdings, resolve->positions[0].topic, resolve->positions[0].partition);

    if (holding == NULL || !holding->asked) {
        assert(control->strays > 0);
        control->strays--;
        return NULL;
    }
    holding->asked = false;
    return holding;
}

/* Everything that is assigned, each at the offset its fetcher wants next. What a fetcher took since
 * it last said so is given again, and dropped as no news. */
static size_t list_held(struct weir_control *control, struct weir_position *held)
{
    struct weir_holding *holding = NULL;
    size_t count = 0;

    while ((holding = weir_holdings_next(&control->holdings, holding)) != NULL) {
        if (holding->unplaced) {
            continue;
        }
        held[count++] = (struct weir_position){
            .topic = holding->topic,
            .partition = holding->partition,
            .offset =
                holding->slot != NULL ? weir_slot_look(holding->slot).position : holding->missing};
    }
    return count;
}

static enum weir_status restart_fetching(struct weir_control *control,
                                         const struct weir_holding *holding, int64_t offset,
                                         struct weir_error *error)
{
    struct weir_position one = {
        .topic = holding->topic, .partition = holding->partition, .offset = offset};
    struct weir_position *held = weir_calloc(control->holdings.count, sizeof held[0]);

    if (held == NULL) {
        return weir_error_nomem(error);
    }
    size_t count = list_held(control, held);
    enum weir_status status =
        control->client->ops->restart(control->client, &one, held, count, error);
    weir_free(held);
    return status;
}

static void say_begin(struct weir_control *control, const struct weir_holding *holding,
                      const struct weir_resolve *resolve, bool first)
{
    int64_t offset = resolve->positions[0].offset;

    if (first) {
        weir_log(&control->options.report->log, WEIR_LOG_INFO, "start",
                 "%s/%d begins at offset %lld", holding->topic, (int)holding->partition,
                 (long long)offset);
    } else {
        say_truncation(control, holding, resolve->resolved[0].end);
        say_reset(control, holding, offset);
    }
}

/* What is said may take its time, in which news of the group may come: so it is said last, but
 * before the fetcher hears of it. */
static void begin_anew(struct weir_control *control, struct weir_holding *holding,
                       const struct weir_resolve *resolve)
{
    struct weir_error error = {.code = WEIR_ERR_NOMEM, .text = "out of memory"};
    struct weir_resolved resolved = resolve->resolved[0];
    int64_t offset = resolve->positions[0].offset;
    int64_t end = resolved.end;
    bool first = holding->unplaced;

    if (!first) { /* the store was not asked again, and holds what it held */
        resolved.committed = holding->commit.stored;
    }
    weir_committer_remove(&control->committer, &holding->commit);
    weir_control_begin_commits(control, holding, offset, &resolved);
    /* As when it is assigned: what is past the end is no end reached. */
    holding->end = first && offset > end ? INT64_MAX : end;
    holding->restarting = false;
    holding->unplaced = false;
    bool begun = weir_control_plug(control, holding, offset) &&
                 restart_fetching(control, holding, offset, &error) == WEIR_OK;
    say_begin(control, holding, resolve, first);
    if (!begun) {
        weir_control_fail(control, error.code, error.text, true);
    }
    if (holding->slot != NULL) {
        weir_mailbox_post(weir_fetcher_mailbox(holding->slot->fetcher), &holding->slot->open, 0);
    }
}

/* To assign while the group waits for our answer would be taken for that answer, even if we have
 * not heard what it is to. */
static bool may_restart(const struct weir_control *control)
{
    return control->rebalance.phase == WEIR_REBALANCE_QUIET && control->resolve == NULL &&
           control->client->ops->may_restart(control->client);
}

static void resolve_done(void *job)
{
    struct weir_resolve *resolve = job;
    struct weir_control *control = resolve->user;
    struct weir_holding *holding = asker(control, resolve);
    bool wanted = holding != NULL && holding->tenure.state == WEIR_TENURE_OPEN;

    control->restarts--;
    if (wanted && holding->unplaced && weir_control_is_final(resolve)) {
        weir_control_fail(control, resolve->status, resolve->error.text, true);
    } else if (wanted && resolve->status == WEIR_OK && may_restart(control)) {
        begin_anew(control, holding, resolve);
    } else if (wanted && resolve->status == WEIR_OK) {
        holding->restart_at = weir_time_after_ms(weir_clock_now(), RESTART_AGAIN_MS);
    } else if (wanted) {
        weir_log(&control->options.report->log, WEIR_LOG_WARNING, "fetch", "%s; trying again",
                 resolve->error.text);
        holding->restart_at = weir_time_after_ms(weir_clock_now(), RESTART_AGAIN_MS);
    }
    weir_resolve_destroy(resolve);
    weir_loop_wake(control->loop);
}

static void put_question(struct weir_control *control, const struct weir_holding *holding,
                         struct weir_resolve *resolve)
{
    weir_control_ask_start(control, resolve);
    if (holding->unplaced) {
        resolve->absent_is_new = true;
    } else {
        resolve->store = NULL;
        resolve->wants_end = true;
        resolve->start = weir_control_range_policy(control) == WEIR_RANGE_LATEST
                             ? WEIR_START_LATEST
                             : WEIR_START_EARLIEST;
    }
}

static void ask(struct weir_control *control, struct weir_holding *holding)
{
    struct weir_position position = {.topic = holding->topic, .partition = holding->partition};
    struct weir_resolve *resolve = weir_resolve_create(&position, 1);

    holding->restart_at = WEIR_TIME_NEVER;
    if (resolve != NULL) {
        put_question(control, holding, resolve);
        if (weir_loop_side_job(control->loop, weir_resolve_run, resolve_done, resolve) == WEIR_OK) {
            holding->asked = true;
            control->restarts++;
            return;
        }
        weir_resolve_destroy(resolve);
    }
    holding->restart_at = weir_time_after_ms(weir_clock_now(), RESTART_AGAIN_MS);
}

static void stop(struct weir_control *control, const char *what)
{
    char text[WEIR_ERROR_TEXT_SIZE];

    (void)snprintf(text, sizeof text,
                   "%.400s; weir.out.of.range=stop. Commit another offset for this group, or set "
                   "weir.out.of.range to earliest or latest",
                   what);
    weir_control_fail(control, WEIR_ERR_NOT_FOUND, text, false);
}

void weir_control_out_of_range(struct weir_control *control, struct weir_holding *holding,
                               int64_t offset)
{
    struct weir_report *report = control->options.report;
    char text[WEIR_ERROR_TEXT_SIZE];

    (void)snprintf(text, sizeof text,
                   "%s/%d offset %lld does not exist: retention removed it, or the log was cut",
                   holding->topic, (int)holding->partition, (long long)offset);
    weir_log_always(&report->log, WEIR_LOG_ERROR, "fetch", "%s", text);
    weir_report_event(report, (struct weir_event){.kind = WEIR_EVENT_OUT_OF_RANGE,
                                                  .status = WEIR_ERR_NOT_FOUND,
                                                  .topic = holding->topic,
                                                  .partition = holding->partition,
                                                  .offset = offset,
                                                  .text = text,
                                                  .shadow = holding->shadow});
    if (weir_control_range_policy(control) == WEIR_RANGE_STOP) {
        stop(control, text);
        return;
    }
    if (holding->tenure.state == WEIR_TENURE_OPEN) {
        control->restart_seen = true;
        holding->restarting = true;
        holding->missing = offset;
        holding->restart_at = WEIR_TIME_NEVER;
        weir_mailbox_post(weir_fetcher_mailbox(holding->slot->fetcher), &holding->slot->command,
                          WEIR_SLOT_CLOSE);
    }
}

void weir_control_await_start(struct weir_control *control, struct weir_holding *holding)
{
    assert(holding->slot == NULL && !holding->commit.member);
    control->restart_seen = true;
    holding->restarting = true;
    holding->unplaced = true;
    holding->tenure.clean = true;
    holding->end = INT64_MAX; /* not reached before it is known */
    holding->restart_at = weir_time_after_ms(weir_clock_now(), RESTART_AGAIN_MS);
}

void weir_control_restart(struct weir_control *control, struct weir_holding *holding)
{
    assert(holding->slot == NULL && holding->restarting);
    ask(control, holding);
}

/* The one that waits for the longest, so that those that fail keep no other waiting. */
static struct weir_holding *next_to_ask(struct weir_control *control)
{
    struct weir_holding *holding = NULL;
    struct weir_holding *next = NULL;

    while ((holding = weir_holdings_next(&control->holdings, holding)) != NULL) {
        if (holding->restarting && holding->slot == NULL && !holding->asked &&
            holding->tenure.state == WEIR_TENURE_OPEN &&
            (next == NULL || holding->restart_at < next->restart_at)) {
            next = holding;
        }
    }
    return next;
}

weir_time weir_control_retry_restarts(struct weir_control *control, weir_time now)
{
    struct weir_holding *holding = control->restart_seen ? next_to_ask(control) : NULL;

    while (holding != NULL && holding->restart_at <= now && control->restarts < ASKS_MAX) {
        ask(control, holding);
        holding = next_to_ask(control);
    }
    return holding == NULL || control->restarts >= ASKS_MAX ? WEIR_TIME_NEVER : holding->restart_at;
}
