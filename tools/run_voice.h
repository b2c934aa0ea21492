/* Whose is a line of the log, where two consumers of one process speak? */
#ifndef WEIR_TOOLS_RUN_VOICE_H
#define WEIR_TOOLS_RUN_VOICE_H

#include <weir/consumer.h>

struct weir_run_voice {
    weir_log_fn *log;
    const char *group; /* before each line; NULL: nothing is. Borrowed */
};

/* A weir_log_fn; user is the voice. */
void weir_run_speak(const struct weir_log_line *line, void *voice);

#endif /* WEIR_TOOLS_RUN_VOICE_H */
