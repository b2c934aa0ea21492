/* What do control, fetcher and workers share about one assigned partition? */
#ifndef WEIR_FRAMEWORK_SLOT_H
#define WEIR_FRAMEWORK_SLOT_H

#include "framework/base/atomic.h"
#include "framework/base/clock.h"
#include "framework/base/mailbox.h"
#include "framework/base/mutex.h"
#include "framework/client.h"
#include "framework/partition.h"
#include <stdbool.h>
#include <stdint.h>

/* Letters say by their kind which field of a slot they are. */
enum weir_letter_kind {
    WEIR_LETTER_TASK,    /* worker to fetcher: a batch came back */
    WEIR_LETTER_OPEN,    /* control to fetcher: begin */
    WEIR_LETTER_COMMAND, /* control to fetcher: value is a weir_slot_command */
    WEIR_LETTER_HALT,    /* control to fetcher: value is the offset to halt at, or INT64_MAX */
    WEIR_LETTER_BEGIN,   /* control to fetcher: value is the offset at which it begins */
    WEIR_LETTER_RECORDS, /* library to fetcher: there are records */
    WEIR_LETTER_DEAD,    /* a dead letter (dead_letter.h): to control, which has it written; home */
    WEIR_LETTER_FLUSHED, /* fetcher to itself: every letter of the slot has been read */
    WEIR_LETTER_PROGRESS, /* fetcher to control: value is the watermark */
    WEIR_LETTER_BUSY,     /* fetcher to control: draining, but batches are out; the watermark */
    WEIR_LETTER_DRAINED,  /* fetcher to control: nothing is out; value is the watermark */
    WEIR_LETTER_HALTED, /* fetcher to control: it is at that offset, which is the value, or past */
    WEIR_LETTER_RANGE,  /* fetcher to control: all is finished and the position does not exist */
    WEIR_LETTER_WARM,   /* fetcher to control: the source has said something while it waits */
    WEIR_LETTER_UNPLUGGED, /* fetcher to control: the source is closed */
    WEIR_LETTER_CLOSED     /* fetcher to control: the slot may be destroyed */
};

/* Only ever raised. */
enum weir_slot_command { WEIR_SLOT_RUN, WEIR_SLOT_DRAIN, WEIR_SLOT_CLOSE };

/* What a fetcher wrote down of a slot at the end of its last turn with it: of one moment. */
struct weir_slot_view {
    int64_t position;
    int64_t watermark;
    uint64_t bytes;
    weir_time oldest; /* when the oldest in flight was admitted; WEIR_TIME_NEVER: none is */
    uint32_t in_flight;
    uint32_t buffered;
    uint32_t held;
    uint32_t letters;    /* dead ones under way */
    bool fetched;        /* something came from the source: a record, or its end */
    weir_time took_over; /* see weir_snapshot_row; -1: not known */
};

/* One tenure's data path: made and destroyed by control, in between the fetcher's. */
struct weir_slot {
    /* Fixed at creation. */
    const char *topic; /* owned by control, outlives the slot and its tasks */
    int32_t partition;
    bool shadow; /* somebody else's: its batches go to handle_shadow */
    void *owner; /* control's, opaque here */
    struct weir_fetcher *fetcher;
    struct weir_source *source;
    struct weir_partition *core;
    /* When it could be ours; 0: nobody wants to know how long that took. While it waits it is
     * control's, and fixed with the letter that says where it begins. */
    weir_time since;
    /* Read by workers before they begin a batch. `recalled`: control wants to drain; the fetcher
     * lowers it again for what must still run then. `gone`: handed back or lost; never lowered.
     * What must not happen is prevented by waiting for tasks; a worker that looked a moment before
     * is seen by the time its event carries. */
    struct weir_flag recalled;
    struct weir_flag gone;

    /* What is seldom written keeps what workers read apart from what the fetcher writes all the
     * time, so that they do not pull one cache line to and fro. */
    struct weir_letter open;
    struct weir_letter command;
    struct weir_letter halt;
    struct weir_letter begin;
    struct weir_letter halted;
    struct weir_letter flushed;
    struct weir_letter busy;
    struct weir_letter drained;
    struct weir_letter range;
    struct weir_letter warm;
    struct weir_letter unplugged;
    struct weir_letter closed;
    struct weir_letter records;
    struct weir_letter progress;

    /* The fetcher's. */
    struct weir_slot *next;
    struct weir_slot *previous;
    enum weir_slot_command wanted;
    uint32_t tasks_out;
    uint32_t letters_out;   /* as tasks_out; of a slot that closes, too */
    uint32_t average_bytes; /* of a record, for sizing bursts */
    int64_t reported;       /* watermark control was told */
    int64_t halt_at;        /* nothing at or above it is handed out; INT64_MAX: all is */
    bool passed;            /* ... but something was, before that was known */
    bool told_halted;
    bool waits; /* not ours yet: it is fetched, and goes no further until it is said where it begins
                 */
    bool told_warm;
    int64_t ended_at;      /* the end that the source told last; -1: none */
    weir_time due;         /* when time alone may make a batch ready */
    bool active;           /* stands in the fetcher's list */
    bool opened;           /* control has said so; before, the source may not be known yet */
    bool may_have_records; /* the source was not seen empty since it woke us */
    bool out_of_range;
    bool told_drained;
    bool told_range;
    bool is_flushed;
    bool fetched;        /* something came from the source */
    weir_time took_over; /* from `since` to the first batch; -1: not known */

    struct weir_mutex mutex;
    struct weir_slot_view view; /* guarded by the mutex: written by the fetcher, for control */
};

/* Of zeroed memory. */
void weir_slot_init(struct weir_slot *slot);
void weir_slot_fini(struct weir_slot *slot);
/* The next three: Thread: the fetcher; before it has the slot, control.
 * Nothing at or above the offset is handed out from now on. INT64_MAX: it goes on. */
void weir_slot_halt(struct weir_slot *slot, int64_t offset);
/* There is such an offset, and nothing below is left, or it was passed before. */
bool weir_slot_is_halted(const struct weir_slot *slot);
void weir_slot_publish(struct weir_slot *slot);
/* Thread: control. */
struct weir_slot_view weir_slot_look(struct weir_slot *slot);

#endif /* WEIR_FRAMEWORK_SLOT_H */
