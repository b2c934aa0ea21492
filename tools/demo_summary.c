#include "tools/demo_verdict.h"

#define NS_PER_S  1e9
#define NS_PER_MS 1e6

enum { PAUSES_PER_LINE = 12, GAPS_PER_LINE = 10 };

static void print_counts(FILE *out, const struct demo_verdict *verdict,
                         const struct demo_orders *orders)
{
    (void)fprintf(out, "  produced     %zu orders, %llu acknowledged by the cluster\n",
                  orders->count, (unsigned long long)orders->acked);
    (void)fprintf(out, "  handled      %llu\n", (unsigned long long)orders->handled);
    (void)fprintf(out, "  lost         %llu\n", (unsigned long long)verdict->lost);
    if (verdict->waiting > 0) {
        (void)fprintf(out, "  waiting      %llu, not handled and not committed: they come again\n",
                      (unsigned long long)verdict->waiting);
    }
}

static void print_repeats(FILE *out, const struct demo_orders *orders,
                          const struct demo_group *group)
{
    static const char *const reasons[DEMO_REPEATS] = {
        "done by the killed member, but not committed yet",
        "done, but the mock cluster refused the commit during a rebalance",
        "done by a member whose session was over before it could commit", "for no known reason"};
    uint64_t sum = 0;

    for (int i = 0; i < DEMO_REPEATS; i++) {
        sum += orders->repeats[i];
    }
    (void)fprintf(out, "  duplicates   %llu\n", (unsigned long long)sum);
    for (int i = 0; i < DEMO_REPEATS; i++) {
        bool usual = i == DEMO_REPEAT_CRASH || (i == DEMO_REPEAT_REFUSED && !group->colored);
        if (orders->repeats[i] > 0 || usual) {
            (void)fprintf(out, "    %8llu   %s\n", (unsigned long long)orders->repeats[i],
                          reasons[i]);
        }
    }
    if (orders->odd_seq >= 0) {
        const struct demo_order *odd = &orders->list[orders->odd_seq];
        (void)fprintf(out,
                      "               the first of them: order %lld, partition %d offset %lld\n",
                      (long long)orders->odd_seq, (int)odd->partition, (long long)odd->offset);
    }
    if (group->colored && demo_verdict_bound(group) > 0) {
        (void)fprintf(out,
                      "  in flight    %u at the crash, %u of them done: so many may come again, "
                      "and no more\n",
                      (unsigned)demo_verdict_bound(group), (unsigned)group->crash_uncommitted);
    } else if (!group->colored && group->crash_in_flight > 0) {
        (void)fprintf(out, "  in flight    %u at the crash: begun twice, done once\n",
                      (unsigned)group->crash_in_flight);
    }
}

static void print_order(FILE *out, const struct demo_verdict *verdict,
                        const struct demo_orders *orders, const struct demo_group *group)
{
    if (orders->misordered == 0) {
        (void)fprintf(out, "  sequence     kept for each of %d customers\n", DEMO_CUSTOMERS);
    } else {
        (void)fprintf(out, "  sequence     broken %llu times\n",
                      (unsigned long long)orders->misordered);
    }
    if (verdict->committed_known) {
        (void)fprintf(out,
                      "  committed    %u of %u partitions up to their end, read back from the "
                      "cluster\n",
                      (unsigned)verdict->committed, (unsigned)group->partitions);
    } else {
        (void)fputs("  committed    unknown: the cluster did not answer\n", out);
    }
}

static void print_latency(FILE *out, const char *title, const struct demo_latency *latency,
                          const char *whose)
{
    if (latency->orders == 0) {
        return;
    }
    (void)fprintf(out, "  %-12s p50 %.1f ms, p99 %.1f ms, most %.1f ms, of %llu orders%s\n", title,
                  latency->p50_ms, latency->p99_ms, latency->max_ms,
                  (unsigned long long)latency->orders, whose);
}

static void print_pauses(FILE *out, const struct demo_group *group,
                         const struct demo_rebalance *rebalance)
{
    for (uint32_t i = 0; i < group->partitions; i++) {
        if (i % PAUSES_PER_LINE == 0) {
            (void)fprintf(out, "%s    %5u:", i == 0 ? "" : "\n", (unsigned)i);
        }
        if (rebalance->pause_ns[i] < 0) {
            (void)fputs("     -", out);
        } else {
            (void)fprintf(out, " %5.2f", (double)rebalance->pause_ns[i] / NS_PER_S);
        }
    }
    (void)fputc('\n', out);
}

static void print_rebalance(FILE *out, const struct demo_group *group,
                            const struct demo_rebalance *rebalance)
{
    int64_t least = INT64_MAX;
    int64_t most = -1;

    for (uint32_t i = 0; i < group->partitions; i++) {
        int64_t pause = rebalance->pause_ns[i];
        least = pause >= 0 && pause < least ? pause : least;
        most = pause > most ? pause : most;
    }
    if (most < 0) {
        (void)fprintf(out, "    %s\n", rebalance->cause);
        return;
    }
    (void)fprintf(out, "    %s: partitions paused %.2f to %.2f s, one by one:\n", rebalance->cause,
                  (double)least / NS_PER_S, (double)most / NS_PER_S);
    print_pauses(out, group, rebalance);
}

static void print_rebalances(FILE *out, const struct demo_group *group)
{
    (void)fprintf(out, "  rebalances   %u\n", (unsigned)group->rebalances);
    for (uint32_t i = 0; i < group->rebalances; i++) {
        print_rebalance(out, group, &group->rebalance[i]);
    }
}

/* Milliseconds. */
static void print_gaps(FILE *out, const struct demo_group *group,
                       const struct demo_rebalance *rebalance)
{
    for (uint32_t i = 0; i < group->partitions; i++) {
        if (i % GAPS_PER_LINE == 0) {
            (void)fprintf(out, "%s    %5u:", i == 0 ? "" : "\n", (unsigned)i);
        }
        if (rebalance->pause_ns[i] < 0) {
            (void)fputs("     -", out);
        } else {
            (void)fprintf(out, " %5.0f", (double)rebalance->pause_ns[i] / NS_PER_MS);
        }
    }
    (void)fputc('\n', out);
}

static void print_switches(FILE *out, const struct demo_group *group)
{
    struct demo_latency gaps;

    (void)fputs("  switches     gap: the old color's last handler to the new one's first, in ms\n",
                out);
    for (uint32_t i = 0; i < group->rebalances; i++) {
        const struct demo_rebalance *rebalance = &group->rebalance[i];
        (void)fprintf(out, "    %s%s%s", rebalance->cause, rebalance->outcome == NULL ? "" : ": ",
                      rebalance->outcome == NULL ? "" : rebalance->outcome);
        demo_verdict_gaps(group, rebalance, &gaps);
        if (gaps.orders == 0) {
            (void)fputc('\n', out);
            continue;
        }
        (void)fprintf(out, "; gaps p50 %.0f, p99 %.0f, most %.0f\n", gaps.p50_ms, gaps.p99_ms,
                      gaps.max_ms);
        print_gaps(out, group, rebalance);
    }
}

static const char *claim_of(const struct demo_group *group)
{
    return group->colored ? "\nThe claim holds: nothing lost, nothing twice but what a crash or a "
                            "lost session left\n"
                            "uncommitted, and every switch ended as it should.\n"
                          : "\nThe claim holds: nothing lost, nothing repeated without a reason.\n";
}

void demo_verdict_print(FILE *out, const struct demo_verdict *verdict,
                        const struct demo_picture *picture, const struct demo_orders *orders)
{
    const struct demo_group *group = &picture->group;

    (void)fprintf(out, "\nweir demo%s, %.1f s, seed %llu%s\n", group->colored ? " --bluegreen" : "",
                  verdict->seconds, (unsigned long long)verdict->seed,
                  verdict->interrupted ? ", interrupted: the summary so far" : "");
    print_counts(out, verdict, orders);
    print_repeats(out, orders, group);
    print_order(out, verdict, orders, group);
    (void)fprintf(out, "  rate         %.0f orders/s handled, pauses included\n", verdict->rate);
    print_latency(out, "latency", &verdict->undisturbed, " that no rebalance held up");
    print_latency(out, "", &verdict->all, " in all");
    if (group->colored) {
        print_switches(out, group);
    } else {
        print_rebalances(out, group);
    }
    if (verdict->late) {
        (void)fputs("\nGiven up: what was waited for did not come.\n", out);
    }
    (void)fputs(demo_verdict_holds(verdict, orders, group) ? claim_of(group)
                                                           : "\nTHE CLAIM DOES NOT HOLD.\n",
                out);
    (void)fflush(out);
}
