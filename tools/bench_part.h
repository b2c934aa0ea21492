/* What is one process of `weir bench`? */
#ifndef WEIR_TOOLS_BENCH_PART_H
#define WEIR_TOOLS_BENCH_PART_H

#include "tools/options.h"
#include <stdbool.h>
#include <stdint.h>

/* Each part is a process of its own, so that what it costs can be told from everything else, and
 * prints one JSON object. argv[0] is the part's name. Each returns its exit code. */
int weir_bench_fill(int argc, char **argv);
int weir_bench_bare(int argc, char **argv);
int weir_bench_engine(int argc, char **argv);
int weir_bench_clean(int argc, char **argv);

/* What several of them take:
 *     -c FILE, -X KEY=VALUE   where the cluster is, and how to speak to it
 *     --topic NAME --partitions N --records N */
struct weir_bench_part {
    struct weir_cli_config cli;
    const char *name;
    const char *usage;
    const char *topic;
    int64_t partitions;
    int64_t records;
    const char *wrong; /* with the whole of it; NULL: nothing, or one option */
    bool help;
};

/* The letters of these options are c, X, t, p, r and h. */
#define WEIR_BENCH_PART_LONG                                                                       \
    {"topic", required_argument, NULL, 't'}, {"partitions", required_argument, NULL, 'p'},         \
        {"records", required_argument, NULL, 'r'}, {"help", no_argument, NULL, 'h'},               \
        WEIR_CLI_CONFIG_LONG

/* False when the option is none of these, or --help, or has a wrong argument; or it is a word. */
bool weir_bench_part_take(struct weir_bench_part *part, int option, const char *argument);
/* False when it is no option of the part or its argument is wrong. */
typedef bool weir_bench_take_fn(int option, const char *argument, void *user);
/* Hands every option to `take`, until one is not taken, and then a word that is none as option 1.
 * False when one was not taken. */
bool weir_bench_part_parse(int argc, char **argv, const struct option *options,
                           weir_bench_take_fn *take, void *user);
/* A whole number from `least` on. */
bool weir_bench_number(const char *text, int64_t least, int64_t *out);
/* How a part ends that was not understood or was asked for help: its exit code. */
int weir_bench_part_misused(const struct weir_bench_part *part, char *const *argv);
/* Says "weir: bench NAME: TEXT" on standard error. */
void weir_bench_part_complain(const struct weir_bench_part *part, const char *text);

/* A configuration with what of `from` fits a measurement: whatever says what is consumed, by whom
 * and from where on is left out. NULL: out of memory. Owned by the caller. */
struct weir_config *weir_bench_part_config(const struct weir_config *from);

#endif /* WEIR_TOOLS_BENCH_PART_H */
