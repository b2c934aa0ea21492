#include "tools/verb_options.h"

#include "tools/memory.h"
#include "tools/options.h"
#include <stdlib.h>
#include <string.h>

void weir_given_note(struct weir_given *given, int letter)
{
    size_t used = strlen(given->letters);

    if (strchr(given->letters, letter) == NULL && used + 1 < sizeof given->letters) {
        given->letters[used] = (char)letter;
    }
}

static const char *name_of(const struct weir_given *given, char letter)
{
    for (const struct option *option = given->long_options; option->name != NULL; option++) {
        if (option->val == letter) {
            return option->name;
        }
    }
    return "";
}

bool weir_given_judge(const struct weir_given *given, const char *verb, const char *common,
                      const char *letters)
{
    for (const char *letter = given->letters; *letter != '\0'; letter++) {
        if (strchr(common, *letter) == NULL && strchr(letters, *letter) == NULL) {
            char *text = weir_cli_text("--%s does not go with it", name_of(given, *letter));
            (void)weir_given_complain(given, verb, text);
            free(text);
            return false;
        }
    }
    return true;
}

int weir_given_complain(const struct weir_given *given, const char *verb, const char *sentence)
{
    char *text = weir_cli_text("%s %s: %s", given->command, verb, sentence);

    weir_cli_complain(text);
    free(text);
    return WEIR_EXIT_USAGE;
}
