/* What is asked of ZooKeeper, and what did it answer? */
#ifndef WEIR_TOOLS_ZOO_QUESTIONS_H
#define WEIR_TOOLS_ZOO_QUESTIONS_H

#include "framework/zoo.h"
#include <stdbool.h>
#include <stddef.h>

/* Asked in this order, and many at a time. Pure. Thread: one at a time. Memory: the heap, freed by
 * fini; zeroed is empty. */
struct weir_zoo_part {
    enum weir_zoo_kind kind; /* CREATE, SET, DELETE or CHECK */
    char *path;              /* with the chroot */
    char *data;              /* NULL: empty */
    int32_t version;
};

struct weir_zoo_question {
    enum weir_zoo_kind kind;
    char *path; /* with the chroot */
    char *data; /* GET: with a 0 byte behind it */
    size_t size;
    struct weir_zoo_part *parts; /* of MULTI */
    size_t part_count;
    bool asked;
    bool answered;
    enum weir_zoo_result result;
    size_t failed_part;
    char **names; /* CHILDREN: sorted bytewise */
    size_t name_count;
    struct weir_zoo_facts facts;
    const char *why; /* it is not OK; static */
};

struct weir_zoo_questions {
    struct weir_zoo_question *all;
    size_t count;
};

/* Takes the path. The pointer is good until the next one is added. */
struct weir_zoo_question *weir_zoo_questions_add(struct weir_zoo_questions *questions,
                                                 enum weir_zoo_kind kind, char *path);
/* One more part of a MULTI. Takes what it points to. */
void weir_zoo_question_part(struct weir_zoo_question *question, struct weir_zoo_part part);
/* How much room its parts take in a request, about: a server hangs up on more than 1 MiB. */
size_t weir_zoo_question_size(const struct weir_zoo_question *question);
/* Borrows from the question, and from `parts`, which has room for all of it. */
struct weir_zoo_request weir_zoo_question_request(const struct weir_zoo_question *question,
                                                  uint64_t tag, struct weir_zoo_request *parts);
/* Copies the answer. */
void weir_zoo_question_take(struct weir_zoo_question *question, const struct weir_zoo_event *event);
void weir_zoo_questions_fini(struct weir_zoo_questions *questions);

#endif /* WEIR_TOOLS_ZOO_QUESTIONS_H */
