#include "framework/control_state.h"
#include "framework/snapshot.h"
#include <assert.h>
#include <string.h>

/* Somebody waits for a snapshot. Lives on the asker's stack, so it is touched under control's mutex
 * only, and leaves the list before the asker goes. */
struct weir_question {
    struct weir_question *next;
    struct weir_snapshot *answer;
    enum weir_status status;
    bool answered;
};

static enum weir_partition_state state_of(const struct weir_holding *holding)
{
    if (holding->tenure.state == WEIR_TENURE_CLOSING) {
        return WEIR_PARTITION_CLOSING;
    }
    if (holding->tenure.state != WEIR_TENURE_OPEN) {
        return WEIR_PARTITION_DRAINING;
    }
    return holding->restarting ? WEIR_PARTITION_WAITING : WEIR_PARTITION_RUNNING;
}

/* What the client knows of the end may be of an earlier assignment, in which others may have read
 * on; it is news once something was fetched in this one. */
static int64_t end_of(const struct weir_control *control, const struct weir_holding *holding,
                      const struct weir_slot_view *view)
{
    bool news = view->fetched && holding->plugged && !control->abandoned;

    return news ? control->client->ops->log_end(control->client, holding->topic, holding->partition)
                : -1;
}

static void add(struct weir_snapshot *snapshot, const struct weir_control *control,
                struct weir_holding *holding)
{
    struct weir_snapshot_row row = {.topic = holding->topic,
                                    .partition = holding->partition,
                                    .state = state_of(holding),
                                    .position = -1,
                                    .watermark = -1,
                                    .committed = holding->commit.stored,
                                    .end = -1,
                                    .oldest_ms = -1,
                                    .began = holding->began,
                                    .take_over_ns = -1};

    if (holding->slot != NULL) {
        struct weir_slot_view view = weir_slot_look(holding->slot);
        row.position = view.position;
        /* Its fetcher has not heard yet where what was prefilled begins. */
        row.watermark =
            view.watermark > holding->commit.watermark ? view.watermark : holding->commit.watermark;
        row.in_flight = view.in_flight;
        row.buffered = view.buffered;
        row.held = view.held;
        row.letters = view.letters;
        row.bytes = view.bytes;
        row.take_over_ns = view.took_over;
        row.end = end_of(control, holding, &view);
        if (view.in_flight > 0) {
            int64_t age = snapshot->time_ns - view.oldest;
            row.oldest_ms = age < 0 ? 0 : age / WEIR_NS_PER_MS;
        }
    } else if (holding->commit.member || (holding->shadow && !holding->unplaced)) {
        row.watermark = holding->commit.watermark;
    }
    weir_snapshot_add(snapshot, &row);
}

static void add_colors(struct weir_snapshot *snapshot, const struct weir_control *control)
{
    const struct weir_coordinator *coordinator = control->coordinator;
    struct weir_coordinator_colors colors = {.color = NULL};

    if (control->joined && coordinator->ops->colors != NULL &&
        coordinator->ops->colors(coordinator, &colors)) {
        weir_snapshot_color(snapshot, &colors);
    }
}

static bool is_shadow(const struct weir_control *control)
{
    const struct weir_coordinator *coordinator = control->coordinator;

    return control->joined && coordinator->ops->shadows != NULL &&
           coordinator->ops->shadows(coordinator);
}

static struct weir_holding *next_of(const struct weir_control *control, struct weir_holding *after)
{
    bool closes = after != NULL && after->tenure.state == WEIR_TENURE_CLOSING;
    struct weir_holding *next = closes ? NULL : weir_holdings_next(&control->holdings, after);

    if (next != NULL) {
        return next;
    }
    next = closes ? after->next : control->closing;
    while (next != NULL && next->prefilled >= 0) { /* it never was ours */
        next = next->next;
    }
    return next;
}

enum weir_status weir_control_picture(const struct weir_control *control,
                                      struct weir_snapshot **out)
{
    struct weir_holding *holding = NULL;
    size_t rows = 0;
    size_t topics = 0;

    while ((holding = next_of(control, holding)) != NULL) {
        rows++;
        topics += strlen(holding->topic) + 1;
    }
    enum weir_status status = weir_snapshot_create(rows, topics, out);
    if (status != WEIR_OK) {
        return status;
    }
    (*out)->state = control->state;
    (*out)->shadow = is_shadow(control);
    while ((holding = next_of(control, holding)) != NULL) {
        add(*out, control, holding);
    }
    weir_snapshot_count(*out, control->options.report);
    add_colors(*out, control);
    return WEIR_OK;
}

/* Who asked first is answered first. False: nobody asks any more. */
static bool give(struct weir_control *control, enum weir_status status,
                 struct weir_snapshot *snapshot)
{
    weir_mutex_lock(&control->mutex);
    struct weir_question *question = control->questions;
    if (question != NULL) {
        control->questions = question->next;
        question->answer = snapshot;
        question->status = status;
        question->answered = true;
        (void)pthread_cond_broadcast(&control->answered);
    }
    weir_mutex_unlock(&control->mutex);
    return question != NULL;
}

static size_t count_questions(struct weir_control *control)
{
    size_t count = 0;

    weir_mutex_lock(&control->mutex);
    for (const struct weir_question *q = control->questions; q != NULL; q = q->next) {
        count++;
    }
    weir_mutex_unlock(&control->mutex);
    return count;
}

void weir_control_answer(struct weir_control *control)
{
    size_t count = count_questions(control); /* who asks in between wakes us again */

    for (size_t i = 0; i < count; i++) {
        struct weir_snapshot *snapshot = NULL;
        enum weir_status status = weir_control_picture(control, &snapshot);
        if (!give(control, status, snapshot)) {
            weir_snapshot_destroy(snapshot);
            return;
        }
    }
}

static struct weir_question **link_of(struct weir_control *control, struct weir_question *question)
{
    struct weir_question **link = &control->questions;

    weir_mutex_assert_held(&control->mutex);
    while (*link != question) {
        link = &(*link)->next;
    }
    return link;
}

enum weir_status weir_control_snapshot(struct weir_control *control, weir_time deadline,
                                       struct weir_snapshot **out)
{
    struct weir_question question = {.status = WEIR_ERR_TIMEOUT};
    struct timespec until = weir_time_spec(deadline);
    int result = 0;

    weir_mutex_lock(&control->mutex);
    *link_of(control, NULL) = &question;
    weir_mutex_unlock(&control->mutex);
    weir_loop_wake(control->loop);
    weir_mutex_lock(&control->mutex);
    while (!question.answered && result == 0) {
        result = weir_mutex_wait_until(&control->mutex, &control->answered, &until);
    }
    if (!question.answered) {
        *link_of(control, &question) = question.next;
    }
    weir_mutex_unlock(&control->mutex);
    if (question.status == WEIR_OK) {
        *out = question.answer;
    }
    return question.status;
}
