#include "framework/config_refuse.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "framework/base/error.h"

struct refusal {
    const char *key; /* a * at the end matches any rest */
    const char *sentence;
};

static const struct refusal refusals[] = {
    /* weir commits what is finished and nothing else. */
    {"enable.auto.commit", "weir commits finished records itself; see weir.commit.interval.ms"},
    {"auto.commit.enable", "weir commits finished records itself; see weir.commit.interval.ms"},
    {"auto.commit.interval.ms", "weir commits finished records itself; use "
                                "weir.commit.interval.ms"},
    {"enable.auto.offset.store", "weir stores offsets itself, once their records are finished"},
    {"auto.offset.reset", "use weir.start for a partition without a committed offset and "
                          "weir.out.of.range for one whose offset is gone"},
    {"enable.partition.eof", "weir sets it itself, to know where a partition ends"},
    {"offset.store.*", "use weir.offsets.store"},
    {"consume.callback.max.messages", "use weir.batch.size"},
    {"enabled_events", "weir chooses the events it needs itself"},
    {"log.queue", "weir reads the client library's log itself; see weir.log.level"},
    {"interceptors", "it can only be set by a plug-in of librdkafka"},
    /* What the Java client calls otherwise. */
    {"sasl.jaas.config", "a Java key; use sasl.username and sasl.password, or the "
                         "sasl.kerberos.* or sasl.oauthbearer.* keys"},
    {"sasl.login.*", "a Java key; librdkafka logs in by itself (sasl.kerberos.*, "
                     "sasl.oauthbearer.*)"},
    {"sasl.client.callback.handler.class", "a Java key; use sasl.oauthbearer.*"},
    {"sasl.kerberos.kinit.cmd.path", "a Java key; librdkafka has sasl.kerberos.kinit.cmd"},
    {"sasl.kerberos.ticket.renew.*", "a Java key; use sasl.kerberos.min.time.before.relogin"},
    {"ssl.truststore.certificates", "a Java key; use ssl.ca.pem"},
    {"ssl.truststore.*", "a Java key; use ssl.ca.location with a PEM file (keytool -exportcert "
                         "-rfc makes one)"},
    {"ssl.keystore.type", "a Java key; ssl.keystore.location is a PKCS#12 file here (keytool "
                          "-importkeystore -deststoretype pkcs12 makes one from a JKS file)"},
    {"ssl.keystore.key", "a Java key; use ssl.key.pem"},
    {"ssl.keystore.certificate.chain", "a Java key; use ssl.certificate.pem"},
    {"ssl.enabled.protocols", "a Java key; OpenSSL's own settings decide"},
    {"ssl.protocol", "a Java key; OpenSSL's own settings decide"},
    {"ssl.provider", "a Java key; OpenSSL's own settings decide"},
    {"ssl.keymanager.algorithm", "a Java key; OpenSSL decides"},
    {"ssl.trustmanager.algorithm", "a Java key; OpenSSL decides"},
    {"ssl.secure.random.implementation", "a Java key; OpenSSL decides"},
    {"ssl.engine.factory.class", "a Java key; use the ssl.*.location keys"},
    {"security.providers", "a Java key; OpenSSL's own settings decide"},
    {"key.deserializer", "a Java key; the handler gets the bytes as they are"},
    {"value.deserializer", "a Java key; the handler gets the bytes as they are"},
    {"key.serializer", "a Java key; weir does not serialize"},
    {"value.serializer", "a Java key; weir does not serialize"},
    {"max.poll.records", "a Java key; use weir.batch.size"},
    {"fetch.max.wait.ms", "a Java key; use fetch.wait.max.ms"},
    {"receive.buffer.bytes", "a Java key; use socket.receive.buffer.bytes"},
    {"send.buffer.bytes", "a Java key; use socket.send.buffer.bytes"},
    {"default.api.timeout.ms", "a Java key; use socket.timeout.ms"},
    {"request.timeout.ms", "for a consumer a Java key; use socket.timeout.ms"},
    {"socket.connection.setup.timeout.max.ms", "a Java key; use "
                                               "socket.connection.setup.timeout.ms"},
    {"exclude.internal.topics", "a Java key; use weir.topics.internal"},
    {"interceptor.classes", "a Java key; librdkafka has plugin.library.paths"},
    {"metric.reporters", "a Java key; weir has counters of its own"},
    {"metrics.*", "a Java key; weir has counters of its own"},
    {"auto.include.jmx.reporter", "a Java key; weir has counters of its own"},
    {"config.providers*", "a Java key; put secrets in a file of their own and give --config "
                          "twice"},
};

/* Keys that make librdkafka load code or start a program. */
static const char *const code_keys[] = {
    "plugin.library.paths",
    "sasl.kerberos.kinit.cmd",
    "ssl.engine.location",
    "ssl.providers",
};

/* Their values become a part of the shell command sasl.kerberos.kinit.cmd. */
static const char *const shell_keys[] = {
    "sasl.kerberos.service.name",
    "sasl.kerberos.principal",
    "sasl.kerberos.keytab",
};

static bool matches(const char *pattern, const char *key)
{
    size_t size = strlen(pattern);

    if (size > 0 && pattern[size - 1] == '*') {
        return strncmp(pattern, key, size - 1) == 0;
    }
    return strcmp(pattern, key) == 0;
}

static bool listed(const char *const *keys, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(keys[i], key) == 0) {
            return true;
        }
    }
    return false;
}

enum weir_status weir_config_refuse_key(const char *key, struct weir_error *error)
{
    assert(key != NULL);
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        if (matches(refusals[i].key, key)) {
            return weir_error_set(error, WEIR_ERR_CONFIG, 0, "%s: %s", key, refusals[i].sentence);
        }
    }
    return WEIR_OK;
}

static enum weir_status refuse_code(const char *key, const char *value, struct weir_error *error)
{
    if (listed(code_keys, sizeof code_keys / sizeof code_keys[0], key)) {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                              "%s: it runs code, so it is accepted only in a configuration file "
                              "that belongs to root or to you and that nobody else can write",
                              key);
    }
    if (listed(shell_keys, sizeof shell_keys / sizeof shell_keys[0], key) &&
        strpbrk(value, "\"'`$;&|<>(){}\\!*?~#\n\r") != NULL) {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                              "%s: it becomes part of a shell command and holds a character that "
                              "the shell would interpret",
                              key);
    }
    return WEIR_OK;
}

/* Java names its strategies by class; librdkafka would say so only when the client is created. */
static enum weir_status refuse_strategy(const char *value, struct weir_error *error)
{
    static const char *const known[] = {"range", "roundrobin", "cooperative-sticky"};
    bool cooperative = false;
    bool eager = false;

    for (const char *word = value; *word != '\0';) {
        size_t size = strcspn(word, ",");
        size_t kind = 0;
        while (kind < 3 && (strlen(known[kind]) != size || strncmp(known[kind], word, size) != 0)) {
            kind++;
        }
        if (kind == 3) {
            return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                                  "partition.assignment.strategy: must be range, roundrobin, both "
                                  "with a comma between, or cooperative-sticky");
        }
        cooperative = cooperative || kind == 2;
        eager = eager || kind != 2;
        word += size;
        word += *word == ',' ? 1 : 0;
    }
    if (cooperative && eager) {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                              "partition.assignment.strategy: cooperative-sticky cannot be mixed "
                              "with range or roundrobin");
    }
    return WEIR_OK;
}

enum weir_status weir_config_refuse_value(const char *key, const char *value, bool trusted,
                                          struct weir_error *error)
{
    assert(value != NULL);
    if (!trusted) {
        enum weir_status status = refuse_code(key, value, error);
        if (status != WEIR_OK) {
            return status;
        }
    }
    if (strcmp(key, "partition.assignment.strategy") == 0) {
        return refuse_strategy(value, error);
    }
    return WEIR_OK;
}
