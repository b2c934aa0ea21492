/* Where does a record go that failed for good, and how is it known that it arrived? */
#ifndef WEIR_FRAMEWORK_DEAD_LETTER_H
#define WEIR_FRAMEWORK_DEAD_LETTER_H

#include "framework/base/mailbox.h"
#include "framework/client.h"
#include "framework/partition.h"
#include "strategies/letter_topic.h"
#include <weir/config.h>

struct weir_slot;

enum { WEIR_DEAD_LETTER_WHY = 768, WEIR_ORIGIN_HEADERS = 8, WEIR_ORIGIN_NUMBER = 24 };

/* One record on its way to the topic of dead letters. Made by its fetcher, which has it back in the
 * end, written or not; in between control's, and the library's. */
struct weir_dead_letter {
    struct weir_letter letter;     /* first: the way to control, and home */
    struct weir_dead_letter *next; /* in a queue of whoever has it */
    struct weir_slot *slot;
    struct weir_entry entry;        /* its message is the letter's, and outlives it */
    enum weir_status status;        /* what became of it; WEIR_ERR_STATE: given up, nobody knows */
    char topic[WEIR_TOPIC_SIZE];    /* where to; "" before it was sent */
    char why[WEIR_DEAD_LETTER_WHY]; /* it was not written, and what to do; "" if it was */
};

/* What a letter has beside the record's own headers: where that came from, and why it is one. */
struct weir_origin {
    struct weir_header headers[WEIR_ORIGIN_HEADERS];
    size_t count;
    char numbers[WEIR_ORIGIN_HEADERS][WEIR_ORIGIN_NUMBER];
};
/* Borrows from all of them. `group`: NULL or empty, there is none. */
void weir_origin_describe(struct weir_origin *origin, const struct weir_dead_letter *letter,
                          const struct weir_record *record, const char *group);

/* The seam to whatever writes letters: one for each consumer that has weir.failure.policy=
 * dead-letter. */
struct weir_dead_letters {
    const struct weir_dead_letters_ops *ops;
};

struct weir_dead_letters_options {
    const struct weir_config *config;
    struct weir_report *report;
    const struct weir_client_ops *client; /* whose messages they are */
    weir_wake_fn *wake;                   /* poll soon; any thread, must only signal */
    void *wake_user;
};

struct weir_dead_letters_ops {
    const char *name;
    /* Control thread; none of these blocks. */
    /* WEIR_OK: it is under way, and comes once from poll. WEIR_ERR_FULL: no room now, try again.
     * Anything else: it cannot be written; `why` says so. WEIR_ERR_FATAL, of poll too: nor can any
     * other one. */
    enum weir_status (*send)(struct weir_dead_letters *letters, struct weir_dead_letter *letter);
    /* One whose end is known, with status and `why`; NULL: none now. */
    struct weir_dead_letter *(*poll)(struct weir_dead_letters *letters);
    /* What is under way is given up, and comes from poll soon: acknowledged, or not. */
    void (*purge)(struct weir_dead_letters *letters);
    /* Nothing is under way. May block for long. */
    void (*destroy)(struct weir_dead_letters *letters);
};

/* dead_letter_kafka.c: with a producer of librdkafka. WEIR_ERR_CONFIG with librdkafka's reason. */
WEIR_MUST_CHECK enum weir_status
weir_dead_letters_kafka_create(const struct weir_dead_letters_options *options,
                               struct weir_dead_letters **out, struct weir_error *error);

#endif /* WEIR_FRAMEWORK_DEAD_LETTER_H */
