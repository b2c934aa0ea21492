#include "strategies/sticky.h"

#include <assert.h>
#include <string.h>

#include "framework/base/memory.h"

enum weir_status weir_sticky_picture_init(const struct weir_sticky *sticky,
                                          struct weir_sticky_picture *out)
{
    out->owners = weir_calloc(sticky->view->partition_count + 1, sizeof *out->owners);
    out->loads = weir_calloc(sticky->view->member_count, sizeof *out->loads);
    return out->owners != NULL && out->loads != NULL ? WEIR_OK : WEIR_ERR_NOMEM;
}

void weir_sticky_picture_fini(struct weir_sticky_picture *picture)
{
    weir_free(picture->owners);
    weir_free(picture->loads);
    *picture = (struct weir_sticky_picture){0};
}

void weir_sticky_picture_take(const struct weir_sticky *sticky, struct weir_sticky_picture *out)
{
    assert(out->owners != NULL);
    memcpy(out->owners, sticky->owners, sticky->view->partition_count * sizeof *out->owners);
    memcpy(out->loads, sticky->loads, sticky->view->member_count * sizeof *out->loads);
}

void weir_sticky_picture_restore(const struct weir_sticky_picture *picture,
                                 struct weir_sticky *sticky)
{
    assert(picture->owners != NULL);
    memcpy(sticky->owners, picture->owners, sticky->view->partition_count * sizeof *sticky->owners);
    memcpy(sticky->loads, picture->loads, sticky->view->member_count * sizeof *sticky->loads);
}

struct weir_sticky_value weir_sticky_measure(const struct weir_sticky *sticky)
{
    struct weir_sticky_value value = {0};

    for (size_t p = 0; p < sticky->view->partition_count; p++) {
        uint32_t home = sticky->homes[p];
        value.moves += home != WEIR_STRATEGY_NOBODY && home != sticky->owners[p] ? 1 : 0;
    }
    for (size_t i = 0; i < sticky->view->member_count; i++) {
        value.squares += (uint64_t)sticky->loads[i] * sticky->loads[i];
    }
    return value;
}

bool weir_sticky_better(struct weir_sticky_value one, struct weir_sticky_value other)
{
    return one.moves != other.moves ? one.moves < other.moves : one.squares < other.squares;
}
