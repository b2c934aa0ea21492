#include "framework/control.h"

#include "framework/base/error.h"
#include "framework/base/memory.h"
#include "framework/control_state.h"
#include <assert.h>
#include <stdio.h>

enum {
    HEARTBEAT_MS = 1000, /* the client must be polled at least this often */
    POLL_BURST = 64,
    LEAVE_LOOK_MS = 20,     /* how often left is asked */
    CLOSE_TIMEOUT_MS = 1000 /* for what handlers still hold after everybody was told to stop */
};

/* States. */

static void enter(struct weir_control *control, enum weir_state state)
{
    if (control->state == state) {
        return;
    }
    control->state = state;
    weir_report_event(control->options.report, (struct weir_event){.kind = WEIR_EVENT_STATE,
                                                                   .status = control->why.code,
                                                                   .partition = -1,
                                                                   .offset = -1,
                                                                   .count = (int64_t)state,
                                                                   .text = weir_state_name(state)});
    control->options.changed(state, &control->why, control->options.user);
}

static void begin_stop(struct weir_control *control, weir_time now)
{
    if (control->rebalance.stopping || control->phase == WEIR_CONTROL_ENDED) {
        return;
    }
    enter(control, WEIR_STATE_DRAINING);
    weir_flag_raise(&control->stopping);
    if (control->holdings.count > 0) {
        weir_log(&control->options.report->log, WEIR_LOG_INFO, "stop",
                 "finishing what runs, %lld ms at most (weir.drain.timeout.ms)",
                 (long long)control->rebalance.drain_timeout_ms);
    }
    weir_control_return_all(control, now);
    weir_rebalance_stop(&control->rebalance, now);
}

static void abandon(struct weir_control *control, weir_time now)
{
    struct weir_holding *holding = NULL;

    if (control->abandoned || control->phase == WEIR_CONTROL_ENDED) {
        return;
    }
    control->abandoned = true;
    weir_flag_raise(&control->stopping);
    (void)weir_error_set(&control->why, WEIR_ERR_STATE, 0, "abandoned, as by a crash");
    while ((holding = weir_holdings_next(&control->holdings, NULL)) != NULL) {
        weir_rebalance_lose(&control->rebalance, &holding->tenure, now);
    }
    control->rebalance.answer_due = false;
    weir_rebalance_stop(&control->rebalance, now);
}

static void read_failure(struct weir_control *control)
{
    weir_mutex_lock(&control->mutex);
    struct weir_error failure = control->failure;
    weir_mutex_unlock(&control->mutex);
    if (control->failed) {
        return;
    }
    control->failed = true;
    control->why = failure;
    weir_log_always(&control->options.report->log, WEIR_LOG_ERROR, "stop", "%s", failure.text);
    weir_report_event(control->options.report, (struct weir_event){.kind = WEIR_EVENT_FATAL,
                                                                   .status = failure.code,
                                                                   .partition = -1,
                                                                   .offset = -1,
                                                                   .text = failure.text});
}

static void read_requests(struct weir_control *control, weir_time now)
{
    unsigned requests = weir_requests_take(&control->requests);

    if (requests == 0) {
        return;
    }
    if ((requests & WEIR_REQUEST_FAIL) != 0) {
        read_failure(control);
    }
    if ((requests & WEIR_REQUEST_ABANDON) != 0) {
        abandon(control, now);
    }
    begin_stop(control, now); /* whatever it was, it is a reason to stop */
    if ((requests & WEIR_REQUEST_CLOSE) != 0) {
        weir_rebalance_hurry(&control->rebalance, now);
    }
}

/* The client. */

static void say_client_error(struct weir_control *control, const struct weir_client_event *event)
{
    weir_log(&control->options.report->log, WEIR_LOG_WARNING, "broker", "%s", event->text);
    weir_report_event(control->options.report, (struct weir_event){.kind = WEIR_EVENT_CLIENT_ERROR,
                                                                   .status = event->status,
                                                                   .partition = -1,
                                                                   .offset = -1,
                                                                   .text = event->text});
}

/* A fatal client heals never (a fenced static member, for one): no commit after it. */
static void give_up(struct weir_control *control, const struct weir_client_event *event,
                    weir_time now)
{
    struct weir_holding *holding = NULL;

    weir_control_fail(control, event->status, event->text, true);
    while ((holding = weir_holdings_next(&control->holdings, NULL)) != NULL) {
        weir_rebalance_lose(&control->rebalance, &holding->tenure, now);
    }
}

static void poll_client(struct weir_control *control, weir_time now)
{
    struct weir_client_event event = {0};
    uint32_t budget = POLL_BURST;

    if (control->client == NULL || control->abandoned) {
        return;
    }
    while (budget-- > 0 && control->client->ops->poll(control->client, &event)) {
        if (event.kind == WEIR_CLIENT_ERROR) {
            say_client_error(control, &event);
        } else if (event.kind == WEIR_CLIENT_FATAL) {
            give_up(control, &event, now);
        } else if (control->joined) {
            control->coordinator->ops->event(control->coordinator, &event);
        }
    }
    if (control->joined) {
        control->coordinator->ops->serve(control->coordinator);
    }
    if (control->store_open) {
        control->store->ops->serve(control->store);
    }
    if (budget == UINT32_MAX) {
        weir_loop_wake(control->loop);
    }
}

/* Is everything that was there when it was assigned handled and committed? */
static bool reached_end(const struct weir_control *control)
{
    const struct weir_holding *holding = NULL;

    if (!control->options.until_end || !control->assigned_once || control->resolve != NULL ||
        control->rebalance.phase != WEIR_REBALANCE_QUIET || control->rebalance.returning != NULL) {
        return false;
    }
    while ((holding = weir_holdings_next(&control->holdings, holding)) != NULL) {
        if (holding->commit.watermark < holding->end || !weir_commit_is_clean(&holding->commit)) {
            return false;
        }
    }
    return true;
}

/* The end. */

static bool has_left(const struct weir_control *control)
{
    return !control->joined || control->abandoned ||
           control->coordinator->ops->left(control->coordinator);
}

static bool is_done_leaving(const struct weir_control *control)
{
    return has_left(control) && control->probe == NULL && control->inquiry == NULL &&
           !control->resolve_runs && control->prefill.asked == NULL && control->restarts == 0 &&
           !control->greeting;
}

static void blame_handlers(struct weir_control *control)
{
    const char *why = "did not end within weir.drain.timeout.ms";

    if (control->cut_short == control->overdue) {
        why = "were not waited for, as the switch asks";
    } else if (control->cut_short > 0) {
        why =
            "did not end within weir.drain.timeout.ms, or were not waited for, as the switch asks";
    }
    (void)weir_error_set(
        &control->why, WEIR_ERR_TIMEOUT, 0,
        "%u partitions had handlers%s that %s; their records come again",
        (unsigned)control->overdue,
        control->options.partition.policy == WEIR_FAILURE_LETTER ? " or dead letters" : "", why);
}

static enum weir_state end_state(struct weir_control *control)
{
    if (control->failed) {
        return WEIR_STATE_FAILED;
    }
    if (control->overdue > 0) {
        blame_handlers(control);
    } else if (control->unclean) {
        (void)weir_error_set(&control->why, WEIR_ERR_TIMEOUT, 0,
                             "some finished records could not be committed in time; they come "
                             "again");
    }
    return control->why.code == WEIR_OK ? WEIR_STATE_STOPPED : WEIR_STATE_INCOMPLETE;
}

static void say_all_closed(struct weir_control *control)
{
    if (control->closing != NULL) {
        return;
    }
    weir_mutex_lock(&control->mutex);
    control->all_closed = true;
    (void)pthread_cond_broadcast(&control->closed);
    weir_mutex_unlock(&control->mutex);
}

static weir_time leave(struct weir_control *control, weir_time now)
{
    if (control->phase != WEIR_CONTROL_LEAVING) {
        return WEIR_TIME_NEVER;
    }
    bool done = is_done_leaving(control);
    if (done && !control->left) {
        control->left = true;
        control->leave_deadline = weir_time_after_ms(now, CLOSE_TIMEOUT_MS);
    }
    if ((done && control->closing == NULL) || now >= control->leave_deadline) {
        if (!done) {
            weir_log_always(&control->options.report->log, WEIR_LOG_WARNING, "stop",
                            has_left(control)
                                ? "a question to the brokers was not answered in time"
                                : "the group was not left in time; it notices by itself");
        }
        control->phase = WEIR_CONTROL_ENDED;
        enum weir_state state = end_state(control);
        weir_control_emit_end(control, state);
        weir_control_say_total(control);
        say_all_closed(control);
        enter(control, state);
        return WEIR_TIME_NEVER;
    }
    weir_time look_again = weir_time_after_ms(now, LEAVE_LOOK_MS);
    return look_again < control->leave_deadline ? look_again : control->leave_deadline;
}

static weir_time earlier(weir_time a, weir_time b)
{
    return a < b ? a : b;
}

static weir_time coordinator_due(const struct weir_control *control)
{
    const struct weir_coordinator *coordinator = control->coordinator;
    bool waits = control->joined && !control->abandoned && coordinator->ops->due != NULL;

    return waits ? coordinator->ops->due(coordinator) : WEIR_TIME_NEVER;
}

static weir_time turn(weir_time now, void *user)
{
    struct weir_control *control = user;

    if (control->phase == WEIR_CONTROL_ENDED) {
        weir_control_read_mail(control, now);
        (void)weir_control_serve_letters(control, now);
        (void)weir_control_emit(control, now);
        say_all_closed(control);
        weir_control_answer(control);
        return WEIR_TIME_NEVER;
    }
    enter(control, control->state == WEIR_STATE_CREATED ? WEIR_STATE_RUNNING : control->state);
    read_requests(control, now);
    weir_time due = earlier(weir_control_probe(control, now), weir_control_look(control, now));
    weir_control_read_mail(control, now);
    due = earlier(due, weir_control_serve_letters(control, now));
    poll_client(control, now);
    weir_control_disown(control);
    weir_rebalance_tick(&control->rebalance, now);
    weir_control_go_on_prefilling(control);
    due = earlier(due, weir_control_open_assigned(control, now));
    due = earlier(due, weir_control_retry_restarts(control, now));
    due = earlier(due, weir_control_commit(control, now));
    if (reached_end(control)) {
        begin_stop(control, now);
    }
    weir_control_answer(control);
    weir_time outside = earlier(coordinator_due(control), weir_control_store_due(control));
    due = earlier(due, weir_clock_from_boot(outside));
    due = earlier(due, weir_rebalance_due(&control->rebalance));
    due = earlier(due, weir_control_say_joining(control, now));
    due = earlier(due, weir_control_emit(control, now));
    due = earlier(due, leave(control, now));
    return earlier(due, weir_time_after_ms(now, HEARTBEAT_MS));
}

/* From outside. */

enum weir_status weir_control_create(const struct weir_control_options *options,
                                     struct weir_control **out)
{
    struct weir_control *control = weir_calloc(1, sizeof *control);

    if (control == NULL) {
        return WEIR_ERR_NOMEM;
    }
    control->options = *options;
    control->started_at = weir_clock_now();
    control->look_at = WEIR_TIME_NEVER;
    control->meter = weir_meters_join(options->report->meters, WEIR_HISTOGRAM_COMMIT, 2);
    if (control->meter == NULL || weir_control_open_emitters(control) != WEIR_OK ||
        weir_loop_create("weir-control", turn, control, &control->loop) != WEIR_OK) {
        weir_control_close_emitters(control);
        weir_free(control);
        return WEIR_ERR_NOMEM;
    }
    weir_mailbox_init(&control->mailbox, weir_loop_wake, control->loop);
    weir_mutex_init(&control->mutex);
    weir_condition_init(&control->closed);
    weir_condition_init(&control->answered);
    weir_committer_init(&control->committer, options->commit_interval_ms, weir_clock_now());
    weir_rebalance_init(&control->rebalance, &weir_control_rebalance_ops, control,
                        options->drain_timeout_ms);
    control->rebalance.singly = options->coordinator->singly;
    *out = control;
    return WEIR_OK;
}

enum weir_status weir_control_start(struct weir_control *control)
{
    enum weir_status status = weir_loop_start(control->loop);

    if (status == WEIR_OK) {
        weir_loop_wake(control->loop);
    }
    return status;
}

struct weir_mailbox *weir_control_mailbox(struct weir_control *control)
{
    return &control->mailbox;
}

static void request(struct weir_control *control, unsigned requests)
{
    weir_requests_add(&control->requests, requests);
    weir_loop_wake(control->loop);
}

void weir_control_drain(struct weir_control *control)
{
    request(control, WEIR_REQUEST_DRAIN);
}

void weir_control_close(struct weir_control *control)
{
    request(control, WEIR_REQUEST_DRAIN | WEIR_REQUEST_CLOSE);
}

void weir_control_abandon(struct weir_control *control)
{
    request(control, WEIR_REQUEST_ABANDON);
}

void weir_control_fail(struct weir_control *control, enum weir_status status, const char *text,
                       bool hurry)
{
    weir_mutex_lock(&control->mutex);
    if (control->failure.code == WEIR_OK) {
        (void)weir_error_set(&control->failure, status, 0, "%s", text);
    }
    weir_mutex_unlock(&control->mutex);
    request(control, WEIR_REQUEST_FAIL | (hurry ? WEIR_REQUEST_CLOSE : 0U));
}

enum weir_status weir_control_await_closed(struct weir_control *control, weir_time deadline)
{
    struct timespec until = weir_time_spec(deadline);
    int result = 0;

    weir_mutex_lock(&control->mutex);
    while (!control->all_closed && result == 0) {
        result = weir_mutex_wait_until(&control->mutex, &control->closed, &until);
    }
    bool all_closed = control->all_closed;
    weir_mutex_unlock(&control->mutex);
    return all_closed ? WEIR_OK : WEIR_ERR_TIMEOUT;
}

void weir_control_stop(struct weir_control *control)
{
    weir_loop_stop(control->loop);
}

enum weir_status weir_control_destroy(struct weir_control *control)
{
    enum weir_status status = WEIR_OK;
    struct weir_mail mail;

    if (control == NULL) {
        return WEIR_OK;
    }
    while (weir_mailbox_take(&control->mailbox, &mail, 1) == 1) {
        /* nobody is left whom it could matter to */
    }
    if (control->store_open) {
        control->store->ops->close(control->store);
    }
    if (control->joined) {
        control->coordinator->ops->close(control->coordinator);
    }
    weir_control_close_letters(control);
    if (control->client != NULL) {
        status = control->client->ops->destroy(control->client, !control->abandoned);
    }
    weir_control_close_emitters(control);
    weir_control_prefill_fini(control);
    weir_resolve_destroy(control->resolve);
    weir_resolve_destroy(control->revoked);
    weir_catalog_fini(&control->catalog);
    weir_selection_destroy(control->selection);
    weir_free(control->store);
    weir_free(control->coordinator);
    weir_free(control->commit_list);
    weir_mailbox_fini(&control->mailbox);
    (void)pthread_cond_destroy(&control->answered);
    (void)pthread_cond_destroy(&control->closed);
    weir_mutex_fini(&control->mutex);
    weir_loop_destroy(control->loop);
    weir_free(control);
    return status;
}
