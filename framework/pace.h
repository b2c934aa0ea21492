/* How many batches may be out with the workers? */
#ifndef WEIR_FRAMEWORK_PACE_H
#define WEIR_FRAMEWORK_PACE_H

#include "framework/base/clock.h"
#include <stdint.h>

/* Few, so that what waits gathers to larger batches; but with a quick handler and small batches the
 * workers must not run dry while the fetcher turns. So: a floor, or as many as came back within the
 * last millisecond, whichever is more, up to a limit. A queue is then never longer than about a
 * millisecond's work.
 * Thread: the fetcher. Pure: the caller says what time it is. */
struct weir_pace {
    uint32_t floor;
    uint32_t limit; /* what may be out now */
    uint32_t came_back;
    weir_time since;
};

enum { WEIR_PACE_LIMIT_MAX = 2048 };

/* floor > 0. A floor above WEIR_PACE_LIMIT_MAX is the limit. */
void weir_pace_init(struct weir_pace *pace, uint32_t floor);
/* Once per turn: `came_back` batches since the last call. */
void weir_pace_turn(struct weir_pace *pace, weir_time now, uint32_t came_back);

#endif /* WEIR_FRAMEWORK_PACE_H */
