/* What does weir switch say and do of two groups that exchange their roles? */
#ifndef WEIR_TEST_SWAP_VERB_H
#define WEIR_TEST_SWAP_VERB_H

#include "framework/switch.h"
#include "test/support/zoo_desk.h"
#include "tools/zoo_swap.h"

/* On a server in virtual time, beside switch_verb.h: in "shop" blue is active, in "next", which has
 * the same members and topic, green is. Thread: the test's. */
#define SWAP_VERB_NEXT "/kafka/consumers/next"

struct swap_verb {
    struct weir_zoo_group *groups[WEIR_SWAP_HALVES];
    struct weir_switch records[WEIR_SWAP_HALVES]; /* after the last verb */
};

extern struct swap_verb swap_verb;
extern const char *const swap_verb_paths[WEIR_SWAP_HALVES]; /* of the records */

/* Before and after each test. */
void swap_verb_set_up(void);
void swap_verb_tear_down(void);

void swap_verb_put(int half, const struct weir_switch *record);
void swap_verb_read(void);
/* The exit code. */
int swap_verb_run(weir_zoo_swap_fn *verb);
/* It must refuse with this sentence, and write nothing of either. */
void swap_verb_refuse(weir_zoo_swap_fn *verb, const char *sentence);
/* As members and operators do it, that is ended at a stroke. */
void swap_verb_end(enum weir_switch_outcome outcome);
/* One is done, "ours", which can be taken back. */
void swap_verb_be_done(void);

#endif /* WEIR_TEST_SWAP_VERB_H */
