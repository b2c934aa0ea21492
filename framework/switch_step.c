#include "framework/switch.h"

#include "framework/switch_move.h"
#include <stdio.h>
#include <string.h>

enum { MEMBER_SHOWN_MAX = 120, TOPIC_SHOWN_MAX = 80, WANTS_MAX = 5 };

_Static_assert((int)WEIR_SWITCH_HEALTH_WHY_SIZE == (int)WEIR_SWITCH_WHY_SIZE,
               "a verdict is a reason");

/* What a step may wait for: of each member of a color, or that there is one. */
enum need { NOTHING, TO_BE, TO_KNOW, TO_BE_READY, TO_BE_EMPTY, TO_BE_FULL };

static const char *const lacks_it[] = {[TO_KNOW] = "has not heard of it",
                                       [TO_BE_READY] = "is not ready",
                                       [TO_BE_EMPTY] = "has not drained",
                                       [TO_BE_FULL] = "has not its whole share"};

/* Seeing what a step waits for. */

static bool is_deserted(const struct weir_switch_sight *sight, const char *color)
{
    for (size_t i = 0; i < sight->member_count; i++) {
        if (weir_switch_is_color(color, sight->members[i].color)) {
            return false;
        }
    }
    return true;
}

/* That a half of a swap has agreed to begin is one more turn, and nothing that anybody has to do:
 * whoever knew the one before it is ready. */
static bool knows(const struct weir_switch *record, const struct weir_switch_member *member)
{
    return member->turn == record->turn || (record->agreed && member->turn + 1 == record->turn);
}

static bool has(const struct weir_switch *record, const struct weir_switch_member *member,
                enum need need)
{
    switch (need) {
    case NOTHING:
    case TO_BE:
        break;
    case TO_KNOW:
        return knows(record, member);
    case TO_BE_READY:
        return member->ready;
    case TO_BE_EMPTY:
        return member->empty;
    case TO_BE_FULL:
        return member->full;
    }
    return true;
}

/* Does a member of the color lack it, or is there none at all that is? Then the text names the
 * first one by its id: whoever looks says the same. */
static bool lacks(const struct weir_switch *record, const struct weir_switch_sight *sight,
                  const char *color, enum need need, char *text)
{
    const char *first = NULL;
    size_t count = 0;

    if (need == TO_BE && is_deserted(sight, color)) {
        (void)snprintf(text, WEIR_SWITCH_WHY_SIZE, "there is no member of %s", color);
        return true;
    }
    for (size_t i = 0; i < sight->member_count; i++) {
        const struct weir_switch_member *member = &sight->members[i];
        if (weir_switch_is_color(color, member->color) && !has(record, member, need)) {
            first = first == NULL || strcmp(member->id, first) < 0 ? member->id : first;
            count++;
        }
    }
    if (count == 1) {
        (void)snprintf(text, WEIR_SWITCH_WHY_SIZE, "%.*s %s", MEMBER_SHOWN_MAX, first,
                       lacks_it[need]);
    } else if (count > 1) {
        (void)snprintf(text, WEIR_SWITCH_WHY_SIZE, "%.*s %s, and %zu more", MEMBER_SHOWN_MAX, first,
                       lacks_it[need], count - 1);
    }
    return count > 0;
}

/* What a step waits for, in the order in which it is named. */
static const struct want {
    bool of_new; /* or of the old color */
    enum need need;
} wants[WEIR_SWITCH_STEPS][WANTS_MAX] = {
    [WEIR_SWITCH_PREPARED] = {{false, TO_KNOW},
                              {true, TO_KNOW},
                              {true, TO_BE_READY},
                              {true, TO_BE}},
    [WEIR_SWITCH_DRAINING] = {{false, TO_KNOW}, {false, TO_BE_EMPTY}, {true, TO_BE}},
    [WEIR_SWITCH_HANDED_OVER] = {{true, TO_KNOW}, {true, TO_BE_FULL}, {true, TO_BE}},
    [WEIR_SWITCH_ACTIVE] = {{true, TO_BE}},
    [WEIR_SWITCH_RETURNING] = {{true, TO_KNOW},
                               {true, TO_BE_EMPTY},
                               {false, TO_KNOW},
                               {false, TO_BE_FULL},
                               {false, TO_BE}}};

/* Would the new color leave a topic to nobody? It may have come after it was asked for. */
static bool leaves_topic(const struct weir_switch *record, const struct weir_switch_sight *sight,
                         char *text)
{
    const struct weir_switch_request *request = &record->request;

    if (record->step != WEIR_SWITCH_PREPARED || request->leave_unread || sight->unread == NULL) {
        return false;
    }
    (void)snprintf(text, WEIR_SWITCH_WHY_SIZE, "no member of %s subscribes to %.*s, which %s has",
                   request->to, TOPIC_SHOWN_MAX, sight->unread, request->from);
    return true;
}

/* Of a swap it is done in both groups at once (switch_pair.h). */
static bool awaits_replay(const struct weir_switch *record, const struct weir_switch_sight *sight,
                          char *text)
{
    const struct weir_switch_request *request = &record->request;

    if (record->step != WEIR_SWITCH_COMMITTED || !request->replay || sight->sets_back) {
        return false;
    }
    (void)snprintf(text, WEIR_SWITCH_WHY_SIZE,
                   "nobody has set the offsets back, as the waiting command does%s",
                   request->peer[0] == '\0' ? "" : " when both halves have drained");
    return true;
}

/* Is something missing that the step waits for, and what? Health is missing when it is bad. */
static bool is_lacking(const struct weir_switch *record, const struct weir_switch_sight *sight,
                       char *text)
{
    const struct weir_switch_request *request = &record->request;
    bool at_once = record->step == WEIR_SWITCH_DRAINING && request->from[0] == '\0';
    bool watched = record->step != WEIR_SWITCH_ACTIVE || request->limits.health_ms > 0;

    text[0] = '\0';
    if (awaits_replay(record, sight, text)) {
        return true;
    }
    for (size_t i = 0; i < WANTS_MAX && watched && !at_once; i++) {
        const struct want *want = &wants[record->step][i];
        const char *color = want->of_new ? request->to : request->from;
        if (color[0] != '\0' && lacks(record, sight, color, want->need, text)) {
            return true;
        }
    }
    return leaves_topic(record, sight, text);
}

/* Health. */

/* Of a color together; what one of its members does not tell of this turn, nobody knows. */
static struct weir_vitals vitals_of(const struct weir_switch *record,
                                    const struct weir_switch_sight *sight, const char *color)
{
    struct weir_vitals sum = {.told = false};
    bool all_tell = true;

    for (size_t i = 0; i < sight->member_count; i++) {
        const struct weir_switch_member *member = &sight->members[i];
        if (!weir_switch_is_color(color, member->color)) {
            continue;
        }
        if (member->turn == record->turn) {
            weir_vitals_add(&sum, &member->vitals);
        }
        all_tell = all_tell && member->turn == record->turn && member->vitals.told;
    }
    sum.lag_known = sum.lag_known && all_tell;
    return sum;
}

enum weir_switch_verdict weir_switch_judge(const struct weir_switch *record,
                                           const struct weir_switch_sight *sight,
                                           char why[WEIR_SWITCH_WHY_SIZE])
{
    const struct weir_switch_request *request = &record->request;
    int64_t health_ms = request->limits.health_ms;

    why[0] = '\0';
    if (record->step != WEIR_SWITCH_ACTIVE || health_ms == 0 || record->agreed) {
        return WEIR_SWITCH_UNJUDGED;
    }
    const struct weir_switch_health health = {.from = request->from,
                                              .to = request->to,
                                              .before = record->before,
                                              .now = vitals_of(record, sight, request->to),
                                              .late = sight->in_step_ms >= health_ms / 4 * 3,
                                              .limits = request->health};
    return weir_switch_health_judge(&health, why);
}

/* Stepping. */

/* Of a swap it is set back in both groups at once, and the other half may still drain. */
static int64_t set_back_ms(const struct weir_switch_request *request)
{
    int64_t other_ms = request->peer[0] == '\0' ? 0 : request->limits.drain_ms;

    return other_ms + request->limits.take_ms;
}

int64_t weir_switch_limit_ms(const struct weir_switch *record)
{
    const struct weir_switch_request *request = &record->request;
    bool has_from = request->from[0] != '\0';

    switch (record->step) {
    case WEIR_SWITCH_PREPARED:
        return request->limits.prepare_ms;
    case WEIR_SWITCH_DRAINING:
        return has_from && request->overdue == WEIR_SWITCH_GO_BACK ? request->limits.drain_ms : -1;
    case WEIR_SWITCH_COMMITTED:
        return has_from && request->replay ? set_back_ms(request) : -1;
    case WEIR_SWITCH_HANDED_OVER:
        return has_from ? request->limits.take_ms : -1;
    case WEIR_SWITCH_ACTIVE:
        return request->limits.health_ms > 0 ? request->limits.health_ms : -1;
    case WEIR_SWITCH_IDLE:
    case WEIR_SWITCH_RETURNING:
    case WEIR_SWITCH_STEPS:
        break;
    }
    return -1;
}

/* Its members are there: how are they? */
static bool watch(const struct weir_switch *record, const struct weir_switch_sight *sight,
                  struct weir_switch *next)
{
    char why[WEIR_SWITCH_WHY_SIZE];
    bool unhealthy = weir_switch_judge(record, sight, why) == WEIR_SWITCH_UNHEALTHY;

    if (unhealthy && record->request.unhealthy == WEIR_SWITCH_TAKE_BACK &&
        !is_deserted(sight, record->request.from)) {
        weir_switch_move_back(record, why, next);
        return true;
    }
    if (sight->in_step_ms < record->request.limits.health_ms) {
        return false;
    }
    weir_switch_end(record, WEIR_SWITCH_DONE, why, sight->wall_ms, next);
    return true;
}

/* Nothing is missing. */
static bool go_on(const struct weir_switch *record, const struct weir_switch_sight *sight,
                  struct weir_switch *next)
{
    switch (record->step) {
    case WEIR_SWITCH_PREPARED:
        weir_switch_move(record, WEIR_SWITCH_DRAINING, next);
        next->epoch++;
        return true;
    case WEIR_SWITCH_DRAINING:
        weir_switch_move(record, WEIR_SWITCH_COMMITTED, next);
        next->before = vitals_of(record, sight, record->request.from);
        return true;
    case WEIR_SWITCH_COMMITTED:
        weir_switch_hand_over(record, next);
        return true;
    case WEIR_SWITCH_HANDED_OVER:
        weir_switch_move(record, WEIR_SWITCH_ACTIVE, next);
        return true;
    case WEIR_SWITCH_ACTIVE:
        return watch(record, sight, next);
    case WEIR_SWITCH_RETURNING:
        weir_switch_end(record, WEIR_SWITCH_ROLLED_BACK, record->why, sight->wall_ms, next);
        return true;
    case WEIR_SWITCH_IDLE:
    case WEIR_SWITCH_STEPS:
        break;
    }
    return false;
}

/* Something is missing. What was handed over is not taken from those who have it as long as nobody
 * is there to take it back. */
static bool go_back(const struct weir_switch *record, const struct weir_switch_sight *sight,
                    const char *lack, struct weir_switch *next)
{
    int64_t limit_ms = weir_switch_limit_ms(record);
    bool overdue = limit_ms >= 0 && sight->in_step_ms >= limit_ms;
    bool can_return = !is_deserted(sight, record->request.from);
    char why[sizeof "overdue: " + WEIR_SWITCH_WHY_SIZE];

    (void)snprintf(why, sizeof why, "overdue: %s", lack);
    if (record->step == WEIR_SWITCH_ACTIVE && can_return) {
        weir_switch_move_back(record, lack, next);
        return true;
    }
    bool moves = record->step != WEIR_SWITCH_PREPARED && record->step != WEIR_SWITCH_ACTIVE;
    if (!overdue || (moves && !can_return)) {
        return false;
    }
    if (record->step == WEIR_SWITCH_ACTIVE) {
        weir_switch_end(record, WEIR_SWITCH_DONE, "", sight->wall_ms, next);
    } else if (record->step == WEIR_SWITCH_PREPARED) {
        weir_switch_end(record, WEIR_SWITCH_ABORTED, why, sight->wall_ms, next);
    } else {
        weir_switch_move_back(record, why, next);
    }
    return true;
}

bool weir_switch_next_alone(const struct weir_switch *record, const struct weir_switch_sight *sight,
                            struct weir_switch *next)
{
    char lack[WEIR_SWITCH_WHY_SIZE];

    return is_lacking(record, sight, lack) ? go_back(record, sight, lack, next)
                                           : go_on(record, sight, next);
}

bool weir_switch_decides(const struct weir_switch *record, const struct weir_switch *next)
{
    return record->step != WEIR_SWITCH_RETURNING &&
           (next->step == WEIR_SWITCH_DRAINING || next->step == WEIR_SWITCH_IDLE ||
            next->step == WEIR_SWITCH_RETURNING ||
            (next->step == WEIR_SWITCH_HANDED_OVER && next->request.replay));
}

bool weir_switch_next(const struct weir_switch *record, const struct weir_switch_sight *sight,
                      struct weir_switch *next)
{
    struct weir_switch then;

    if (!weir_switch_next_alone(record, sight, &then) ||
        (record->request.peer[0] != '\0' && weir_switch_decides(record, &then))) {
        return false;
    }
    *next = then;
    return true;
}

static void tell_health(const struct weir_switch *record, const struct weir_switch_sight *sight,
                        char *text)
{
    char why[WEIR_SWITCH_WHY_SIZE];
    bool good = weir_switch_judge(record, sight, why) == WEIR_SWITCH_HEALTHY;

    if (why[0] != '\0') {
        memcpy(text, why, sizeof why);
    } else {
        (void)snprintf(text, WEIR_SWITCH_WHY_SIZE, "the health of %s is watched%s",
                       record->request.to, good ? ", and is good so far" : "");
    }
}

/* Nothing is missing, and it does not go on for all that. */
static void tell_what_is_left(const struct weir_switch *record,
                              const struct weir_switch_sight *sight, char *text)
{
    const struct weir_switch_request *request = &record->request;
    int64_t health_ms = request->limits.health_ms;

    if (record->agreed) {
        (void)snprintf(text, WEIR_SWITCH_WHY_SIZE, "the other half, in %.*s", MEMBER_SHOWN_MAX,
                       request->peer);
    } else if (health_ms > 0) {
        tell_health(record, sight, text);
    }
}

void weir_switch_blocked(const struct weir_switch *record, const struct weir_switch_sight *sight,
                         char *text, size_t size)
{
    char lack[WEIR_SWITCH_WHY_SIZE];

    if (!is_lacking(record, sight, lack) &&
        (record->step == WEIR_SWITCH_ACTIVE || record->agreed)) {
        tell_what_is_left(record, sight, lack);
    }
    weir_switch_copy_text(text, size, lack);
}
