/* May this file be loaded as code, and under which name? */
#ifndef WEIR_PLUGIN_FILE_H
#define WEIR_PLUGIN_FILE_H

#include <weir/status.h>

enum { WEIR_PLUGIN_FILE_NAME_SIZE = 320 };

/* An open file that passed every check which needs no code of it to run. `name` is what dlopen
 * gets: it leads to this very file whatever has become of the path since, and no two files share
 * it, because dlopen answers with a library it already has when the names are equal.
 * Thread: any, one at a time per structure. */
struct weir_plugin_file {
    int fd;
    char name[WEIR_PLUGIN_FILE_NAME_SIZE];
};

/* Where complaints go, and about what. `error` may be NULL. */
struct weir_plugin_subject {
    const char *path;
    const char *setting; /* what the path was given as, for advice: "weir.handler" */
    struct weir_error *error;
};

/* Never blocks and follows no symbolic link in the last part of the path. Refused unless the file
 * is regular, whole, for this kind of machine, and neither it nor its directory can be changed by
 * anyone but root and the effective user. WEIR_ERR_PLUGIN, WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status weir_plugin_file_open(const struct weir_plugin_subject *subject,
                                                       struct weir_plugin_file *out);
/* Nothing when fd is -1. Debuggers know what dlopen loaded by the name: keep the file as long. */
void weir_plugin_file_close(struct weir_plugin_file *file);

/* WEIR_ERR_PLUGIN with "plug-in PATH " and the rest of the sentence; a long path keeps its end. */
enum weir_status weir_plugin_refuse(const struct weir_plugin_subject *subject, int cause,
                                    const char *format, ...) WEIR_PRINTF(3, 4);

#endif /* WEIR_PLUGIN_FILE_H */
