/* What do the tests of a troupe do again and again? */
#ifndef WEIR_TEST_TROUPE_TEST_H
#define WEIR_TEST_TROUPE_TEST_H

#include "test/support/seeds.h"
#include "test/support/troupe.h"
#include <stdbool.h>
#include <stdint.h>

/* Beside troupe.h. The test fails as soon as a promise is found broken. Thread: the test's. */

/* So many, from this one on. */
void troupe_start_many(unsigned first, unsigned count);
/* Blue (0 to 2) has everything, and green (3 to 5) stands by. */
void troupe_raise_both(void);
/* Within a minute everything is owned exactly once. Returns the milliseconds it took. */
int64_t troupe_settle(void);
/* To its end, and within a minute after it all is owned. */
void troupe_switch_to(const char *color, enum weir_switch_mode mode);
/* Until the switch is in this step, for a minute at most. */
void troupe_await_step(enum weir_switch_step step);
/* Of three members from this one on, together: partitions at work; and what their claims counted.
 */
uint32_t troupe_of_color(unsigned first);
struct weir_claims_tally troupe_tally(unsigned first);
/* At the end of each test: all that troupe_close looks at, too. */
void troupe_finish(void);

/* Each of these random lives keeps all promises. */
void troupe_expect_sound(struct seeds seeds, bool colored);
/* A negative control: what is broken on purpose is flagged three times in so many lives. */
void troupe_expect_flagged(enum troupe_sabotage sabotage, uint64_t lives, bool colored);

#endif /* WEIR_TEST_TROUPE_TEST_H */
