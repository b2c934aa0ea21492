#include "framework/base/error.h"
#include "framework/base/memory.h"
#include "framework/control_state.h"
#include <assert.h>

static struct weir_holding *holding_of(struct weir_commit *commit)
{
    return (struct weir_holding *)(void *)((char *)commit - offsetof(struct weir_holding, commit));
}

void weir_control_moved(struct weir_control *control, struct weir_holding *holding,
                        int64_t watermark, weir_time now)
{
    if (holding->shadow) {
        weir_control_discard(control, holding, watermark);
        return;
    }
    if (!holding->commit.member) { /* not ours to commit any more */
        return;
    }
    weir_committer_moved(&control->committer, &holding->commit, watermark);
    holding->tenure.clean = weir_commit_is_clean(&holding->commit);
    if (!holding->tenure.clean && holding->dirty_since == 0) {
        holding->dirty_since = now;
    }
}

static bool make_room(struct weir_control *control)
{
    size_t needed = control->holdings.count + 1;

    if (control->commit_capacity >= needed) {
        return true;
    }
    struct weir_position *list =
        weir_realloc(control->commit_list, needed * sizeof control->commit_list[0]);
    if (list == NULL) {
        return false;
    }
    control->commit_list = list;
    control->commit_capacity = needed;
    return true;
}

static size_t list_dirty(struct weir_control *control)
{
    size_t count = 0;
    struct weir_commit *commit = weir_committer_next(&control->committer, NULL);

    for (; commit != NULL; commit = weir_committer_next(&control->committer, commit)) {
        const struct weir_holding *holding = holding_of(commit);
        control->commit_list[count++] = (struct weir_position){
            .topic = holding->topic, .partition = holding->partition, .offset = commit->sent};
    }
    return count;
}

static void say_refused(struct weir_control *control, size_t count, const char *reason)
{
    struct weir_report *report = control->options.report;

    weir_report_count(report, WEIR_COUNTER_COMMIT_ERRORS, count);
    weir_log(&report->log, WEIR_LOG_WARNING, "commit",
             "%zu partition%s not committed (%s); still dirty, will be sent again", count,
             count == 1 ? "" : "s", reason);
}

static weir_time commit_from(const struct weir_control *control, weir_time now)
{
    const struct weir_client_ops *ops = control->client->ops;

    return ops->commit_from == NULL || !control->store->ops->through_client
               ? now
               : ops->commit_from(control->client, now);
}

/* By the coordinator's clock. It is asked last: what comes before may take any time. */
static bool is_still_ours(const struct weir_control *control)
{
    const struct weir_coordinator *coordinator = control->coordinator;

    return coordinator->ops->holds == NULL || coordinator->ops->holds(coordinator);
}

/* False: it may not be sent now, and nothing was sent. The next turn finds out what is lost. */
static bool send_list(const struct weir_control *control, size_t count, enum weir_status *status,
                      struct weir_error *error)
{
    const struct weir_client_ops *ops = control->client->ops;
    bool guarded = ops->commit_begin != NULL && control->store->ops->through_client;

    if (guarded && !ops->commit_begin(control->client)) {
        return false;
    }
    bool ours = is_still_ours(control);
    if (ours) {
        *status = control->store->ops->commit(control->store, control->commit_list, count, error);
    }
    if (guarded) {
        ops->commit_end(control->client);
    }
    return ours;
}

weir_time weir_control_commit(struct weir_control *control, weir_time now)
{
    struct weir_committer *committer = &control->committer;
    enum weir_status status = WEIR_OK;
    struct weir_error error = {0};

    if (weir_committer_due(committer) > now || !control->store_open) {
        return weir_committer_due(committer);
    }
    weir_time from = commit_from(control, now);
    if (from > now) {
        return from;
    }
    if (!make_room(control)) {
        return weir_time_after_ms(now, WEIR_COMMIT_BACKOFF_MS);
    }
    weir_committer_open(committer, now);
    size_t count = list_dirty(control);
    if (count == 0) {
        weir_committer_close(committer, now);
        return weir_committer_due(committer);
    }
    /* Said first, so that no store ever holds what nobody has heard of. */
    weir_control_say_spans(control, WEIR_EVENT_COMMIT_REQUEST, control->commit_list, count);
    if (!send_list(control, count, &status, &error)) {
        weir_committer_withdraw(committer);
        return commit_from(control, now);
    }
    if (status != WEIR_OK) {
        say_refused(control, count, error.text);
        weir_control_say_spans(control, WEIR_EVENT_COMMIT_ERROR, control->commit_list, count);
        weir_committer_close(committer, now);
    }
    return weir_committer_due(committer);
}

/* Nobody took it from us, by the coordinator's own clock, and still it is another's: two worked on
 * it, or its nodes were changed by hand. */
static void judge_refusal(const struct weir_control *control, const struct weir_position *position)
{
    struct weir_report *report = control->options.report;
    struct weir_holding *holding =
        weir_holdings_find(&control->holdings, position->topic, position->partition);

    if (!control->fenced || position->status != WEIR_ERR_STALE || holding == NULL ||
        holding->contested || !is_still_ours(control)) {
        return;
    }
    holding->contested = true;
    weir_report_count(report, WEIR_COUNTER_DUAL_ACTIVE, 1);
    weir_log(&report->log, WEIR_LOG_ERROR, "group",
             "%s/%d is another's, and this member worked on it and was sure of it: two were active",
             position->topic, (int)position->partition);
}

static void settle(struct weir_control *control, const struct weir_position *position, bool ok,
                   weir_time now)
{
    struct weir_holding *holding =
        weir_holdings_find(&control->holdings, position->topic, position->partition);

    if (holding != NULL && holding->commit.member) { /* else it was handed back or lost since */
        weir_committer_settle(&control->committer, &holding->commit, ok, now);
        holding->tenure.clean = weir_commit_is_clean(&holding->commit);
        if (ok) { /* what is dirty still has finished since */
            holding->dirty_since = holding->tenure.clean ? 0 : control->committer.sent_at;
        }
    }
}

/* Each partition has its own answer, and its own event when they differ. */
static size_t settle_mixed(struct weir_control *control, enum weir_status whole,
                           const struct weir_position *positions, size_t count, weir_time now)
{
    size_t refused = 0;

    for (size_t i = 0; i < count; i++) {
        bool ok = whole == WEIR_OK && positions[i].status == WEIR_OK;
        judge_refusal(control, &positions[i]);
        settle(control, &positions[i], ok, now);
        refused += ok ? 0 : 1;
        weir_control_say_spans(control, ok ? WEIR_EVENT_COMMIT_OK : WEIR_EVENT_COMMIT_ERROR,
                               &positions[i], 1);
    }
    return refused;
}

/* What the store refuses because it is not ours any more is not waited for. */
static void forsake(struct weir_control *control, enum weir_status whole,
                    const struct weir_position *positions, size_t count, weir_time now)
{
    for (size_t i = 0; i < count; i++) {
        struct weir_holding *holding =
            weir_holdings_find(&control->holdings, positions[i].topic, positions[i].partition);
        bool stale = whole == WEIR_ERR_STALE || positions[i].status == WEIR_ERR_STALE;
        if (holding != NULL && stale) {
            weir_rebalance_refused(&control->rebalance, &holding->tenure, now);
        }
    }
}

static const struct weir_position *first_refused(const struct weir_position *positions,
                                                 size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (positions[i].status != WEIR_OK) {
            return &positions[i];
        }
    }
    return NULL;
}

void weir_control_committed(enum weir_status status, const struct weir_position *positions,
                            size_t count, const char *text, void *user)
{
    struct weir_control *control = user;
    weir_time now = weir_clock_now();
    const struct weir_position *refused = first_refused(positions, count);

    if (status == WEIR_OK && refused == NULL) {
        for (size_t i = 0; i < count; i++) {
            settle(control, &positions[i], true, now);
        }
        weir_report_count(control->options.report, WEIR_COUNTER_COMMITS, 1);
        weir_meter_add(control->meter, WEIR_HISTOGRAM_COMMIT, now - control->committer.sent_at, 1);
        weir_control_say_spans(control, WEIR_EVENT_COMMIT_OK, positions, count);
    } else {
        size_t bad = settle_mixed(control, status, positions, count, now);
        enum weir_status why = refused != NULL ? refused->status : status;
        say_refused(control, bad > 0 ? bad : 1, text != NULL ? text : weir_status_text(why));
        forsake(control, status, positions, count, now);
    }
    weir_committer_close(&control->committer, now);
    weir_rebalance_tick(&control->rebalance, now);
    weir_loop_wake(control->loop);
}

weir_time weir_control_store_due(const struct weir_control *control)
{
    const struct weir_store *store = control->store;
    bool waits = control->store_open && store->ops->due != NULL;

    return waits ? store->ops->due(store) : WEIR_TIME_NEVER;
}
