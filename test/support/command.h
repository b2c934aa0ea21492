/* How does a test run a `weir` command to its end, and what did it say? */
#ifndef WEIR_TEST_COMMAND_H
#define WEIR_TEST_COMMAND_H

#include <jansson.h>
#include <stdint.h>
#include <weir/export.h>

#include "test/support/process.h"

enum { COMMAND_OPTIONS_MAX = 16, COMMAND_WORDS_MAX = 32 };

/* Of the running scene (scene.h). What is returned as text lives as long as that. Thread: main. */
struct command {
    /* They stand behind the first word, so that the words overrule them. */
    const char *options[COMMAND_OPTIONS_MAX];
    const char *const *words; /* of weir; ends with NULL */
    const char *input;        /* NULL: none */
    int64_t ms_max;           /* that it may take to its end */
};

/* For those that do not end by themselves. Without the input; the caller destroys the process. */
WEIR_MUST_CHECK struct process *command_start(const struct command *command);
/* To its end; the test fails unless it ends with this code. Returns what it printed; what it said
 * beside that goes to `errors`, unless that is NULL. */
const char *command_run(const struct command *command, int code, const char **errors);

/* The test fails unless the part is in the text. */
void command_expect(const char *text, const char *part);
/* The test fails unless the text is JSON. The caller drops the reference. */
json_t *command_json(const char *text);
/* Empty where there is none of this name. Borrowed from the object. */
const char *command_string(const json_t *object, const char *name);

#endif /* WEIR_TEST_COMMAND_H */
