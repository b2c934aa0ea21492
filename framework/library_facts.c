#include "framework/library_facts.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "framework/config.h"

/* As rd_kafka_version() has it: one byte each, and the last says release or candidate. */
#define VERSION(major, minor, patch) ((major) << 24 | (minor) << 16 | (patch) << 8)

enum { RELEASE_MASK = ~0xff, BYTE_MASK = 0xff };

typedef bool meets_fn(const struct weir_config *config);

struct defect {
    int from;  /* the first version that has it; 0: all before `mended` */
    int until; /* the version it was mended in */
    meets_fn *meets;
    const char *sentence;
};

static bool begins(const struct weir_config *config, const char *key, const char *word)
{
    const char *value = weir_config_get(config, key);

    return value != NULL && strncasecmp(value, word, strlen(word)) == 0;
}

static bool uses_sasl(const struct weir_config *config)
{
    return begins(config, "security.protocol", "sasl_");
}

static bool uses_scram(const struct weir_config *config)
{
    return uses_sasl(config) && begins(config, "sasl.mechanism", "SCRAM-");
}

static bool uses_tls(const struct weir_config *config)
{
    return begins(config, "security.protocol", "ssl") ||
           begins(config, "security.protocol", "sasl_ssl");
}

static bool shows_certificate(const struct weir_config *config)
{
    return uses_tls(config) && (weir_config_given(config, "ssl.certificate.pem") ||
                                weir_config_given(config, "ssl.keystore.location"));
}

static bool grouped(const struct weir_config *config)
{
    return begins(config, "weir.coordinator", "kafka");
}

static bool consumer_protocol(const struct weir_config *config)
{
    return grouped(config) && begins(config, "group.protocol", "consumer");
}

static bool cooperative(const struct weir_config *config)
{
    return grouped(config) && !consumer_protocol(config) &&
           begins(config, "partition.assignment.strategy", "cooperative-sticky");
}

static bool pushes_metrics(const struct weir_config *config)
{
    return !begins(config, "enable.metrics.push", "false");
}

static bool moves_when_out_of_range(const struct weir_config *config)
{
    return !begins(config, "weir.out.of.range", "stop");
}

static bool starts_over(const struct weir_config *config)
{
    return !begins(config, "metadata.recovery.strategy", "none");
}

/* Only what the configuration decides about: what every user of a version has is in the manual. */
static const struct defect defects[] = {
    {0, VERSION(2, 3, 0), cooperative,
     "partition.assignment.strategy: with cooperative-sticky a member that is stopped before its "
     "first assignment cannot leave the group, and the others wait session.timeout.ms for it; use "
     "range or roundrobin, or a short session.timeout.ms"},
    {0, VERSION(2, 6, 1), cooperative,
     "partition.assignment.strategy: with cooperative-sticky the member that shares the partitions "
     "out may never come to an end of it, with a processor busy; use range or roundrobin if that "
     "happens"},
    {0, VERSION(2, 6, 1), uses_scram,
     "sasl.mechanism: brokers of Kafka 4.0 and later take a SCRAM login of this library for one "
     "with a wrong password; use PLAIN over TLS or a client certificate there"},
    {0, VERSION(2, 8, 0), shows_certificate,
     "ssl.certificate.pem, ssl.keystore.location: only the first certificate is sent, so brokers "
     "refuse it unless they have its issuer's themselves; put certificates with intermediate "
     "authorities into ssl.certificate.location"},
    {VERSION(2, 1, 0), VERSION(2, 3, 0), moves_when_out_of_range,
     "weir.out.of.range: a question that fails after a change of leaders may look as if the offset "
     "were gone, and the partition go on elsewhere; set weir.out.of.range=stop"},
    {VERSION(2, 4, 0), VERSION(2, 12, 0), consumer_protocol,
     "group.protocol: consumer is unfinished in this version; set group.protocol=classic, which is "
     "the default, where it matters"},
    {VERSION(2, 5, 0), VERSION(2, 5, 3), pushes_metrics,
     "enable.metrics.push: the process is aborted when a broker asks for metrics that the library "
     "does not have; set enable.metrics.push=false"},
    {VERSION(2, 10, 0), VERSION(2, 10, 1), starts_over,
     "metadata.recovery.strategy: once no broker was to be reached the library may never find back "
     "to those it knew; set metadata.recovery.strategy=none"},
};

static const struct {
    const char *key;
    int since;
} keys[] = {
    {"client.dns.lookup", VERSION(2, 2, 0)},
    {"fetch.queue.backoff.ms", VERSION(2, 2, 0)},
    {"retry.backoff.max.ms", VERSION(2, 3, 0)},
    {"group.protocol", VERSION(2, 4, 0)},
    {"group.remote.assignor", VERSION(2, 4, 0)},
    {"enable.metrics.push", VERSION(2, 5, 0)},
    {"metadata.recovery.strategy", VERSION(2, 10, 0)},
    {"metadata.recovery.rebootstrap.trigger.ms", VERSION(2, 11, 0)},
    {"https.ca.location", VERSION(2, 11, 0)},
    {"https.ca.pem", VERSION(2, 11, 0)},
};

#undef VERSION

static bool has(int version, const struct defect *defect)
{
    int release = version & RELEASE_MASK;

    return release >= defect->from && release < defect->until;
}

void weir_library_advise(const struct weir_config *config, int version, weir_config_advice_fn *tell,
                         void *user)
{
    char text[WEIR_LIBRARY_TEXT_SIZE];
    char here[WEIR_LIBRARY_VERSION_SIZE];
    char mended[WEIR_LIBRARY_VERSION_SIZE];

    assert(tell != NULL);
    for (size_t i = 0; i < sizeof defects / sizeof defects[0]; i++) {
        const struct defect *defect = &defects[i];
        if (!has(version, defect) || !defect->meets(config)) {
            continue;
        }
        int size = snprintf(text, sizeof text, "%s (librdkafka is %s; mended in %s)",
                            defect->sentence, weir_library_version_text(version, here),
                            weir_library_version_text(defect->until, mended));
        assert(size > 0 && (size_t)size < sizeof text);
        (void)size;
        tell(text, user);
    }
}

bool weir_library_scram_is_misread(const struct weir_config *config, int version)
{
    for (size_t i = 0; i < sizeof defects / sizeof defects[0]; i++) {
        if (defects[i].meets == uses_scram) {
            return has(version, &defects[i]) && uses_scram(config);
        }
    }
    return false;
}

bool weir_library_key_is_newer(const char *key, int version, int *since)
{
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (strcmp(keys[i].key, key) == 0 && (version & RELEASE_MASK) < keys[i].since) {
            *since = keys[i].since;
            return true;
        }
    }
    return false;
}

const char *weir_library_version_text(int version, char *out)
{
    (void)snprintf(out, WEIR_LIBRARY_VERSION_SIZE, "%d.%d.%d", version >> 24 & BYTE_MASK,
                   version >> 16 & BYTE_MASK, version >> 8 & BYTE_MASK);
    return out;
}
