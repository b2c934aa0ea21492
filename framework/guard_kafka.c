#include "framework/base/clock.h"
#include "framework/client_kafka.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Hazard R6: a cooperative member keeps its partitions while it joins anew. A commit that is sent
 * behind the join request is read by the broker when the group has moved on: it refuses the old
 * generation, and an older librdkafka drops the whole assignment for that. So no commit may be sent
 * - from the moment partitions are handed back: the library joins anew after that. (After a
 *   revocation it first has the assignment that follows answered; while that waits commits could
 *   still be sent, and are not.)
 * - for a while after the answer to a heartbeat: it may say that the group rebalances, and until
 * the library's threads have asked for the join nothing tells. It asks once a second at most, so an
 *   answer soon after a join may mean a join at the end of that second,
 * - from the moment a join request is sent until its member is in sync again.
 * While a revocation waits for its answer heartbeats do not make the library join: the commit that
 * the answer waits for is sent at once. Only a change of metadata does, in every protocol, and that
 * gives away what was revoked: the join says that the member has it no more, and the answer to it
 * makes all commits of the member those of the new generation. From then on none may be about what
 * is still being handed back, unless it comes back to the member.
 * What the library is given under the lock is ahead of an answer that is noted afterwards. */

enum {
    SOUND_VERSION = 0x020a00ff,
    JOIN_GROUP = 11,
    HEARTBEAT = 12,
    SYNC_GROUP = 14,
    SETTLE_MS = 100,
    JOIN_INTERVAL_MS = 1000, /* of the library */
    HEARTBEAT_MS_DEFAULT = 3000
};

bool weir_kafka_is_cooperative(const struct weir_client_kafka *kafka)
{
    const char *strategy = weir_config_get(kafka->config, "partition.assignment.strategy");

    return kafka->grouped && strategy != NULL && strstr(strategy, "cooperative") != NULL;
}

bool weir_kafka_brokers_assign(const struct weir_client_kafka *kafka)
{
    const char *protocol = weir_config_get(kafka->config, "group.protocol");

    return kafka->grouped && protocol != NULL && strcasecmp(protocol, "consumer") == 0;
}

/* These two have the signatures of librdkafka and run on its threads: they only take note. */

static rd_kafka_resp_err_t on_library_sent(rd_kafka_t *handle, int fd, const char *broker,
                                           int32_t id, int16_t key, int16_t version,
                                           int32_t correlation, size_t size, void *opaque)
{
    struct weir_kafka_guard *guard = &((struct weir_client_kafka *)opaque)->guard;

    (void)handle, (void)fd, (void)broker, (void)id, (void)version, (void)correlation, (void)size;
    if (key == JOIN_GROUP) {
        weir_mutex_lock(&guard->mutex);
        guard->joining = true;
        guard->rejoined = true;
        guard->join_from = weir_time_after_ms(weir_clock_now(), JOIN_INTERVAL_MS);
        weir_mutex_unlock(&guard->mutex);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_library_received(rd_kafka_t *handle, int fd, const char *broker,
                                               int32_t id, int16_t key, int16_t version,
                                               int32_t correlation, size_t size, int64_t rtt,
                                               rd_kafka_resp_err_t failure, void *opaque)
{
    struct weir_client_kafka *kafka = opaque;
    struct weir_kafka_guard *guard = &kafka->guard;

    (void)handle, (void)fd, (void)broker, (void)id, (void)version, (void)correlation, (void)size;
    (void)rtt, (void)failure;
    if (key == HEARTBEAT || key == SYNC_GROUP) {
        weir_mutex_lock(&guard->mutex);
        guard->heard = guard->heard || key == HEARTBEAT;
        guard->joining = guard->joining && key != SYNC_GROUP;
        if (key == SYNC_GROUP && kafka->wake != NULL) {
            kafka->wake(kafka->wake_user); /* locked, so that silence waits for its end */
        }
        weir_mutex_unlock(&guard->mutex);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_new(rd_kafka_t *handle, const rd_kafka_conf_t *conf, void *opaque,
                                  char *reason, size_t reason_size)
{
    rd_kafka_resp_err_t code =
        rd_kafka_interceptor_add_on_request_sent(handle, "weir", on_library_sent, opaque);

    (void)conf, (void)reason, (void)reason_size;
    return code != RD_KAFKA_RESP_ERR_NO_ERROR ? code
                                              : rd_kafka_interceptor_add_on_response_received(
                                                    handle, "weir", on_library_received, opaque);
}

/* Where the brokers assign there is no join. */
static bool joins(const struct weir_client_kafka *kafka)
{
    return kafka->grouped && !weir_kafka_brokers_assign(kafka);
}

/* Half of the time must be left for commits. */
static int64_t settle_ms(const struct weir_client_kafka *kafka)
{
    const char *text = weir_config_get(kafka->config, "heartbeat.interval.ms");
    int64_t half = (text == NULL ? HEARTBEAT_MS_DEFAULT : strtoll(text, NULL, 10)) / 2;

    return half < SETTLE_MS ? half : SETTLE_MS;
}

void weir_kafka_guard_commits(struct weir_client_kafka *kafka, rd_kafka_conf_t *conf)
{
    if (joins(kafka)) {
        kafka->guard.commits =
            rd_kafka_version() < SOUND_VERSION && weir_kafka_is_cooperative(kafka);
        kafka->guard.settle_ms = settle_ms(kafka);
        (void)rd_kafka_conf_interceptor_add_on_new(conf, "weir", on_new, kafka);
    }
}

void weir_kafka_guard_rejoin(struct weir_client_kafka *kafka)
{
    if (kafka->guard.commits && kafka->leaving == WEIR_KAFKA_STAYS) {
        weir_mutex_lock(&kafka->guard.mutex);
        if (!kafka->guard.rejoined && kafka->news.waiting == NULL) { /* else it has done so */
            kafka->guard.joining = true;
        }
        weir_mutex_unlock(&kafka->guard.mutex);
    }
}

void weir_kafka_guard_revocation(struct weir_client_kafka *kafka)
{
    weir_mutex_lock(&kafka->guard.mutex);
    kafka->guard.rejoined = kafka->guard.joining; /* it was in sync when it announced this */
    weir_mutex_unlock(&kafka->guard.mutex);
}

void weir_kafka_guard_silence(struct weir_client_kafka *kafka)
{
    weir_mutex_lock(&kafka->guard.mutex);
    kafka->wake = NULL;
    weir_mutex_unlock(&kafka->guard.mutex);
}

/* The library joined while we hand back, and has not announced what came of it: is it still ours?
 */
static bool is_undecided(const struct weir_client_kafka *kafka)
{
    return kafka->guard.rejoined && kafka->news.waiting == NULL &&
           weir_announcer_hands_back(&kafka->news);
}

weir_time weir_kafka_commit_from(struct weir_client *client, weir_time now)
{
    struct weir_client_kafka *kafka = (struct weir_client_kafka *)client;
    struct weir_kafka_guard *guard = &kafka->guard;
    weir_time from = now;

    weir_mutex_lock(&guard->mutex);
    if (guard->heard) {
        weir_time last = now > guard->join_from ? now : guard->join_from;
        guard->settled = weir_time_after_ms(last, guard->settle_ms);
        guard->heard = false;
    }
    if ((guard->commits && guard->joining) || is_undecided(kafka)) {
        from = WEIR_TIME_NEVER;
    } else if (guard->commits && !weir_announcer_hands_back(&kafka->news)) {
        from = guard->settled;
    }
    weir_mutex_unlock(&guard->mutex);
    return from;
}

bool weir_kafka_commit_begin(struct weir_client *client)
{
    struct weir_client_kafka *kafka = (struct weir_client_kafka *)client;
    struct weir_kafka_guard *guard = &kafka->guard;

    weir_mutex_lock(&guard->mutex);
    bool unsettled = guard->heard && !weir_announcer_hands_back(&kafka->news);
    if (!(guard->commits && (guard->joining || unsettled)) && !is_undecided(kafka)) {
        return true;
    }
    weir_mutex_unlock(&guard->mutex);
    return false;
}

void weir_kafka_commit_end(struct weir_client *client)
{
    weir_mutex_unlock(&((struct weir_client_kafka *)client)->guard.mutex);
}

bool weir_kafka_gave_away(struct weir_client *client, const struct weir_position *position)
{
    return weir_announcer_gave_away(&((struct weir_client_kafka *)client)->news, position);
}
