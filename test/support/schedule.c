#include "test/support/schedule.h"

#include <assert.h>
#include <stdlib.h>

#include "framework/base/random.h"
#include "test/support/fail.h"

enum { GAP_MS_MAX = 1500, TARGETS_MAX = 64, MS_PER_S = 1000, STEPS_PER_FAULT = 2 };

struct schedule {
    struct schedule_fault *faults;
    size_t count;
    struct schedule_step *steps;
    size_t step_count;
};

static const struct {
    const char *name;
    enum schedule_hit hit;
    uint32_t weight;
    uint32_t shortest_ms;
    uint32_t longest_ms;
} kinds[] = {
#define SCHEDULE_FAULT_ROW(id, name, hit, weight, shortest, longest)                               \
    [id] = {name, hit, weight, shortest, longest},
    SCHEDULE_FAULT_TABLE(SCHEDULE_FAULT_ROW)
#undef SCHEDULE_FAULT_ROW
};

/* While it is drawn: until when everyone is busy with a fault. */
struct drawing {
    const struct schedule_options *options;
    struct weir_random random;
    uint32_t members_until_ms[TARGETS_MAX];
    uint32_t guests_until_ms[SCHEDULE_GUESTS];
    uint32_t brokers_until_ms; /* all of them, and the ways to them */
    uint32_t grown;
};

static uint32_t draw(struct drawing *drawing, uint32_t bound)
{
    return (uint32_t)weir_random_below(&drawing->random, bound);
}

static enum schedule_fault_kind draw_kind(struct drawing *drawing)
{
    uint32_t all = 0;

    for (int kind = 0; kind < (int)SCHEDULE_FAULTS; kind++) {
        all += kinds[kind].weight;
    }
    uint32_t left = draw(drawing, all);
    int kind = 0;
    while (left >= kinds[kind].weight) {
        left -= kinds[kind].weight;
        kind++;
    }
    return (enum schedule_fault_kind)kind;
}

static uint32_t draw_target(struct drawing *drawing, enum schedule_hit hit)
{
    switch (hit) {
    case HIT_MEMBER:
        return draw(drawing, drawing->options->members);
    case HIT_GUEST:
        return draw(drawing, SCHEDULE_GUESTS);
    case HIT_BROKER:
    case HIT_EDGE:
        return 1 + draw(drawing, drawing->options->brokers);
    case HIT_ALL_BROKERS:
    case HIT_TOPIC:
        break;
    }
    return 0;
}

/* Until when the one that it hits is busy. */
static uint32_t *busy_of(struct drawing *drawing, const struct schedule_fault *fault)
{
    switch (kinds[fault->kind].hit) {
    case HIT_MEMBER:
        return &drawing->members_until_ms[fault->target];
    case HIT_GUEST:
        return &drawing->guests_until_ms[fault->target];
    case HIT_BROKER:
    case HIT_EDGE:
    case HIT_ALL_BROKERS:
    case HIT_TOPIC: /* it takes a broker that listens */
        break;
    }
    return &drawing->brokers_until_ms;
}

static bool is_of_brokers(enum schedule_hit hit)
{
    return hit == HIT_BROKER || hit == HIT_ALL_BROKERS || hit == HIT_EDGE;
}

/* Is it possible? Then it is taken note of. */
static bool fits(struct drawing *drawing, const struct schedule_fault *fault)
{
    uint32_t *busy_until_ms = busy_of(drawing, fault);
    uint32_t over_ms = fault->at_ms + fault->for_ms;

    if (over_ms > drawing->options->duration_ms ||
        (drawing->options->members_only && is_of_brokers(kinds[fault->kind].hit))) {
        return false;
    }
    if (*busy_until_ms > fault->at_ms ||
        (fault->kind == FAULT_GROW && drawing->grown++ >= SCHEDULE_GROWTH_MAX)) {
        return false;
    }
    *busy_until_ms = over_ms + 1;
    return true;
}

static struct schedule_fault draw_fault(struct drawing *drawing, uint32_t at_ms)
{
    struct schedule_fault fault = {.kind = draw_kind(drawing), .at_ms = at_ms};
    uint32_t shortest_ms = kinds[fault.kind].shortest_ms;

    fault.target = draw_target(drawing, kinds[fault.kind].hit);
    fault.for_ms = shortest_ms + draw(drawing, kinds[fault.kind].longest_ms - shortest_ms + 1);
    return fault;
}

static void draw_faults(struct schedule *schedule, const struct schedule_options *options)
{
    struct drawing drawing = {.options = options, .random = {.state = options->seed}};
    uint32_t at_ms = draw(&drawing, GAP_MS_MAX);

    while (at_ms < options->duration_ms) {
        struct schedule_fault fault = draw_fault(&drawing, at_ms);
        if (fits(&drawing, &fault)) {
            schedule->faults = fail_or_realloc(schedule->faults, schedule->count + 1, sizeof fault);
            schedule->faults[schedule->count++] = fault;
        }
        at_ms += 1 + draw(&drawing, GAP_MS_MAX);
    }
}

static int compare_steps(const void *left, const void *right)
{
    const struct schedule_step *one = left;
    const struct schedule_step *two = right;

    if (one->at_ms != two->at_ms) {
        return one->at_ms < two->at_ms ? -1 : 1;
    }
    if (one->fault != two->fault) {
        return one->fault < two->fault ? -1 : 1;
    }
    return (int)one->end - (int)two->end;
}

static void make_steps(struct schedule *schedule)
{
    schedule->steps = fail_or_alloc(schedule->count * STEPS_PER_FAULT, sizeof schedule->steps[0]);
    for (size_t i = 0; i < schedule->count; i++) {
        const struct schedule_fault *fault = &schedule->faults[i];
        schedule->steps[schedule->step_count++] =
            (struct schedule_step){.fault = fault, .at_ms = fault->at_ms};
        if (fault->for_ms > 0) {
            schedule->steps[schedule->step_count++] = (struct schedule_step){
                .fault = fault, .at_ms = fault->at_ms + fault->for_ms, .end = true};
        }
    }
    qsort(schedule->steps, schedule->step_count, sizeof schedule->steps[0], compare_steps);
}

struct schedule *schedule_create(const struct schedule_options *options)
{
    struct schedule *schedule = fail_or_alloc(1, sizeof *schedule);

    assert(options->members > 0);
    assert(options->members <= TARGETS_MAX);
    assert(options->brokers > 0);
    draw_faults(schedule, options);
    make_steps(schedule);
    return schedule;
}

void schedule_destroy(struct schedule *schedule)
{
    if (schedule != NULL) {
        free(schedule->faults);
        free(schedule->steps);
        free(schedule);
    }
}

size_t schedule_count(const struct schedule *schedule)
{
    return schedule->count;
}

const struct schedule_fault *schedule_fault(const struct schedule *schedule, size_t index)
{
    assert(index < schedule->count);
    return &schedule->faults[index];
}

size_t schedule_steps(const struct schedule *schedule)
{
    return schedule->step_count;
}

struct schedule_step schedule_step(const struct schedule *schedule, size_t index)
{
    assert(index < schedule->step_count);
    return schedule->steps[index];
}

enum schedule_hit schedule_hit(enum schedule_fault_kind kind)
{
    return kinds[kind].hit;
}

void schedule_tell(const struct schedule_step *step, struct text *text)
{
    static const char *const hits[] = {
        [HIT_MEMBER] = "member",       [HIT_GUEST] = "guest",        [HIT_BROKER] = "broker",
        [HIT_ALL_BROKERS] = "brokers", [HIT_EDGE] = "way to broker", [HIT_TOPIC] = "topic"};
    const struct schedule_fault *fault = step->fault;
    enum schedule_hit hit = kinds[fault->kind].hit;

    text_add(text, "%4u.%03u s  %s", step->at_ms / MS_PER_S, step->at_ms % MS_PER_S, hits[hit]);
    if (hit != HIT_ALL_BROKERS && hit != HIT_TOPIC) {
        text_add(text, " %u", fault->target);
    }
    text_add(text, ": %s", kinds[fault->kind].name);
    if (step->end) {
        text_add(text, " is over");
    } else if (fault->for_ms > 0) {
        text_add(text, " for %u ms", fault->for_ms);
    }
}
