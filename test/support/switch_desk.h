/* How does a test ask for a switch in a real group, and how does it go? */
#ifndef WEIR_TEST_SWITCH_DESK_H
#define WEIR_TEST_SWITCH_DESK_H

#include <stdbool.h>
#include <stdint.h>

struct process;

/* Beside zoo_scene.h, for its group. Members take it further; nobody here does. Thread: main. */
/* Fails the test when it is refused. */
void switch_desk_ask(const char *to, bool together);
/* The same, and the new color is watched for so long once it has everything. It is taken back when
 * more of its attempts fail, of ten at least, than of the old one's. */
void switch_desk_ask_watched(const char *to, bool together, int64_t health_ms);
/* Until the switch under way is in the step of this name. */
void switch_desk_await_step(const char *step);
/* Until nothing is under way. True: the last one is done; else it came back, or was aborted. */
bool switch_desk_await_end(void);
/* Lives as long as the scene. */
const char *switch_desk_active(void);

/* An operator takes back what is under way, unless that is over, or on its way back, by then. */
void switch_desk_roll_back(void);
/* `weir switch VERB OPTION...` of this group, to its end with this code; what it printed. */
const char *switch_desk_run(int code, const char *const *words);
/* True: it ended with 0; false: with 75, not now. */
bool switch_desk_try(const char *const *words);
/* Without waiting for it. The caller destroys the process, which kills it. */
struct process *switch_desk_start(const char *const *words);
#define SWITCH_DESK_RUN(code, ...)                                                                 \
    switch_desk_run((code), (const char *const[]){"switch", __VA_ARGS__, NULL})

#endif /* WEIR_TEST_SWITCH_DESK_H */
