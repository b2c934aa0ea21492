/* Where do log lines go? */
#ifndef WEIR_LOG_H
#define WEIR_LOG_H

#include <stddef.h>
#include <weir/consumer.h>
#include <weir/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Ready-made sinks for weir_consumer_options.on_log, on standard error; `user` is ignored. One
 * write per line. Text is for people: time, level, part, sentence, with colours when standard error
 * is a terminal; control characters and what is no UTF-8 are shown as \n or \x1b. JSON is for
 * machines: {"time","level","part","text"}, one object per line, with "data" where the line has
 * some; what is no UTF-8 becomes U+FFFD. Very long texts are cut. Thread: any. A line that cannot
 * be written is dropped; so is one for which a reader makes no room (a pipe that nobody empties),
 * after 200 ms or, if it made none for a line in the last 10 s, at once: the next line that comes
 * through is followed by how many are missing. */
WEIR_API void weir_log_text(const struct weir_log_line *line, void *user);
WEIR_API void weir_log_json(const struct weir_log_line *line, void *user);

/* As weir_log_text shows it, for what is written to people in another way. What does not fit into
 * `size` bytes, which are at least 1, with a NUL is cut off between two characters. */
WEIR_API void weir_log_escape(const char *text, char *out, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* WEIR_LOG_H */
