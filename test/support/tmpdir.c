#include "test/support/tmpdir.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/support/fail.h"
#include "test/support/text.h"

/* Folders are named PREFIX<pid>-<name>-<random>. */
#define PREFIX "weir-test-"

enum { OPEN_FOLDERS = 16, BLOCK = 4096 };

static const char *root(void)
{
    const char *folder = getenv("TMPDIR");

    return folder == NULL || *folder == '\0' ? "/tmp" : folder;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    (void)remove(path); /* a server that just died may race us; what stays is swept later */
    return 0;
}

static void remove_tree(const char *path)
{
    assert(strstr(path, "/" PREFIX) != NULL);
    (void)nftw(path, remove_entry, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
}

/* The process that the folder's name speaks of; 0 if it is no folder of ours. */
static pid_t creator(const char *name)
{
    char *end = NULL;

    if (strncmp(name, PREFIX, strlen(PREFIX)) != 0) {
        return 0;
    }
    long pid = strtol(name + strlen(PREFIX), &end, 10);
    return *end == '-' && pid > 0 ? (pid_t)pid : 0;
}

static void sweep(void)
{
    DIR *folder = opendir(root());
    const struct dirent *entry = NULL;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        pid_t pid = creator(entry->d_name);
        if (pid != 0 && kill(pid, 0) != 0 && errno == ESRCH) {
            char *path = tmpdir_path(root(), entry->d_name);
            remove_tree(path);
            free(path);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
}

char *tmpdir_create(const char *name)
{
    char *path = text_format("%s/" PREFIX "%ld-%s-XXXXXX", root(), (long)getpid(), name);

    if (getenv("WEIR_TEST_KEEP") == NULL) {
        sweep();
    }
    if (mkdtemp(path) == NULL) {
        fail_test("cannot make the folder %s: %s", path, strerror(errno));
    }
    return path;
}

void tmpdir_remove(char **path)
{
    if (*path == NULL) {
        return;
    }
    const char *name = strrchr(*path, '/') + 1;
    if (creator(name) == getpid() && getenv("WEIR_TEST_KEEP") == NULL) {
        remove_tree(*path);
    }
    free(*path);
    *path = NULL;
}

char *tmpdir_path(const char *folder, const char *name)
{
    return text_format("%s/%s", folder, name);
}

void tmpdir_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    bool whole = file != NULL && fputs(text, file) >= 0;

    if ((file != NULL && fclose(file) != 0) || !whole) {
        fail_test("cannot write %s: %s", path, strerror(errno));
    }
}

char *tmpdir_read(const char *path)
{
    char block[BLOCK];
    struct text text = {.bytes = NULL};
    FILE *file = fopen(path, "re");
    size_t length = 0;

    if (file == NULL) {
        fail_test("cannot read %s: %s", path, strerror(errno));
    }
    text_add_bytes(&text, "", 0);
    while ((length = fread(block, 1, sizeof block, file)) > 0) {
        text_add_bytes(&text, block, length);
    }
    (void)fclose(file);
    return text.bytes;
}
