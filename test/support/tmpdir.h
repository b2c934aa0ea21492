/* Where may a test leave files? */
#ifndef WEIR_TEST_TMPDIR_H
#define WEIR_TEST_TMPDIR_H

#include <weir/export.h>

/* A new, empty folder below $TMPDIR (/tmp); `name` tells people whose it is. Folders of test
 * processes that are gone are swept on the way. The caller gives it to tmpdir_remove. */
WEIR_MUST_CHECK char *tmpdir_create(const char *name);
/* Removes it with all it holds, unless the environment has WEIR_TEST_KEEP, and frees the path. NULL
 * is accepted. A process other than the creator (a forked test) only frees. */
void tmpdir_remove(char **path);

/* `folder`/`name`; the caller frees it. */
WEIR_MUST_CHECK char *tmpdir_path(const char *folder, const char *name);
/* The test fails if the file cannot be written whole, or read. The caller frees what was read. */
void tmpdir_write(const char *path, const char *text);
WEIR_MUST_CHECK char *tmpdir_read(const char *path);

#endif /* WEIR_TEST_TMPDIR_H */
