#include "test/support/java.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "test/support/fail.h"
#include "test/support/text.h"

enum { WORDS_MAX = 128 };

/* A command line under construction. The strings are owned. */
struct command {
    char *words[WORDS_MAX];
    size_t count;
};

static void add_word(struct command *command, char *word)
{
    assert(command->count + 1 < WORDS_MAX);
    command->words[command->count++] = word;
}

static void add_words(struct command *command, const char *const *words)
{
    for (size_t i = 0; words != NULL && words[i] != NULL; i++) {
        add_word(command, fail_or_copy(words[i]));
    }
}

/* Warnings of the machine itself would only be about the archive: a stale one is ignored, which is
 * slower and nothing else. */
static void add_machine(struct command *command, const struct java_options *options)
{
    static const char *const always[] = {"java",
                                         "-Xlog:disable",
                                         "-Xlog:all=error:stderr",
                                         "-XX:-UsePerfData",
                                         "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                                         "-Dorg.slf4j.simpleLogger.showDateTime=true",
                                         "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
                                         NULL};
    static const char *const quick[] = {"-Xms96m", "-Xmx512m", "-XX:+UseSerialGC",
                                        "-XX:TieredStopAtLevel=1", NULL};
    const char *kept = options->jars->archive;

    add_words(command, always);
    add_words(command, options->machine == NULL ? quick : options->machine);
    add_word(command, text_format("-Djava.io.tmpdir=%s", options->folder));
    if (options->archive_at_exit != NULL) {
        add_word(command, text_format("-XX:ArchiveClassesAtExit=%s", options->archive_at_exit));
    } else if (kept != NULL && access(kept, R_OK) == 0) {
        add_word(command, fail_or_copy("-Xshare:auto"));
        add_word(command, text_format("-XX:SharedArchiveFile=%s", kept));
    }
}

struct process *java_start(const struct java_options *options)
{
    struct command command = {.count = 0};

    add_machine(&command, options);
    add_word(&command, fail_or_copy("-cp"));
    add_word(&command, fail_or_copy(options->jars->class_path));
    add_word(&command, fail_or_copy(options->class_name));
    add_words(&command, options->arguments);
    struct process *process =
        process_start(&(struct process_options){.arguments = (const char *const *)command.words,
                                                .output_path = options->output_path,
                                                .errors_path = options->errors_path});
    for (size_t i = 0; i < command.count; i++) {
        free(command.words[i]);
    }
    return process;
}
