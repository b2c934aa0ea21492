#include "framework/znode.h"
#include "tools/memory.h"
#include "tools/options.h"
#include "tools/text_table.h"
#include "tools/zoo_group_nodes.h"
#include "tools/zoo_group_state.h"
#include "tools/zoo_switch.h"
#include "tools/zoo_switch_sight.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* A whole group that nobody uses any more. Nothing locks it: who joins makes `ids`, if it is not
 * there, and a node in it. So a transaction that deletes `ids` comes about only while nobody is in
 * it; and one that finds it missing makes it and deletes it again, which fails as soon as somebody
 * has made it. Each node goes in the version that was looked at. All that fits goes in one
 * transaction, which is a group of about 2,000 partitions: who joins comes before it, and nothing
 * is removed, or after it, and is the first member of a new group. Of a larger one the offsets go
 * last. */

enum { MS_PER_S = 1000, NO_GROUP = 1 };

static const char ids[] = "ids";
static const char brokers[] =
    "offsets that it has committed to the brokers stay; with Kafka's tools: "
    "kafka-consumer-groups.sh --delete --group";

struct removing {
    struct weir_zoo_group *group;
    const struct weir_switch_wish *wish;
    FILE *out;
    struct weir_zoo_group_nodes nodes;
    char *kept; /* why; NULL: it may go */
    size_t removed;
};

/* Judging. */

static bool is_below(const struct weir_zoo_group_node *node, const char *folder)
{
    size_t size = strlen(folder);

    return strncmp(node->below, folder, size) == 0 && node->below[size] == '/';
}

/* owners/TOPIC/PARTITION */
static bool is_owner(const struct weir_zoo_group_node *node)
{
    return is_below(node, "owners") && strchr(strchr(node->below, '/') + 1, '/') != NULL;
}

/* The window of the last switch begins with the last write of its record. */
static int64_t limit_ms(const struct removing *removing, const struct weir_zoo_group_node *node)
{
    const struct weir_switch_wish *wish = removing->wish;
    bool window = strcmp(node->below, "weir/switch") == 0 && wish->window_ms > wish->unused_ms;

    return window ? wish->window_ms : wish->unused_ms;
}

static char *judge_one(const struct removing *removing, const struct weir_zoo_group_node *node)
{
    int64_t age_ms = weir_clock_wall() / WEIR_NS_PER_MS - node->facts.modified_ms;

    if (is_below(node, ids)) {
        return weir_cli_text("%s is there", node->below);
    }
    if (is_owner(node)) {
        return weir_cli_text("somebody owns something: %s", node->below);
    }
    if (node->facts.owner != 0) {
        return weir_cli_text("somebody has it in use: %s is of a session", node->below);
    }
    if (age_ms < limit_ms(removing, node)) {
        return weir_cli_text("%s was written %" PRId64 " s ago",
                             node->below[0] == '\0' ? "its node" : node->below, age_ms / MS_PER_S);
    }
    return NULL;
}

static void judge(struct removing *removing)
{
    for (size_t i = 0; removing->kept == NULL && i < removing->nodes.count; i++) {
        removing->kept = judge_one(removing, &removing->nodes.all[i]);
    }
}

/* What is under way although nobody takes it further: members that are down for longer than a day
 * go on with it, and the other half of a swap waits for this one. */
static char *judge_switch(const struct weir_zoo_question *answer)
{
    const struct weir_switch_request *request = NULL;
    struct weir_switch record;

    if (answer->result == WEIR_ZOO_ABSENT) {
        return NULL;
    }
    if (answer->result != WEIR_ZOO_OK ||
        weir_switch_read(answer->data, answer->size, &record, NULL) != WEIR_OK) {
        return weir_cli_text("%s cannot be read, so a switch may be under way; with --unused-for 0 "
                             "the group goes all the same",
                             answer->path);
    }
    if (record.step == WEIR_SWITCH_IDLE) {
        return NULL;
    }
    request = &record.request;
    bool half = request->peer[0] != '\0';
    return weir_cli_text("the switch %s to %s, which %s asked for, is under way (%s)%s%s%s: weir "
                         "switch rollback takes it back; with --unused-for 0 the group goes all "
                         "the same",
                         request->id, request->to, request->by, weir_switch_step_name(record.step),
                         half ? ", and the other half of it, in " : "", request->peer,
                         half ? ", would wait for it for ever" : "");
}

static int look_at_switch(struct removing *removing)
{
    const struct weir_zoo_group_node *node =
        weir_zoo_group_nodes_find(&removing->nodes, "weir/switch");
    struct weir_zoo_questions questions = {.all = NULL};

    if (removing->kept != NULL || node == NULL || removing->wish->unused_ms == 0) {
        return WEIR_EXIT_OK;
    }
    (void)weir_zoo_questions_add(&questions, WEIR_ZOO_GET, weir_cli_copy(node->path));
    weir_zoo_talk_allow(removing->group->talk, removing->wish->timeout_ms);
    int code = weir_zoo_talk_read(removing->group->talk, &questions);
    if (code == WEIR_EXIT_OK) {
        removing->kept = judge_switch(&questions.all[0]);
    }
    weir_zoo_questions_fini(&questions);
    return code;
}

static int look(struct removing *removing)
{
    weir_zoo_talk_allow(removing->group->talk, removing->wish->timeout_ms);
    int code =
        weir_zoo_group_nodes_read(removing->group->talk, removing->group->name, &removing->nodes);

    if (code == WEIR_EXIT_OK && removing->nodes.count == 0) {
        char *text = weir_cli_text("there is no group '%s' in ZooKeeper %s", removing->group->name,
                                   weir_zoo_talk_address(removing->group->talk));
        weir_cli_complain(text);
        free(text);
        code = NO_GROUP;
    }
    if (code == WEIR_EXIT_OK) {
        judge(removing);
        code = look_at_switch(removing);
    }
    return code;
}

/* Removing. */

static void add_part(struct weir_zoo_question *question, enum weir_zoo_kind kind, char *path,
                     int32_t version)
{
    weir_zoo_question_part(question,
                           (struct weir_zoo_part){.kind = kind, .path = path, .version = version});
}

static char *ids_path(const struct removing *removing)
{
    return weir_cli_text("%s/%s", removing->nodes.all[0].path, ids);
}

/* What is left, from the last one on, as far as it fits; returns how many are left then. The first
 * node is the group's, which goes when nothing else is left, `ids` included. */
static size_t fill(const struct removing *removing, size_t left, bool has_ids,
                   struct weir_zoo_question *question)
{
    const struct weir_zoo_group_node *all = removing->nodes.all;
    size_t size = 0;

    add_part(question, has_ids ? WEIR_ZOO_DELETE : WEIR_ZOO_CREATE, ids_path(removing),
             WEIR_ZOO_ANY_VERSION);
    while (left > 1 && question->part_count < WEIR_ZOO_PARTS_MAX - 2 &&
           size < WEIR_ZOO_DATA_MAX / 2) {
        const struct weir_zoo_group_node *node = &all[--left];
        if (strcmp(node->below, ids) != 0) {
            add_part(question, WEIR_ZOO_DELETE, weir_cli_copy(node->path), node->facts.version);
            size += strlen(node->path);
        }
    }
    if (!has_ids) {
        add_part(question, WEIR_ZOO_DELETE, ids_path(removing), WEIR_ZOO_ANY_VERSION);
    }
    if (left == 1) {
        add_part(question, WEIR_ZOO_DELETE, weir_cli_copy(all[0].path), WEIR_ZOO_ANY_VERSION);
        left = 0;
    }
    return left;
}

static int tell_failed(const struct removing *removing, const struct weir_zoo_question *answer)
{
    bool lost = answer->result == WEIR_ZOO_OTHER || answer->result == WEIR_ZOO_PRESENT ||
                answer->result == WEIR_ZOO_ABSENT;
    const char *path = answer->parts[answer->failed_part].path;
    char *text =
        lost ? weir_cli_text("somebody has come meanwhile, or changed %s; %s is removed", path,
                             removing->removed == 0 ? "nothing" : "no more than before that")
             : weir_cli_text("not everything is removed: %s; try again", answer->why);

    weir_cli_complain(text);
    free(text);
    return lost || answer->result == WEIR_ZOO_UNKNOWN ? WEIR_EXIT_TRY_AGAIN : WEIR_EXIT_UNAVAILABLE;
}

static int remove_all(struct removing *removing)
{
    size_t left = removing->nodes.count;
    bool has_ids = weir_zoo_group_nodes_find(&removing->nodes, ids) != NULL;
    int code = WEIR_EXIT_OK;

    while (code == WEIR_EXIT_OK && left > 0) {
        struct weir_zoo_questions questions = {.all = NULL};
        struct weir_zoo_question *question = weir_zoo_questions_add(
            &questions, WEIR_ZOO_MULTI, weir_cli_copy(removing->nodes.all[0].path));
        size_t next = fill(removing, left, has_ids, question);
        weir_zoo_talk_allow(removing->group->talk, removing->wish->timeout_ms);
        code = weir_zoo_talk_ask(removing->group->talk, &questions);
        if (code == WEIR_EXIT_OK && questions.all[0].result == WEIR_ZOO_OK) {
            removing->removed += left - next;
            left = next;
            has_ids = false;
        } else if (code == WEIR_EXIT_OK) {
            code = tell_failed(removing, &questions.all[0]);
        }
        weir_zoo_questions_fini(&questions);
    }
    return code;
}

/* Telling. */

/* Of what is in a folder: "offsets", "weir/fence"; the group's own node is of none. */
static size_t area_size(const struct weir_zoo_group_node *node)
{
    size_t size = strcspn(node->below, "/");

    if (strncmp(node->below, "weir/", size + 1) == 0) {
        size += 1 + strcspn(node->below + size + 1, "/");
    }
    return size;
}

struct area {
    const char *name;
    size_t size;
    size_t nodes;
    int64_t modified_ms; /* the last of them */
};

/* The areas one after the other, from *at on; they are sorted, but that a name may stand between a
 * folder and what is in it. */
static bool next_area(const struct removing *removing, size_t *at, struct area *out)
{
    const struct weir_zoo_group_nodes *nodes = &removing->nodes;

    if (*at >= nodes->count) {
        return false;
    }
    *out = (struct area){.name = nodes->all[*at].below, .size = area_size(&nodes->all[*at])};
    for (; *at < nodes->count && area_size(&nodes->all[*at]) == out->size &&
           strncmp(nodes->all[*at].below, out->name, out->size) == 0;
         (*at)++) {
        int64_t modified_ms = nodes->all[*at].facts.modified_ms;
        out->modified_ms = modified_ms > out->modified_ms ? modified_ms : out->modified_ms;
        out->nodes++;
    }
    return true;
}

static const char *verdict_of(const struct removing *removing)
{
    if (!removing->wish->execute) {
        return "would be removed; --execute does it";
    }
    return removing->removed == removing->nodes.count ? "removed" : "not all of it is removed";
}

static void print_table(const struct removing *removing)
{
    struct weir_text_table table = {.align = "lrr"};
    int64_t now_ms = weir_clock_wall() / WEIR_NS_PER_MS;
    struct area area;
    size_t at = 0;

    weir_text_table_add(&table, "WHAT");
    weir_text_table_add(&table, "NODES");
    weir_text_table_add(&table, "WRITTEN");
    while (next_area(removing, &at, &area)) {
        int64_t seconds = (now_ms - area.modified_ms) / MS_PER_S;
        weir_text_table_add(&table, "%.*s", area.size == 0 ? 1 : (int)area.size,
                            area.size == 0 ? "." : area.name);
        weir_text_table_add(&table, "%zu", area.nodes);
        weir_text_table_add(&table, "%" PRId64 " s ago", seconds < 0 ? 0 : seconds);
    }
    weir_text_table_print(&table, removing->out);
    weir_text_table_fini(&table);
    (void)fprintf(removing->out, "group %s, %zu nodes: %s%s\n", removing->group->name,
                  removing->nodes.count, removing->kept == NULL ? "" : "kept: ",
                  removing->kept == NULL ? verdict_of(removing) : removing->kept);
    if (removing->kept == NULL && !removing->wish->offsets_in_zoo) {
        (void)fprintf(removing->out, "%s %s\n", brokers, removing->group->name);
    }
}

static void print_json(const struct removing *removing)
{
    json_t *areas = json_array();
    struct area area;
    size_t at = 0;

    while (next_area(removing, &at, &area)) {
        (void)json_array_append_new(areas, json_pack("{s:s%, s:I, s:I}", "what", area.name,
                                                     area.size, "nodes", (json_int_t)area.nodes,
                                                     "written_ms", (json_int_t)area.modified_ms));
    }
    json_t *line = json_pack(
        "{s:s, s:b, s:I, s:I, s:o, s:o}", "group", removing->group->name, "executed",
        removing->wish->execute, "nodes", (json_int_t)removing->nodes.count, "removed",
        (json_int_t)removing->removed, "kept",
        removing->kept == NULL ? json_null() : json_string(removing->kept), "areas", areas);
    (void)json_dumpf(line, removing->out, JSON_COMPACT);
    (void)fputc('\n', removing->out);
    json_decref(line);
}

static int refuse(const struct removing *removing)
{
    char *text = weir_cli_text("group %s is in use: %s", removing->group->name, removing->kept);
    int code = weir_switching_refuse(text);

    free(text);
    return code;
}

int weir_zoo_switch_collect_group(struct weir_zoo_group *group, const struct weir_switch_wish *wish,
                                  FILE *out)
{
    struct removing removing = {.group = group, .wish = wish, .out = out};
    int code = look(&removing);

    if (code == WEIR_EXIT_OK) {
        code = removing.kept != NULL ? refuse(&removing)
               : wish->execute       ? remove_all(&removing)
                                     : WEIR_EXIT_OK;
        if (wish->json) {
            print_json(&removing);
        } else {
            print_table(&removing);
        }
    }
    weir_zoo_group_nodes_fini(&removing.nodes);
    free(removing.kept);
    return code;
}
