#include "tools/group_starts.h"

#include "tools/memory.h"
#include "tools/offset_time.h"
#include "tools/text_table.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Printing. */

static size_t count_uncommitted(const struct weir_view *view)
{
    size_t count = 0;

    for (size_t i = 0; i < view->partition_count; i++) {
        count += view->partitions[i].none ? 1 : 0;
    }
    return count;
}

static void print_json(FILE *out, const struct weir_starts *starts)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < starts->view->partition_count; i++) {
        const struct weir_view_partition *one = &starts->view->partitions[i];
        if (one->none) {
            bool known = starts->offsets[i] >= 0;
            (void)json_array_append_new(
                rows,
                json_pack("{s:s, s:i, s:o}", "topic", one->topic, "partition", (int)one->partition,
                          "begins_at", known ? json_integer(starts->offsets[i]) : json_null()));
        }
    }
    json_t *line = json_pack("{s:s, s:s, s:o}", "group", starts->group, "start", starts->rule,
                             "uncommitted", rows);
    (void)json_dumpf(line, out, JSON_COMPACT);
    (void)fputc('\n', out);
    json_decref(line);
}

static void print_table(FILE *out, const struct weir_starts *starts)
{
    struct weir_text_table table = {.align = "lrr"};

    weir_text_table_add(&table, "TOPIC");
    weir_text_table_add(&table, "PARTITION");
    weir_text_table_add(&table, "BEGINS AT");
    for (size_t i = 0; i < starts->view->partition_count; i++) {
        const struct weir_view_partition *one = &starts->view->partitions[i];
        if (one->none) {
            weir_text_table_add(&table, "%s", one->topic);
            weir_text_table_add(&table, "%d", (int)one->partition);
            weir_text_table_add_number(&table, starts->offsets[i], "unknown");
        }
    }
    weir_text_table_print(&table, out);
    weir_text_table_fini(&table);
}

void weir_print_starts(FILE *out, const struct weir_starts *starts)
{
    size_t count = count_uncommitted(starts->view);
    const char *group = starts->named ? starts->group : "";
    const char *colon = starts->named ? ": " : "";

    if (count == 0) {
        return;
    }
    if (starts->json) {
        print_json(out, starts);
    } else if (strcmp(starts->rule, "error") == 0) {
        (void)fprintf(out,
                      "%s%s%zu partitions have no committed offset: by weir.start=error a member "
                      "that is given one stops\n",
                      group, colon, count);
    } else {
        (void)fprintf(out,
                      "%s%s%zu partitions have no committed offset: by weir.start=%s they begin\n",
                      group, colon, count, starts->rule);
        print_table(out, starts);
    }
}

/* Looking. */

static void take_ends(const struct weir_view *view, bool last, int64_t *offsets)
{
    for (size_t i = 0; i < view->partition_count; i++) {
        offsets[i] = last ? view->partitions[i].end : view->partitions[i].begin;
    }
}

static int find(struct weir_group_source *source, const struct weir_config *config,
                const struct weir_starts *starts, int64_t *offsets)
{
    const char *time = weir_config_get(config, "weir.start.timestamp");
    int64_t time_ms = 0;

    if (strcmp(starts->rule, "timestamp") == 0 && weir_offset_time_parse(time, &time_ms)) {
        return weir_group_source_find_time(source, starts->view, time_ms, offsets);
    }
    take_ends(starts->view, strcmp(starts->rule, "latest") == 0, offsets);
    return WEIR_EXIT_OK;
}

static int print_all(struct weir_group_source *source, const struct weir_config *config,
                     const struct weir_starts *asked, FILE *out)
{
    const struct weir_choice all = {.ranges = NULL};
    const struct weir_look look = {.choice = &all};
    struct weir_view view = {.state = NULL};
    int code = weir_group_source_look(source, &look, &view);

    if (code == WEIR_EXIT_OK && count_uncommitted(&view) > 0) {
        int64_t *offsets = weir_cli_alloc(view.partition_count, sizeof *offsets);
        struct weir_starts starts = *asked;
        starts.view = &view;
        starts.offsets = offsets;
        code = find(source, config, &starts, offsets);
        if (code == WEIR_EXIT_OK) {
            weir_print_starts(out, &starts);
        }
        free(offsets);
    }
    weir_view_fini(&view);
    return code;
}

static bool is_known(const struct weir_config *config)
{
    return weir_config_get(config, "bootstrap.servers") != NULL &&
           strcmp(weir_config_get(config, "weir.coordinator"), "zookeeper") == 0;
}

int weir_group_starts(const struct weir_group_options *options, const struct weir_config *config,
                      const char *group, bool named, FILE *out)
{
    struct weir_starts starts = {.group = group,
                                 .rule = weir_config_get(config, "weir.start"),
                                 .named = named,
                                 .json = options->json};
    struct weir_group_source *source = NULL;

    if (!is_known(config)) {
        return WEIR_EXIT_OK;
    }
    int code = weir_group_source_configure(&options->cli);
    code = code != WEIR_EXIT_OK ? code
                                : weir_group_source_open(group, NULL, options->timeout_ms, &source);
    code = code != WEIR_EXIT_OK ? code : print_all(source, config, &starts, out);
    weir_group_source_close(source);
    return code;
}
