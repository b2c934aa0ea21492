/* Which options were given to a command with verbs, and do they go with its verb? */
#ifndef WEIR_TOOLS_VERB_OPTIONS_H
#define WEIR_TOOLS_VERB_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

enum { WEIR_GIVEN_MAX = 32 };

/* Thread: one. Memory: borrows. */
struct weir_given {
    const char *command;               /* "offsets" */
    const struct option *long_options; /* of all its verbs */
    char letters[WEIR_GIVEN_MAX];      /* of what was given, each once, in its order; a string */
};

void weir_given_note(struct weir_given *given, int letter);
/* Nothing but these letters; else it is said, and false. `common` is what all verbs take. */
bool weir_given_judge(const struct weir_given *given, const char *verb, const char *common,
                      const char *letters);
/* Says what is wrong with the verb; returns the exit code for that. */
int weir_given_complain(const struct weir_given *given, const char *verb, const char *sentence);

#endif /* WEIR_TOOLS_VERB_OPTIONS_H */
