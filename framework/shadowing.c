#include "framework/shadowing.h"

#include "framework/base/memory.h"
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct weir_shadowed {
    char *topic;
    int32_t partition;
    bool moves;    /* in what was announced last */
    bool released; /* given up, and answered */
};

static int order_of(const char *topic, int32_t partition, const char *other, int32_t number)
{
    int order = strcmp(topic, other);

    return order != 0 ? order : (partition > number) - (partition < number);
}

static int by_name(const void *a, const void *b)
{
    const struct weir_shadowed *left = a;
    const struct weir_shadowed *right = b;

    return order_of(left->topic, left->partition, right->topic, right->partition);
}

static int to_wanted(const void *a, const void *b)
{
    const struct weir_shadowed *one = a;
    const struct weir_position *position = b;

    return order_of(one->topic, one->partition, position->topic, position->partition);
}

static int to_shadowed(const void *a, const void *b)
{
    return -to_wanted(b, a);
}

static struct weir_position position_of(const struct weir_shadowed *one)
{
    return (struct weir_position){
        .topic = one->topic, .partition = one->partition, .offset = WEIR_OFFSET_NONE};
}

bool weir_shadowing_any(const struct weir_shadowing *shadowing)
{
    return shadowing->count > shadowing->released;
}

/* Those that moved and were declined, or that were given up: until now whoever was told of them
 * might still read their names. */
static void forget(struct weir_shadowing *shadowing, bool moving)
{
    size_t kept = 0;

    for (size_t i = 0; i < shadowing->count; i++) {
        const struct weir_shadowed *one = &shadowing->all[i];
        if (one->released || (moving && one->moves)) {
            weir_free(one->topic);
        } else {
            shadowing->all[kept++] = *one;
        }
    }
    shadowing->count = kept;
    shadowing->released = 0;
}

enum weir_status weir_shadowing_give(struct weir_shadowing *shadowing,
                                     const struct weir_position *wanted, size_t wanted_count,
                                     struct weir_position **out, size_t *count)
{
    *out = NULL;
    *count = 0;
    if (shadowing->waits != WEIR_SHADOWING_RESTS) {
        return WEIR_OK;
    }
    forget(shadowing, false);
    if (shadowing->count == 0) {
        return WEIR_OK;
    }
    struct weir_position *gone = weir_calloc(shadowing->count, sizeof gone[0]);
    if (gone == NULL) {
        return WEIR_ERR_NOMEM;
    }
    for (size_t i = 0; i < shadowing->count; i++) {
        struct weir_shadowed *one = &shadowing->all[i];
        one->moves = wanted_count == 0 ||
                     bsearch(one, wanted, wanted_count, sizeof wanted[0], to_wanted) == NULL;
        if (one->moves) {
            gone[(*count)++] = position_of(one);
        }
    }
    if (*count == 0) {
        weir_free(gone);
        return WEIR_OK;
    }
    shadowing->moving = *count;
    shadowing->waits = WEIR_SHADOWING_GIVES;
    *out = gone;
    return WEIR_OK;
}

/* Behind those that are there. False: out of memory, and some of them may be there. */
static bool add_new(struct weir_shadowing *shadowing, const struct weir_position *wanted,
                    size_t wanted_count)
{
    size_t before = shadowing->count;

    for (size_t i = 0; i < wanted_count; i++) {
        if (bsearch(&wanted[i], shadowing->all, before, sizeof shadowing->all[0], to_shadowed) !=
            NULL) {
            continue;
        }
        char *topic = weir_strdup(wanted[i].topic);
        if (topic == NULL) {
            return false;
        }
        shadowing->all[shadowing->count++] =
            (struct weir_shadowed){.topic = topic, .partition = wanted[i].partition, .moves = true};
    }
    return true;
}

enum weir_status weir_shadowing_take(struct weir_shadowing *shadowing,
                                     const struct weir_position *wanted, size_t wanted_count,
                                     struct weir_position **out, size_t *count)
{
    *out = NULL;
    *count = 0;
    if (shadowing->waits != WEIR_SHADOWING_RESTS || wanted_count == 0) {
        return WEIR_OK;
    }
    forget(shadowing, false);
    size_t before = shadowing->count;
    struct weir_shadowed *room =
        weir_realloc(shadowing->all, (before + wanted_count) * sizeof room[0]);
    struct weir_position *fresh = weir_calloc(wanted_count, sizeof fresh[0]);
    shadowing->all = room == NULL ? shadowing->all : room;
    for (size_t i = 0; i < before; i++) {
        shadowing->all[i].moves = false;
    }
    if (room == NULL || fresh == NULL || !add_new(shadowing, wanted, wanted_count)) {
        forget(shadowing, true);
        weir_free(fresh);
        return WEIR_ERR_NOMEM;
    }
    for (size_t i = before; i < shadowing->count; i++) {
        fresh[(*count)++] = position_of(&shadowing->all[i]);
    }
    if (*count == 0) {
        weir_free(fresh);
        return WEIR_OK;
    }
    qsort(shadowing->all, shadowing->count, sizeof shadowing->all[0], by_name);
    shadowing->waits = WEIR_SHADOWING_TAKES;
    *out = fresh;
    return WEIR_OK;
}

void weir_shadowing_taken(struct weir_shadowing *shadowing, bool declined)
{
    assert(shadowing->waits == WEIR_SHADOWING_TAKES);
    if (declined) {
        forget(shadowing, true);
    }
    shadowing->waits = WEIR_SHADOWING_RESTS;
}

void weir_shadowing_given(struct weir_shadowing *shadowing, const struct weir_position *positions,
                          size_t count)
{
    assert(shadowing->waits == WEIR_SHADOWING_GIVES);
    for (size_t i = 0; i < count; i++) {
        struct weir_shadowed *one = bsearch(&positions[i], shadowing->all, shadowing->count,
                                            sizeof shadowing->all[0], to_shadowed);
        if (one != NULL && one->moves && !one->released) {
            one->released = true;
            shadowing->released++;
            shadowing->moving--;
        }
    }
    if (shadowing->moving == 0) {
        shadowing->waits = WEIR_SHADOWING_RESTS;
    }
}

void weir_shadowing_fini(struct weir_shadowing *shadowing)
{
    for (size_t i = 0; i < shadowing->count; i++) {
        weir_free(shadowing->all[i].topic);
    }
    weir_free(shadowing->all);
    *shadowing = (struct weir_shadowing){.all = NULL};
}
