#include "framework/fetcher.h"

#include "framework/base/memory.h"
#include "framework/fetcher_state.h"
#include <assert.h>
#include <stddef.h>

enum {
    CUTS_PER_TURN = 4096, /* batches per turn, so that mail is not kept waiting */
    MAIL_BURST = 64,
    FIRST_AVERAGE_BYTES = 1024,
    METERED = 1 + WEIR_HISTOGRAM_TAKE_OVER - WEIR_HISTOGRAM_FETCHER_TURN,
    ROW_MAX = 256,       /* batches one behind another */
    TASKS_OUT_MAX = 2048 /* batches, those included; from there on each goes alone */
};

static weir_time turn(weir_time now, void *user);

static void wake(void *user)
{
    weir_loop_wake(((struct weir_fetcher *)user)->loop);
}

enum weir_status weir_fetcher_create(struct weir_fetching *fetching, struct weir_fetcher **out)
{
    struct weir_fetcher *fetcher = weir_calloc(1, sizeof *fetcher);

    if (fetcher == NULL) {
        return WEIR_ERR_NOMEM;
    }
    fetcher->meter =
        weir_meters_join(fetching->report->meters, WEIR_HISTOGRAM_FETCHER_TURN, METERED);
    if (fetcher->meter == NULL ||
        weir_loop_create("weir-fetcher", turn, fetcher, &fetcher->loop) != WEIR_OK) {
        weir_free(fetcher);
        return WEIR_ERR_NOMEM;
    }
    fetcher->fetching = fetching;
    weir_pace_init(&fetcher->pace, fetching->tasks_out_min);
    weir_mailbox_init(&fetcher->mailbox, wake, fetcher);
    fetcher->budget_user = weir_budget_join(fetching->budget, wake, fetcher);
    fetcher->next = fetching->fetchers;
    fetching->fetchers = fetcher;
    *out = fetcher;
    return WEIR_OK;
}

enum weir_status weir_fetcher_start(struct weir_fetcher *fetcher)
{
    return weir_loop_start(fetcher->loop);
}

struct weir_mailbox *weir_fetcher_mailbox(struct weir_fetcher *fetcher)
{
    return &fetcher->mailbox;
}

void weir_fetcher_adopt(struct weir_fetcher *fetcher, struct weir_slot *slot)
{
    slot->fetcher = fetcher;
    slot->average_bytes = FIRST_AVERAGE_BYTES;
    slot->may_have_records = true;
    slot->reported = weir_partition_watermark(slot->core);
    slot->due = WEIR_TIME_NEVER;
    weir_slot_publish(slot);
}

void weir_fetcher_return(struct weir_task *task)
{
    task->letter.kind = WEIR_LETTER_TASK;
    weir_mailbox_post(&task->slot->fetcher->mailbox, &task->letter, 0);
}

void weir_fetcher_stop(struct weir_fetcher *fetcher)
{
    weir_loop_stop(fetcher->loop);
}

void weir_fetcher_destroy(struct weir_fetcher *fetcher)
{
    if (fetcher == NULL) {
        return;
    }
    assert(fetcher->tasks_out == 0 && fetcher->rows_out == 0);
    assert(fetcher->first == NULL);
    weir_loop_destroy(fetcher->loop);
    weir_mailbox_fini(&fetcher->mailbox);
    weir_task_stock_fini(&fetcher->stock);
    weir_free(fetcher);
}

static void obey(struct weir_fetcher *fetcher, struct weir_slot *slot,
                 enum weir_slot_command wanted)
{
    if (wanted <= slot->wanted) {
        return;
    }
    slot->wanted = wanted;
    weir_partition_drain(slot->core);
    weir_fetcher_tell_drained(fetcher, slot);
    weir_fetcher_tell_busy(fetcher, slot);
    if (wanted == WEIR_SLOT_CLOSE) {
        /* The library may have announced records that we have not heard of: the slot lives until
         * a letter that was posted after the last announcement has come. */
        fetcher->fetching->client->ops->source_close(slot->source);
        slot->source = NULL;
        weir_fetcher_tell_control(fetcher, &slot->unplugged, 0);
        weir_mailbox_post(&fetcher->mailbox, &slot->flushed, 0);
    }
}

/* The turn does what follows from it. */
static void halt(struct weir_fetcher *fetcher, struct weir_slot *slot, int64_t offset)
{
    weir_slot_halt(slot, offset);
    if (slot->opened && slot->wanted == WEIR_SLOT_RUN) {
        weir_fetcher_activate(fetcher, slot);
    }
}

/* Mail. */

static struct weir_slot *slot_of(struct weir_letter *letter, size_t field)
{
    return (struct weir_slot *)(void *)((char *)letter - field);
}

static void read_letter(struct weir_fetcher *fetcher, const struct weir_mail *mail, weir_time now)
{
    struct weir_slot *slot = NULL;

    switch ((enum weir_letter_kind)mail->letter->kind) {
    case WEIR_LETTER_TASK:
        weir_fetcher_welcome(fetcher, (struct weir_task *)(void *)mail->letter, now);
        break;
    case WEIR_LETTER_DEAD:
        weir_fetcher_welcome_letter(fetcher, (struct weir_dead_letter *)(void *)mail->letter);
        break;
    case WEIR_LETTER_OPEN:
        slot = slot_of(mail->letter, offsetof(struct weir_slot, open));
        slot->opened = true;
        weir_fetcher_activate(fetcher, slot);
        break;
    case WEIR_LETTER_COMMAND:
        obey(fetcher, slot_of(mail->letter, offsetof(struct weir_slot, command)),
             (enum weir_slot_command)mail->value);
        break;
    case WEIR_LETTER_HALT:
        halt(fetcher, slot_of(mail->letter, offsetof(struct weir_slot, halt)), mail->value);
        break;
    case WEIR_LETTER_BEGIN:
        weir_fetcher_begin(fetcher, slot_of(mail->letter, offsetof(struct weir_slot, begin)),
                           mail->value, now);
        break;
    case WEIR_LETTER_RECORDS:
        slot = slot_of(mail->letter, offsetof(struct weir_slot, records));
        slot->may_have_records = true;
        if (slot->opened && slot->wanted == WEIR_SLOT_RUN) {
            weir_fetcher_activate(fetcher, slot);
        }
        break;
    case WEIR_LETTER_FLUSHED:
        slot = slot_of(mail->letter, offsetof(struct weir_slot, flushed));
        slot->is_flushed = true;
        weir_fetcher_close_if_idle(fetcher, slot);
        break;
    case WEIR_LETTER_PROGRESS:
    case WEIR_LETTER_BUSY:
    case WEIR_LETTER_DRAINED:
    case WEIR_LETTER_HALTED:
    case WEIR_LETTER_RANGE:
    case WEIR_LETTER_WARM:
    case WEIR_LETTER_UNPLUGGED:
    case WEIR_LETTER_CLOSED:
        assert(false && "this letter is for control");
        break;
    }
}

static void read_mail(struct weir_fetcher *fetcher, weir_time now)
{
    struct weir_mail mail[MAIL_BURST];
    uint32_t count = 0;

    do {
        count = weir_mailbox_take(&fetcher->mailbox, mail, MAIL_BURST);
        for (uint32_t i = 0; i < count; i++) {
            read_letter(fetcher, &mail[i], now);
        }
    } while (count == MAIL_BURST);
}

/* Cutting. */

static bool may_cut(const struct weir_fetcher *fetcher)
{
    return fetcher->rows_out < fetcher->pace.limit;
}

/* NULL, and the batch that is ready stays where it is: out of memory. */
static struct weir_task *cut_batch(struct weir_fetcher *fetcher, struct weir_slot *slot,
                                   uint32_t count, weir_time now)
{
    struct weir_task *task = weir_task_take(&fetcher->stock, count);

    if (task == NULL) {
        weir_partition_unready(slot->core);
        return NULL;
    }
    task->slot = slot;
    task->leads = false;
    task->id = ++fetcher->next_task;
    task->cut_at = now;
    task->count = weir_partition_cut(slot->core, task->entries);
    slot->tasks_out++;
    fetcher->tasks_out++;
    return task;
}

/* Batches that have to go one after another go together until they are enough work to be worth the
 * way to a worker and back. They take one worker, whatever it meets: what is behind a batch that
 * never ends keeps no other partition's batches from theirs. */
static void cut_behind(struct weir_fetcher *fetcher, struct weir_task *last, weir_time now)
{
    struct weir_slot *slot = last->slot;
    uint32_t records = last->count;
    uint32_t count = 0;
    uint32_t length = 1;

    while (last != NULL && records < fetcher->pace.gather && length < ROW_MAX &&
           fetcher->tasks_out < TASKS_OUT_MAX &&
           weir_partition_may_follow(slot->core, now, &count)) {
        last->behind = cut_batch(fetcher, slot, count, now);
        last = last->behind;
        records += last != NULL ? last->count : 0;
        length++;
    }
}

/* False: nothing of this slot can be cut now. */
static bool cut(struct weir_fetcher *fetcher, struct weir_slot *slot, weir_time now)
{
    uint32_t count = 0;

    slot->due = WEIR_TIME_NEVER;
    if (weir_flag_is_up(&slot->recalled) || weir_flag_is_up(&slot->gone)) {
        return false; /* workers would refuse it; the command to stop is on its way or here */
    }
    if (!weir_partition_ready(slot->core, now, fetcher->pace.gather, &count, &slot->due)) {
        return false;
    }
    struct weir_task *task = cut_batch(fetcher, slot, count, now);
    if (task == NULL) {
        slot->due = weir_time_after_ms(now, 1); /* nothing is lost, try again */
        return false;
    }
    task->leads = true;
    fetcher->rows_out++;
    cut_behind(fetcher, task, now);
    if (fetcher->submit_last == NULL) {
        fetcher->submit_first = task;
    } else {
        fetcher->submit_last->next = task;
    }
    fetcher->submit_last = task;
    return true;
}

static void submit(struct weir_fetcher *fetcher)
{
    struct weir_task *first = fetcher->submit_first;

    fetcher->submit_first = NULL;
    fetcher->submit_last = NULL;
    weir_pool_submit(fetcher->fetching->pool, first);
}

/* One batch of each slot in turn, until none has one or enough are out. The slot that was next when
 * enough were out is first in the next turn, however many turns bring no room before; when nobody
 * was kept waiting, another one is first, for what is taken in. */
static void cut_in_turn(struct weir_fetcher *fetcher, weir_time now)
{
    uint32_t cuts = 0;
    bool any = true;

    while (any && cuts < CUTS_PER_TURN) {
        any = false;
        for (struct weir_slot *slot = fetcher->first; slot != NULL; slot = slot->next) {
            if (!may_cut(fetcher)) {
                weir_fetcher_turn_to(fetcher, slot);
                return;
            }
            if (cut(fetcher, slot, now)) {
                any = true;
                cuts++;
            }
        }
    }
    fetcher->again = fetcher->again || any;
    if (fetcher->first != NULL && fetcher->first->next != NULL) {
        weir_fetcher_turn_to(fetcher, fetcher->first->next);
    }
}

/* What keeps a slot in the list: records that may be taken once there is room, records that wait
 * for a free task, a permit or for time. Everything else comes with a letter. */
static bool stays_active(const struct weir_fetcher *fetcher, const struct weir_slot *slot)
{
    bool permit = fetcher->fetching->permits.limited && weir_partition_may_admit(slot->core);

    return slot->may_have_records || slot->due != WEIR_TIME_NEVER || !may_cut(fetcher) || permit;
}

static weir_time look_after(struct weir_fetcher *fetcher, weir_time due)
{
    struct weir_slot *next = NULL;

    for (struct weir_slot *slot = fetcher->first; slot != NULL; slot = next) {
        next = slot->next;
        weir_slot_publish(slot);
        weir_fetcher_tell_progress(fetcher, slot);
        weir_fetcher_tell_halted(fetcher, slot);
        weir_fetcher_tell_range(fetcher, slot);
        /* With no task to be had time does not help: a result will wake us. */
        due = slot->due < due && may_cut(fetcher) ? slot->due : due;
        if (!stays_active(fetcher, slot)) {
            weir_fetcher_deactivate(fetcher, slot);
        }
    }
    return due;
}

/* Is there something to take and room for it right now? */
static bool could_take(struct weir_fetcher *fetcher, struct weir_slot *slot)
{
    return slot->may_have_records && slot->wanted == WEIR_SLOT_RUN &&
           weir_fetcher_burst(fetcher, slot) > 0;
}

static void measure_turn(struct weir_fetcher *fetcher, weir_time began)
{
    weir_time ended = weir_clock_now();

    if (fetcher->rests_since != 0) {
        weir_meter_add(fetcher->meter, WEIR_HISTOGRAM_FETCHER_IDLE, began - fetcher->rests_since,
                       1);
    }
    weir_meter_add(fetcher->meter, WEIR_HISTOGRAM_FETCHER_TURN, ended - began, 1);
    fetcher->rests_since = fetcher->again ? 0 : ended;
}

static weir_time turn(weir_time now, void *user)
{
    struct weir_fetcher *fetcher = user;

    fetcher->again = false;
    weir_report_count(fetcher->fetching->report, WEIR_COUNTER_WAKEUPS, 1);
    fetcher->came_back = (struct weir_paced){0};
    read_mail(fetcher, now);
    /* The time until which they came back, or a delay since the turn began would look like pace. */
    weir_pace_turn(&fetcher->pace, weir_clock_now(), fetcher->came_back);
    for (struct weir_slot *slot = fetcher->first; slot != NULL; slot = slot->next) {
        if (slot->wanted == WEIR_SLOT_RUN) {
            weir_fetcher_take(fetcher, slot, now);
            weir_fetcher_admit(fetcher, slot, now);
        }
        fetcher->again = fetcher->again || could_take(fetcher, slot);
    }
    cut_in_turn(fetcher, now);
    submit(fetcher);
    weir_time due = look_after(fetcher, WEIR_TIME_NEVER);
    measure_turn(fetcher, now);
    return fetcher->again ? now : due;
}
