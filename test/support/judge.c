#include "test/support/judge.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/books.h"
#include "test/support/fail.h"
#include "test/support/history.h"
#include "test/support/text.h"

enum { EXAMPLES = 3, HISTORY_SHOWN = 24 };

/* One replay of a history over the books. */
struct judge {
    const struct verify_options *options;
    struct history *history;
    struct books *books;
    struct verify_report *report;
    struct text text;
    const struct history_entry *now; /* NULL: after the end */
    bool told;                       /* the history behind an example was shown once */
};

/* The records that a span may mean: some of one partition, or none. */
struct range {
    struct books_partition *partition; /* NULL: nobody's business here */
    size_t first;
    size_t end;
    int64_t required; /* must be among those meant */
    int64_t removed;  /* may be */
    bool full;        /* the span has no holes: all are meant */
    bool clear;       /* enough is meant to be sure of all that are required */
};

static void tell(struct judge *judge, enum verify_rule rule,
                 const struct books_partition *partition, int64_t offset)
{
    struct text *text = &judge->text;

    if (judge->report->found[rule]++ >= EXAMPLES) {
        return;
    }
    text_add(text, "%s: %s/%d offset %lld: %s", verify_rule_name(rule), partition->topic,
             partition->partition, (long long)offset, verify_rule_sentence(rule));
    if (judge->now != NULL) {
        text_add(text, ": ");
        history_name(judge->history, judge->now, text);
        text_add(text, " %s", judge->now->event->name);
    }
    if (!judge->told && judge->history->count > 0) {
        size_t until = judge->now == NULL ? judge->history->count - 1
                                          : (size_t)(judge->now - judge->history->entries);
        judge->told = true;
        const struct history_place place = {
            .topic = partition->topic, .offset = offset, .partition = partition->partition};
        history_describe(judge->history, until, &place, HISTORY_SHOWN, text);
    }
    text_add(text, "\n");
}

static int64_t offset_of(const struct judge *judge, size_t index)
{
    return ledger_at(judge->books->ledger, index)->offset;
}

static struct books_partition *find(const struct judge *judge, const struct stream_span *span)
{
    return books_find(judge->books, span->topic, span->partition);
}

static struct range expand(const struct judge *judge, const struct stream_span *span)
{
    struct range range = {.partition = find(judge, span)};

    if (range.partition == NULL || span->first < 0) {
        return range;
    }
    range.first = books_at(judge->books, range.partition, span->first);
    range.end = books_at(judge->books, range.partition, span->last + 1);
    for (size_t i = range.first; i < range.end; i++) {
        enum ledger_state state = ledger_at(judge->books->ledger, i)->state;
        range.required += state == LEDGER_ACKNOWLEDGED;
        range.removed += state == LEDGER_REMOVED;
    }
    range.full = span->count == span->last - span->first + 1;
    range.clear = span->count >= range.required;
    return range;
}

/* Does the record not hinder later ones any more? */
static bool is_out_of_the_way(const struct judge *judge, const struct books_partition *partition,
                              size_t index)
{
    const struct books_record *record = &judge->books->records[index];

    if (record->excused || !books_required(judge->books, partition, index) ||
        offset_of(judge, index) < partition->position) {
        return true;
    }
    if (record->epoch != partition->epoch) {
        return record->completions > 0; /* by an owner before; this one need not repeat it */
    }
    return record->phase == BOOKS_DONE;
}

static bool is_in_this_batch(const struct judge *judge, const struct books_partition *partition,
                             size_t index)
{
    const struct books_record *record = &judge->books->records[index];

    return record->epoch == partition->epoch && record->member == judge->now->member &&
           record->batch != 0 && record->batch == judge->now->event->batch;
}

static bool hinders(const struct judge *judge, const struct books_partition *partition,
                    size_t index)
{
    return !is_out_of_the_way(judge, partition, index) &&
           !is_in_this_batch(judge, partition, index);
}

/* All before the range must be done or in the batch; what is within it comes in its order. */
static void judge_partition_order(struct judge *judge, const struct range *range)
{
    for (size_t i = range->partition->order_frontier; i < range->first; i++) {
        if (hinders(judge, range->partition, i)) {
            tell(judge, VERIFY_ORDER, range->partition, offset_of(judge, range->first));
            return;
        }
    }
}

static void judge_key_order(struct judge *judge, const struct books_partition *partition,
                            size_t index)
{
    const struct books_record *records = judge->books->records;
    size_t before = records[index].same_key;

    for (size_t last = index; before != last && before >= partition->order_frontier;) {
        if (hinders(judge, partition, before)) {
            tell(judge, VERIFY_ORDER, partition, offset_of(judge, index));
            return;
        }
        last = before;
        before = records[before].same_key;
    }
}

static void start_records(struct judge *judge, const struct range *range)
{
    struct books_partition *partition = range->partition;

    while (partition->order_frontier < range->first &&
           is_out_of_the_way(judge, partition, partition->order_frontier)) {
        partition->order_frontier++;
    }
    if (judge->options->order == VERIFY_ORDER_PARTITION) {
        judge_partition_order(judge, range);
    }
    for (size_t i = range->first; i < range->end; i++) {
        struct books_record *record = &judge->books->records[i];
        if (judge->options->order == VERIFY_ORDER_KEY) {
            judge_key_order(judge, partition, i);
        }
        record->phase = BOOKS_RUNNING;
        record->epoch = partition->epoch;
        record->batch = judge->now->event->batch;
        record->member = judge->now->member;
    }
}

static void start_span(struct judge *judge, const struct stream_span *span)
{
    const struct range range = expand(judge, span);
    int64_t member = (int64_t)judge->now->member;

    if (range.partition == NULL) {
        return;
    }
    if (range.partition->owner == member) {
        start_records(judge, &range);
    } else if (range.partition->zombie == member) {
        judge->report->zombie_starts++; /* it has not heard of the next owner yet */
    } else {
        tell(judge, VERIFY_START_STRANGER, range.partition, span->first);
    }
}

static void complete_record(struct judge *judge, const struct range *range, size_t index)
{
    struct books_record *record = &judge->books->records[index];

    if (record->completions++ > 0) {
        tell(judge, VERIFY_DUPLICATE, range->partition, offset_of(judge, index));
    }
    if (record->member == judge->now->member) {
        record->phase = BOOKS_DONE;
    }
}

/* More records than must be there and may be there: which ones were they? */
static void judge_surplus(struct judge *judge, const struct range *range,
                          const struct stream_span *span)
{
    int64_t known = range->required + range->removed;

    for (size_t i = range->first; i < range->end && known < span->count; i++) {
        if (ledger_at(judge->books->ledger, i)->state == LEDGER_ABORTED) {
            known++;
            if (!judge->options->read_uncommitted) {
                tell(judge, VERIFY_ABORTED, range->partition, offset_of(judge, i));
            }
        }
    }
    if (known < span->count && judge->books->whole) {
        tell(judge, VERIFY_UNKNOWN, range->partition, span->first);
    }
}

static void end_span(struct judge *judge, const struct stream_span *span)
{
    const struct range range = expand(judge, span);

    if (range.partition == NULL) {
        return;
    }
    if (!range.clear) {
        tell(judge, VERIFY_AMBIGUOUS, range.partition, span->first);
        return;
    }
    judge_surplus(judge, &range, span);
    for (size_t i = range.first; i < range.end; i++) {
        enum ledger_state state = ledger_at(judge->books->ledger, i)->state;
        if (range.full || state == LEDGER_ACKNOWLEDGED) {
            complete_record(judge, &range, i);
        }
    }
}

static void assign_span(struct judge *judge, const struct stream_span *span)
{
    struct books_partition *partition = find(judge, span);
    int64_t member = (int64_t)judge->now->member;

    if (partition == NULL) {
        return;
    }
    /* A commit may have reached the broker although its acknowledgement reached nobody. */
    bool resumed = span->first < 0 || partition->committed < 0 ||
                   (span->first >= partition->committed && span->first <= partition->requested);
    if (!resumed) {
        tell(judge, VERIFY_POSITION, partition, span->first);
    }
    if (partition->owner != BOOKS_NOBODY && partition->owner != member) {
        partition->zombie = partition->owner;
    }
    partition->owner = member;
    partition->epoch++;
    partition->position = span->first >= 0 ? span->first : partition->base;
    partition->order_frontier = partition->first;
}

static void release_span(struct judge *judge, const struct stream_span *span)
{
    struct books_partition *partition = find(judge, span);
    int64_t member = (int64_t)judge->now->member;

    if (partition != NULL && partition->owner == member) {
        partition->owner = BOOKS_NOBODY;
    }
    if (partition != NULL && partition->zombie == member) {
        partition->zombie = BOOKS_NOBODY;
    }
}

static void judge_commit(struct judge *judge, struct books_partition *partition, int64_t offset)
{
    if (books_frontier(judge->books, partition) < offset) {
        tell(judge, VERIFY_COMMIT_AHEAD, partition, offset);
    }
}

static void request_span(struct judge *judge, const struct stream_span *span)
{
    struct books_partition *partition = find(judge, span);

    if (partition == NULL) {
        return;
    }
    int64_t member = (int64_t)judge->now->member;
    if (partition->owner != member && partition->zombie != member) {
        tell(judge, VERIFY_COMMIT_STRANGER, partition, span->first);
    }
    judge_commit(judge, partition, span->first);
    if (span->first > partition->requested) {
        partition->requested = span->first;
    }
}

static void acknowledge_span(struct judge *judge, const struct stream_span *span)
{
    struct books_partition *partition = find(judge, span);

    if (partition == NULL) {
        return;
    }
    if (judge->now->event->foreign) {
        request_span(judge, span); /* the verifiable consumer does not announce its commits */
    } else {
        judge_commit(judge, partition, span->first);
    }
    if (partition->zombie == (int64_t)judge->now->member) {
        tell(judge, VERIFY_TWO_OWNERS, partition, span->first);
        return;
    }
    partition->committed = span->first;
    if (partition->requested < span->first) {
        partition->requested = span->first;
    }
}

static void skip_record(struct judge *judge, const struct stream_event *event)
{
    struct books_partition *partition = books_find(judge->books, event->topic, event->partition);
    size_t index = partition == NULL ? 0 : books_at(judge->books, partition, event->offset);

    if (partition != NULL && index < partition->end && offset_of(judge, index) == event->offset) {
        judge->books->records[index].excused = true;
        judge->report->excused++;
    }
}

/* What a policy jumps over is nobody's fault; where it jumps back, everything counts again. */
static void reset_position(struct judge *judge, const struct stream_event *event)
{
    struct books_partition *partition = books_find(judge->books, event->topic, event->partition);

    if (partition == NULL) {
        return;
    }
    size_t end = books_at(judge->books, partition, event->offset);
    for (size_t i = partition->first; i < end; i++) {
        if (!books_done(judge->books, i)) {
            judge->books->records[i].excused = true;
            judge->report->excused++;
        }
    }
    partition->position = event->offset;
    partition->committed = -1;
    partition->requested = -1;
}

typedef void span_fn(struct judge *judge, const struct stream_span *span);

static void each_span(struct judge *judge, span_fn *fn)
{
    const struct stream_event *event = judge->now->event;

    for (size_t i = 0; i < event->span_count; i++) {
        fn(judge, &event->spans[i]);
    }
}

static void judge_event(struct judge *judge)
{
    const struct stream_event *event = judge->now->event;

    if (event->kind == (int)WEIR_EVENT_ASSIGN) {
        each_span(judge, assign_span);
    } else if (event->kind == (int)WEIR_EVENT_REVOKE_END || event->kind == (int)WEIR_EVENT_LOST) {
        each_span(judge, release_span);
    } else if (event->kind == (int)WEIR_EVENT_HANDLER_START) {
        each_span(judge, start_span);
    } else if (event->kind == (int)WEIR_EVENT_HANDLER_END) {
        if (event->foreign) {
            each_span(judge, start_span);
        }
        each_span(judge, end_span);
    } else if (event->kind == (int)WEIR_EVENT_COMMIT_REQUEST) {
        each_span(judge, request_span);
    } else if (event->kind == (int)WEIR_EVENT_COMMIT_OK) {
        each_span(judge, acknowledge_span);
    } else if (event->kind == (int)WEIR_EVENT_SKIP) {
        skip_record(judge, event);
    } else if (event->kind == (int)WEIR_EVENT_RESET) {
        reset_position(judge, event);
    }
}

/* The lowest offset that any member began at or handled. */
static void find_bases(struct judge *judge)
{
    for (size_t i = 0; i < judge->books->partition_count; i++) {
        judge->books->partitions[i].base = judge->options->late_start ? INT64_MAX : 0;
    }
    for (size_t i = 0; judge->options->late_start && i < judge->history->count; i++) {
        const struct stream_event *event = judge->history->entries[i].event;
        bool begins =
            event->kind == (int)WEIR_EVENT_ASSIGN || event->kind == (int)WEIR_EVENT_HANDLER_END;
        for (size_t j = 0; begins && j < event->span_count; j++) {
            struct books_partition *partition = find(judge, &event->spans[j]);
            int64_t first = event->spans[j].first;
            if (partition != NULL && first >= 0 && first < partition->base) {
                partition->base = first;
            }
        }
    }
}

static void judge_end(struct judge *judge)
{
    judge->now = NULL;
    for (size_t i = 0; i < judge->books->partition_count; i++) {
        const struct books_partition *partition = &judge->books->partitions[i];
        for (size_t j = partition->first; j < partition->end; j++) {
            bool done = books_done(judge->books, j);
            if (!books_required(judge->books, partition, j)) {
                continue;
            }
            judge->report->records++;
            judge->report->completed += judge->books->records[j].completions > 0;
            if (!done && offset_of(judge, j) < partition->committed) {
                tell(judge, VERIFY_LOST, partition, offset_of(judge, j));
            } else if (!done && !judge->options->unfinished) {
                tell(judge, VERIFY_UNSEEN, partition, offset_of(judge, j));
            }
        }
    }
}

char *judge_replay(const struct verify_options *options, struct verify_report *report)
{
    struct judge judge = {.options = options, .report = report};

    judge.books = books_create(options->ledger);
    judge.history = history_create(options->streams, options->stream_count);
    text_add_bytes(&judge.text, "", 0);
    find_bases(&judge);
    for (size_t i = 0; i < judge.history->count; i++) {
        judge.now = &judge.history->entries[i];
        judge_event(&judge);
    }
    judge_end(&judge);
    history_destroy(judge.history);
    books_destroy(judge.books);
    return judge.text.bytes;
}
