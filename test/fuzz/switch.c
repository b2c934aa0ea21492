/* Whatever the record of a switch holds, or its stop offsets: is it refused with a reason, or is it
 * one that can be obeyed, and written again? */
#include "framework/base/memory.h"
#include "framework/switch_stops.h"
#include "test/fuzz/fuzz.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What is written of it is read as the same. */
static void check_text(const struct weir_switch *record)
{
    static struct weir_switch again;
    char *text = NULL;
    char *second = NULL;

    MUST(weir_switch_write(record, &text) == WEIR_OK);
    MUST(weir_switch_read(text, strlen(text), &again, NULL) == WEIR_OK);
    MUST(weir_switch_write(&again, &second) == WEIR_OK);
    MUST(strcmp(text, second) == 0);
    weir_free(text);
    weir_free(second);
}

/* With members that have everything, and with none, it ends. */
static void check_steps(struct weir_switch *record)
{
    static struct weir_switch next;
    const struct weir_switch_member members[] = {
        {"a", record->request.from, record->turn, true, true, true, {.told = true}},
        {"b", record->request.to, record->turn, true, true, true, {.told = true}}};
    const struct weir_switch_sight sight = {
        .members = members, .member_count = 2, .in_step_ms = INT64_MAX};
    char text[WEIR_SWITCH_WHY_SIZE];

    weir_switch_blocked(record, &sight, text, sizeof text);
    MUST(weir_switch_next(record, &sight, &next) == (record->step != WEIR_SWITCH_IDLE));
    MUST(weir_switch_undo(record, text, 0, &next, NULL) == WEIR_OK ||
         record->step == WEIR_SWITCH_IDLE || record->step == WEIR_SWITCH_RETURNING);
}

static void check_stops(const uint8_t *data, size_t size)
{
    struct weir_switch_stops stops = {.topics = NULL};
    struct weir_switch_stops again = {.topics = NULL};
    struct weir_error error = {.code = WEIR_OK};
    char *text = NULL;

    if (weir_switch_stops_read(data, size, &stops, &error) != WEIR_OK) {
        MUST(error.code == WEIR_ERR_INVALID || error.code == WEIR_ERR_STATE);
        return;
    }
    MUST(weir_switch_stops_write(&stops, &text) == WEIR_OK);
    MUST(weir_switch_stops_read(text, strlen(text), &again, NULL) == WEIR_OK);
    MUST(again.partition_count == stops.partition_count);
    for (size_t i = 0; i < stops.topic_count; i++) {
        const struct weir_switch_stops_topic *topic = &stops.topics[i];
        MUST(weir_switch_stops_find(&again, topic->name, 0) == stops.offsets[topic->first]);
    }
    weir_switch_stops_fini(&stops);
    weir_switch_stops_fini(&again);
    weir_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct weir_switch record;
    struct weir_error error = {.code = WEIR_OK};
    enum weir_status status = weir_switch_read(data, size, &record, &error);

    check_stops(data, size);

    if (status == WEIR_OK) {
        check_text(&record);
        check_steps(&record);
    } else {
        MUST(status == WEIR_ERR_INVALID || status == WEIR_ERR_STATE);
        MUST(error.code == status && error.text[0] != '\0');
    }
    return 0;
}
