/* How long may a test still wait? */
#ifndef WEIR_TEST_DEADLINE_H
#define WEIR_TEST_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

/* A point of the monotonic clock. Nothing in the tests waits for time to pass: it waits for a
 * condition, and the deadline only says when to give up. Every span given here is multiplied by
 * the environment's TMO_MULT (1 if unset), for checkers and loaded machines. */
struct deadline {
    int64_t at_ns;
};

struct deadline deadline_in_ms(int64_t ms);
bool deadline_passed(struct deadline deadline);
/* For poll(2) and library calls: rounded up, 0 when passed. */
int deadline_left_ms(struct deadline deadline);
/* Lets other processes run between two looks at a condition: a few milliseconds. */
void deadline_turn(void);
int64_t deadline_now_ns(void);
/* The environment's TMO_MULT. */
double deadline_multiplier(void);

/* Looks at the condition again and again; the test fails when it does not hold in time. */
#define WAIT_UNTIL(condition, ms)                                                                  \
    do {                                                                                           \
        struct deadline wait_deadline_ = deadline_in_ms(ms);                                       \
        while (!(condition)) {                                                                     \
            deadline_require(wait_deadline_, #condition, __FILE__, __LINE__);                      \
        }                                                                                          \
    } while (0)
/* One turn of WAIT_UNTIL: fails the test if the deadline passed, else takes a turn. */
void deadline_require(struct deadline deadline, const char *condition, const char *file, int line);

#endif /* WEIR_TEST_DEADLINE_H */
