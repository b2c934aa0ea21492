/* How does a process come to its end exactly where it writes a step of a switch?
 *
 * In weir_mortal, which is `weir` otherwise, this stands before the ZooKeeper library. A file
 * STEP.WHEN in the folder that the environment's TRAPS names is a trap for the next process that is
 * about to write the record of a switch with this step (framework/switch.h). It takes the file
 * away, leaves its pid in the file "caught", and
 *
 *     before   is killed, and has written nothing
 *     after    is killed when the server has written it, and has not heard of that
 *     still    stands still (SIGSTOP) until somebody lets it go on; then it writes
 *
 * Of several processes one is caught. Thread: the one that asks the library; the library's. */
#include <dlfcn.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zookeeper/proto.h>
#include <zookeeper/zookeeper.h>

enum { STEP_SIZE = 32 };

typedef int set_fn(zhandle_t *, const char *, const char *, int, int, stat_completion_t,
                   const void *);
typedef int multi_fn(zhandle_t *, int, const zoo_op_t *, zoo_op_result_t *, void_completion_t,
                     const void *);

/* What is called when the server has answered, and what for. */
struct answer {
    char step[STEP_SIZE];
    stat_completion_t set;
    void_completion_t multi;
    const void *user;
};

/* Traps. */

static void name_file(const char *name, char path[PATH_MAX])
{
    const char *folder = getenv("TRAPS");

    (void)snprintf(path, PATH_MAX, "%s/%s", folder == NULL ? "/nonexistent" : folder, name);
}

static void name_trap(const char *step, const char *when, char path[PATH_MAX])
{
    char name[STEP_SIZE + sizeof ".before"];

    (void)snprintf(name, sizeof name, "%s.%s", step, when);
    name_file(name, path);
}

/* It is there as a whole, or not at all. */
static void leave_pid(void)
{
    char fresh[PATH_MAX];
    char path[PATH_MAX];

    name_file("caught.new", fresh);
    name_file("caught", path);
    FILE *file = fopen(fresh, "we");
    if (file != NULL) {
        (void)fprintf(file, "%ld\n", (long)getpid());
        (void)fclose(file);
        (void)rename(fresh, path);
    }
}

/* To the thread itself: it goes no further than here. */
static void step_into(const char *step, const char *when, int end)
{
    char path[PATH_MAX];

    name_trap(step, when, path);
    if (unlink(path) == 0) {
        leave_pid();
        (void)raise(end);
    }
}

/* Before the request goes out. What is to be done when it is answered, or NULL: nothing. */
static struct answer *pass(const char *step)
{
    char path[PATH_MAX];

    step_into(step, "before", SIGKILL);
    step_into(step, "still", SIGSTOP);
    name_trap(step, "after", path);
    struct answer *answer = access(path, F_OK) == 0 ? calloc(1, sizeof *answer) : NULL;
    if (answer != NULL) {
        (void)snprintf(answer->step, sizeof answer->step, "%s", step);
    }
    return answer;
}

/* False: it is not the record of a switch. */
static bool read_step(const char *path, const char *data, int length, char step[STEP_SIZE])
{
    static const char node[] = "/weir/switch";
    static const char key[] = "\"step\":\"";
    size_t end = strlen(path);
    size_t size = 0;

    if (length <= 0 || end < strlen(node) || strcmp(path + end - strlen(node), node) != 0) {
        return false;
    }
    const char *word = memmem(data, (size_t)length, key, strlen(key));
    if (word == NULL) {
        return false;
    }
    word += strlen(key);
    while (size + 1 < STEP_SIZE && word + size < data + length && word[size] != '"') {
        step[size] = word[size];
        size++;
    }
    step[size] = '\0';
    return true;
}

/* The library. */

/* The const of its callbacks goes: the pointer is the one it was given. */
static struct answer *answer_of(const void *data)
{
    union {
        const void *given;
        struct answer *ours;
    } pointer = {.given = data};

    return pointer.ours;
}

static void on_set(int code, const struct Stat *stat, const void *data)
{
    struct answer *answer = answer_of(data);

    if (code == ZOK) {
        step_into(answer->step, "after", SIGKILL);
    }
    answer->set(code, stat, answer->user);
    free(answer);
}

static void on_multi(int code, const void *data)
{
    struct answer *answer = answer_of(data);

    if (code == ZOK) {
        step_into(answer->step, "after", SIGKILL);
    }
    answer->multi(code, answer->user);
    free(answer);
}

static void *find(const char *name)
{
    void *symbol = dlsym(RTLD_NEXT, name);

    if (symbol == NULL) {
        abort();
    }
    return symbol;
}

set_fn on_library_set;
multi_fn on_library_multi;

int on_library_set(zhandle_t *handle, const char *path, const char *data, int length, int version,
                   stat_completion_t completion, const void *user)
{
    void *symbol = find("zoo_aset");
    char step[STEP_SIZE];
    struct answer *answer = read_step(path, data, length, step) ? pass(step) : NULL;
    set_fn *set = NULL;

    memcpy(&set, &symbol, sizeof set);
    if (answer == NULL) {
        return set(handle, path, data, length, version, completion, user);
    }
    answer->set = completion;
    answer->user = user;
    return set(handle, path, data, length, version, on_set, answer);
}

int on_library_multi(zhandle_t *handle, int count, const zoo_op_t *ops, zoo_op_result_t *results,
                     void_completion_t completion, const void *user)
{
    void *symbol = find("zoo_amulti");
    struct answer *answer = NULL;
    char step[STEP_SIZE];
    multi_fn *multi = NULL;

    memcpy(&multi, &symbol, sizeof multi);
    for (int i = 0; i < count && answer == NULL; i++) {
        if (ops[i].type == ZOO_SETDATA_OP &&
            read_step(ops[i].set_op.path, ops[i].set_op.data, ops[i].set_op.datalen, step)) {
            answer = pass(step);
        }
    }
    if (answer == NULL) {
        return multi(handle, count, ops, results, completion, user);
    }
    answer->multi = completion;
    answer->user = user;
    return multi(handle, count, ops, results, on_multi, answer);
}

/* The library's names for them. */
extern __typeof__(on_library_set) zoo_aset __attribute__((alias("on_library_set")));
extern __typeof__(on_library_multi) zoo_amulti __attribute__((alias("on_library_multi")));
