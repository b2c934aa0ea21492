#include "framework/base/memory.h"
#include "framework/control_state.h"
#include <assert.h>

/* Partitions that are about to be ours. Their records are fetched from where their owner committed
 * last, as far as the reservoirs have room, and go no further. When they are ours, and it is known
 * where that owner ended, what is below is dropped and the rest is there at once. What does not fit
 * is opened anew, as if nothing had been. */

enum {
    LEAVING_AT_ONCE = 64,
    ASK_TIMEOUT_MS = 2000 /* what comes later is of little use, and a stop waits for it */
};

/* Letting go. */

struct leaving {
    struct weir_position positions[LEAVING_AT_ONCE];
    struct weir_holding *holdings[LEAVING_AT_ONCE];
    size_t count;
};

static void await_no_more(struct weir_control *control, struct weir_holding *holding)
{
    if (holding->awaited) {
        assert(control->prefill.awaited > 0);
        holding->awaited = false;
        control->prefill.awaited--;
    }
}

static void close_one(struct weir_control *control, struct weir_holding *holding)
{
    await_no_more(control, holding);
    weir_holdings_remove(&control->prefill.held, holding);
    holding->tenure.state = WEIR_TENURE_CLOSING;
    weir_control_close_slot(control, holding);
}

static void let_leave(struct weir_control *control, struct leaving *leaving)
{
    const struct weir_client_ops *ops = control->client->ops;
    struct weir_error error = {0};

    if (leaving->count > 0 && !control->abandoned &&
        ops->unassign(control->client, leaving->positions, leaving->count, &error) != WEIR_OK) {
        weir_control_fail(control, error.code, error.text, true);
    }
    for (size_t i = 0; i < leaving->count; i++) {
        close_one(control, leaving->holdings[i]);
    }
    leaving->count = 0;
}

static void add_leaving(struct weir_control *control, struct leaving *leaving,
                        struct weir_holding *holding)
{
    leaving->positions[leaving->count] = (struct weir_position){
        .topic = holding->topic, .partition = holding->partition, .offset = WEIR_OFFSET_NONE};
    leaving->holdings[leaving->count++] = holding;
    if (leaving->count == LEAVING_AT_ONCE) {
        let_leave(control, leaving);
    }
}

static void let_all_leave(struct weir_control *control)
{
    const struct weir_holdings *held = &control->prefill.held;
    struct weir_holding *holding = weir_holdings_next(held, NULL);
    struct leaving leaving;

    leaving.count = 0;
    while (holding != NULL) {
        struct weir_holding *next = weir_holdings_next(held, holding);
        add_leaving(control, &leaving, holding);
        holding = next;
    }
    let_leave(control, &leaving);
}

static void forget_questions(struct weir_prefill *prefill)
{
    weir_resolve_destroy(prefill->next);
    weir_resolve_destroy(prefill->answer);
    prefill->next = NULL;
    prefill->answer = NULL;
    prefill->unwanted = prefill->asked != NULL;
}

void weir_control_end_prefill(struct weir_control *control, bool all)
{
    forget_questions(&control->prefill);
    if (all) {
        let_all_leave(control);
    }
}

void weir_control_prefill_fini(struct weir_control *control)
{
    forget_questions(&control->prefill);
    weir_resolve_destroy(control->prefill.asked);
}

/* Asking where they begin. */

void weir_control_prefill(const struct weir_position *positions, size_t count, void *user)
{
    struct weir_control *control = user;
    struct weir_prefill *prefill = &control->prefill;

    weir_control_end_prefill(control, true);
    if (count > 0 && control->holdings.count == 0) {
        weir_control_follow_shadow(control);
    }
    if (count > 0 && !control->shadow && control->client->ops->prefetch != NULL) {
        prefill->next = weir_resolve_create(positions, count);
    }
    prefill->told = count == 0;
    weir_loop_wake(control->loop);
}

static void asked_done(void *job)
{
    struct weir_resolve *resolve = job;
    struct weir_control *control = resolve->user;
    struct weir_prefill *prefill = &control->prefill;

    prefill->asked = NULL;
    if (resolve->status == WEIR_OK && !prefill->unwanted) {
        prefill->answer = resolve;
    } else {
        weir_log(&control->options.report->log, WEIR_LOG_DEBUG, "group", "nothing is prefilled: %s",
                 prefill->unwanted ? "it is not wanted any more" : resolve->error.text);
        weir_resolve_destroy(resolve);
    }
    prefill->unwanted = false;
    weir_loop_wake(control->loop);
}

static void ask(struct weir_control *control)
{
    struct weir_prefill *prefill = &control->prefill;
    struct weir_resolve *resolve = prefill->next;

    prefill->next = NULL;
    weir_control_ask_start(control, resolve);
    resolve->timeout_ms = ASK_TIMEOUT_MS;
    resolve->wants_end = true; /* nobody waits for records where there are none */
    resolve->may_lack = true;
    if (weir_loop_side_job(control->loop, weir_resolve_run, asked_done, resolve) == WEIR_OK) {
        prefill->asked = resolve;
    } else {
        weir_resolve_destroy(resolve);
    }
}

/* Opening. */

/* False: it is ours already, or there is no memory. */
static bool open_one(struct weir_control *control, const struct weir_position *position,
                     const struct weir_resolved *resolved)
{
    struct weir_prefill *prefill = &control->prefill;
    struct weir_holding *holding = NULL;

    if (weir_holdings_find(&control->holdings, position->topic, position->partition) == NULL) {
        holding = weir_holdings_add(&prefill->held, position->topic, position->partition);
    }
    if (holding == NULL) {
        return false;
    }
    holding->prefilled = position->offset;
    if (!weir_control_plug(control, holding, position->offset)) {
        weir_holdings_remove(&prefill->held, holding);
        weir_free(holding);
        return false;
    }
    holding->awaited = resolved->end > position->offset;
    prefill->awaited += holding->awaited ? 1 : 0;
    return true;
}

static void begin_fetching(const struct weir_control *control)
{
    const struct weir_holding *holding = NULL;

    while ((holding = weir_holdings_next(&control->prefill.held, holding)) != NULL) {
        weir_mailbox_post(weir_fetcher_mailbox(holding->slot->fetcher), &holding->slot->open, 0);
    }
}

static void open_answered(struct weir_control *control)
{
    struct weir_resolve *answer = control->prefill.answer;
    const struct weir_client_ops *ops = control->client->ops;
    struct weir_error error = {0};
    size_t count = 0;

    assert(control->prefill.held.count == 0);
    control->prefill.answer = NULL;
    for (size_t i = 0; i < answer->answered; i++) {
        if (open_one(control, &answer->positions[i], &answer->resolved[i])) {
            answer->positions[count++] = answer->positions[i];
        }
    }
    if (count > 0 && ops->prefetch(control->client, answer->positions, count, &error) == WEIR_OK) {
        begin_fetching(control);
    } else if (count > 0) {
        weir_log(&control->options.report->log, WEIR_LOG_WARNING, "group",
                 "nothing is prefilled: %s", error.text);
        let_all_leave(control);
    }
    weir_resolve_destroy(answer);
}

static void tell(struct weir_control *control)
{
    struct weir_prefill *prefill = &control->prefill;
    bool under_way = prefill->next != NULL || prefill->asked != NULL || prefill->answer != NULL;

    if (prefill->told || under_way || prefill->awaited > 0) {
        return;
    }
    prefill->told = true;
    if (prefill->held.count > 0) {
        weir_log(&control->options.report->log, WEIR_LOG_INFO, "group",
                 "%zu partition%s prefilled: fetched ahead, nothing is handled",
                 prefill->held.count, prefill->held.count == 1 ? "" : "s");
    }
    if (control->coordinator->ops->prefilled != NULL) {
        control->coordinator->ops->prefilled(control->coordinator);
    }
}

void weir_control_go_on_prefilling(struct weir_control *control)
{
    struct weir_prefill *prefill = &control->prefill;

    if (!control->joined) {
        return;
    }
    if (control->rebalance.stopping) {
        weir_control_end_prefill(control, true);
        return;
    }
    if (prefill->next != NULL && prefill->asked == NULL) {
        ask(control);
    }
    /* One of them may have had a source a moment ago, which shares its queue with the new one. */
    if (prefill->answer != NULL && control->plugged_closing == 0) {
        open_answered(control);
    }
    tell(control);
}

void weir_control_warmed(struct weir_control *control, struct weir_holding *holding)
{
    await_no_more(control, holding);
}

/* Becoming ours. */

/* The source has given, or passed, everything in between, and will go on at the end of it. Past
 * that end nobody knows: it may not be there. Where nothing is committed nobody knows whether what
 * was fetched is of this topic, or of one that was deleted meanwhile. */
static bool fits(const struct weir_holding *holding, const struct weir_position *position,
                 const struct weir_resolved *resolved)
{
    return position->status == WEIR_OK && !resolved->absent &&
           resolved->committed != WEIR_OFFSET_NONE && position->offset >= holding->prefilled &&
           position->offset <= weir_slot_look(holding->slot).position;
}

void weir_control_drop_unfit(struct weir_control *control, const struct weir_resolve *resolve)
{
    struct leaving leaving;

    leaving.count = 0;
    for (size_t i = 0; i < resolve->count && control->prefill.held.count > 0; i++) {
        const struct weir_position *position = &resolve->positions[i];
        struct weir_holding *holding =
            weir_holdings_find(&control->prefill.held, position->topic, position->partition);
        if (holding != NULL && !fits(holding, position, &resolve->resolved[i])) {
            add_leaving(control, &leaving, holding);
        }
    }
    let_leave(control, &leaving);
}

struct weir_holding *weir_control_adopt(struct weir_control *control,
                                        const struct weir_position *position)
{
    struct weir_holding *holding =
        weir_holdings_find(&control->prefill.held, position->topic, position->partition);

    if (holding != NULL) {
        await_no_more(control, holding);
        weir_holdings_remove(&control->prefill.held, holding);
        weir_holdings_put(&control->holdings, holding);
        weir_report_count(control->options.report, WEIR_COUNTER_PREFILLED, 1);
    }
    return holding;
}

void weir_control_begin_adopted(struct weir_control *control, struct weir_holding *holding,
                                int64_t offset)
{
    struct weir_slot *slot = holding->slot;
    struct weir_mailbox *mailbox = weir_fetcher_mailbox(slot->fetcher);
    int64_t halt = weir_control_stop_of(control, holding);

    holding->prefilled = -1;
    slot->since = holding->since;
    holding->since = 0;
    if (halt != holding->halt) {
        holding->halt = halt;
        weir_mailbox_post(mailbox, &slot->halt, halt);
    }
    weir_mailbox_post(mailbox, &slot->begin, offset);
}
