#include "tools/demo_turns.h"

#include "tools/options.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

int demo_turns_open(struct demo_turns *turns, const struct demo_plan *plan, const char *group)
{
    return weir_zoo_demo_open(plan->zookeeper, group, &turns->zoo);
}

void demo_turns_close(struct demo_turns *turns)
{
    weir_zoo_demo_close(turns->zoo);
    turns->zoo = NULL;
}

/* What is seen. */

static void tell_step(struct demo_turns *turns)
{
    const struct weir_zoo_demo_sight *sight = &turns->sight;

    if (sight->to[0] != '\0' &&
        (sight->step != turns->told.step || strcmp(sight->to, turns->told.to) != 0)) {
        demo_view_say(turns->view, "  switch to %s: %s, epoch %llu%s%s", sight->to, sight->step,
                      (unsigned long long)sight->epoch, sight->blocked[0] == '\0' ? "" : "; ",
                      sight->blocked);
    }
    turns->told = *sight;
}

int demo_turns_look(struct demo_turns *turns)
{
    int code = weir_zoo_demo_look(turns->zoo, &turns->sight);

    if (code == WEIR_EXIT_OK) {
        tell_step(turns);
    }
    return code;
}

int demo_turns_plan(struct demo_turns *turns, struct demo_story *story,
                    const struct demo_picture *picture)
{
    bool all = story->chapter > 0 || picture->colors->members == story->joined;

    story->ready = false;
    if (!all || !demo_story_is_due(story, picture)) {
        return WEIR_EXIT_OK;
    }
    const char *color = demo_color_name(demo_story_chapter(story)->to);
    return weir_zoo_demo_plan(turns->zoo, color, &story->ready);
}

/* What is done. */

static int apply(struct demo_turns *turns, const struct demo_story *story)
{
    const struct demo_chapter *chapter = demo_story_chapter(story);
    const char *color = demo_color_name(chapter->to);
    char health[40] = "";
    char killed[24] = "";
    char cause[DEMO_CAUSE_SIZE];

    if (chapter->health_ms > 0) {
        (void)snprintf(health, sizeof health, " --health %lld",
                       (long long)chapter->health_ms / 1000);
    }
    demo_view_say(turns->view, "$ weir switch apply --to %s%s --execute", color, health);
    if (story->hung) {
        (void)snprintf(killed, sizeof killed, ", %c is killed in it",
                       demo_member_name(story->member));
    }
    (void)snprintf(cause, sizeof cause, "%s%s", chapter->title, killed);
    demo_ledger_turn(turns->ledger, cause, chapter->to);
    return weir_zoo_demo_apply(turns->zoo, color, chapter->health_ms);
}

static int take_back(struct demo_turns *turns)
{
    demo_view_say(turns->view, "$ weir switch rollback --execute");
    demo_ledger_turn(turns->ledger, "taken back to blue", DEMO_BLUE);
    return weir_zoo_demo_rollback(turns->zoo);
}

static const char *spoken(const char *outcome)
{
    return outcome == NULL ? "over" : strcmp(outcome, "rolled_back") == 0 ? "rolled back" : outcome;
}

static void end_turn(struct demo_turns *turns, const struct demo_chapter *chapter)
{
    const struct weir_zoo_demo_sight *sight = &turns->sight;
    const char *outcome = spoken(sight->outcome);
    bool failed = strcmp(outcome, chapter->back ? "rolled back" : "done") != 0;

    demo_ledger_end_turn(turns->ledger, outcome, failed);
    demo_view_say(turns->view, "  the switch is %s: %s is active, epoch %llu", outcome,
                  sight->active, (unsigned long long)sight->epoch);
}

int demo_turns_perform(struct demo_turns *turns, const struct demo_story *story, enum demo_act act)
{
    if (act == DEMO_ACT_SWITCH) {
        return apply(turns, story);
    }
    if (act == DEMO_ACT_BACK) {
        return take_back(turns);
    }
    if (act == DEMO_ACT_HANG) {
        demo_view_say(turns->view,
                      "member %c hangs: its handlers do their orders and do not return",
                      demo_member_name(story->member));
        demo_ledger_hang(turns->ledger, story->member);
    } else {
        assert(act == DEMO_ACT_ENDED && story->told != NULL);
        end_turn(turns, story->told);
    }
    return WEIR_EXIT_OK;
}
