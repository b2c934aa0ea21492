#include "tools/bench_table.h"

#include "tools/bench_figures.h"
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { COLUMNS_MAX = 8, CELL_SIZE = 96, PROCESSOR_SIZE = 128 };

static void read_processor(char *name, size_t size)
{
    char line[512];
    FILE *file = fopen("/proc/cpuinfo", "re");

    (void)snprintf(name, size, "unknown processor");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", strlen("model name")) == 0 && colon != NULL) {
            (void)snprintf(name, size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
            break;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

static const char *library_of(const struct weir_bench_result *result)
{
    const json_t *first = json_array_get(json_array_get(result->contenders[0].raw, 0), 0);
    const char *version = json_string_value(json_object_get(first, "librdkafka"));

    return version != NULL ? version : "unknown";
}

static void print_head(const struct weir_bench_plan *plan, const struct weir_bench_result *result)
{
    char processor[PROCESSOR_SIZE];
    struct utsname system = {.release = "?"};

    read_processor(processor, sizeof processor);
    (void)uname(&system);
    (void)printf("%ld x %s, %s %s, librdkafka %s\n%lld records of %lld bytes in %lld of %lld "
                 "partitions, %lld keys",
                 sysconf(_SC_NPROCESSORS_ONLN), processor, system.sysname, system.release,
                 library_of(result), (long long)plan->records, (long long)plan->value_size,
                 (long long)plan->busy, (long long)plan->partitions, (long long)plan->keys);
    if (plan->zipf > 0) {
        (void)printf(" by Zipf's law (%g; the first %lld times)", plan->zipf,
                     (long long)result->hottest);
    }
    if (plan->members > 0) {
        (void)printf(", %lld members", (long long)plan->members);
    }
    if (plan->handler_ms > 0) {
        (void)printf(", %g ms each, %lld workers", plan->handler_ms, (long long)plan->workers);
    }
    if (plan->delays > 0) {
        (void)printf(", %lld sent a second", (long long)plan->delays);
    }
    (void)printf("; median (lowest-highest) of %lld rounds, %.0f s in all\n\n",
                 (long long)plan->rounds, result->seconds);
}

typedef char cells[WEIR_BENCH_CONTENDERS_MAX + 1][COLUMNS_MAX][CELL_SIZE];

static size_t fill_cells(const struct weir_bench_plan *plan, const struct weir_bench_result *result,
                         cells text)
{
    size_t count = 0;
    const struct weir_bench_figure *figures = weir_bench_figures(plan, &count);

    (void)snprintf(text[0][0], CELL_SIZE, "%s", "");
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(text[0][i + 1], CELL_SIZE, "%s", figures[i].title);
    }
    for (size_t row = 0; row < result->count; row++) {
        const struct weir_bench_contender *contender = &result->contenders[row];
        (void)snprintf(text[row + 1][0], CELL_SIZE, "%s", contender->name);
        for (size_t i = 0; i < count; i++) {
            const struct weir_bench_figure *f = &figures[i];
            struct weir_bench_spread s = weir_bench_spread(f, plan, result, contender);
            (void)snprintf(text[row + 1][i + 1], CELL_SIZE, "%.*f (%.*f-%.*f)", f->digits,
                           s.median * f->scale, f->digits, s.low * f->scale, f->digits,
                           s.high * f->scale);
        }
    }
    return count + 1;
}

bool weir_bench_print_table(const struct weir_bench_plan *plan,
                            const struct weir_bench_result *result)
{
    static cells text;
    int widths[COLUMNS_MAX] = {0};
    size_t columns = fill_cells(plan, result, text);

    print_head(plan, result);
    for (size_t row = 0; row <= result->count; row++) {
        for (size_t i = 0; i < columns; i++) {
            int width = (int)strlen(text[row][i]);
            widths[i] = width > widths[i] ? width : widths[i];
        }
    }
    for (size_t row = 0; row <= result->count; row++) {
        for (size_t i = 0; i + 1 < columns; i++) {
            (void)printf("%-*s  ", widths[i], text[row][i]);
        }
        (void)printf("%s\n", text[row][columns - 1]);
    }
    return fflush(stdout) == 0;
}

static json_t *row_of(const struct weir_bench_plan *plan, const struct weir_bench_result *result,
                      const struct weir_bench_contender *contender)
{
    size_t count = 0;
    const struct weir_bench_figure *figures = weir_bench_figures(plan, &count);
    json_t *row = json_pack("{s:s, s:O}", "name", contender->name, "rounds", contender->raw);

    for (size_t i = 0; i < count; i++) {
        struct weir_bench_spread s = weir_bench_spread(&figures[i], plan, result, contender);
        (void)json_object_set_new(
            row, figures[i].name,
            json_pack("{s:f, s:f, s:f}", "median", s.median, "low", s.low, "high", s.high));
    }
    return row;
}

bool weir_bench_print_json(const struct weir_bench_plan *plan,
                           const struct weir_bench_result *result)
{
    char processor[PROCESSOR_SIZE];
    struct utsname system = {.release = "?"};

    read_processor(processor, sizeof processor);
    (void)uname(&system);
    json_t *root = json_pack(
        "{s:{s:s, s:I, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:f}, s:[]}",
        "about", "processor", processor, "processors", (json_int_t)sysconf(_SC_NPROCESSORS_ONLN),
        "kernel", system.release, "librdkafka", library_of(result), "records",
        (json_int_t)plan->records, "value_size", (json_int_t)plan->value_size, "partitions",
        (json_int_t)plan->partitions, "busy", (json_int_t)plan->busy, "keys",
        (json_int_t)plan->keys, "members", (json_int_t)plan->members, "workers",
        (json_int_t)plan->workers, "hottest_key", (json_int_t)result->hottest, "zipf", plan->zipf,
        "handler_ms", plan->handler_ms, "seconds", result->seconds, "results");
    json_t *rows = json_object_get(root, "results");

    for (size_t i = 0; i < result->count; i++) {
        (void)json_array_append_new(rows, row_of(plan, result, &result->contenders[i]));
    }
    bool written = root != NULL && json_dumpf(root, stdout, JSON_INDENT(1)) == 0;
    (void)fputc('\n', stdout);
    json_decref(root);
    return written && fflush(stdout) == 0;
}
