#include "emitters/emitter.h"

#include "emitters/wording.h"
#include <assert.h>
#include <stdbool.h>
#include <string.h>

/* What makes the next line news. */
struct standing {
    int64_t partitions;
    int64_t lag;
    int64_t lag_unknown;
    bool under_way;
};

struct log_emitter {
    struct weir_emitter base; /* first */
    struct weir_log *log;
    weir_time measured_at; /* the last measurement, or the opening */
    uint64_t handled;      /* until then, as the next two */
    uint64_t shadowed;
    uint64_t shadow_failed;
    struct standing said;
};

/* A line: what people read, and the same for machines. */
struct line {
    char text_space[WEIR_LOG_TEXT_SIZE];
    char data_space[WEIR_LOG_DATA_SIZE];
    struct weir_wording text;
    struct weir_wording data;
};

static void line_begin(struct line *line)
{
    weir_wording_init(&line->text, line->text_space, sizeof line->text_space);
    weir_wording_init(&line->data, line->data_space, sizeof line->data_space);
}

static void line_say(const struct line *line, const struct log_emitter *emitter,
                     enum weir_occasion occasion, const char *tag)
{
    int level = occasion == WEIR_OCCASION_ASKED ? WEIR_LOG_ALWAYS : WEIR_LOG_INFO;

    weir_log_data(emitter->log, level, tag, line->text_space, line->data_space);
}

static void add_number(struct line *line, const char *name, long long value)
{
    weir_wording_add(&line->data, "%s\"%s\":%lld", line->data.used > 1 ? "," : "", name, value);
}

/* The status line. */

static double rate_of(const struct log_emitter *emitter, const struct weir_measurement *measurement)
{
    weir_time passed = measurement->time - emitter->measured_at;
    uint64_t handled = measurement->snapshot->counters[WEIR_COUNTER_HANDLED] - emitter->handled;

    return passed > 0 ? (double)handled * 1e9 / (double)passed : 0;
}

static void add_lag(struct line *line, const int64_t *gauges)
{
    if (gauges[WEIR_GAUGE_LAG_UNKNOWN] == gauges[WEIR_GAUGE_PARTITIONS]) {
        weir_wording_add(&line->text, ", lag not known");
        return;
    }
    weir_wording_add(&line->text, ", lag %lld", (long long)gauges[WEIR_GAUGE_LAG]);
    if (gauges[WEIR_GAUGE_LAG_UNKNOWN] > 0) {
        weir_wording_add(&line->text, " (of %lld partitions not known)",
                         (long long)gauges[WEIR_GAUGE_LAG_UNKNOWN]);
    }
}

static void add_ms(struct weir_wording *text, int64_t ms)
{
    weir_wording_add_duration(text, (double)ms * (double)WEIR_NS_PER_MS);
}

static void add_commit_age(struct line *line, const int64_t *gauges)
{
    if (gauges[WEIR_GAUGE_COMMIT_AGE] == 0) {
        weir_wording_add(&line->text, ", all committed");
        return;
    }
    weir_wording_add(&line->text, ", commit age ");
    add_ms(&line->text, gauges[WEIR_GAUGE_COMMIT_AGE]);
}

/* In place of what is committed, which is nothing: how it does, to be compared with the one that
 * works. */
static void add_shadow(struct line *line, const struct log_emitter *emitter,
                       const struct weir_measurement *measurement)
{
    const uint64_t *counters = measurement->snapshot->counters;
    const struct weir_distribution *calls = &measurement->histograms[WEIR_HISTOGRAM_SHADOW];
    uint64_t handled = counters[WEIR_COUNTER_SHADOW] - emitter->shadowed;
    uint64_t failed = counters[WEIR_COUNTER_SHADOW_FAILED] - emitter->shadow_failed;

    weir_wording_add(&line->text, ", as a shadow");
    if (handled > 0) {
        weir_wording_add(&line->text, ": %.2f %% failed", 100.0 * (double)failed / (double)handled);
    }
    if (calls->count > 0) {
        weir_wording_add(&line->text, ", handler p50 ");
        weir_wording_add_duration(&line->text, (double)weir_distribution_quantile(calls, 0.5));
        weir_wording_add(&line->text, ", p99 ");
        weir_wording_add_duration(&line->text, (double)weir_distribution_quantile(calls, 0.99));
    }
}

static void add_workers(struct weir_wording *text, const int64_t *gauges)
{
    if (gauges[WEIR_GAUGE_BUSY] > 0) {
        weir_wording_add(text, ", %lld worker%s busy", (long long)gauges[WEIR_GAUGE_BUSY],
                         gauges[WEIR_GAUGE_BUSY] == 1 ? "" : "s");
    }
    if (gauges[WEIR_GAUGE_QUEUED] > 0) {
        weir_wording_add(text, ", %lld batch%s queued", (long long)gauges[WEIR_GAUGE_QUEUED],
                         gauges[WEIR_GAUGE_QUEUED] == 1 ? "" : "es");
    }
}

static void word_status(struct line *line, const struct log_emitter *emitter,
                        const struct weir_measurement *measurement, double rate)
{
    struct weir_wording *text = &line->text;
    const int64_t *gauges = measurement->gauges;

    weir_wording_add(text, "%.*f records/s, %lld in flight", rate < 10 && rate > 0 ? 1 : 0, rate,
                     (long long)gauges[WEIR_GAUGE_IN_FLIGHT]);
    if (gauges[WEIR_GAUGE_IN_FLIGHT] > 0) {
        weir_wording_add(text, " (oldest ");
        add_ms(text, gauges[WEIR_GAUGE_OLDEST]);
        weir_wording_add(text, ")");
    }
    add_workers(text, gauges);
    weir_wording_add(text, ", %lld buffered (", (long long)gauges[WEIR_GAUGE_BUFFERED]);
    weir_wording_add_bytes(text, (uint64_t)gauges[WEIR_GAUGE_BYTES]);
    weir_wording_add(text, " held)");
    if (gauges[WEIR_GAUGE_PARTITIONS] > 0) {
        add_lag(line, gauges);
    }
    if (measurement->snapshot->shadow) {
        add_shadow(line, emitter, measurement);
    } else if (gauges[WEIR_GAUGE_PARTITIONS] > 0) {
        add_commit_age(line, gauges);
    }
    weir_wording_add(text, ", %lld partition%s", (long long)gauges[WEIR_GAUGE_PARTITIONS],
                     gauges[WEIR_GAUGE_PARTITIONS] == 1 ? "" : "s");
}

static void add_gauges(struct line *line, const int64_t *gauges)
{
    for (int i = 0; i < (int)WEIR_GAUGES; i++) {
        add_number(line, weir_gauge_name((enum weir_gauge_kind)i), (long long)gauges[i]);
    }
}

static void say_status(const struct log_emitter *emitter, enum weir_occasion occasion,
                       const struct weir_measurement *measurement)
{
    struct line line;
    double rate = rate_of(emitter, measurement);

    line_begin(&line);
    word_status(&line, emitter, measurement, rate);
    weir_wording_add(&line.data, "{\"handled_per_second\":%.1f", rate);
    add_gauges(&line, measurement->gauges);
    weir_wording_add(&line.data, "}");
    line_say(&line, emitter, occasion, "status");
}

static struct standing standing_of(const struct log_emitter *emitter,
                                   const struct weir_measurement *measurement)
{
    const int64_t *gauges = measurement->gauges;
    bool moved = measurement->snapshot->counters[WEIR_COUNTER_HANDLED] > emitter->handled;

    return (struct standing){.partitions = gauges[WEIR_GAUGE_PARTITIONS],
                             .lag = gauges[WEIR_GAUGE_LAG],
                             .lag_unknown = gauges[WEIR_GAUGE_LAG_UNKNOWN],
                             .under_way = moved || gauges[WEIR_GAUGE_IN_FLIGHT] > 0 ||
                                          gauges[WEIR_GAUGE_BUFFERED] > 0 ||
                                          gauges[WEIR_GAUGE_COMMIT_AGE] > 0};
}

static bool is_news(const struct standing *now, const struct standing *said)
{
    return now->under_way || said->under_way || now->partitions != said->partitions ||
           now->lag != said->lag || now->lag_unknown != said->lag_unknown;
}

/* Everything. */

static void say_counters(const struct log_emitter *emitter, enum weir_occasion occasion,
                         const struct weir_snapshot *snapshot)
{
    struct line line;

    line_begin(&line);
    weir_wording_add(&line.data, "{");
    for (int i = 0; i < (int)WEIR_COUNTERS; i++) {
        const char *name = weir_counter_name((enum weir_counter)i);
        add_number(&line, name, (long long)snapshot->counters[i]);
        if (snapshot->counters[i] > 0) {
            weir_wording_add(&line.text, "%s%s %llu", line.text.used > 0 ? ", " : "", name,
                             (unsigned long long)snapshot->counters[i]);
        }
    }
    weir_wording_add(&line.data, "}");
    if (line.text.used > 0) {
        line_say(&line, emitter, occasion, "counters");
    }
}

static void add_time(struct line *line, const char *word, const char *name, double value_ns)
{
    weir_wording_add(&line->text, ", %s ", word);
    weir_wording_add_duration(&line->text, value_ns);
    weir_wording_add(&line->data, ",\"%s\":%.0f", name, value_ns);
}

static const char *counted_by(enum weir_histogram histogram)
{
    static const char *const counted[] = {
#define COUNTED(id, name, counted, sentence) [id] = (counted),
        WEIR_HISTOGRAM_TABLE(COUNTED)
#undef COUNTED
    };

    return counted[histogram];
}

static void say_histogram(const struct log_emitter *emitter, enum weir_occasion occasion,
                          enum weir_histogram histogram, const struct weir_distribution *found)
{
    static const struct {
        const char *word;
        const char *name;
        double share;
    } quantiles[] = {{"p50", "p50_ns", 0.5},
                     {"p90", "p90_ns", 0.9},
                     {"p99", "p99_ns", 0.99},
                     {"p99.9", "p999_ns", 0.999}};
    const char *name = weir_histogram_name(histogram);
    struct line line;

    if (found->count == 0) {
        return;
    }
    line_begin(&line);
    weir_wording_add(&line.text, "%s: %llu %s", name, (unsigned long long)found->count,
                     counted_by(histogram));
    weir_wording_add(&line.data, "{\"histogram\":\"%s\",\"count\":%llu", name,
                     (unsigned long long)found->count);
    add_time(&line, "mean", "mean_ns", found->sum_ns / (double)found->count);
    for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++) {
        add_time(&line, quantiles[i].word, quantiles[i].name,
                 (double)weir_distribution_quantile(found, quantiles[i].share));
    }
    add_time(&line, "min", "min_ns", (double)found->min_ns);
    add_time(&line, "max", "max_ns", (double)found->max_ns);
    weir_wording_add(&line.data, "}");
    line_say(&line, emitter, occasion, "times");
}

static void add_offset(struct line *line, const char *name, int64_t offset)
{
    if (offset >= 0) {
        weir_wording_add(&line->text, ", %s %lld", name, (long long)offset);
    }
    add_number(line, name, (long long)offset);
}

/* People need not read that none is. */
static void add_failed(struct line *line, const char *name, int64_t count)
{
    if (count > 0) {
        weir_wording_add(&line->text, ", %s %lld", name, (long long)count);
    }
    add_number(line, name, (long long)count);
}

static void add_duration(struct line *line, const char *word, const char *name, int64_t value_ns)
{
    if (value_ns >= 0) {
        weir_wording_add(&line->text, ", %s ", word);
        weir_wording_add_duration(&line->text, (double)value_ns);
    }
    add_number(line, name, (long long)value_ns);
}

static void say_partition(const struct log_emitter *emitter, enum weir_occasion occasion,
                          const struct weir_snapshot_row *row)
{
    struct line line;

    line_begin(&line);
    weir_wording_add(&line.text, "%s/%d: %s", row->topic, (int)row->partition,
                     weir_partition_state_name(row->state));
    weir_wording_add(&line.data, "{\"topic\":");
    weir_wording_add_json(&line.data, row->topic);
    weir_wording_add(&line.data, ",\"partition\":%d,\"state\":\"%s\"", (int)row->partition,
                     weir_partition_state_name(row->state));
    add_offset(&line, "position", row->position);
    add_offset(&line, "watermark", row->watermark);
    add_offset(&line, "committed", row->committed);
    add_offset(&line, "end", row->end);
    add_offset(&line, "lag", row->lag);
    add_offset(&line, "in_flight", row->in_flight);
    add_failed(&line, "held", row->held);
    add_failed(&line, "dead_letters_in_flight", row->letters);
    add_offset(&line, "buffered", row->buffered);
    add_offset(&line, "bytes", (int64_t)row->bytes);
    add_offset(&line, "oldest_ms", row->oldest_ms);
    add_offset(&line, "began", row->began);
    add_duration(&line, "take_over", "take_over_ns", row->take_over_ns);
    weir_wording_add(&line.data, "}");
    line_say(&line, emitter, occasion, "partition");
}

/* "" where nothing is known. */
static void add_word(struct line *line, const char *name, const char *word)
{
    weir_wording_add(&line->data, "%s\"%s\":", line->data.used > 1 ? "," : "", name);
    weir_wording_add_json(&line->data, word == NULL ? "" : word);
}

static void say_colors(const struct log_emitter *emitter, enum weir_occasion occasion,
                       const struct weir_snapshot *snapshot)
{
    struct line line;

    if (snapshot->color == NULL) {
        return;
    }
    line_begin(&line);
    weir_wording_add(&line.text, "%s %s, ", snapshot->color,
                     snapshot->may_own ? "may own" : "stands by");
    weir_wording_add(&line.text, "active color %s, epoch %llu, %s",
                     snapshot->active == NULL ? "none" : snapshot->active,
                     (unsigned long long)snapshot->epoch,
                     snapshot->step == NULL ? "not read yet" : snapshot->step);
    weir_wording_add(&line.data, "{");
    add_word(&line, "color", snapshot->color);
    add_word(&line, "active", snapshot->active);
    add_word(&line, "step", snapshot->step);
    add_number(&line, "epoch", (long long)snapshot->epoch);
    add_number(&line, "may_own", snapshot->may_own ? 1 : 0);
    weir_wording_add(&line.data, "}");
    line_say(&line, emitter, occasion, "colors");
}

static void say_everything(const struct log_emitter *emitter, enum weir_occasion occasion,
                           const struct weir_measurement *measurement)
{
    const struct weir_snapshot *snapshot = measurement->snapshot;

    say_counters(emitter, occasion, snapshot);
    for (int i = 0; i < (int)WEIR_HISTOGRAMS; i++) {
        say_histogram(emitter, occasion, (enum weir_histogram)i, &measurement->histograms[i]);
    }
    say_colors(emitter, occasion, snapshot);
    for (size_t i = 0; i < snapshot->row_count; i++) {
        say_partition(emitter, occasion, weir_snapshot_at(snapshot, i));
    }
}

/* The contract. */

static struct log_emitter *of(struct weir_emitter *emitter)
{
    return (struct log_emitter *)emitter;
}

static enum weir_status open_log(struct weir_emitter *emitter, const struct weir_emitter_env *env,
                                 struct weir_error *error)
{
    (void)error;
    of(emitter)->log = env->log;
    of(emitter)->measured_at = env->now;
    of(emitter)->said.partitions = -1; /* so that the first line is news */
    return WEIR_OK;
}

static void emit(struct weir_emitter *base, enum weir_occasion occasion,
                 const struct weir_measurement *measurement)
{
    struct log_emitter *emitter = of(base);
    struct standing now = standing_of(emitter, measurement);

    if (occasion != WEIR_OCCASION_STATUS) {
        say_everything(emitter, occasion, measurement);
    }
    if (occasion == WEIR_OCCASION_ASKED ||
        (occasion == WEIR_OCCASION_STATUS && is_news(&now, &emitter->said))) {
        say_status(emitter, occasion, measurement);
    }
    if (occasion == WEIR_OCCASION_STATUS) {
        emitter->said = now;
        emitter->measured_at = measurement->time;
        emitter->handled = measurement->snapshot->counters[WEIR_COUNTER_HANDLED];
        emitter->shadowed = measurement->snapshot->counters[WEIR_COUNTER_SHADOW];
        emitter->shadow_failed = measurement->snapshot->counters[WEIR_COUNTER_SHADOW_FAILED];
    }
}

static void close_log(struct weir_emitter *emitter)
{
    of(emitter)->log = NULL;
}

const struct weir_emitter_ops weir_emitter_log = {.name = "log",
                                                  .size = sizeof(struct log_emitter),
                                                  .open = open_log,
                                                  .emit = emit,
                                                  .close = close_log};
