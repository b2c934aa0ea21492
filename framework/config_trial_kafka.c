#include "framework/config_kafka.h"

#include <assert.h>
#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "framework/base/error.h"
#include "framework/config_check.h"
#include "framework/config_letters.h"
#include "framework/config_mask.h"
#include "framework/library_facts.h"

#define PLUGIN_KEY "plugin.library.paths"

enum { REASON_SIZE = 384, LOG_ERROR_LEVEL = 3 };

/* The first error a client logs while it is created: often it says why, where the result says only
 * what. Other threads of the client are not heard, so that no lock is needed. */
struct trial {
    pthread_t thread;
    char reason[REASON_SIZE];
    char detail[REASON_SIZE];
};

static void trial_log(const rd_kafka_t *client, int level, const char *facility, const char *text)
{
    struct trial *trial = rd_kafka_opaque(client);

    (void)facility;
    if (level > LOG_ERROR_LEVEL || !pthread_equal(trial->thread, pthread_self()) ||
        trial->detail[0] != '\0') {
        return;
    }
    const char *thread_end = strstr(text, "]: "); /* "[thrd:app]: " says nothing to the user */
    (void)snprintf(trial->detail, sizeof trial->detail, " (%s)",
                   thread_end == NULL ? text : thread_end + 3);
}

static bool runs_programs(const struct weir_config *config)
{
    const char *protocol = weir_config_get(config, "security.protocol");
    const char *mechanism = weir_config_get(config, "sasl.mechanism");
    bool sasl = protocol != NULL && strncasecmp(protocol, "sasl", 4) == 0;
    bool kerberos = mechanism == NULL || strcmp(mechanism, "GSSAPI") == 0;

    return weir_config_get(config, PLUGIN_KEY) != NULL || (sasl && kerberos);
}

/* A value that was chosen by the user may stand anywhere in the reason: all are masked. */
static enum weir_status create_trial(const struct weir_config *config, rd_kafka_type_t type,
                                     rd_kafka_conf_t *conf, struct weir_error *error)
{
    struct trial trial = {.thread = pthread_self()};

    rd_kafka_conf_set_opaque(conf, &trial);
    rd_kafka_conf_set_log_cb(conf, trial_log);
    rd_kafka_t *client = rd_kafka_new(type, conf, trial.reason, sizeof trial.reason);
    if (client != NULL) {
        rd_kafka_destroy(client);
        return WEIR_OK;
    }
    rd_kafka_conf_destroy(conf);
    weir_config_mask(config, false, trial.reason);
    weir_config_mask(config, false, trial.detail);
    return weir_error_set(
        error, WEIR_ERR_CONFIG, 0, "librdkafka does not accept these keys%s: %s%s",
        type == RD_KAFKA_PRODUCER ? " for dead letters" : "", trial.reason, trial.detail);
}

/* With a group the client would have to leave it, with an address it would connect. */
static rd_kafka_conf_t *without_cluster(const rd_kafka_conf_t *conf)
{
    const char *prefixes[] = {"metadata.broker.list", "group.id", "group.instance.id", "test."};

    return rd_kafka_conf_dup_filter(conf, sizeof prefixes / sizeof prefixes[0], prefixes);
}

static enum weir_status check_letters(const struct weir_config *config, struct weir_error *error)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    enum weir_status status = weir_config_letters_apply(config, conf, error);

    if (status == WEIR_OK && !runs_programs(config)) {
        status = create_trial(config, RD_KAFKA_PRODUCER, without_cluster(conf), error);
    }
    rd_kafka_conf_destroy(conf);
    return status;
}

enum weir_status weir_config_kafka_check(const struct weir_config *config, struct weir_error *error)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    enum weir_status status = weir_config_kafka_apply(config, conf, error);

    if (status == WEIR_OK && !runs_programs(config)) {
        status = create_trial(config, RD_KAFKA_CONSUMER, without_cluster(conf), error);
    }
    rd_kafka_conf_destroy(conf);
    return status == WEIR_OK && weir_config_writes_letters(config) ? check_letters(config, error)
                                                                   : status;
}

void weir_config_advise(const struct weir_config *config, weir_config_advice_fn *tell, void *user)
{
    weir_config_advise_keys(config, tell, user);
    weir_library_advise(config, rd_kafka_version(), tell, user);
}
