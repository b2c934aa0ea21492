#include "test/support/plugin_folder.h"

#include "test/support/fail.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *plugin_folder;
static size_t open_before;

static size_t open_files(void)
{
    DIR *directory = opendir("/proc/self/fd");
    size_t count = 0;

    ck_assert_ptr_nonnull(directory);
    while (readdir(directory) != NULL) {
        count++;
    }
    (void)closedir(directory);
    return count;
}

void plugin_set_up(void)
{
    plugin_folder = tmpdir_create("plugin");
    open_before = open_files();
}

bool plugin_files_are_closed(void)
{
    return open_files() == open_before;
}

void plugin_tear_down(void)
{
    ck_assert(plugin_files_are_closed());
    tmpdir_remove(&plugin_folder);
}

char *plugin_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rbe");
    struct stat status;

    if (file == NULL || fstat(fileno(file), &status) != 0) {
        fail_test("cannot read %s: %s", path, strerror(errno));
    }
    *size = (size_t)status.st_size;
    char *bytes = fail_or_alloc(1, *size);
    ck_assert_uint_eq(fread(bytes, 1, *size, file), *size);
    (void)fclose(file);
    return bytes;
}

void plugin_write(const char *path, const char *bytes, size_t size)
{
    /* A new file each time: one that was loaded is still mapped. */
    (void)unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fchmod(fd, 0600), 0);
    ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
    (void)close(fd);
}

char *plugin_copy_from(const char *variable, const char *name)
{
    const char *built = getenv(variable);

    if (built == NULL) {
        fail_test("%s must be the folder of the modules that were built", variable);
    }
    char *from = text_format("%s/%s.so", built, name);
    char *to = text_format("%s/%s.so", plugin_folder, name);
    size_t size;
    char *bytes = plugin_read(from, &size);

    plugin_write(to, bytes, size);
    free(bytes);
    free(from);
    return to;
}

char *plugin_copy(const char *name)
{
    return plugin_copy_from("WEIR_TEST_PLUGINS", name);
}
