#include "tools/demo_story.h"

#include <assert.h>
#include <string.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

enum {
    WATCHED_MS = 60000, /* what is taken back is watched for so long */
    HANG_MS = 500,      /* before the switch is asked for */
    CRASH_MS = 1000,    /* after the drain has begun that cannot end */
    BACK_MS = 2000,     /* after the new color has everything */
    CHAPTER_MS = 120000 /* it is no use to wait any longer */
};

static const struct demo_chapter chapters[] = {
    {.title = "to blue, the first time", .to = DEMO_BLUE},
    {.title = "blue to green", .to = DEMO_GREEN},
    {.title = "green to blue", .to = DEMO_BLUE, .crash = true},
    {.title = "blue to green, watched", .to = DEMO_GREEN, .health_ms = WATCHED_MS, .back = true}};

const struct demo_chapter *demo_story_chapter(const struct demo_story *story)
{
    return story->chapter < sizeof chapters / sizeof chapters[0] ? &chapters[story->chapter] : NULL;
}

bool demo_story_kills(const struct demo_story *story, int member)
{
    return story->plan->members >= 4 && member + 1 == (int)story->plan->members;
}

static enum demo_act act_on_last(struct demo_story *story, enum demo_act act)
{
    story->member = (int)story->plan->members - 1;
    return act;
}

/* Is the step this one, and has it been for so long? */
static bool has_lasted(struct demo_story *story, const struct demo_picture *picture,
                       const char *step, int64_t ms)
{
    if (picture->colors->to[0] == '\0' || strcmp(picture->colors->step, step) != 0) {
        story->since_ns = 0;
        return false;
    }
    story->since_ns = story->since_ns == 0 ? picture->now_ns : story->since_ns;
    return picture->now_ns - story->since_ns >= ms * NS_PER_MS;
}

static enum demo_act end_chapter(struct demo_story *story, const struct demo_picture *picture)
{
    story->told = demo_story_chapter(story);
    story->chapter++;
    story->chapter_ns = picture->now_ns;
    story->settled_since_ns = 0;
    story->since_ns = 0;
    story->ended = picture->colors->ended;
    story->hung = story->ready = story->asked = story->acted = false;
    return DEMO_ACT_ENDED;
}

static enum demo_act in_switch(struct demo_story *story, const struct demo_picture *picture,
                               const struct demo_chapter *chapter)
{
    bool over = picture->colors->ended > story->ended;

    if (story->hung && !story->acted &&
        (has_lasted(story, picture, "draining", CRASH_MS) || over)) {
        story->acted = true;
        return act_on_last(story, DEMO_ACT_CRASH);
    }
    if (chapter->back && !story->acted && has_lasted(story, picture, "active", BACK_MS)) {
        story->acted = true;
        return DEMO_ACT_BACK;
    }
    return over && picture->group.settled ? end_chapter(story, picture) : DEMO_ACT_NONE;
}

/* With its hands full. */
static bool hangs(const struct demo_story *story, const struct demo_picture *picture)
{
    const struct demo_member_row *row = &picture->group.member[story->plan->members - 1];

    return row->stuck > 0 && picture->now_ns - story->since_ns >= HANG_MS * NS_PER_MS;
}

/* The first is due at once, and who hangs has waited already. */
bool demo_story_is_due(const struct demo_story *story, const struct demo_picture *picture)
{
    return demo_story_chapter(story) != NULL && !story->asked &&
           story->joined == story->plan->members &&
           (story->chapter == 0 || story->hung || demo_story_is_calm(story, picture));
}

static bool is_left_out(const struct demo_story *story, const struct demo_picture *picture)
{
    return story->chapter > 0 && !story->hung &&
           picture->now_ns - story->began_ns >= story->plan->seconds * NS_PER_S;
}

/* Whoever has nothing cannot hang in it. */
static bool is_to_hang(const struct demo_story *story, const struct demo_picture *picture,
                       const struct demo_chapter *chapter)
{
    int last = (int)story->plan->members - 1;

    return chapter->crash && !story->hung && demo_story_kills(story, last) &&
           picture->group.member[last].partitions > 0;
}

static enum demo_act before_switch(struct demo_story *story, const struct demo_picture *picture,
                                   const struct demo_chapter *chapter)
{
    if (!demo_story_is_due(story, picture)) {
        return DEMO_ACT_NONE;
    }
    if (is_left_out(story, picture)) {
        return demo_story_stop(story, picture->now_ns);
    }
    if (is_to_hang(story, picture, chapter)) {
        story->hung = true;
        story->since_ns = picture->now_ns;
        return act_on_last(story, DEMO_ACT_HANG);
    }
    if (!story->ready || (story->hung && !hangs(story, picture))) {
        return DEMO_ACT_NONE;
    }
    story->asked = true;
    story->since_ns = 0;
    return DEMO_ACT_SWITCH;
}

enum demo_act demo_story_switch(struct demo_story *story, const struct demo_picture *picture)
{
    const struct demo_chapter *chapter = demo_story_chapter(story);

    assert(picture->colors != NULL);
    if (picture->now_ns - story->chapter_ns > demo_story_patience_ns(CHAPTER_MS)) {
        story->late = true;
        return demo_story_stop(story, picture->now_ns);
    }
    if (chapter == NULL) {
        return demo_story_is_calm(story, picture) ? demo_story_stop(story, picture->now_ns)
                                                  : DEMO_ACT_NONE;
    }
    return story->asked ? in_switch(story, picture, chapter)
                        : before_switch(story, picture, chapter);
}
