#include "test/support/require.h"
#include "test/support/sim_zoo_state.h"
#include <stdlib.h>
#include <string.h>

char *sim_zcopy(const void *data, size_t size)
{
    char *copy = calloc(1, size + 1);

    REQUIRE(copy != NULL);
    if (size > 0 && data != NULL) {
        memcpy(copy, data, size);
    }
    return copy;
}

static void copy_request(struct weir_zoo_request *to, const struct weir_zoo_request *from)
{
    *to = *from;
    to->path = from->path == NULL ? NULL : sim_zcopy(from->path, strlen(from->path));
    to->data = sim_zcopy(from->data, from->size);
    to->parts = NULL;
}

/* What is lent to the reader is ours. */
static void free_lent(const void *lent)
{
    void *memory = NULL;

    memcpy(&memory, &lent, sizeof memory);
    free(memory);
}

static void free_request(const struct weir_zoo_request *request)
{
    free_lent(request->path);
    free_lent(request->data);
}

struct sim_zmessage *sim_zmessage_create(enum sim_zmessage_kind kind,
                                         const struct weir_zoo_request *request)
{
    struct sim_zmessage *message = calloc(1, sizeof *message);

    REQUIRE(message != NULL);
    message->kind = kind;
    if (request == NULL) {
        return message;
    }
    copy_request(&message->request, request);
    if (request->part_count > 0) {
        struct weir_zoo_request *parts = calloc(request->part_count, sizeof parts[0]);
        REQUIRE(parts != NULL);
        for (size_t i = 0; i < request->part_count; i++) {
            copy_request(&parts[i], &request->parts[i]);
        }
        message->request.parts = parts;
    }
    return message;
}

void sim_zmessage_free(struct sim_zmessage *message)
{
    for (size_t i = 0; i < message->request.part_count; i++) {
        free_request(&message->request.parts[i]);
    }
    free_lent(message->request.parts);
    free_request(&message->request);
    free(message);
}

struct sim_zevent *sim_zevent_create(enum weir_zoo_event_kind kind)
{
    struct sim_zevent *event = calloc(1, sizeof *event);

    REQUIRE(event != NULL);
    event->event.kind = kind;
    return event;
}

struct sim_zevent *sim_zevent_unknown(uint64_t tag)
{
    struct sim_zevent *event = sim_zevent_create(WEIR_ZOO_ANSWER);

    event->at = sim_zserver.now;
    event->event.tag = tag;
    event->event.result = sim_zserver.losses_mistaken ? WEIR_ZOO_OTHER : WEIR_ZOO_UNKNOWN;
    event->event.text = "nobody knows";
    return event;
}

void sim_zevent_free(struct sim_zevent *event)
{
    if (event == NULL) {
        return;
    }
    for (size_t i = 0; i < event->event.name_count; i++) {
        free_lent(event->event.names[i]);
    }
    free_lent(event->event.names);
    free_lent(event->event.path);
    free_lent(event->event.data);
    free(event);
}
