#include "tools/zoo_group_switch.h"

#include "framework/switch_stops.h"
#include "framework/znode.h"
#include "tools/memory.h"
#include "tools/options.h"
#include "tools/zoo_group_state.h"
#include "tools/zoo_switch_snapshot.h"
#include <stdlib.h>
#include <string.h>

/* The papers of a switch: which are of use depends on how far it is. */

static bool has_stops(const struct weir_switch *record)
{
    return weir_switch_needs_stops(record, record->request.from);
}

/* They are set back by the step that hands over. */
static bool sets_back(const struct weir_switch *record)
{
    return record->request.replay &&
           (record->step == WEIR_SWITCH_PREPARED || record->step == WEIR_SWITCH_DRAINING ||
            record->step == WEIR_SWITCH_COMMITTED);
}

static bool leaves(const struct weir_switch *record)
{
    return record->request.leave_unread && record->step != WEIR_SWITCH_RETURNING;
}

static void take_request(struct weir_view *view, const struct weir_switch_request *request)
{
    view->request = (struct weir_view_request){
        .id = weir_cli_copy(request->id),
        .from = weir_cli_copy(request->from[0] == '\0' ? NULL : request->from),
        .to = weir_cli_copy(request->to),
        .peer = weir_cli_copy(request->peer[0] == '\0' ? NULL : request->peer),
        .stops = request->drain == WEIR_SWITCH_TO_STOPS,
        .replay = request->replay};
}

/* Why not all is known, or NULL; the first reason says most. */
static void give_reason(struct weir_view *view, char *reason)
{
    if (view->reason == NULL) {
        view->reason = reason;
    } else {
        free(reason);
    }
}

static const char *color_of(const struct weir_zoo_look *look, int32_t member)
{
    return member == WEIR_VIEW_NOBODY ? NULL : look->roster.members[member]->registration.color;
}

static bool is_color(const char *one, const char *other)
{
    return one != NULL && strcmp(one, other) == 0;
}

/* What the new color has, the old one has handed over. */
static void take_stops(struct weir_view *view, const struct weir_zoo_look *look,
                       const struct weir_switch_stops *stops)
{
    for (size_t i = 0; i < view->partition_count; i++) {
        struct weir_view_partition *one = &view->partitions[i];
        int64_t stop = weir_switch_stops_find(stops, one->topic, one->partition);
        if (stop != WEIR_SWITCH_STOP_NONE &&
            !is_color(color_of(look, one->owner), look->record.request.to)) {
            one->stop = stop;
        }
    }
}

static void take_replay(struct weir_view *view, const struct weir_switch_stops *offsets)
{
    for (size_t i = 0; i < view->partition_count; i++) {
        struct weir_view_partition *one = &view->partitions[i];
        int64_t offset = weir_switch_stops_find(offsets, one->topic, one->partition);
        one->set_back_to = offset == WEIR_SWITCH_STOP_NONE ? WEIR_VIEW_UNKNOWN : offset;
    }
}

static bool reads(const struct weir_zoo_look *look, const char *color, const char *topic)
{
    for (size_t i = 0; i < look->roster.count; i++) {
        const struct weir_registration *self = &look->roster.members[i]->registration;
        for (size_t t = 0; is_color(self->color, color) && t < self->topic_count; t++) {
            if (strcmp(self->topics[t].name, topic) == 0) {
                return true;
            }
        }
    }
    return false;
}

static void take_left(struct weir_view *view, const struct weir_zoo_look *look)
{
    const struct weir_switch_request *request = &look->record.request;

    for (size_t i = 0; i < view->partition_count; i++) {
        struct weir_view_partition *one = &view->partitions[i];
        one->left = reads(look, request->from, one->topic) && !reads(look, request->to, one->topic);
    }
}

/* Reading them. */

/* What was read of one. NULL: it is good. */
static char *trouble_of(const char *below, const struct weir_zoo_look *look, enum weir_status read,
                        const char *id, const char *why)
{
    if (read != WEIR_OK) {
        return weir_cli_text("%s cannot be read: %s", below, why);
    }
    return strcmp(id, look->record.request.id) == 0
               ? NULL
               : weir_cli_text("%s is of another switch, %s", below, id);
}

/* What it says goes into the view. NULL, or why it does not. */
typedef char *take_fn(struct weir_view *view, const struct weir_zoo_look *look, const char *below,
                      const struct weir_zoo_question *answer);

static char *take_stops_paper(struct weir_view *view, const struct weir_zoo_look *look,
                              const char *below, const struct weir_zoo_question *answer)
{
    struct weir_switch_stops stops = {.topics = NULL};
    struct weir_error error = {.text = "it is damaged"};
    enum weir_status read = weir_switch_stops_read(answer->data, answer->size, &stops, &error);

    char *trouble = trouble_of(below, look, read, stops.id, error.text);
    if (trouble == NULL) {
        take_stops(view, look, &stops);
    }
    weir_switch_stops_fini(&stops);
    return trouble;
}

static char *take_snapshot_paper(struct weir_view *view, const struct weir_zoo_look *look,
                                 const char *below, const struct weir_zoo_question *answer)
{
    struct weir_switch_snapshot snapshot = {.unknown = false};
    struct weir_error error = {.text = "it is damaged"};
    enum weir_status read =
        weir_switch_snapshot_read(answer->data, answer->size, &snapshot, &error);

    char *trouble = trouble_of(below, look, read, snapshot.id, error.text);
    if (trouble == NULL) {
        take_replay(view, &snapshot.offsets);
    }
    weir_switch_snapshot_fini(&snapshot);
    return trouble;
}

static int ask(const struct weir_zoo_group *group, const char *below, take_fn *take,
               const struct weir_zoo_look *look, struct weir_view *view)
{
    struct weir_zoo_questions questions = {.all = NULL};
    struct weir_znode node;

    weir_znode_group(&node, group->name, below);
    (void)weir_zoo_questions_add(&questions, WEIR_ZOO_GET,
                                 weir_zoo_talk_path(group->talk, node.path));
    int code = weir_zoo_talk_read(group->talk, &questions);
    if (code == WEIR_EXIT_OK) {
        const struct weir_zoo_question *answer = &questions.all[0];
        give_reason(view, answer->result == WEIR_ZOO_OK ? take(view, look, below, answer)
                                                        : weir_cli_text("%s is not there", below));
    }
    weir_zoo_questions_fini(&questions);
    return code;
}

int weir_zoo_group_ask_switch(const struct weir_zoo_group *group, const struct weir_zoo_look *look,
                              struct weir_view *view)
{
    const struct weir_switch *record = &look->record;
    int code = WEIR_EXIT_OK;

    if (!look->switched || record->step == WEIR_SWITCH_IDLE) {
        return code;
    }
    take_request(view, &record->request);
    if (leaves(record)) {
        take_left(view, look);
    }
    if (has_stops(record)) {
        code = ask(group, "weir/stops", take_stops_paper, look, view);
    }
    if (code == WEIR_EXIT_OK && sets_back(record)) {
        code = ask(group, "weir/snapshot", take_snapshot_paper, look, view);
    }
    return code;
}
