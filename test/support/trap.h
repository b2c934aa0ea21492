/* How is a process caught exactly where it writes a step of a switch? */
#ifndef WEIR_TEST_TRAP_H
#define WEIR_TEST_TRAP_H

#include <stdbool.h>
#include <sys/types.h>

/* For members and commands that are weir_mortal (test/fault/mortal_zookeeper.c), on the present
 * scene. Thread: main. */

/* Members and commands are from now on. Before the scene. */
void trap_use_mortal(void);
/* Those of this scene step into its traps. Before they start. */
void trap_open(void);
/* For the next one that writes this step; `when` is before, after or still. */
void trap_set(const char *step, const char *when);
/* Who stepped into it. A later trap can be set on return. */
pid_t trap_await(void);
/* Lets one that stands still go on. */
void trap_let_go(pid_t pid);
/* A member that was caught lives again, and says so: another life of one that was killed, or one
 * that stood still for longer than its session and is back. False: it is none of the members. */
bool trap_revive(pid_t pid, const char *when);

#endif /* WEIR_TEST_TRAP_H */
