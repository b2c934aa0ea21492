/* Where does a test keep plug-ins, and what may loading them leave open? */
#ifndef WEIR_TEST_PLUGIN_FOLDER_H
#define WEIR_TEST_PLUGIN_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <weir/export.h>

/* A folder for the running test, of mode 0700. */
extern char *plugin_folder;

/* A checked fixture: makes the folder, removes it. Whatever became of a plug-in in it, no
 * descriptor may stay. */
void plugin_set_up(void);
void plugin_tear_down(void);
bool plugin_files_are_closed(void);

/* A module of test/plugins as plugin_folder/name.so, of mode 0600 whatever the umask of the build
 * was. The caller frees the path. */
WEIR_MUST_CHECK char *plugin_copy(const char *name);
/* The same from the folder that an environment variable names. */
WEIR_MUST_CHECK char *plugin_copy_from(const char *variable, const char *name);
/* The caller frees the bytes. */
WEIR_MUST_CHECK char *plugin_read(const char *path, size_t *size);
void plugin_write(const char *path, const char *bytes, size_t size);

#endif /* WEIR_TEST_PLUGIN_FOLDER_H */
