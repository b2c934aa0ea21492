#include "framework/base/hash.h"
#include "framework/base/memory.h"
#include "framework/control_state.h"
#include <assert.h>
#include <stddef.h>
#include <string.h>

enum { MAIL_BURST = 64 };

static void on_records(void *user)
{
    struct weir_slot *slot = user;

    weir_mailbox_post(weir_fetcher_mailbox(slot->fetcher), &slot->records, 0);
}

static void destroy_slot(struct weir_slot *slot)
{
    if (slot != NULL) {
        weir_partition_destroy(slot->core);
        weir_slot_fini(slot);
        weir_free(slot);
    }
}

static void address_letters(struct weir_slot *slot)
{
    slot->open.kind = WEIR_LETTER_OPEN;
    slot->command.kind = WEIR_LETTER_COMMAND;
    slot->halt.kind = WEIR_LETTER_HALT;
    slot->halted.kind = WEIR_LETTER_HALTED;
    slot->begin.kind = WEIR_LETTER_BEGIN;
    slot->records.kind = WEIR_LETTER_RECORDS;
    slot->flushed.kind = WEIR_LETTER_FLUSHED;
    slot->progress.kind = WEIR_LETTER_PROGRESS;
    slot->busy.kind = WEIR_LETTER_BUSY;
    slot->drained.kind = WEIR_LETTER_DRAINED;
    slot->range.kind = WEIR_LETTER_RANGE;
    slot->warm.kind = WEIR_LETTER_WARM;
    slot->unplugged.kind = WEIR_LETTER_UNPLUGGED;
    slot->closed.kind = WEIR_LETTER_CLOSED;
}

bool weir_control_plug(struct weir_control *control, struct weir_holding *holding, int64_t offset)
{
    struct weir_slot *slot = weir_calloc(1, sizeof *slot);
    struct weir_partition_options options = control->options.partition;
    struct weir_position position = {
        .topic = holding->topic, .partition = holding->partition, .offset = offset};

    assert(holding->slot == NULL);
    if (slot == NULL) {
        return false;
    }
    weir_slot_init(slot);
    options.policy = weir_control_failure_policy(control);
    options.seed ^= weir_hash(holding->topic, strlen(holding->topic)) + (uint64_t)offset;
    slot->topic = holding->topic;
    slot->partition = holding->partition;
    slot->shadow = holding->shadow;
    slot->owner = holding;
    slot->since = holding->since;
    slot->waits = holding->prefilled >= 0;
    address_letters(slot);
    if (weir_partition_create(&options, offset, &slot->core) == WEIR_OK) {
        holding->halt = weir_control_stop_of(control, holding);
        weir_slot_halt(slot, holding->halt);
        weir_fetcher_adopt(control->options.fetchers[control->next_fetcher], slot);
        slot->source =
            control->client->ops->source_open(control->client, &position, on_records, slot);
    }
    if (slot->source == NULL) {
        destroy_slot(slot);
        return false;
    }
    control->next_fetcher = (control->next_fetcher + 1) % control->options.fetcher_count;
    holding->slot = slot;
    holding->since = 0;
    holding->plugged = true;
    return true;
}

static void free_closing(struct weir_control *control, struct weir_holding *holding)
{
    struct weir_holding **link = &control->closing;

    while (*link != holding) {
        assert(*link != NULL);
        link = &(*link)->next;
    }
    *link = holding->next;
    weir_free(holding);
}

void weir_control_close_holding(struct weir_control *control, struct weir_holding *holding)
{
    weir_committer_remove(&control->committer, &holding->commit);
    control->strays += holding->asked ? 1 : 0;
    weir_holdings_remove(&control->holdings, holding);
    weir_control_close_slot(control, holding);
}

void weir_control_close_slot(struct weir_control *control, struct weir_holding *holding)
{
    assert(holding->tenure.state == WEIR_TENURE_CLOSING);
    holding->next = control->closing;
    control->closing = holding;
    if (holding->slot == NULL) {
        free_closing(control, holding);
        return;
    }
    weir_flag_raise(&holding->slot->gone);
    control->plugged_closing += holding->plugged ? 1 : 0;
    if (!holding->restarting) { /* else it was told before */
        weir_mailbox_post(weir_fetcher_mailbox(holding->slot->fetcher), &holding->slot->command,
                          WEIR_SLOT_CLOSE);
    }
}

static void unplugged(struct weir_control *control, struct weir_holding *holding)
{
    holding->plugged = false;
    if (holding->tenure.state == WEIR_TENURE_CLOSING) {
        assert(control->plugged_closing > 0);
        control->plugged_closing--;
    }
}

static void closed(struct weir_control *control, struct weir_holding *holding)
{
    destroy_slot(holding->slot);
    holding->slot = NULL;
    if (holding->tenure.state == WEIR_TENURE_CLOSING) {
        free_closing(control, holding);
    } else if (holding->tenure.state == WEIR_TENURE_OPEN) {
        weir_control_restart(control, holding);
    }
}

static struct weir_holding *owner_of(struct weir_letter *letter, size_t field)
{
    struct weir_slot *slot = (struct weir_slot *)(void *)((char *)letter - field);

    return slot->owner;
}

static void busy(struct weir_control *control, struct weir_holding *holding, int64_t watermark,
                 weir_time now)
{
    if (holding->tenure.state != WEIR_TENURE_CLOSING) {
        weir_control_moved(control, holding, watermark, now);
        weir_rebalance_busy(&control->rebalance, &holding->tenure, now);
    }
}

static void drained(struct weir_control *control, struct weir_holding *holding, int64_t watermark,
                    weir_time now)
{
    if (holding->tenure.state != WEIR_TENURE_CLOSING) {
        weir_control_moved(control, holding, watermark, now);
        holding->idle_at = now;
        weir_rebalance_drained(&control->rebalance, &holding->tenure, now);
    }
}

static void read_letter(struct weir_control *control, const struct weir_mail *mail, weir_time now)
{
    struct weir_holding *holding = NULL;

    switch ((enum weir_letter_kind)mail->letter->kind) {
    case WEIR_LETTER_PROGRESS:
        holding = owner_of(mail->letter, offsetof(struct weir_slot, progress));
        if (holding->tenure.state != WEIR_TENURE_CLOSING) {
            weir_control_moved(control, holding, mail->value, now);
        }
        break;
    case WEIR_LETTER_BUSY:
        busy(control, owner_of(mail->letter, offsetof(struct weir_slot, busy)), mail->value, now);
        break;
    case WEIR_LETTER_DRAINED:
        drained(control, owner_of(mail->letter, offsetof(struct weir_slot, drained)), mail->value,
                now);
        break;
    case WEIR_LETTER_HALTED:
        weir_control_halted(control, owner_of(mail->letter, offsetof(struct weir_slot, halted)),
                            mail->value);
        break;
    case WEIR_LETTER_RANGE:
        holding = owner_of(mail->letter, offsetof(struct weir_slot, range));
        if (holding->tenure.state == WEIR_TENURE_OPEN) {
            weir_control_out_of_range(control, holding, mail->value);
        }
        break;
    case WEIR_LETTER_WARM:
        weir_control_warmed(control, owner_of(mail->letter, offsetof(struct weir_slot, warm)));
        break;
    case WEIR_LETTER_UNPLUGGED:
        unplugged(control, owner_of(mail->letter, offsetof(struct weir_slot, unplugged)));
        break;
    case WEIR_LETTER_CLOSED:
        closed(control, owner_of(mail->letter, offsetof(struct weir_slot, closed)));
        break;
    case WEIR_LETTER_DEAD:
        weir_control_take_letter(control, (struct weir_dead_letter *)(void *)mail->letter);
        break;
    case WEIR_LETTER_TASK:
    case WEIR_LETTER_OPEN:
    case WEIR_LETTER_COMMAND:
    case WEIR_LETTER_HALT:
    case WEIR_LETTER_BEGIN:
    case WEIR_LETTER_RECORDS:
    case WEIR_LETTER_FLUSHED:
        assert(false && "this letter is for a fetcher");
        break;
    }
}

void weir_control_read_mail(struct weir_control *control, weir_time now)
{
    struct weir_mail mail[MAIL_BURST];
    uint32_t count = 0;

    do {
        count = weir_mailbox_take(&control->mailbox, mail, MAIL_BURST);
        for (uint32_t i = 0; i < count; i++) {
            read_letter(control, &mail[i], now);
        }
    } while (count == MAIL_BURST);
}
