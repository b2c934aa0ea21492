/* Of many partitions that are to change hands, how many may begin to now? */
#ifndef WEIR_FRAMEWORK_WAVES_H
#define WEIR_FRAMEWORK_WAVES_H

#include "framework/base/clock.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A partition that is drained is nobody's until another member has claimed it. Members and servers
 * get so many through in a second and no more; of all that begin at once the last waits for all the
 * others, and one that has not begun goes on working. So a few are under way at a time, and more
 * begin as earlier ones are claimed; how many follows all that have come to wait so far. Nor does
 * any wait for long for those before it, whose handlers may be slow, or which nobody wants: by time
 * alone as many may begin, in even steps, that the last one has before `spread_ms` are over. They
 * begin in bunches, for each costs a commit and a turn. docs/decisions/0016 says why. Pure. Thread:
 * any. Memory: none. */
enum {
    WEIR_WAVES_LEAST = 8, /* under way at a time, */
    WEIR_WAVES_PARTS = 8, /* or one of so many parts of all, whichever is more; */
    WEIR_WAVES_STEPS = 16 /* so many steps in time, each of a bunch, which is half of that */
};

struct weir_waves {
    size_t size; /* under way at a time, and never fewer later; 0: nothing has begun,
                    or it pauses */
    size_t begun;
    size_t claimed; /* of those that began */
    weir_time since;
    weir_time step; /* how long it is; 0: nothing is kept waiting */
    weir_time due;  /* when more may begin, whatever was claimed */
};

/* As zeroed memory: what begins next begins anew. */
void weir_waves_reset(struct weir_waves *waves);
/* Nothing begins for now. What is under way counts on, and what begins next has all its time. */
void weir_waves_pause(struct weir_waves *waves);
/* So many of those that wait begin now. `spread_ms` is taken as the first ones begin. */
size_t weir_waves_begin(struct weir_waves *waves, size_t waiting, int64_t spread_ms, weir_time now);
/* One of those that began is another's; ignored when all are. */
void weir_waves_claimed(struct weir_waves *waves);
/* More wait, if only for the end of a pause: of what was begun it is worth knowing. */
bool weir_waves_count(const struct weir_waves *waves);
/* When to ask again, if nothing is claimed until then. WEIR_TIME_NEVER: nothing waits. */
weir_time weir_waves_due(const struct weir_waves *waves);

#endif /* WEIR_FRAMEWORK_WAVES_H */
