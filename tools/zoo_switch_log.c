#include "tools/zoo_switch_log.h"

#include "framework/znode.h"
#include "tools/memory.h"
#include "tools/options.h"
#include "tools/zoo_group_state.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1 };

static const char *const mode_names[] = {
    [WEIR_SWITCH_EACH] = "each", [WEIR_SWITCH_TOGETHER] = "together"};

static char *node_path(const struct weir_switching *switching)
{
    struct weir_znode node;

    weir_znode_group(&node, switching->group->name, "weir/gaps");
    return weir_zoo_talk_path(switching->group->talk, node.path);
}

/* Reading. */

static int64_t number(const json_t *object, const char *key)
{
    return (int64_t)json_integer_value(json_object_get(object, key));
}

static bool take_entry(const json_t *object, struct weir_switch_log_entry *out)
{
    const char *id = json_string_value(json_object_get(object, "id"));
    const char *mode = json_string_value(json_object_get(object, "mode"));
    int64_t measured = number(object, "measured");

    if (id == NULL || mode == NULL || measured <= 0 ||
        !weir_switch_text_valid(id, sizeof out->id)) {
        return false;
    }
    *out = (struct weir_switch_log_entry){
        .mode = strcmp(mode, mode_names[WEIR_SWITCH_TOGETHER]) == 0 ? WEIR_SWITCH_TOGETHER
                                                                    : WEIR_SWITCH_EACH,
        .sum = {.measured = (size_t)measured,
                .median_ns = number(object, "median_ns"),
                .p99_ns = number(object, "p99_ns"),
                .max_ns = number(object, "max_ns")}};
    memcpy(out->id, id, strlen(id) + 1);
    return out->sum.median_ns >= 0 && out->sum.median_ns <= out->sum.p99_ns &&
           out->sum.p99_ns <= out->sum.max_ns;
}

static void take_log(const struct weir_zoo_question *answer, struct weir_switch_log *out)
{
    json_t *root = json_loadb(answer->data, answer->size, 0, NULL);
    const json_t *array = json_object_get(root, "gaps");
    size_t count = json_array_size(array);

    out->newer = number(root, "version") > VERSION;
    for (size_t i = 0; !out->newer && i < count && out->count < WEIR_SWITCH_LOG_MAX; i++) {
        out->count += take_entry(json_array_get(array, i), &out->all[out->count]) ? 1 : 0;
    }
    json_decref(root);
}

int weir_switch_log_read(struct weir_switching *switching, struct weir_switch_log *out)
{
    struct weir_zoo_questions questions = {.all = NULL};

    *out = (struct weir_switch_log){.count = 0};
    (void)weir_zoo_questions_add(&questions, WEIR_ZOO_GET, node_path(switching));
    weir_zoo_talk_allow(switching->group->talk, switching->wish->timeout_ms);
    int code = weir_zoo_talk_read(switching->group->talk, &questions);
    if (code == WEIR_EXIT_OK && questions.all[0].result == WEIR_ZOO_OK) {
        out->there = true;
        out->version = questions.all[0].facts.version;
        take_log(&questions.all[0], out);
    }
    weir_zoo_questions_fini(&questions);
    return code;
}

/* Writing. */

static json_t *entry_json(const struct weir_switch_log_entry *entry)
{
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I}", "id", entry->id, "mode",
                     mode_names[entry->mode], "measured", (json_int_t)entry->sum.measured,
                     "median_ns", (json_int_t)entry->sum.median_ns, "p99_ns",
                     (json_int_t)entry->sum.p99_ns, "max_ns", (json_int_t)entry->sum.max_ns);
}

/* With a new one before the others. The caller frees it. */
static char *log_text(const struct weir_switch_log *log, const struct weir_switch_log_entry *fresh)
{
    json_t *array = json_array();

    (void)json_array_append_new(array, entry_json(fresh));
    for (size_t i = 0; i < log->count && json_array_size(array) < WEIR_SWITCH_LOG_MAX; i++) {
        if (strcmp(log->all[i].id, fresh->id) != 0) {
            (void)json_array_append_new(array, entry_json(&log->all[i]));
        }
    }
    json_t *root = json_pack("{s:i, s:o}", "version", (int)VERSION, "gaps", array);
    char *text = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    return text;
}

static int write_log(const struct weir_switching *switching, const struct weir_switch_log *log,
                     char *text)
{
    struct weir_zoo_questions questions = {.all = NULL};
    struct weir_zoo_question *question =
        weir_zoo_questions_add(&questions, WEIR_ZOO_MULTI, node_path(switching));

    weir_zoo_question_part(
        question, (struct weir_zoo_part){.kind = log->there ? WEIR_ZOO_SET : WEIR_ZOO_CREATE,
                                         .path = node_path(switching),
                                         .data = text,
                                         .version = log->version});
    int code = weir_zoo_talk_ask(switching->group->talk, &questions);
    if (code == WEIR_EXIT_OK && questions.all[0].result != WEIR_ZOO_OK) {
        code = WEIR_EXIT_TRY_AGAIN;
    }
    weir_zoo_questions_fini(&questions);
    return code;
}

void weir_switch_log_keep(struct weir_switching *switching, const char *id,
                          enum weir_switch_mode mode)
{
    struct weir_switch_log log;
    struct weir_switch_log_entry fresh = {.mode = mode,
                                          .sum = weir_switch_gaps_sum(&switching->gaps)};

    if (fresh.sum.measured == 0) {
        return;
    }
    (void)snprintf(fresh.id, sizeof fresh.id, "%s", id);
    int code = weir_switch_log_read(switching, &log);
    char *text = code == WEIR_EXIT_OK && !log.newer ? log_text(&log, &fresh) : NULL;
    if (text == NULL || write_log(switching, &log, text) != WEIR_EXIT_OK) {
        weir_cli_warn("the gaps that were measured are not kept for the next plan");
    }
}

/* Telling. */

const struct weir_switch_log_entry *weir_switch_log_find(const struct weir_switch_log *log,
                                                         const char *id)
{
    for (size_t i = 0; i < log->count; i++) {
        if (strcmp(log->all[i].id, id) == 0) {
            return &log->all[i];
        }
    }
    return NULL;
}

static int by_length(const void *one, const void *other)
{
    const int64_t *a = one;
    const int64_t *b = other;

    return (*a > *b) - (*a < *b);
}

size_t weir_switch_log_expect(const struct weir_switch_log *log, enum weir_switch_mode mode,
                              struct weir_switch_gaps_sum *out)
{
    int64_t medians[WEIR_SWITCH_LOG_EXPECTED];
    size_t count = 0;

    *out = (struct weir_switch_gaps_sum){.measured = 0};
    for (size_t i = 0; i < log->count && count < WEIR_SWITCH_LOG_EXPECTED; i++) {
        const struct weir_switch_gaps_sum *sum = &log->all[i].sum;
        if (log->all[i].mode == mode) {
            medians[count++] = sum->median_ns;
            out->measured += sum->measured;
            out->p99_ns = sum->p99_ns > out->p99_ns ? sum->p99_ns : out->p99_ns;
            out->max_ns = sum->max_ns > out->max_ns ? sum->max_ns : out->max_ns;
        }
    }
    if (count > 0) {
        qsort(medians, count, sizeof medians[0], by_length);
        out->median_ns = medians[(count - 1) / 2];
    }
    return count;
}
