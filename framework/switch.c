#include "framework/switch.h"

#include "framework/base/error.h"
#include "framework/switch_move.h"
#include "framework/znode.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { LIMIT_MS_MAX = 86400000, SPREAD_MS = 1000, SPREAD_PARTS = 8 };

static const char *const step_names[] = {[WEIR_SWITCH_IDLE] = "idle",
                                         [WEIR_SWITCH_PREPARED] = "prepared",
                                         [WEIR_SWITCH_DRAINING] = "draining",
                                         [WEIR_SWITCH_COMMITTED] = "committed",
                                         [WEIR_SWITCH_HANDED_OVER] = "handed_over",
                                         [WEIR_SWITCH_ACTIVE] = "active",
                                         [WEIR_SWITCH_RETURNING] = "returning"};
static const char *const outcome_names[] = {[WEIR_SWITCH_DONE] = "done",
                                            [WEIR_SWITCH_ABORTED] = "aborted",
                                            [WEIR_SWITCH_ROLLED_BACK] = "rolled_back"};

void weir_switch_init(struct weir_switch *out)
{
    memset(out, 0, sizeof *out);
}

bool weir_switch_is_color(const char *color, const char *other)
{
    return color[0] != '\0' && strcmp(color, other) == 0;
}

bool weir_switch_may_own(const struct weir_switch *record, const char *color)
{
    if (record->step == WEIR_SWITCH_DRAINING || record->step == WEIR_SWITCH_COMMITTED) {
        return record->request.mode == WEIR_SWITCH_EACH &&
               weir_switch_is_color(color, record->request.to);
    }
    return weir_switch_is_color(color, record->active);
}

bool weir_switch_may_hold(const struct weir_switch *record, const char *color)
{
    const struct weir_switch_request *request = &record->request;

    return weir_switch_may_own(record, color) ||
           (record->step == WEIR_SWITCH_DRAINING && weir_switch_is_color(color, request->from)) ||
           (record->step == WEIR_SWITCH_RETURNING && weir_switch_is_color(color, request->to));
}

bool weir_switch_cuts_short(const struct weir_switch *record, const char *color)
{
    return record->step == WEIR_SWITCH_DRAINING && record->request.drain == WEIR_SWITCH_IMMEDIATE &&
           weir_switch_is_color(color, record->request.from);
}

bool weir_switch_needs_stops(const struct weir_switch *record, const char *color)
{
    bool applies = record->step == WEIR_SWITCH_PREPARED || record->step == WEIR_SWITCH_DRAINING;

    return applies && record->request.drain == WEIR_SWITCH_TO_STOPS &&
           weir_switch_is_color(color, record->request.from);
}

int64_t weir_switch_keep_ms(const struct weir_switch *record, const char *color)
{
    if (record->step != WEIR_SWITCH_DRAINING || !weir_switch_needs_stops(record, color)) {
        return 0;
    }
    return record->request.overdue == WEIR_SWITCH_GO_ON ? record->request.limits.drain_ms
                                                        : INT64_MAX;
}

int64_t weir_switch_spread_ms(const struct weir_switch *record, const char *color)
{
    const struct weir_switch_request *request = &record->request;
    int64_t part_ms = request->limits.drain_ms / SPREAD_PARTS;

    if (record->step == WEIR_SWITCH_RETURNING) {
        return weir_switch_is_color(color, request->to) ? SPREAD_MS : 0;
    }
    bool singly = record->step == WEIR_SWITCH_DRAINING && request->mode == WEIR_SWITCH_EACH &&
                  request->drain == WEIR_SWITCH_IN_FLIGHT;
    if (!singly || !weir_switch_is_color(color, request->from)) {
        return 0;
    }
    return part_ms < SPREAD_MS ? part_ms : SPREAD_MS;
}

bool weir_switch_asks(const struct weir_switch *record, const char *color)
{
    bool from = weir_switch_is_color(color, record->request.from);
    bool to = weir_switch_is_color(color, record->request.to);

    switch (record->step) {
    case WEIR_SWITCH_PREPARED:
    case WEIR_SWITCH_RETURNING:
        return from || to;
    case WEIR_SWITCH_DRAINING:
        return from;
    case WEIR_SWITCH_HANDED_OVER:
    case WEIR_SWITCH_ACTIVE:
        return to;
    case WEIR_SWITCH_IDLE:
    case WEIR_SWITCH_COMMITTED:
    case WEIR_SWITCH_STEPS:
        return false;
    }
    return false;
}

bool weir_switch_color_valid(const char *color)
{
    size_t size = strspn(color, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    return size > 0 && size < WEIR_SWITCH_COLOR_SIZE && color[size] == '\0';
}

static bool is_printable(char character)
{
    return character >= ' ' && character <= '~';
}

bool weir_switch_text_valid(const char *text, size_t size)
{
    size_t length = 0;

    while (length < size && is_printable(text[length])) {
        length++;
    }
    return length > 0 && length < size && text[length] == '\0';
}

const char *weir_switch_step_name(enum weir_switch_step step)
{
    assert(step < WEIR_SWITCH_STEPS);
    return step_names[step];
}

const char *weir_switch_outcome_name(enum weir_switch_outcome outcome)
{
    assert(outcome <= WEIR_SWITCH_ROLLED_BACK);
    return outcome_names[outcome];
}

/* Whatever somebody says becomes a text that can be written and read again. */
void weir_switch_copy_text(char *out, size_t size, const char *text)
{
    size_t i = 0;

    for (; i + 1 < size && text[i] != '\0'; i++) {
        out[i] = '?';
        if (is_printable(text[i])) {
            out[i] = text[i];
        }
    }
    out[i] = '\0';
}

static void set_color(char *out, const char *color)
{
    (void)snprintf(out, WEIR_SWITCH_COLOR_SIZE, "%s", color);
}

/* The moves: each is one write. */

void weir_switch_move(const struct weir_switch *record, enum weir_switch_step step,
                      struct weir_switch *next)
{
    assert(record != next);
    *next = *record;
    next->turn++;
    next->step = step;
    next->agreed = false;
}

void weir_switch_hand_over(const struct weir_switch *record, struct weir_switch *next)
{
    weir_switch_move(record, WEIR_SWITCH_HANDED_OVER, next);
    next->epoch++;
    set_color(next->active, record->request.to);
}

void weir_switch_move_back(const struct weir_switch *record, const char *why,
                           struct weir_switch *next)
{
    weir_switch_move(record, WEIR_SWITCH_RETURNING, next);
    next->epoch++;
    set_color(next->active, record->request.from);
    weir_switch_copy_text(next->why, sizeof next->why, why);
}

void weir_switch_end(const struct weir_switch *record, enum weir_switch_outcome outcome,
                     const char *why, int64_t wall_ms, struct weir_switch *next)
{
    const struct weir_switch_request *request = &record->request;
    struct weir_switch_past *past = &next->past[0];

    weir_switch_move(record, WEIR_SWITCH_IDLE, next);
    if (next->past_count < WEIR_SWITCH_HISTORY_MAX) {
        next->past_count++;
    }
    memmove(past + 1, past, (next->past_count - 1) * sizeof *past);
    *past = (struct weir_switch_past){.outcome = outcome,
                                      .epoch = record->epoch,
                                      .asked_ms = request->asked_ms,
                                      .ended_ms = wall_ms};
    (void)snprintf(past->id, sizeof past->id, "%s", request->id);
    (void)snprintf(past->by, sizeof past->by, "%s", request->by);
    set_color(past->from, request->from);
    set_color(past->to, request->to);
    weir_switch_copy_text(past->why, sizeof past->why, why);
    memset(&next->request, 0, sizeof next->request);
    memset(&next->before, 0, sizeof next->before);
    next->why[0] = '\0';
}

/* Asking. */

static enum weir_status refuse_text(const char *what, size_t size, struct weir_error *error)
{
    return weir_error_set(error, WEIR_ERR_INVALID, 0,
                          "%s of a switch: give 1 to %zu printable characters of ASCII", what,
                          size - 1);
}

static enum weir_status check_limits(const struct weir_switch_limits *limits,
                                     struct weir_error *error)
{
    const struct {
        const char *name;
        int64_t value;
        int64_t least;
    } all[] = {{"to prepare", limits->prepare_ms, 1},
               {"to drain", limits->drain_ms, 1},
               {"to take over", limits->take_ms, 1},
               {"to watch the health", limits->health_ms, 0}};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i].value < all[i].least || all[i].value > LIMIT_MS_MAX) {
            return weir_error_set(error, WEIR_ERR_INVALID, 0,
                                  "the time %s: give %d to %d milliseconds", all[i].name,
                                  (int)all[i].least, (int)LIMIT_MS_MAX);
        }
    }
    return WEIR_OK;
}

static enum weir_status check_names(const struct weir_switch_request *request,
                                    struct weir_error *error)
{
    if (!weir_switch_text_valid(request->id, sizeof request->id)) {
        return refuse_text("the id", sizeof request->id, error);
    }
    if (!weir_switch_text_valid(request->by, sizeof request->by)) {
        return refuse_text("the asker", sizeof request->by, error);
    }
    if (!weir_switch_color_valid(request->to)) {
        return weir_error_set(error, WEIR_ERR_INVALID, 0,
                              "a color: give 1 to %d letters, digits, '-' and '_'",
                              WEIR_SWITCH_COLOR_SIZE - 1);
    }
    if (request->peer[0] != '\0' && !weir_znode_name_valid(request->peer)) {
        return weir_error_set(error, WEIR_ERR_INVALID, 0,
                              "the other group of a swap: no group in ZooKeeper has such a name");
    }
    return WEIR_OK;
}

static enum weir_status check_ways(const struct weir_switch_request *request,
                                   struct weir_error *error)
{
    if (request->mode > WEIR_SWITCH_TOGETHER || request->overdue > WEIR_SWITCH_GO_ON) {
        return weir_error_set(error, WEIR_ERR_INVALID, 0,
                              "the mode of a switch, or what to do when it is overdue, is unknown");
    }
    if (request->replay && request->mode != WEIR_SWITCH_TOGETHER) {
        return weir_error_set(error, WEIR_ERR_INVALID, 0,
                              "offsets can only be set back in mode together");
    }
    if (request->drain > WEIR_SWITCH_TO_STOPS) {
        return weir_error_set(error, WEIR_ERR_INVALID, 0, "the way of draining is unknown");
    }
    if (request->unhealthy > WEIR_SWITCH_TAKE_BACK) {
        return weir_error_set(error, WEIR_ERR_INVALID, 0,
                              "what to do when the new color is not healthy is unknown");
    }
    return WEIR_OK;
}

enum weir_status weir_switch_check(const struct weir_switch_request *request,
                                   struct weir_error *error)
{
    enum weir_status status = check_names(request, error);

    status = status == WEIR_OK ? check_ways(request, error) : status;
    status = status == WEIR_OK ? check_limits(&request->limits, error) : status;
    return status == WEIR_OK ? weir_switch_health_check(&request->health, error) : status;
}

enum weir_status weir_switch_ask(const struct weir_switch *record,
                                 const struct weir_switch_request *request, int64_t wall_ms,
                                 struct weir_switch *next, struct weir_error *error)
{
    const struct weir_switch_request *other = &record->request;
    enum weir_status status = weir_switch_check(request, error);

    if (status != WEIR_OK) {
        return status;
    }
    if (record->step != WEIR_SWITCH_IDLE) {
        return weir_error_set(error, WEIR_ERR_STATE, 0,
                              "the switch %s to %s, which %s asked for, is under way (%s)",
                              other->id, other->to, other->by, weir_switch_step_name(record->step));
    }
    if (weir_switch_is_color(request->to, record->active)) {
        return weir_error_set(error, WEIR_ERR_STATE, 0, "%s is active already", request->to);
    }
    weir_switch_move(record, WEIR_SWITCH_PREPARED, next);
    next->request = *request;
    next->request.asked_ms = wall_ms;
    set_color(next->request.from, record->active);
    return WEIR_OK;
}

enum weir_status weir_switch_undo(const struct weir_switch *record, const char *why,
                                  int64_t wall_ms, struct weir_switch *next,
                                  struct weir_error *error)
{
    if (record->step == WEIR_SWITCH_IDLE) {
        return weir_error_set(error, WEIR_ERR_STATE, 0, "no switch is under way");
    }
    if (record->step == WEIR_SWITCH_RETURNING) {
        return weir_error_set(error, WEIR_ERR_STATE, 0,
                              "the switch %s to %s is on its way back already", record->request.id,
                              record->request.to);
    }
    why = why[0] == '\0' ? "undone" : why;
    if (record->step == WEIR_SWITCH_PREPARED) {
        weir_switch_end(record, WEIR_SWITCH_ABORTED, why, wall_ms, next);
    } else {
        weir_switch_move_back(record, why, next);
    }
    return WEIR_OK;
}
