#include "tools/run_voice.h"

#include <stdio.h>

enum { LINE_SIZE = 8192 };

void weir_run_speak(const struct weir_log_line *line, void *user)
{
    const struct weir_run_voice *voice = user;
    struct weir_log_line own = *line;
    char text[LINE_SIZE];

    if (voice->group != NULL) {
        (void)snprintf(text, sizeof text, "%s: %s", voice->group, line->text);
        own.text = text;
    }
    voice->log(&own, NULL);
}
