/* Which threads used the processor? */
#ifndef WEIR_TOOLS_BENCH_THREADS_H
#define WEIR_TOOLS_BENCH_THREADS_H

#include <dirent.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS_NAMES_MAX = 32, THREADS_NAME_SIZE = 16, THREADS_PATH_SIZE = 320 };

/* Threads with one name count together; numbers at the end of a name do not. */
struct threads_row {
    char name[THREADS_NAME_SIZE];
    int64_t cpu_ns;
};

struct threads {
    struct threads_row rows[THREADS_NAMES_MAX];
    size_t count;
};

/* False when the thread has ended since. */
static inline int threads_read(const char *task, const char *file, char *out, int size)
{
    char path[THREADS_PATH_SIZE];

    (void)snprintf(path, sizeof path, "/proc/self/task/%s/%s", task, file);
    FILE *stream = fopen(path, "re");
    if (stream == NULL) {
        return 0;
    }
    int good = fgets(out, size, stream) != NULL;
    (void)fclose(stream);
    return good;
}

static inline void threads_add(struct threads *threads, const char *task)
{
    char name[THREADS_NAME_SIZE + 1];
    char text[64];
    char *end = text;
    size_t i = 0;

    if (!threads_read(task, "comm", name, sizeof name) ||
        !threads_read(task, "schedstat", text, sizeof text)) {
        return;
    }
    int64_t cpu_ns = strtoll(text, &end, 10);
    if (end == text) {
        return;
    }
    size_t length = strcspn(name, "\n");
    while (length > 0 && strchr("0123456789-", name[length - 1]) != NULL) {
        length--;
    }
    name[length] = '\0';
    while (i < threads->count && strcmp(threads->rows[i].name, name) != 0) {
        i++;
    }
    if (i == THREADS_NAMES_MAX) {
        return;
    }
    if (i == threads->count) {
        (void)snprintf(threads->rows[threads->count++].name, THREADS_NAME_SIZE, "%.*s",
                       THREADS_NAME_SIZE - 1, name);
    }
    threads->rows[i].cpu_ns += cpu_ns;
}

/* A member of the JSON object that is being printed: CPU since each thread's start. */
static inline void threads_print(void)
{
    struct threads threads = {.count = 0};
    DIR *folder = opendir("/proc/self/task");

    if (folder == NULL) {
        return;
    }
    for (const struct dirent *task = readdir(folder); task != NULL; task = readdir(folder)) {
        if (task->d_name[0] != '.') {
            threads_add(&threads, task->d_name);
        }
    }
    (void)closedir(folder);
    (void)printf(", \"threads_us\": {");
    for (size_t i = 0; i < threads.count; i++) {
        (void)printf("%s\"%s\": %" PRId64, i > 0 ? ", " : "", threads.rows[i].name,
                     threads.rows[i].cpu_ns / 1000);
    }
    (void)printf("}");
}

#endif /* WEIR_TOOLS_BENCH_THREADS_H */
