#include "tools/demo_story.h"

#include <stdlib.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

enum {
    JOIN_EVERY_MS = 400,
    CALM_MS = 2000, /* this long nothing happens before the next thing does */
    LEAVE_PERCENT = 22,
    KILL_PERCENT = 50,
    FINISH_MS = 30000
};

void demo_story_begin(struct demo_story *story, const struct demo_plan *plan, int64_t now_ns)
{
    *story = (struct demo_story){.plan = plan, .began_ns = now_ns, .chapter_ns = now_ns};
}

int64_t demo_story_patience_ns(int64_t ms)
{
    const char *factor = getenv("TMO_MULT");
    long times = factor != NULL ? strtol(factor, NULL, 10) : 1;

    return ms * NS_PER_MS * (times < 1 ? 1 : times > 100 ? 100 : times);
}

bool demo_story_is_calm(const struct demo_story *story, const struct demo_picture *picture)
{
    return story->settled_since_ns > 0 &&
           picture->now_ns - story->settled_since_ns >= CALM_MS * NS_PER_MS;
}

static bool all_committed(const struct demo_picture *picture)
{
    for (uint32_t i = 0; i < picture->group.partitions; i++) {
        if (picture->group.partition[i].committed < picture->group.partition[i].end) {
            return false;
        }
    }
    return picture->acked + picture->not_acked == picture->orders;
}

enum demo_act demo_story_stop(struct demo_story *story, int64_t now_ns)
{
    story->stopped_ns = now_ns;
    return DEMO_ACT_STOP_ORDERS;
}

static enum demo_act after_orders(struct demo_story *story, const struct demo_picture *picture)
{
    story->late =
        story->late || picture->now_ns - story->stopped_ns > demo_story_patience_ns(FINISH_MS);
    return story->interrupted || story->late || picture->failed || all_committed(picture)
               ? DEMO_ACT_FINISH
               : DEMO_ACT_NONE;
}

static enum demo_act act_on(struct demo_story *story, enum demo_act act, uint32_t member)
{
    story->member = (int)member;
    story->settled_since_ns = 0;
    return act;
}

static void note_settled(struct demo_story *story, const struct demo_picture *picture)
{
    if (!picture->group.settled) {
        story->settled_since_ns = 0;
    } else if (story->settled_since_ns == 0) {
        story->settled_since_ns = picture->now_ns;
    }
}

static bool is_join_due(const struct demo_story *story, int64_t now_ns)
{
    return story->joined < story->plan->members &&
           now_ns - story->began_ns >= (int64_t)story->joined * JOIN_EVERY_MS * NS_PER_MS;
}

static bool is_time_over(const struct demo_story *story, const struct demo_picture *picture)
{
    int64_t over_ns = picture->now_ns - story->began_ns - story->plan->seconds * NS_PER_S;

    return over_ns >= 0 &&
           (demo_story_is_calm(story, picture) || over_ns > demo_story_patience_ns(FINISH_MS));
}

/* It is calm: may somebody leave, or die? */
static enum demo_act disturb(struct demo_story *story, int64_t now_ns)
{
    const struct demo_plan *plan = story->plan;
    int64_t percent = (now_ns - story->began_ns) / (plan->seconds * NS_PER_S / 100);

    if (plan->members >= 3 && !story->left) {
        story->left = percent >= LEAVE_PERCENT;
        return story->left ? act_on(story, DEMO_ACT_LEAVE, 1) : DEMO_ACT_NONE;
    }
    if (plan->members >= 2 && !story->killed && percent >= KILL_PERCENT) {
        story->killed = true;
        return act_on(story, DEMO_ACT_KILL, plan->members - 1);
    }
    return DEMO_ACT_NONE;
}

enum demo_act demo_story_step(struct demo_story *story, const struct demo_picture *picture)
{
    note_settled(story, picture);
    if (story->stopped_ns > 0) {
        return after_orders(story, picture);
    }
    if (story->interrupted || picture->failed) {
        return demo_story_stop(story, picture->now_ns);
    }
    if (is_join_due(story, picture->now_ns)) {
        return act_on(story, DEMO_ACT_JOIN, story->joined++);
    }
    if (story->plan->bluegreen) {
        return story->joined < story->plan->members ? DEMO_ACT_NONE
                                                    : demo_story_switch(story, picture);
    }
    if (is_time_over(story, picture)) {
        return demo_story_stop(story, picture->now_ns);
    }
    return demo_story_is_calm(story, picture) ? disturb(story, picture->now_ns) : DEMO_ACT_NONE;
}
