/* How does something get from any thread to the one thread that owns the receiver? */
#ifndef WEIR_BASE_MAILBOX_H
#define WEIR_BASE_MAILBOX_H

#include "framework/base/mutex.h"
#include <stdbool.h>
#include <stdint.h>

/* A letter is embedded in what it speaks of; posting it hands that over until it is taken. One that
 * is in the box already is not put in again: its value is replaced, which is how a burst of
 * "look here" costs one entry. So a box never holds more than the letters that exist. */
struct weir_letter {
    struct weir_letter *next;
    int64_t value;
    int kind;    /* what the receiver knows it by; set once, before the first post */
    bool queued; /* guarded by the box */
};

/* Called after a post that found the box empty, without a lock. Must only signal. */
typedef void weir_wake_fn(void *user);

struct weir_mailbox {
    struct weir_mutex mutex;
    struct weir_letter *first;
    struct weir_letter *last;
    weir_wake_fn *wake;
    void *wake_user;
};

/* A letter as it was taken: its sender may post it anew at once. */
struct weir_mail {
    struct weir_letter *letter;
    int64_t value;
};

void weir_mailbox_init(struct weir_mailbox *box, weir_wake_fn *wake, void *wake_user);
/* Must be empty. */
void weir_mailbox_fini(struct weir_mailbox *box);

/* Thread: any. */
void weir_mailbox_post(struct weir_mailbox *box, struct weir_letter *letter, int64_t value);

/* Takes up to `capacity` letters in the order they were posted; fewer means the box is empty.
 * Thread: the receiver. */
uint32_t weir_mailbox_take(struct weir_mailbox *box, struct weir_mail *out, uint32_t capacity);

#endif /* WEIR_BASE_MAILBOX_H */
