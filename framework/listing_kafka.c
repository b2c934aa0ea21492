#include "framework/client_kafka.h"

#include "framework/base/error.h"

enum { SLICE_MS = 500, SLICE_MS_MAX = 4000 };

static struct weir_topic_facts facts_of(const struct rd_kafka_metadata_topic *topic)
{
    return (struct weir_topic_facts){.topic = topic->topic,
                                     .partitions = (uint32_t)topic->partition_cnt,
                                     .status = weir_kafka_status(topic->err)};
}

static rd_kafka_resp_err_t ask_one(rd_kafka_t *handle, struct weir_topic_facts *facts,
                                   int64_t timeout_ms)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(handle, facts->topic, NULL);

    if (topic == NULL) {
        facts->status = WEIR_ERR_INVALID;
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    rd_kafka_resp_err_t code = rd_kafka_metadata(handle, 0, topic, &metadata, (int)timeout_ms);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR && metadata->topic_cnt == 1) {
        const char *name = facts->topic;
        *facts = facts_of(&metadata->topics[0]);
        facts->topic = name;
    }
    if (metadata != NULL) {
        rd_kafka_metadata_destroy(metadata);
    }
    rd_kafka_topic_destroy(topic);
    return code;
}

static rd_kafka_resp_err_t ask_all(rd_kafka_t *handle, struct weir_listing *listing,
                                   int64_t timeout_ms)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t code = rd_kafka_metadata(handle, 1, NULL, &metadata, (int)timeout_ms);

    for (int i = 0; code == RD_KAFKA_RESP_ERR_NO_ERROR && i < metadata->topic_cnt; i++) {
        struct weir_topic_facts facts = facts_of(&metadata->topics[i]);
        if (!weir_listing_add(listing, &facts)) {
            code = RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE;
        }
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        weir_listing_clear(listing);
    }
    if (metadata != NULL) {
        rd_kafka_metadata_destroy(metadata);
    }
    return code;
}

/* In slices, so that a cluster that refuses everywhere is said at once, a slow one gets its time,
 * and whoever stops the consumer does not wait for either. `facts` NULL: all topics. */
static rd_kafka_resp_err_t ask_patiently(const struct weir_kafka_question *question,
                                         struct weir_listing *listing,
                                         struct weir_topic_facts *facts)
{
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;
    int64_t slice_ms = 0;

    /* Each slice is a request of its own, so each is longer than the last: a far cluster answers
     * one of them. The longest is what a stop waits for. */
    for (int64_t waited = 0; waited < question->patience->timeout_ms; waited += slice_ms) {
        slice_ms = waited == 0 ? SLICE_MS : slice_ms < SLICE_MS_MAX ? slice_ms * 2 : SLICE_MS_MAX;
        code = facts == NULL ? ask_all(question->handle, listing, slice_ms)
                             : ask_one(question->handle, facts, slice_ms);
        bool hopeless = question->is_hopeless != NULL && question->is_hopeless(question->user);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR || hopeless ||
            weir_flag_is_up(question->patience->cancelled)) {
            return code;
        }
    }
    return code;
}

rd_kafka_resp_err_t weir_kafka_ask_topics(const struct weir_kafka_question *question,
                                          struct weir_listing *listing)
{
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;

    for (size_t i = 0; i < listing->named_count && code == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        code = ask_patiently(question, listing, &listing->named[i]);
    }
    return code == RD_KAFKA_RESP_ERR_NO_ERROR && listing->all
               ? ask_patiently(question, listing, NULL)
               : code;
}

enum weir_status weir_kafka_topics(struct weir_client *client, struct weir_listing *listing,
                                   const struct weir_probe_patience *patience,
                                   struct weir_error *error)
{
    const struct weir_kafka_question question = {
        .handle = ((struct weir_client_kafka *)client)->handle, .patience = patience};
    rd_kafka_resp_err_t code = weir_kafka_ask_topics(&question, listing);

    return code == RD_KAFKA_RESP_ERR_NO_ERROR
               ? WEIR_OK
               : weir_error_set(error, WEIR_ERR_UNAVAILABLE, (int)code,
                                "cannot look for changes of topics: %s", rd_kafka_err2str(code));
}
