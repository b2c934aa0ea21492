#include "framework/config.h"

#include "framework/base/limits.h"
#include "test/support/config_fixture.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(a_new_configuration_holds_the_defaults)
{
    struct weir_config *config = config_create();
    size_t count;
    const struct weir_config_key *rows = weir_config_keys(&count);

    for (size_t i = 0; i < count; i++) {
        const char *value = weir_config_get(config, rows[i].name);
        if (*rows[i].preset == '\0') {
            ck_assert_ptr_null(value);
        } else {
            ck_assert_str_eq(value, rows[i].preset);
        }
    }
    ck_assert_int_eq(weir_config_integer(config, "weir.batch.bytes"), 1048576);
    ck_assert_int_eq(weir_config_integer(config, "weir.buffer.total.bytes"), 268435456);
    ck_assert_int_eq(weir_config_integer(config, "weir.drain.timeout.ms"), 30000);
    ck_assert_int_eq(weir_config_integer(config, "weir.insecure"), 0);
    ck_assert_int_eq(weir_config_integer(config, "weir.start.timestamp"), WEIR_CONFIG_NO_NUMBER);
    ck_assert_uint_eq(weir_config_choice(config, "weir.order"), 1);
    ck_assert_ptr_null(weir_config_get(config, "no.such.key"));
    weir_config_destroy(config);
    weir_config_destroy(NULL);
}
END_TEST

START_TEST(a_higher_origin_wins_and_an_equal_one_replaces)
{
    struct weir_config *config = config_create();

    for (int first = WEIR_CONFIG_DEFAULT; first <= WEIR_CONFIG_ARGUMENT; first++) {
        for (int second = WEIR_CONFIG_DEFAULT; second <= WEIR_CONFIG_ARGUMENT; second++) {
            struct weir_config *copy = NULL;
            ck_assert_int_eq(weir_config_clone(config, &copy), WEIR_OK);
            ck_assert_int_eq(
                weir_config_set(copy, "weir.workers", "7", (enum weir_config_origin)first, NULL),
                WEIR_OK);
            ck_assert_int_eq(
                weir_config_set(copy, "weir.workers", "8", (enum weir_config_origin)second, NULL),
                WEIR_OK);
            ck_assert_int_eq(weir_config_integer(copy, "weir.workers"), second >= first ? 8 : 7);
            weir_config_destroy(copy);
        }
    }
    weir_config_destroy(config);
}
END_TEST

START_TEST(a_value_below_a_higher_origin_is_judged_all_the_same)
{
    struct weir_config *config = config_create();

    config_set(config, "weir.workers", "7");
    ck_assert_int_eq(weir_config_set(config, "weir.workers", "x", WEIR_CONFIG_FILE, NULL),
                     WEIR_ERR_CONFIG);
    ck_assert_int_eq(weir_config_integer(config, "weir.workers"), 7);
    weir_config_destroy(config);
}
END_TEST

START_TEST(two_names_of_one_property_are_one_key)
{
    struct weir_config *config = config_create();

    ck_assert_int_eq(weir_config_set(config, "metadata.broker.list", "a:1", WEIR_CONFIG_FILE, NULL),
                     WEIR_OK);
    ck_assert_str_eq(weir_config_get(config, "bootstrap.servers"), "a:1");
    config_set(config, "bootstrap.servers", "b:1");
    ck_assert_str_eq(weir_config_get(config, "metadata.broker.list"), "b:1");
    weir_config_destroy(config);
}
END_TEST

START_TEST(blanks_around_a_value_go_where_nobody_means_them)
{
    struct weir_config *config = config_create();

    config_set(config, "weir.workers", " 7\t");
    config_set(config, "security.protocol", "ssl ");
    config_set(config, "sasl.password", " x ");
    config_set(config, "handler.greeting", " hello ");
    ck_assert_int_eq(weir_config_integer(config, "weir.workers"), 7);
    ck_assert_str_eq(weir_config_get(config, "security.protocol"), "ssl");
    ck_assert_str_eq(weir_config_get(config, "sasl.password"), " x ");
    ck_assert_str_eq(weir_config_get(config, "handler.greeting"), " hello ");
    weir_config_destroy(config);
}
END_TEST

START_TEST(what_is_given_and_what_is_changed)
{
    static const struct {
        const char *key;
        const char *value; /* NULL: it is not set */
        bool given;
        bool changed;
    } keys[] = {
        {"weir.order", NULL, true, false},       {"weir.order", "key", true, false},
        {"weir.order", "none", true, true},      {"weir.topics", NULL, false, false},
        {"weir.topics", "orders", true, true},   {"weir.topics", "", false, false},
        {"ssl.ca.location", NULL, false, false}, {"ssl.ca.location", "", false, false},
        {"ssl.ca.location", "/a", true, true},   {"metadata.broker.list", "a:1", true, true},
    };

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct weir_config *config = config_create();
        if (keys[i].value != NULL) {
            config_set(config, keys[i].key, keys[i].value);
        }
        ck_assert_msg(weir_config_given(config, keys[i].key) == keys[i].given &&
                          weir_config_changed(config, keys[i].key) == keys[i].changed,
                      "example %zu: %s", i, keys[i].key);
        weir_config_destroy(config);
    }
}
END_TEST

START_TEST(an_empty_value_takes_a_key_back)
{
    struct weir_config *config = config_create();

    config_set(config, "weir.topics", "orders");
    config_set(config, "weir.topics", "");
    ck_assert_ptr_null(weir_config_get(config, "weir.topics"));
    config_set(config, "weir.start.timestamp", "5");
    config_set(config, "weir.start.timestamp", " ");
    ck_assert_int_eq(weir_config_integer(config, "weir.start.timestamp"), WEIR_CONFIG_NO_NUMBER);
    config_set(config, "handler.note", "");
    ck_assert_str_eq(weir_config_get(config, "handler.note"), "");
    assert_contains(config_refusal(config, "weir.workers", ""), "weir.workers: must be 1..4096");
    weir_config_destroy(config);
}
END_TEST

/* What is refused, and with which words. Where there is a value, it must not be in the text. */
static const struct {
    const char *key;
    const char *value;
    const char *text;
} refusals[] = {
    /* the nearest key, of weir's and of librdkafka's */
    {"weir.topic", "CANARY", "weir.topic: no such key; did you mean weir.topics?"},
    {"weir.batchsize", "CANARY", "did you mean weir.batch.size?"},
    {"weir.whatever.else", "CANARY", "weir.whatever.else: no such key; weir config list"},
    {"weir.", "CANARY", "weir.: no such key"},
    {"bootstrap.server", "CANARY", "did you mean bootstrap.servers?"},
    {"bootstrap_servers", "CANARY", "did you mean bootstrap.servers?"},
    {"session.timeout", "CANARY", "did you mean session.timeout.ms?"},
    {"workers", "CANARY", "did you mean weir.workers?"},
    {"zookeeper.conect", "CANARY", "did you mean zookeeper.connect?"},
    {"zookeeper.connect", "a:CANARY", "zookeeper.connect: at character 1: no address"},
    {"zookeeper.connect", "a:1/CANARY/", "zookeeper.connect: at character 12: no path"},
    {"zookeeper.digest", "CANARY", "zookeeper.digest: must be a user and a password"},
    {"", "CANARY", "a key is missing"},
    {"handler.", "CANARY", "no key"},
    {"weir.topics ", "CANARY", "no key"},
    {"a=b", "CANARY", "no key"},
    /* values of ours */
    {"weir.workers", "CANARY", "weir.workers: must be 1..4096"},
    {"weir.order", "CANARY", "weir.order: must be one of partition|key|none"},
    {"weir.topics", "CANARY CANARY", "weir.topics: at character 1: no topic name"},
    {"weir.partitions", "CANARY", "weir.partitions: at character 7: a colon"},
    /* values of librdkafka's */
    {"security.protocol", "CANARY", "librdkafka allows plaintext, ssl, sasl_plaintext, sasl_ssl"},
    {"session.timeout.ms", "CANARY", "session.timeout.ms: librdkafka allows 1 .. 3600000"},
    {"session.timeout.ms", "5s", "session.timeout.ms: must be a plain whole number"},
    {"session.timeout.ms", "0x1771", "session.timeout.ms: must be a plain whole number"},
    {"session.timeout.ms", "4294973296", "session.timeout.ms: must be a plain whole number"},
    {"debug", "all,CANARY", "debug: librdkafka allows generic, broker"},
    {"topic.blacklist", "^(CANARY", "topic.blacklist: librdkafka says: Failed to parse"},
    {"rebalance_cb", "CANARY", "rebalance_cb: librdkafka says: Property"},
    {"ssl_key", "CANARY", "ssl_key: librdkafka does not accept the value"},
    {"partitioner", "CANARY", "partitioner: librdkafka says"},
    /* weir's business */
    {"enable.auto.commit", "CANARY", "weir commits finished records itself"},
    {"auto.commit.enable", "CANARY", "weir commits finished records itself"},
    {"auto.commit.interval.ms", "CANARY", "weir.commit.interval.ms"},
    {"enable.auto.offset.store", "CANARY", "once their records are finished"},
    {"auto.offset.reset", "CANARY", "weir.start"},
    {"auto.offset.reset", "CANARY", "weir.out.of.range"},
    {"enable.partition.eof", "CANARY", "weir sets it itself"},
    {"offset.store.method", "CANARY", "weir.offsets.store"},
    {"offset.store.path", "CANARY", "weir.offsets.store"},
    {"consume.callback.max.messages", "CANARY", "weir.batch.size"},
    {"enabled_events", "CANARY", "weir chooses"},
    {"log.queue", "CANARY", "weir.log.level"},
    /* Java only */
    {"sasl.jaas.config", "CANARY", "sasl.username and sasl.password"},
    {"ssl.truststore.location", "CANARY", "ssl.ca.location"},
    {"ssl.truststore.password", "CANARY", "ssl.ca.location"},
    {"ssl.truststore.certificates", "CANARY", "ssl.ca.pem"},
    {"ssl.keystore.type", "CANARY", "PKCS#12"},
    {"ssl.keystore.key", "CANARY", "ssl.key.pem"},
    {"key.deserializer", "CANARY", "bytes as they are"},
    {"value.deserializer", "CANARY", "bytes as they are"},
    {"max.poll.records", "CANARY", "weir.batch.size"},
    {"fetch.max.wait.ms", "CANARY", "fetch.wait.max.ms"},
    {"request.timeout.ms", "CANARY", "socket.timeout.ms"},
    {"metrics.recording.level", "CANARY", "counters of its own"},
    {"partition.assignment.strategy", "org.apache.kafka.clients.consumer.RangeAssignor",
     "must be range, roundrobin"},
    {"partition.assignment.strategy", "range,cooperative-sticky", "cannot be mixed"},
    {"partition.assignment.strategy", "rang", "must be range"},
    /* hazard X2: code, from anywhere but a trusted file */
    {"plugin.library.paths", "CANARY", "it runs code"},
    {"sasl.kerberos.kinit.cmd", "CANARY", "it runs code"},
    {"ssl.engine.location", "CANARY", "it runs code"},
    {"ssl.providers", "CANARY", "it runs code"},
    {"sasl.kerberos.principal", "$(CANARY)", "part of a shell command"},
    {"sasl.kerberos.keytab", "CANARY\"; x", "part of a shell command"},
    {"sasl.kerberos.service.name", "CANARY`x`", "part of a shell command"},
    /* text */
    {"client.id", "CANARY\xFF", "client.id: the value is not UTF-8"},
};

START_TEST(a_bad_key_or_value_is_refused_by_name)
{
    struct weir_config *config = config_create();
    const char *value = refusals[_i].value;
    const char *text;

    for (int origin = WEIR_CONFIG_DEFAULT; origin < WEIR_CONFIG_ARGUMENT; origin++) {
        ck_assert_int_eq(
            weir_config_set(config, refusals[_i].key, value, (enum weir_config_origin)origin, NULL),
            WEIR_ERR_CONFIG);
    }
    text = config_refusal(config, refusals[_i].key, value);
    assert_contains(text, refusals[_i].text);
    assert_lacks(text, "CANARY");
    assert_lacks(text, "4294973296");
    /* and nothing of it was kept */
    if (strncmp(refusals[_i].key, "weir.", 5) != 0) {
        ck_assert_ptr_null(weir_config_get(config, refusals[_i].key));
    }
    weir_config_destroy(config);
}
END_TEST

static const struct {
    const char *key;
    const char *value;
} accepted[] = {
    {"session.timeout.ms", "6000"},
    {"session.timeout.ms", "+6000"},
    {"client.id", "99999999999"},
    {"client.id", "5s"},
    {"group.id", "007"},
    {"statistics.interval.ms", "0"},
    {"topic.metadata.refresh.interval.ms", "-1"},
    {"acks", "all"},
    {"enable.ssl.certificate.verification", "1"},
    {"partition.assignment.strategy", "cooperative-sticky"},
    {"partition.assignment.strategy", "roundrobin,range"},
    {"sasl.kerberos.principal", "kafkaclient/host.example@EXAMPLE.COM"},
    {"weir.topics", "^orders-.*"},
    {"handler.anything", "at all \n"},
    {"handler.x", ""},
};

START_TEST(what_is_good_passes)
{
    struct weir_config *config = config_create();

    config_set(config, accepted[_i].key, accepted[_i].value);
    ck_assert_str_eq(weir_config_get(config, accepted[_i].key), accepted[_i].value);
    weir_config_destroy(config);
}
END_TEST

START_TEST(a_piece_of_a_secret_is_not_shown_as_a_key)
{
    struct weir_config *config = config_create();

    assert_lacks(config_refusal(config, "MIIEvQIBADANBgkqhkiG", ""), "MIIE");
    assert_lacks(config_refusal(config, "hunter2canary", ""), "hunter2canary");
    assert_lacks(config_refusal(config, "canary\n[error] x.y", ""), "canary");
    weir_config_destroy(config);
}
END_TEST

START_TEST(sizes_have_limits)
{
    struct weir_config *config = config_create();
    char *text = calloc(1, WEIR_CONFIG_LINE_SIZE_MAX + 2);

    ck_assert_ptr_nonnull(text);
    memset(text, 'a', WEIR_CONFIG_LINE_SIZE_MAX);
    config_set(config, "handler.big", text);
    text[WEIR_CONFIG_LINE_SIZE_MAX] = 'a';
    assert_contains(config_refusal(config, "handler.big", text), "longer than 64 KiB");
    memcpy(text, "handler.", 8);
    text[WEIR_CONFIG_KEY_SIZE_MAX + 1] = '\0';
    assert_contains(config_refusal(config, text, "x"), "longer than 255 bytes");
    text[WEIR_CONFIG_KEY_SIZE_MAX] = '\0';
    config_set(config, text, "x");
    free(text);
    weir_config_destroy(config);
}
END_TEST

START_TEST(keys_have_a_limit)
{
    struct weir_config *config = config_create();
    enum weir_status status = WEIR_OK;
    struct weir_error error = {.code = WEIR_OK};

    for (int i = 0; i < WEIR_CONFIG_ENTRIES_MAX + 1 && status == WEIR_OK; i++) {
        char key[32];
        (void)snprintf(key, sizeof key, "handler.%d", i);
        status = weir_config_set(config, key, "x", WEIR_CONFIG_FILE, &error);
    }
    ck_assert_int_eq(status, WEIR_ERR_CONFIG);
    ck_assert_str_eq(error.text, "more than 4096 keys");
    config_set(config, "handler.0", "y"); /* replacing needs no room */
    weir_config_destroy(config);
}
END_TEST

struct dump {
    char text[4096];
    char last[256];
};

static void print_entry(const struct weir_config_entry *entry, void *user)
{
    struct dump *dump = user;
    size_t used = strlen(dump->text);

    ck_assert_uint_eq(entry->size, sizeof *entry);
    ck_assert_int_lt(strcmp(dump->last, entry->key), 0);
    (void)snprintf(dump->last, sizeof dump->last, "%s", entry->key);
    if (entry->origin != WEIR_CONFIG_DEFAULT) {
        (void)snprintf(dump->text + used, sizeof dump->text - used, "%s=%s %d\n", entry->key,
                       entry->value, entry->origin);
    }
}

START_TEST(entries_come_in_order_and_masked)
{
    struct weir_config *config = config_create();
    struct dump dump = {.text = ""};

    config_set(config, "weir.workers", "7");
    config_set(config, "sasl.password", "hunter2");
    config_set(config, "handler.url", "http://u:p@h");
    config_set(config, "weir.topics", "");
    ck_assert_int_eq(weir_config_set(config, "client.id", "x", WEIR_CONFIG_ENVIRONMENT, NULL),
                     WEIR_OK);
    weir_config_each(config, print_entry, &dump);
    ck_assert_str_eq(dump.text, "client.id=x 2\nhandler.url=http://***@h 3\n"
                                "sasl.password=*** 3\nweir.workers=7 3\n");
    ck_assert_str_eq(weir_config_get(config, "sasl.password"), "hunter2");
    weir_config_destroy(config);
}
END_TEST

START_TEST(a_clone_stands_alone)
{
    struct weir_config *config = config_create();
    struct weir_config *copy = NULL;

    config_set(config, "weir.workers", "7");
    ck_assert_int_eq(weir_config_clone(config, &copy), WEIR_OK);
    config_set(config, "weir.workers", "8");
    weir_config_destroy(config);
    ck_assert_str_eq(weir_config_get(copy, "weir.workers"), "7");
    ck_assert_int_eq(weir_config_integer(copy, "weir.workers"), 7);
    weir_config_destroy(copy);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("config");

    tcase_add_test(tcase, a_new_configuration_holds_the_defaults);
    tcase_add_test(tcase, a_higher_origin_wins_and_an_equal_one_replaces);
    tcase_add_test(tcase, a_value_below_a_higher_origin_is_judged_all_the_same);
    tcase_add_test(tcase, two_names_of_one_property_are_one_key);
    tcase_add_test(tcase, blanks_around_a_value_go_where_nobody_means_them);
    tcase_add_test(tcase, what_is_given_and_what_is_changed);
    tcase_add_test(tcase, an_empty_value_takes_a_key_back);
    tcase_add_loop_test(tcase, a_bad_key_or_value_is_refused_by_name, 0,
                        sizeof refusals / sizeof refusals[0]);
    tcase_add_loop_test(tcase, what_is_good_passes, 0, sizeof accepted / sizeof accepted[0]);
    tcase_add_test(tcase, a_piece_of_a_secret_is_not_shown_as_a_key);
    tcase_add_test(tcase, sizes_have_limits);
    tcase_add_test(tcase, keys_have_a_limit);
    tcase_add_test(tcase, entries_come_in_order_and_masked);
    tcase_add_test(tcase, a_clone_stands_alone);
    return run_case(tcase, "config");
}
