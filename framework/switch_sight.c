#include "framework/switch_sight.h"

size_t weir_switch_see(const struct weir_roster *roster, struct weir_switch_member *members)
{
    size_t count = 0;

    for (size_t i = 0; i < roster->count; i++) {
        const struct weir_roster_member *member = roster->members[i];
        const struct weir_registration *self = &member->registration;
        if (member->state == WEIR_ROSTER_READ && self->color != NULL) {
            members[count++] = (struct weir_switch_member){.id = member->id,
                                                           .color = self->color,
                                                           .turn = self->progress.turn,
                                                           .ready = self->progress.ready,
                                                           .empty = self->progress.empty,
                                                           .full = self->progress.full,
                                                           .vitals = self->progress.vitals};
        }
    }
    return count;
}
