/* Does a consumer get into a secured cluster, say what is wrong where it does not, and never show a
 * secret? */
#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/certificate.h"
#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/mock_kafka.h"
#include "test/support/process.h"
#include "test/support/scene.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"

/* Every secret has it in it. The broker's class of users must be in the file of its settings. */
#define CANARY "CANARY7f3a"
#define USER   CANARY "-user"
#define SECRET CANARY "-password"

enum { RECORDS = 100, SETTINGS_MAX = 12, AWAIT_MS = 30000, END_MS = 30000, NS_PER_MS = 1000000 };

/* The scene is Kafka 3.9.1: SCRAM of librdkafka before 2.6.1 is refused by 4.x (hazard R12). */
static char *folder;     /* of the certificates */
static char *secret_key; /* a line of the client's */

/* In a setting, FOLDER stands for it. */
static const char *in_folder(const char *setting)
{
    const char *at = strstr(setting, "FOLDER");

    return at == NULL ? setting
                      : scene_text("%.*s%s%s", (int)(at - setting), setting, folder,
                                   at + strlen("FOLDER"));
}

#define TRUST   "ssl.ca.location=FOLDER/authority.pem"
#define LOGIN   "sasl.username=" USER, "sasl.password=" SECRET
#define CHARGED "sasl.username=" USER, "sasl.password=" CANARY "-wrong"

struct way {
    const char *listener;
    const char *settings[SETTINGS_MAX];
    const char *said;
};

static const struct way dead_ends[] = {
    {"PLAIN",
     {"security.protocol=sasl_ssl", TRUST, "sasl.mechanism=PLAIN", CHARGED},
     "lets this client in: the login is refused; check sasl.username and sasl.password"},
    {"SCRAM",
     {"security.protocol=sasl_ssl", TRUST, "sasl.mechanism=SCRAM-SHA-512", CHARGED},
     "lets this client in: the login is refused; check sasl.username and sasl.password"},
    {"SCRAM",
     {"security.protocol=sasl_ssl", TRUST, "sasl.mechanism=PLAIN", LOGIN},
     "lets this client in: the listener does not offer this sasl.mechanism"},
    {"TLS",
     {"security.protocol=ssl", "ssl.ca.location=FOLDER/stranger.pem"},
     "lets this client in: the broker's certificate is not from an authority that this client "
     "trusts"},
    {"MTLS",
     {"security.protocol=ssl", TRUST},
     "lets this client in: the listener wants a certificate of this client"},
    {"MTLS",
     {"security.protocol=ssl", TRUST, "ssl.certificate.location=FOLDER/stranger.pem",
      "ssl.key.location=FOLDER/stranger.key"},
     "lets this client in: the listener wants a certificate of this client"},
    {"TLS", {"security.protocol=plaintext"}, "check the address and security.protocol"},
    {NULL, /* PLAINTEXT */
     {"security.protocol=ssl", TRUST},
     "lets this client in: the listener seems not to speak this security.protocol"},
};

enum { DEAD_ENDS = sizeof dead_ends / sizeof dead_ends[0] };

/* The ways in, in the order of the examples in docs/security.md. */
static const char *const ways[] = {"TLS", "MTLS", "PLAIN", "SCRAM"};
enum { WAYS = sizeof ways / sizeof ways[0] };

static size_t add_settings(const struct way *way, const char **settings)
{
    size_t count = 0;

    if (way->listener != NULL) {
        settings[count++] = scene_listener(way->listener);
    }
    for (size_t i = 0; i < SETTINGS_MAX && way->settings[i] != NULL; i++) {
        settings[count++] = in_folder(way->settings[i]);
    }
    settings[count] = NULL;
    return count;
}

static void expect_no_secret(const char *where, const char *text)
{
    const char *canary = strstr(text, CANARY);
    const char *at = canary != NULL ? canary : strstr(text, secret_key);

    if (at != NULL) {
        const char *from = at - text > 200 ? at - 200 : text;
        fail_test("a secret is in %s: ...%.250s", where, from);
    }
}

static void expect_no_secret_in(struct member *member)
{
    char *path = text_format("%s/%s.events", scene.folder, member_name(member));
    char *events = tmpdir_read(path);

    expect_no_secret("the log", process_errors(member_process(member)));
    expect_no_secret("the output", process_output(member_process(member)));
    expect_no_secret("the events", events);
    free(events);
    free(path);
}

/* `text` with every `from` as `to`; frees `text`. */
static char *replaced(char *text, const char *from, const char *to)
{
    struct text out = {.bytes = NULL};
    const char *rest = text;

    text_add(&out, "%s", "");
    for (const char *at = strstr(rest, from); at != NULL; at = strstr(rest, from)) {
        text_add_bytes(&out, rest, (size_t)(at - rest));
        text_add(&out, "%s", to);
        rest = at + strlen(from);
    }
    text_add(&out, "%s", rest);
    free(text);
    return out.bytes;
}

/* The example in a file of its own, with the names that are true here. */
static const char *write_example(size_t index)
{
    static const char fence[] = "```properties\n";
    char *path = text_format("%s/docs/security.md", getenv("WEIR_SOURCE"));
    char *document = tmpdir_read(path);
    const char *at = document;

    for (size_t i = 0; i <= index; i++) {
        at = strstr(at, fence);
        ck_assert_msg(at != NULL, "docs/security.md has no example %zu", index);
        at += strlen(fence);
    }
    char *example = text_format("%.*s", (int)(strstr(at, "```") - at), at);
    example = replaced(example, "/etc/weir", folder);
    example = replaced(example, "= shop\n", "= " USER "\n");
    example = replaced(example, "= change-me\n", "= " SECRET "\n");
    const char *file = scene_text("%s/%zu.properties", scene.folder, index);
    tmpdir_write(file, example);
    free(example);
    free(document);
    free(path);
    return file;
}

/* `weir config` connects to nothing. */
static void expect_no_secret_shown(const char *verb, const char *option, const char *file)
{
    const char *words[] = {getenv("WEIR_BINARY"), "config", verb, "-c", file, option, NULL};
    struct process *process = process_start(&(struct process_options){.arguments = words});

    (void)process_wait(process, END_MS);
    expect_no_secret(verb, process_output(process));
    expect_no_secret(verb, process_errors(process));
    process_destroy(process);
}

/* What `weir config check` warns of, if the library found has a defect that matters here, is said
 * at the start, too. */
static void expect_warned(struct member *member, const char *file)
{
    static const char warning[] = "weir: warning: ";
    const char *words[] = {getenv("WEIR_BINARY"),
                           "config",
                           "check",
                           "-c",
                           file,
                           "-Xbootstrap.servers=127.0.0.1:1",
                           "-Xweir.topics=orders",
                           "-Xgroup.id=shop",
                           NULL};
    struct process *check = process_start(&(struct process_options){.arguments = words});

    process_expect(check, 0, END_MS);
    const char *at = strstr(process_errors(check), warning);
    if (at != NULL) {
        at += strlen(warning);
        const char *sentence = scene_text("%.*s", (int)strcspn(at, "\n"), at);
        ck_assert_msg(strstr(process_errors(member_process(member)), sentence) != NULL,
                      "not said at the start: %s", sentence);
    }
    process_destroy(check);
}

START_TEST(every_way_in_is_open_and_shows_no_secret)
{
    scene_create_topic(2);
    for (size_t i = 0; i < WAYS; i++) {
        const char *file = write_example(i);
        const char *const arguments[] = {"-c", file, NULL};
        const char *const settings[] = {scene_listener(ways[i]), "weir.log.level=debug",
                                        "debug=all", NULL};
        scene_produce_many(RECORDS, 10);
        struct member *member = scene_start_with(&(struct member_options){
            .name = ways[i], .settings = settings, .arguments = arguments});
        scene_await_all();
        member_stop(member);
        ck_assert(strstr(process_errors(member_process(member)), " debug ") != NULL);
        expect_warned(member, file);
        expect_no_secret_in(member);
        expect_no_secret_shown("dump", NULL, file);
        expect_no_secret_shown("dump", "-ojson", file);
        expect_no_secret_shown("dump", "-oproperties", file);
        expect_no_secret_shown("check", NULL, file);
    }
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY);
    scene_expect_committed();
}
END_TEST

static void find_in(void *text)
{
    expect_no_secret("a text", text);
}

/* The control of all the others. */
START_TEST(a_secret_that_is_shown_is_found)
{
    char shown[] = "before " SECRET " after";
    char hidden[] = "before *** after";
    char *key = text_format("before %s after", secret_key);
    char *found = fail_text_of(find_in, shown);
    char *found_key = fail_text_of(find_in, key);

    ck_assert_ptr_nonnull(found);
    ck_assert_ptr_nonnull(found_key);
    ck_assert_ptr_null(fail_text_of(find_in, hidden));
    free(found);
    free(found_key);
    free(key);
}
END_TEST

static int64_t time_of_attempt(struct member *member)
{
    return stream_await(member_stream(member), "client_error", AWAIT_MS)->time_ns / NS_PER_MS;
}

/* A refused SCRAM login may be the library's fault, and then that is said beside it; of no other.
 */
static void expect_doubt(const struct way *way, const char *errors)
{
    enum { SCRAM_MENDED = 0x02060100 };
    static const char doubt[] = "(or the brokers are Kafka 4.0 or later, which refuse every SCRAM "
                                "login of librdkafka before 2.6.1)";
    bool scram = false;

    for (size_t i = 0; i < SETTINGS_MAX && way->settings[i] != NULL; i++) {
        scram = scram || strcmp(way->settings[i], "sasl.mechanism=SCRAM-SHA-512") == 0;
    }
    ck_assert((strstr(errors, doubt) != NULL) == (scram && mock_library_version() < SCRAM_MENDED));
}

/* A second, then two, lie between one attempt and the next. All at the same time: they wait. */
START_TEST(a_dead_end_is_named_tried_again_in_peace_and_shows_no_secret)
{
    struct member *members[DEAD_ENDS];

    scene_create_topic(1);
    for (size_t i = 0; i < DEAD_ENDS; i++) {
        const char *settings[SETTINGS_MAX + 4];
        size_t count = add_settings(&dead_ends[i], settings);
        settings[count++] = "weir.log.level=debug";
        settings[count++] = "debug=all";
        settings[count] = NULL;
        members[i] = scene_start(scene_text("m%zu", i), settings);
    }
    for (size_t i = 0; i < DEAD_ENDS; i++) {
        process_await_error(member_process(members[i]), dead_ends[i].said, AWAIT_MS);
        int64_t first = time_of_attempt(members[i]);
        int64_t second = time_of_attempt(members[i]);
        int64_t third = time_of_attempt(members[i]);
        ck_assert_int_ge(second - first, 1000);
        ck_assert_int_ge(third - second, 2000);
    }
    scene_stop_all();
    for (size_t i = 0; i < DEAD_ENDS; i++) {
        expect_doubt(&dead_ends[i], process_errors(member_process(members[i])));
        ck_assert_uint_eq(member_count_events(members[i], WEIR_EVENT_ASSIGN), 0);
        expect_no_secret_in(members[i]);
    }
}
END_TEST

static const struct way nobody = {"MTLS",
                                  {"security.protocol=ssl", TRUST,
                                   "ssl.certificate.location=FOLDER/nobody.pem",
                                   "ssl.key.location=FOLDER/nobody.key"},
                                  NULL};

static struct member *start_nobody(const char *name)
{
    const char *settings[SETTINGS_MAX];

    (void)add_settings(&nobody, settings);
    return scene_start(name, settings);
}

static void allow(const char *operation)
{
    admin_allow(scene.admin, "User:CN=nobody", operation, scene.topics[0]);
}

/* What is not allowed is named, one right after the other, and once it is all goes on by itself. */
START_TEST(a_missing_right_is_named_and_waited_for)
{
    scene_create_topic(1);
    scene_produce_many(RECORDS, 0);
    admin_allow_group(scene.admin, "User:CN=nobody", "read", scene.group);
    struct member *member = start_nobody("a");
    struct process *process = member_process(member);
    process_await_error(process,
                        scene_text("topic '%s' may not be read by this client; grant it Describe "
                                   "and Read",
                                   scene.topics[0]),
                        AWAIT_MS);
    process_await_error(process, "(Subscribed topic not available", AWAIT_MS);
    allow("describe");
    (void)member_await_assigned(member, 1);
    process_await_error(process,
                        scene_text("%s/0: this client may not read the topic; grant its user "
                                   "Describe and Read on it",
                                   scene.topics[0]),
                        AWAIT_MS);
    allow("read");
    scene_await_all();
    member_stop(member);
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY);
    scene_expect_committed();
}
END_TEST

START_TEST(a_group_that_is_not_allowed_is_named_and_waited_for)
{
    scene_create_topic(1);
    allow("read");
    struct member *member = start_nobody("a");
    process_await_error(member_process(member),
                        "this client may not use the group; grant its user Read on the group of "
                        "group.id",
                        AWAIT_MS);
    admin_allow_group(scene.admin, "User:CN=nobody", "read", scene.group);
    (void)member_await_assigned(member, 1);
    member_stop(member);
}
END_TEST

/* One start of the broker for all. */
static const char *const listeners[] = {"TLS:SSL", "MTLS:SSL", "PLAIN:SASL_SSL", "SCRAM:SASL_SSL",
                                        NULL};
static const char *const format[] = {"--add-scram",
                                     "SCRAM-SHA-512=[name=" USER ",password=" SECRET "]", NULL};

static char **broker_properties(void)
{
    char **properties = fail_or_alloc(16, sizeof properties[0]);
    size_t count = 0;

    properties[count++] = text_format("ssl.keystore.location=%s/broker.store", folder);
    properties[count++] = fail_or_copy("ssl.keystore.type=PEM");
    properties[count++] = text_format("ssl.truststore.location=%s/authority.pem", folder);
    properties[count++] = fail_or_copy("ssl.truststore.type=PEM");
    properties[count++] = fail_or_copy("listener.name.mtls.ssl.client.auth=required");
    properties[count++] = fail_or_copy("listener.name.plain.sasl.enabled.mechanisms=PLAIN");
    properties[count++] = fail_or_copy(
        "listener.name.plain.plain.sasl.jaas.config=org.apache.kafka.common.security.plain."
        "PlainLoginModule required user_" USER "=\"" SECRET "\";");
    properties[count++] = fail_or_copy("listener.name.scram.sasl.enabled.mechanisms=SCRAM-SHA-512");
    properties[count++] = fail_or_copy(
        "listener.name.scram.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security."
        "scram.ScramLoginModule required;");
    properties[count++] = fail_or_copy("authorizer.class.name=org.apache.kafka.metadata.authorizer."
                                       "StandardAuthorizer");
    properties[count++] = fail_or_copy("super.users=User:ANONYMOUS;User:CN=client;User:" USER);
    return properties;
}

static void make_certificates(void)
{
    folder = tmpdir_create("certificates");
    certificate_authority(folder, "authority");
    certificate_authority(folder, "stranger");
    certificate_sign(folder, "authority", "broker");
    certificate_sign(folder, "authority", "client");
    certificate_sign(folder, "authority", "nobody");
    char *path = tmpdir_path(folder, "client.key");
    char *key = tmpdir_read(path);
    const char *line = strchr(key, '\n') + 1;
    secret_key = text_format("%.*s", (int)strcspn(line, "\n"), line);
    free(key);
    free(path);
}

int main(void)
{
    const TTest *const tests[] = {
        every_way_in_is_open_and_shows_no_secret,
        a_secret_that_is_shown_is_found,
        a_dead_end_is_named_tried_again_in_peace_and_shows_no_secret,
        a_missing_right_is_named_and_waited_for,
        a_group_that_is_not_allowed_is_named_and_waited_for,
    };

    make_certificates();
    char **properties = broker_properties();
    const struct kafka_options kafka = {.version = "3.9.1",
                                        .properties = (const char *const *)properties,
                                        .format = format,
                                        .listeners = listeners};
    int failed = SCENE_RUN_WITH("security", tests, .kafka = &kafka);
    for (size_t i = 0; properties[i] != NULL; i++) {
        free(properties[i]);
    }
    free(properties);
    free(secret_key);
    tmpdir_remove(&folder);
    return failed;
}
