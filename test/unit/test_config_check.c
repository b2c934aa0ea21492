#include "framework/config_check.h"

#include "framework/config_kafka.h"
#include "test/support/config_fixture.h"
#include <librdkafka/rdkafka.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHANGES = 6 };

#define FIFTY    "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee"
#define TOO_LONG FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY

/* What is changed in a complete configuration, and what the check says of it then. */
static const struct {
    const char *changes[CHANGES][2];
    const char *verdict; /* "" when it is good */
} examples[] = {
    {{{NULL}}, ""},
    {{{"bootstrap.servers", ""}}, "bootstrap.servers: is missing"},
    {{{"bootstrap.servers", ""}, {"test.mock.num.brokers", "1"}}, ""},
    {{{"bootstrap.servers", "a:1,b:CANARY"}}, "bootstrap.servers: at character 5: no address"},
    {{{"weir.topics", ""}}, "weir.topics: is missing"},
    {{{"weir.topics", "orders,^[CANARY"}}, "weir.topics: at character 16: no regular expression:"},
    {{{"weir.topics", "^(a|b)[0-9]+$,orders"}}, ""},
    {{{"group.id", ""}}, "group.id: is missing; weir.coordinator=kafka needs"},
    {{{"weir.partitions", "a:0"}}, "weir.partitions: only goes with weir.coordinator=none"},
    {{{"weir.coordinator", "none"}}, ""},
    {{{"weir.coordinator", "none"}, {"weir.partitions", "a:0"}},
     "weir.topics: does not go with weir.partitions"},
    {{{"weir.topics", "orders,^log"}, {"weir.topics.exclude", "^.*-x,log-y"}}, ""},
    {{{"weir.topics", "orders,^log"}, {"weir.topics.exclude", "a,^b)CANARY"}},
     "weir.topics.exclude: at character 5: no regular expression: unmatched closing"},
    {{{"weir.topics", "a,orders"}, {"weir.topics.exclude", "^ord"}},
     "weir.topics: at character 3: this topic is named here and excluded"},
    {{{"weir.coordinator", "none"},
      {"weir.topics", ""},
      {"weir.partitions", "a:0"},
      {"weir.topics.exclude", "b"}},
     "weir.topics.exclude: only goes with weir.topics"},
    {{{"weir.coordinator", "none"}, {"weir.topics", ""}}, "weir.partitions: is missing"},
    {{{"weir.coordinator", "zookeeper"}}, "zookeeper.connect: is missing"},
    {{{"weir.coordinator", "zookeeper"}, {"zookeeper.connect", "zk:2181"}}, ""},
    {{{"weir.coordinator", "zookeeper"}, {"zookeeper.connect", "zk:2181"}, {"group.id", ""}},
     "group.id: is missing; weir.coordinator=zookeeper needs"},
    {{{"weir.coordinator", "zookeeper"}, {"zookeeper.connect", "zk:2181"}, {"group.id", "a/b"}},
     "group.id: cannot be the name of a ZooKeeper node"},
    {{{"weir.coordinator", "zookeeper"},
      {"zookeeper.connect", "zk:2181"},
      {"weir.member.id", "a/b"}},
     "weir.member.id: cannot be the name of a ZooKeeper node"},
    {{{"weir.member.id", "a"}}, "weir.member.id: only goes with weir.coordinator=zookeeper"},
    {{{"weir.strategy", "range"}}, "weir.strategy: only goes with weir.coordinator=zookeeper"},
    {{{"weir.capacity", "2"}}, "weir.capacity: only goes with weir.coordinator=zookeeper"},
    {{{"weir.capacity", "1"}}, ""},
    {{{"weir.rebalance.delay.ms", "50"}},
     "weir.rebalance.delay.ms: only goes with weir.coordinator=zookeeper"},
    {{{"weir.coordinator", "zookeeper"},
      {"zookeeper.connect", "zk:2181"},
      {"weir.capacity", "2"},
      {"weir.rebalance.delay.ms", "50"}},
     ""},
    {{{"weir.coordinator", "zookeeper"},
      {"zookeeper.connect", "zk:2181"},
      {"group.instance.id", "a"}},
     "group.instance.id: only goes with weir.coordinator=kafka; in a ZooKeeper group it is"},
    {{{"weir.coordinator", "zookeeper"},
      {"zookeeper.connect", "zk:2181"},
      {"partition.assignment.strategy", "range"}},
     "partition.assignment.strategy: only goes with weir.coordinator=kafka"},
    {{{"weir.coordinator", "zookeeper"},
      {"zookeeper.connect", "zk:2181"},
      {"weir.partitions", "a:0"}},
     "weir.partitions: in a ZooKeeper group it only goes with weir.strategy=static"},
    {{{"weir.coordinator", "zookeeper"},
      {"zookeeper.connect", "zk:2181"},
      {"weir.strategy", "static"},
      {"weir.partitions", "a:0"}},
     ""},
    {{{"weir.color", "blue"}}, "weir.color: only goes with weir.coordinator=zookeeper"},
    {{{"weir.bluegreen.window.ms", "0"}},
     "weir.bluegreen.window.ms: only goes with weir.coordinator=zookeeper"},
    {{{"weir.bluegreen.window.ms", "600000"}}, ""},
    {{{"weir.bluegreen.rollback", "unhealthy"}, {"weir.coordinator", "none"}},
     "weir.bluegreen.rollback: only goes with weir.coordinator=zookeeper"},
    {{{"weir.coordinator", "zookeeper"}, {"zookeeper.connect", "zk:2181"}, {"weir.color", "blue"}},
     "weir.color: only goes with weir.strategy=bluegreen"},
    {{{"weir.coordinator", "zookeeper"},
      {"zookeeper.connect", "zk:2181"},
      {"weir.bluegreen.window.ms", "0"}},
     "weir.bluegreen.window.ms: only goes with weir.strategy=bluegreen"},
    {{{"weir.coordinator", "zookeeper"},
      {"zookeeper.connect", "zk:2181"},
      {"weir.bluegreen.rollback", "unhealthy"}},
     "weir.bluegreen.rollback: only goes with weir.strategy=bluegreen"},
    {{{"weir.coordinator", "zookeeper"},
      {"zookeeper.connect", "zk:2181"},
      {"weir.strategy", "bluegreen"},
      {"weir.color", "blue"},
      {"weir.bluegreen.window.ms", "0"},
      {"weir.bluegreen.rollback", "unhealthy"}},
     ""},
    {{{"weir.coordinator", "zookeeper"},
      {"zookeeper.connect", "zk:2181"},
      {"weir.strategy", "bluegreen"}},
     "weir.color: is missing"},
    {{{"weir.coordinator", "zookeeper"},
      {"zookeeper.connect", "zk:2181"},
      {"weir.strategy", "bluegreen-range"},
      {"weir.color", "sea green"}},
     "weir.color: must be 1 to 32 letters"},
    {{{"weir.coordinator", "zookeeper"},
      {"zookeeper.connect", "zk:2181"},
      {"weir.strategy", "bluegreen-range"},
      {"weir.color", "blue"},
      {"weir.partitions", "a:0"}},
     "weir.partitions: in a ZooKeeper group it only goes with"},
    {{{"weir.coordinator", "zookeeper"},
      {"zookeeper.connect", "zk:2181"},
      {"weir.strategy", "bluegreen-static"},
      {"weir.color", "blue"},
      {"weir.partitions", "a:0"}},
     ""},
    {{{"weir.failure.policy", "dead-letter"}}, ""},
    {{{"weir.failure.policy", "dead-letter"}, {"weir.dead.letter.topic", "{topic}"}},
     "weir.dead.letter.topic: every topic would be that of its own letters"},
    {{{"weir.failure.policy", "dead-letter"}, {"weir.dead.letter.topic", TOO_LONG}},
     "weir.dead.letter.topic: must be the name of a topic"},
    {{{"weir.failure.policy", "dead-letter"},
      {"weir.topics", "^a"},
      {"weir.dead.letter.topic", TOO_LONG}},
     "weir.dead.letter.topic: must be the name of a topic"},
    {{{"weir.failure.policy", "dead-letter"}, {"weir.dead.letter.topic", "a letter"}},
     "weir.dead.letter.topic: must be the name of a topic"},
    {{{"weir.failure.policy", "dead-letter"}, {"weir.topics", "a,b,a.dead-letter"}},
     "weir.dead.letter.topic: letters of topic 'a' would go to 'a.dead-letter', which is"},
    {{{"weir.failure.policy", "dead-letter"},
      {"weir.topics", "a,graves"},
      {"weir.dead.letter.topic", "graves"}},
     "weir.dead.letter.topic: letters of topic 'a' would go to 'graves', which is consumed"},
    {{{"weir.failure.policy", "dead-letter"}, {"weir.topics", "^a,b.dead-letter"}}, ""},
    {{{"weir.failure.policy", "dead-letter"},
      {"weir.coordinator", "none"},
      {"weir.topics", ""},
      {"weir.partitions", "a:0-9;a.dead-letter:1"}},
     "weir.dead.letter.topic: letters of topic 'a' would go to 'a.dead-letter', which is"},
    {{{"weir.failure.policy", "dead-letter"}, {"transactional.id", "a"}},
     "transactional.id: does not go with weir.failure.policy=dead-letter"},
    {{{"weir.failure.policy", "skip"}, {"weir.topics", "a,a.dead-letter"}}, ""},
    {{{"weir.failure.policy", "hold"}, {"weir.dead.letter.topic", "graves"}},
     "weir.dead.letter.topic: only goes with weir.failure.policy=dead-letter"},
    {{{"weir.dead.letter.failure", "hold"}},
     "weir.dead.letter.failure: only goes with weir.failure.policy=dead-letter"},
    {{{"weir.shadow", "false"}}, ""},
    {{{"weir.shadow", "true"}},
     "weir.shadow: does not go with weir.coordinator=kafka: a member of the group would"},
    {{{"weir.shadow", "true"}, {"weir.coordinator", "none"}}, ""},
    {{{"weir.shadow", "true"}, {"weir.coordinator", "zookeeper"}, {"zookeeper.connect", "zk:2181"}},
     "weir.shadow: does not go with weir.coordinator=zookeeper without colors: a member of"},
    {{{"weir.shadow", "true"},
      {"weir.coordinator", "zookeeper"},
      {"zookeeper.connect", "zk:2181"},
      {"weir.strategy", "bluegreen"},
      {"weir.color", "green"}},
     ""},
    {{{"weir.coordinator", "none"}, {"weir.topics", ""}, {"weir.partitions", "a:0"}}, ""},
    {{{"weir.coordinator", "none"},
      {"weir.topics", ""},
      {"weir.partitions", "a:0"},
      {"group.id", ""}},
     "group.id: is missing; weir.offsets.store=kafka keeps"},
    {{{"weir.offsets.store", "memory"}, {"group.id", ""}},
     "group.id: is missing; weir.coordinator=kafka needs"},
    {{{"weir.offsets.store", "zookeeper"}, {"zookeeper.connect", "zk:2181"}},
     "weir.offsets.store: zookeeper does not go with weir.coordinator=kafka"},
    {{{"weir.offsets.store", "zookeeper"}, {"weir.coordinator", "none"}},
     "zookeeper.connect: is missing; weir.offsets.store=zookeeper needs"},
    {{{"weir.offsets.store", "zookeeper"}, {"weir.coordinator", "zookeeper"}},
     "zookeeper.connect: is missing; weir.coordinator=zookeeper needs"},
    {{{"weir.offsets.store", "zookeeper"},
      {"weir.coordinator", "none"},
      {"zookeeper.connect", "zk:2181"}},
     ""},
    {{{"weir.offsets.store", "zookeeper"},
      {"weir.coordinator", "zookeeper"},
      {"zookeeper.connect", "zk:2181"}},
     ""},
    {{{"weir.offsets.store", "zookeeper"},
      {"weir.coordinator", "none"},
      {"zookeeper.connect", "zk:2181"},
      {"group.id", ""}},
     "group.id: is missing; weir.offsets.store=zookeeper keeps"},
    {{{"weir.offsets.store", "zookeeper"},
      {"weir.coordinator", "none"},
      {"zookeeper.connect", "zk:2181"},
      {"group.id", "a/b"}},
     "group.id: cannot be the name of a ZooKeeper node"},
    {{{"zookeeper.connect", "zk:2181"}}, "zookeeper.connect: only goes with weir.coordinator="},
    {{{"weir.coordinator", "none"}, {"zookeeper.digest", "a:CANARY"}},
     "zookeeper.digest: only goes with weir.coordinator=zookeeper or weir.offsets.store="},
    {{{"zookeeper.session.timeout.ms", "7s"}}, "zookeeper.session.timeout.ms: only goes with"},
    {{{"zookeeper.session.timeout.ms", "6000"}}, ""}, /* as it is without it */
    {{{"weir.start", "timestamp"}}, "weir.start.timestamp: is missing"},
    {{{"weir.start.timestamp", "5"}}, "weir.start.timestamp: only goes with weir.start=timestamp"},
    {{{"weir.start", "timestamp"}, {"weir.start.timestamp", "5"}}, ""},
    {{{"weir.buffer.bytes", "257MiB"}}, "weir.buffer.bytes: is more than weir.buffer.total.bytes"},
    {{{"weir.buffer.bytes", "64MiB"}}, ""},
    {{{"weir.buffer.total.bytes", "1MiB"}}, "weir.buffer.bytes: is more than"},
    {{{"weir.batch.bytes", "9MiB"}}, "weir.batch.bytes: is more than weir.buffer.bytes"},
    {{{"weir.batch.size", "2049"}}, "weir.batch.size: is more than weir.buffer.records"},
    {{{"weir.batch.size", "2048"}}, ""},
    {{{"weir.batch.size", "2049"}, {"weir.buffer.records", "4096"}},
     "weir.batch.size: is more than weir.inflight"},
    {{{"weir.inflight", "499"}}, "weir.batch.size: is more than weir.inflight"},
    {{{"weir.retry.backoff.ms", "31s"}}, "weir.retry.backoff.ms: is more than"},
    {{{"ssl.endpoint.identification.algorithm", "none"}},
     "ssl.endpoint.identification.algorithm: none lets anybody"},
    {{{"ssl.endpoint.identification.algorithm", "none"}, {"weir.insecure", "true"}}, ""},
    {{{"ssl.endpoint.identification.algorithm", "https"}}, ""},
    {{{"enable.ssl.certificate.verification", "false"}},
     "enable.ssl.certificate.verification: false lets anybody"},
    {{{"enable.ssl.certificate.verification", "false"}, {"weir.insecure", "true"}}, ""},
    /* what only a client that is created tells */
    {{{"session.timeout.ms", "600000"}}, "librdkafka does not accept these keys: `max.poll"},
    {{{"fetch.max.bytes", "1000"}}, "librdkafka does not accept these keys: `fetch.max.bytes`"},
    {{{"security.protocol", "ssl"}, {"ssl.ca.location", "/nowhere/CANARY"}},
     "librdkafka does not accept these keys: ssl.ca.location failed"},
    {{{"security.protocol", "ssl"}, {"ssl.key.pem", "CANARY"}},
     "librdkafka does not accept these keys: ssl.key.pem failed"},
    {{{"security.protocol", "sasl_ssl"}, {"sasl.mechanism", "CANARY"}},
     "librdkafka does not accept these keys: Unsupported SASL mechanism: ***"},
    {{{"security.protocol", "sasl_plaintext"}, {"sasl.mechanism", "PLAIN"}},
     "librdkafka does not accept these keys: sasl.username and sasl.password must be set"},
    {{{"security.protocol", "sasl_plaintext"},
      {"sasl.mechanism", "PLAIN"},
      {"sasl.username", "CANARY"},
      {"sasl.password", "CANARY"}},
     ""},
    /* not tried: it would start kinit */
    {{{"security.protocol", "sasl_plaintext"}, {"sasl.mechanism", "GSSAPI"}}, ""},
    {{{"partition.assignment.strategy", "cooperative-sticky"}, {"group.instance.id", "a"}}, ""},
};

START_TEST(a_configuration_is_judged_as_a_whole)
{
    struct weir_config *config = config_create_complete();

    for (size_t i = 0; i < CHANGES && examples[_i].changes[i][0] != NULL; i++) {
        config_set(config, examples[_i].changes[i][0], examples[_i].changes[i][1]);
    }
    const char *verdict = config_verdict(config);
    ck_assert_msg(strncmp(verdict, examples[_i].verdict, strlen(examples[_i].verdict)) == 0 &&
                      (*verdict == '\0') == (*examples[_i].verdict == '\0'),
                  "\"%s\" instead of \"%s\"", verdict, examples[_i].verdict);
    assert_lacks(verdict, "CANARY");
    weir_config_destroy(config);
}
END_TEST

static void note(const char *sentence, void *user)
{
    *(const char **)user = sentence;
}

static const struct {
    const char *coordinator;
    const char *store;
    bool said;
} stores[] = {{"kafka", "memory", true},
              {"zookeeper", "memory", true},
              {"none", "memory", false},
              {"kafka", "kafka", false},
              {"zookeeper", "zookeeper", false}};

/* It may be meant, and seldom is. */
START_TEST(positions_that_no_successor_finds_are_advised_against)
{
    struct weir_config *config = config_create_complete();
    const char *said = NULL;

    config_set(config, "weir.coordinator", stores[_i].coordinator);
    config_set(config, "weir.offsets.store", stores[_i].store);
    weir_config_advise(config, note, &said);
    ck_assert((said != NULL && strstr(said, "weir.offsets.store: memory") != NULL) ==
              stores[_i].said);
    weir_config_destroy(config);
}
END_TEST

START_TEST(a_missing_file_is_told_with_its_reason)
{
    struct weir_config *config = config_create_complete();

    config_set(config, "security.protocol", "ssl");
    config_set(config, "ssl.ca.location", "/nowhere/CANARY");
    assert_contains(config_verdict(config), "No such file or directory");
    weir_config_destroy(config);
}
END_TEST

START_TEST(a_handler_is_the_programs_business)
{
    struct weir_config *config = config_create_complete();

    ck_assert_ptr_null(weir_config_get(config, "weir.handler"));
    ck_assert_str_eq(config_verdict(config), "");
    weir_config_destroy(config);
}
END_TEST

/* Nothing may connect: an address is listened on, and nobody comes. The client of the check is gone
 * when the call returns, so there is nothing to wait for. */
START_TEST(the_check_connects_to_nothing)
{
    struct weir_config *config = config_create_complete();
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    char servers[64];
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(listen(fd, 4), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(servers, sizeof servers, "127.0.0.1:%d", ntohs(address.sin_port));
    config_set(config, "bootstrap.servers", servers);
    for (int i = 0; i < 20; i++) {
        ck_assert_str_eq(config_verdict(config), "");
    }
    struct pollfd waiting = {.fd = fd, .events = POLLIN};
    ck_assert_int_eq(poll(&waiting, 1, 0), 0);
    ck_assert_int_eq(close(fd), 0);
    weir_config_destroy(config);
}
END_TEST

static void expect_property(rd_kafka_conf_t *conf, const char *key, const char *expected)
{
    char value[256] = "";
    size_t size = sizeof value;

    ck_assert_int_eq(rd_kafka_conf_get(conf, key, value, &size), RD_KAFKA_CONF_OK);
    ck_assert_str_eq(value, expected);
}

START_TEST(every_key_that_passes_reaches_librdkafka)
{
    struct weir_config *config = config_create_complete();
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    config_set(config, "session.timeout.ms", "7000");
    config_set(config, "sasl.password", " hunter2 ");
    config_set(config, "sasl.mechanism", "PLAIN");
    config_set(config, "isolation.level", "read_committed");
    config_set(config, "handler.session.timeout.ms", "1");
    ck_assert_int_eq(weir_config_kafka_apply(config, conf, NULL), WEIR_OK);
    expect_property(conf, "session.timeout.ms", "7000");
    expect_property(conf, "sasl.password", "hunter2 "); /* it drops leading blanks itself */
    expect_property(conf, "sasl.mechanisms", "PLAIN");
    expect_property(conf, "isolation.level", "read_committed");
    expect_property(conf, "metadata.broker.list", "127.0.0.1:9092");
    expect_property(conf, "group.id", "shop");
    rd_kafka_conf_destroy(conf);
    weir_config_destroy(config);
}
END_TEST

START_TEST(a_key_that_no_plugin_brought_is_found_at_the_check)
{
    struct weir_config *config = config_create_complete();
    static const char text[] = "plugin.library.paths=/nowhere/CANARY\nsome.plugin.key=1\n";
    const char *verdict;

    ck_assert_str_eq(config_load_text(config, text, sizeof text - 1), "");
    verdict = config_verdict(config);
    assert_contains(verdict, "plugin.library.paths: librdkafka says: dlopen() failed: ***");
    assert_lacks(verdict, "CANARY");
    weir_config_destroy(config);
}
END_TEST

START_TEST(a_plugin_key_without_a_plugin_is_found_at_the_check)
{
    struct weir_config *config = config_create_complete();
    static const char text[] = "plugin.library.paths=\ngroup.idd=CANARY\n";

    ck_assert_str_eq(config_load_text(config, text, sizeof text - 1), "");
    assert_contains(config_verdict(config),
                    ": line 2: group.idd: no such key; did you mean group.id?");
    weir_config_destroy(config);
}
END_TEST

/* The names that librdkafka calls an alias must be in our table of names, or a value could come
 * twice. */
START_TEST(every_alias_of_librdkafka_is_known)
{
    char *text = NULL;
    size_t size = 0;
    size_t aliases = 0;
    FILE *stream = open_memstream(&text, &size);

    ck_assert_ptr_nonnull(stream);
    rd_kafka_conf_properties_show(stream);
    ck_assert_int_eq(fclose(stream), 0);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char *target = strstr(line, "Alias for `");
        if (target == NULL) {
            continue;
        }
        char *name = strndup(line, strcspn(line, " |"));
        target += strlen("Alias for `");
        target[strcspn(target, "`")] = '\0';
        if (strcmp(target, "auto.commit.enable") != 0) { /* both are refused */
            struct weir_config *config = config_create();
            config_set(config, name, strncmp(name, "compression", 11) == 0 ? "gzip" : "1");
            ck_assert_msg(weir_config_get(config, target) != NULL, "%s is %s", name, target);
            weir_config_destroy(config);
        }
        aliases++;
        free(name);
    }
    ck_assert_uint_gt(aliases, 5);
    free(text);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("check");

    tcase_add_loop_test(tcase, a_configuration_is_judged_as_a_whole, 0,
                        sizeof examples / sizeof examples[0]);
    tcase_add_loop_test(tcase, positions_that_no_successor_finds_are_advised_against, 0,
                        sizeof stores / sizeof stores[0]);
    tcase_add_test(tcase, a_missing_file_is_told_with_its_reason);
    tcase_add_test(tcase, a_handler_is_the_programs_business);
    tcase_add_test(tcase, the_check_connects_to_nothing);
    tcase_add_test(tcase, every_key_that_passes_reaches_librdkafka);
    tcase_add_test(tcase, a_key_that_no_plugin_brought_is_found_at_the_check);
    tcase_add_test(tcase, a_plugin_key_without_a_plugin_is_found_at_the_check);
    tcase_add_test(tcase, every_alias_of_librdkafka_is_known);
    return run_case(tcase, "config_check");
}
