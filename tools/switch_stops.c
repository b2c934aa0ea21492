#include "tools/switch_stops.h"

#include "tools/group_source.h"
#include "tools/memory.h"
#include "tools/offset_file.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(struct weir_switch_stop_list *list, struct weir_switch_stop stop)
{
    list->all = weir_cli_grow(list->all, list->count + 1, sizeof list->all[0]);
    list->all[list->count++] = stop;
}

void weir_switch_stop_list_fini(struct weir_switch_stop_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->all[i].topic);
    }
    free(list->all);
    *list = (struct weir_switch_stop_list){.all = NULL};
}

bool weir_switch_stop_take(struct weir_switch_stop_list *list, const char *text)
{
    const char *offset = strrchr(text, ':');
    char *place = offset == NULL ? NULL : weir_cli_text("%.*s", (int)(offset - text), text);
    char *partition = place == NULL ? NULL : strrchr(place, ':');
    int64_t number = 0;
    int64_t at = 0;
    bool good = partition != NULL && partition != place &&
                weir_cli_number(partition + 1, 0, INT32_MAX, &number) &&
                weir_cli_number(offset + 1, 0, INT64_MAX - 1, &at);

    if (good) {
        *partition = '\0';
        add(list, (struct weir_switch_stop){.topic = place,
                                            .partition = (int32_t)number,
                                            .offset = at,
                                            .committed = -1,
                                            .end = -1});
    } else {
        free(place);
    }
    return good;
}

/* Takes the sentence. */
static int refuse(char *sentence, int code)
{
    weir_cli_complain(sentence);
    free(sentence);
    return code;
}

/* A file. */

static int take_rows(FILE *file, const char *path, struct weir_switch_stop_list *given)
{
    struct weir_offset_rows rows = {.rows = NULL};
    char why[WEIR_OFFSET_FILE_WHY_SIZE];

    if (!weir_offset_rows_read(file, &rows, why)) {
        return refuse(weir_cli_text("%s: %s", path, why), WEIR_EXIT_USAGE);
    }
    for (size_t i = 0; i < rows.count; i++) {
        add(given, (struct weir_switch_stop){.topic = weir_cli_copy(rows.rows[i].topic),
                                             .partition = rows.rows[i].partition,
                                             .offset = rows.rows[i].offset,
                                             .committed = -1,
                                             .end = -1});
    }
    weir_offset_rows_fini(&rows);
    return WEIR_EXIT_OK;
}

static int read_file(const char *path, struct weir_switch_stop_list *given)
{
    if (strcmp(path, "-") == 0) {
        return take_rows(stdin, "standard input", given);
    }
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return refuse(weir_cli_text("%s: %s", path, strerror(errno)), WEIR_EXIT_USAGE);
    }
    int code = take_rows(file, path, given);
    (void)fclose(file);
    return code;
}

int weir_switch_stop_wish_read(struct weir_switch_stop_wish *wish)
{
    int code = wish->file == NULL ? WEIR_EXIT_OK : read_file(wish->file, &wish->given);

    wish->file = NULL;
    return code;
}

/* Asking. */

/* One search, from the first look to the last. */
struct search {
    const struct weir_switch_stop_wish *wish;
    struct weir_group_source *source;
    struct weir_view view;
    struct weir_switch_stop_list *out;
};

static int note(const struct search *search, const struct weir_view_partition *partition,
                int64_t offset)
{
    if (offset < 0) {
        return refuse(weir_cli_text("%s/%d: its stop offset cannot be learnt%s%s", partition->topic,
                                    (int)partition->partition,
                                    partition->trouble == NULL ? "" : ": ",
                                    partition->trouble == NULL ? "" : partition->trouble),
                      WEIR_EXIT_UNAVAILABLE);
    }
    add(search->out, (struct weir_switch_stop){.topic = weir_cli_copy(partition->topic),
                                               .partition = partition->partition,
                                               .offset = offset,
                                               .committed = partition->committed,
                                               .end = partition->end});
    return WEIR_EXIT_OK;
}

static int note_ends(const struct search *search)
{
    int code = WEIR_EXIT_OK;

    for (size_t i = 0; i < search->view.partition_count && code == WEIR_EXIT_OK; i++) {
        code = note(search, &search->view.partitions[i], search->view.partitions[i].end);
    }
    return code;
}

static int note_times(const struct search *search)
{
    const struct weir_view *view = &search->view;
    int64_t *offsets = weir_cli_alloc(view->partition_count + 1, sizeof *offsets);
    int code = weir_group_source_find_time(search->source, view, search->wish->time_ms, offsets);

    for (size_t i = 0; i < view->partition_count && code == WEIR_EXIT_OK; i++) {
        code = note(search, &view->partitions[i], offsets[i]);
    }
    free(offsets);
    return code;
}

static bool is_twice(const struct weir_switch_stop_list *list, size_t index)
{
    bool twice = false;

    for (size_t i = 0; i < index && !twice; i++) {
        twice = list->all[i].partition == list->all[index].partition &&
                strcmp(list->all[i].topic, list->all[index].topic) == 0;
    }
    return twice;
}

static int note_given(const struct search *search)
{
    const struct weir_switch_stop_list *given = &search->wish->given;
    int code = WEIR_EXIT_OK;

    for (size_t i = 0; i < given->count && code == WEIR_EXIT_OK; i++) {
        const struct weir_switch_stop *stop = &given->all[i];
        const struct weir_view_partition *one =
            weir_view_find(&search->view, stop->topic, stop->partition);
        if (one == NULL || is_twice(given, i)) {
            code = refuse(weir_cli_text("%s/%d: %s", stop->topic, (int)stop->partition,
                                        one == NULL ? "there is no such partition"
                                                    : "it has two stop offsets"),
                          WEIR_EXIT_USAGE);
        } else {
            code = note(search, one, stop->offset);
        }
    }
    return code;
}

static int look(struct search *search)
{
    struct weir_choice topics = {.ranges = NULL};
    const struct weir_look what = {.choice = &topics};

    for (size_t i = 0; i < search->wish->given.count; i++) {
        weir_choice_add_topic(&topics, search->wish->given.all[i].topic);
    }
    int code = weir_group_source_look(search->source, &what, &search->view);
    weir_choice_fini(&topics);
    return code;
}

static int find(struct search *search)
{
    switch (search->wish->kind) {
    case WEIR_STOP_AT_END:
        return note_ends(search);
    case WEIR_STOP_AT_TIME:
        return note_times(search);
    case WEIR_STOP_AS_GIVEN:
        return note_given(search);
    case WEIR_STOP_NOWHERE:
        break;
    }
    return WEIR_EXIT_OK;
}

int weir_switch_stop_list_find(const struct weir_cli_config *cli, const char *group,
                               const struct weir_switch_stop_wish *wish, int64_t timeout_ms,
                               struct weir_switch_stop_list *out)
{
    struct search search = {.wish = wish, .out = out};
    int code = weir_group_source_configure(cli);

    assert(wish->file == NULL);
    out->is_given = wish->kind == WEIR_STOP_AS_GIVEN;
    code = code != WEIR_EXIT_OK ? code
                                : weir_group_source_open(group, NULL, timeout_ms, &search.source);
    code = code != WEIR_EXIT_OK ? code : look(&search);
    code = code != WEIR_EXIT_OK ? code : find(&search);
    weir_view_fini(&search.view);
    weir_group_source_close(search.source);
    return code;
}

/* What is committed. */

static void take_committed(const struct weir_view *view, struct weir_switch_stop_list *out)
{
    for (size_t i = 0; i < view->partition_count; i++) {
        const struct weir_view_partition *one = &view->partitions[i];
        if (one->committed >= 0) {
            add(out, (struct weir_switch_stop){.topic = weir_cli_copy(one->topic),
                                               .partition = one->partition,
                                               .offset = one->committed,
                                               .committed = one->committed,
                                               .end = -1});
        }
    }
}

int weir_switch_stop_list_committed(const struct weir_cli_config *cli, const char *group,
                                    int64_t timeout_ms, struct weir_switch_stop_list *out)
{
    const struct weir_choice all = {.ranges = NULL};
    const struct weir_look what = {.choice = &all, .offsets_alone = true};
    struct weir_group_source *source = NULL;
    struct weir_view view = {.state = NULL};
    int code = weir_group_source_configure(cli);

    code = code != WEIR_EXIT_OK ? code : weir_group_source_open(group, NULL, timeout_ms, &source);
    code = code != WEIR_EXIT_OK ? code : weir_group_source_look(source, &what, &view);
    if (code == WEIR_EXIT_OK) {
        take_committed(&view, out);
    }
    weir_view_fini(&view);
    weir_group_source_close(source);
    return code;
}
