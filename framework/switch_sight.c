#include "framework/switch_sight.h"

#include <string.h>

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

static bool is_of(const struct weir_roster_member *member, const char *color)
{
    return member->state == WEIR_ROSTER_READ && member->registration.color != NULL &&
           strcmp(member->registration.color, color) == 0;
}

/* They are sorted. */
static bool names(const struct weir_registration *self, const char *topic)
{
    size_t first = 0;
    size_t end = self->topic_count;

    while (first < end) {
        size_t middle = first + (end - first) / 2;
        int order = strcmp(self->topics[middle].name, topic);
        if (order == 0) {
            return true;
        }
        first = order < 0 ? middle + 1 : first;
        end = order < 0 ? end : middle;
    }
    return false;
}

static bool is_read(const struct weir_roster *roster, const char *color, const char *topic)
{
    for (size_t i = 0; i < roster->count; i++) {
        if (is_of(roster->members[i], color) && names(&roster->members[i]->registration, topic)) {
            return true;
        }
    }
    return false;
}

static bool is_there(const struct weir_roster *roster, const char *color)
{
    for (size_t i = 0; i < roster->count; i++) {
        if (is_of(roster->members[i], color)) {
            return true;
        }
    }
    return false;
}

const char *weir_switch_see_unread(const struct weir_roster *roster,
                                   const struct weir_switch *record)
{
    const struct weir_switch_request *request = &record->request;
    bool counts = record->step == WEIR_SWITCH_PREPARED && !request->leave_unread &&
                  request->from[0] != '\0' && is_there(roster, request->to);

    for (size_t i = 0; counts && i < roster->count; i++) {
        const struct weir_registration *self = &roster->members[i]->registration;
        bool of_old = is_of(roster->members[i], request->from);
        for (size_t t = 0; of_old && t < self->topic_count; t++) {
            if (!is_read(roster, request->to, self->topics[t].name)) {
                return self->topics[t].name;
            }
        }
    }
    return NULL;
}
