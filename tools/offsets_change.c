#include "tools/offsets_verbs.h"

#include "tools/group_print.h"
#include "tools/memory.h"
#include "tools/offset_file.h"
#include "tools/offset_plan.h"
#include "tools/offsets_lowest.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_SIZE = 512 };

/* One change of a group, from the first look to the last word. */
struct change {
    const struct weir_group_options *options;
    const struct weir_change_wish *wish;
    struct weir_group_source *source;
    struct weir_view view;
    struct weir_plan plan;
    struct weir_offset_rows rows; /* to be committed, from a file or a group */
};

static int begin(struct change *change)
{
    weir_group_bound(change->options);
    return weir_group_source_configure(&change->options->cli);
}

static int end(struct change *change, int code)
{
    weir_view_fini(&change->view);
    weir_plan_fini(&change->plan);
    weir_offset_rows_fini(&change->rows);
    code = weir_group_finish(code);
    weir_group_source_close(change->source);
    return code;
}

/* A group and where its offsets are; NULL: as the configuration says. */
static int open_source(struct change *change, const char *group, const char *store)
{
    return weir_group_source_open(group, store, change->options->timeout_ms, &change->source);
}

static int look(struct change *change, const struct weir_choice *choice)
{
    const struct weir_look what = {.choice = choice};

    return weir_group_source_look(change->source, &what, &change->view);
}

/* Writing. */

static int complain_of(size_t count, const char *sentence, int code)
{
    char text[TEXT_SIZE];

    (void)snprintf(text, sizeof text, "%zu %s", count, sentence);
    weir_cli_complain(text);
    return code;
}

static int judge_plan(const struct change *change)
{
    size_t missing = weir_plan_count(&change->plan, WEIR_CHANGE_MISSING);
    size_t unknown = weir_plan_count(&change->plan, WEIR_CHANGE_UNKNOWN);

    if (missing > 0) {
        return complain_of(missing,
                           "partitions do not exist, so nothing is written; --topic leaves out "
                           "what is not meant",
                           WEIR_EXIT_USAGE);
    }
    if (unknown > 0) {
        return complain_of(unknown, "partitions cannot be judged now, so nothing is written",
                           WEIR_EXIT_UNAVAILABLE);
    }
    return weir_group_source_refuse(change->source);
}

static int settle(struct change *change)
{
    const char *group = weir_group_source_name(change->source);
    bool execute = change->wish->execute;
    size_t count = weir_plan_count(&change->plan, WEIR_CHANGE_SET);

    if (change->options->json) {
        weir_print_plan_json(stdout, group, &change->plan, execute);
    } else {
        weir_print_plan(stdout, &change->plan);
    }
    int code = weir_group_finish(judge_plan(change));
    if (code != WEIR_EXIT_OK) {
        return code;
    }
    if (!execute) {
        return complain_of(count, "offsets would be written; this was a dry run, --execute does it",
                           WEIR_EXIT_OK);
    }
    code = weir_group_source_write(change->source, &change->plan);
    return code == WEIR_EXIT_OK
               ? complain_of(count, "offsets are written, and were read back", WEIR_EXIT_OK)
               : code;
}

/* NULL is no partition. */
static bool is_passed(const struct change *change, const struct weir_view_partition *partition)
{
    return change->wish->only_missing && partition != NULL && partition->committed >= 0;
}

/* What is in rows. */

static void keep_selected(struct change *change)
{
    struct weir_offset_rows kept = {.rows = NULL};
    const struct weir_choice *choice = &change->options->choice;

    for (size_t i = 0; i < change->rows.count; i++) {
        struct weir_offset_row *row = &change->rows.rows[i];
        if (choice->count == 0 || weir_choice_has(choice, row->topic, row->partition)) {
            weir_offset_rows_add(&kept, *row);
            *row = (struct weir_offset_row){.topic = NULL};
        }
    }
    weir_offset_rows_fini(&change->rows);
    change->rows = kept;
}

static int write_rows(struct change *change)
{
    struct weir_choice topics = {.ranges = NULL};

    keep_selected(change);
    if (change->rows.count == 0) {
        weir_cli_complain("none of the partitions is one of --topic");
        return WEIR_EXIT_USAGE;
    }
    if (change->wish->last_processed) {
        weir_offset_rows_advance(&change->rows);
    }
    for (size_t i = 0; i < change->rows.count; i++) {
        weir_choice_add_topic(&topics, change->rows.rows[i].topic);
    }
    int code = open_source(change, change->wish->group, change->wish->to_store);
    code = code != WEIR_EXIT_OK ? code : look(change, &topics);
    for (size_t i = 0; i < change->rows.count && code == WEIR_EXIT_OK; i++) {
        const struct weir_offset_row *row = &change->rows.rows[i];
        const struct weir_view_partition *one =
            weir_view_find(&change->view, row->topic, row->partition);
        if (is_passed(change, one)) {
            continue;
        }
        if (one == NULL) {
            weir_plan_missing(&change->plan, row->topic, row->partition, row->offset);
        } else {
            weir_plan_set(&change->plan, one, row->offset,
                          weir_group_source_keeps_metadata(change->source) ? row->metadata : NULL);
        }
    }
    weir_choice_fini(&topics);
    return code != WEIR_EXIT_OK ? code : settle(change);
}

static int complain_file(const char *path, const char *why)
{
    char text[TEXT_SIZE];

    (void)snprintf(text, sizeof text, "%.200s: %s", path, why);
    weir_cli_complain(text);
    return WEIR_EXIT_USAGE;
}

static int read_file(struct change *change)
{
    const char *path = change->wish->file;
    bool is_input = strcmp(path, "-") == 0;
    FILE *file = is_input ? stdin : fopen(path, "re");
    char why[WEIR_OFFSET_FILE_WHY_SIZE];

    if (file == NULL) {
        return complain_file(path, strerror(errno));
    }
    bool good = weir_offset_rows_read(file, &change->rows, why);
    if (!is_input) {
        (void)fclose(file);
    }
    return good ? WEIR_EXIT_OK : complain_file(is_input ? "standard input" : path, why);
}

static int write_file(struct change *change)
{
    int code = read_file(change);

    return code != WEIR_EXIT_OK ? code : write_rows(change);
}

int weir_offsets_import(const struct weir_group_options *options,
                        const struct weir_change_wish *wish)
{
    struct change change = {.options = options, .wish = wish};
    int code = begin(&change);

    return end(&change, code != WEIR_EXIT_OK ? code : write_file(&change));
}

/* Targets. */

static int64_t target_of(const struct weir_change_wish *wish,
                         const struct weir_view_partition *partition)
{
    switch (wish->target) {
    case WEIR_TARGET_EARLIEST:
        return partition->begin;
    case WEIR_TARGET_LATEST:
        return partition->end;
    case WEIR_TARGET_OFFSET:
        return wish->number;
    case WEIR_TARGET_TIME:
    case WEIR_TARGET_SHIFT:
    case WEIR_TARGET_FILE:
        break;
    }
    assert(false);
    return WEIR_VIEW_UNKNOWN;
}

static int plan_time(struct change *change)
{
    const struct weir_view *view = &change->view;
    int64_t *offsets = weir_cli_alloc(view->partition_count, sizeof *offsets);
    int code = weir_group_source_find_time(change->source, view, change->wish->number, offsets);

    for (size_t i = 0; i < view->partition_count && code == WEIR_EXIT_OK; i++) {
        if (is_passed(change, &view->partitions[i])) {
            continue;
        }
        if (offsets[i] == WEIR_VIEW_UNKNOWN) {
            weir_plan_unknown(&change->plan, &view->partitions[i]);
        } else {
            weir_plan_set(&change->plan, &view->partitions[i], offsets[i], NULL);
        }
    }
    free(offsets);
    return code;
}

static void plan_target(struct change *change)
{
    const struct weir_view *view = &change->view;

    for (size_t i = 0; i < view->partition_count; i++) {
        const struct weir_view_partition *one = &view->partitions[i];
        if (is_passed(change, one)) {
            continue;
        }
        if (change->wish->target == WEIR_TARGET_SHIFT) {
            weir_plan_shift(&change->plan, one, change->wish->number);
        } else {
            weir_plan_set(&change->plan, one, target_of(change->wish, one), NULL);
        }
    }
}

static int reset(struct change *change)
{
    const struct weir_choice *choice = &change->options->choice;
    int code = open_source(change, change->wish->group, NULL);

    code = code != WEIR_EXIT_OK ? code : look(change, choice);
    if (code != WEIR_EXIT_OK) {
        return code;
    }
    if (change->view.partition_count == 0) {
        weir_cli_complain("the group has no partitions and has committed nothing: say with --topic "
                          "what is to be reset");
        return WEIR_EXIT_NO_GROUP;
    }
    if (change->wish->target == WEIR_TARGET_TIME) {
        code = plan_time(change);
    } else {
        plan_target(change);
    }
    return code != WEIR_EXIT_OK ? code : settle(change);
}

int weir_offsets_reset(const struct weir_group_options *options,
                       const struct weir_change_wish *wish)
{
    struct change change = {.options = options, .wish = wish};
    int code = begin(&change);

    if (code == WEIR_EXIT_OK) {
        code = wish->target == WEIR_TARGET_FILE ? write_file(&change) : reset(&change);
    }
    return end(&change, code);
}

/* Copying. */

/* Of one group. */
static int take_lowest(struct change *change, const char *group, struct weir_lowest *lowest)
{
    int code = open_source(change, group, change->wish->from_store);

    code = code != WEIR_EXIT_OK ? code : look(change, &change->options->choice);
    if (code == WEIR_EXIT_OK) {
        weir_lowest_take(lowest, &change->view);
    }
    weir_group_source_close(change->source);
    change->source = NULL;
    weir_view_fini(&change->view);
    return code;
}

static void tell_partial(const struct weir_lowest *lowest)
{
    char text[TEXT_SIZE];
    size_t partial = weir_lowest_partial(lowest);

    if (partial > 0) {
        (void)snprintf(text, sizeof text,
                       "%zu partitions are not committed by all of the %zu groups: those that have "
                       "nothing there have no say in them",
                       partial, lowest->taken);
        weir_cli_warn(text);
    }
}

static int copy(struct change *change)
{
    struct weir_lowest lowest = {.taken = 0};
    int code = WEIR_EXIT_OK;

    for (size_t i = 0; i < change->wish->from_count && code == WEIR_EXIT_OK; i++) {
        code = take_lowest(change, change->wish->from_groups[i], &lowest);
    }
    if (code == WEIR_EXIT_OK && lowest.rows.count == 0) {
        weir_cli_complain(change->wish->from_count > 1
                              ? "the groups to copy from have committed nothing"
                              : "the group to copy from has committed nothing");
        code = WEIR_EXIT_NO_GROUP;
    }
    if (code == WEIR_EXIT_OK) {
        tell_partial(&lowest);
        change->rows = lowest.rows;
        lowest.rows = (struct weir_offset_rows){.rows = NULL};
        code = write_rows(change);
    }
    weir_lowest_fini(&lowest);
    return code;
}

int weir_offsets_copy(const struct weir_group_options *options, const struct weir_change_wish *wish)
{
    struct change change = {.options = options, .wish = wish};
    int code = begin(&change);

    return end(&change, code != WEIR_EXIT_OK ? code : copy(&change));
}
