/* How many batches may be out with the workers, and how much may one of them gather? Those that go
 * one behind another count as one: they take one worker. */
#ifndef WEIR_FRAMEWORK_PACE_H
#define WEIR_FRAMEWORK_PACE_H

#include "framework/base/clock.h"
#include <stdint.h>

/* Few, so that what waits gathers to larger batches; but with a quick handler and small batches the
 * workers must not run dry while the fetcher turns. So: a floor, or as many as came back within the
 * last millisecond, whichever is more, up to a limit. A queue is then never longer than about a
 * millisecond's work.
 * In key order a lane has few records at a time, and a batch of one lane costs more to hand over
 * than a quick handler needs for it. So a batch gathers lanes until it has work for about a tenth
 * of a millisecond: keys that need not wait for each other then do so for about that long, and a
 * handler that takes longer for one record loses nothing. In partition order a batch waits for the
 * one before it to come home; so as many go together, one behind another.
 * Thread: the fetcher. Pure: the caller says what time it is. */
struct weir_paced {
    uint32_t batches;
    uint32_t records; /* of batches that were measured */
    weir_time took;   /* by handlers, added up */
};

struct weir_pace {
    uint32_t floor;
    uint32_t limit;  /* what may be out now */
    uint32_t gather; /* so many records are about a tenth of a millisecond's work; 0: unknown */
    struct weir_paced came_back;
    weir_time since;
};

enum { WEIR_PACE_LIMIT_MAX = 2048 };

/* floor > 0. A floor above WEIR_PACE_LIMIT_MAX is the limit. */
void weir_pace_init(struct weir_pace *pace, uint32_t floor);
/* Once per turn: what came back since the last call. */
void weir_pace_turn(struct weir_pace *pace, weir_time now, struct weir_paced came_back);

#endif /* WEIR_FRAMEWORK_PACE_H */
