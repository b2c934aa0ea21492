#include "strategies/static.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/limits.h"
#include "framework/base/memory.h"
#include "strategies/topics.h"

enum { FIRST_ROOM = 16 };

#define BLANKS     " \t\r\n"
#define SEPARATORS BLANKS ";"

/* list.text is changed as topic names are cut out, so that positions are told from `at` alone. */
struct parser {
    struct weir_static list;
    size_t room;
    char *at;
    struct weir_error *error;
};

static enum weir_status fail_at(const struct parser *parser, const char *at, const char *why)
{
    return weir_error_set(parser->error, WEIR_ERR_CONFIG, 0, "at character %zu: %s",
                          (size_t)(at - parser->list.text) + 1, why);
}

static enum weir_status make_room(struct parser *parser)
{
    struct weir_static *list = &parser->list;

    if (list->count < parser->room) {
        return WEIR_OK;
    }
    size_t room = parser->room == 0 ? FIRST_ROOM : parser->room * 2;
    struct weir_static_partition *grown =
        weir_realloc(list->partitions, room * sizeof *list->partitions);
    if (grown == NULL) {
        return weir_error_nomem(parser->error);
    }
    list->partitions = grown;
    parser->room = room;
    return WEIR_OK;
}

/* A number below 2^31, or -1 when there is none. */
static int32_t take_number(struct parser *parser)
{
    int64_t number = 0;
    char *start = parser->at;

    for (; *parser->at >= '0' && *parser->at <= '9'; parser->at++) {
        number = number * 10 + (*parser->at - '0');
        if (number > INT32_MAX) {
            return -1;
        }
    }
    return parser->at == start ? -1 : (int32_t)number;
}

/* "7" or "0-3". */
static enum weir_status take_range(struct parser *parser, const char *topic)
{
    const char *start = parser->at;
    int32_t first = take_number(parser);
    int32_t last = first;

    if (first < 0) {
        return fail_at(parser, start,
                       "a partition number is expected (0 to 2147483647, as in orders:0-3,7)");
    }
    if (*parser->at == '-') {
        start = ++parser->at;
        last = take_number(parser);
    }
    if (last < first) {
        return fail_at(parser, start,
                       last < 0 ? "the end of the range is expected"
                                : "the range ends before it begins");
    }
    if ((int64_t)last - first >= WEIR_STATIC_PARTITIONS_MAX - (int64_t)parser->list.count) {
        return fail_at(parser, start, "more than 100000 partitions");
    }
    for (int32_t number = 0; number <= last - first; number++) {
        enum weir_status status = make_room(parser);
        if (status != WEIR_OK) {
            return status;
        }
        assert(parser->list.partitions != NULL);
        parser->list.partitions[parser->list.count++] =
            (struct weir_static_partition){topic, first + number};
    }
    return WEIR_OK;
}

/* The pointer by which an equal topic is known already, or `name`. */
static const char *known_topic(const struct weir_static *list, const char *name)
{
    const char *last = NULL;

    for (size_t i = 0; i < list->count; i++) {
        const char *topic = list->partitions[i].topic;
        if (topic != last && strcmp(topic, name) == 0) {
            return topic;
        }
        last = topic;
    }
    return name;
}

/* "orders:0-3,7" up to the next separator. */
static enum weir_status take_topic(struct parser *parser)
{
    char *name = parser->at;
    size_t size = strcspn(name, ":" SEPARATORS);

    if (!weir_topic_name_valid(name, size)) {
        return fail_at(parser, name, "a topic name is expected, as in orders:0-3,7");
    }
    if (name[size] != ':') {
        return fail_at(parser, name + size,
                       "a colon and partition numbers are expected, as in orders:0-3,7");
    }
    name[size] = '\0';
    const char *topic = known_topic(&parser->list, name);
    do {
        parser->at += parser->at == name ? size + 1 : 1;
        enum weir_status status = take_range(parser, topic);
        if (status != WEIR_OK) {
            return status;
        }
    } while (*parser->at == ',');
    if (*parser->at != '\0' && strchr(SEPARATORS, *parser->at) == NULL) {
        return fail_at(parser, parser->at,
                       "a comma, a range or the next topic after a blank is expected");
    }
    return WEIR_OK;
}

static enum weir_status take_list(struct parser *parser)
{
    parser->at += strspn(parser->at, SEPARATORS);
    if (*parser->at == '\0') {
        return fail_at(parser, parser->at, "no partition is named");
    }
    while (*parser->at != '\0') {
        enum weir_status status = take_topic(parser);
        if (status != WEIR_OK) {
            return status;
        }
        parser->at += strspn(parser->at, SEPARATORS);
    }
    return WEIR_OK;
}

/* Topics are first written in the order of their pointers. */
static int compare(const void *one, const void *other)
{
    const struct weir_static_partition *a = one;
    const struct weir_static_partition *b = other;

    if (a->topic != b->topic) {
        return a->topic < b->topic ? -1 : 1;
    }
    return (a->partition > b->partition) - (a->partition < b->partition);
}

static enum weir_status sort_and_check(struct weir_static *list, struct weir_error *error)
{
    assert(list->partitions != NULL);
    qsort(list->partitions, list->count, sizeof *list->partitions, compare);
    for (size_t i = 1; i < list->count; i++) {
        if (compare(&list->partitions[i - 1], &list->partitions[i]) == 0) {
            return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                                  "partition %d of the topic at character %zu is named twice",
                                  list->partitions[i].partition,
                                  (size_t)(list->partitions[i].topic - list->text) + 1);
        }
    }
    return WEIR_OK;
}

enum weir_status weir_static_parse(const char *text, struct weir_static *out,
                                   struct weir_error *error)
{
    struct parser parser = {.error = error};

    assert(out != NULL);
    parser.list.text = weir_strdup(text);
    if (parser.list.text == NULL) {
        return weir_error_nomem(error);
    }
    parser.at = parser.list.text;
    enum weir_status status = take_list(&parser);
    if (status == WEIR_OK) {
        status = sort_and_check(&parser.list, error);
    }
    if (status != WEIR_OK) {
        weir_static_fini(&parser.list);
        return status;
    }
    *out = parser.list;
    return WEIR_OK;
}

void weir_static_fini(struct weir_static *list)
{
    if (list == NULL) {
        return;
    }
    weir_free(list->partitions);
    weir_free(list->text);
    *list = (struct weir_static){0};
}
