#include "tools/group_show.h"

int weir_group_show(const struct weir_group_options *options, const char *group,
                    struct weir_group_source **source, weir_watch_fn *print, void *user)
{
    struct weir_watch watch;

    if (!weir_watch_open(&watch, options->watch_ms, !options->json)) {
        weir_cli_complain("no file descriptor or thread is left");
        return WEIR_EXIT_UNAVAILABLE;
    }
    if (options->watch_ms == 0) {
        weir_group_bound(options);
    }
    int code = weir_group_source_configure(&options->cli);
    code = code != WEIR_EXIT_OK ? code
                                : weir_group_source_open(group, NULL, options->timeout_ms, source);
    if (code == WEIR_EXIT_OK) {
        code = weir_watch_run(&watch, print, user);
    }
    weir_group_source_close(*source);
    *source = NULL;
    return code;
}
