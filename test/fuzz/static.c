/* Whatever weir.partitions holds: is the list sorted, without doubles and bounded, and does it
 * parse to the same when it is written out? */
#include "strategies/static.h"
#include "framework/base/limits.h"
#include "strategies/topics.h"
#include "test/fuzz/fuzz.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REWRITTEN_MAX = 200 };

static void check_list(const struct weir_static *list)
{
    MUST(list->count >= 1);
    MUST(list->count <= WEIR_STATIC_PARTITIONS_MAX);
    for (size_t i = 0; i < list->count; i++) {
        const struct weir_static_partition *item = &list->partitions[i];
        MUST(item->partition >= 0);
        MUST(weir_topic_name_valid(item->topic, strlen(item->topic)));
        if (i > 0 && strcmp(item[-1].topic, item->topic) == 0) {
            MUST(item[-1].topic == item->topic);
            MUST(item[-1].partition < item->partition);
        }
    }
}

static void check_rewritten(const struct weir_static *list)
{
    struct weir_static again = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    MUST(stream != NULL);
    for (size_t i = 0; i < list->count; i++) {
        (void)fprintf(stream, "%s:%d;", list->partitions[i].topic, list->partitions[i].partition);
    }
    MUST(fclose(stream) == 0);
    MUST(weir_static_parse(text, &again, NULL) == WEIR_OK);
    MUST(again.count == list->count);
    for (size_t i = 0; i < list->count; i++) {
        MUST(strcmp(again.partitions[i].topic, list->partitions[i].topic) == 0);
        MUST(again.partitions[i].partition == list->partitions[i].partition);
    }
    weir_static_fini(&again);
    free(text);
}

static void check_topics(const char *text)
{
    struct weir_topics topics = {0};
    struct weir_error error = {.code = WEIR_OK};
    enum weir_status status = weir_topics_parse(text, &topics, &error);

    MUST(status == error.code);
    MUST((status == WEIR_OK) == (topics.count > 0));
    for (size_t i = 0; i < topics.count; i++) {
        const char *name = topics.names[i];
        MUST(*name == '^' || weir_topic_name_valid(name, strlen(name)));
    }
    weir_topics_fini(&topics);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct weir_static list = {0};
    struct weir_error error = {.code = WEIR_OK};
    char *text = malloc(size + 1);

    MUST(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    enum weir_status status = weir_static_parse(text, &list, &error);
    MUST(status == error.code);
    MUST(status == WEIR_OK || status == WEIR_ERR_CONFIG);
    if (status == WEIR_OK) {
        check_list(&list);
        if (list.count <= REWRITTEN_MAX) {
            check_rewritten(&list);
        }
    }
    weir_static_fini(&list);
    check_topics(text);
    free(text);
    return 0;
}
