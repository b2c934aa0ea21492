#include "framework/plugin_file.h"

#include "framework/base/error.h"
#include "framework/base/memory.h"
#include <assert.h>
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_SHOWN_MAX = 160, /* so that the advice at the end of a sentence is never cut off */
    REASON_SIZE = 384,
    SYSTEM_TEXT_SIZE = 128,
    OTHERS_WRITE = S_IWGRP | S_IWOTH,
    MODE_BITS = 07777,
    PROCESS_SIZE = 24
};

enum weir_status weir_plugin_refuse(const struct weir_plugin_subject *subject, int cause,
                                    const char *format, ...)
{
    char reason[REASON_SIZE];
    size_t length = strlen(subject->path);
    size_t hidden = length > PATH_SHOWN_MAX ? length - PATH_SHOWN_MAX : 0;
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    return weir_error_set(subject->error, WEIR_ERR_PLUGIN, cause, "plug-in %s%s %s",
                          hidden > 0 ? "..." : "", subject->path + hidden, reason);
}

static enum weir_status refuse_errno(const struct weir_plugin_subject *subject, int cause,
                                     const char *what)
{
    char text[SYSTEM_TEXT_SIZE];

    return weir_plugin_refuse(subject, cause, "%s: %s", what, strerror_r(cause, text, sizeof text));
}

static const char *kind_of(mode_t mode)
{
    if (S_ISDIR(mode)) {
        return "a directory";
    }
    if (S_ISFIFO(mode)) {
        return "a FIFO";
    }
    return "a device or socket";
}

/* Nobody else may change what we are about to run, nor put something else in its place. */
static enum weir_status check_owner(const struct weir_plugin_subject *subject,
                                    const struct stat *file)
{
    uid_t user = geteuid();

    if (file->st_uid != 0 && file->st_uid != user) {
        return weir_plugin_refuse(subject, 0,
                                  "belongs to user id %u, who is neither root nor the user id %u "
                                  "that runs weir: chown it",
                                  file->st_uid, user);
    }
    if ((file->st_mode & OTHERS_WRITE) != 0) {
        return weir_plugin_refuse(subject, 0,
                                  "can be changed by its group or by everyone (mode %04o): run "
                                  "chmod go-w on it",
                                  file->st_mode & MODE_BITS);
    }
    return WEIR_OK;
}

/* A sticky directory such as /tmp is refused like any other that others can write to: whoever made
 * a file there first owns its name, and nobody keeps programs there on purpose. */
static enum weir_status check_directory(const struct weir_plugin_subject *subject,
                                        const struct stat *directory)
{
    uid_t user = geteuid();

    if (directory->st_uid != 0 && directory->st_uid != user) {
        return weir_plugin_refuse(subject, 0,
                                  "lies in a directory of user id %u, who is neither root nor the "
                                  "user id %u that runs weir: move it to a directory of your own",
                                  directory->st_uid, user);
    }
    if ((directory->st_mode & S_ISVTX) != 0 && (directory->st_mode & OTHERS_WRITE) != 0) {
        return weir_plugin_refuse(subject, 0,
                                  "lies in a directory that everyone can write to (mode %04o): "
                                  "move the plug-in to a directory of your own",
                                  directory->st_mode & MODE_BITS);
    }
    if ((directory->st_mode & OTHERS_WRITE) != 0) {
        return weir_plugin_refuse(subject, 0,
                                  "lies in a directory that its group or everyone can write to "
                                  "(mode %04o): run chmod go-w on that directory, or move the "
                                  "plug-in to a directory of your own",
                                  directory->st_mode & MODE_BITS);
    }
    return WEIR_OK;
}

static enum weir_status refuse_unopened(const struct weir_plugin_subject *subject, int cause)
{
    switch (cause) {
    case ENOENT:
        return weir_plugin_refuse(subject, cause,
                                  "does not exist: %s is the path of a file, and a relative one "
                                  "starts at the current directory",
                                  subject->setting);
    case ELOOP:
        return weir_plugin_refuse(subject, cause,
                                  "is a symbolic link, which could be turned elsewhere: name the "
                                  "file it points to");
    case ENXIO:
        return weir_plugin_refuse(subject, cause, "is a device or socket, not a regular file");
    default:
        return refuse_errno(subject, cause, "cannot be opened");
    }
}

/* The directory that was checked is the one the file is then looked up in, so that exchanging a
 * part of the path in between gains nothing. O_NONBLOCK: a FIFO must not hold us up. */
static enum weir_status open_in(const struct weir_plugin_subject *subject, int directory,
                                const char *base, int *out)
{
    struct stat status;

    if (fstat(directory, &status) != 0) {
        return refuse_errno(subject, errno, "lies in a directory that cannot be examined");
    }
    enum weir_status result = check_directory(subject, &status);
    if (result != WEIR_OK) {
        return result;
    }
    int fd = openat(directory, base, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        return refuse_unopened(subject, errno);
    }
    *out = fd;
    return WEIR_OK;
}

static enum weir_status open_path(const struct weir_plugin_subject *subject, int *out)
{
    const char *slash = strrchr(subject->path, '/');
    const char *base = slash == NULL ? subject->path : slash + 1;

    if (*base == '\0') {
        return weir_plugin_refuse(subject, 0, "is not the path of a file: set %s to the .so file",
                                  subject->setting);
    }
    char *directory_path = weir_strdup(slash == NULL ? "." : subject->path);
    if (directory_path == NULL) {
        return weir_error_nomem(subject->error);
    }
    if (slash != NULL) {
        /* The slash stays, so that the parent of "/x.so" is "/". */
        directory_path[base - subject->path] = '\0';
    }
    int directory = open(directory_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int cause = errno;
    weir_free(directory_path);
    if (directory < 0) {
        return refuse_unopened(subject, cause == ELOOP ? ENOENT : cause);
    }
    enum weir_status result = open_in(subject, directory, base, out);
    (void)close(directory);
    return result;
}

/* False at the end of the file, as well as on an error. */
static bool read_at(int fd, uint64_t offset, void *out, size_t size)
{
    ssize_t got;

    if (offset > INT64_MAX) {
        return false;
    }
    do {
        got = pread(fd, out, size, (off_t)offset);
    } while (got < 0 && errno == EINTR);
    return got >= 0 && (size_t)got == size;
}

static enum weir_status refuse_cut(const struct weir_plugin_subject *subject, uint64_t size)
{
    return weir_plugin_refuse(subject, 0,
                              "is cut short, it ends after %" PRIu64 " bytes: build or copy it "
                              "again",
                              size);
}

/* The loader maps segments without a look at the size of the file, and dies of SIGBUS where a file
 * that was copied in part has none. */
static enum weir_status check_segments(const struct weir_plugin_subject *subject, int fd,
                                       const ElfW(Ehdr) * header, uint64_t size)
{
    ElfW(Phdr) segment;
    uint64_t table_size = (uint64_t)header->e_shnum * header->e_shentsize;

    /* Not needed to load it, but it stands at the end: where it is missing, more may be. */
    if (header->e_shoff > size || table_size > size - header->e_shoff) {
        return refuse_cut(subject, size);
    }
    for (unsigned i = 0; i < header->e_phnum; i++) {
        if (!read_at(fd, header->e_phoff + i * sizeof segment, &segment, sizeof segment)) {
            return refuse_cut(subject, size);
        }
        if (segment.p_offset > size || segment.p_filesz > size - segment.p_offset) {
            return refuse_cut(subject, size);
        }
    }
    return WEIR_OK;
}

/* The header of the object this very code was linked into. */
static const ElfW(Ehdr) * own_header(void)
{
    static const char mark = 'w';
    Dl_info object;

    if (dladdr(&mark, &object) == 0 || object.dli_fbase == NULL ||
        memcmp(object.dli_fbase, ELFMAG, SELFMAG) != 0) {
        return NULL;
    }
    return object.dli_fbase;
}

/* The loader's own text for another machine is "No such file or directory". */
static enum weir_status check_machine(const struct weir_plugin_subject *subject,
                                      const ElfW(Ehdr) * header)
{
    const ElfW(Ehdr) *own = own_header();

    if (own == NULL) {
        return WEIR_OK;
    }
    if (header->e_ident[EI_CLASS] != own->e_ident[EI_CLASS] ||
        header->e_ident[EI_DATA] != own->e_ident[EI_DATA] || header->e_machine != own->e_machine) {
        return weir_plugin_refuse(subject, 0,
                                  "was built for another kind of machine (ELF class %u, data %u, "
                                  "machine %u; weir is %u, %u, %u): build it here",
                                  header->e_ident[EI_CLASS], header->e_ident[EI_DATA],
                                  header->e_machine, own->e_ident[EI_CLASS], own->e_ident[EI_DATA],
                                  own->e_machine);
    }
    return WEIR_OK;
}

static enum weir_status check_object(const struct weir_plugin_subject *subject, int fd,
                                     uint64_t size)
{
    ElfW(Ehdr) header;

    memset(&header, 0, sizeof header);
    if (!read_at(fd, 0, header.e_ident, SELFMAG) || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
        return weir_plugin_refuse(subject, 0,
                                  "is not an ELF file: %s is the shared object made by cc -shared "
                                  "-fPIC, not its source",
                                  subject->setting);
    }
    if (!read_at(fd, 0, &header, sizeof header)) {
        return refuse_cut(subject, size);
    }
    enum weir_status result = check_machine(subject, &header);
    if (result != WEIR_OK) {
        return result;
    }
    if (header.e_type != ET_DYN || header.e_phentsize != sizeof(ElfW(Phdr))) {
        return weir_plugin_refuse(subject, 0,
                                  "is not a shared object (ELF type %u): link it with cc -shared "
                                  "-fPIC",
                                  header.e_type);
    }
    return check_segments(subject, fd, &header, size);
}

static enum weir_status check_file(const struct weir_plugin_subject *subject, int fd,
                                   struct stat *status)
{
    if (fstat(fd, status) != 0) {
        return refuse_errno(subject, errno, "cannot be examined");
    }
    if (!S_ISREG(status->st_mode)) {
        return weir_plugin_refuse(subject, 0, "is %s, not a regular file",
                                  kind_of(status->st_mode));
    }
    enum weir_status result = check_owner(subject, status);
    if (result != WEIR_OK) {
        return result;
    }
    return check_object(subject, fd, (uint64_t)status->st_size);
}

/* Each bit as "/." or "/", which mean nothing in a path. */
static char *append_bits(char *end, uint64_t bits)
{
    for (int i = 0; i < 64; i++, bits >>= 1) {
        *end++ = '/';
        if ((bits & 1) != 0) {
            *end++ = '.';
        }
    }
    return end;
}

/* A descriptor's number alone would not do: it is used again, and while any library loaded under
 * "/proc/self/fd/7" is still there, dlopen answers that name with it, whatever 7 is by then. Device
 * and inode are what dlopen itself tells files apart by. */
static void name_file(struct weir_plugin_file *file, const char *process, const struct stat *status)
{
    int length = snprintf(file->name, sizeof file->name, "/proc/%s/fd", process);

    assert(length > 0);
    char *end = append_bits(file->name + length, (uint64_t)status->st_dev);
    end = append_bits(end, (uint64_t)status->st_ino);
    size_t room = sizeof file->name - (size_t)(end - file->name);
    length = snprintf(end, room, "/%d", file->fd);
    assert(length > 0 && (size_t)length < room);
}

static bool leads_to(const char *path, const struct stat *status)
{
    struct stat found;

    return stat(path, &found) == 0 && found.st_dev == status->st_dev &&
           found.st_ino == status->st_ino;
}

/* By process id if that is what /proc knows us by: then debuggers and sanitizers, which are other
 * processes, find the plug-in's symbols under its name. */
static void name_file_for_all(struct weir_plugin_file *file, const struct stat *status)
{
    char process[PROCESS_SIZE];

    (void)snprintf(process, sizeof process, "%ld", (long)getpid());
    name_file(file, process, status);
    if (!leads_to(file->name, status)) {
        name_file(file, "self", status);
    }
}

enum weir_status weir_plugin_file_open(const struct weir_plugin_subject *subject,
                                       struct weir_plugin_file *out)
{
    struct weir_plugin_file file = {.fd = -1};
    struct stat status;

    assert(subject->path != NULL);
    assert(out != NULL);
    enum weir_status result = open_path(subject, &file.fd);
    if (result != WEIR_OK) {
        return result;
    }
    result = check_file(subject, file.fd, &status);
    if (result != WEIR_OK) {
        weir_plugin_file_close(&file);
        return result;
    }
    name_file_for_all(&file, &status);
    *out = file;
    return WEIR_OK;
}

void weir_plugin_file_close(struct weir_plugin_file *file)
{
    if (file->fd >= 0) {
        (void)close(file->fd);
        file->fd = -1;
    }
}
