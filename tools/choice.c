#include "tools/choice.h"

#include "tools/memory.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOPIC_MAX = 249 };

static const char topic_characters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

struct parser {
    const char *text;
    const char *at;
    char *why;
    struct weir_choice *choice;
};

static bool fail_at(struct parser *parser, const char *sentence)
{
    (void)snprintf(parser->why, WEIR_CHOICE_WHY_SIZE, "at character %zu: %s",
                   (size_t)(parser->at - parser->text) + 1, sentence);
    return false;
}

static bool is_topic(const char *name, size_t size)
{
    bool dots = (size == 1 && name[0] == '.') || (size == 2 && strncmp(name, "..", 2) == 0);

    return size >= 1 && size <= TOPIC_MAX && !dots && strspn(name, topic_characters) >= size;
}

static void append(struct weir_choice *choice, struct weir_choice_range range)
{
    choice->ranges = weir_cli_grow(choice->ranges, choice->count + 1, sizeof choice->ranges[0]);
    choice->ranges[choice->count++] = range;
}

static void add(struct parser *parser, size_t name_size, int32_t first, int32_t last)
{
    append(parser->choice,
           (struct weir_choice_range){
               .topic = weir_cli_text("%.*s", (int)name_size, parser->text), first, last});
}

/* Below INT32_MAX, which no partition has. */
static bool take_number(struct parser *parser, int32_t *out)
{
    const char *start = parser->at;
    int64_t number = 0;

    for (; *parser->at >= '0' && *parser->at <= '9' && number < INT32_MAX; parser->at++) {
        number = number * 10 + (*parser->at - '0');
    }
    bool good = parser->at > start && number < INT32_MAX;
    if (!good) {
        parser->at = start;
        return fail_at(parser, "a partition number is expected, as in orders:0-3,7");
    }
    *out = (int32_t)number;
    return true;
}

static bool take_range(struct parser *parser, size_t name_size)
{
    int32_t first = 0;

    if (!take_number(parser, &first)) {
        return false;
    }
    int32_t last = first;
    if (*parser->at == '-') {
        parser->at++;
        const char *start = parser->at;
        if (!take_number(parser, &last)) {
            return false;
        }
        if (last < first) {
            parser->at = start;
            return fail_at(parser, "the range ends before it begins");
        }
    }
    add(parser, name_size, first, last);
    return true;
}

static bool take_all(struct parser *parser)
{
    size_t size = strcspn(parser->text, ":");

    if (!is_topic(parser->text, size)) {
        return fail_at(parser, "a topic name is expected, as in orders or orders:0-3,7");
    }
    parser->at += size;
    if (*parser->at == '\0') {
        add(parser, size, 0, WEIR_CHOICE_ALL);
        return true;
    }
    do {
        parser->at++;
        if (!take_range(parser, size)) {
            return false;
        }
    } while (*parser->at == ',');
    return *parser->at == '\0' || fail_at(parser, "a comma or the end is expected");
}

static void shrink(struct weir_choice *choice, size_t count)
{
    while (choice->count > count) {
        free(choice->ranges[--choice->count].topic);
    }
}

bool weir_choice_add(struct weir_choice *choice, const char *text, char *why)
{
    struct parser parser = {.text = text, .at = text, .why = why, .choice = choice};
    size_t before = choice->count;

    assert(why != NULL);
    bool good = take_all(&parser);
    if (!good) {
        shrink(choice, before);
    }
    return good;
}

void weir_choice_add_topic(struct weir_choice *choice, const char *topic)
{
    if (!weir_choice_has(choice, topic, WEIR_CHOICE_ALL)) {
        append(choice, (struct weir_choice_range){weir_cli_copy(topic), 0, WEIR_CHOICE_ALL});
    }
}

bool weir_choice_has(const struct weir_choice *choice, const char *topic, int32_t partition)
{
    for (size_t i = 0; i < choice->count; i++) {
        const struct weir_choice_range *range = &choice->ranges[i];
        if (partition >= range->first && partition <= range->last &&
            strcmp(range->topic, topic) == 0) {
            return true;
        }
    }
    return false;
}

void weir_choice_fini(struct weir_choice *choice)
{
    if (choice == NULL) {
        return;
    }
    shrink(choice, 0);
    free(choice->ranges);
    *choice = (struct weir_choice){.ranges = NULL};
}
