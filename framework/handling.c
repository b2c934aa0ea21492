#include "framework/handling.h"

#include "framework/base/memory.h"
#include "framework/fetcher.h"
#include <assert.h>
#include <stddef.h>
#include <string.h>

enum {
    AHEAD = 8, /* messages */
    REASON_SIZE = 256,
    METERED = 1 + WEIR_HISTOGRAM_WORKER_IDLE - WEIR_HISTOGRAM_BUFFER /* histograms of a worker */
};

/* Neighbours in a batch with one timestamp, up to where the next ones begin. */
struct run {
    int64_t timestamp_ms;
    uint32_t first;
};

/* One per worker thread. */
struct worker {
    void *context; /* what the handler's worker_open gave */
    struct weir_record *records;
    struct weir_span *spans; /* for events */
    struct run *runs;        /* of the batch */
    uint32_t run_count;
    struct weir_meter *meter;
    weir_time rests_since; /* 0: has not run yet */
};

/* A batch as the handler sees it, and the task behind it. */
struct host_batch {
    struct weir_batch batch; /* first */
    struct weir_task *task;
    const struct weir_handling *handling;
};

static struct host_batch *host_of(struct weir_batch *batch)
{
    return (struct host_batch *)(void *)batch;
}

static void free_worker(struct worker *worker)
{
    if (worker != NULL) {
        weir_free(worker->records);
        weir_free(worker->spans);
        weir_free(worker->runs);
        weir_free(worker);
    }
}

static enum weir_status open_worker(void **out, void *user)
{
    const struct weir_handling *handling = user;
    struct worker *worker = weir_calloc(1, sizeof *worker);

    if (worker == NULL) {
        return WEIR_ERR_NOMEM;
    }
    worker->context = handling->handler_state;
    worker->records = weir_calloc(handling->batch_records, sizeof worker->records[0]);
    worker->spans = weir_calloc(handling->batch_records, sizeof worker->spans[0]);
    worker->runs = weir_calloc(handling->batch_records, sizeof worker->runs[0]);
    worker->meter = weir_meters_join(handling->report->meters, WEIR_HISTOGRAM_BUFFER, METERED);
    if (worker->records == NULL || worker->spans == NULL || worker->runs == NULL ||
        worker->meter == NULL) {
        free_worker(worker);
        return WEIR_ERR_NOMEM;
    }
    if (handling->handler->worker_open != NULL &&
        handling->handler->worker_open(handling->handler_state, &worker->context) != 0) {
        free_worker(worker);
        return WEIR_ERR_PLUGIN;
    }
    weir_report_count(handling->report, WEIR_COUNTER_WORKERS, 1);
    *out = worker;
    return WEIR_OK;
}

static void close_worker(void *opened, void *user)
{
    const struct weir_handling *handling = user;
    struct worker *worker = opened;

    if (handling->handler->worker_close != NULL) {
        handling->handler->worker_close(handling->handler_state, worker->context);
    }
    free_worker(worker);
}

/* The calls a handler makes. */

static char *copy_reason(const char *reason)
{
    if (reason == NULL) {
        return NULL;
    }
    size_t length = strnlen(reason, REASON_SIZE - 1);
    char *copy = weir_malloc(length + 1);
    if (copy != NULL) { /* out of memory costs the sentence, not the record */
        memcpy(copy, reason, length);
        copy[length] = '\0';
    }
    return copy;
}

static void mark(struct weir_batch *batch, uint32_t index, enum weir_verdict verdict,
                 const char *reason)
{
    struct host_batch *host = host_of(batch);

    if (index >= host->task->count) {
        weir_log(&host->handling->report->log, WEIR_LOG_ERROR, "handler",
                 "'%s' marked record %u of a batch of %u; ignored", host->handling->handler->name,
                 (unsigned)index, (unsigned)host->task->count);
        return;
    }
    struct weir_entry *entry = &host->task->entries[index];
    weir_free(entry->reason);
    entry->reason = copy_reason(reason);
    entry->verdict = verdict;
    if (weir_verdict_keeps_back(verdict, host->handling->order, host->handling->policy)) {
        batch->ended = 1;
    }
}

static void on_retry(struct weir_batch *batch, uint32_t index, const char *reason)
{
    mark(batch, index, WEIR_VERDICT_RETRY, reason);
}

static void on_reject(struct weir_batch *batch, uint32_t index, const char *reason)
{
    mark(batch, index, WEIR_VERDICT_REJECT, reason);
}

static int on_header(const struct weir_batch *batch, uint32_t index, size_t header_index,
                     struct weir_header *out)
{
    const struct host_batch *host = (const struct host_batch *)(const void *)batch;

    if (index >= host->task->count) {
        return 0;
    }
    return host->handling->client->header(host->task->entries[index].message, header_index, out);
}

static enum weir_status on_defer(struct weir_batch *batch)
{
    const struct host_batch *host = host_of(batch);

    weir_log(&host->handling->report->log, WEIR_LOG_WARNING, "handler",
             "'%s' asked to complete a batch later, which this version cannot; the batch counts "
             "as any other",
             host->handling->handler->name);
    return WEIR_ERR_STATE;
}

static const struct weir_batch_ops batch_ops = {.size = sizeof batch_ops,
                                                .retry = on_retry,
                                                .reject = on_reject,
                                                .header = on_header,
                                                .defer = on_defer};

/* Running it. What is measured of single records is measured for neighbours together that came
 * together or carry one timestamp, and found out while they are looked at anyway. */

/* Those that were out before do not count again. `queued`: since the batch was cut. */
static void measure_wait(const struct worker *worker, uint32_t waited_us, weir_time queued,
                         uint32_t count)
{
    if (waited_us != WEIR_WAITED_BEFORE) {
        weir_meter_add(worker->meter, WEIR_HISTOGRAM_BUFFER,
                       (weir_time)waited_us * WEIR_NS_PER_US + queued, count);
    }
}

/* Unless the one before it has the same. */
static void note_timestamp(struct worker *worker, const struct weir_record *record)
{
    if (record->index == 0 || record->timestamp_ms != record[-1].timestamp_ms) {
        worker->runs[worker->run_count++] =
            (struct run){.timestamp_ms = record->timestamp_ms, .first = record->index};
    }
}

static void view_records(const struct weir_handling *handling, struct worker *worker,
                         const struct weir_task *task, weir_time begun)
{
    uint32_t waited_us = task->entries[0].waited_us;
    uint32_t since = 0;

    worker->run_count = 0;
    for (uint32_t i = 0; i < task->count; i++) {
        const struct weir_entry *entry = &task->entries[i];
        struct weir_record *record = &worker->records[i];
        if (i + AHEAD < task->count) {
            __builtin_prefetch(entry[AHEAD].message); /* other threads wrote and read it */
        }
        handling->client->view(entry->message, record);
        record->topic = task->slot->topic;
        record->partition = task->slot->partition;
        record->attempt = entry->failures + 1;
        record->index = i;
        note_timestamp(worker, record);
        if (entry->waited_us != waited_us) {
            measure_wait(worker, waited_us, begun - task->cut_at, i - since);
            waited_us = entry->waited_us;
            since = i;
        }
    }
    measure_wait(worker, waited_us, begun - task->cut_at, task->count - since);
}

/* `done_only`: entries with that verdict, else all. Neighbours become one span. */
static size_t fill_spans(const struct worker *worker, const struct weir_task *task, bool done_only)
{
    size_t count = 0;

    for (uint32_t i = 0; i < task->count; i++) {
        const struct weir_entry *entry = &task->entries[i];
        if (done_only && entry->verdict != WEIR_VERDICT_DONE) {
            continue;
        }
        if (count > 0 && worker->spans[count - 1].last + 1 == entry->offset) {
            worker->spans[count - 1].last = entry->offset;
            worker->spans[count - 1].count++;
            continue;
        }
        worker->spans[count++] = (struct weir_span){.topic = task->slot->topic,
                                                    .partition = task->slot->partition,
                                                    .first = entry->offset,
                                                    .last = entry->offset,
                                                    .count = 1};
    }
    return count;
}

/* `at`: 0 for now. */
static void say_batch(const struct weir_handling *handling, const struct worker *worker,
                      const struct weir_task *task, enum weir_event_kind kind, weir_time at)
{
    if (!weir_report_listens(handling->report, kind)) {
        return;
    }
    size_t count = fill_spans(worker, task, kind == WEIR_EVENT_HANDLER_END);
    weir_report_event(handling->report, (struct weir_event){.kind = kind,
                                                            .time_ns = at,
                                                            .topic = task->slot->topic,
                                                            .partition = task->slot->partition,
                                                            .offset = task->entries[0].offset,
                                                            .count = task->count,
                                                            .spans = worker->spans,
                                                            .span_count = count,
                                                            .batch = task->id,
                                                            .shadow = task->slot->shadow});
}

static void measure_age(const struct weir_handling *handling, const struct worker *worker,
                        int64_t timestamp_ms, int64_t wall_ns, uint32_t count)
{
    if (timestamp_ms < 0) {
        return;
    }
    bool future = timestamp_ms > wall_ns / WEIR_NS_PER_MS;
    weir_time age = future ? 0 : wall_ns - timestamp_ms * WEIR_NS_PER_MS;
    weir_meter_add(worker->meter, WEIR_HISTOGRAM_END_TO_END, age, count);
    weir_report_count(handling->report, WEIR_COUNTER_FUTURE, future ? count : 0);
}

static void measure_ages(const struct weir_handling *handling, const struct worker *worker,
                         const struct weir_task *task, bool all_done)
{
    int64_t wall_ns = weir_clock_wall();

    for (uint32_t i = 0; all_done && i < worker->run_count; i++) {
        uint32_t end = i + 1 < worker->run_count ? worker->runs[i + 1].first : task->count;
        measure_age(handling, worker, worker->runs[i].timestamp_ms, wall_ns,
                    end - worker->runs[i].first);
    }
    for (uint32_t i = 0; !all_done && i < task->count; i++) {
        if (task->entries[i].verdict == WEIR_VERDICT_DONE) {
            measure_age(handling, worker, worker->records[i].timestamp_ms, wall_ns, 1);
        }
    }
}

/* The entries of what is done are not touched: what nobody wrote does not travel back. True: that
 * was all of them. */
static bool release_done(const struct weir_handling *handling, struct weir_task *task)
{
    bool all = true;

    for (uint32_t i = 0; i < task->count; i++) {
        if (task->entries[i].verdict == WEIR_VERDICT_DONE) {
            handling->client->release(task->entries[i].message);
        } else {
            all = false;
        }
    }
    task->handled = true;
    return all;
}

static void refuse_one(struct weir_task *task)
{
    for (uint32_t i = 0; i < task->count; i++) {
        task->entries[i].verdict = WEIR_VERDICT_UNBEGUN;
    }
    weir_fetcher_return(task);
}

/* A task and all behind it, the last one first: each then comes to stand before what was behind it.
 */
static void refuse(struct weir_task *task, void *user)
{
    struct weir_task *last = NULL;

    (void)user;
    while (task != NULL) {
        struct weir_task *behind = task->behind;
        task->behind = last;
        last = task;
        task = behind;
    }
    while (last != NULL) {
        struct weir_task *before = last->behind;
        refuse_one(last);
        last = before;
    }
}

static void handle_measured(const struct weir_handling *handling, struct worker *worker,
                            struct host_batch *host)
{
    weir_time begun = weir_clock_now();
    bool shadow = host->task->slot->shadow;

    host->task->begun = begun;
    if (shadow) {
        handling->handler->handle_shadow(&host->batch, worker->context);
    } else {
        handling->handler->handle(&host->batch, worker->context);
    }
    worker->rests_since = weir_clock_now();
    weir_time took = worker->rests_since - begun;
    weir_meter_add(worker->meter, shadow ? WEIR_HISTOGRAM_SHADOW : WEIR_HISTOGRAM_HANDLER, took, 1);
    host->task->took = handling->order == WEIR_ORDER_NONE ? 0 : took;
}

static void measure_rest(const struct worker *worker, weir_time begun)
{
    if (worker->rests_since != 0) {
        weir_meter_add(worker->meter, WEIR_HISTOGRAM_WORKER_IDLE, begun - worker->rests_since, 1);
    }
}

/* False: it was not begun. */
static bool run_batch(struct weir_task *task, struct worker *worker,
                      const struct weir_handling *handling, bool *all_done)
{
    struct host_batch host = {.batch = {.ops = &batch_ops,
                                        .topic = task->slot->topic,
                                        .records = worker->records,
                                        .record_size = sizeof worker->records[0],
                                        .count = task->count,
                                        .partition = task->slot->partition},
                              .task = task,
                              .handling = handling};

    assert(task->count > 0 && task->count <= handling->batch_records);
    /* Read before the flag: the batch begins then, so not after the partition was said to go. */
    weir_time begun = weir_clock_now();
    if (weir_flag_is_up(&task->slot->recalled) || weir_flag_is_up(&task->slot->gone)) {
        return false;
    }
    measure_rest(worker, begun);
    view_records(handling, worker, task, begun);
    say_batch(handling, worker, task, WEIR_EVENT_HANDLER_START, begun);
    handle_measured(handling, worker, &host);
    weir_entries_keep_order(task->entries, task->count, handling->order, handling->policy);
    say_batch(handling, worker, task, WEIR_EVENT_HANDLER_END, 0);
    *all_done = release_done(handling, task);
    measure_ages(handling, worker, task, *all_done);
    return true;
}

/* What is behind a batch that was not done as a whole may have to wait for it: it goes home before
 * it. */
static void run(struct weir_task *task, void *opened, void *user)
{
    bool all_done = true;

    while (task != NULL) {
        struct weir_task *behind = task->behind;
        if (!run_batch(task, opened, user, &all_done)) {
            refuse(task, user);
            return;
        }
        if (!all_done) {
            refuse(behind, user);
            behind = NULL;
        }
        weir_fetcher_return(task);
        task = behind;
    }
}

static void fail(const char *why, void *user)
{
    const struct weir_handling *handling = user;

    handling->failed(why, handling->user);
}

const struct weir_pool_ops weir_handling_pool_ops = {
    .open = open_worker, .run = run, .close = close_worker, .refuse = refuse, .failed = fail};
