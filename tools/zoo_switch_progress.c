#include "tools/zoo_switch_progress.h"

#include "tools/zoo_group_state.h"
#include "tools/zoo_switch_show.h"
#include <inttypes.h>
#include <stdlib.h>

enum { NAMED_MAX = 4, BAR_WIDTH = 20, LIVE_WIDTH = 40, MS_PER_S = 1000, TENTH_MS = 100 };

static const char *heir_of(const struct weir_switch *record)
{
    return record->step == WEIR_SWITCH_RETURNING ? record->request.from : record->request.to;
}

size_t weir_switch_progress_taken(const struct weir_switching *switching)
{
    return weir_switch_gaps_owned(&switching->gaps, &switching->look,
                                  heir_of(&switching->look.record));
}

static bool has_moved(const struct weir_switch_gap *gap)
{
    return gap->moves > gap->told;
}

static bool any_moved(const struct weir_switching *switching)
{
    for (size_t i = 0; i < switching->gaps.count; i++) {
        if (has_moved(&switching->gaps.all[i])) {
            return true;
        }
    }
    return false;
}

static void note_told(struct weir_switching *switching)
{
    for (size_t i = 0; i < switching->gaps.count; i++) {
        switching->gaps.all[i].told = switching->gaps.all[i].moves;
    }
}

const char *weir_switch_progress_span(int64_t time_ns, char out[WEIR_SWITCH_SPAN_SIZE])
{
    static const char *const units[] = {"us", "ms", "s"};
    double span = (double)time_ns / (double)WEIR_NS_PER_US;
    size_t unit = 0;

    while (span >= 1000 && unit < 2) {
        span /= 1000;
        unit++;
    }
    (void)snprintf(out, WEIR_SWITCH_SPAN_SIZE, "%.*f %s", unit > 0 && span < 10 ? 1 : 0, span,
                   units[unit]);
    return out;
}

static void print_gap(FILE *out, const struct weir_switch_gap *gap, bool first)
{
    char span[WEIR_SWITCH_SPAN_SIZE];

    (void)fprintf(out, "%s%s/%d", first ? "" : ", ", gap->topic, (int)gap->partition);
    if (gap->gap_ns >= 0) {
        (void)fprintf(out, " %s", weir_switch_progress_span(gap->gap_ns, span));
    }
}

void weir_switch_progress_elapsed(FILE *out, int64_t elapsed_ms)
{
    (void)fprintf(out, "%5" PRId64 ".%" PRId64 " s  ", elapsed_ms / MS_PER_S,
                  elapsed_ms % MS_PER_S / TENTH_MS);
}

void weir_switch_progress_group(const struct weir_switching *switching)
{
    if (switching->wish->peer != NULL) {
        (void)fprintf(switching->out, "%s: ", switching->group->name);
    }
}

static void print_line(const struct weir_switching *switching, int64_t elapsed_ms)
{
    const struct weir_switch_gaps *gaps = &switching->gaps;
    FILE *out = switching->out;
    size_t moved = 0;

    weir_switch_progress_elapsed(out, elapsed_ms);
    weir_switch_progress_group(switching);
    (void)fprintf(out, "%zu of %zu partitions are with %s: ", weir_switch_progress_taken(switching),
                  gaps->count, heir_of(&switching->look.record));
    for (size_t i = 0; i < gaps->count; i++) {
        if (has_moved(&gaps->all[i]) && moved++ < NAMED_MAX) {
            print_gap(out, &gaps->all[i], moved == 1);
        }
    }
    if (moved > NAMED_MAX) {
        (void)fprintf(out, " and %zu more", moved - NAMED_MAX);
    }
    (void)fputc('\n', out);
}

static void print_bar(const struct weir_switching *switching)
{
    size_t count = switching->gaps.count;
    size_t taken = weir_switch_progress_taken(switching);

    if (count == 0) {
        return;
    }
    (void)fputc('[', switching->out);
    for (size_t i = 0; i < BAR_WIDTH; i++) {
        (void)fputc(i * count < taken * BAR_WIDTH ? '#' : '.', switching->out);
    }
    (void)fprintf(switching->out, "] %zu/%zu ", taken, count);
}

void weir_switch_progress_wipe(const struct weir_switching *switching)
{
    if (switching->wish->live && !switching->wish->json) {
        (void)fputs("\r\x1b[K", switching->out);
    }
}

static void print_step(const struct weir_switching *switching, int64_t elapsed_ms,
                       const char *blocked)
{
    const struct weir_switch *record = &switching->look.record;

    weir_switch_progress_elapsed(switching->out, elapsed_ms);
    weir_switch_progress_group(switching);
    (void)fprintf(switching->out, "%-12s epoch %" PRIu64 "%s%s\n",
                  weir_switch_step_name(record->step), record->epoch,
                  blocked[0] == '\0' ? "" : ", waits: ", blocked);
}

/* The last line is written again and again on a terminal: a step stays on its own line. */
void weir_switch_progress_step(struct weir_switching *switching, int64_t elapsed_ms, bool news)
{
    const struct weir_switch_wish *wish = switching->wish;
    bool moved = any_moved(switching);
    bool live = wish->live && !wish->json;
    char blocked[WEIR_SWITCH_WHY_SIZE];

    if (!news && !moved && !live) {
        return;
    }
    weir_switching_blocked(&switching->look, blocked);
    if (wish->json) {
        weir_switch_json_step(switching, elapsed_ms);
    } else {
        weir_switch_progress_wipe(switching);
    }
    if (!wish->json && news) {
        print_step(switching, elapsed_ms, blocked);
    }
    if (!wish->json && moved) {
        print_line(switching, elapsed_ms);
    }
    note_told(switching);
    if (live) {
        weir_switch_progress_elapsed(switching->out, elapsed_ms);
        print_bar(switching);
        (void)fprintf(switching->out, "%s%s%.*s",
                      weir_switch_step_name(switching->look.record.step),
                      blocked[0] == '\0' ? "" : ": ", LIVE_WIDTH, blocked);
    }
    (void)fflush(switching->out);
}

void weir_switch_progress_gaps(const struct weir_switching *switching)
{
    const struct weir_switch_gaps *gaps = &switching->gaps;
    struct weir_switch_gaps_sum sum = weir_switch_gaps_sum(gaps);
    size_t count = 0;
    char median[WEIR_SWITCH_SPAN_SIZE];
    char p99[WEIR_SWITCH_SPAN_SIZE];
    char most[WEIR_SWITCH_SPAN_SIZE];
    FILE *out = switching->out;

    if (sum.measured == 0) {
        return;
    }
    (void)fprintf(out,
                  "gaps from owner to owner, as seen from here: %zu of %zu partitions, median %s, "
                  "p99 %s, max %s\nthe longest: ",
                  sum.measured, gaps->count, weir_switch_progress_span(sum.median_ns, median),
                  weir_switch_progress_span(sum.p99_ns, p99),
                  weir_switch_progress_span(sum.max_ns, most));
    const struct weir_switch_gap **slowest = weir_switch_gaps_slowest(gaps, &count);
    for (size_t i = 0; i < count && i < NAMED_MAX; i++) {
        print_gap(out, slowest[i], i == 0);
    }
    (void)fputc('\n', out);
    free((void *)slowest);
}
