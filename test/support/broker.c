#include "test/support/broker.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/support/fail.h"
#include "test/support/java.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"

enum {
    FORMAT_MS = 60000,
    SHUT_DOWN_MS = 60000,
    FORMAT_WORDS = 5,
    FORMAT_WORDS_MAX = 24,
    JAVA_WORDS_MAX = 24,
    FOLDER_MODE = 0755
};

struct broker {
    struct broker_options options;
    char *folder;               /* of this broker */
    char *properties;           /* file */
    char *data;                 /* folder of the logs */
    char *log;                  /* file of its stdout and stderr */
    char *java[JAVA_WORDS_MAX]; /* as asked for; none: the quick start */
    char *archive;              /* made at shut-down, in the making; NULL: not training */
    struct process *process;
};

static struct process *run_class(const struct broker *broker, const char *name,
                                 const char *const *arguments, const char *archive)
{
    return java_start(&(struct java_options){
        .jars = broker->options.jars,
        .class_name = name,
        .arguments = arguments,
        .machine = broker->java[0] == NULL ? NULL : (const char *const *)broker->java,
        .folder = broker->folder,
        .archive_at_exit = archive,
        .output_path = broker->log,
        .errors_path = broker->log});
}

static void write_properties(const struct broker *broker)
{
    char *text = text_format("%slog.dirs=%s\n", broker->options.properties, broker->data);

    tmpdir_write(broker->properties, text);
    free(text);
}

static void format_with_tool(const struct broker *broker)
{
    const char *arguments[FORMAT_WORDS_MAX + 1] = {"format", "-t", broker->options.cluster_id, "-c",
                                                   broker->properties};
    const char *const *more = broker->options.format;

    for (size_t i = 0; more != NULL && more[i] != NULL; i++) {
        assert(FORMAT_WORDS + i < FORMAT_WORDS_MAX);
        arguments[FORMAT_WORDS + i] = more[i];
    }
    struct process *tool = run_class(broker, "kafka.tools.StorageTool", arguments, NULL);
    process_expect(tool, 0, FORMAT_MS);
    process_destroy(tool);
}

static void copy_file(const char *from, const char *to)
{
    char block[4096];
    FILE *source = fopen(from, "re");
    FILE *target = fopen(to, "we");
    size_t length = 0;
    bool whole = source != NULL && target != NULL;

    while (whole && (length = fread(block, 1, sizeof block, source)) > 0) {
        whole = fwrite(block, 1, length, target) == length;
    }
    if (!whole || fclose(target) != 0 || fclose(source) != 0) {
        fail_test("cannot copy %s to %s: %s", from, to, strerror(errno));
    }
}

/* What the tool would write: its bootstrap records, which are the same for every broker of a
 * version and kept from its first run, and the ids, which are new each time. */
static void format_from_cache(const struct broker *broker, const char *kept)
{
    char *bootstrap = tmpdir_path(broker->data, "bootstrap.checkpoint");
    char *meta = tmpdir_path(broker->data, "meta.properties");
    char *directory_id = broker_new_id();
    char *text = text_format("version=1\ncluster.id=%s\nnode.id=%d\ndirectory.id=%s\n",
                             broker->options.cluster_id, broker->options.id, directory_id);

    if (mkdir(broker->data, FOLDER_MODE) != 0) {
        fail_test("cannot make %s: %s", broker->data, strerror(errno));
    }
    copy_file(kept, bootstrap);
    tmpdir_write(meta, text);
    free(text);
    free(directory_id);
    free(meta);
    free(bootstrap);
}

static void keep_bootstrap(const struct broker *broker, const char *kept)
{
    char *bootstrap = tmpdir_path(broker->data, "bootstrap.checkpoint");
    char *fresh = text_format("%s.%ld", kept, (long)getpid());

    copy_file(bootstrap, fresh);
    (void)rename(fresh, kept);
    free(fresh);
    free(bootstrap);
}

static void format_storage(const struct broker *broker)
{
    const struct jars *jars = broker->options.jars;

    if (jars->cache == NULL || broker->options.format != NULL) {
        format_with_tool(broker);
        return;
    }
    char *kept = tmpdir_path(jars->cache, "bootstrap.checkpoint");
    if (access(kept, R_OK) == 0) {
        format_from_cache(broker, kept);
    } else {
        format_with_tool(broker);
        keep_bootstrap(broker, kept);
    }
    free(kept);
}

static void start_server(struct broker *broker)
{
    const char *const arguments[] = {broker->properties, NULL};

    broker->process = run_class(broker, "kafka.Kafka", arguments, broker->archive);
}

char *broker_new_id(void)
{
    char id[] = "AAAAAAAAAAAAAAAAAAAAAA";
    unsigned char bytes[sizeof id - 2];

    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        fail_test("no random bytes: %s", strerror(errno));
    }
    for (size_t i = 0; i < sizeof bytes; i++) {
        id[i] = (char)((bytes[i] % 2 == 0 ? 'a' : 'A') + bytes[i] / 2 % 26);
    }
    return fail_or_copy(id);
}

static void keep_java(struct broker *broker, const char *const *words)
{
    for (size_t i = 0; words != NULL && words[i] != NULL; i++) {
        assert(i + 1 < JAVA_WORDS_MAX);
        broker->java[i] = fail_or_copy(words[i]);
    }
}

struct broker *broker_start(const struct broker_options *options)
{
    struct broker *broker = fail_or_alloc(1, sizeof *broker);

    broker->options = *options;
    keep_java(broker, options->java);
    broker->folder = text_format("%s/broker-%d", options->folder, options->id);
    broker->properties = tmpdir_path(broker->folder, "server.properties");
    broker->data = tmpdir_path(broker->folder, "data");
    broker->log = text_format("%s.log", broker->folder);
    if (options->train && options->jars->archive != NULL) {
        broker->archive = text_format("%s.%ld", options->jars->archive, (long)getpid());
    }
    if (mkdir(broker->folder, FOLDER_MODE) != 0) {
        fail_test("cannot make %s: %s", broker->folder, strerror(errno));
    }
    write_properties(broker);
    format_storage(broker);
    start_server(broker);
    broker->options.folder = broker->options.cluster_id = broker->options.properties = NULL;
    broker->options.java = broker->options.format = NULL;
    return broker;
}

void broker_destroy(struct broker *broker)
{
    if (broker == NULL) {
        return;
    }
    process_destroy(broker->process);
    for (size_t i = 0; i < JAVA_WORDS_MAX; i++) {
        free(broker->java[i]);
    }
    free(broker->archive);
    free(broker->log);
    free(broker->data);
    free(broker->properties);
    free(broker->folder);
    free(broker);
}

struct process *broker_process(const struct broker *broker)
{
    return broker->process;
}

uint16_t broker_port(const struct broker *broker)
{
    return broker->options.port;
}

void broker_add_properties(struct broker *broker, const char *lines)
{
    char *text = tmpdir_read(broker->properties);
    char *longer = text_format("%s%s", text, lines);

    tmpdir_write(broker->properties, longer);
    free(longer);
    free(text);
}

void broker_start_again(struct broker *broker)
{
    assert(!process_running(broker->process));
    process_destroy(broker->process);
    start_server(broker);
}

void broker_shut_down(struct broker *broker)
{
    process_signal(broker->process, SIGTERM);
    (void)process_wait(broker->process, SHUT_DOWN_MS);
    if (broker->archive != NULL) {
        (void)rename(broker->archive, broker->options.jars->archive);
        free(broker->archive);
        broker->archive = NULL;
    }
}
