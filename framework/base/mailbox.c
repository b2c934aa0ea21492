#include "framework/base/mailbox.h"

#include <assert.h>
#include <stddef.h>

void weir_mailbox_init(struct weir_mailbox *box, weir_wake_fn *wake, void *wake_user)
{
    assert(wake != NULL);
    weir_mutex_init(&box->mutex);
    box->first = NULL;
    box->last = NULL;
    box->wake = wake;
    box->wake_user = wake_user;
}

void weir_mailbox_fini(struct weir_mailbox *box)
{
    assert(box->first == NULL);
    weir_mutex_fini(&box->mutex);
}

static void append(struct weir_mailbox *box, struct weir_letter *letter)
{
    weir_mutex_assert_held(&box->mutex);
    assert(!letter->queued);
    letter->queued = true;
    letter->next = NULL;
    if (box->last == NULL) {
        box->first = letter;
    } else {
        box->last->next = letter;
    }
    box->last = letter;
}

void weir_mailbox_post(struct weir_mailbox *box, struct weir_letter *letter, int64_t value)
{
    weir_mutex_lock(&box->mutex);
    bool was_empty = box->first == NULL;
    letter->value = value;
    if (!letter->queued) {
        append(box, letter);
    }
    weir_mutex_unlock(&box->mutex);
    if (was_empty) {
        box->wake(box->wake_user);
    }
}

uint32_t weir_mailbox_take(struct weir_mailbox *box, struct weir_mail *out, uint32_t capacity)
{
    uint32_t count = 0;

    weir_mutex_lock(&box->mutex);
    while (count < capacity && box->first != NULL) {
        struct weir_letter *letter = box->first;
        box->first = letter->next;
        letter->next = NULL;
        letter->queued = false;
        out[count].letter = letter;
        out[count].value = letter->value;
        count++;
    }
    if (box->first == NULL) {
        box->last = NULL;
    }
    weir_mutex_unlock(&box->mutex);
    return count;
}
