/* What does a configuration file say, and who could have written it? */
#ifndef WEIR_CONFIG_FILE_H
#define WEIR_CONFIG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <weir/status.h>

/* Thread: any. Memory: the heap, wiped by fini. */
struct weir_config_file {
    char *text; /* NUL-terminated */
    size_t size;
    bool trusted; /* a regular file of root's or ours that nobody else can write */
};

/* A regular file or a pipe of at most WEIR_CONFIG_FILE_SIZE_MAX bytes. WEIR_ERR_IO, WEIR_ERR_CONFIG
 * (too large), WEIR_ERR_NOMEM; the text names the path. Fini accepts zeroed memory. */
WEIR_MUST_CHECK enum weir_status
weir_config_file_read(const char *path, struct weir_config_file *out, struct weir_error *error);
void weir_config_file_fini(struct weir_config_file *file);

/* The end of a path, short enough for an error text. */
const char *weir_config_path_shown(const char *path);

#endif /* WEIR_CONFIG_FILE_H */
