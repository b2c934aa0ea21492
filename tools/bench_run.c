#include "tools/bench_run.h"

#include "tools/bench_figures.h"
#include "tools/bench_process.h"
#include "tools/monotonic.h"
#include "tools/stop_signal.h"
#include <jansson.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    FILL_MS = 1200000,
    RUN_MS = 300000, /* and as long as the plan itself takes, several times */
    RUN_FACTOR = 4,
    CLEAN_MS = 60000,
    ENDING_MS = 15000, /* the same, when somebody waits for us to end */
    READY_MS = 3000,   /* until a consumer that was just started is at the end of its topic */
    NAME_SIZE = 64,
    TEXT_SIZE = 256
};

struct running {
    const struct weir_bench_plan *plan;
    struct weir_bench_result *result;
    int asked;             /* readable once somebody wants it to end */
    char name[NAME_SIZE];  /* begins the names of all topics and groups */
    char topic[TEXT_SIZE]; /* that there may be; "": none */
    char group[TEXT_SIZE]; /* that may have committed; "": none */
    bool keeps_groups;     /* the cluster does not let us delete them */
};

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
    va_list arguments;

    (void)fputs("bench: ", stderr);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
}

/* Does somebody want it to end, within so long? */
static bool is_asked(const struct running *running, int ms)
{
    struct pollfd asked = {.fd = running->asked, .events = POLLIN};

    return poll(&asked, 1, ms) == 1;
}

/* Command lines. */

static void add_cluster(const struct running *running, struct weir_bench_words *words,
                        bool with_settings)
{
    const struct weir_cli_config *cli = &running->plan->cli;

    for (size_t i = 0; i < cli->file_count; i++) {
        weir_bench_words_add(words, "-c");
        weir_bench_words_add(words, cli->files[i]);
    }
    for (size_t i = 0; with_settings && i < cli->setting_count; i++) {
        weir_bench_words_add(words, "-X");
        weir_bench_words_add(words, cli->settings[i]);
    }
}

static void begin(const struct running *running, struct weir_bench_words *words, const char *part)
{
    weir_bench_words_begin(words, part);
    add_cluster(running, words, true);
    weir_bench_words_add(words, "--topic");
    weir_bench_words_add(words, running->topic);
    weir_bench_words_add_number(words, "--partitions", running->plan->partitions);
}

/* What the plan needs by itself: handlers that sleep, records that are sent slowly. */
static int64_t planned_ms(const struct running *running, const char *order)
{
    const struct weir_bench_plan *plan = running->plan;

    if (plan->delays > 0) {
        return plan->records * 1000 / plan->delays;
    }
    if (plan->handler_ms > 0) {
        double rate = weir_bench_ideal(plan, running->result, order);
        return (int64_t)((double)plan->records / rate * 1000);
    }
    return 0;
}

/* Runs a part to its end, or until `asked` is readable. */
static json_t *run_part(struct weir_bench_words *words, int asked, int64_t timeout_ms, int *code)
{
    struct weir_bench_process process;

    if (!weir_bench_process_start(words, &process)) {
        weir_cli_complain("bench: no process could be started");
        *code = WEIR_EXIT_TRY_AGAIN;
        return NULL;
    }
    return weir_bench_process_finish(&process, asked, timeout_ms, code);
}

static int fill(struct running *running, int64_t records, bool live)
{
    const struct weir_bench_plan *plan = running->plan;
    struct weir_bench_words words;
    int code = WEIR_EXIT_OK;

    begin(running, &words, "fill");
    weir_bench_words_add_number(&words, "--records", records);
    weir_bench_words_add_number(&words, "--busy", plan->busy);
    weir_bench_words_add_number(&words, "--keys", plan->keys);
    weir_bench_words_add_number(&words, "--value-size", plan->value_size);
    if (plan->replicas > 0) {
        weir_bench_words_add_number(&words, "--replicas", plan->replicas);
    }
    if (plan->zipf > 0) {
        weir_bench_words_add_text(&words, "--zipf", "%g", plan->zipf);
    }
    if (live) {
        weir_bench_words_add_number(&words, "--rate", plan->delays);
        weir_bench_words_add(&words, "--existing");
    }
    int64_t limit_ms = FILL_MS + (live ? RUN_FACTOR * planned_ms(running, NULL) : 0);
    json_t *answer = run_part(&words, running->asked, limit_ms, &code);
    running->result->hottest = json_integer_value(json_object_get(answer, "hottest"));
    running->result->fullest = json_integer_value(json_object_get(answer, "fullest"));
    json_decref(answer);
    if (code != WEIR_EXIT_OK && code != WEIR_EXIT_TRY_AGAIN) { /* it did not come to be */
        running->topic[0] = '\0';
    }
    return code;
}

/* What was asked to end takes its things away all the same; who asks only now, or again
 * (stop_signal.h), does not want to wait for that, either. */
static int clean(struct running *running, bool with_topic)
{
    struct weir_bench_words words;
    int code = WEIR_EXIT_OK;

    weir_bench_words_begin(&words, "clean");
    add_cluster(running, &words, true);
    if (with_topic) {
        weir_bench_words_add(&words, "--topic");
        weir_bench_words_add(&words, running->topic);
    }
    if (running->group[0] != '\0') {
        weir_bench_words_add(&words, "--group");
        weir_bench_words_add(&words, running->group);
    }
    bool ending = is_asked(running, 0);
    json_decref(
        run_part(&words, ending ? -1 : running->asked, ending ? ENDING_MS : CLEAN_MS, &code));
    if (code != WEIR_EXIT_TRY_AGAIN) { /* else it was ended before it could say what is left */
        running->group[0] = '\0';
        if (with_topic) {
            running->topic[0] = '\0';
        }
    }
    return code;
}

/* Measuring. */

static void prepare_bare(const struct running *running, struct weir_bench_words *words)
{
    begin(running, words, "bare");
    for (size_t i = 0; i < running->plan->bare_count; i++) {
        weir_bench_words_add(words, "-X");
        weir_bench_words_add(words, running->plan->bare[i]);
    }
    if (running->plan->delays > 0) {
        weir_bench_words_add_number(words, "--batch", 1);
    }
}

static void prepare_engine(const struct running *running,
                           const struct weir_bench_contender *contender,
                           struct weir_bench_words *words)
{
    const struct weir_bench_plan *plan = running->plan;

    begin(running, words, "engine");
    weir_bench_words_add(words, "--group");
    weir_bench_words_add(words, running->group);
    weir_bench_words_add(words, "--order");
    weir_bench_words_add(words, contender->order);
    if (plan->members > 0) {
        weir_bench_words_add(words, "--member");
    }
    if (plan->handler_ms > 0) {
        weir_bench_words_add_number(words, "--handler-us", (int64_t)(plan->handler_ms * 1000));
    }
    weir_bench_words_add_text(words, "-X", "weir.workers=%lld", (long long)plan->workers);
    if (plan->sweep_key != NULL) {
        weir_bench_words_add_text(words, "-X", "%s=%s", plan->sweep_key, contender->value);
    }
}

static double number_of(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

/* Several members of a group count as one; those that had no record do not count. */
static bool derive(const json_t *answers, struct weir_bench_sample *sample)
{
    double records = 0;
    double first_ns = 0;
    double last_ns = 0;
    double cpu_us = 0;

    *sample = (struct weir_bench_sample){.rate = 0};
    for (size_t i = 0; i < json_array_size(answers); i++) {
        const json_t *one = json_array_get(answers, i);
        if (number_of(one, "measured") <= 0) {
            continue;
        }
        double begun_ns = number_of(one, "first_ns");
        double ended_ns = number_of(one, "last_ns");
        first_ns = records == 0 || begun_ns < first_ns ? begun_ns : first_ns;
        last_ns = ended_ns > last_ns ? ended_ns : last_ns;
        records += number_of(one, "measured");
        cpu_us += number_of(one, "user_us") + number_of(one, "system_us");
        double rss_mib = number_of(one, "rss_kib") / 1024;
        sample->rss_mib = rss_mib > sample->rss_mib ? rss_mib : sample->rss_mib;
        sample->p50_us = number_of(one, "p50_us");
        sample->p99_us = number_of(one, "p99_us");
    }
    if (records == 0 || last_ns <= first_ns) {
        weir_cli_complain("bench: too few records to measure anything; give it more (--records)");
        return false;
    }
    sample->rate = records / (last_ns - first_ns) * 1e9;
    sample->cpu_us = cpu_us / records;
    return true;
}

static int send_live(struct running *running)
{
    if (is_asked(running, READY_MS)) {
        return WEIR_EXIT_TRY_AGAIN;
    }
    return fill(running, running->plan->records - 1, true);
}

/* All processes of one contender. */
static int consume(struct running *running, struct weir_bench_words *words,
                   const struct weir_bench_contender *contender, json_t *answers)
{
    struct weir_bench_process processes[WEIR_BENCH_MEMBERS_MAX] = {{.pid = 0}};
    size_t members = running->plan->members > 0 ? (size_t)running->plan->members : 1;
    size_t started = 0;
    int64_t limit_ms = RUN_MS + RUN_FACTOR * planned_ms(running, contender->order);
    int code = WEIR_EXIT_OK;

    while (started < members && weir_bench_process_start(words, &processes[started])) {
        started++;
    }
    if (started < members) {
        weir_cli_complain("bench: no process could be started");
        code = WEIR_EXIT_TRY_AGAIN;
    } else if (running->plan->delays > 0) {
        code = send_live(running);
    }
    for (size_t i = 0; i < started; i++) {
        if (code != WEIR_EXIT_OK) {
            weir_bench_process_kill(&processes[i]);
            continue;
        }
        json_t *answer = weir_bench_process_finish(&processes[i], running->asked, limit_ms, &code);
        if (answer != NULL && json_array_append_new(answers, answer) != 0) {
            code = WEIR_EXIT_TRY_AGAIN;
        }
    }
    return code;
}

static int measure(struct running *running, struct weir_bench_contender *contender, int64_t round)
{
    struct weir_bench_words words;
    struct weir_bench_sample sample;
    json_t *answers = json_array();

    if (contender->order == NULL) {
        prepare_bare(running, &words);
    } else {
        prepare_engine(running, contender, &words);
    }
    weir_bench_words_add_number(&words, "--records", running->plan->records);
    if (running->plan->delays > 0) {
        weir_bench_words_add(&words, "--delays");
    }
    int code = consume(running, &words, contender, answers);
    if (code == WEIR_EXIT_OK && !derive(answers, &sample)) {
        code = WEIR_EXIT_TRY_AGAIN;
    }
    if (code == WEIR_EXIT_OK && round > 0) {
        contender->samples[round - 1] = sample;
        (void)json_array_append(contender->raw, answers);
    }
    if (code == WEIR_EXIT_OK && running->plan->delays > 0) {
        say("  %s: %.0f us", contender->name, sample.p50_us);
    } else if (code == WEIR_EXIT_OK) {
        say("  %s: %.0f records/s", contender->name, sample.rate);
    }
    json_decref(answers);
    return code;
}

/* What one run leaves behind must not meet the next one: a group that has committed has nothing
 * left to do. What could not be measured to its end stays for the last cleaning. */
static int measure_apart(struct running *running, struct weir_bench_contender *contender,
                         int64_t round)
{
    bool live = running->plan->delays > 0;
    size_t number = (size_t)(contender - running->result->contenders);
    int code = WEIR_EXIT_OK;

    (void)snprintf(running->group, sizeof running->group, "%s-%lld-%zu", running->name,
                   (long long)round, number);
    if (live) {
        (void)snprintf(running->topic, sizeof running->topic, "%s", running->group);
        code = fill(running, 1, false);
    }
    if (code == WEIR_EXIT_OK) {
        code = measure(running, contender, round);
    }
    if (contender->order == NULL || running->keeps_groups) {
        running->group[0] = '\0';
    }
    if (code == WEIR_EXIT_OK && (live || running->group[0] != '\0')) {
        running->keeps_groups = clean(running, live) != WEIR_EXIT_OK || running->keeps_groups;
    }
    return code;
}

static int run_rounds(struct running *running)
{
    int code = WEIR_EXIT_OK;

    for (int64_t round = 0; round <= running->plan->rounds && code == WEIR_EXIT_OK; round++) {
        if (round == 0) {
            say("warm-up");
        } else {
            say("round %lld of %lld", (long long)round, (long long)running->plan->rounds);
        }
        for (size_t i = 0; i < running->result->count && code == WEIR_EXIT_OK; i++) {
            code = measure_apart(running, &running->result->contenders[i], round);
        }
    }
    return code;
}

/* Contenders. */

static void add_contender(const struct weir_bench_plan *plan, struct weir_bench_result *result,
                          const char *order, const char *value)
{
    struct weir_bench_contender *contender = &result->contenders[result->count++];

    *contender = (struct weir_bench_contender){.order = order, .value = value, .raw = json_array()};
    if (order == NULL) {
        (void)snprintf(contender->name, sizeof contender->name, "bare");
    } else if (plan->sweep_key == NULL) {
        (void)snprintf(contender->name, sizeof contender->name, "weir %s", order);
    } else {
        (void)snprintf(contender->name, sizeof contender->name, "weir %s %s=%s", order,
                       plan->sweep_key, value);
    }
}

static void choose_contenders(const struct weir_bench_plan *plan, struct weir_bench_result *result)
{
    if (plan->handler_ms <= 0) {
        add_contender(plan, result, NULL, "");
    }
    for (size_t i = 0; i < plan->order_count; i++) {
        for (size_t j = 0; j < plan->value_count; j++) {
            add_contender(plan, result, plan->orders[i], plan->values[j]);
        }
    }
}

static int fill_and_run(struct running *running)
{
    const struct weir_bench_plan *plan = running->plan;
    int code = WEIR_EXIT_OK;

    if (plan->delays == 0) {
        (void)snprintf(running->topic, sizeof running->topic, "%s", running->name);
        say("filling topic %s: %lld records of %lld bytes in %lld of %lld partitions",
            running->topic, (long long)plan->records, (long long)plan->value_size,
            (long long)plan->busy, (long long)plan->partitions);
        code = fill(running, plan->records, false);
    }
    return code == WEIR_EXIT_OK ? run_rounds(running) : code;
}

/* For the last time. */
static void clean_up(struct running *running)
{
    if (running->topic[0] == '\0') {
        return;
    }
    if (is_asked(running, 0)) {
        say("interrupted; deleting topic %s (once more: at once)", running->topic);
    }
    (void)clean(running, true);
    if (running->topic[0] != '\0') {
        say("topic %s is left; weir bench clean deletes it", running->topic);
    }
    if (running->group[0] != '\0') {
        say("group %s is left; weir bench clean deletes it", running->group);
    }
}

int weir_bench_run(const struct weir_bench_plan *plan, struct weir_bench_result *result)
{
    struct running running = {.plan = plan, .result = result};
    int64_t begun_ms = weir_monotonic_ms();
    static char sentence[TEXT_SIZE];
    struct weir_signals signals = {0};

    *result = (struct weir_bench_result){.count = 0};
    choose_contenders(plan, result);
    (void)snprintf(running.name, sizeof running.name, "weir-bench-%lld-%d", (long long)time(NULL),
                   (int)getpid());
    (void)snprintf(sentence, sizeof sentence,
                   "stopped at once; topics and groups may be left whose names begin with %s",
                   running.name);
    if (!weir_stop_signal_watch(sentence, &signals)) {
        weir_cli_complain("no file descriptor or thread is left");
        return WEIR_EXIT_TRY_AGAIN;
    }
    running.asked = signals.asked;
    int code = fill_and_run(&running);
    clean_up(&running);
    result->seconds = (double)(weir_monotonic_ms() - begun_ms) / 1000;
    return code;
}

void weir_bench_result_fini(struct weir_bench_result *result)
{
    for (size_t i = 0; i < result->count; i++) {
        json_decref(result->contenders[i].raw);
    }
}
