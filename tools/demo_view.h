/* What does the user see while the demonstration runs? */
#ifndef WEIR_TOOLS_DEMO_VIEW_H
#define WEIR_TOOLS_DEMO_VIEW_H

#include "tools/demo_ledger.h"
#include <stdio.h>

/* The story scrolls by, one line per step. On a terminal a table of partitions and members stays
 * below it and is drawn anew; elsewhere there is one line per second and no control character.
 * Thread: the main one. Memory: the caller's. */
enum { DEMO_FRAME_SIZE = 32 * 1024, DEMO_RATE_EVERY_MS = 500 };

struct demo_view {
    FILE *out;
    bool live;
    bool colour;
    int64_t began_ns;
    int64_t status_ns;       /* of the last line with numbers, when not live */
    int64_t sample_ns;       /* of the numbers that rates are counted from */
    uint32_t lines;          /* of the table that stands on the screen */
    uint64_t sample_handled; /* all members */
    uint64_t sample[DEMO_MEMBERS_MAX];
    double rate;
    double member_rate[DEMO_MEMBERS_MAX];
    char frame[DEMO_FRAME_SIZE]; /* what is written next, in one piece */
    size_t used;
};

void demo_view_open(struct demo_view *view, FILE *out, bool plain, int64_t now_ns);
/* One line of the story. */
void demo_view_say(struct demo_view *view, const char *format, ...) WEIR_PRINTF(2, 3);
void demo_view_draw(struct demo_view *view, const struct demo_picture *picture);
/* Nobody can see it: the output is closed or full. */
bool demo_view_is_broken(const struct demo_view *view);
/* The cursor stands below everything. */
void demo_view_close(struct demo_view *view);

#endif /* WEIR_TOOLS_DEMO_VIEW_H */
