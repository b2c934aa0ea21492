/* Whatever a file of views holds: is it read or refused with a line and a reason, and does every
 * strategy give an answer that is one? */
#include "test/fuzz/fuzz.h"
#include "tools/plan_read.h"
#include "tools/plan_write.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ASKED_MAX = 4096 };

static void check_told(const struct weir_strategy_view *told)
{
    size_t first = 0;

    for (size_t i = 0; i < told->topic_count; i++) {
        const struct weir_strategy_topic *topic = weir_strategy_topic_at(told, i);
        MUST(topic->partitions > 0 && topic->first == first);
        MUST(i == 0 || strcmp(weir_strategy_topic_at(told, i - 1)->name, topic->name) < 0);
        first += topic->partitions;
    }
    MUST(first == told->partition_count);
    for (size_t i = 0; i < told->member_count; i++) {
        const struct weir_strategy_member *member = weir_strategy_member_at(told, i);
        MUST(member->capacity > 0);
        MUST(i == 0 || strcmp(weir_strategy_member_at(told, i - 1)->id, member->id) < 0);
    }
    for (size_t i = 0; i < told->partition_count; i++) {
        MUST(told->owned[i] == WEIR_STRATEGY_NOBODY || told->owned[i] < told->member_count);
    }
}

static void ask_all(const struct weir_view *view, const struct weir_strategy_view *told)
{
    static uint32_t owners[ASKED_MAX];
    struct weir_error error;

    for (size_t i = 0; weir_strategy_list(i) != NULL; i++) {
        const struct weir_strategy *strategy = weir_strategy_list(i);
        enum weir_status status = weir_strategy_ask(strategy, told, owners, &error);
        MUST(status == WEIR_OK ||
             (status == WEIR_ERR_CONFIG && strstr(strategy->name, "static") != NULL));
        if (status == WEIR_OK) {
            const struct plan_answer answer = {strategy->name, view, told, owners};
            char *text = NULL;
            size_t size = 0;
            FILE *stream = open_memstream(&text, &size);
            MUST(stream != NULL);
            MUST(plan_write_table(stream, &answer) && plan_write_json(stream, &answer));
            MUST(fclose(stream) == 0);
            free(text);
        }
    }
}

static void check_view(struct weir_view *view)
{
    const struct weir_strategy_view *told = NULL;
    struct weir_error error;

    MUST(weir_view_finish(view, &told, &error) == WEIR_OK);
    check_told(told);
    if (told->partition_count <= ASKED_MAX) {
        ask_all(view, told);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char nothing = '\0';
    struct plan_input input = {"fuzzed", NULL, 1};
    struct weir_error error = {.code = WEIR_OK};
    struct weir_view *view = NULL;
    enum weir_status status;

    /* A stream of no bytes cannot be opened on memory. */
    input.stream =
        fmemopen(size > 0 ? (void *)(uintptr_t)data : &nothing, size > 0 ? size : 1, "r");
    MUST(input.stream != NULL);
    while ((status = plan_read(&input, &view, &error)) == WEIR_OK && view != NULL) {
        check_view(view);
        weir_view_destroy(view);
    }
    MUST(view == NULL);
    if (status != WEIR_OK) {
        MUST(status == WEIR_ERR_CONFIG && error.code == status);
        MUST(strncmp(error.text, "fuzzed: line ", 13) == 0);
    }
    (void)fclose(input.stream);
    return 0;
}
