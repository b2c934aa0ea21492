#include "tools/bench_figures.h"

#include <stdlib.h>
#include <string.h>

static double rate(const struct weir_bench_sample *sample, const struct weir_bench_sample *bare,
                   double ideal)
{
    (void)bare, (void)ideal;
    return sample->rate;
}

static double rate_ratio(const struct weir_bench_sample *sample,
                         const struct weir_bench_sample *bare, double ideal)
{
    (void)ideal;
    return sample->rate / bare->rate;
}

static double of_ideal(const struct weir_bench_sample *sample, const struct weir_bench_sample *bare,
                       double ideal)
{
    (void)bare;
    return sample->rate / ideal;
}

static double cpu(const struct weir_bench_sample *sample, const struct weir_bench_sample *bare,
                  double ideal)
{
    (void)bare, (void)ideal;
    return sample->cpu_us;
}

static double cpu_ratio(const struct weir_bench_sample *sample,
                        const struct weir_bench_sample *bare, double ideal)
{
    (void)ideal;
    return bare->cpu_us > 0 ? sample->cpu_us / bare->cpu_us : 0;
}

static double rss(const struct weir_bench_sample *sample, const struct weir_bench_sample *bare,
                  double ideal)
{
    (void)bare, (void)ideal;
    return sample->rss_mib;
}

static double p50(const struct weir_bench_sample *sample, const struct weir_bench_sample *bare,
                  double ideal)
{
    (void)bare, (void)ideal;
    return sample->p50_us;
}

static double p50_more(const struct weir_bench_sample *sample, const struct weir_bench_sample *bare,
                       double ideal)
{
    (void)ideal;
    return sample->p50_us - bare->p50_us;
}

static double p99(const struct weir_bench_sample *sample, const struct weir_bench_sample *bare,
                  double ideal)
{
    (void)bare, (void)ideal;
    return sample->p99_us;
}

static double p99_more(const struct weir_bench_sample *sample, const struct weir_bench_sample *bare,
                       double ideal)
{
    (void)ideal;
    return sample->p99_us - bare->p99_us;
}

#define CPU_FIGURE                                                                                 \
    {                                                                                              \
        "cpu_us", "CPU us/record", 1, 2, cpu                                                       \
    }
#define RSS_FIGURE                                                                                 \
    {                                                                                              \
        "rss_mib", "RSS MiB", 1, 0, rss                                                            \
    }

static const struct weir_bench_figure beside_bare[] = {
    {"rate", "M records/s", 1e-6, 2, rate},
    {"rate_ratio", "rate / bare", 1, 2, rate_ratio},
    CPU_FIGURE,
    {"cpu_ratio", "CPU / bare", 1, 2, cpu_ratio},
    RSS_FIGURE};

static const struct weir_bench_figure beside_ideal[] = {
    {"rate", "records/s", 1, 0, rate},
    {"of_ideal", "of the ideal", 1, 3, of_ideal},
    CPU_FIGURE,
    RSS_FIGURE};

static const struct weir_bench_figure delays[] = {{"p50_us", "p50 us", 1, 0, p50},
                                                  {"p50_more_us", "beside bare", 1, 0, p50_more},
                                                  {"p99_us", "p99 us", 1, 0, p99},
                                                  {"p99_more_us", "beside bare", 1, 0, p99_more},
                                                  RSS_FIGURE};

const struct weir_bench_figure *weir_bench_figures(const struct weir_bench_plan *plan,
                                                   size_t *count)
{
    if (plan->delays > 0) {
        *count = sizeof delays / sizeof delays[0];
        return delays;
    }
    if (plan->handler_ms > 0) {
        *count = sizeof beside_ideal / sizeof beside_ideal[0];
        return beside_ideal;
    }
    *count = sizeof beside_bare / sizeof beside_bare[0];
    return beside_bare;
}

static int compare(const void *one, const void *other)
{
    double a = *(const double *)one;
    double b = *(const double *)other;

    return a < b ? -1 : a > b ? 1 : 0;
}

struct weir_bench_spread weir_bench_spread(const struct weir_bench_figure *figure,
                                           const struct weir_bench_plan *plan,
                                           const struct weir_bench_result *result,
                                           const struct weir_bench_contender *contender)
{
    double values[WEIR_BENCH_ROUNDS_MAX];
    size_t count = (size_t)plan->rounds;
    double ideal = contender->order == NULL ? 0 : weir_bench_ideal(plan, result, contender->order);

    for (size_t i = 0; i < count; i++) {
        values[i] = figure->of(&contender->samples[i], &result->contenders[0].samples[i], ideal);
    }
    qsort(values, count, sizeof values[0], compare);
    return (struct weir_bench_spread){.median = (values[(count - 1) / 2] + values[count / 2]) / 2,
                                      .low = values[0],
                                      .high = values[count - 1]};
}

double weir_bench_ideal(const struct weir_bench_plan *plan, const struct weir_bench_result *result,
                        const char *order)
{
    int64_t members = plan->members > 0 ? plan->members : 1;
    double steps = (double)plan->records / (double)(plan->workers * members);
    int64_t chain = strcmp(order, "partition") == 0 ? result->fullest
                    : strcmp(order, "key") == 0     ? result->hottest
                                                    : 0;

    if (plan->handler_ms <= 0) {
        return 0;
    }
    steps = (double)chain > steps ? (double)chain : steps;
    return (double)plan->records / (steps * plan->handler_ms / 1000);
}
