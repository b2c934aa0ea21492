#include "tools/zoo_questions.h"

#include "tools/memory.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { PART_HEAD = 64 }; /* bytes: kind, version, lengths, and the access list of a node */

struct weir_zoo_question *weir_zoo_questions_add(struct weir_zoo_questions *questions,
                                                 enum weir_zoo_kind kind, char *path)
{
    size_t count = questions->count;

    assert(path != NULL);
    if ((count & (count - 1)) == 0) { /* it is full at every power of two */
        questions->all =
            weir_cli_grow(questions->all, count == 0 ? 1 : 2 * count, sizeof questions->all[0]);
    }
    questions->all[count] = (struct weir_zoo_question){.kind = kind, .path = path};
    questions->count++;
    return &questions->all[count];
}

void weir_zoo_question_part(struct weir_zoo_question *question, struct weir_zoo_part part)
{
    assert(question->kind == WEIR_ZOO_MULTI);
    size_t count = question->part_count;

    assert(count < WEIR_ZOO_PARTS_MAX);
    if ((count & (count - 1)) == 0) {
        question->parts =
            weir_cli_grow(question->parts, count == 0 ? 1 : 2 * count, sizeof question->parts[0]);
    }
    question->parts[count] = part;
    question->part_count++;
}

size_t weir_zoo_question_size(const struct weir_zoo_question *question)
{
    size_t size = 0;

    for (size_t i = 0; i < question->part_count; i++) {
        const struct weir_zoo_part *part = &question->parts[i];
        size += PART_HEAD + strlen(part->path) + (part->data == NULL ? 0 : strlen(part->data));
    }
    return size;
}

struct weir_zoo_request weir_zoo_question_request(const struct weir_zoo_question *question,
                                                  uint64_t tag, struct weir_zoo_request *parts)
{
    for (size_t i = 0; i < question->part_count; i++) {
        const struct weir_zoo_part *part = &question->parts[i];
        parts[i] = (struct weir_zoo_request){.kind = part->kind,
                                             .path = part->path,
                                             .data = part->data,
                                             .size = part->data == NULL ? 0 : strlen(part->data),
                                             .version = part->version};
    }
    return (struct weir_zoo_request){.kind = question->kind,
                                     .path = question->path,
                                     .parts = parts,
                                     .part_count = question->part_count,
                                     .tag = tag};
}

static int by_text(const void *one, const void *other)
{
    const char *const *a = one;
    const char *const *b = other;

    return strcmp(*a, *b);
}

static void take_names(struct weir_zoo_question *question, const struct weir_zoo_event *event)
{
    question->names = weir_cli_alloc(event->name_count, sizeof(char *));
    for (size_t i = 0; i < event->name_count; i++) {
        question->names[i] = weir_cli_copy(event->names[i]);
    }
    question->name_count = event->name_count;
    if (event->name_count > 0) {
        qsort(question->names, event->name_count, sizeof(char *), by_text);
    }
}

void weir_zoo_question_take(struct weir_zoo_question *question, const struct weir_zoo_event *event)
{
    assert(!question->answered);
    question->answered = true;
    question->result = event->result;
    question->failed_part = event->failed_part;
    question->facts = event->facts;
    question->why = event->text;
    if (event->result == WEIR_ZOO_OK && question->kind == WEIR_ZOO_GET) {
        question->data = weir_cli_alloc(event->size + 1, 1);
        memcpy(question->data, event->data, event->size);
        question->size = event->size;
    } else if (event->result == WEIR_ZOO_OK && question->kind == WEIR_ZOO_CHILDREN) {
        take_names(question, event);
    }
}

static void free_question(struct weir_zoo_question *question)
{
    for (size_t i = 0; i < question->part_count; i++) {
        free(question->parts[i].path);
        free(question->parts[i].data);
    }
    for (size_t i = 0; i < question->name_count; i++) {
        free(question->names[i]);
    }
    free(question->parts);
    free(question->names);
    free(question->path);
    free(question->data);
}

void weir_zoo_questions_fini(struct weir_zoo_questions *questions)
{
    for (size_t i = 0; i < questions->count; i++) {
        free_question(&questions->all[i]);
    }
    free(questions->all);
    *questions = (struct weir_zoo_questions){.all = NULL};
}
