#include "tools/zoo_switch_replay.h"

#include "framework/znode.h"
#include "tools/memory.h"
#include "tools/options.h"
#include "tools/text_table.h"
#include "tools/zoo_group_state.h"
#include "tools/zoo_switch_keep.h"
#include "tools/zoo_switch_progress.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Of each partition two nodes are asked for, and there are two parts at most; the record is one
 * more, for which there is to be this much room. */
enum { OF_OFFSET, OF_FENCE, NODES_EACH, RECORD_SIZE = 64 * 1024 };

static const char mark[] = "weir-switch";
static const char longest[] = "9223372036854775807"; /* offset */

/* One partition of the snapshot. */
struct place {
    const char *topic;
    int32_t partition;
    int64_t offset;
};

/* The next one from *topic and *partition on. */
static bool next_place(const struct weir_switch_stops *offsets, size_t *topic, size_t *partition,
                       struct place *out)
{
    for (; *topic < offsets->topic_count; (*topic)++, *partition = 0) {
        const struct weir_switch_stops_topic *one = &offsets->topics[*topic];
        for (; *partition < one->partitions; (*partition)++) {
            *out = (struct place){.topic = one->name,
                                  .partition = (int32_t)*partition,
                                  .offset = offsets->offsets[one->first + *partition]};
            if (out->offset != WEIR_SWITCH_STOP_NONE) {
                (*partition)++;
                return true;
            }
        }
    }
    return false;
}

static char *path_of(const struct weir_switching *switching, const struct weir_znode *node)
{
    return weir_zoo_talk_path(switching->group->talk, node->path);
}

/* Looking. */

static void ask(const struct weir_switching *switching, const struct weir_switch_stops *offsets,
                struct weir_zoo_questions *nodes)
{
    const char *group = switching->group->name;
    size_t topic = 0;
    size_t partition = 0;
    struct place place;
    struct weir_znode node;

    while (next_place(offsets, &topic, &partition, &place)) {
        weir_znode_offset(&node, group, place.topic, place.partition);
        (void)weir_zoo_questions_add(nodes, WEIR_ZOO_GET, path_of(switching, &node));
        weir_znode_fence(&node, group, place.topic, place.partition);
        (void)weir_zoo_questions_add(nodes, WEIR_ZOO_EXISTS, path_of(switching, &node));
    }
}

static void take(const struct weir_switch_stops *offsets, struct weir_switch_replay *out)
{
    size_t topic = 0;
    size_t partition = 0;
    struct place place;

    out->rows = weir_cli_alloc(out->nodes.count + 1, sizeof out->rows[0]);
    for (size_t i = 0; next_place(offsets, &topic, &partition, &place); i += NODES_EACH) {
        const struct weir_zoo_question *node = &out->nodes.all[i + OF_OFFSET];
        struct weir_switch_replay_row row = {
            .topic = place.topic, .partition = place.partition, .offset = place.offset, .node = i};
        row.behind = node->result == WEIR_ZOO_OK &&
                     weir_znode_offset_read(node->data, node->size, &row.committed) &&
                     row.committed > place.offset;
        out->records += row.behind ? row.committed - row.offset : 0;
        out->behind += row.behind ? 1 : 0;
        out->rows[out->count++] = row;
    }
}

/* Takes the data; NULL: it is only to be as it was read. */
static void add_part(struct weir_zoo_question *question, const struct weir_zoo_question *node,
                     char *data)
{
    weir_zoo_question_part(
        question, (struct weir_zoo_part){.kind = data != NULL ? WEIR_ZOO_SET : WEIR_ZOO_CHECK,
                                         .path = weir_cli_copy(node->path),
                                         .data = data,
                                         .version = node->facts.version});
}

void weir_switch_replay_add(const struct weir_switch_replay *replay,
                            struct weir_zoo_question *question)
{
    for (size_t i = 0; i < replay->count; i++) {
        const struct weir_switch_replay_row *row = &replay->rows[i];
        const struct weir_zoo_question *node = &replay->nodes.all[row->node + OF_OFFSET];
        const struct weir_zoo_question *fence = &replay->nodes.all[row->node + OF_FENCE];
        if (node->result == WEIR_ZOO_OK) {
            add_part(question, node, row->behind ? weir_cli_text("%" PRId64, row->offset) : NULL);
        }
        if (fence->result == WEIR_ZOO_OK) { /* else nobody has ever claimed it */
            add_part(question, fence, weir_cli_copy(mark));
        }
    }
}

/* As if all were set back, for all may be by the time that it comes to it. */
static void add_all(struct weir_zoo_question *question, const struct weir_switch_replay *replay)
{
    for (size_t i = 0; i < replay->count; i++) {
        const struct weir_zoo_question *nodes = &replay->nodes.all[replay->rows[i].node];
        add_part(question, &nodes[OF_OFFSET], weir_cli_copy(longest));
        add_part(question, &nodes[OF_FENCE], weir_cli_copy(mark));
    }
}

int weir_switch_replay_judge_room(const struct weir_switch_replay *const *all, size_t count)
{
    struct weir_zoo_questions questions = {.all = NULL};
    size_t parts = count; /* a record each */

    for (size_t i = 0; i < count; i++) {
        parts += all[i]->count * NODES_EACH;
    }
    bool room = parts <= WEIR_ZOO_PARTS_MAX;
    if (room) {
        struct weir_zoo_question *question =
            weir_zoo_questions_add(&questions, WEIR_ZOO_MULTI, weir_cli_copy("/"));
        for (size_t i = 0; i < count; i++) {
            add_all(question, all[i]);
        }
        room = weir_zoo_question_size(question) + count * RECORD_SIZE < WEIR_ZOO_DATA_MAX;
    }
    weir_zoo_questions_fini(&questions);
    return room ? WEIR_EXIT_OK
                : weir_switching_refuse("there are more partitions than can be set back in one "
                                        "transaction; without --replay there is a way back");
}

int weir_switch_replay_look(struct weir_switching *switching,
                            const struct weir_switch_snapshot *snapshot,
                            struct weir_switch_replay *out)
{
    *out = (struct weir_switch_replay){.rows = NULL};
    ask(switching, &snapshot->offsets, &out->nodes);
    weir_zoo_talk_allow(switching->group->talk, switching->wish->timeout_ms);
    int code = weir_zoo_talk_read(switching->group->talk, &out->nodes);
    if (code == WEIR_EXIT_OK) {
        take(&snapshot->offsets, out);
        code = weir_switch_replay_judge_room((const struct weir_switch_replay *const[]){out}, 1);
    }
    return code;
}

void weir_switch_replay_fini(struct weir_switch_replay *replay)
{
    weir_zoo_questions_fini(&replay->nodes);
    free(replay->rows);
    *replay = (struct weir_switch_replay){.rows = NULL};
}

/* Showing. */

static void show_json(const struct weir_switching *switching,
                      const struct weir_switch_replay *replay)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < replay->count; i++) {
        const struct weir_switch_replay_row *row = &replay->rows[i];
        if (!row->behind) {
            continue;
        }
        (void)json_array_append_new(rows, json_pack("{s:s, s:i, s:I, s:I}", "topic", row->topic,
                                                    "partition", (int)row->partition, "committed",
                                                    (json_int_t)row->committed, "offset",
                                                    (json_int_t)row->offset));
    }
    json_t *line = json_pack("{s:s, s:I, s:o}", "group", switching->group->name, "again",
                             (json_int_t)replay->records, "replay", rows);
    (void)json_dumpf(line, switching->out, JSON_COMPACT);
    (void)fputc('\n', switching->out);
    json_decref(line);
}

void weir_switch_replay_show(const struct weir_switching *switching,
                             const struct weir_switch_replay *replay)
{
    static const char *const titles[] = {"TOPIC", "PARTITION", "COMMITTED", "SET BACK TO", "AGAIN"};
    struct weir_text_table table = {.align = "lrrrr"};

    if (switching->wish->json) {
        weir_text_table_fini(&table);
        show_json(switching, replay);
        return;
    }
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
        weir_text_table_add(&table, "%s", titles[i]);
    }
    for (size_t i = 0; i < replay->count; i++) {
        const struct weir_switch_replay_row *row = &replay->rows[i];
        if (!row->behind) {
            continue;
        }
        weir_text_table_add(&table, "%s", row->topic);
        weir_text_table_add(&table, "%d", (int)row->partition);
        weir_text_table_add(&table, "%" PRId64, row->committed);
        weir_text_table_add(&table, "%" PRId64, row->offset);
        weir_text_table_add(&table, "%" PRId64, row->committed - row->offset);
    }
    weir_text_table_print(&table, switching->out);
    weir_text_table_fini(&table);
    weir_switch_progress_group(switching);
    (void)fprintf(switching->out,
                  "%" PRId64 " records come again, and those that are done until it hands over\n",
                  replay->records);
}

/* Writing. */

/* That of another switch is none: the record was read before. */
int weir_switch_replay_load(struct weir_switching *switching, const char *id,
                            struct weir_switch_snapshot *snapshot,
                            struct weir_switch_replay *replay)
{
    bool there = false;
    int code = weir_switch_snapshot_load(switching, snapshot, &there);

    if (code != WEIR_EXIT_OK) {
        return code;
    }
    return there && strcmp(snapshot->id, id) == 0
               ? weir_switch_replay_look(switching, snapshot, replay)
               : weir_switching_refuse(
                     "the snapshot of this switch is not there any more, so its offsets cannot be "
                     "set back; nobody works until it is overdue and goes back, or, at once, by "
                     "weir switch rollback --execute");
}

int weir_switching_set_back(struct weir_switching *switching, const struct weir_switch *next,
                            enum weir_switch_written *out)
{
    struct weir_switch_snapshot snapshot = {.unknown = false};
    struct weir_switch_replay replay = {.rows = NULL};
    int code = weir_switch_replay_load(switching, next->request.id, &snapshot, &replay);

    *out = WEIR_SWITCH_LOST;
    if (code == WEIR_EXIT_OK) {
        code = weir_switching_ask(switching, next, &(struct weir_switch_papers){.replay = &replay},
                                  out);
    }
    weir_switch_replay_fini(&replay);
    weir_switch_snapshot_fini(&snapshot);
    return code;
}
