/* What was asked of the demonstration? */
#ifndef WEIR_TOOLS_DEMO_PLAN_H
#define WEIR_TOOLS_DEMO_PLAN_H

#include <stdbool.h>
#include <stdint.h>

enum {
    DEMO_SECONDS_MAX = 300,
    DEMO_MEMBERS_MAX = 8,
    DEMO_PARTITIONS_MAX = 96,
    DEMO_RATE_MAX = 5000, /* the mock cluster keeps 5 MiB per partition and drops the oldest */
    DEMO_CUSTOMERS = 1000,
    DEMO_SESSION_TIMEOUT_MS = 6000,
    DEMO_WORKERS = 8,
    DEMO_BATCH = 10
};

/* Of two halves of the members. */
enum demo_color { DEMO_BLUE, DEMO_GREEN };

/* Ways to break the ledger on purpose, so that the check can be seen to notice. */
enum demo_sabotage {
    DEMO_SABOTAGE_NONE,
    DEMO_SABOTAGE_LOSE,    /* one order is handled, and its completion is not written down */
    DEMO_SABOTAGE_REPEAT,  /* one order is written down twice */
    DEMO_SABOTAGE_REORDER, /* two orders of one customer are written down the wrong way round */
    DEMO_SABOTAGE_COMMIT   /* the group's offsets are read as one less than they are */
};

struct demo_plan {
    uint32_t seconds;
    uint32_t members;
    uint32_t partitions;
    uint32_t rate; /* orders per second */
    uint64_t seed;
    enum demo_sabotage sabotage;
    bool bluegreen;        /* two colors, and switches between them */
    const char *zookeeper; /* where those meet; NULL: in this process */
    bool plain;
    bool verbose;
    bool help;
};

#endif /* WEIR_TOOLS_DEMO_PLAN_H */
