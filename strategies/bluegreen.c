#include "framework/base/error.h"
#include "framework/base/memory.h"
#include "strategies/built_in.h"
#include <stdbool.h>
#include <string.h>

/* Everything is the active color's, and divided among its members as if the others were not there.
 * In a ZooKeeper group each color is asked as if it were the active one: what the other color gets
 * is its share on paper (framework/switch.h). */

struct side {
    struct weir_strategy_view view;
    struct weir_strategy_member *members;
    uint32_t *numbers; /* of each member in the whole view */
    uint32_t *owned;
};

static bool has_color(const struct weir_strategy_member *member, const char *color)
{
    return member->color != NULL && color != NULL && strcmp(member->color, color) == 0;
}

static void take_members(const struct weir_strategy_view *view, struct side *side)
{
    for (size_t i = 0; i < view->member_count; i++) {
        const struct weir_strategy_member *member = weir_strategy_member_at(view, i);
        if (has_color(member, view->color)) {
            side->numbers[side->view.member_count] = (uint32_t)i;
            side->members[side->view.member_count++] = *member;
        }
    }
}

static uint32_t number_in(const struct side *side, uint32_t whole)
{
    for (size_t i = 0; i < side->view.member_count; i++) {
        if (side->numbers[i] == whole) {
            return (uint32_t)i;
        }
    }
    return WEIR_STRATEGY_NOBODY;
}

static void take_owned(const struct weir_strategy_view *view, struct side *side)
{
    uint32_t last = WEIR_STRATEGY_NOBODY;
    uint32_t number = WEIR_STRATEGY_NOBODY;

    for (size_t i = 0; i < view->partition_count; i++) {
        if (view->owned[i] != last) { /* neighbours are often the same member's */
            last = view->owned[i];
            number = number_in(side, last);
        }
        side->owned[i] = number;
    }
}

static enum weir_status open_side(const struct weir_strategy_view *view, struct side *side)
{
    *side = (struct side){.view = *view};
    side->view.member_count = 0;
    side->members = weir_calloc(view->member_count + 1, sizeof side->members[0]);
    side->numbers = weir_calloc(view->member_count + 1, sizeof side->numbers[0]);
    side->owned = weir_calloc(view->partition_count + 1, sizeof side->owned[0]);
    if (side->members == NULL || side->numbers == NULL || side->owned == NULL) {
        return WEIR_ERR_NOMEM;
    }
    take_members(view, side);
    take_owned(view, side);
    side->view.members = side->members;
    side->view.member_size = sizeof side->members[0];
    side->view.owned = side->owned;
    return WEIR_OK;
}

static void close_side(struct side *side)
{
    weir_free(side->members);
    weir_free(side->numbers);
    weir_free(side->owned);
}

static enum weir_status divide(const struct weir_strategy_view *view,
                               const struct weir_strategy *inner, uint32_t *owners,
                               struct weir_error *error)
{
    struct side side;
    enum weir_status status = open_side(view, &side);

    if (status == WEIR_OK && side.view.member_count > 0) {
        status = inner->assign(&side.view, owners, error);
    } else if (status != WEIR_OK) {
        (void)weir_error_nomem(error);
    }
    for (size_t i = 0; status == WEIR_OK && i < view->partition_count; i++) {
        owners[i] = owners[i] == WEIR_STRATEGY_NOBODY ? owners[i] : side.numbers[owners[i]];
    }
    close_side(&side);
    return status;
}

static enum weir_status assign_sticky(const struct weir_strategy_view *view, uint32_t *owners,
                                      struct weir_error *error)
{
    return divide(view, &weir_strategy_sticky, owners, error);
}

static enum weir_status assign_range(const struct weir_strategy_view *view, uint32_t *owners,
                                     struct weir_error *error)
{
    return divide(view, &weir_strategy_range, owners, error);
}

static enum weir_status assign_roundrobin(const struct weir_strategy_view *view, uint32_t *owners,
                                          struct weir_error *error)
{
    return divide(view, &weir_strategy_roundrobin, owners, error);
}

static enum weir_status assign_static(const struct weir_strategy_view *view, uint32_t *owners,
                                      struct weir_error *error)
{
    return divide(view, &weir_strategy_static, owners, error);
}

const struct weir_strategy weir_strategy_bluegreen = {.name = "bluegreen", .assign = assign_sticky};
const struct weir_strategy weir_strategy_bluegreen_range = {.name = "bluegreen-range",
                                                            .assign = assign_range};
const struct weir_strategy weir_strategy_bluegreen_roundrobin = {.name = "bluegreen-roundrobin",
                                                                 .assign = assign_roundrobin};
const struct weir_strategy weir_strategy_bluegreen_static = {.name = "bluegreen-static",
                                                             .assign = assign_static};
