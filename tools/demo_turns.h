/* How are the switches of the demonstration acted out? */
#ifndef WEIR_TOOLS_DEMO_TURNS_H
#define WEIR_TOOLS_DEMO_TURNS_H

#include "tools/demo_story.h"
#include "tools/demo_view.h"

enum { DEMO_GROUP_SIZE = 64 };

/* What the story says is done to the group in ZooKeeper, and what is seen there is told. Functions
 * return an exit code, and it is said. Thread: the main one. */
struct demo_turns {
    struct weir_zoo_demo *zoo;
    struct demo_ledger *ledger;
    struct demo_view *view;
    struct weir_zoo_demo_sight sight; /* the last one */
    struct weir_zoo_demo_sight told;
};

int demo_turns_open(struct demo_turns *turns, const struct demo_plan *plan, const char *group);
void demo_turns_close(struct demo_turns *turns);

/* Looks anew, and tells what is new. */
int demo_turns_look(struct demo_turns *turns);
/* Is the next switch due, and is nothing in its way? */
int demo_turns_plan(struct demo_turns *turns, struct demo_story *story,
                    const struct demo_picture *picture);
/* SWITCH, HANG, BACK and ENDED. */
int demo_turns_perform(struct demo_turns *turns, const struct demo_story *story, enum demo_act act);

#endif /* WEIR_TOOLS_DEMO_TURNS_H */
