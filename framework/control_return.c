#include "framework/control_state.h"

enum { LEAVE_TIMEOUT_MS = 10000, RELEASED_AT_ONCE = 256 };

/* What goes back to the coordinator, or is taken by it. */

static struct weir_holding *holding_of(struct weir_tenure *tenure)
{
    return (struct weir_holding *)tenure;
}

/* A coordinator that does not take its answer waits for ever, and would hear of nothing else. */
static void release(struct weir_control *control, const struct weir_position *positions,
                    size_t count)
{
    struct weir_error error = {0};

    if (control->coordinator->ops->release(control->coordinator, positions, count, &error) !=
        WEIR_OK) {
        weir_control_fail(control, error.code, error.text, true);
    }
}

/* While they are still ours: what is stored of a topic that is not there any more. */
static void forget_deleted(struct weir_control *control, const struct weir_position *positions,
                           size_t count)
{
    for (size_t i = 0; i < count && control->selection != NULL; i++) {
        if (weir_catalog_find(&control->catalog, positions[i].topic) == NULL) {
            weir_control_forget(control, &positions[i], 1);
        }
    }
}

/* Of what was handed back without a handler at work. */
static void measure_release(struct weir_control *control, const struct weir_position *positions,
                            size_t count)
{
    weir_time now = weir_clock_now();

    for (size_t i = 0; i < count; i++) {
        const struct weir_holding *holding =
            weir_holdings_find(&control->holdings, positions[i].topic, positions[i].partition);
        if (holding != NULL && holding->idle_at != 0 && !holding->shadow) {
            weir_meter_add(control->meter, WEIR_HISTOGRAM_RELEASE, now - holding->idle_at, 1);
        }
    }
}

/* While they are still held. `away`: so many behind them are not ours any more, and the coordinator
 * is to hear of them, too. */
static void hand_over(struct weir_control *control, const struct weir_position *positions,
                      size_t count, size_t away)
{
    forget_deleted(control, positions, count);
    measure_release(control, positions, count);
    weir_control_say_halts(control, positions, count);
    weir_control_say_spans(control, WEIR_EVENT_REVOKE_END, positions, count);
    release(control, positions, count + away);
    weir_report_count(control->options.report, WEIR_COUNTER_REVOKED, control->shadow ? 0 : count);
}

static void say_handed_back(struct weir_control *control, size_t count)
{
    weir_log(&control->options.report->log, WEIR_LOG_INFO, "group", "%zu partition%s %s", count,
             count == 1 ? "" : "s", control->shadow ? "no longer shadowed" : "handed back");
}

/* In one piece. */
static void release_revoked(struct weir_control *control)
{
    struct weir_resolve *revoked = control->revoked;
    size_t count = revoked == NULL ? 0 : revoked->count - control->given_away;

    hand_over(control, revoked == NULL ? NULL : revoked->positions, count, control->given_away);
    say_handed_back(control, count);
    weir_resolve_destroy(revoked);
    control->revoked = NULL;
    control->given_away = 0;
}

/* Singly: those whose turn it is, without a list that would take memory. */

struct handful {
    struct weir_position positions[RELEASED_AT_ONCE];
    size_t count;
    size_t total; /* handed over already */
};

static void empty_handful(struct weir_control *control, struct handful *handful)
{
    if (handful->count > 0) {
        hand_over(control, handful->positions, handful->count, 0);
        handful->total += handful->count;
        handful->count = 0;
    }
}

static void take_in_hand(struct weir_control *control, struct handful *handful, const char *topic,
                         int32_t partition)
{
    handful->positions[handful->count++] =
        (struct weir_position){.topic = topic, .partition = partition, .offset = WEIR_OFFSET_NONE};
    if (handful->count == RELEASED_AT_ONCE) {
        empty_handful(control, handful);
    }
}

static void end_handful(struct weir_control *control, struct handful *handful)
{
    empty_handful(control, handful);
    if (handful->total > 0) {
        say_handed_back(control, handful->total);
    }
}

static void release_done(struct weir_control *control)
{
    struct handful handful;

    handful.count = 0;
    handful.total = 0;
    for (struct weir_tenure *t = control->rebalance.returning; t != NULL; t = t->next) {
        const struct weir_holding *holding = holding_of(t);
        if (t->state == WEIR_TENURE_DONE && t->revoked) {
            take_in_hand(control, &handful, holding->topic, holding->partition);
        }
    }
    end_handful(control, &handful);
}

/* Of which there is nothing to finish: a stop was there first. */
static void release_unheld(struct weir_control *control, const struct weir_position *positions,
                           size_t count)
{
    struct handful handful;

    handful.count = 0;
    handful.total = 0;
    for (size_t i = 0; i < count; i++) {
        if (weir_holdings_find(&control->holdings, positions[i].topic, positions[i].partition) ==
            NULL) {
            take_in_hand(control, &handful, positions[i].topic, positions[i].partition);
        }
    }
    end_handful(control, &handful);
}

static void keep_revoked(struct weir_control *control, const struct weir_position *positions,
                         size_t count)
{
    struct weir_resolve *copy = weir_resolve_create(positions, count);

    weir_resolve_destroy(control->revoked);
    control->revoked = copy;
    control->given_away = 0;
    if (copy == NULL) { /* a group that hands over one by one gets them when we leave */
        weir_control_fail(control, WEIR_ERR_NOMEM, "out of memory during a rebalance", true);
    }
}

static void return_holding(struct weir_control *control, struct weir_holding *holding,
                           weir_time now)
{
    weir_rebalance_return(&control->rebalance, &holding->tenure);
    if (holding->slot == NULL || holding->restarting) {
        holding->idle_at = now;
        weir_rebalance_drained(&control->rebalance, &holding->tenure, now);
    }
}

void weir_control_return_all(struct weir_control *control, weir_time now)
{
    struct weir_holding *holding = NULL;

    while ((holding = weir_holdings_next(&control->holdings, holding)) != NULL) {
        return_holding(control, holding, now);
    }
}

void weir_control_revoked(const struct weir_position *positions, size_t count, void *user)
{
    struct weir_control *control = user;
    weir_time now = weir_clock_now();

    if (!control->rebalance.singly) {
        keep_revoked(control, positions, count);
    }
    weir_control_say_spans(control, WEIR_EVENT_REVOKE_BEGIN, positions, count);
    if (control->rebalance.singly) {
        release_unheld(control, positions, count);
    }
    for (size_t i = 0; i < count; i++) {
        struct weir_holding *holding =
            weir_holdings_find(&control->holdings, positions[i].topic, positions[i].partition);
        if (holding != NULL) {
            holding->tenure.revoked = true;
            return_holding(control, holding, now);
        }
    }
    weir_rebalance_revoke(&control->rebalance, now);
}

void weir_control_cut_short(void *user)
{
    struct weir_control *control = user;

    weir_rebalance_cut_short(&control->rebalance, weir_clock_now());
}

/* Before anybody hears that they are lost: no handler begins after that. */
static void recall(struct weir_control *control, const struct weir_position *positions,
                   size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct weir_holding *holding =
            weir_holdings_find(&control->holdings, positions[i].topic, positions[i].partition);
        if (holding != NULL && holding->slot != NULL) {
            weir_flag_raise(&holding->slot->gone);
        }
    }
}

/* Given away while they are being handed back. */

/* Those that are go behind the others. Returns how many more there are by now. */
static size_t sort_out_given_away(struct weir_control *control)
{
    struct weir_client *client = control->client;
    struct weir_resolve *revoked = control->revoked;
    size_t before = control->given_away;

    for (size_t i = revoked->count - before; i > 0; i--) {
        struct weir_position *one = &revoked->positions[i - 1];
        if (client->ops->gave_away(client, one)) {
            struct weir_position given = *one;
            control->given_away++;
            *one = revoked->positions[revoked->count - control->given_away];
            revoked->positions[revoked->count - control->given_away] = given;
        }
    }
    return control->given_away - before;
}

static void disown(struct weir_control *control, const struct weir_position *positions,
                   size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct weir_holding *holding =
            weir_holdings_find(&control->holdings, positions[i].topic, positions[i].partition);
        if (holding != NULL) {
            weir_committer_remove(&control->committer, &holding->commit);
            weir_rebalance_forgo(&holding->tenure);
        }
    }
}

/* The coordinator still waits for its answer, which names them. */
void weir_control_disown(struct weir_control *control)
{
    struct weir_resolve *revoked = control->revoked;

    if (revoked == NULL || control->client->ops->gave_away == NULL) {
        return;
    }
    size_t count = sort_out_given_away(control);
    if (count > 0) {
        const struct weir_position *given =
            &revoked->positions[revoked->count - control->given_away];
        weir_log(&control->options.report->log, WEIR_LOG_WARNING, "group",
                 "%zu partition%s given away while being handed back: the client library joined "
                 "anew; what is unfinished or was not committed by then comes again",
                 count, count == 1 ? "" : "s");
        recall(control, given, count);
        weir_control_say_spans(control, WEIR_EVENT_LOST, given, count);
        weir_report_count(control->options.report, WEIR_COUNTER_LOST, count);
        disown(control, given, count);
    }
}

static void give_up(struct weir_control *control, const struct weir_position *positions,
                    size_t count)
{
    recall(control, positions, count);
    weir_control_say_spans(control, WEIR_EVENT_LOST, positions, count);
    weir_report_count(control->options.report, WEIR_COUNTER_LOST, count);
    for (size_t i = 0; i < count; i++) {
        struct weir_holding *holding =
            weir_holdings_find(&control->holdings, positions[i].topic, positions[i].partition);
        if (holding != NULL) {
            weir_rebalance_lose(&control->rebalance, &holding->tenure, weir_clock_now());
        }
    }
    release(control, positions, count);
}

void weir_control_lost(const struct weir_position *positions, size_t count, void *user)
{
    struct weir_control *control = user;

    control->resolve_lost = control->resolve != NULL;
    weir_log(&control->options.report->log, WEIR_LOG_WARNING, "group",
             "%zu partition%s lost: no longer this member's; what is unfinished or not committed "
             "comes again, here or at another one",
             count, count == 1 ? "" : "s");
    give_up(control, positions, count);
}

void weir_control_gone(const struct weir_position *positions, size_t count, void *user)
{
    struct weir_control *control = user;

    weir_log(&control->options.report->log, WEIR_LOG_WARNING, "topics",
             "%zu partition%s given up: deleted, or of a topic that was", count,
             count == 1 ? "" : "s");
    weir_control_forget(control, positions, count); /* while they are still ours */
    give_up(control, positions, count);
}

/* What the rebalance machine asks for. */

static void on_drain(struct weir_tenure *tenure, void *user)
{
    const struct weir_holding *holding = holding_of(tenure);

    (void)user;
    if (holding->slot != NULL && !holding->restarting) {
        weir_flag_raise(&holding->slot->recalled);
        weir_mailbox_post(weir_fetcher_mailbox(holding->slot->fetcher), &holding->slot->command,
                          WEIR_SLOT_DRAIN);
    }
}

static void on_commit(void *user)
{
    struct weir_control *control = user;

    weir_committer_hurry(&control->committer);
    weir_loop_wake(control->loop);
}

static void on_close(struct weir_tenure *tenure, void *user)
{
    struct weir_control *control = user;
    struct weir_holding *holding = holding_of(tenure);

    if (!weir_commit_is_clean(&holding->commit) && control->rebalance.stopping) {
        control->unclean = true;
    }
    weir_control_close_holding(control, holding);
}

static void on_answer(void *user)
{
    struct weir_control *control = user;

    if (control->rebalance.singly) {
        release_done(control);
    } else {
        release_revoked(control);
    }
}

static void on_leave(void *user)
{
    struct weir_control *control = user;

    control->phase = WEIR_CONTROL_LEAVING;
    control->leave_deadline = weir_time_after_ms(weir_clock_now(), LEAVE_TIMEOUT_MS);
    weir_control_purge_letters(control);
    if (control->joined && !control->abandoned) {
        control->coordinator->ops->leave(control->coordinator);
    }
    weir_loop_wake(control->loop);
}

static void on_overdue(struct weir_tenure *tenure, void *user)
{
    struct weir_control *control = user;
    const struct weir_holding *holding = holding_of(tenure);
    struct weir_position position = {
        .topic = holding->topic, .partition = holding->partition, .offset = WEIR_OFFSET_NONE};

    bool has_letters = false;
    if (holding->slot != NULL) {
        weir_flag_raise(&holding->slot->gone); /* before the coordinator is answered */
        has_letters = weir_slot_look(holding->slot).letters > 0;
    }
    if (control->rebalance.stopping) { /* else the group goes on */
        control->overdue++;
        control->cut_short += tenure->cut_short ? 1 : 0;
    }
    weir_report_count(control->options.report, WEIR_COUNTER_DRAIN_TIMEOUTS, 1);
    weir_log_always(&control->options.report->log, WEIR_LOG_WARNING, "stop",
                    "%s/%d: %s %s; its records come again", holding->topic, (int)holding->partition,
                    has_letters ? "a dead letter" : "a handler",
                    tenure->cut_short ? "is not waited for, as the switch asks"
                                      : "did not end within weir.drain.timeout.ms");
    weir_control_say_spans(control, WEIR_EVENT_DRAIN_TIMEOUT, &position, 1);
}

const struct weir_rebalance_ops weir_control_rebalance_ops = {.drain = on_drain,
                                                              .commit = on_commit,
                                                              .close = on_close,
                                                              .answer = on_answer,
                                                              .leave = on_leave,
                                                              .overdue = on_overdue};
