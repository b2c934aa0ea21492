/* What does `weir run` say to settings, files and addresses that cannot work? */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/member.h"
#include "test/support/mock_kafka.h"
#include "test/support/peer.h"
#include "test/support/plugin_folder.h"
#include "test/support/ports.h"
#include "test/support/runner.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"

enum {
    EXIT_USAGE = 64,
    EXIT_CONFIG = 78,
    SAID_MS = 40000,
    END_MS = 40000,
    AT_ONCE_MS = 10000, /* less than waiting for the answer would take */
    TEST_SECONDS = 120,
    FAR_MS = 700, /* an answer takes longer than the first question waits */
    SETTINGS_MAX = 16,
    GROUP_WRITABLE = 0660
};

static struct member *member;
static struct peer *peer;
static struct mock *mock;
static char *handler; /* "weir.handler=..." of one that works */

static void set_up(void)
{
    plugin_folder = tmpdir_create("badinput");
    char *path = plugin_copy("chaos");
    handler = text_format("weir.handler=%s", path);
    free(path);
}

static void tear_down(void)
{
    member_destroy(member);
    member = NULL;
    peer_stop(peer);
    peer = NULL;
    mock_stop(mock);
    mock = NULL;
    free(handler);
    tmpdir_remove(&plugin_folder);
}

/* What every consumer needs, and then `settings`; the last ones win. */
static void start(const char *address, const char *const *settings, const char *const *arguments,
                  const char *events)
{
    char *bootstrap = text_format("bootstrap.servers=%s", address);
    const char *all[SETTINGS_MAX] = {bootstrap, "group.id=shop", "weir.topics=orders", handler};

    for (size_t i = 4; settings != NULL && settings[i - 4] != NULL; i++) {
        ck_assert_uint_lt(i + 1, SETTINGS_MAX);
        all[i] = settings[i - 4];
    }
    member = member_start(&(struct member_options){.folder = plugin_folder,
                                                   .name = "a",
                                                   .settings = all,
                                                   .arguments = arguments,
                                                   .events = events});
    free(bootstrap);
}

static bool says(const char *part)
{
    return strstr(process_errors(member_process(member)), part) != NULL;
}

/* Refused before anything connects: the only address it knows has seen nobody. */
static void expect_refused(int status, const char *what, const char *advice)
{
    member_expect(member, status, SAID_MS);
    const char *said = process_errors(member_process(member));
    ck_assert_msg(says(what), "'%s' is not said: %s", what, said);
    ck_assert_msg(says(advice), "'%s' is not said: %s", advice, said);
    ck_assert_uint_eq(peer_serve(peer), 0);
}

/* Keys and values. */

static const struct {
    const char *setting;
    const char *what;
    const char *advice;
} settings[] = {
    {"weir.worker=3", "weir.worker: no such key", "did you mean weir.workers?"},
    {"fetch.wait.max=3", "fetch.wait.max: no such key", "did you mean fetch.wait.max.ms?"},
    {"max.poll.records=3", "max.poll.records", "weir.batch.size"},
    {"enable.auto.commit=true", "enable.auto.commit", "weir.commit.interval.ms"},
    {"weir.workers=many", "weir.workers: must be", "1..4096"},
    {"weir.workers=0", "weir.workers: must be", "1..4096"},
    {"weir.order=sideways", "weir.order: must be one of", "partition|key|none"},
    {"weir.batch.bytes=1MB", "weir.batch.bytes: ", "MiB"},
    {"fetch.wait.max.ms=long", "fetch.wait.max.ms: ", "0 .. 300000"},
    {"weir.topics=", "weir.topics: ", "name the topics"},
    {"weir.topics=two words", "weir.topics: at character 1", "separated by commas"},
    {"weir.topics=good,^[", "weir.topics: at character 8", "regular expression"},
    {"weir.partitions=orders:0", "weir.partitions: only goes with", "weir.coordinator=none"},
    {"weir.topics.exclude=a,,b", "weir.topics.exclude: at character 3", "name is missing"},
    {"weir.start=timestamp", "weir.start.timestamp: is missing", "needs it"},
    {"weir.batch.size=9999", "weir.batch.size: is more than", "lower the first"},
    {"group.id=", "group.id: is missing", "name of the consumer group"},
    {"bootstrap.servers=", "bootstrap.servers: is missing", "host1:9092"},
    {"bootstrap.servers=,", "bootstrap.servers: at character 1", "host:port"},
    {"bootstrap.servers=a:1,b:port", "bootstrap.servers: at character 5", "host:port"},
    {"bootstrap.servers=a:99999", "bootstrap.servers: at character 1", "host:port"},
    {"bootstrap.servers=http://a:1", "bootstrap.servers: at character 1", "host:port"},
    {"weir.handler=", "weir.handler is missing", "name the plug-in"},
};

START_TEST(a_wrong_setting_is_named_before_anything_connects)
{
    const char *const own[] = {settings[_i].setting, NULL};

    peer = peer_start(PEER_SILENT);
    start(peer_address(peer), own, NULL, NULL);
    expect_refused(EXIT_CONFIG, settings[_i].what, settings[_i].advice);
}
END_TEST

/* The command line. */

static const struct {
    const char *argument;
    const char *what;
} arguments[] = {
    {"--until-the-end", "--until-the-end: no such option"},
    {"orders", "run takes no argument 'orders'"},
    {"--max-records=0", "--max-records: no such option, or its argument"},
    {"--log-format=xml", "--log-format: no such option, or its argument"},
};

START_TEST(a_wrong_argument_is_named_before_anything_connects)
{
    const char *const own[] = {arguments[_i].argument, NULL};

    peer = peer_start(PEER_SILENT);
    start(peer_address(peer), NULL, own, NULL);
    expect_refused(EXIT_USAGE, arguments[_i].what, "--help");
}
END_TEST

/* Configuration files. NULL: there is none of that name. */

static const struct {
    const char *content;
    const char *what;
    const char *advice;
} files[] = {
    {NULL, "a.properties: cannot be opened", "No such file"},
    {"weir.workers=3\nweir.wrokers=4\n", "a.properties: line 2: weir.wrokers", "weir.workers?"},
    {"weir.workers=3\nweir.workers=4\n", "a.properties: line 2", "set on line 1 already"},
    {"\177ELF\1\1\1\n\xff\xfe\n", "a.properties: line 2", "not UTF-8"},
};

START_TEST(a_wrong_file_is_named_with_its_line)
{
    char *path = tmpdir_path(plugin_folder, "a.properties");
    const char *const own[] = {"--config", path, NULL};

    if (files[_i].content != NULL) {
        tmpdir_write(path, files[_i].content);
    }
    peer = peer_start(PEER_SILENT);
    start(peer_address(peer), NULL, own, NULL);
    expect_refused(EXIT_CONFIG, files[_i].what, files[_i].advice);
    free(path);
}
END_TEST

START_TEST(a_folder_is_no_file)
{
    const char *const own[] = {"--config", plugin_folder, NULL};

    peer = peer_start(PEER_SILENT);
    start(peer_address(peer), NULL, own, NULL);
    expect_refused(EXIT_CONFIG, "is a directory", "not a configuration file");
}
END_TEST

START_TEST(events_that_cannot_be_written_are_refused)
{
    peer = peer_start(PEER_SILENT);
    start(peer_address(peer), NULL, NULL, plugin_folder);
    expect_refused(EXIT_CONFIG, "cannot write events to", "Is a directory");
}
END_TEST

/* Handlers. Those of test/plugins, and two that are made here. */

static const struct {
    const char *plugin;
    const char *what;
    const char *advice;
} handlers[] = {
    {"absent", "absent.so does not exist", "relative one starts at"},
    {"text", "text.so is not an ELF file", "cc -shared -fPIC"},
    {"no_symbol", "does not export weir_handler_plugin", "write WEIR_HANDLER("},
    {"no_handle", "has no handle slot", "set .handle"},
    {"bad_abi", "was built against handler ABI 2", "rebuild it"},
    {"undefined_symbol", "undefined symbol: function_of_no_library", "ldd -r"},
    {"deferred", "handle_deferred", "leave it NULL"},
};

static bool is_built(const char *plugin)
{
    return strcmp(plugin, "absent") != 0 && strcmp(plugin, "text") != 0;
}

START_TEST(a_handler_that_cannot_work_is_refused_before_anything_connects)
{
    char *path = is_built(handlers[_i].plugin)
                     ? plugin_copy(handlers[_i].plugin)
                     : text_format("%s/%s.so", plugin_folder, handlers[_i].plugin);
    char *setting = text_format("weir.handler=%s", path);
    const char *const own[] = {setting, NULL};

    if (strcmp(handlers[_i].plugin, "text") == 0) {
        plugin_write(path, "int main;\n", 10);
    }
    peer = peer_start(PEER_SILENT);
    start(peer_address(peer), own, NULL, NULL);
    expect_refused(EXIT_CONFIG, handlers[_i].what, handlers[_i].advice);
    free(setting);
    free(path);
}
END_TEST

START_TEST(a_handler_that_its_group_can_change_is_refused)
{
    const char *path = handler + strlen("weir.handler=");

    ck_assert_int_eq(chmod(path, GROUP_WRITABLE), 0);
    peer = peer_start(PEER_SILENT);
    start(peer_address(peer), NULL, NULL, NULL);
    expect_refused(EXIT_CONFIG, "can be changed by its group", "chmod go-w");
}
END_TEST

START_TEST(a_handler_that_refuses_to_open_has_the_last_word)
{
    static const char *const own[] = {"handler.delay.us=long", NULL};

    peer = peer_start(PEER_SILENT);
    start(peer_address(peer), own, NULL, NULL);
    expect_refused(EXIT_CONFIG, "handler 'chaos' refused to open",
                   "handler.delay.us must be a number");
}
END_TEST

/* Addresses. */

/* Whoever waits here serves the peer meanwhile, if there is one. */
static bool serve(void)
{
    if (peer != NULL) {
        (void)peer_serve(peer);
    }
    return true;
}

static void await_said(const char *part)
{
    WAIT_UNTIL(serve() && says(part), SAID_MS);
    ck_assert(process_running(member_process(member)));
}

/* It may be told to before it came to ask anybody anything. */
static void expect_end_within(int64_t ms)
{
    member_begin_stop(member);
    WAIT_UNTIL(serve() && !process_running(member_process(member)), ms);
    member_expect(member, 0, ms);
}

START_TEST(where_nobody_listens_it_waits_and_says_so)
{
    char *address = text_format("127.0.0.1:%u", (unsigned)ports_take());
    char *sentence = text_format("no broker of bootstrap.servers=%s answers", address);

    start(address, NULL, NULL, NULL);
    await_said(sentence);
    await_said("Connection refused");
    (void)stream_await(member_stream(member), "client_error", SAID_MS);
    expect_end_within(END_MS);
    free(sentence);
    free(address);
}
END_TEST

START_TEST(who_is_no_broker_is_named_and_waited_for)
{
    /* The silent one is taken for a slow one until this has passed. */
    static const char *const own[] = {"api.version.request.timeout.ms=500",
                                      "socket.timeout.ms=1000", NULL};

    peer = peer_start((enum peer_manner)_i);
    start(peer_address(peer), own, NULL, NULL);
    char *sentence = text_format("no broker of bootstrap.servers=%s answers", peer_address(peer));
    await_said(sentence);
    await_said("check the address and security.protocol");
    /* It tries again, and again. */
    uint64_t visits = peer_serve(peer);
    WAIT_UNTIL(peer_serve(peer) > visits + 1, SAID_MS);
    expect_end_within(END_MS);
    free(sentence);
}
END_TEST

/* The refusal comes first, and again and again. */
START_TEST(a_dead_address_keeps_nobody_from_a_far_broker)
{
    mock = mock_start(1);
    mock_create_topic(mock, "orders", 1);
    mock_broker_rtt(mock, 1, FAR_MS);
    char *address = text_format("127.0.0.1:%u,%s", (unsigned)ports_take(), mock_bootstrap(mock));
    start(address, NULL, NULL, NULL);
    (void)member_await_assigned(member, 1);
    ck_assert(!says("no broker of bootstrap.servers"));
    mock_broker_rtt(mock, 1, 0);
    expect_end_within(END_MS);
    free(address);
}
END_TEST

START_TEST(a_stop_does_not_wait_for_an_answer_that_never_comes)
{
    peer = peer_start(PEER_SILENT);
    start(peer_address(peer), NULL, NULL, NULL);
    WAIT_UNTIL(peer_serve(peer) > 0, SAID_MS);
    expect_end_within(AT_ONCE_MS);
}
END_TEST

START_TEST(events_for_a_full_disk_are_counted_and_said)
{
    peer = peer_start(PEER_HANGS_UP);
    start(peer_address(peer), NULL, NULL, "/dev/full");
    await_said("no broker of bootstrap.servers");
    expect_end_within(END_MS);
    ck_assert(says("event lines could not be written: No space left on device"));
}
END_TEST

static bool has_grown(const char *path, size_t size)
{
    struct stat status;

    return stat(path, &status) == 0 && (size_t)status.st_size > size;
}

/* What a kill left behind is not what the next life's first line begins with. */
START_TEST(events_after_a_torn_line_begin_anew)
{
    static const char *const left[] = {"{\"ev\":\"sta", "{}\n", ""};
    static const char *const then[] = {
        "{\"ev\":\"sta\n{\"timestamp\":", "{}\n{\"timestamp\":", "{\"timestamp\":"};
    char *path = tmpdir_path(plugin_folder, "events");

    peer = peer_start(PEER_HANGS_UP);
    tmpdir_write(path, left[_i]);
    start(peer_address(peer), NULL, NULL, path);
    WAIT_UNTIL(has_grown(path, strlen(left[_i])), SAID_MS);
    expect_end_within(END_MS);
    char *events = tmpdir_read(path);
    ck_assert_msg(strncmp(events, then[_i], strlen(then[_i])) == 0, "it begins: %.80s", events);
    free(events);
    free(path);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

int main(void)
{
    TCase *refused = tcase_create("refused");
    TCase *addresses = tcase_create("addresses");

    tcase_add_checked_fixture(refused, set_up, tear_down);
    tcase_add_loop_test(refused, a_wrong_setting_is_named_before_anything_connects, 0,
                        ROWS(settings));
    tcase_add_loop_test(refused, a_wrong_argument_is_named_before_anything_connects, 0,
                        ROWS(arguments));
    tcase_add_loop_test(refused, a_wrong_file_is_named_with_its_line, 0, ROWS(files));
    tcase_add_test(refused, a_folder_is_no_file);
    tcase_add_test(refused, events_that_cannot_be_written_are_refused);
    tcase_add_loop_test(refused, a_handler_that_cannot_work_is_refused_before_anything_connects, 0,
                        ROWS(handlers));
    tcase_add_test(refused, a_handler_that_its_group_can_change_is_refused);
    tcase_add_test(refused, a_handler_that_refuses_to_open_has_the_last_word);
    tcase_set_timeout(addresses, TEST_SECONDS);
    tcase_add_checked_fixture(addresses, set_up, tear_down);
    tcase_add_test(addresses, where_nobody_listens_it_waits_and_says_so);
    tcase_add_loop_test(addresses, who_is_no_broker_is_named_and_waited_for, 0, PEER_MANNERS);
    tcase_add_test(addresses, a_dead_address_keeps_nobody_from_a_far_broker);
    tcase_add_test(addresses, a_stop_does_not_wait_for_an_answer_that_never_comes);
    tcase_add_test(addresses, events_for_a_full_disk_are_counted_and_said);
    tcase_add_loop_test(addresses, events_after_a_torn_line_begin_anew, 0, 3);
    return runner_run_two("badinput", refused, addresses);
}
