/* What does a verb of weir switch say and do on the ZooKeeper of zoo_desk.h? */
#ifndef WEIR_TEST_SWITCH_VERB_H
#define WEIR_TEST_SWITCH_VERB_H

#include "framework/switch.h"
#include "tools/zoo_switch.h"

/* The group of zoo_colors.h, settled. Thread: the test's. */
struct switch_verb {
    struct weir_switch_wish wish; /* preset: ours, by me@here, to green, and do it */
    struct weir_switch record;    /* after the last verb */
    char *printed;                /* by the last verb */
    const char *stubborn;         /* the member that does and says nothing; NULL: none */
};

extern struct switch_verb switch_verb;

enum { SWITCH_VERB_TURNS_MAX = 1000 };

/* Before and after each test. */
void switch_verb_set_up(void);
void switch_verb_tear_down(void);

void switch_verb_preset(void);
/* The exit code. Whatever is to happen at a turn (zoo_desk.act) happens once. */
int switch_verb_run(weir_zoo_switch_fn *verb);
void switch_verb_expect_said(const char *part);
void switch_verb_expect_printed(const char *part);
/* It must refuse with this sentence, and leave the record alone. */
void switch_verb_refuse(weir_zoo_switch_fn *verb, const char *part);

/* While the next verb runs: members do what the record asks for, at every turn. */
void switch_verb_let_members_act(void);
void switch_verb_act_always(void);
/* A rival's request, "theirs" to green, in this step, and members that have heard of it. */
void switch_verb_be_in(enum weir_switch_step step);
/* It has ended so: done, or aborted for "rain". */
void switch_verb_end_theirs(enum weir_switch_outcome outcome);

#endif /* WEIR_TEST_SWITCH_VERB_H */
