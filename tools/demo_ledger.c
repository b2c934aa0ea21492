#include "tools/demo_ledger.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    LOSE_SEQ = 100,
    REPEAT_SEQ = 200,
    REORDER_SEQ = 300,
    FAR_AHEAD = 1 << 30,
    TAIL_SECONDS = 60
};

struct demo_ledger {
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t freed;  /* who hung hangs no longer */
    struct demo_orders orders;
    struct demo_group group;
    enum demo_sabotage sabotage;
    bool closed; /* no more orders */
    char failure[WEIR_ERROR_TEXT_SIZE];
};

int64_t demo_now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

enum weir_status demo_ledger_create(const struct demo_plan *plan, struct demo_ledger **out)
{
    struct demo_ledger *ledger = calloc(1, sizeof *ledger);
    size_t capacity = (size_t)plan->rate * (plan->seconds + TAIL_SECONDS);

    if (ledger == NULL || demo_orders_init(&ledger->orders, capacity) != WEIR_OK) {
        free(ledger);
        return WEIR_ERR_NOMEM;
    }
    demo_group_init(&ledger->group, plan, demo_now_ns());
    ledger->sabotage = plan->sabotage;
    (void)pthread_mutex_init(&ledger->mutex, NULL);
    (void)pthread_cond_init(&ledger->freed, NULL);
    *out = ledger;
    return WEIR_OK;
}

void demo_ledger_destroy(struct demo_ledger *ledger)
{
    if (ledger != NULL) {
        demo_orders_fini(&ledger->orders);
        (void)pthread_cond_destroy(&ledger->freed);
        (void)pthread_mutex_destroy(&ledger->mutex);
        free(ledger);
    }
}

static void lock(struct demo_ledger *ledger)
{
    (void)pthread_mutex_lock(&ledger->mutex);
}

static void unlock(struct demo_ledger *ledger)
{
    (void)pthread_mutex_unlock(&ledger->mutex);
}

/* The producer. */

int64_t demo_ledger_order(struct demo_ledger *ledger)
{
    lock(ledger);
    int64_t seq = ledger->closed ? -1 : demo_orders_open(&ledger->orders, demo_now_ns());
    unlock(ledger);
    return seq;
}

void demo_ledger_report(struct demo_ledger *ledger, int64_t seq, int32_t partition, int64_t offset)
{
    lock(ledger);
    demo_orders_report(&ledger->orders, seq, partition, offset);
    if (offset >= 0 && offset >= ledger->group.partition[partition].end) {
        ledger->group.partition[partition].end = offset + 1;
    }
    unlock(ledger);
}

void demo_ledger_close_orders(struct demo_ledger *ledger)
{
    lock(ledger);
    ledger->closed = true;
    unlock(ledger);
}

/* The members. */

bool demo_ledger_start(struct demo_ledger *ledger, int member, int32_t partition, uint32_t count)
{
    lock(ledger);
    bool alive = demo_group_start(&ledger->group, member, partition, count, demo_now_ns());
    unlock(ledger);
    return alive;
}

/* The faults that a run can be asked for: each must make the check fail. */
static void complete_as_asked(struct demo_ledger *ledger, struct demo_completion *completion)
{
    if (ledger->sabotage == DEMO_SABOTAGE_LOSE && completion->seq == LOSE_SEQ) {
        return;
    }
    if (ledger->sabotage == DEMO_SABOTAGE_REORDER && completion->seq == REORDER_SEQ) {
        completion->offset += FAR_AHEAD; /* so that the customer's next one comes too late */
    }
    demo_orders_complete(&ledger->orders, completion);
    if (ledger->sabotage == DEMO_SABOTAGE_REPEAT && completion->seq == REPEAT_SEQ) {
        demo_orders_complete(&ledger->orders, completion);
    }
}

/* It has done its work, and cannot say so. False: it is dead by then. */
static bool hang(struct demo_ledger *ledger, int member)
{
    struct demo_member_row *row = &ledger->group.member[member];

    row->stuck += row->hung ? 1 : 0;
    while (row->hung && row->state != DEMO_MEMBER_KILLED && !ledger->group.closed) {
        (void)pthread_cond_wait(&ledger->freed, &ledger->mutex);
    }
    return row->state != DEMO_MEMBER_KILLED;
}

bool demo_ledger_finish(struct demo_ledger *ledger, int member, struct demo_completion completion)
{
    lock(ledger);
    bool known = completion.seq >= 0 && (size_t)completion.seq < ledger->orders.count;
    int64_t produced_ns = known ? ledger->orders.list[completion.seq].produced_ns : 0;
    completion.now_ns = demo_now_ns();
    bool alive = demo_group_finish(&ledger->group, member, &completion, produced_ns);
    if (alive) {
        complete_as_asked(ledger, &completion);
        alive = hang(ledger, member);
    }
    unlock(ledger);
    return alive;
}

static void take_span(struct demo_ledger *ledger, int member, enum weir_event_kind kind,
                      const struct weir_span *span)
{
    switch ((int)kind) {
    case WEIR_EVENT_ASSIGN:
        demo_group_assign(&ledger->group, member, span->partition, span->first, demo_now_ns());
        break;
    case WEIR_EVENT_REVOKE_END:
    case WEIR_EVENT_LOST:
        demo_group_release(&ledger->group, member, span->partition, (int)kind == WEIR_EVENT_LOST,
                           demo_now_ns());
        break;
    case WEIR_EVENT_COMMIT_OK:
        demo_group_commit(&ledger->group, member, span->partition, span->first, demo_now_ns());
        break;
    case WEIR_EVENT_COMMIT_ERROR:
        demo_group_refuse(&ledger->group, member);
        break;
    default:
        break;
    }
}

void demo_ledger_event(struct demo_ledger *ledger, int member, const struct weir_event *event)
{
    lock(ledger);
    if (event->kind == WEIR_EVENT_REVOKE_BEGIN && event->span_count > 0) {
        demo_group_notice(&ledger->group, member, demo_now_ns());
    }
    if (event->kind == WEIR_EVENT_FATAL && ledger->failure[0] == '\0') {
        (void)snprintf(ledger->failure, sizeof ledger->failure, "member %c: %s",
                       demo_member_name(member), event->text != NULL ? event->text : "failed");
    }
    for (size_t i = 0; i < event->span_count; i++) {
        take_span(ledger, member, event->kind, &event->spans[i]);
    }
    unlock(ledger);
}

/* The director. */

void demo_ledger_expect(struct demo_ledger *ledger, const char *cause)
{
    lock(ledger);
    demo_group_expect(&ledger->group, cause);
    unlock(ledger);
}

void demo_ledger_enter(struct demo_ledger *ledger, int member, enum demo_member_state state)
{
    lock(ledger);
    demo_group_enter(&ledger->group, member, state);
    unlock(ledger);
}

void demo_ledger_close_group(struct demo_ledger *ledger)
{
    lock(ledger);
    ledger->group.closed = true;
    (void)pthread_cond_broadcast(&ledger->freed);
    unlock(ledger);
}

void demo_ledger_doom(struct demo_ledger *ledger, int member)
{
    lock(ledger);
    ledger->group.member[member].doomed = true;
    unlock(ledger);
}

void demo_ledger_hang(struct demo_ledger *ledger, int member)
{
    lock(ledger);
    ledger->group.member[member].hung = true;
    unlock(ledger);
}

void demo_ledger_turn(struct demo_ledger *ledger, const char *cause, enum demo_color wanted)
{
    lock(ledger);
    demo_group_turn(&ledger->group, cause, wanted, demo_now_ns());
    unlock(ledger);
}

void demo_ledger_end_turn(struct demo_ledger *ledger, const char *outcome, bool failed)
{
    lock(ledger);
    demo_group_end_turn(&ledger->group, outcome, failed);
    unlock(ledger);
}

/* Whose it is, or was before it was nobody's. */
static int last_owner(const struct demo_partition *partition)
{
    return partition->owner >= 0 ? partition->owner : partition->previous;
}

/* What it finished and others will get again. */
static uint32_t uncommitted(const struct demo_ledger *ledger, int member)
{
    uint32_t count = 0;

    for (size_t i = 0; i < ledger->orders.count; i++) {
        const struct demo_order *order = &ledger->orders.list[i];
        if (order->times > 0) {
            const struct demo_partition *partition = &ledger->group.partition[order->partition];
            bool its = last_owner(partition) == member && order->offset >= partition->committed;
            count += its ? 1 : 0;
        }
    }
    return count;
}

void demo_ledger_kill(struct demo_ledger *ledger, int member)
{
    lock(ledger);
    ledger->group.crash_uncommitted += uncommitted(ledger, member);
    demo_group_kill(&ledger->group, member, demo_now_ns());
    (void)pthread_cond_broadcast(&ledger->freed);
    unlock(ledger);
}

void demo_ledger_look(struct demo_ledger *ledger, struct demo_picture *out)
{
    lock(ledger);
    const struct demo_orders *orders = &ledger->orders;
    *out = (struct demo_picture){.group = ledger->group,
                                 .now_ns = demo_now_ns(),
                                 .orders = orders->count,
                                 .acked = orders->acked,
                                 .not_acked = orders->not_acked,
                                 .handled = orders->handled,
                                 .failed = ledger->failure[0] != '\0'};
    for (int i = 0; i < DEMO_REPEATS; i++) {
        out->repeats += orders->repeats[i];
    }
    unlock(ledger);
}

void demo_ledger_failure(struct demo_ledger *ledger, char *text, size_t size)
{
    lock(ledger);
    (void)snprintf(text, size, "%s", ledger->failure);
    unlock(ledger);
}

bool demo_ledger_all_reported(struct demo_ledger *ledger)
{
    lock(ledger);
    const struct demo_orders *orders = &ledger->orders;
    bool all = orders->acked + orders->not_acked == orders->count;
    unlock(ledger);
    return all;
}

const struct demo_orders *demo_ledger_orders(const struct demo_ledger *ledger)
{
    return &ledger->orders;
}
