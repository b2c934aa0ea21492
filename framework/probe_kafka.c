#include "framework/base/error.h"
#include "framework/client_kafka.h"
#include "framework/config_brokers.h"
#include "framework/config_kafka.h"
#include "framework/config_mask.h"
#include "framework/library_facts.h"
#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { ERRSTR_SIZE = 512 };

/* The last thing the library complained about is the reason when nothing answers. Its threads
 * write, ours reads. */
struct complaint {
    struct weir_mutex mutex;
    char text[ERRSTR_SIZE];
    rd_kafka_resp_err_t code;
    size_t addresses; /* of bootstrap.servers */
    bool is_final;    /* no address is left that may still answer */
};

/* One address that is dead says nothing about the others, not even if it is refused before the
 * library has taken them up. Our credentials are the same for all. */
static bool concerns_all(int code, const char *text, size_t addresses)
{
    return code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ? weir_refusal_is_by_all(text, addresses)
                                                       : code == RD_KAFKA_RESP_ERR__AUTHENTICATION;
}

static void on_error(rd_kafka_t *handle, int code, const char *text, void *opaque)
{
    struct complaint *complaint = opaque;

    (void)handle;
    weir_mutex_lock(&complaint->mutex);
    complaint->is_final = complaint->is_final || concerns_all(code, text, complaint->addresses);
    if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) { /* says less than what came before it */
        complaint->code = (rd_kafka_resp_err_t)code;
        (void)snprintf(complaint->text, sizeof complaint->text, "%s", text);
    }
    weir_mutex_unlock(&complaint->mutex);
}

static void on_log(const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
    (void)handle, (void)level, (void)facility, (void)text; /* the error says it */
}

static rd_kafka_t *open_handle(const struct weir_config *config, struct complaint *complaint,
                               struct weir_error *error)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char reason[ERRSTR_SIZE];

    if (weir_config_kafka_apply(config, conf, error) != WEIR_OK) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    /* A consumer, because asking as a producer may create the topic. It never joins. */
    rd_kafka_conf_set_opaque(conf, complaint);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_t *handle = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
    if (handle == NULL) {
        rd_kafka_conf_destroy(conf);
        weir_config_mask(config, false, reason);
        (void)weir_error_set(error, WEIR_ERR_CONFIG, 0, "librdkafka cannot be started: %s", reason);
    }
    return handle;
}

struct probing {
    rd_kafka_t *handle;
    struct complaint *complaint;
};

static bool is_hopeless(void *user)
{
    const struct probing *probing = user;

    (void)rd_kafka_poll(probing->handle, 0); /* runs on_error */
    weir_mutex_lock(&probing->complaint->mutex);
    bool hopeless = probing->complaint->is_final;
    weir_mutex_unlock(&probing->complaint->mutex);
    return hopeless;
}

/* The wrong password may be none. */
static const char *doubt(const struct weir_config *config, rd_kafka_resp_err_t code)
{
    return weir_kafka_refusal(code) == WEIR_REFUSAL_LOGIN &&
                   weir_library_scram_is_misread(config, rd_kafka_version())
               ? " (or the brokers are Kafka 4.0 or later, which refuse every SCRAM login of "
                 "librdkafka before 2.6.1)"
               : "";
}

static enum weir_status no_answer(const struct weir_config *config, struct complaint *complaint,
                                  rd_kafka_resp_err_t code, struct weir_error *error)
{
    const char *servers = weir_config_get(config, "bootstrap.servers");
    char reason[ERRSTR_SIZE];

    weir_mutex_lock(&complaint->mutex);
    memcpy(reason, complaint->text, sizeof reason);
    rd_kafka_resp_err_t last = complaint->code;
    weir_mutex_unlock(&complaint->mutex);
    const char *advice = weir_refusal_advice(weir_kafka_refusal(last), reason);
    if (advice != NULL) {
        return weir_error_set(error, WEIR_ERR_UNAVAILABLE, (int)last,
                              "no broker of bootstrap.servers=%s lets this client in: %s%s: %s",
                              servers, advice, doubt(config, last), reason);
    }
    return weir_error_set(error, WEIR_ERR_UNAVAILABLE, (int)code,
                          "no broker of bootstrap.servers=%s answers (check the address and "
                          "security.protocol): %s",
                          servers, reason[0] != '\0' ? reason : rd_kafka_err2str(code));
}

enum weir_status weir_client_kafka_probe(const struct weir_config *config,
                                         struct weir_listing *listing,
                                         const struct weir_probe_patience *patience,
                                         struct weir_error *error)
{
    const char *servers = weir_config_get(config, "bootstrap.servers");
    struct complaint complaint = {.code = RD_KAFKA_RESP_ERR_NO_ERROR,
                                  .addresses =
                                      servers == NULL ? 0 : weir_config_brokers_count(servers)};

    weir_mutex_init(&complaint.mutex);
    struct weir_error reason = {.code = WEIR_ERR_CONFIG};
    rd_kafka_t *handle = open_handle(config, &complaint, &reason);
    if (handle == NULL) {
        weir_mutex_fini(&complaint.mutex);
        return weir_error_set(error, reason.code, reason.cause, "%s", reason.text);
    }
    struct probing probing = {.handle = handle, .complaint = &complaint};
    const struct weir_kafka_question question = {
        .handle = handle, .patience = patience, .is_hopeless = is_hopeless, .user = &probing};
    rd_kafka_resp_err_t code = weir_kafka_ask_topics(&question, listing);
    enum weir_status status =
        code == RD_KAFKA_RESP_ERR_NO_ERROR ? WEIR_OK : no_answer(config, &complaint, code, error);
    rd_kafka_destroy(handle);
    weir_mutex_fini(&complaint.mutex);
    return status;
}
