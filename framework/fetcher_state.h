/* What do the parts of a fetcher share? */
#ifndef WEIR_FRAMEWORK_FETCHER_STATE_H
#define WEIR_FRAMEWORK_FETCHER_STATE_H

#include "framework/dead_letter.h"
#include "framework/fetcher.h"
#include "framework/loop.h"
#include "framework/pace.h"

enum { WEIR_TAKE_BURST = 512 }; /* records of one partition per turn, for fairness */

struct weir_fetcher {
    struct weir_fetching *fetching;
    struct weir_fetcher *next; /* of fetching's */
    struct weir_loop *loop;
    struct weir_mailbox mailbox;
    struct weir_task_stock stock;
    struct weir_slot *first; /* active slots, in turn */
    struct weir_slot *last;
    struct weir_pace pace;
    struct weir_paced came_back; /* in this turn */
    struct weir_meter *meter;
    weir_time rests_since; /* 0: the last turn left something to do */
    uint32_t tasks_out;
    uint32_t rows_out; /* of those, how many lead */
    uint32_t budget_user;
    uint64_t next_task;
    struct weir_task *submit_first; /* cut in this turn */
    struct weir_task *submit_last;
    bool again; /* this turn left something to do */
    struct weir_fetched scratch[WEIR_TAKE_BURST];
};

/* fetcher_slots.c: which slots have something to do, and what control is told of them. */
void weir_fetcher_activate(struct weir_fetcher *fetcher, struct weir_slot *slot);
void weir_fetcher_deactivate(struct weir_fetcher *fetcher, struct weir_slot *slot);
/* An active slot becomes the first; those before it follow the last. */
void weir_fetcher_turn_to(struct weir_fetcher *fetcher, struct weir_slot *slot);
void weir_fetcher_tell_control(struct weir_fetcher *fetcher, struct weir_letter *letter,
                               int64_t value);
void weir_fetcher_tell_progress(struct weir_fetcher *fetcher, struct weir_slot *slot);
/* When a slot begins to drain and is not drained already. */
void weir_fetcher_tell_busy(struct weir_fetcher *fetcher, struct weir_slot *slot);
/* Once nothing of a draining slot is out, and nothing of it is to go out any more. */
void weir_fetcher_tell_drained(struct weir_fetcher *fetcher, struct weir_slot *slot);
/* Once it is at the offset it halts at, or past it. */
void weir_fetcher_tell_halted(struct weir_fetcher *fetcher, struct weir_slot *slot);
/* Once everything before a position that does not exist is finished. */
void weir_fetcher_tell_range(struct weir_fetcher *fetcher, struct weir_slot *slot);
/* Lets the slot go once it shall close, no task is out and no letter can come. */
void weir_fetcher_close_if_idle(struct weir_fetcher *fetcher, struct weir_slot *slot);
/* The first batch of a slot was begun then, or there was nothing to handle: later calls count for
 * nothing. */
void weir_fetcher_took_over(const struct weir_fetcher *fetcher, struct weir_slot *slot,
                            weir_time at);

/* fetcher_intake.c: from the source into the reservoir and the window. */
/* How many records could be taken now. */
uint32_t weir_fetcher_burst(struct weir_fetcher *fetcher, struct weir_slot *slot);
void weir_fetcher_take(struct weir_fetcher *fetcher, struct weir_slot *slot, weir_time now);
void weir_fetcher_admit(struct weir_fetcher *fetcher, struct weir_slot *slot, weir_time now);
/* What waits is ours from there on: what is below is dropped, the rest goes its way. */
void weir_fetcher_begin(struct weir_fetcher *fetcher, struct weir_slot *slot, int64_t offset,
                        weir_time now);
/* `finished` permits are used up, `unused` ones are given back. */
void weir_fetcher_finish_permits(struct weir_fetching *fetching, uint32_t finished,
                                 uint32_t unused);

/* fetcher_results.c: what became of a batch. */
void weir_fetcher_welcome(struct weir_fetcher *fetcher, struct weir_task *task, weir_time now);
/* Of a record that is not done: the event alone. */
void weir_fetcher_tell_failure(struct weir_fetcher *fetcher, const struct weir_slot *slot,
                               const struct weir_entry *entry, enum weir_event_kind kind,
                               const char *text);
/* Of a record that is not done: event, counter, log. `why`: its dead letter cannot be written. */
void weir_fetcher_say_failure(struct weir_fetcher *fetcher, const struct weir_slot *slot,
                              const struct weir_entry *entry, const char *why);

/* fetcher_letters.c: a record that failed for good becomes a letter. The reason goes with it. */
void weir_fetcher_write_letter(struct weir_fetcher *fetcher, struct weir_slot *slot,
                               struct weir_entry *entry);
void weir_fetcher_welcome_letter(struct weir_fetcher *fetcher, struct weir_dead_letter *letter);

#endif /* WEIR_FRAMEWORK_FETCHER_STATE_H */
