#include "test/support/command.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/require.h"
#include "test/support/scene.h"

struct process *command_start(const struct command *command)
{
    const char *arguments[1 + COMMAND_WORDS_MAX + COMMAND_OPTIONS_MAX + 1] = {getenv("WEIR_BINARY"),
                                                                              command->words[0]};
    size_t count = 2;

    for (size_t i = 0; i < COMMAND_OPTIONS_MAX && command->options[i] != NULL; i++) {
        arguments[count++] = command->options[i];
    }
    for (size_t i = 1; command->words[i] != NULL; i++) {
        REQUIRE(i < COMMAND_WORDS_MAX);
        arguments[count++] = command->words[i];
    }
    return process_start(
        &(struct process_options){.arguments = arguments, .input = command->input != NULL});
}

const char *command_run(const struct command *command, int code, const char **errors)
{
    struct process *process = command_start(command);

    if (command->input != NULL) {
        process_write(process, command->input);
        process_close_input(process);
    }
    process_expect(process, code, command->ms_max);
    const char *output = scene_text("%s", process_output(process));
    if (errors != NULL) {
        *errors = scene_text("%s", process_errors(process));
    }
    process_destroy(process);
    return output;
}

void command_expect(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "'%s' is not in: %s", part, text);
}

json_t *command_json(const char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error);

    ck_assert_msg(json != NULL, "%s: %s", error.text, text);
    return json;
}

const char *command_string(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));

    return value == NULL ? "" : value;
}
