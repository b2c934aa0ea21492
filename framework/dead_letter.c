#include "framework/dead_letter.h"

#include "framework/slot.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

static void add_text(struct weir_origin *origin, const char *name, const char *text)
{
    assert(origin->count < WEIR_ORIGIN_HEADERS);
    origin->headers[origin->count++] =
        (struct weir_header){.name = name, .value = text, .value_size = strlen(text)};
}

static void add_number(struct weir_origin *origin, const char *name, int64_t number)
{
    char *text = origin->numbers[origin->count];

    (void)snprintf(text, WEIR_ORIGIN_NUMBER, "%lld", (long long)number);
    add_text(origin, name, text);
}

void weir_origin_describe(struct weir_origin *origin, const struct weir_dead_letter *letter,
                          const struct weir_record *record, const char *group)
{
    const struct weir_entry *entry = &letter->entry;

    origin->count = 0;
    add_text(origin, "weir.origin.topic", letter->slot->topic);
    add_number(origin, "weir.origin.partition", letter->slot->partition);
    add_number(origin, "weir.origin.offset", entry->offset);
    add_number(origin, "weir.origin.timestamp", record->timestamp_ms);
    add_number(origin, "weir.failure.attempts", entry->failures);
    add_text(origin, "weir.failure.reason", entry->reason == NULL ? "" : entry->reason);
    if (group != NULL && *group != '\0') {
        add_text(origin, "weir.group", group);
    }
}
