/* What happens next in the demonstration? */
#ifndef WEIR_TOOLS_DEMO_STORY_H
#define WEIR_TOOLS_DEMO_STORY_H

#include "tools/demo_ledger.h"

/* A step function: it sees the picture, and says the one thing to do now. Thread: the main one. */
enum demo_act {
    DEMO_ACT_NONE,
    DEMO_ACT_JOIN,  /* member `member` */
    DEMO_ACT_LEAVE, /* member `member` */
    DEMO_ACT_KILL,  /* member `member` */
    DEMO_ACT_STOP_ORDERS,
    DEMO_ACT_FINISH
};

struct demo_story {
    const struct demo_plan *plan;
    int64_t began_ns;
    int64_t settled_since_ns; /* 0: not settled */
    int64_t stopped_ns;       /* no more orders since; 0: there are */
    uint32_t joined;
    bool left;
    bool killed;
    bool interrupted; /* the user wants the summary now */
    bool late;        /* finished because waiting was no use any more */
    int member;       /* of the act */
};

void demo_story_begin(struct demo_story *story, const struct demo_plan *plan, int64_t now_ns);
enum demo_act demo_story_step(struct demo_story *story, const struct demo_picture *picture);

#endif /* WEIR_TOOLS_DEMO_STORY_H */
