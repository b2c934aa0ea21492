/* What must hold in a walk, after each event and at each write. */
#include "test/support/switch_walk.h"

#include <string.h>

/* May a member of the color still have something, or have it already? */
static bool may_have(const struct weir_switch *record, const char *color)
{
    const struct weir_switch_request *request = &record->request;
    bool is_from = strcmp(color, request->from) == 0;
    bool is_to = strcmp(color, request->to) == 0;

    switch (record->step) {
    case WEIR_SWITCH_IDLE:
    case WEIR_SWITCH_PREPARED:
        return strcmp(color, record->active) == 0;
    case WEIR_SWITCH_DRAINING:
        return is_from || (is_to && request->mode == WEIR_SWITCH_EACH);
    case WEIR_SWITCH_COMMITTED:
        return is_to && request->mode == WEIR_SWITCH_EACH;
    case WEIR_SWITCH_HANDED_OVER:
    case WEIR_SWITCH_ACTIVE:
        return is_to;
    case WEIR_SWITCH_RETURNING:
        return is_from || is_to;
    case WEIR_SWITCH_STEPS:
        break;
    }
    return false;
}

void switch_walk_check_owners(struct switch_walk *walk)
{
    const struct weir_switch *record = switch_walk_record(walk);

    for (int i = 0; i < SWITCH_PARTITIONS; i++) {
        for (int member = 0; member < SWITCH_MEMBERS; member++) {
            if (walk->members[member].holds[i] && walk->owners[i] != member) {
                switch_walk_break(walk, "member %d has partition %d, which %d owns", member, i,
                                  walk->owners[i]);
            }
        }
        if (walk->owners[i] >= 0 && !may_have(record, switch_walk_color((size_t)walk->owners[i]))) {
            switch_walk_break(walk, "member %d has partition %d, while the switch is %s",
                              walk->owners[i], i, weir_switch_step_name(record->step));
        }
    }
}

/* By its number. */
bool switch_walk_fails(const struct weir_switch *record)
{
    size_t length = strlen(record->request.id);

    return length > 0 && record->request.id[length - 1] % 2 == 1;
}

bool switch_walk_sees_failing(const struct weir_switch *record,
                              const struct weir_switch_sight *sight)
{
    for (size_t i = 0; i < sight->member_count; i++) {
        const struct weir_switch_member *member = &sight->members[i];
        if (member->turn == record->turn && strcmp(member->color, record->request.to) == 0 &&
            member->vitals.told && member->vitals.failed > 0) {
            return record->step == WEIR_SWITCH_ACTIVE && record->request.limits.health_ms > 0;
        }
    }
    return false;
}

static bool sees_heirs(const struct weir_switch *record, const struct weir_switch_sight *sight)
{
    for (size_t i = 0; i < sight->member_count; i++) {
        if (strcmp(sight->members[i].color, record->request.from) == 0) {
            return true;
        }
    }
    return false;
}

static void check_blame(struct switch_walk *walk, const struct weir_switch *record)
{
    if (!switch_walk_fails(record)) {
        switch_walk_break(walk, "%s does not fail and is said to", record->request.to);
    }
}

static void check_done(struct switch_walk *walk, const struct weir_switch *record, bool told,
                       bool can_return)
{
    if (!told) {
        switch_walk_break(walk, "it is not told how %s did", record->request.to);
    }
    if (can_return && record->request.unhealthy == WEIR_SWITCH_TAKE_BACK) {
        switch_walk_break(walk, "%s fails and is not taken back", record->request.to);
    }
}

static void check_taken_back(struct switch_walk *walk, const struct weir_switch *record)
{
    check_blame(walk, record);
    if (record->request.unhealthy != WEIR_SWITCH_TAKE_BACK) {
        switch_walk_break(walk, "%s is taken back, and nobody asked for that", record->request.to);
    }
    walk->taken_back++;
}

void switch_walk_check_health(struct switch_walk *walk, const struct weir_switch *record,
                              const struct weir_switch_sight *sight, bool failing,
                              const struct weir_switch *next)
{
    bool done = next->step == WEIR_SWITCH_IDLE;
    bool blamed = strstr(done ? next->past[0].why : next->why, "fails 50.0 %") != NULL;

    if (record->step != WEIR_SWITCH_ACTIVE) {
        return;
    }
    if (done) {
        check_done(walk, record, failing == blamed, failing && sees_heirs(record, sight));
    } else if (blamed) {
        check_taken_back(walk, record);
    }
}

static bool is_edge(enum weir_switch_step from, enum weir_switch_step to)
{
    switch (to) {
    case WEIR_SWITCH_IDLE:
        return from == WEIR_SWITCH_PREPARED || from == WEIR_SWITCH_ACTIVE ||
               from == WEIR_SWITCH_RETURNING;
    case WEIR_SWITCH_RETURNING:
        return from >= WEIR_SWITCH_DRAINING && from <= WEIR_SWITCH_ACTIVE;
    case WEIR_SWITCH_PREPARED:
    case WEIR_SWITCH_DRAINING:
    case WEIR_SWITCH_COMMITTED:
    case WEIR_SWITCH_HANDED_OVER:
    case WEIR_SWITCH_ACTIVE:
        return from + 1 == to;
    case WEIR_SWITCH_STEPS:
        break;
    }
    return false;
}

static bool changes_rights(const struct weir_switch *old, const struct weir_switch *next)
{
    return strcmp(old->active, next->active) != 0 ||
           weir_switch_may_own(old, "blue") != weir_switch_may_own(next, "blue") ||
           weir_switch_may_own(old, "green") != weir_switch_may_own(next, "green");
}

static enum weir_switch_outcome outcome_of(const struct weir_switch *old)
{
    if (old->step == WEIR_SWITCH_ACTIVE) {
        return WEIR_SWITCH_DONE;
    }
    return old->step == WEIR_SWITCH_RETURNING ? WEIR_SWITCH_ROLLED_BACK : WEIR_SWITCH_ABORTED;
}

/* Is the switch told as it was, and what was told before, too? */
static bool is_told(const struct switch_walk *walk, const struct weir_switch *old,
                    const struct weir_switch *next)
{
    const struct weir_switch_past *past = &next->past[0];
    const struct weir_switch_request *request = &old->request;
    size_t kept = next->past_count - 1;

    return past->outcome == outcome_of(old) && past->epoch == next->epoch &&
           strcmp(past->id, request->id) == 0 && strcmp(past->from, request->from) == 0 &&
           strcmp(past->to, request->to) == 0 && past->asked_ms == request->asked_ms &&
           past->ended_ms == walk->now_ms &&
           (kept == old->past_count || kept + 1 == WEIR_SWITCH_HISTORY_MAX) &&
           memcmp(&next->past[1], &old->past[0], kept * sizeof old->past[0]) == 0;
}

/* It ends in old or new. */
static bool is_true(const struct switch_walk *walk, const struct weir_switch *old,
                    const struct weir_switch *next)
{
    const struct weir_switch_past *past = &next->past[0];
    bool done = past->outcome == WEIR_SWITCH_DONE;
    bool aborted = past->outcome == WEIR_SWITCH_ABORTED;

    return is_told(walk, old, next) && strcmp(next->active, done ? past->to : past->from) == 0 &&
           (done || past->why[0] != '\0') && (!aborted || next->epoch == walk->asked_epoch);
}

void switch_walk_check_write(struct switch_walk *walk, const struct weir_switch *next)
{
    const struct weir_switch *old = switch_walk_record(walk);
    uint64_t rise = changes_rights(old, next) || next->step == WEIR_SWITCH_RETURNING ? 1 : 0;

    rise = next->step == WEIR_SWITCH_DRAINING ? 1 : rise; /* also when nobody has rights before */
    if (next->turn != old->turn + 1) {
        switch_walk_break(walk, "turn %u follows %u", (unsigned)next->turn, (unsigned)old->turn);
    }
    if (!is_edge(old->step, next->step)) {
        switch_walk_break(walk, "%s follows %s", weir_switch_step_name(next->step),
                          weir_switch_step_name(old->step));
    }
    if (next->epoch != old->epoch + rise) {
        switch_walk_break(walk, "epoch %u follows %u", (unsigned)next->epoch, (unsigned)old->epoch);
    }
    if (next->step == WEIR_SWITCH_IDLE && !is_true(walk, old, next)) {
        switch_walk_break(walk, "the history does not tell the truth of %s", old->request.id);
    }
}
