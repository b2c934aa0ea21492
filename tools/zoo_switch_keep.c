#include "tools/zoo_switch_keep.h"

#include "framework/znode.h"
#include "tools/memory.h"
#include "tools/options.h"
#include "tools/zoo_group_state.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static char *path_of(const struct weir_switching *switching, const char *below)
{
    struct weir_znode node;

    weir_znode_group(&node, switching->group->name, below);
    return weir_zoo_talk_path(switching->group->talk, node.path);
}

/* Loading. */

static void warn_damaged(const struct weir_zoo_question *answer, const char *why)
{
    char *text = weir_cli_text("ZooKeeper: %s cannot be obeyed: %s; no switch is taken back by it",
                               answer->path, why);

    weir_cli_warn(text);
    free(text);
}

int weir_switch_snapshot_load(struct weir_switching *switching, struct weir_switch_snapshot *out,
                              bool *there)
{
    struct weir_zoo_questions questions = {.all = NULL};
    struct weir_error error = {.text = "it is damaged"};

    *there = false;
    (void)weir_zoo_questions_add(&questions, WEIR_ZOO_GET, path_of(switching, "weir/snapshot"));
    weir_zoo_talk_allow(switching->group->talk, switching->wish->timeout_ms);
    int code = weir_zoo_talk_read(switching->group->talk, &questions);
    const struct weir_zoo_question *answer = &questions.all[0];
    if (code == WEIR_EXIT_OK && answer->result == WEIR_ZOO_OK && answer->size > 0) {
        *there = weir_switch_snapshot_read(answer->data, answer->size, out, &error) == WEIR_OK;
        if (!*there) {
            warn_damaged(answer, error.text);
        }
    }
    weir_zoo_questions_fini(&questions);
    return code;
}

/* Making. */

static int read_topics(const struct weir_switching *switching, struct weir_zoo_questions *lists)
{
    struct weir_zoo_questions topics = {.all = NULL};

    (void)weir_zoo_questions_add(&topics, WEIR_ZOO_CHILDREN, path_of(switching, "offsets"));
    weir_zoo_talk_allow(switching->group->talk, switching->wish->timeout_ms);
    int code = weir_zoo_talk_read(switching->group->talk, &topics);
    for (size_t i = 0; code == WEIR_EXIT_OK && i < topics.all[0].name_count; i++) {
        (void)weir_zoo_questions_add(
            lists, WEIR_ZOO_CHILDREN,
            weir_cli_text("%s/%s", topics.all[0].path, topics.all[0].names[i]));
    }
    weir_zoo_questions_fini(&topics);
    return code != WEIR_EXIT_OK ? code : weir_zoo_talk_read(switching->group->talk, lists);
}

/* Whatever has an offset in ZooKeeper. */
static int look(const struct weir_switching *switching, struct weir_view *view)
{
    struct weir_zoo_questions lists = {.all = NULL};
    int code = read_topics(switching, &lists);

    for (size_t i = 0; code == WEIR_EXIT_OK && i < lists.count; i++) {
        const struct weir_zoo_question *list = &lists.all[i];
        const char *topic = strrchr(list->path, '/') + 1;
        for (size_t j = 0; j < list->name_count; j++) {
            int32_t partition = weir_zoo_partition(list->names[j]);
            if (partition >= 0) {
                (void)weir_view_add(view, weir_cli_copy(topic), partition);
            }
        }
    }
    weir_zoo_questions_fini(&lists);
    weir_view_sort(view);
    return code != WEIR_EXIT_OK
               ? code
               : weir_zoo_group_ask_committed(switching->group, switching->wish->timeout_ms, view);
}

/* Positions that are known: those of the view, or those that the brokers told. */
static size_t take_view(const struct weir_view *view, struct weir_position *positions)
{
    size_t count = 0;

    for (size_t i = 0; i < view->partition_count; i++) {
        const struct weir_view_partition *one = &view->partitions[i];
        if (one->committed >= 0) {
            positions[count++] = (struct weir_position){
                .topic = one->topic, .partition = one->partition, .offset = one->committed};
        }
    }
    return count;
}

static size_t take_list(const struct weir_switch_stop_list *list, struct weir_position *positions)
{
    for (size_t i = 0; i < list->count; i++) {
        positions[i] = (struct weir_position){.topic = list->all[i].topic,
                                              .partition = list->all[i].partition,
                                              .offset = list->all[i].offset};
    }
    return list->count;
}

static int take_offsets(struct weir_switching *switching, struct weir_switch_snapshot *out)
{
    const struct weir_switch_stop_list *told = switching->wish->committed;
    struct weir_view view = {.state = NULL};
    int code = switching->wish->offsets_in_zoo ? look(switching, &view) : WEIR_EXIT_OK;

    if (code == WEIR_EXIT_OK) {
        size_t room = view.partition_count + (told == NULL ? 0 : told->count) + 1;
        struct weir_position *positions = weir_cli_alloc(room, sizeof *positions);
        size_t count = told == NULL ? take_view(&view, positions) : take_list(told, positions);
        enum weir_status status =
            weir_switch_stops_create(out->id, positions, count, &out->offsets);
        out->unknown = status != WEIR_OK || (told == NULL && !switching->wish->offsets_in_zoo);
        free(positions);
    }
    weir_view_fini(&view);
    return code;
}

/* Of a way back it is that of the switch which is taken back, under another name. */
static char *text_of(const struct weir_switch_snapshot *snapshot, const char *id)
{
    struct weir_switch_snapshot named = *snapshot;

    memcpy(named.id, id, sizeof named.id);
    char *text = weir_switch_snapshot_text(&named);
    if (text == NULL) {
        weir_cli_warn("out of memory: no snapshot is kept");
    }
    return text;
}

static void warn_unknown(const struct weir_switch_snapshot *snapshot, const char *text)
{
    bool dropped = !snapshot->unknown && strstr(text, "\"unknown\":true") != NULL;

    if (dropped) {
        weir_cli_warn("the snapshot of this switch is kept without offsets: they are too many");
    }
}

int weir_switch_snapshot_make(struct weir_switching *switching,
                              const struct weir_switch_request *request, char **out)
{
    const struct weir_switch_wish *wish = switching->wish;
    struct weir_switch_snapshot fresh = {.mode = request->mode,
                                         .epoch = switching->look.record.epoch,
                                         .asked_ms = weir_clock_wall() / WEIR_NS_PER_MS,
                                         .window_ms = wish->window_ms,
                                         .store = wish->offsets_in_zoo ? WEIR_SWITCH_STORE_ZOOKEEPER
                                                                       : WEIR_SWITCH_STORE_KAFKA};

    *out = NULL;
    if (wish->back != NULL) {
        *out = text_of(wish->back, request->id);
        return WEIR_EXIT_OK;
    }
    if (wish->window_ms == 0 || request->from[0] == '\0') {
        return WEIR_EXIT_OK;
    }
    memcpy(fresh.id, request->id, sizeof fresh.id);
    memcpy(fresh.peer, request->peer, sizeof fresh.peer);
    fresh.unknown = fresh.peer[0] != '\0' && !wish->offsets_in_zoo; /* nothing is replayed then */
    int code = fresh.unknown ? WEIR_EXIT_OK : take_offsets(switching, &fresh);
    if (code == WEIR_EXIT_OK) {
        *out = text_of(&fresh, request->id);
        if (*out != NULL) {
            warn_unknown(&fresh, *out);
        }
    }
    weir_switch_snapshot_fini(&fresh);
    return code;
}
