#include "test/support/partition_model.h"

#include "test/support/require.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <weir/export.h>

void model_break(struct partition_model *model, const char *format, ...)
{
    va_list arguments;

    if (model->broken[0] != '\0') {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(model->broken, sizeof model->broken, format, arguments);
    va_end(arguments);
}

void model_init(struct partition_model *model, const struct weir_partition_options *options,
                int64_t position)
{
    memset(model, 0, sizeof *model);
    model->options = *options;
    model->position = position;
    model->passed = position;
    model->halt = INT64_MAX;
}

static bool is_unfinished(const struct token *token)
{
    return token->state != TOKEN_FINISHED;
}

/* Of a letter that came back what was behind it may be done long since. */
static bool keeps_back(const struct token *token)
{
    return is_unfinished(token) && token->state != TOKEN_POSTED && !token->returned;
}

uint32_t model_count(const struct partition_model *model, enum token_state state)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < model->count; i++) {
        count += model->tokens[i].state == state ? 1 : 0;
    }
    return count;
}

int64_t model_lowest_unfinished(const struct partition_model *model)
{
    for (uint32_t i = 0; i < model->count; i++) {
        if (is_unfinished(&model->tokens[i])) {
            return model->tokens[i].offset;
        }
    }
    return INT64_MAX;
}

/* Coming in. */

struct token *model_put(struct partition_model *model, const struct weir_item *item)
{
    if (item->offset < model->position) {
        return NULL;
    }
    REQUIRE(model->count < MODEL_TOKENS);
    struct token *token = &model->tokens[model->count++];
    *token = (struct token){.offset = item->offset,
                            .bytes = item->bytes,
                            .key = item->hash,
                            .keyed = item->keyed,
                            .state = TOKEN_BUFFERED};
    model->position = item->offset + 1;
    return token;
}

static void pass_end(struct partition_model *model)
{
    bool all = model->admitted == model->count;
    bool waits = !all && model->tokens[model->admitted].offset >= model->halt;
    int64_t passed = all ? model->end : waits ? model->halt : model->passed;

    if (!model->draining && passed > model->passed) {
        model->passed = passed;
    }
}

void model_end(struct partition_model *model, int64_t offset)
{
    model->position = offset > model->position ? offset : model->position;
    model->end = offset;
    pass_end(model);
}

/* How many more the window lets in: its span is from the oldest unfinished to the newest begun. */
static uint32_t window_room(const struct partition_model *model)
{
    uint32_t oldest = 0;

    while (oldest < model->admitted && !is_unfinished(&model->tokens[oldest])) {
        oldest++;
    }
    return model->options.window - (model->admitted - oldest);
}

void model_admitted(struct partition_model *model, uint32_t limit, uint32_t count)
{
    uint32_t expected = 0;
    uint32_t room = window_room(model);

    while (!model->draining && model->admitted + expected < model->count &&
           model->tokens[model->admitted + expected].offset < model->halt) {
        expected++;
    }

    expected = expected < room ? expected : room;
    expected = expected < limit ? expected : limit;
    if (count != expected) {
        model_break(model, "window: %u admitted, %u should be", count, expected);
    }
    for (uint32_t i = 0; i < count && model->admitted < model->count; i++) {
        struct token *token = &model->tokens[model->admitted++];
        token->state = TOKEN_WAITING;
        token->admitted = model->now;
        model->passed = token->offset + 1;
    }
    pass_end(model);
}

/* Going out. */

static struct token *token_of(struct partition_model *model, const struct weir_entry *entry)
{
    return entry->seq < model->admitted ? &model->tokens[entry->seq] : NULL;
}

static void check_entry(struct partition_model *model, const struct weir_entry *entry)
{
    const struct token *token = token_of(model, entry);

    if (token == NULL || entry->message != token || entry->offset != token->offset ||
        entry->bytes != token->bytes) {
        model_break(model, "account: ticket %" PRIu64 " is not what was put", entry->seq);
        return;
    }
    if (token->state != TOKEN_WAITING && token->state != TOKEN_BACKING_OFF) {
        model_break(model, "account: %" PRId64 " is handed out in state %d", token->offset,
                    (int)token->state);
    }
    bool once_more = model->catching_up && !token->failed_late;
    if (token->state == TOKEN_BACKING_OFF && model->now < token->not_before && !once_more) {
        model_break(model, "retry: %" PRId64 " comes before its backoff ended", token->offset);
    }
    if (entry->failures != token->failures) {
        model_break(model, "retry: %" PRId64 " failed %u times, not %u", token->offset,
                    token->failures, entry->failures);
    }
}

static bool same_order(const struct partition_model *model, const struct token *a,
                       const struct token *b)
{
    switch (model->options.order) {
    case WEIR_ORDER_PARTITION:
        return true;
    case WEIR_ORDER_KEY:
        return a->keyed && b->keyed && a->key == b->key;
    case WEIR_ORDER_NONE:
    default:
        return false;
    }
}

/* Every token that must go before this one is finished or goes with it or before it to the same
 * worker, and none that must go after it runs. The batch is marked already. */
static void check_order(struct partition_model *model, const struct token *token)
{
    for (uint32_t i = 0; i < model->admitted; i++) {
        const struct token *other = &model->tokens[i];
        bool together =
            other->state == TOKEN_OUT && other->chain == token->chain &&
            (other->batch == token->batch || (other->batch < token->batch && other < token));
        if (together || !same_order(model, token, other)) {
            continue;
        }
        if (other < token && keeps_back(other)) {
            model_break(model, "order: %" PRId64 " goes before %" PRId64, token->offset,
                        other->offset);
        }
        if (other->state == TOKEN_OUT) {
            model_break(model, "order: %" PRId64 " goes while %" PRId64 " runs", token->offset,
                        other->offset);
        }
    }
}

struct batch_facts {
    uint64_t bytes;
    weir_time oldest; /* arrival */
};

/* Bytes of everything that waits, with the batch: more than its lane can have. */
static uint64_t waiting_bytes(const struct partition_model *model, uint64_t batch)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < model->admitted; i++) {
        const struct token *token = &model->tokens[i];
        bool counts = token->state == TOKEN_WAITING || token->state == TOKEN_BACKING_OFF ||
                      (token->state == TOKEN_OUT && token->batch == batch);
        bytes += counts ? token->bytes : 0;
    }
    return bytes;
}

static void check_size(struct partition_model *model, const struct batch_facts *facts,
                       uint32_t count)
{
    const struct weir_batch_limits *limits = &model->options.batch;

    if (count == 0 || count > limits->records) {
        model_break(model, "batch: %u records", count);
    }
    if (count > 1 && facts->bytes > limits->bytes) {
        model_break(model, "batch: %" PRIu64 " bytes", facts->bytes);
    }
    bool full = count == limits->records || waiting_bytes(model, model->batches) >= limits->bytes;
    /* Records that are not to go count for the size of their lane. */
    if (!full && !model->draining && model->halt == INT64_MAX &&
        model->now < facts->oldest + limits->linger_ns) {
        model_break(model, "linger: a batch of %u goes too early", count);
    }
}

void model_started(struct partition_model *model, const struct weir_entry *entries, uint32_t count,
                   bool follows)
{
    struct batch_facts facts = {.oldest = WEIR_TIME_NEVER};

    model->batches++;
    model->chains += follows ? 0 : 1;
    model->running++;
    for (uint32_t i = 0; i < count; i++) {
        struct token *token = token_of(model, &entries[i]);
        check_entry(model, &entries[i]);
        if (model->draining && (!model->catching_up || entries[i].seq >= model->catch_below)) {
            model_break(model, "drain: %" PRId64 " goes after it", entries[i].offset);
        }
        if (token == NULL) {
            return;
        }
        if (token->offset >= model->halt) {
            model_break(model, "halt: %" PRId64 " goes past %" PRId64, token->offset, model->halt);
        }
        if (i > 0 && entries[i].offset <= entries[i - 1].offset) {
            model_break(model, "order: %" PRId64 " stands behind %" PRId64, entries[i].offset,
                        entries[i - 1].offset);
        }
        token->state = TOKEN_OUT;
        token->batch = model->batches;
        token->chain = model->chains;
        facts.bytes += token->bytes;
        facts.oldest = token->admitted < facts.oldest ? token->admitted : facts.oldest;
    }
    for (uint32_t i = 0; i < count; i++) {
        check_order(model, &model->tokens[entries[i].seq]);
    }
    check_size(model, &facts, count);
}

bool model_is_free(const struct partition_model *model, const struct token *token)
{
    if ((token->state != TOKEN_WAITING && token->state != TOKEN_BACKING_OFF) ||
        token->offset >= model->halt) {
        return false;
    }
    for (uint32_t i = 0; i < model->admitted; i++) {
        const struct token *other = &model->tokens[i];
        if (same_order(model, token, other) &&
            (other->state == TOKEN_OUT || (other < token && keeps_back(other)))) {
            return false;
        }
        if (model->options.order == WEIR_ORDER_KEY && other->keyed != token->keyed) {
            return false;
        }
    }
    return true;
}

/* By when at the latest. Without order a record that was out before may stand behind a younger one
 * that came back before it: its age counts from its return. */
static weir_time worth_cutting_at(const struct partition_model *model, const struct token *token)
{
    weir_time linger = model->options.batch.linger_ns;
    weir_time back = token->state == TOKEN_BACKING_OFF ? token->not_after : 0;
    weir_time old = token->admitted + linger;

    if (model->options.order == WEIR_ORDER_NONE && token->batch != 0 && linger > 0) {
        return (back > model->now ? back : model->now) + linger;
    }
    return back > old ? back : old;
}

void model_not_ready(struct partition_model *model, weir_time due)
{
    weir_time limit = WEIR_TIME_NEVER; /* something must become ready by then */

    if (model->draining) {
        if (due != WEIR_TIME_NEVER) {
            model_break(model, "drain: it waits for time");
        }
        return;
    }
    for (uint32_t i = 0; i < model->admitted; i++) {
        const struct token *token = &model->tokens[i];
        if (model_is_free(model, token)) {
            weir_time at = worth_cutting_at(model, token);
            limit = at < limit ? at : limit;
        }
    }
    if (limit <= model->now) {
        model_break(model, "progress: nothing goes although something may");
    }
    if (due > limit && limit > model->now) {
        model_break(model, "progress: it wants to be asked too late");
    }
    if (due <= model->now) {
        model_break(model, "progress: it wants to be asked again at once");
    }
}

/* Coming home. */

static enum weir_verdict expected_verdict(const struct partition_model *model,
                                          const struct token *token, enum weir_verdict verdict)
{
    if (verdict == WEIR_VERDICT_DONE || verdict == WEIR_VERDICT_AGAIN) {
        return verdict;
    }
    if (verdict == WEIR_VERDICT_RETRY && token->failures + 1 < model->options.attempts) {
        return WEIR_VERDICT_RETRY;
    }
    static const enum weir_verdict fates[] = {[WEIR_FAILURE_STOP] = WEIR_VERDICT_STOPPED,
                                              [WEIR_FAILURE_SKIP] = WEIR_VERDICT_SKIPPED,
                                              [WEIR_FAILURE_HOLD] = WEIR_VERDICT_HELD,
                                              [WEIR_FAILURE_LETTER] = WEIR_VERDICT_LETTER};

    return fates[model->options.policy];
}

static void begin_backoff(const struct partition_model *model, struct token *token)
{
    weir_time step = model->options.backoff.first_ms * WEIR_NS_PER_MS;
    weir_time most = model->options.backoff.max_ms * WEIR_NS_PER_MS;

    for (uint32_t i = 1; i < token->failures && step < most; i++) {
        step *= 2;
    }
    step = step < most ? step : most;
    token->not_before = model->now + step / 2;
    token->not_after = model->now + step;
}

static void settle_token(struct partition_model *model, struct token *token,
                         enum weir_verdict verdict)
{
    static const enum token_state states[] = {
        [WEIR_VERDICT_DONE] = TOKEN_FINISHED,    [WEIR_VERDICT_RETRY] = TOKEN_BACKING_OFF,
        [WEIR_VERDICT_REJECT] = TOKEN_OUT,       [WEIR_VERDICT_AGAIN] = TOKEN_WAITING,
        [WEIR_VERDICT_SKIPPED] = TOKEN_FINISHED, [WEIR_VERDICT_STOPPED] = TOKEN_BARRED,
        [WEIR_VERDICT_HELD] = TOKEN_BARRED,      [WEIR_VERDICT_LETTER] = TOKEN_POSTED};

    token->state = states[verdict];
    model->stopped = model->stopped || verdict == WEIR_VERDICT_STOPPED;
    model->held += verdict == WEIR_VERDICT_HELD ? 1 : 0;
    token->let_go = verdict == WEIR_VERDICT_HELD;
    model->letters += verdict == WEIR_VERDICT_LETTER ? 1 : 0;
    token->failures += verdict == WEIR_VERDICT_DONE || verdict == WEIR_VERDICT_AGAIN ? 0 : 1;
    if (verdict == WEIR_VERDICT_RETRY) {
        begin_backoff(model, token);
        token->failed_late = model->catching_up;
    }
}

/* Nothing behind it goes any more. */
static void narrow(struct partition_model *model, uint64_t seq)
{
    if (model->catching_up && seq < model->catch_below) {
        model->catch_below = (uint32_t)seq;
    }
}

/* What stands below a finished record goes once more, but for what stands behind one that failed
 * for good. */
static void begin_catching_up(struct partition_model *model)
{
    if (!model->draining || model->running > 0 || model->letters > 0 || model->catching_up) {
        return;
    }
    model->catching_up = true;
    for (uint32_t i = model->admitted; i > 0; i--) {
        enum token_state state = model->tokens[i - 1].state;
        if (state == TOKEN_FINISHED && model->catch_below == 0) {
            model->catch_below = i;
        }
        if (state == TOKEN_BARRED && model->catch_below > 0) {
            model->catch_below = i - 1;
        }
    }
}

void model_settled(struct partition_model *model, const struct weir_entry *entries,
                   const enum weir_verdict *verdicts, uint32_t count)
{
    bool failed = false; /* in order, everything behind a failure goes again */
    bool holds = model->options.policy == WEIR_FAILURE_HOLD;

    model->running--;
    for (uint32_t i = 0; i < count; i++) {
        struct token *token = &model->tokens[entries[i].seq];
        enum weir_verdict said = failed ? WEIR_VERDICT_AGAIN : verdicts[i];
        enum weir_verdict expected = expected_verdict(model, token, said);
        if (entries[i].verdict != expected) {
            model_break(model, "policy: %" PRId64 " became %d, not %d", token->offset,
                        (int)entries[i].verdict, (int)expected);
        }
        settle_token(model, token, expected);
        if (token->state == TOKEN_BARRED) {
            narrow(model, entries[i].seq);
        }
        failed = failed || (model->options.order != WEIR_ORDER_NONE &&
                            (said == WEIR_VERDICT_RETRY || (said == WEIR_VERDICT_REJECT && holds)));
    }
    begin_catching_up(model);
}

void model_letter_ended(struct partition_model *model, const struct weir_entry *entry,
                        bool acknowledged, bool hold)
{
    struct token *token = &model->tokens[entry->seq];
    enum weir_verdict expected = acknowledged ? WEIR_VERDICT_LETTER
                                 : hold       ? WEIR_VERDICT_HELD
                                              : WEIR_VERDICT_STOPPED;

    if (entry->verdict != expected || token->state != TOKEN_POSTED) {
        model_break(model, "policy: the letter of %" PRId64 " ends as %d", token->offset,
                    (int)entry->verdict);
    }
    model->letters--;
    token->returned = !acknowledged;
    token->let_go = !acknowledged && hold;
    token->state = acknowledged ? TOKEN_FINISHED : TOKEN_BARRED;
    model->held += !acknowledged && hold ? 1 : 0;
    model->stopped = model->stopped || (!acknowledged && !hold);
    if (!acknowledged) {
        narrow(model, entry->seq);
    }
    begin_catching_up(model);
}

/* Below it the watermark rests, and nothing above was handed out. */
static bool may_halt(const struct partition_model *model, int64_t offset)
{
    bool may = true;

    for (uint32_t i = 0; i < model->admitted; i++) {
        may = may && (model->tokens[i].offset < offset || model->tokens[i].batch == 0);
    }
    return may && model_raw_watermark(model) <= offset;
}

void model_halted(struct partition_model *model, int64_t offset, bool agreed)
{
    bool may = may_halt(model, offset);

    if (agreed != may) {
        model_break(model, "halt: at %" PRId64 " it says %d", offset, (int)agreed);
    }
    model->halt = may ? offset : INT64_MAX;
    pass_end(model);
}

void model_drained(struct partition_model *model)
{
    model->draining = true;
    begin_catching_up(model);
}
