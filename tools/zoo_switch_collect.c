#include "framework/znode.h"
#include "tools/memory.h"
#include "tools/options.h"
#include "tools/text_table.h"
#include "tools/zoo_group_state.h"
#include "tools/zoo_switch.h"
#include "tools/zoo_switch_show.h"
#include "tools/zoo_switch_sight.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* What a color leaves behind is its division, weir/allotment-<color>: offsets, owners and fences
 * are the group's, and members' own nodes go with them. It is removed in a transaction that holds
 * only if the record of the switch is the one that was read and nobody has divided anew since. A
 * member that joins in between and finds none divides anew, as the first one of a color does. */

enum { MS_PER_S = 1000, PART_RECORD = 0 };

static const char prefix[] = "allotment-";

struct leftover {
    const char *color; /* borrowed from the list of names */
    int64_t used_ms;   /* last, since 1970 */
    int32_t version;
    const char *kept; /* why; static. NULL: it may go */
    bool removed;
};

struct collecting {
    struct weir_switching switching;
    struct weir_zoo_questions names; /* one answer: what is in weir */
    struct leftover *all;
    size_t count;
};

/* Looking. */

static int list(struct collecting *collecting)
{
    struct weir_zoo_group *group = collecting->switching.group;
    struct weir_znode node;

    weir_znode_group(&node, group->name, "weir");
    (void)weir_zoo_questions_add(&collecting->names, WEIR_ZOO_CHILDREN,
                                 weir_zoo_talk_path(group->talk, node.path));
    return weir_zoo_talk_read(group->talk, &collecting->names);
}

static char *path_of(const struct collecting *collecting, const char *color)
{
    const struct weir_zoo_group *group = collecting->switching.group;
    struct weir_znode node;

    weir_znode_allotment(&node, group->name, color);
    return weir_zoo_talk_path(group->talk, node.path);
}

/* When a switch from or to it ended last; 0: that is not known any more. */
static int64_t switched_ms(const struct weir_switch *record, const char *color)
{
    int64_t last_ms = 0;

    for (size_t i = 0; i < record->past_count; i++) {
        const struct weir_switch_past *past = &record->past[i];
        bool named = strcmp(past->from, color) == 0 || strcmp(past->to, color) == 0;
        last_ms = named && past->ended_ms > last_ms ? past->ended_ms : last_ms;
    }
    return last_ms;
}

/* Of a newer weir, or no member at all. */
static bool anybody_unread(const struct weir_zoo_look *look)
{
    for (size_t i = 0; i < look->roster.count; i++) {
        if (look->roster.members[i]->state != WEIR_ROSTER_READ) {
            return true;
        }
    }
    return false;
}

static const char *judge(const struct collecting *collecting, const struct leftover *leftover)
{
    const struct weir_zoo_look *look = &collecting->switching.look;
    int64_t unused_ms = weir_clock_wall() / WEIR_NS_PER_MS - leftover->used_ms;

    if (strcmp(look->record.active, leftover->color) == 0) {
        return "it is active";
    }
    if (weir_switch_show_members_of(look, leftover->color) > 0) {
        return "it has members";
    }
    if (anybody_unread(look)) {
        return "there is a member whose color cannot be told";
    }
    return unused_ms < collecting->switching.wish->unused_ms ? "it was used a short time ago"
                                                             : NULL;
}

static void take(struct collecting *collecting, const struct weir_zoo_question *answer)
{
    const char *color = strrchr(answer->path, '/') + sizeof prefix;
    int64_t switched = switched_ms(&collecting->switching.look.record, color);

    if (answer->result != WEIR_ZOO_OK) {
        return;
    }
    collecting->all =
        weir_cli_grow(collecting->all, collecting->count + 1, sizeof collecting->all[0]);
    struct leftover *leftover = &collecting->all[collecting->count++];
    *leftover = (struct leftover){
        .color = color,
        .version = answer->facts.version,
        .used_ms = switched > answer->facts.modified_ms ? switched : answer->facts.modified_ms};
    leftover->kept = judge(collecting, leftover);
}

/* The answers stay as long as what was taken of them. */
static int look(struct collecting *collecting, struct weir_zoo_questions *nodes)
{
    int code = list(collecting);
    const struct weir_zoo_question *names = collecting->names.all;

    for (size_t i = 0; code == WEIR_EXIT_OK && i < names->name_count; i++) {
        if (strncmp(names->names[i], prefix, sizeof prefix - 1) == 0) {
            (void)weir_zoo_questions_add(nodes, WEIR_ZOO_EXISTS,
                                         path_of(collecting, names->names[i] + sizeof prefix - 1));
        }
    }
    code =
        code != WEIR_EXIT_OK ? code : weir_zoo_talk_read(collecting->switching.group->talk, nodes);
    for (size_t i = 0; code == WEIR_EXIT_OK && i < nodes->count; i++) {
        take(collecting, &nodes->all[i]);
    }
    return code;
}

/* Removing. */

static void ask(const struct collecting *collecting, struct weir_zoo_questions *questions,
                const struct leftover *leftover)
{
    const struct weir_zoo_group *group = collecting->switching.group;
    struct weir_znode record;

    weir_znode_switch(&record, group->name);
    struct weir_zoo_question *asked =
        weir_zoo_questions_add(questions, WEIR_ZOO_MULTI, path_of(collecting, leftover->color));
    weir_zoo_question_part(
        asked, (struct weir_zoo_part){.kind = WEIR_ZOO_CHECK,
                                      .path = weir_zoo_talk_path(group->talk, record.path),
                                      .version = collecting->switching.look.record_version});
    weir_zoo_question_part(asked,
                           (struct weir_zoo_part){.kind = WEIR_ZOO_DELETE,
                                                  .path = path_of(collecting, leftover->color),
                                                  .version = leftover->version});
}

static int hear(struct leftover *leftover, const struct weir_zoo_question *answer)
{
    const char *why = answer->failed_part == PART_RECORD ? "a switch was asked for meanwhile"
                                                         : "somebody has divided it meanwhile";

    leftover->removed = answer->result == WEIR_ZOO_OK;
    if (leftover->removed) {
        return WEIR_EXIT_OK;
    }
    bool lost = answer->result == WEIR_ZOO_OTHER || answer->result == WEIR_ZOO_ABSENT;
    char *text = weir_cli_text("%s is not removed: %s", leftover->color, lost ? why : answer->why);
    leftover->kept = lost ? why : answer->why;
    weir_cli_complain(text);
    free(text);
    return lost || answer->result == WEIR_ZOO_UNKNOWN ? WEIR_EXIT_TRY_AGAIN : WEIR_EXIT_UNAVAILABLE;
}

static int remove_all(struct collecting *collecting)
{
    struct weir_zoo_questions questions = {.all = NULL};
    int worst = WEIR_EXIT_OK;

    for (size_t i = 0; i < collecting->count; i++) {
        if (collecting->all[i].kept == NULL) {
            ask(collecting, &questions, &collecting->all[i]);
        }
    }
    int code = weir_zoo_talk_ask(collecting->switching.group->talk, &questions);
    for (size_t i = 0, next = 0; code == WEIR_EXIT_OK && i < collecting->count; i++) {
        if (collecting->all[i].kept == NULL) {
            int one = hear(&collecting->all[i], &questions.all[next++]);
            worst = one == WEIR_EXIT_OK ? worst : one;
        }
    }
    weir_zoo_questions_fini(&questions);
    return code != WEIR_EXIT_OK ? code : worst;
}

/* Telling. */

static void print_table(const struct collecting *collecting)
{
    struct weir_text_table table = {.align = "lrl"};
    int64_t now_ms = weir_clock_wall() / WEIR_NS_PER_MS;
    bool execute = collecting->switching.wish->execute;

    weir_text_table_add(&table, "COLOR");
    weir_text_table_add(&table, "UNUSED FOR");
    weir_text_table_add(&table, "NOTE");
    for (size_t i = 0; i < collecting->count; i++) {
        const struct leftover *one = &collecting->all[i];
        int64_t seconds = (now_ms - one->used_ms) / MS_PER_S;
        weir_text_table_add(&table, "%s", one->color);
        weir_text_table_add(&table, "%" PRId64 " s", seconds < 0 ? 0 : seconds);
        weir_text_table_add(&table, "%s%s", one->kept == NULL ? "" : "kept: ",
                            one->kept != NULL ? one->kept
                            : execute         ? "removed"
                                              : "would be removed; --execute does it");
    }
    weir_text_table_print(&table, collecting->switching.out);
    weir_text_table_fini(&table);
}

static void print_json(const struct collecting *collecting)
{
    json_t *colors = json_array();

    for (size_t i = 0; i < collecting->count; i++) {
        const struct leftover *one = &collecting->all[i];
        (void)json_array_append_new(
            colors, json_pack("{s:s, s:I, s:b, s:o}", "color", one->color, "used_ms",
                              (json_int_t)one->used_ms, "removed", one->removed, "kept",
                              one->kept == NULL ? json_null() : json_string(one->kept)));
    }
    json_t *line = json_pack("{s:s, s:b, s:o}", "group", collecting->switching.group->name,
                             "executed", collecting->switching.wish->execute, "colors", colors);
    (void)json_dumpf(line, collecting->switching.out, JSON_COMPACT);
    (void)fputc('\n', collecting->switching.out);
    json_decref(line);
}

/* The look was made. */
static int refuse(const struct weir_zoo_look *look)
{
    if (!look->switched) {
        return weir_switching_refuse("no switch was ever asked for: there is nothing to collect");
    }
    if (look->record.step == WEIR_SWITCH_IDLE) {
        return WEIR_EXIT_OK;
    }
    char *text =
        weir_cli_text("the switch %s to %s is under way: nothing is removed before its end",
                      look->record.request.id, look->record.request.to);
    int code = weir_switching_refuse(text);
    free(text);
    return code;
}

int weir_zoo_switch_collect(struct weir_zoo_group *group, const struct weir_switch_wish *wish,
                            FILE *out)
{
    struct collecting collecting = {.switching = {.group = group, .wish = wish, .out = out}};
    struct weir_zoo_questions nodes = {.all = NULL};
    int code = weir_switching_look(&collecting.switching);

    code = code != WEIR_EXIT_OK ? code : refuse(&collecting.switching.look);
    code = code != WEIR_EXIT_OK ? code : look(&collecting, &nodes);
    if (code == WEIR_EXIT_OK) {
        code = wish->execute ? remove_all(&collecting) : WEIR_EXIT_OK;
        if (wish->json) {
            print_json(&collecting);
        } else {
            print_table(&collecting);
        }
    }
    weir_zoo_questions_fini(&nodes);
    weir_zoo_questions_fini(&collecting.names);
    free(collecting.all);
    weir_switching_fini(&collecting.switching);
    return code;
}
