/* How does a test ask for a switch in a real group, and how does it go? */
#ifndef WEIR_TEST_SWITCH_DESK_H
#define WEIR_TEST_SWITCH_DESK_H

#include "framework/switch.h"

/* Beside zoo_scene.h, for its group. Members take it further; nobody here does. Thread: main. */
void switch_desk_read(struct weir_switch *out);
/* Fails the test when it is refused. */
void switch_desk_ask(const char *to, enum weir_switch_mode mode);
/* Until nothing is under way; the outcome of the last one. */
enum weir_switch_outcome switch_desk_await_end(void);

#endif /* WEIR_TEST_SWITCH_DESK_H */
