#include "tools/plan_live.h"

#include "tools/group_options.h"
#include "tools/group_source.h"
#include <stdlib.h>

int plan_live_look(const struct weir_cli_config *cli, const char *group, int64_t timeout_ms,
                   struct plan_live *out)
{
    const struct weir_group_options bound = {.timeout_ms = timeout_ms};
    struct weir_group_source *source = NULL;

    *out = (struct plan_live){.view = NULL};
    weir_group_bound(&bound);
    int code = weir_group_source_configure(cli);
    code = code != WEIR_EXIT_OK ? code : weir_group_source_open(group, NULL, timeout_ms, &source);
    code = code != WEIR_EXIT_OK ? code : weir_group_source_plan(source, &out->view);
    if (code == WEIR_EXIT_OK) {
        out->strategy = weir_group_source_strategy(source);
    }
    weir_group_source_close(source);
    return code;
}

void plan_live_fini(struct plan_live *live)
{
    free(live->view);
    *live = (struct plan_live){.view = NULL};
}
