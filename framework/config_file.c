#include "framework/config_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "framework/base/error.h"
#include "framework/base/limits.h"
#include "framework/base/memory.h"

enum { PATH_SHOWN_MAX = 160 };

const char *weir_config_path_shown(const char *path)
{
    size_t size = strlen(path);

    return size <= PATH_SHOWN_MAX ? path : path + size - PATH_SHOWN_MAX;
}

static enum weir_status fail_errno(const char *path, const char *verb, struct weir_error *error)
{
    int cause = errno;

    return weir_error_set(error, WEIR_ERR_IO, cause, "%s: cannot be %s: %s",
                          weir_config_path_shown(path), verb, strerrordesc_np(cause));
}

/* A pipe without a writer must not block us in open, hence O_NONBLOCK; reading may wait again. */
static enum weir_status check_kind(int fd, const char *path, struct weir_config_file *file,
                                   struct weir_error *error)
{
    struct stat status;

    if (fstat(fd, &status) != 0) {
        return fail_errno(path, "examined", error);
    }
    if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode)) {
        return weir_error_set(error, WEIR_ERR_IO, 0, "%s: is %s, not a configuration file",
                              weir_config_path_shown(path),
                              S_ISDIR(status.st_mode) ? "a directory" : "no regular file");
    }
    if (S_ISFIFO(status.st_mode) && fcntl(fd, F_SETFL, 0) != 0) {
        return fail_errno(path, "prepared", error);
    }
    file->trusted = S_ISREG(status.st_mode) && (status.st_uid == 0 || status.st_uid == geteuid()) &&
                    (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
    return WEIR_OK;
}

static enum weir_status read_all(int fd, const char *path, struct weir_config_file *file,
                                 struct weir_error *error)
{
    enum { ROOM = WEIR_CONFIG_FILE_SIZE_MAX + 1 };

    file->text = weir_malloc(ROOM + 1);
    if (file->text == NULL) {
        return weir_error_nomem(error);
    }
    while (file->size < ROOM) {
        ssize_t got = read(fd, file->text + file->size, ROOM - file->size);
        if (got == 0) {
            break;
        }
        if (got < 0 && errno != EINTR) {
            return fail_errno(path, "read", error);
        }
        file->size += got > 0 ? (size_t)got : 0;
    }
    file->text[file->size] = '\0';
    if (file->size == ROOM) {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0, "%s: larger than 1 MiB",
                              weir_config_path_shown(path));
    }
    return WEIR_OK;
}

enum weir_status weir_config_file_read(const char *path, struct weir_config_file *out,
                                       struct weir_error *error)
{
    struct weir_config_file file = {0};

    assert(path != NULL);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        return fail_errno(path, "opened", error);
    }
    enum weir_status status = check_kind(fd, path, &file, error);
    if (status == WEIR_OK) {
        status = read_all(fd, path, &file, error);
    }
    (void)close(fd);
    if (status != WEIR_OK) {
        weir_config_file_fini(&file);
        return status;
    }
    *out = file;
    return WEIR_OK;
}

void weir_config_file_fini(struct weir_config_file *file)
{
    if (file == NULL) {
        return;
    }
    if (file->text != NULL) {
        explicit_bzero(file->text, file->size);
        weir_free(file->text);
    }
    *file = (struct weir_config_file){0};
}
