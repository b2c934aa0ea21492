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

static void complain(const struct weir_error *error, void *user)
{
    (void)user;
    weir_cli_complain(error->text);
}

/* What weir would refuse to run with must not be used by the other parts, either. */
static enum weir_status judge(const struct weir_config *given)
{
    static const char *const settings[][2] = {{"group.id", "weir-bench-"},
                                              {"weir.coordinator", "none"},
                                              {"weir.partitions", "weir-bench-:0"}};
    struct weir_config *config = weir_bench_part_config(given);
    enum weir_status status = config == NULL ? WEIR_ERR_NOMEM : WEIR_OK;

    for (size_t i = 0; i < sizeof settings / sizeof settings[0] && status == WEIR_OK; i++) {
        status =
            weir_config_set(config, settings[i][0], settings[i][1], WEIR_CONFIG_ARGUMENT, NULL);
    }
    if (status == WEIR_OK) {
        status = weir_config_check_all(config, complain, NULL);
    }
    weir_config_destroy(config);
    return status;
}

/* Mistakes are told before anything is started. */
static int check(struct weir_bench_plan *plan)
{
    struct weir_config *config = NULL;
    int code = weir_cli_config_build(&plan->cli, &config);

    if (code == WEIR_EXIT_OK) {
        code = weir_cli_exit(judge(config));
    }
    if (code == WEIR_EXIT_OK && plan->workers == 0) {
        plan->workers = weir_config_integer(config, "weir.workers");
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
