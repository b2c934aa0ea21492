#include "tools/cmd_bench.h"

#include "tools/bench_part.h"
#include "tools/bench_run.h"
#include "tools/bench_table.h"
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} parts[] = {{"fill", weir_bench_fill},
             {"bare", weir_bench_bare},
             {"engine", weir_bench_engine},
             {"clean", weir_bench_clean}};

/* Mistakes are told before anything is started. */
static int check(const struct weir_bench_plan *plan)
{
    struct weir_config *config = NULL;
    int code = weir_cli_config_build(&plan->cli, &config);

    if (code == WEIR_EXIT_OK && weir_config_get(config, "bootstrap.servers") == NULL) {
        weir_cli_complain("bench: bootstrap.servers is not set: which cluster?");
        code = WEIR_EXIT_CONFIG;
    }
    weir_config_destroy(config);
    return code;
}

int weir_cmd_bench(int argc, char **argv)
{
    static struct weir_bench_plan plan;
    static struct weir_bench_result result;

    for (size_t i = 0; argc > 1 && i < sizeof parts / sizeof parts[0]; i++) {
        if (strcmp(argv[1], parts[i].name) == 0) {
            return parts[i].run(argc - 1, argv + 1);
        }
    }
    if (!weir_bench_plan_parse(&plan, argc, argv)) {
        return WEIR_EXIT_USAGE;
    }
    if (plan.help) {
        weir_bench_plan_usage();
        return WEIR_EXIT_OK;
    }
    int code = check(&plan);
    if (code == WEIR_EXIT_OK) {
        code = weir_bench_run(&plan, &result);
        if (code == WEIR_EXIT_OK) {
            bool written = plan.json ? weir_bench_print_json(&plan, &result)
                                     : weir_bench_print_table(&plan, &result);
            code = written ? WEIR_EXIT_OK : WEIR_EXIT_TRY_AGAIN;
        }
        weir_bench_result_fini(&result);
    }
    return code;
}
