#include "tools/offsets_verbs.h"

#include "tools/group_print.h"
#include "tools/offset_file.h"
#include <stdio.h>

enum { TEXT_SIZE = 128 };

static void export(const char *group, const struct weir_view *view)
{
    char text[TEXT_SIZE];
    size_t left_out = weir_offset_file_write(stdout, group, view);

    if (left_out > 0) {
        (void)snprintf(text, sizeof text, "metadata of %zu partitions is no UTF-8 and left out",
                       left_out);
        weir_cli_warn(text);
    }
}

static int look(const struct weir_group_options *options, const struct weir_change_wish *wish,
                bool exports)
{
    struct weir_group_source *source = NULL;
    struct weir_view view = {.state = NULL};
    const struct weir_look what = {.choice = &options->choice};

    weir_group_bound(options);
    int code = weir_group_source_configure(&options->cli);
    code = code != WEIR_EXIT_OK
               ? code
               : weir_group_source_open(wish->group, NULL, options->timeout_ms, &source);
    code = code != WEIR_EXIT_OK ? code : weir_group_source_look(source, &what, &view);
    if (code == WEIR_EXIT_OK && !weir_view_exists(&view)) {
        code = weir_group_none(weir_group_source_name(source));
    } else if (code == WEIR_EXIT_OK && exports) {
        export(weir_group_source_name(source), &view);
    } else if (code == WEIR_EXIT_OK && options->json) {
        weir_print_view_json(stdout, weir_group_source_name(source), &view);
    } else if (code == WEIR_EXIT_OK) {
        weir_print_offsets(stdout, &view);
    }
    weir_view_fini(&view);
    code = weir_group_finish(code);
    weir_group_source_close(source);
    return code;
}

int weir_offsets_show(const struct weir_group_options *options, const struct weir_change_wish *wish)
{
    return look(options, wish, false);
}

int weir_offsets_export(const struct weir_group_options *options,
                        const struct weir_change_wish *wish)
{
    return look(options, wish, true);
}
