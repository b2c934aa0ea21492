#include "test/support/judge.h"

#include <stdlib.h>

#include "test/support/judge_state.h"

typedef void span_fn(struct judge *judge, const struct stream_span *span);

static void each_span(struct judge *judge, span_fn *fn)
{
    const struct stream_event *event = judge->now->event;

    for (size_t i = 0; i < event->span_count; i++) {
        fn(judge, &event->spans[i]);
    }
}

static span_fn *span_rule(int kind)
{
    switch (kind) {
    case WEIR_EVENT_ASSIGN:
        return judge_assign;
    case WEIR_EVENT_REVOKE_END:
    case WEIR_EVENT_LOST:
        return judge_release;
    case WEIR_EVENT_DRAIN_TIMEOUT:
        return judge_overdue;
    case WEIR_EVENT_HANDLER_START:
        return judge_start;
    case WEIR_EVENT_HANDLER_END:
        return judge_complete;
    case WEIR_EVENT_COMMIT_REQUEST:
        return judge_request;
    case WEIR_EVENT_COMMIT_OK:
        return judge_acknowledge;
    default:
        return NULL;
    }
}

static void judge_event(struct judge *judge)
{
    const struct stream_event *event = judge->now->event;
    span_fn *rule = span_rule(event->kind);

    judge_member(judge);
    judge->belated = event->kind == (int)WEIR_EVENT_ASSIGN && judge_is_belated(judge);
    if (event->foreign && event->kind == (int)WEIR_EVENT_HANDLER_END) {
        each_span(judge, judge_start); /* the verifiable consumer only says what it has done */
    }
    if (rule != NULL) {
        each_span(judge, rule);
    } else if (event->kind == (int)WEIR_EVENT_SKIP || event->kind == (int)WEIR_EVENT_DEAD_LETTER) {
        judge_skip(judge, event);
    } else if (event->kind == (int)WEIR_EVENT_FAIL) {
        judge_fail(judge, event);
    } else if (event->kind == (int)WEIR_EVENT_HOLD || event->kind == (int)WEIR_EVENT_STOP) {
        judge_hold(judge, event);
    } else if (event->kind == (int)WEIR_EVENT_RESET) {
        judge_reset(judge, event);
    }
}

/* A log has one record at an offset. */
static void judge_ledger(struct judge *judge)
{
    for (size_t i = 0; i < judge->books->partition_count; i++) {
        const struct books_partition *partition = &judge->books->partitions[i];
        for (size_t j = partition->first + 1; j < partition->end; j++) {
            if (judge_offset(judge, j) == judge_offset(judge, j - 1)) {
                judge_tell(judge, VERIFY_CONFLICT, partition, judge_offset(judge, j));
            }
        }
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
            struct books_partition *partition = judge_find(judge, &event->spans[j]);
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
            if (!done && judge_offset(judge, j) < partition->committed) {
                judge_tell(judge, VERIFY_LOST, partition, judge_offset(judge, j));
            } else if (!done && !judge->options->unfinished) {
                judge_tell(judge, VERIFY_UNSEEN, partition, judge_offset(judge, j));
            }
        }
    }
}

char *judge_replay(const struct verify_options *options, struct verify_report *report)
{
    struct judge judge = {.options = options, .report = report};

    judge.books = books_create(options->ledger);
    judge.history = history_create(options->streams, options->stream_count);
    report->events = judge.history->count;
    report->partitions = judge.books->partition_count;
    text_add_bytes(&judge.text, "", 0);
    find_bases(&judge);
    judge_prepare_lives(&judge);
    judge_ledger(&judge);
    for (size_t i = 0; i < judge.history->count; i++) {
        judge.now = &judge.history->entries[i];
        judge_event(&judge);
    }
    judge_end(&judge);
    judge_members_end(&judge);
    free(judge.lives);
    history_destroy(judge.history);
    books_destroy(judge.books);
    return judge.text.bytes;
}
