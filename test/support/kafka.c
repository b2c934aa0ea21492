#include "test/support/kafka.h"

#include <assert.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test/support/broker.h"
#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/java.h"
#include "test/support/metadata_kafka.h"
#include "test/support/ports.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"

#define VERSION_DEFAULT "4.1.0"

enum { SERVE_MS = 120000, ASK_MS = 250, END_MS = 10000, REPLICAS_MAX = 3, LISTENERS_MAX = 8 };

/* Beside PLAINTEXT, which all have. */
struct listener {
    char *name;
    char *protocol;
    char *address;
};

/* `brokers` is 0 when it is somebody else's cluster. Broker n is nodes[n - 1]. */
struct kafka {
    struct jars *jars;
    char *version;
    char *folder;
    char *bootstrap;
    char *properties[KAFKA_BROKERS_MAX]; /* of each broker */
    struct broker *nodes[KAFKA_BROKERS_MAX];
    struct proxy *proxies[KAFKA_BROKERS_MAX]; /* NULL: none */
    uint16_t behind[KAFKA_BROKERS_MAX];       /* them */
    char *proxied_bootstrap;                  /* NULL: no proxies */
    struct listener listeners[LISTENERS_MAX];
    size_t listener_count;
    int brokers;
    pid_t owner;
    bool training;
};

/* Of one broker. */
struct listeners {
    uint16_t port; /* for the other brokers, and for clients that want no proxy */
    uint16_t controller;
    uint16_t behind; /* a proxy, that is; 0: none */
    uint16_t proxy;
};

/* What makes tests short; the reasons are in kafka.h. */
static const char fast_settings[] = "process.roles=broker,controller\n"
                                    "controller.listener.names=CONTROLLER\n"
                                    "inter.broker.listener.name=PLAINTEXT\n"
                                    "auto.create.topics.enable=false\n"
                                    "group.initial.rebalance.delay.ms=0\n"
                                    "group.min.session.timeout.ms=1000\n"
                                    "offsets.topic.num.partitions=4\n"
                                    "transaction.state.log.num.partitions=4\n"
                                    "transaction.state.log.min.isr=1\n"
                                    "log.initial.task.delay.ms=500\n"
                                    "log.retention.check.interval.ms=500\n"
                                    "log.segment.delete.delay.ms=500\n"
                                    "log.cleaner.backoff.ms=500\n"
                                    "log.cleaner.dedupe.buffer.size=4194304\n"
                                    "num.network.threads=2\n"
                                    "num.io.threads=4\n";
/* The controllers let a killed broker come back, and give its partitions to others, when they have
 * not heard of it for this long. Less would take a starved machine for a dead one; and what a
 * broker has written while it is taken for dead, it refuses and is sent again. One that has nobody
 * to give partitions to has the time in which it may stand still. */
static const char session_settings[] = "broker.heartbeat.interval.ms=500\n"
                                       "broker.session.timeout.ms=3000\n";
static const char session_settings_alone[] = "broker.heartbeat.interval.ms=500\n"
                                             "broker.session.timeout.ms=9000\n";

static struct broker *node(const struct kafka *kafka, int broker)
{
    assert(broker >= 1);
    if (kafka->brokers == 0) {
        fail_test("the shared Kafka at %s cannot be looked into or hurt; use kafka_start",
                  kafka->bootstrap);
    }
    assert(broker <= kafka->brokers);
    return kafka->nodes[broker - 1];
}

static void add_voters(struct text *text, const struct listeners *listeners, int count)
{
    text_add(text, "controller.quorum.voters=");
    for (int i = 0; i < count; i++) {
        text_add(text, "%s%d@127.0.0.1:%u", i == 0 ? "" : ",", i + 1,
                 (unsigned)listeners[i].controller);
    }
    text_add(text, "\n");
}

/* The protocols have to be said, even of our own, as soon as one is not PLAINTEXT or is named in
 * another way. */
static void add_listeners(struct text *text, const struct kafka *kafka, const struct listeners *own)
{
    struct text bound = {.bytes = NULL};
    struct text told = {.bytes = NULL};
    struct text protocols = {.bytes = NULL};

    text_add(&bound, "PLAINTEXT://127.0.0.1:%u", (unsigned)own->port);
    text_add(&told, "%s", bound.bytes);
    text_add(&protocols, "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    if (own->behind != 0) {
        text_add(&bound, ",PROXIED://127.0.0.1:%u", (unsigned)own->behind);
        text_add(&told, ",PROXIED://127.0.0.1:%u", (unsigned)own->proxy);
        text_add(&protocols, ",PROXIED:PLAINTEXT");
    }
    for (size_t i = 0; i < kafka->listener_count; i++) {
        const struct listener *listener = &kafka->listeners[i];
        text_add(&bound, ",%s://%s", listener->name, listener->address);
        text_add(&told, ",%s://%s", listener->name, listener->address);
        text_add(&protocols, ",%s:%s", listener->name, listener->protocol);
    }
    text_add(text, "listeners=%s,CONTROLLER://127.0.0.1:%u\n", bound.bytes,
             (unsigned)own->controller);
    text_add(text, "advertised.listeners=%s\nlistener.security.protocol.map=%s\n", told.bytes,
             protocols.bytes);
    text_fini(&protocols);
    text_fini(&told);
    text_fini(&bound);
}

static char *properties_of(const struct kafka *kafka, const struct kafka_options *options, int id,
                           const struct listeners *listeners)
{
    struct text text = {.bytes = NULL};
    int replicas = kafka->brokers < REPLICAS_MAX ? kafka->brokers : REPLICAS_MAX;

    text_add(&text, "%s%s", fast_settings,
             kafka->brokers == 1 ? session_settings_alone : session_settings);
    text_add(&text, "node.id=%d\n", id);
    add_listeners(&text, kafka, &listeners[id - 1]);
    add_voters(&text, listeners, kafka->brokers);
    text_add(&text,
             "offsets.topic.replication.factor=%d\ntransaction.state.log.replication.factor=%d\n"
             "default.replication.factor=%d\n",
             replicas, replicas, replicas);
    if (kafka->version[0] != '3') {
        text_add(&text,
                 "share.coordinator.state.topic.replication.factor=%d\n"
                 "share.coordinator.state.topic.min.isr=1\n",
                 replicas);
    }
    for (size_t i = 0; options->properties != NULL && options->properties[i] != NULL; i++) {
        text_add(&text, "%s\n", options->properties[i]);
    }
    return text.bytes;
}

static void name_listeners(struct kafka *kafka, const char *const *names)
{
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        struct listener *listener = &kafka->listeners[kafka->listener_count++];
        assert(kafka->brokers == 1);
        assert(kafka->listener_count <= LISTENERS_MAX);
        listener->name = fail_or_copy(names[i]);
        char *colon = strchr(listener->name, ':');
        assert(colon != NULL);
        *colon = '\0';
        listener->protocol = fail_or_copy(colon + 1);
        listener->address = text_format("127.0.0.1:%u", (unsigned)ports_take());
    }
}

static void take_ports(struct kafka *kafka, bool proxied, struct listeners *listeners)
{
    struct text bootstrap = {.bytes = NULL};
    struct text proxied_bootstrap = {.bytes = NULL};

    for (int i = 0; i < kafka->brokers; i++) {
        listeners[i] = (struct listeners){.port = ports_take(), .controller = ports_take()};
        text_add(&bootstrap, "%s127.0.0.1:%u", i == 0 ? "" : ",", (unsigned)listeners[i].port);
        if (proxied) {
            listeners[i].behind = kafka->behind[i] = ports_take();
            listeners[i].proxy = ports_take();
            kafka->proxies[i] = proxy_start(listeners[i].proxy, listeners[i].behind);
            text_add(&proxied_bootstrap, "%s127.0.0.1:%u", i == 0 ? "" : ",",
                     (unsigned)listeners[i].proxy);
        }
    }
    kafka->bootstrap = bootstrap.bytes;
    kafka->proxied_bootstrap = proxied_bootstrap.bytes;
}

static void start_brokers(struct kafka *kafka, const struct kafka_options *options)
{
    struct listeners listeners[KAFKA_BROKERS_MAX] = {{0}};
    char *id = broker_new_id();

    take_ports(kafka, options->proxied, listeners);
    for (int i = 0; i < kafka->brokers; i++) {
        kafka->properties[i] = properties_of(kafka, options, i + 1, listeners);
        struct broker_options broker = {.jars = kafka->jars,
                                        .folder = kafka->folder,
                                        .cluster_id = id,
                                        .properties = kafka->properties[i],
                                        .java = options->java,
                                        .format = options->format,
                                        .port = listeners[i].port,
                                        .id = i + 1,
                                        .train = kafka->training && i == 0};
        kafka->nodes[i] = broker_start(&broker);
    }
    free(id);
}

/* Fails the test if a broker ended: then it will not serve any more. */
static void look_after(const struct kafka *kafka, int broker, bool too_late)
{
    struct process *process = broker_process(node(kafka, broker));

    if (!process_running(process)) {
        (void)process_wait(process, END_MS);
        fail_test("broker %d of Kafka %s ended before it served: %s", broker, kafka->version,
                  process_describe(process));
    }
    if (too_late) {
        fail_test("broker %d of Kafka %s does not serve within %d ms: %s", broker, kafka->version,
                  SERVE_MS, process_describe(process));
    }
}

/* Waits until all brokers in `wanted` (bit n: id n) listen and are in the metadata. */
static void await_brokers(const struct kafka *kafka, uint64_t wanted)
{
    struct deadline deadline = deadline_in_ms(SERVE_MS);
    struct metadata *metadata = NULL;
    uint64_t serving = 0;

    for (int broker = 1; broker <= kafka->brokers; broker++) {
        bool wait = (wanted >> broker & 1u) != 0;
        while (wait && !ports_answer(kafka_port(kafka, broker))) {
            look_after(kafka, broker, deadline_passed(deadline));
            deadline_turn();
        }
    }
    metadata = metadata_open(kafka->bootstrap);
    while ((serving & wanted) != wanted) {
        for (int broker = 1; broker <= kafka->brokers; broker++) {
            if ((wanted & ~serving) >> broker & 1u) {
                look_after(kafka, broker, deadline_passed(deadline));
            }
        }
        deadline_turn();
        serving = metadata_brokers(metadata, ASK_MS);
    }
    metadata_close(metadata);
}

static const char *default_version(void)
{
    const char *version = getenv("WEIR_KAFKA_VERSION");

    return version == NULL || *version == '\0' ? VERSION_DEFAULT : version;
}

struct kafka *kafka_start(const struct kafka_options *options)
{
    static const struct kafka_options defaults = {.brokers = 1};
    struct kafka *kafka = fail_or_alloc(1, sizeof *kafka);

    options = options == NULL ? &defaults : options;
    assert(options->brokers >= 0);
    assert(options->brokers <= KAFKA_BROKERS_MAX);
    kafka->owner = getpid();
    kafka->brokers = options->brokers == 0 ? 1 : options->brokers;
    kafka->version = fail_or_copy(options->version == NULL ? default_version() : options->version);
    kafka->jars = jars_find(kafka->version);
    kafka->training = kafka->jars->archive != NULL && options->java == NULL &&
                      access(kafka->jars->archive, R_OK) != 0;
    kafka->folder = tmpdir_create("kafka");
    name_listeners(kafka, options->listeners);
    start_brokers(kafka, options);
    await_brokers(kafka, ((UINT64_C(1) << kafka->brokers) - 1) << 1);
    return kafka;
}

/* The list, of which `named` may only say the file. The caller frees it. */
static char *read_bootstrap(const char *named)
{
    if (named[0] != '@') {
        return fail_or_copy(named);
    }
    if (access(named + 1, R_OK) != 0) {
        fail_test("WEIR_TEST_BOOTSTRAP is %s and there is no such file: is kafka_server running?",
                  named);
    }
    char *list = tmpdir_read(named + 1);
    list[strcspn(list, "\n")] = '\0';
    return list;
}

struct kafka *kafka_share(void)
{
    const char *named = getenv("WEIR_TEST_BOOTSTRAP");
    struct deadline deadline = deadline_in_ms(SERVE_MS);

    if (named == NULL || *named == '\0') {
        return kafka_start(NULL);
    }
    struct kafka *kafka = fail_or_alloc(1, sizeof *kafka);
    kafka->owner = getpid();
    kafka->version = fail_or_copy(default_version());
    kafka->bootstrap = read_bootstrap(named);
    kafka->jars = jars_find(kafka->version);
    kafka->folder = tmpdir_create("shared");
    struct metadata *metadata = metadata_open(kafka->bootstrap);
    while (metadata_brokers(metadata, ASK_MS) == 0) {
        if (deadline_passed(deadline)) {
            fail_test("the Kafka named in WEIR_TEST_BOOTSTRAP does not serve: %s",
                      kafka->bootstrap);
        }
    }
    metadata_close(metadata);
    return kafka;
}

void kafka_stop(struct kafka *kafka)
{
    if (kafka == NULL) {
        return;
    }
    if (kafka->training && kafka->owner == getpid() &&
        process_running(broker_process(kafka->nodes[0]))) {
        broker_shut_down(kafka->nodes[0]);
    }
    for (int i = 0; i < kafka->brokers; i++) {
        proxy_stop(kafka->proxies[i]);
        broker_destroy(kafka->nodes[i]);
        free(kafka->properties[i]);
    }
    for (size_t i = 0; i < kafka->listener_count; i++) {
        free(kafka->listeners[i].name);
        free(kafka->listeners[i].protocol);
        free(kafka->listeners[i].address);
    }
    tmpdir_remove(&kafka->folder);
    jars_destroy(kafka->jars);
    free(kafka->bootstrap);
    free(kafka->proxied_bootstrap);
    free(kafka->version);
    free(kafka);
}

const char *kafka_bootstrap(const struct kafka *kafka)
{
    return kafka->bootstrap;
}

const char *kafka_listener(const struct kafka *kafka, const char *name)
{
    for (size_t i = 0; i < kafka->listener_count; i++) {
        if (strcmp(kafka->listeners[i].name, name) == 0) {
            return kafka->listeners[i].address;
        }
    }
    fail_test("this Kafka has no listener %s", name);
}

const char *kafka_version(const struct kafka *kafka)
{
    return kafka->version;
}

int kafka_brokers(const struct kafka *kafka)
{
    return kafka->brokers;
}

uint16_t kafka_port(const struct kafka *kafka, int broker)
{
    return broker_port(node(kafka, broker));
}

pid_t kafka_pid(const struct kafka *kafka, int broker)
{
    return process_pid(broker_process(node(kafka, broker)));
}

const char *kafka_proxied_bootstrap(const struct kafka *kafka)
{
    assert(kafka->proxied_bootstrap != NULL);
    return kafka->proxied_bootstrap;
}

struct proxy *kafka_proxy(const struct kafka *kafka, int broker)
{
    assert(broker >= 1);
    assert(broker <= kafka->brokers);
    assert(kafka->proxies[broker - 1] != NULL);
    return kafka->proxies[broker - 1];
}

uint16_t kafka_port_behind(const struct kafka *kafka, int broker)
{
    assert(broker >= 1);
    assert(broker <= kafka->brokers);
    assert(kafka->behind[broker - 1] != 0);
    return kafka->behind[broker - 1];
}

/* A forked test would leave its siblings with a dead broker, or take the new one with it. */
static struct broker *own_node(const struct kafka *kafka, int broker)
{
    struct broker *found = node(kafka, broker);

    if (kafka->owner != getpid()) {
        fail_test("a test that ends brokers must start its own Kafka (a checked fixture): this one "
                  "belongs to all tests of the executable");
    }
    return found;
}

void kafka_kill(struct kafka *kafka, int broker)
{
    struct process *process = broker_process(own_node(kafka, broker));

    process_signal(process, SIGKILL);
    (void)process_wait(process, END_MS);
}

void kafka_shut_down(struct kafka *kafka, int broker)
{
    broker_shut_down(own_node(kafka, broker));
}

void kafka_restart(struct kafka *kafka, int broker)
{
    struct broker *found = own_node(kafka, broker);

    if (process_running(broker_process(found))) {
        fail_test("broker %d still runs: kafka_kill or kafka_shut_down comes first", broker);
    }
    broker_start_again(found);
    await_brokers(kafka, UINT64_C(1) << broker);
}

void kafka_restart_all(struct kafka *kafka)
{
    uint64_t wanted = 0;

    for (int broker = 1; broker <= kafka->brokers; broker++) {
        struct broker *found = own_node(kafka, broker);
        if (!process_running(broker_process(found))) {
            broker_start_again(found);
            wanted |= UINT64_C(1) << broker;
        }
    }
    await_brokers(kafka, wanted);
}

void kafka_move(struct kafka *kafka, int broker)
{
    struct broker *found = own_node(kafka, broker);
    uint16_t port = ports_take();
    char *told = text_format("advertised.listeners=PLAINTEXT://127.0.0.1:%u,"
                             "PROXIED://127.0.0.1:%u\n",
                             (unsigned)kafka_port(kafka, broker), (unsigned)port);

    assert(!process_running(broker_process(found)));
    assert(kafka->listener_count == 0);
    proxy_stop(kafka->proxies[broker - 1]);
    kafka->proxies[broker - 1] = proxy_start(port, kafka_port_behind(kafka, broker));
    broker_add_properties(found, told);
    free(told);
}

void kafka_pause(struct kafka *kafka, int broker)
{
    process_pause(broker_process(node(kafka, broker)));
}

void kafka_resume(struct kafka *kafka, int broker)
{
    process_resume(broker_process(node(kafka, broker)));
}

struct process *kafka_tool(const struct kafka *kafka, const char *class_name,
                           const char *const *arguments, const char *output_path)
{
    return java_start(&(struct java_options){.jars = kafka->jars,
                                             .class_name = class_name,
                                             .arguments = arguments,
                                             .folder = kafka->folder,
                                             .output_path = output_path});
}
