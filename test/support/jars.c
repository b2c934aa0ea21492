#include "test/support/jars.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/support/fail.h"
#include "test/support/text.h"

enum { CACHE_MODE = 0755 };

static bool is_folder(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* `below` of the nearest folder above `start` that has it, or NULL. */
static char *find_above(const char *start, const char *below)
{
    char *folder = realpath(start, NULL);
    char *found = NULL;

    while (folder != NULL && found == NULL && strrchr(folder, '/') != NULL) {
        found = text_format("%s/%s", folder, below);
        if (!is_folder(found)) {
            free(found);
            found = NULL;
        }
        *strrchr(folder, '/') = '\0';
    }
    free(folder);
    return found;
}

static char *locate(const char *version)
{
    const char *root = getenv("WEIR_KAFKA_LIBS");
    char *below = text_format("build/kafka/%s/libs", version);
    char *folder = NULL;

    if (root != NULL && *root != '\0') {
        folder = text_format("%s/%s/libs", root, version);
    } else {
        folder = find_above("/proc/self/exe", below);
        folder = folder == NULL ? find_above(".", below) : folder;
    }
    if (folder == NULL || !is_folder(folder)) {
        fail_test("The jars of Kafka %s are not in %s. Fetch them with `./dev deps`, or name the "
                  "folder above VERSION/libs in WEIR_KAFKA_LIBS.",
                  version, folder == NULL ? below : folder);
    }
    free(below);
    return folder;
}

static int is_jar(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return length > 4 && strcmp(entry->d_name + length - 4, ".jar") == 0;
}

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length)
{
    const unsigned char *byte = bytes;

    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ byte[i]) * 1099511628211u; /* FNV-1a */
    }
    return hash;
}

static uint64_t hash_file(uint64_t hash, const char *path)
{
    struct stat status = {.st_size = 0};

    (void)stat(path, &status);
    hash = hash_bytes(hash, path, strlen(path));
    hash = hash_bytes(hash, &status.st_size, sizeof status.st_size);
    return hash_bytes(hash, &status.st_mtim.tv_sec, sizeof status.st_mtim.tv_sec);
}

/* Which file `java` is, wherever PATH and links lead. Empty if there is none. */
static char *find_java(void)
{
    char *paths = fail_or_copy(getenv("PATH") == NULL ? "" : getenv("PATH"));
    char *rest = NULL;
    char *found = NULL;

    for (char *path = strtok_r(paths, ":", &rest); path != NULL && found == NULL;
         path = strtok_r(NULL, ":", &rest)) {
        char *candidate = text_format("%s/java", path);
        found = realpath(candidate, NULL);
        free(candidate);
    }
    free(paths);
    return found == NULL ? fail_or_copy("") : found;
}

/* Sets the class path; returns what tells this set of jars and this Java machine from others. */
static uint64_t read_jars(struct jars *jars, const char *folder)
{
    struct dirent **entries = NULL;
    struct text path = {.bytes = NULL};
    char *java = find_java();
    uint64_t hash = hash_file(14695981039346656037u, java);
    int count = scandir(folder, &entries, is_jar, alphasort);

    if (count <= 0) {
        fail_test("No jar is in %s. Fetch them with `./dev deps`.", folder);
    }
    for (int i = 0; i < count; i++) {
        char *jar = text_format("%s/%s", folder, entries[i]->d_name);
        text_add(&path, i == 0 ? "%s" : ":%s", jar);
        hash = hash_file(hash, jar);
        free(jar);
        free(entries[i]);
    }
    free(entries);
    free(java);
    jars->class_path = path.bytes;
    return hash;
}

static void open_cache(struct jars *jars, const char *folder, uint64_t hash)
{
    char *cache = text_format("%s/../cache", folder);

    if ((mkdir(cache, CACHE_MODE) == 0 || errno == EEXIST) && access(cache, W_OK) == 0) {
        jars->cache = realpath(cache, NULL);
        jars->archive =
            text_format("%s/classes-%016llx.jsa", jars->cache, (unsigned long long)hash);
    }
    free(cache);
}

struct jars *jars_find(const char *version)
{
    struct jars *jars = fail_or_alloc(1, sizeof *jars);
    char *folder = locate(version);

    jars->version = fail_or_copy(version);
    uint64_t hash = read_jars(jars, folder);
    open_cache(jars, folder, hash);
    free(folder);
    return jars;
}

void jars_destroy(struct jars *jars)
{
    if (jars == NULL) {
        return;
    }
    free(jars->version);
    free(jars->class_path);
    free(jars->cache);
    free(jars->archive);
    free(jars);
}
