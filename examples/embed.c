/* The part of embed_poll, embed_epoll and embed_uv that has nothing to do with their loops. */
#include "examples/embed.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <weir/snapshot.h>

enum {
    EVENT_BYTES = 1 << 20, /* what is not read by then is dropped, and counted */
    PATIENCE_MS = 100,     /* a snapshot holds the loop up no longer than this; */
    LAST_MS = 30000,       /* there is no loop any more */
    KEY_SIZE = 256
};

/* The work: on weir's worker threads. */

static void handle(struct weir_batch *batch, void *worker)
{
    (void)worker;
    printf("handle %s/%d: %" PRIu32 " records\n", batch->topic, (int)batch->partition,
           batch->count);
}

static const struct weir_handler handler = {.name = "embed", .handle = handle};

/* Not what every batch makes: assignments, commits and trouble are enough to look at. */
static const uint64_t batch_kinds = UINT64_C(1) << WEIR_EVENT_DELIVER |
                                    UINT64_C(1) << WEIR_EVENT_HANDLER_START |
                                    UINT64_C(1) << WEIR_EVENT_HANDLER_END;

static enum weir_status set(struct weir_config *config, const char *setting,
                            struct weir_error *error)
{
    const char *equals = strchr(setting, '=');
    char key[KEY_SIZE];

    if (equals == NULL || equals - setting >= KEY_SIZE) {
        (void)snprintf(error->text, sizeof error->text, "%s is not KEY=VALUE", setting);
        return WEIR_ERR_CONFIG;
    }
    (void)snprintf(key, sizeof key, "%.*s", (int)(equals - setting), setting);
    return weir_config_set(config, key, equals + 1, WEIR_CONFIG_ARGUMENT, error);
}

struct weir_consumer *embed_start(int argc, char **argv)
{
    struct weir_consumer_options options = {.size = sizeof options,
                                            .handler = &handler,
                                            .event_bytes = EVENT_BYTES,
                                            .event_kinds = ~batch_kinds};
    struct weir_error error = {.text = "out of memory"};
    struct weir_consumer *consumer = NULL;
    struct weir_config *config = NULL;
    enum weir_status status = weir_config_create(&config);

    (void)setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    for (int i = 1; i < argc && status == WEIR_OK; i++) {
        status = set(config, argv[i], &error);
    }
    if (status == WEIR_OK) {
        status = weir_consumer_create(config, &options, &consumer, &error);
    }
    if (status == WEIR_OK) {
        status = weir_consumer_start(consumer, &error);
    }
    if (status != WEIR_OK) {
        (void)fprintf(stderr, "%s: %s\n", argv[0], error.text);
        (void)weir_consumer_destroy(consumer);
        consumer = NULL;
    }
    weir_config_destroy(config); /* the consumer has a copy */
    return consumer;
}

/* " orders/0", and "@17" where there is an offset. */
static void show_place(const char *topic, int32_t partition, int64_t offset)
{
    if (topic != NULL) {
        printf(" %s/%d", topic, (int)partition);
    }
    if (offset >= 0) {
        printf("@%" PRId64, offset);
    }
}

void embed_show_events(struct weir_consumer *consumer)
{
    struct weir_event *event = NULL;

    while (weir_consumer_next_event(consumer, &event) == WEIR_OK) {
        printf("event %s", weir_event_name(event->kind));
        show_place(event->topic, event->partition, event->offset);
        for (size_t i = 0; i < event->span_count; i++) {
            show_place(event->spans[i].topic, event->spans[i].partition, event->spans[i].first);
        }
        printf(event->text == NULL ? "\n" : " %s\n", event->text);
        weir_event_destroy(event);
    }
}

/* Not known is said to be not known. */
static void show_number(const char *name, int64_t number)
{
    if (number < 0) {
        printf(" %s ?", name);
    } else {
        printf(" %s %" PRId64, name, number);
    }
}

static void show_row(const struct weir_snapshot_row *row)
{
    printf("partition %s/%d %s", row->topic, (int)row->partition,
           weir_partition_state_name(row->state));
    show_number("position", row->position);
    show_number("watermark", row->watermark);
    show_number("committed", row->committed);
    show_number("end", row->end);
    show_number("lag", row->lag);
    printf(" in_flight %" PRIu32 " buffered %" PRIu32 " bytes %" PRIu64, row->in_flight,
           row->buffered, row->bytes);
    show_number("oldest_ms", row->oldest_ms);
    printf("\n");
}

static void show_snapshot(struct weir_consumer *consumer, int64_t patience_ms)
{
    struct weir_snapshot *snapshot = NULL;

    if (weir_consumer_snapshot(consumer, patience_ms, &snapshot) != WEIR_OK) {
        return; /* the next one may have more luck */
    }
    printf("snapshot %s: %zu partitions, %" PRIu64 " records done\n",
           weir_state_name(snapshot->state), snapshot->assigned,
           snapshot->counters[WEIR_COUNTER_DONE]);
    for (size_t i = 0; i < snapshot->row_count; i++) {
        show_row(weir_snapshot_at(snapshot, i));
    }
    weir_snapshot_destroy(snapshot);
}

void embed_show_snapshot(struct weir_consumer *consumer)
{
    show_snapshot(consumer, PATIENCE_MS);
}

void embed_stop(struct weir_consumer *consumer)
{
    if (weir_consumer_state(consumer) == WEIR_STATE_RUNNING) {
        weir_consumer_drain(consumer);
    } else {
        weir_consumer_close(consumer);
    }
}

int embed_end(struct weir_consumer *consumer)
{
    struct weir_error error = {.code = WEIR_ERR_CONFIG};

    if (consumer != NULL) {
        embed_show_events(consumer);
        show_snapshot(consumer, LAST_MS);
        weir_consumer_error(consumer, &error);
        (void)fprintf(stderr, "%s%s", error.text, error.text[0] == '\0' ? "" : "\n");
        if (weir_consumer_destroy(consumer) != WEIR_OK) {
            return 1; /* something of it lives on: exit now */
        }
    }
    return error.code == WEIR_OK ? 0 : 1;
}
