/* Which small group is it this time, and how is it told? */
#ifndef WEIR_TEST_GROUP_H
#define WEIR_TEST_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/plan.h>

#include "framework/base/random.h"
#include "test/support/text.h"

enum {
    GROUP_MEMBERS_MAX = 7,
    GROUP_TOPICS_MAX = 6,
    GROUP_PARTITIONS_MAX = 9, /* of a topic */
    GROUP_ALL_MAX = GROUP_TOPICS_MAX * GROUP_PARTITIONS_MAX,
    GROUP_NOBODY = -1,
    GROUP_GONE = -2 /* a member that has left */
};

/* Members are m0, m1, ...; topics t0, t1, ...: sorted as they are numbered. */
struct group {
    int members;
    int topics;
    int partitions[GROUP_TOPICS_MAX];
    bool subscribes[GROUP_MEMBERS_MAX][GROUP_TOPICS_MAX]; /* each to one at least */
    bool subscribes_absent[GROUP_MEMBERS_MAX];            /* to one that does not exist, too */
    int owners[GROUP_TOPICS_MAX][GROUP_PARTITIONS_MAX];   /* before */
};

/* `alike`: all subscribe to the same. */
void group_random(struct group *group, struct weir_random *random, bool alike);

/* The same group, told in another order for another state of `random`. `named`, or NULL, has the
 * partitions text of each member. The caller destroys it. */
struct weir_view *group_view(const struct group *group, struct weir_random *random,
                             const char *const *named);
/* As a line for `weir plan --view`. */
void group_json(const struct group *group, struct text *out);

#endif /* WEIR_TEST_GROUP_H */
