#include "tools/demo_verdict.h"

#include <assert.h>
#include <stdlib.h>

#define NS_PER_MS 1e6
#define NS_PER_S  1e9

static int compare(const void *left, const void *right)
{
    const int64_t *a = left;
    const int64_t *b = right;

    return *a < *b ? -1 : *a > *b ? 1 : 0;
}

static double percentile_ms(const int64_t *sorted, size_t count, unsigned percent)
{
    if (count == 0) {
        return 0;
    }
    size_t rank = (count - 1) * percent / 100;
    return (double)sorted[rank] / NS_PER_MS;
}

/* `times` has room for every order. */
static void measure(const struct demo_orders *orders, bool undisturbed, int64_t *times,
                    struct demo_latency *out)
{
    size_t count = 0;

    for (size_t i = 0; i < orders->count; i++) {
        const struct demo_order *order = &orders->list[i];
        if (order->times > 0 && !(undisturbed && order->held_up)) {
            times[count++] = order->handled_ns - order->produced_ns;
        }
    }
    qsort(times, count, sizeof times[0], compare);
    *out = (struct demo_latency){.orders = count,
                                 .p50_ms = percentile_ms(times, count, 50),
                                 .p99_ms = percentile_ms(times, count, 99),
                                 .max_ms = percentile_ms(times, count, 100)};
}

/* An order below the committed offset that no handler finished is lost: nobody will get it again.
 */
static void count_missing(const struct demo_orders *orders, const int64_t *committed,
                          struct demo_verdict *verdict)
{
    for (size_t i = 0; i < orders->count; i++) {
        const struct demo_order *order = &orders->list[i];
        if (!order->acked || order->times > 0) {
            continue;
        }
        if (committed == NULL || order->offset < committed[order->partition]) {
            verdict->lost++;
        } else {
            verdict->waiting++;
        }
    }
}

static double handled_per_second(const struct demo_orders *orders)
{
    int64_t first = INT64_MAX;
    int64_t last = 0;

    for (size_t i = 0; i < orders->count; i++) {
        int64_t at = orders->list[i].handled_ns;
        first = at > 0 && at < first ? at : first;
        last = at > last ? at : last;
    }
    return last > first ? (double)orders->handled * NS_PER_S / (double)(last - first) : 0;
}

enum weir_status demo_verdict_reach(const struct demo_orders *orders,
                                    const struct demo_group *group, const int64_t *committed,
                                    struct demo_verdict *out)
{
    int64_t *times = calloc(orders->count + 1, sizeof times[0]);

    assert(out != NULL);
    if (times == NULL) {
        return WEIR_ERR_NOMEM;
    }
    out->committed_known = committed != NULL;
    for (uint32_t i = 0; committed != NULL && i < group->partitions; i++) {
        int64_t reached = committed[i] < 0 ? 0 : committed[i];
        out->committed += reached == group->partition[i].end ? 1 : 0;
    }
    count_missing(orders, committed, out);
    out->rate = handled_per_second(orders);
    measure(orders, false, times, &out->all);
    measure(orders, true, times, &out->undisturbed);
    free(times);
    return WEIR_OK;
}

void demo_verdict_gaps(const struct demo_group *group, const struct demo_rebalance *rebalance,
                       struct demo_latency *out)
{
    int64_t gaps[DEMO_PARTITIONS_MAX];
    size_t count = 0;

    for (uint32_t i = 0; i < group->partitions; i++) {
        if (rebalance->pause_ns[i] >= 0) {
            gaps[count++] = rebalance->pause_ns[i];
        }
    }
    qsort(gaps, count, sizeof gaps[0], compare);
    *out = (struct demo_latency){.orders = count,
                                 .p50_ms = percentile_ms(gaps, count, 50),
                                 .p99_ms = percentile_ms(gaps, count, 99),
                                 .max_ms = percentile_ms(gaps, count, 100)};
}

uint32_t demo_verdict_bound(const struct demo_group *group)
{
    return group->crash_in_flight + group->crash_uncommitted;
}

/* Each switch has ended as it was to; the last one need not have when nobody waited for it. */
static bool all_switched(const struct demo_group *group, bool interrupted)
{
    for (uint32_t i = 0; i < group->rebalances; i++) {
        if (group->rebalance[i].failed) {
            return false;
        }
    }
    return interrupted ||
           (group->rebalances > 0 && group->rebalance[group->rebalances - 1].outcome != NULL);
}

static bool keeps_colors(const struct demo_verdict *verdict, const struct demo_orders *orders,
                         const struct demo_group *group)
{
    return !group->colored || (orders->repeats[DEMO_REPEAT_REFUSED] == 0 &&
                               orders->repeats[DEMO_REPEAT_CRASH] <= demo_verdict_bound(group) &&
                               all_switched(group, verdict->interrupted));
}

bool demo_verdict_holds(const struct demo_verdict *verdict, const struct demo_orders *orders,
                        const struct demo_group *group)
{
    bool whole = verdict->waiting == 0 && verdict->committed == group->partitions &&
                 orders->not_acked == 0 && orders->handled > 0;

    return !verdict->late && keeps_colors(verdict, orders, group) && verdict->lost == 0 &&
           verdict->committed_known && orders->misordered == 0 &&
           orders->repeats[DEMO_REPEAT_NO_REASON] == 0 && (whole || verdict->interrupted);
}
