#include <stdarg.h>
#include <stdio.h>

#include "test/support/judge_state.h"

enum { EXAMPLES = 3, HISTORY_SHOWN = 24, SENTENCE_SIZE = 512 };

static void add_now(struct judge *judge)
{
    if (judge->now != NULL) {
        text_add(&judge->text, ": ");
        history_name(judge->history, judge->now, &judge->text);
        text_add(&judge->text, " %s", judge->now->event->name);
    }
}

static void add_history(struct judge *judge, const struct books_partition *partition,
                        int64_t offset)
{
    const struct history_place place = {
        .topic = partition->topic, .offset = offset, .partition = partition->partition};
    size_t until = judge->now == NULL ? judge->history->count - 1
                                      : (size_t)(judge->now - judge->history->entries);

    judge->told = true;
    history_describe(judge->history, until, &place, HISTORY_SHOWN, &judge->text);
}

void judge_tell(struct judge *judge, enum verify_rule rule, const struct books_partition *partition,
                int64_t offset)
{
    if (judge->report->found[rule]++ >= EXAMPLES) {
        return;
    }
    text_add(&judge->text, "%s: %s/%d offset %lld: %s", verify_rule_name(rule), partition->topic,
             partition->partition, (long long)offset, verify_rule_sentence(rule));
    add_now(judge);
    if (!judge->told && judge->history->count > 0) {
        add_history(judge, partition, offset);
    }
    text_add(&judge->text, "\n");
}

void judge_tell_of(struct judge *judge, enum verify_rule rule, const char *format, ...)
{
    char sentence[SENTENCE_SIZE];
    va_list arguments;

    if (judge->report->found[rule]++ >= EXAMPLES) {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    text_add(&judge->text, "%s: %s: %s", verify_rule_name(rule), verify_rule_sentence(rule),
             sentence);
    add_now(judge);
    text_add(&judge->text, "\n");
}

int64_t judge_offset(const struct judge *judge, size_t index)
{
    return ledger_at(judge->books->ledger, index)->offset;
}

struct books_partition *judge_find(const struct judge *judge, const struct stream_span *span)
{
    return books_find(judge->books, span->topic, span->partition);
}
