/* What happens next in the demonstration? */
#ifndef WEIR_TOOLS_DEMO_STORY_H
#define WEIR_TOOLS_DEMO_STORY_H

#include "tools/demo_ledger.h"

/* A step function: it sees the picture, and says the one thing to do now. Thread: the main one. */
enum demo_act {
    DEMO_ACT_NONE,
    DEMO_ACT_JOIN,   /* member `member` */
    DEMO_ACT_LEAVE,  /* member `member` */
    DEMO_ACT_KILL,   /* member `member` */
    DEMO_ACT_SWITCH, /* the chapter's */
    DEMO_ACT_HANG,   /* member `member` */
    DEMO_ACT_CRASH,  /* member `member`, which hangs */
    DEMO_ACT_BACK,   /* the switch is taken back */
    DEMO_ACT_ENDED,  /* the chapter's switch has, as the picture says */
    DEMO_ACT_STOP_ORDERS,
    DEMO_ACT_FINISH
};

/* Of two colors: a switch. */
struct demo_chapter {
    const char *title;
    enum demo_color to;
    int64_t health_ms;
    bool crash; /* a member of the other color hangs before it, and is killed in it */
    bool back;  /* it is taken back */
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
    /* Of two colors. */
    uint32_t chapter;
    const struct demo_chapter *told; /* the last that has ended */
    int64_t chapter_ns;              /* since when it is this one */
    int64_t since_ns; /* when it hung, or the step came that is waited for; 0: not yet */
    uint32_t ended;   /* switches before this one */
    bool hung;
    bool ready; /* the director says that nothing is in the way of the chapter's switch */
    bool asked; /* for it */
    bool acted; /* what is to happen in the middle of it has */
};

void demo_story_begin(struct demo_story *story, const struct demo_plan *plan, int64_t now_ns);
enum demo_act demo_story_step(struct demo_story *story, const struct demo_picture *picture);

/* demo_story_colors.c */

/* NULL: all of them have been told. */
const struct demo_chapter *demo_story_chapter(const struct demo_story *story);
/* Is its switch the next thing to do, if nothing is in the way? */
bool demo_story_is_due(const struct demo_story *story, const struct demo_picture *picture);
/* Will this member be killed, if it comes to that? */
bool demo_story_kills(const struct demo_story *story, int member);
/* What else than joining and ending. */
enum demo_act demo_story_switch(struct demo_story *story, const struct demo_picture *picture);

/* demo_story.c: nothing has happened for a while. */
bool demo_story_is_calm(const struct demo_story *story, const struct demo_picture *picture);
/* Slow machines and checkers stretch what waits for others. */
int64_t demo_story_patience_ns(int64_t ms);
enum demo_act demo_story_stop(struct demo_story *story, int64_t now_ns);

#endif /* WEIR_TOOLS_DEMO_STORY_H */
