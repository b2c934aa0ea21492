#include "framework/control_state.h"
#include "framework/fetch_limits.h"
#include <assert.h>

enum { RESOLVE_AGAIN_MS = 1000 };

/* From the end of the log on: asked again later that would be another place, and what came in
 * between would be passed over without a word. So the place is kept in the store. */
void weir_control_begin_commits(struct weir_control *control, struct weir_holding *holding,
                                int64_t position, const struct weir_resolved *resolved)
{
    holding->began = holding->began < 0 ? position : holding->began;
    if (holding->shadow) {
        weir_control_begin_shadow(holding, position, resolved->committed);
        return;
    }
    weir_committer_add(&control->committer, &holding->commit, position, resolved->committed,
                       weir_clock_now());
    if (resolved->at_end) {
        weir_committer_keep(&control->committer, &holding->commit);
    }
    holding->tenure.clean = weir_commit_is_clean(&holding->commit);
    holding->dirty_since = holding->tenure.clean ? 0 : weir_clock_now();
}

static weir_time since_of(const struct weir_control *control, const struct weir_position *position)
{
    const struct weir_coordinator *coordinator = control->coordinator;
    weir_time since =
        coordinator->ops->since == NULL
            ? 0
            : coordinator->ops->since(coordinator, position->topic, position->partition);

    return since == 0 ? control->announced_at : since;
}

static bool open_holding(struct weir_control *control, const struct weir_position *position,
                         const struct weir_resolved *resolved)
{
    if (weir_holdings_find(&control->holdings, position->topic, position->partition) != NULL) {
        return true; /* named twice, or ours already */
    }
    struct weir_holding *holding = weir_control_adopt(control, position);
    if (holding == NULL) {
        holding = weir_holdings_add(&control->holdings, position->topic, position->partition);
    }
    if (holding == NULL) {
        return false;
    }
    holding->tenure.state = WEIR_TENURE_OPEN;
    holding->shadow = control->shadow;
    holding->since = control->shadow ? 0 : since_of(control, position);
    if (position->status != WEIR_OK) {
        weir_control_await_start(control, holding);
        return true;
    }
    /* A position past the end is no end reached: it does not exist, and the policy will say more.
     */
    holding->end = position->offset > resolved->end ? INT64_MAX : resolved->end;
    weir_control_begin_commits(control, holding, position->offset, resolved);
    if (holding->slot == NULL && !weir_control_plug(control, holding, position->offset)) {
        weir_rebalance_lose(&control->rebalance, &holding->tenure, weir_clock_now());
        return false;
    }
    return true;
}

/* Before the fetcher heard of them. */
static void undo_open(struct weir_control *control, const struct weir_resolve *resolve)
{
    for (size_t i = 0; i < resolve->count; i++) {
        struct weir_holding *holding = weir_holdings_find(
            &control->holdings, resolve->positions[i].topic, resolve->positions[i].partition);
        if (holding != NULL) {
            weir_rebalance_lose(&control->rebalance, &holding->tenure, weir_clock_now());
        }
    }
}

static void begin_fetching(struct weir_control *control, const struct weir_resolve *resolve)
{
    for (size_t i = 0; i < resolve->answered; i++) {
        struct weir_holding *holding = weir_holdings_find(
            &control->holdings, resolve->positions[i].topic, resolve->positions[i].partition);
        assert(holding != NULL);
        if (holding->prefilled >= 0) {
            weir_control_begin_adopted(control, holding, resolve->positions[i].offset);
            continue;
        }
        weir_mailbox_post(weir_fetcher_mailbox(holding->slot->fetcher), &holding->slot->open, 0);
    }
}

/* Assigning. */

static void decline(struct weir_control *control)
{
    struct weir_error error = {0};

    if (control->coordinator->ops->accept(control->coordinator, NULL, 0, &error) != WEIR_OK) {
        weir_log(&control->options.report->log, WEIR_LOG_WARNING, "group", "%s", error.text);
    }
}

static void say_assigned(struct weir_control *control, const struct weir_resolve *resolve)
{
    struct weir_log *log = &control->options.report->log;
    size_t new_ones = 0;

    for (size_t i = 0; i < resolve->answered; i++) {
        new_ones += resolve->resolved[i].committed == WEIR_OFFSET_NONE ? 1 : 0;
    }
    weir_log(log, WEIR_LOG_INFO, "group", "%zu partition%s %s, %zu held now", resolve->count,
             resolve->count == 1 ? "" : "s",
             control->shadow ? "handled as a shadow, nothing is committed" : "assigned",
             control->holdings.count);
    if (new_ones > 0) {
        weir_log(log, WEIR_LOG_INFO, "group",
                 "%zu of them without a committed offset: weir.start=%s", new_ones,
                 weir_config_get(control->options.config, "weir.start"));
    }
    if (resolve->answered < resolve->count) {
        weir_log(log, WEIR_LOG_WARNING, "start", "%zu of them wait, nobody says where to start: %s",
                 resolve->count - resolve->answered, resolve->error.text);
    }
}

/* Once: it is a matter of the configuration, and the sentence has the figures. */
static void say_small_budget(struct weir_control *control)
{
    int64_t total = weir_config_integer(control->options.config, "weir.buffer.total.bytes");
    int64_t least = weir_fetch_limits_least((uint32_t)control->holdings.count);

    if (control->small_budget_said || least <= total) {
        return;
    }
    control->small_budget_said = true;
    weir_log(&control->options.report->log, WEIR_LOG_WARNING, "config",
             "weir.buffer.total.bytes=%lld is too small for %zu partitions: librdkafka's queues "
             "may take more. Set it to %lld or more, or run more members",
             (long long)total, control->holdings.count, (long long)least);
}

static void say_absent(struct weir_control *control, const struct weir_resolve *resolve)
{
    struct weir_report *report = control->options.report;
    static const char text[] = "does not exist yet; it begins at offset 0 once it does";

    for (size_t i = 0; i < resolve->count; i++) {
        const struct weir_position *position = &resolve->positions[i];
        if (resolve->resolved[i].absent) {
            weir_log(&report->log, WEIR_LOG_WARNING, "start", "%s/%d %s", position->topic,
                     (int)position->partition, text);
            weir_report_event(report, (struct weir_event){.kind = WEIR_EVENT_TOPIC_ERROR,
                                                          .status = WEIR_ERR_NOT_FOUND,
                                                          .topic = position->topic,
                                                          .partition = position->partition,
                                                          .offset = -1,
                                                          .text = text});
        }
    }
}

static void take_over(struct weir_control *control, struct weir_resolve *resolve)
{
    struct weir_report *report = control->options.report;
    struct weir_error error = {.code = WEIR_ERR_NOMEM, .text = "out of memory"};
    bool opened = true;

    for (size_t i = 0; opened && i < resolve->count; i++) {
        opened = open_holding(control, &resolve->positions[i], &resolve->resolved[i]);
    }
    if (opened) {
        weir_control_say_spans(control, WEIR_EVENT_ASSIGN, resolve->positions, resolve->count);
        opened = control->coordinator->ops->accept(control->coordinator, resolve->positions,
                                                   resolve->answered, &error) == WEIR_OK;
    }
    if (!opened) {
        undo_open(control, resolve);
        decline(control);
        weir_control_fail(control, error.code, error.text, true);
        return;
    }
    control->assigned_once = true;
    weir_report_count(report, WEIR_COUNTER_ASSIGNED, control->shadow ? 0 : resolve->count);
    begin_fetching(control, resolve);
    say_assigned(control, resolve);
    say_absent(control, resolve);
    say_small_budget(control);
}

static void ask_again(struct weir_control *control, const struct weir_resolve *resolve)
{
    struct weir_report *report = control->options.report;

    weir_log(&report->log, WEIR_LOG_WARNING, "start", "%s; trying again", resolve->error.text);
    weir_report_event(report, (struct weir_event){.kind = WEIR_EVENT_CLIENT_ERROR,
                                                  .status = resolve->status,
                                                  .partition = -1,
                                                  .offset = -1,
                                                  .text = resolve->error.text});
    control->resolve_at = weir_time_after_ms(weir_clock_now(), RESOLVE_AGAIN_MS);
}

/* Is it no use to ask again? weir.start=error found no offset, we have no permission, or what does
 * not exist has no end that we were told to read to. */
bool weir_control_is_final(const struct weir_resolve *resolve)
{
    return resolve->status == WEIR_ERR_CONFIG || resolve->status == WEIR_ERR_DENIED ||
           (resolve->status == WEIR_ERR_NOT_FOUND && resolve->absent_is_new && resolve->wants_end);
}

static void resolve_done(void *job)
{
    struct weir_resolve *resolve = job;
    struct weir_control *control = resolve->user;

    control->resolve_runs = false;
    control->resolve_done = resolve->status == WEIR_OK;
    if (weir_control_is_final(resolve)) {
        weir_control_fail(control, resolve->status, resolve->error.text, true);
        control->resolve_at = WEIR_TIME_NEVER; /* the stop comes first */
    } else if (!control->resolve_done) {
        ask_again(control, resolve);
    }
    /* The second answer is believed. */
    resolve->absent_is_new = resolve->absent_is_new || resolve->status == WEIR_ERR_NOT_FOUND;
    resolve->may_lack = true;
    weir_loop_wake(control->loop);
}

static void run_resolve(struct weir_control *control, weir_time now)
{
    if (weir_loop_side_job(control->loop, weir_resolve_run, resolve_done, control->resolve) ==
        WEIR_OK) {
        control->resolve_runs = true;
    } else {
        control->resolve_at = weir_time_after_ms(now, RESOLVE_AGAIN_MS);
    }
}

static void end_resolve(struct weir_control *control)
{
    weir_resolve_destroy(control->resolve);
    control->resolve = NULL;
    control->resolve_done = false;
    control->resolve_lost = false;
}

/* What nobody can tell the begin of is not waited for when others wait for it. */
static bool is_unwanted(const struct weir_control *control)
{
    const struct weir_coordinator *coordinator = control->coordinator;

    return control->resolve->status != WEIR_OK && coordinator->ops->wanted != NULL &&
           !coordinator->ops->wanted(coordinator);
}

weir_time weir_control_open_assigned(struct weir_control *control, weir_time now)
{
    if (control->resolve == NULL || control->resolve_runs) {
        return WEIR_TIME_NEVER;
    }
    if (control->rebalance.stopping || control->resolve_lost || is_unwanted(control)) {
        end_resolve(control);
        decline(control);
        return WEIR_TIME_NEVER;
    }
    if (control->resolve_done) {
        /* A partition that we had a moment ago may still have its old source, which shares the
         * queue with the new one, or be about to be moved to another offset. */
        weir_control_drop_unfit(control, control->resolve);
        if (control->plugged_closing == 0 && control->strays == 0) {
            take_over(control, control->resolve);
            end_resolve(control);
        }
        return WEIR_TIME_NEVER;
    }
    if (now >= control->resolve_at) {
        run_resolve(control, now);
        return WEIR_TIME_NEVER;
    }
    return control->resolve_at;
}

void weir_control_ask_start(struct weir_control *control, struct weir_resolve *resolve)
{
    resolve->client = control->client;
    resolve->store = control->store;
    resolve->start = weir_control_start_policy(control);
    resolve->start_timestamp_ms = control->options.start_timestamp_ms;
    resolve->wants_end = control->options.until_end;
    resolve->user = control;
}

void weir_control_assigned(const struct weir_position *positions, size_t count, void *user)
{
    struct weir_control *control = user;

    if (control->resolve != NULL) {
        weir_control_fail(control, WEIR_ERR_FATAL,
                          "the client library announced an assignment before it had the answer to "
                          "the last",
                          true);
        return;
    }
    if (control->rebalance.stopping) {
        decline(control);
        return;
    }
    weir_control_follow_shadow(control);
    weir_control_end_prefill(control, false);
    control->resolve = weir_resolve_create(positions, count);
    if (control->resolve == NULL) {
        weir_control_fail(control, WEIR_ERR_NOMEM, "out of memory during a rebalance", true);
        decline(control);
        return;
    }
    weir_control_ask_start(control, control->resolve);
    control->announced_at = weir_clock_now();
    control->resolve_at = 0;
    weir_loop_wake(control->loop);
}
