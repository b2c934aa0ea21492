#include "framework/config_check.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/config.h"
#include "framework/config_brokers.h"
#include "framework/config_letters.h"
#include "framework/config_swap.h"
#include "framework/config_table.h"
#include "framework/switch.h"
#include "framework/znode.h"

static bool is(const struct weir_config *config, const char *key, const char *word)
{
    const char *value = weir_config_get(config, key);

    return value != NULL && strcmp(value, word) == 0;
}

static enum weir_status fail(const char *text, struct weir_error *error)
{
    return weir_error_set(error, WEIR_ERR_CONFIG, 0, "%s", text);
}

/* A mock cluster inside librdkafka needs no address. */
static enum weir_status check_brokers(const struct weir_config *config, struct weir_error *error)
{
    if (!weir_config_given(config, "bootstrap.servers") &&
        !weir_config_given(config, "test.mock.num.brokers")) {
        return fail("bootstrap.servers: is missing; set it to the address of a broker, or of "
                    "several, as in host1:9092,host2:9092",
                    error);
    }
    struct weir_error inner = {.code = WEIR_OK};
    enum weir_status status =
        weir_config_given(config, "bootstrap.servers")
            ? weir_config_brokers_check(weir_config_get(config, "bootstrap.servers"), &inner)
            : WEIR_OK;
    return status == WEIR_OK
               ? WEIR_OK
               : weir_error_set(error, status, 0, "bootstrap.servers: %s", inner.text);
}

static enum weir_status check_group_topics(const struct weir_config *config, bool zookeeper,
                                           struct weir_error *error)
{
    if (!zookeeper && weir_config_given(config, "weir.partitions")) {
        return fail("weir.partitions: only goes with weir.coordinator=none; in a consumer group "
                    "the members share the partitions of weir.topics out",
                    error);
    }
    return weir_config_given(config, "weir.topics")
               ? WEIR_OK
               : fail("weir.topics: is missing; name the topics to consume", error);
}

static enum weir_status check_coordinator(const struct weir_config *config,
                                          struct weir_error *error)
{
    bool zookeeper = is(config, "weir.coordinator", "zookeeper");
    bool partitions = weir_config_given(config, "weir.partitions");
    bool topics = weir_config_given(config, "weir.topics");

    if (zookeeper || is(config, "weir.coordinator", "kafka")) {
        return check_group_topics(config, zookeeper, error);
    }
    if (topics && partitions) {
        return fail("weir.topics: does not go with weir.partitions; name topics, or partitions",
                    error);
    }
    return topics || partitions
               ? WEIR_OK
               : fail("weir.partitions: is missing; weir.coordinator=none needs it, as in "
                      "orders:0-3,7, or weir.topics",
                      error);
}

static enum weir_status check_name(const struct weir_config *config, const char *key,
                                   struct weir_error *error)
{
    return !weir_config_given(config, key) || weir_znode_name_valid(weir_config_get(config, key))
               ? WEIR_OK
               : weir_error_set(error, WEIR_ERR_CONFIG, 0,
                                "%s: cannot be the name of a ZooKeeper node; use up to 255 "
                                "printable characters of ASCII and no slash",
                                key);
}

/* A key that would do nothing is refused: whoever sets it expects something of it. */
struct misplaced {
    const char *key;
    const char *instead;
};

static enum weir_status check_misplaced(const struct weir_config *config,
                                        const struct misplaced *keys, const char *coordinator,
                                        struct weir_error *error)
{
    for (; keys->key != NULL; keys++) {
        if (weir_config_changed(config, keys->key)) {
            return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                                  "%s: only goes with weir.coordinator=%s%s", keys->key,
                                  coordinator, keys->instead);
        }
    }
    return WEIR_OK;
}

static bool is_bluegreen(const struct weir_config *config)
{
    static const char prefix[] = "bluegreen";

    return weir_config_given(config, "weir.strategy") &&
           strncmp(weir_config_get(config, "weir.strategy"), prefix, sizeof prefix - 1) == 0;
}

/* The strategies that look at the names of members alone. */
static bool ignores_partitions(const struct weir_config *config)
{
    return !weir_config_given(config, "weir.strategy") || is(config, "weir.strategy", "range") ||
           is(config, "weir.strategy", "roundrobin") || is(config, "weir.strategy", "sticky") ||
           (is_bluegreen(config) && !is(config, "weir.strategy", "bluegreen-static"));
}

static enum weir_status check_unswitched(const struct weir_config *config, struct weir_error *error)
{
    static const char *const keys[] = {"weir.color", "weir.bluegreen.window.ms",
                                       "weir.bluegreen.rollback"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (weir_config_changed(config, keys[i])) {
            return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                                  "%s: only goes with weir.strategy=bluegreen", keys[i]);
        }
    }
    return WEIR_OK;
}

/* A color is of a group that is switched, and such a group is of members with colors. */
static enum weir_status check_color(const struct weir_config *config, struct weir_error *error)
{
    const char *color = weir_config_get(config, "weir.color");
    bool switched = is_bluegreen(config);

    if (!switched) {
        return check_unswitched(config, error);
    }
    if (!weir_config_given(config, "weir.color")) {
        return fail("weir.color: is missing; weir.strategy=bluegreen needs the color of this "
                    "member, as in blue or green",
                    error);
    }
    return weir_switch_color_valid(color)
               ? WEIR_OK
               : fail("weir.color: must be 1 to 32 letters, digits, '-' and '_'", error);
}

static enum weir_status check_in_zookeeper(const struct weir_config *config,
                                           struct weir_error *error)
{
    static const struct misplaced brokers[] = {
        {"group.instance.id", "; in a ZooKeeper group it is weir.member.id"},
        {"partition.assignment.strategy", "; in a ZooKeeper group it is weir.strategy"},
        {NULL, NULL}};

    if (!weir_config_given(config, "zookeeper.connect")) {
        return fail("zookeeper.connect: is missing; weir.coordinator=zookeeper needs the address "
                    "of its servers, as in zk1:2181,zk2:2181/kafka",
                    error);
    }
    if (weir_config_given(config, "weir.partitions") && ignores_partitions(config)) {
        return fail("weir.partitions: in a ZooKeeper group it only goes with weir.strategy=static, "
                    "or a plug-in that looks at it",
                    error);
    }
    enum weir_status status = check_name(config, "group.id", error);
    if (status == WEIR_OK) {
        status = check_name(config, "weir.member.id", error);
    }
    if (status == WEIR_OK) {
        status = check_color(config, error);
    }
    if (status == WEIR_OK) {
        status = weir_config_swap_check(config, is_bluegreen(config), error);
    }
    return status == WEIR_OK ? check_misplaced(config, brokers, "kafka", error) : status;
}

static enum weir_status check_zookeeper(const struct weir_config *config, struct weir_error *error)
{
    static const struct misplaced keys[] = {
        {"weir.strategy", "; in a group of the brokers it is partition.assignment.strategy"},
        {"weir.member.id", "; in a group of the brokers it is group.instance.id"},
        {"weir.color", ""},
        {"weir.bluegreen.window.ms", ""},
        {"weir.bluegreen.rollback", ""},
        {"weir.bluegreen.topology", ""},
        {"weir.bluegreen.peer.group.id", ""},
        {"weir.bluegreen.peer.topics", ""},
        {"weir.bluegreen.peer.topics.exclude", ""},
        {"weir.capacity", ""},
        {"weir.rebalance.delay.ms", ""},
        {NULL, NULL}};

    return is(config, "weir.coordinator", "zookeeper")
               ? check_in_zookeeper(config, error)
               : check_misplaced(config, keys, "zookeeper", error);
}

/* A ZooKeeper that is named and not asked is one that somebody believes in. */
static enum weir_status check_unasked(const struct weir_config *config, struct weir_error *error)
{
    static const char *const keys[] = {"zookeeper.connect", "zookeeper.digest",
                                       "zookeeper.session.timeout.ms"};

    if (is(config, "weir.coordinator", "zookeeper") ||
        is(config, "weir.offsets.store", "zookeeper")) {
        return WEIR_OK;
    }
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (weir_config_changed(config, keys[i])) {
            return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                                  "%s: only goes with weir.coordinator=zookeeper or "
                                  "weir.offsets.store=zookeeper; nothing else asks ZooKeeper",
                                  keys[i]);
        }
    }
    return WEIR_OK;
}

/* What fences a write to ZooKeeper is a claim in ZooKeeper, or that nobody else writes. */
static enum weir_status check_store(const struct weir_config *config, struct weir_error *error)
{
    if (!is(config, "weir.offsets.store", "zookeeper")) {
        return WEIR_OK;
    }
    if (is(config, "weir.coordinator", "kafka")) {
        return fail("weir.offsets.store: zookeeper does not go with weir.coordinator=kafka, whose "
                    "generations do not keep a member that was replaced from writing to ZooKeeper; "
                    "use weir.offsets.store=kafka, or weir.coordinator=zookeeper",
                    error);
    }
    if (is(config, "weir.coordinator", "zookeeper")) {
        return WEIR_OK; /* which asks for the same */
    }
    return weir_config_given(config, "zookeeper.connect")
               ? check_name(config, "group.id", error)
               : fail("zookeeper.connect: is missing; weir.offsets.store=zookeeper needs the "
                      "address of its servers, as in zk1:2181,zk2:2181/kafka",
                      error);
}

/* A shadow looks at what others own, so it must not own anything itself meanwhile. */
static enum weir_status check_shadow(const struct weir_config *config, struct weir_error *error)
{
    bool zookeeper = is(config, "weir.coordinator", "zookeeper");

    if (weir_config_integer(config, "weir.shadow") == 0 || is(config, "weir.coordinator", "none") ||
        (zookeeper && is_bluegreen(config))) {
        return WEIR_OK;
    }
    return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                          "weir.shadow: does not go with weir.coordinator=%s%s: a member of the "
                          "group would take partitions from those that work; use "
                          "weir.coordinator=none, which begins at the same offsets, or the color "
                          "that stands by with weir.strategy=bluegreen",
                          weir_config_get(config, "weir.coordinator"),
                          zookeeper ? " without colors" : "");
}

void weir_config_advise_keys(const struct weir_config *config, weir_config_advice_fn *tell,
                             void *user)
{
    if (is(config, "weir.offsets.store", "memory") && !is(config, "weir.coordinator", "none")) {
        tell("weir.offsets.store: memory is known to this member alone, so whoever is given a "
             "partition of it begins at weir.start: everything comes again, or what came in "
             "between is passed over; use weir.offsets.store=kafka, unless handlers keep positions "
             "themselves",
             user);
    }
}

enum weir_status weir_config_select(const struct weir_config *config, struct weir_selection **out,
                                    struct weir_error *error)
{
    const struct weir_selection_options options = {
        .topics = weir_config_get(config, "weir.topics"),
        .exclude = weir_config_get(config, "weir.topics.exclude"),
        .letters = weir_config_writes_letters(config)
                       ? weir_config_get(config, "weir.dead.letter.topic")
                       : NULL,
        .internal = weir_config_integer(config, "weir.topics.internal") != 0};

    return weir_selection_create(&options, out, error);
}

static enum weir_status check_topics(const struct weir_config *config, struct weir_error *error)
{
    struct weir_selection *selection = NULL;

    if (!weir_config_given(config, "weir.topics")) {
        return weir_config_given(config, "weir.topics.exclude")
                   ? fail("weir.topics.exclude: only goes with weir.topics, whose regular "
                          "expressions it limits",
                          error)
                   : WEIR_OK;
    }
    enum weir_status status = weir_config_select(config, &selection, error);
    weir_selection_destroy(selection);
    return status;
}

static enum weir_status check_group(const struct weir_config *config, struct weir_error *error)
{
    if (weir_config_given(config, "group.id")) {
        return WEIR_OK;
    }
    if (!is(config, "weir.coordinator", "none")) {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                              "group.id: is missing; weir.coordinator=%s needs the name of the "
                              "consumer group",
                              weir_config_get(config, "weir.coordinator"));
    }
    return is(config, "weir.offsets.store", "memory")
               ? WEIR_OK
               : weir_error_set(error, WEIR_ERR_CONFIG, 0,
                                "group.id: is missing; weir.offsets.store=%s keeps offsets under "
                                "that name",
                                weir_config_get(config, "weir.offsets.store"));
}

static enum weir_status check_start(const struct weir_config *config, struct weir_error *error)
{
    bool timestamp = is(config, "weir.start", "timestamp");

    if (timestamp && !weir_config_given(config, "weir.start.timestamp")) {
        return fail("weir.start.timestamp: is missing; weir.start=timestamp needs it", error);
    }
    if (!timestamp && weir_config_given(config, "weir.start.timestamp")) {
        return fail("weir.start.timestamp: only goes with weir.start=timestamp", error);
    }
    return WEIR_OK;
}

/* The first may not be more than the second. */
static const struct {
    const char *small;
    const char *large;
    const char *reason;
} pairs[] = {
    {"weir.buffer.bytes", "weir.buffer.total.bytes",
     "one partition would be allowed more than all together"},
    {"weir.batch.bytes", "weir.buffer.bytes", "a full batch would never come together"},
    {"weir.batch.size", "weir.buffer.records", "a full batch would never come together"},
    {"weir.batch.size", "weir.inflight", "a full batch could never be handed out"},
    {"weir.retry.backoff.ms", "weir.retry.backoff.max.ms",
     "the first pause would be longer than the longest"},
};

static enum weir_status check_pair(const struct weir_config *config, size_t pair,
                                   struct weir_error *error)
{
    const char *small = pairs[pair].small;
    const char *large = pairs[pair].large;

    if (weir_config_integer(config, small) <= weir_config_integer(config, large)) {
        return WEIR_OK;
    }
    return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                          "%s: is more than %s, so %s; lower the first or raise the second "
                          "(defaults: %s and %s)",
                          small, large, pairs[pair].reason, weir_config_row_find(small)->preset,
                          weir_config_row_find(large)->preset);
}

/* Who the broker is must be checked unless somebody says in so many words that it need not. */
static enum weir_status check_security(const struct weir_config *config, struct weir_error *error)
{
    if (weir_config_integer(config, "weir.insecure") != 0) {
        return WEIR_OK;
    }
    if (is(config, "ssl.endpoint.identification.algorithm", "none")) {
        return fail("ssl.endpoint.identification.algorithm: none lets anybody with a certificate "
                    "pose as your broker; leave it out, or set weir.insecure=true in a test",
                    error);
    }
    if (is(config, "enable.ssl.certificate.verification", "false")) {
        return fail("enable.ssl.certificate.verification: false lets anybody pose as your broker; "
                    "leave it out, or set weir.insecure=true in a test",
                    error);
    }
    return WEIR_OK;
}

/* All mistakes so far. */
struct findings {
    weir_config_error_fn *tell;
    void *user;
    enum weir_status first;
};

static void find(struct findings *findings, enum weir_status status, const struct weir_error *error)
{
    if (status == WEIR_OK) {
        return;
    }
    findings->first = findings->first == WEIR_OK ? status : findings->first;
    findings->tell(error, findings->user);
}

enum weir_status weir_config_check_keys(const struct weir_config *config,
                                        weir_config_error_fn *tell, void *user)
{
    typedef enum weir_status check_fn(const struct weir_config *config, struct weir_error *error);
    static check_fn *const checks[] = {check_brokers,
                                       check_coordinator,
                                       check_zookeeper,
                                       check_store,
                                       check_topics,
                                       check_group,
                                       check_start,
                                       check_security,
                                       check_unasked,
                                       check_shadow,
                                       weir_config_letters_check};
    struct findings findings = {.tell = tell, .user = user, .first = WEIR_OK};
    struct weir_error error = {0};

    assert(config != NULL);
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        find(&findings, checks[i](config, &error), &error);
    }
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        find(&findings, check_pair(config, i, &error), &error);
    }
    return findings.first;
}
