#include "test/support/member.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"

enum { ARGUMENTS_MAX = 128, COME_MS = 60000, END_MS = 60000 };

struct member {
    char *name;
    char *events;
    char *log; /* stderr of all its lives */
    char *arguments[ARGUMENTS_MAX];
    size_t argument_count;
    int output_fd;
    int errors_fd;
    struct stream *stream;
    struct process *process;
};

static void add_argument(struct member *member, const char *argument)
{
    if (member->argument_count + 1 >= ARGUMENTS_MAX) {
        fail_test("too many arguments for member %s", member->name);
    }
    member->arguments[member->argument_count++] = fail_or_copy(argument);
}

static void add_arguments(struct member *member, const struct member_options *options)
{
    const char *binary = getenv("WEIR_BINARY");

    if (binary == NULL) {
        fail_test("the environment has no WEIR_BINARY, the path of the weir command");
    }
    add_argument(member, binary);
    add_argument(member, "run");
    add_argument(member, "--events");
    add_argument(member, member->events);
    add_argument(member, "--instance");
    add_argument(member, member->name);
    for (size_t i = 0; options->arguments != NULL && options->arguments[i] != NULL; i++) {
        add_argument(member, options->arguments[i]);
    }
    for (size_t i = 0; options->settings != NULL && options->settings[i] != NULL; i++) {
        add_argument(member, "-X");
        add_argument(member, options->settings[i]);
    }
}

static void begin_life(struct member *member)
{
    const char *const *arguments = (const char *const *)member->arguments;

    member->process = process_start(&(struct process_options){.arguments = arguments,
                                                              .errors_path = member->log,
                                                              .output_fd = member->output_fd,
                                                              .errors_fd = member->errors_fd});
}

struct member *member_start(const struct member_options *options)
{
    struct member *member = fail_or_alloc(1, sizeof *member);
    char *file = text_format("%s.events", options->name);
    char *log = text_format("%s.log", options->name);

    member->name = fail_or_copy(options->name);
    member->output_fd = options->output_fd;
    member->errors_fd = options->errors_fd;
    member->events = options->events != NULL ? fail_or_copy(options->events)
                                             : tmpdir_path(options->folder, file);
    if (options->events == NULL) {
        member->stream = stream_open(member->events);
    }
    member->log = tmpdir_path(options->folder, log);
    free(file);
    free(log);
    add_arguments(member, options);
    begin_life(member);
    return member;
}

void member_destroy(struct member *member)
{
    if (member == NULL) {
        return;
    }
    process_destroy(member->process);
    stream_close(member->stream);
    for (size_t i = 0; i < member->argument_count; i++) {
        free(member->arguments[i]);
    }
    free(member->events);
    free(member->log);
    free(member->name);
    free(member);
}

const char *member_name(const struct member *member)
{
    return member->name;
}

struct stream *member_stream(const struct member *member)
{
    return member->stream;
}

struct process *member_process(const struct member *member)
{
    return member->process;
}

pid_t member_pid(const struct member *member)
{
    return process_pid(member->process);
}

void member_begin_stop(struct member *member)
{
    process_signal(member->process, SIGTERM);
}

void member_stop(struct member *member)
{
    member_begin_stop(member);
    member_expect(member, 0, END_MS);
}

void member_expect(struct member *member, int status, int64_t ms)
{
    process_expect(member->process, status, ms);
    if (member->stream != NULL) {
        stream_read(member->stream);
    }
}

void member_kill(struct member *member)
{
    process_signal(member->process, SIGKILL);
    process_expect(member->process, 128 + SIGKILL, END_MS);
}

void member_restart(struct member *member)
{
    if (process_running(member->process)) {
        fail_test("member %s is still alive", member->name);
    }
    process_destroy(member->process);
    begin_life(member);
}

struct wanted_assignment {
    int64_t pid;
    size_t partitions;
};

static bool is_assignment(const struct stream_event *event, const void *user)
{
    const struct wanted_assignment *wanted = user;

    return event->kind == (int)WEIR_EVENT_ASSIGN && !event->foreign && event->pid == wanted->pid &&
           (wanted->partitions == 0 || event->span_count == wanted->partitions);
}

/* What the process says explains most waits in vain. */
static void require_alive(struct member *member, const char *wanted)
{
    if (!process_running(member->process)) {
        fail_test("member %s ended before %s: %s", member->name, wanted,
                  process_describe(member->process));
    }
}

bool member_has_begun(const struct member *member)
{
    bool begun = false;

    stream_read(member->stream);
    for (size_t i = stream_count(member->stream); i > 0 && !begun; i--) {
        begun = stream_at(member->stream, i - 1)->pid == member_pid(member);
    }
    return begun;
}

const struct stream_event *member_await_assigned(struct member *member, size_t partitions)
{
    struct wanted_assignment wanted = {.pid = member_pid(member), .partitions = partitions};

    require_alive(member, "it was assigned anything");
    return stream_await_match(member->stream, is_assignment, &wanted, "assign", COME_MS);
}

void member_await_completed(struct member *member, uint64_t records)
{
    require_alive(member, "it completed its records");
    stream_await_completed(&member->stream, 1, records, COME_MS);
}

typedef uint64_t event_weight_fn(const struct stream_event *event);

static uint64_t weigh(const struct member *member, int kind, event_weight_fn *weight)
{
    uint64_t sum = 0;

    stream_read(member->stream);
    for (size_t i = 0; i < stream_count(member->stream); i++) {
        const struct stream_event *event = stream_at(member->stream, i);
        if (event->kind == kind && !event->foreign) {
            sum += weight(event);
        }
    }
    return sum;
}

static uint64_t one(const struct stream_event *event)
{
    (void)event;
    return 1;
}

static uint64_t spans(const struct stream_event *event)
{
    return event->span_count;
}

static uint64_t records(const struct stream_event *event)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < event->span_count; i++) {
        sum += (uint64_t)event->spans[i].count;
    }
    return sum;
}

uint64_t member_count_events(const struct member *member, int kind)
{
    return weigh(member, kind, one);
}

uint64_t member_count_spans(const struct member *member, int kind)
{
    return weigh(member, kind, spans);
}

uint64_t member_count_records(const struct member *member, int kind)
{
    return weigh(member, kind, records);
}

uint64_t member_most_running(const struct member *member)
{
    uint64_t running = 0;
    uint64_t most = 0;

    stream_read(member->stream);
    for (size_t i = 0; i < stream_count(member->stream); i++) {
        const struct stream_event *event = stream_at(member->stream, i);
        if (event->foreign) {
            continue;
        }
        running += event->kind == (int)WEIR_EVENT_HANDLER_START;
        running -= event->kind == (int)WEIR_EVENT_HANDLER_END && running > 0;
        most = running > most ? running : most;
    }
    return most;
}
