#include "test/support/partition_model.h"

#include <inttypes.h>

static bool is_unfinished(const struct token *token)
{
    return token->state != TOKEN_FINISHED;
}

void model_exact(struct partition_model *model)
{
    bool gap = false;

    for (uint32_t i = 0; i < model->admitted; i++) {
        const struct token *token = &model->tokens[i];
        gap = gap || (is_unfinished(token) && token->failures == 0);
        if (gap && !is_unfinished(token)) {
            model_break(model, "I7: %" PRId64 " is done and will come again", token->offset);
        }
    }
}

int64_t model_raw_watermark(const struct partition_model *model)
{
    for (uint32_t i = 0; i < model->admitted; i++) {
        if (is_unfinished(&model->tokens[i])) {
            return model->tokens[i].offset;
        }
    }
    return model->passed;
}

static int64_t expected_watermark(const struct partition_model *model)
{
    int64_t watermark = model_raw_watermark(model);

    return watermark < model->halt ? watermark : model->halt;
}

static void check_halted(struct partition_model *model, const struct partition_view *view)
{
    bool halted = model->halt != INT64_MAX && model_raw_watermark(model) >= model->halt;

    if (view->halted != halted) {
        model_break(model, "halt: it says %d, the watermark is %" PRId64, (int)view->halted,
                    model_raw_watermark(model));
    }
}

static void check_counts(struct partition_model *model, const struct partition_view *view)
{
    uint32_t unfinished = 0;
    uint32_t buffered = 0;
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < model->count; i++) {
        const struct token *token = &model->tokens[i];
        unfinished += i < model->admitted && is_unfinished(token) ? 1 : 0;
        buffered += token->state == TOKEN_BUFFERED ? 1 : 0;
        bytes += is_unfinished(token) && !token->let_go ? token->bytes : 0;
    }
    if (view->in_flight != unfinished) {
        model_break(model, "count: %u in flight, not %u", view->in_flight, unfinished);
    }
    if (view->buffered != buffered) {
        model_break(model, "count: %u buffered, not %u", view->buffered, buffered);
    }
    if (view->bytes != bytes) {
        model_break(model, "count: %" PRIu64 " bytes, not %" PRIu64, view->bytes, bytes);
    }
}

/* Would a drain still let it go, once nothing stands in its way? */
static bool is_to_go(const struct token *token)
{
    return token->state == TOKEN_WAITING ||
           (token->state == TOKEN_BACKING_OFF && !token->failed_late);
}

static void check_drain_over(struct partition_model *model, bool drained, bool waits, bool could_go)
{
    bool at_rest = model->catching_up && model->running == 0 && model->letters == 0;

    if (drained && (!at_rest || could_go)) {
        model_break(model, "drain: it is not over");
    }
    if (!drained && at_rest && !waits) {
        model_break(model, "drain: it is over");
    }
}

/* Drained means: nothing runs, and no record below a finished one could still go. */
static void check_drained(struct partition_model *model, const struct partition_view *view)
{
    bool waits = false;
    bool could_go = false;

    if (model_count(model, TOKEN_TAKEN) > 0) {
        return; /* it is given up, not handed over */
    }
    for (uint32_t i = 0; i < model->catch_below; i++) {
        const struct token *token = &model->tokens[i];
        bool here = is_to_go(token);
        waits = waits || here;
        could_go = could_go || (here && model_is_free(model, token));
    }
    check_drain_over(model, view->drained, waits, could_go);
}

void model_look(struct partition_model *model, const struct partition_view *view)
{
    check_drained(model, view);
    if (view->watermark > model_lowest_unfinished(model)) {
        model_break(model, "I2: watermark %" PRId64 " above the unfinished %" PRId64,
                    view->watermark, model_lowest_unfinished(model));
    }
    if (view->watermark != expected_watermark(model)) {
        model_break(model, "watermark: %" PRId64 ", not %" PRId64, view->watermark,
                    expected_watermark(model));
    }
    if (view->position != model->position) {
        model_break(model, "position: %" PRId64 ", not %" PRId64, view->position, model->position);
    }
    if (view->letters != model->letters) {
        model_break(model, "policy: %u letters, not %u", view->letters, model->letters);
    }
    if (view->held != model->held) {
        model_break(model, "policy: %u are held, not %u", view->held, model->held);
    }
    if (view->stopped != model->stopped) {
        model_break(model, "policy: stopped is %d", view->stopped);
    }
    if (view->running != model->running) {
        model_break(model, "count: %u batches run, not %u", view->running, model->running);
    }
    check_counts(model, view);
    check_halted(model, view);
}

void model_taken(struct partition_model *model, const void *message)
{
    for (uint32_t i = 0; i < model->count; i++) {
        struct token *token = &model->tokens[i];
        if (token != message) {
            continue;
        }
        if (token->state == TOKEN_OUT || token->state == TOKEN_POSTED ||
            token->state == TOKEN_FINISHED || token->state == TOKEN_TAKEN || token->let_go) {
            model_break(model, "account: %" PRId64 " is given back in state %d", token->offset,
                        (int)token->state);
        }
        token->state = TOKEN_TAKEN;
        return;
    }
    model_break(model, "account: something is given back that was never put");
}

void model_all_taken(struct partition_model *model)
{
    for (uint32_t i = 0; i < model->count; i++) {
        enum token_state state = model->tokens[i].state;
        if (state != TOKEN_OUT && state != TOKEN_POSTED && state != TOKEN_FINISHED &&
            state != TOKEN_TAKEN && !model->tokens[i].let_go) {
            model_break(model, "account: %" PRId64 " was not given back", model->tokens[i].offset);
        }
    }
}
