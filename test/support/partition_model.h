/* Did a partition keep its promises, judged by what was seen of it alone? */
#ifndef WEIR_TEST_PARTITION_MODEL_H
#define WEIR_TEST_PARTITION_MODEL_H

#include "framework/partition.h"
#include <stddef.h>
#include <weir/export.h>

/* A naive model: every record is a token in one long list, in offset order, and each rule is
 * checked by looking at all of them. It is told what went in and what came out; it knows nothing of
 * how a partition works. The first broken rule stays in `broken`. */

enum { MODEL_TOKENS = 256, MODEL_TEXT = 256 };

enum token_state {
    TOKEN_BUFFERED,
    TOKEN_WAITING, /* in the window */
    TOKEN_OUT,     /* with a handler */
    TOKEN_BACKING_OFF,
    TOKEN_BARRED,   /* failed for good, unfinished for ever */
    TOKEN_POSTED,   /* failed for good, its letter is under way */
    TOKEN_FINISHED, /* done or skipped */
    TOKEN_TAKEN     /* given back */
};

struct token {
    int64_t offset;
    uint32_t bytes;
    uint32_t key;
    bool keyed;
    enum token_state state;
    uint32_t failures;
    uint64_t batch; /* it was handed out with last */
    uint64_t chain; /* of batches that one worker runs one after another, as batch */
    weir_time admitted;
    weir_time not_before; /* of the next attempt */
    weir_time not_after;
    bool returned;    /* its letter could not be written */
    bool let_go;      /* held: its message is gone */
    bool failed_late; /* it failed again while the partition caught up */
};

struct partition_model {
    struct weir_partition_options options;
    struct token tokens[MODEL_TOKENS];
    uint32_t count;
    uint32_t admitted; /* tokens before this one were admitted */
    uint64_t batches;  /* handed out so far */
    uint64_t chains;
    uint32_t running;
    int64_t position; /* nothing below it comes any more */
    int64_t passed;   /* nothing unbegun below it holds the watermark */
    int64_t end;
    int64_t halt; /* nothing at or above it goes; INT64_MAX: it halts nowhere */
    weir_time now;
    bool draining;
    bool catching_up;     /* draining, and everything that was out came home */
    uint32_t catch_below; /* only tokens before this one may go then */
    bool stopped;
    uint32_t held;
    uint32_t letters;        /* under way */
    char broken[MODEL_TEXT]; /* empty: no rule is */
};

/* What a partition says of itself. */
struct partition_view {
    int64_t watermark;
    int64_t position;
    uint32_t in_flight;
    uint32_t buffered;
    uint64_t bytes;
    uint32_t running;
    bool stopped;
    uint32_t held;
    uint32_t letters;
    bool drained;
    bool halted;
};

void model_init(struct partition_model *model, const struct weir_partition_options *options,
                int64_t position);

/* The token of a record that is put; its address is the message. NULL: it is below the position and
 * must be refused. */
struct token *model_put(struct partition_model *model, const struct weir_item *item);
void model_end(struct partition_model *model, int64_t offset);
/* Asked for `limit`, moved `count`. */
void model_admitted(struct partition_model *model, uint32_t limit, uint32_t count);
/* A batch was handed out; `follows`: to the worker that has the one before. */
void model_started(struct partition_model *model, const struct weir_entry *entries, uint32_t count,
                   bool follows);
/* No batch was ready, nor would be by time alone before `due`. */
void model_not_ready(struct partition_model *model, weir_time due);
/* The handler said `verdicts`; the entries are what came out of it. */
void model_settled(struct partition_model *model, const struct weir_entry *entries,
                   const enum weir_verdict *verdicts, uint32_t count);
/* A letter came to its end; the entry is what came out of it. */
void model_letter_ended(struct partition_model *model, const struct weir_entry *entry,
                        bool acknowledged, bool hold);
/* It was told to halt there, and said whether it does. */
void model_halted(struct partition_model *model, int64_t offset, bool agreed);
void model_drained(struct partition_model *model);
/* It was drained, and no handler failed: nothing that is finished comes again. */
void model_exact(struct partition_model *model);
void model_taken(struct partition_model *model, const void *message);
/* take_back has no more. */
void model_all_taken(struct partition_model *model);
void model_look(struct partition_model *model, const struct partition_view *view);

/* For the model's own parts. A rule is broken; only the first is kept. */
void model_break(struct partition_model *model, const char *format, ...) WEIR_PRINTF(2, 3);
/* Does no other record stand in the way of this one? Certain only where records without a key do
 * not share lanes with others. */
bool model_is_free(const struct partition_model *model, const struct token *token);

/* Wherever it halts. */
int64_t model_raw_watermark(const struct partition_model *model);

/* Of the tokens in a state; `TOKEN_TAKEN + 1` states. */
uint32_t model_count(const struct partition_model *model, enum token_state state);
/* The lowest unfinished offset that was put, INT64_MAX when there is none. */
int64_t model_lowest_unfinished(const struct partition_model *model);

#endif /* WEIR_TEST_PARTITION_MODEL_H */
