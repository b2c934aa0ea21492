#include "framework/announcer.h"

#include "framework/base/memory.h"
#include <string.h>

/* One allocation: the positions and the topics they point to lie behind it. */
struct weir_announcement {
    struct weir_announcement *next;
    enum weir_client_event_kind kind;
    size_t count;
    struct weir_position positions[];
};

static size_t size_of(const struct weir_client_event *event)
{
    size_t size = sizeof(struct weir_announcement) + event->count * sizeof event->positions[0];

    for (size_t i = 0; i < event->count; i++) {
        size += strlen(event->positions[i].topic) + 1;
    }
    return size;
}

static struct weir_announcement *copy(const struct weir_client_event *event)
{
    struct weir_announcement *one = weir_malloc(size_of(event));

    if (one == NULL) {
        return NULL;
    }
    one->next = NULL;
    one->kind = event->kind;
    one->count = event->count;
    char *topic = (char *)&one->positions[event->count];
    for (size_t i = 0; i < event->count; i++) {
        size_t size = strlen(event->positions[i].topic) + 1;
        memcpy(topic, event->positions[i].topic, size);
        one->positions[i] = event->positions[i];
        one->positions[i].topic = topic;
        topic += size;
    }
    return one;
}

bool weir_announcer_hear(struct weir_announcer *announcer, const struct weir_client_event *event)
{
    struct weir_announcement **end = &announcer->waiting;
    struct weir_announcement *one = copy(event);

    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = one;
    return one != NULL;
}

static void forget_told(struct weir_announcer *announcer)
{
    if (announcer->told != announcer->held) {
        weir_free(announcer->told);
    }
    announcer->told = NULL;
}

static void forget_held(struct weir_announcer *announcer)
{
    weir_free(announcer->held);
    announcer->held = NULL;
}

static void tell(struct weir_announcer *announcer, struct weir_announcement *one,
                 enum weir_client_event_kind kind, struct weir_client_event *out)
{
    announcer->told = one;
    announcer->unanswered = true;
    *out =
        (struct weir_client_event){.kind = kind, .positions = one->positions, .count = one->count};
}

bool weir_announcer_next(struct weir_announcer *announcer, struct weir_client_event *out)
{
    struct weir_announcement *one = announcer->waiting;

    if (announcer->unanswered || one == NULL) {
        return false;
    }
    forget_told(announcer);
    bool replaces = one->kind == WEIR_CLIENT_ASSIGNED && announcer->held != NULL;
    if (replaces && announcer->held->count > 0) {
        struct weir_announcement *held = announcer->held;
        announcer->held = NULL;
        tell(announcer, held, WEIR_CLIENT_LOST, out);
        return true;
    }
    forget_held(announcer);
    announcer->waiting = one->next;
    if (!announcer->incremental && one->kind == WEIR_CLIENT_ASSIGNED) {
        announcer->held = one;
    }
    tell(announcer, one, one->kind, out);
    return true;
}

/* Of an assignment that news wait behind the library hears no more, neither that it was taken over
 * nor, when it was told as lost for their sake, that it was given up. */
bool weir_announcer_answer(struct weir_announcer *announcer)
{
    bool overtaken = announcer->unanswered && !announcer->incremental &&
                     announcer->told->kind == WEIR_CLIENT_ASSIGNED && announcer->waiting != NULL;

    announcer->unanswered = false;
    return !overtaken;
}

bool weir_announcer_hands_back(const struct weir_announcer *announcer)
{
    return announcer->unanswered && announcer->told->kind == WEIR_CLIENT_REVOKED;
}

static bool brings(const struct weir_announcement *one, const struct weir_position *position)
{
    for (size_t i = 0; one->kind == WEIR_CLIENT_ASSIGNED && i < one->count; i++) {
        if (one->positions[i].partition == position->partition &&
            strcmp(one->positions[i].topic, position->topic) == 0) {
            return true;
        }
    }
    return false;
}

bool weir_announcer_gave_away(const struct weir_announcer *announcer,
                              const struct weir_position *position)
{
    const struct weir_announcement *one = announcer->waiting;

    if (one == NULL || !weir_announcer_hands_back(announcer)) {
        return false;
    }
    while (one != NULL && !brings(one, position)) {
        one = one->next;
    }
    return one == NULL;
}

void weir_announcer_fini(struct weir_announcer *announcer)
{
    forget_told(announcer);
    forget_held(announcer);
    while (announcer->waiting != NULL) {
        struct weir_announcement *one = announcer->waiting;
        announcer->waiting = one->next;
        weir_free(one);
    }
}
