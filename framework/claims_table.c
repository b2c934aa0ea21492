#include "framework/base/memory.h"
#include "framework/claims.h"
#include <assert.h>
#include <string.h>

static int order_of(const struct weir_claim *claim, const char *topic, int32_t partition)
{
    int order = strcmp(claim->topic, topic);

    return order != 0 ? order : (claim->partition > partition) - (claim->partition < partition);
}

static size_t place_of(const struct weir_claims *claims, const char *topic, int32_t partition)
{
    size_t low = 0;
    size_t high = claims->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (order_of(claims->all[middle], topic, partition) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct weir_claim *weir_claims_find(const struct weir_claims *claims, const char *topic,
                                    int32_t partition)
{
    size_t place = place_of(claims, topic, partition);
    bool found = place < claims->count && order_of(claims->all[place], topic, partition) == 0;

    return found ? claims->all[place] : NULL;
}

void weir_claims_unwant(struct weir_claims *claims)
{
    for (size_t i = 0; i < claims->count; i++) {
        claims->all[i]->wanted = false;
    }
}

static void destroy_claim(struct weir_claim *claim)
{
    if (claim != NULL) {
        weir_free(claim->topic);
        weir_free(claim);
    }
}

static struct weir_claim *create_claim(const char *topic, int32_t partition)
{
    struct weir_claim *claim = weir_calloc(1, sizeof *claim);

    if (claim == NULL) {
        return NULL;
    }
    claim->topic = weir_strdup(topic);
    claim->partition = partition;
    claim->fence = WEIR_CLAIM_NO_FENCE;
    if (claim->topic == NULL) {
        weir_free(claim);
        return NULL;
    }
    return claim;
}

static bool make_room(struct weir_claims *claims)
{
    if (claims->count < claims->capacity) {
        return true;
    }
    size_t capacity = claims->capacity == 0 ? 16 : claims->capacity * 2;
    struct weir_claim **all = weir_realloc(claims->all, capacity * sizeof(struct weir_claim *));
    if (all == NULL) {
        return false;
    }
    claims->all = all;
    claims->capacity = capacity;
    return true;
}

enum weir_status weir_claims_want(struct weir_claims *claims, const char *topic, int32_t partition)
{
    size_t place = place_of(claims, topic, partition);

    struct weir_claim *claim = weir_claims_find(claims, topic, partition);
    if (claim != NULL) {
        claim->wanted = true;
        claim->state = claim->state == WEIR_CLAIM_DEAD ? WEIR_CLAIM_WANTED : claim->state;
        return WEIR_OK;
    }
    claim = make_room(claims) ? create_claim(topic, partition) : NULL;
    if (claim == NULL) {
        return WEIR_ERR_NOMEM;
    }
    claim->wanted = true;
    memmove(&claims->all[place + 1], &claims->all[place],
            (claims->count - place) * sizeof(struct weir_claim *));
    claims->all[place] = claim;
    claims->count++;
    return WEIR_OK;
}

size_t weir_claims_in(const struct weir_claims *claims, enum weir_claim_state state)
{
    size_t count = 0;

    for (size_t i = 0; i < claims->count; i++) {
        count += claims->all[i]->state == state ? 1 : 0;
    }
    return count;
}

void weir_claims_forget_dead(struct weir_claims *claims)
{
    size_t kept = 0;

    for (size_t i = 0; i < claims->count; i++) {
        if (claims->all[i]->state == WEIR_CLAIM_DEAD) {
            assert(claims->all[i]->asked == 0);
            destroy_claim(claims->all[i]);
        } else {
            claims->all[kept++] = claims->all[i];
        }
    }
    claims->count = kept;
}

void weir_claims_fini(struct weir_claims *claims)
{
    for (size_t i = 0; i < claims->count; i++) {
        destroy_claim(claims->all[i]);
    }
    weir_free(claims->all);
    *claims = (struct weir_claims){0};
}

void weir_claims_look_again(struct weir_claims *claims, int64_t holder)
{
    for (size_t i = 0; i < claims->count; i++) {
        if (claims->all[i]->state == WEIR_CLAIM_WAITING && claims->all[i]->holder == holder) {
            claims->all[i]->state = WEIR_CLAIM_UNSURE;
        }
    }
}

bool weir_claims_known(const struct weir_claims *claims, weir_time now)
{
    bool known = true;

    for (size_t i = 0; known && i < claims->count; i++) {
        const struct weir_claim *claim = claims->all[i];
        bool open = claim->state == WEIR_CLAIM_WANTED || claim->state == WEIR_CLAIM_UNSURE;
        known = !claim->wanted || !open;
    }
    return known || now < claims->resume_at;
}
