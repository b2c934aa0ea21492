#include "framework/coordinator.h"
#include "strategies/topics.h"
#include <assert.h>

/* The consumer group protocol of the brokers: they decide who is a member, the client library runs
 * the assignor. */
struct group_coordinator {
    struct weir_coordinator coordinator; /* first */
    struct weir_coordinator_env env;
};

static struct group_coordinator *group_of(struct weir_coordinator *coordinator)
{
    return (struct group_coordinator *)coordinator;
}

static enum weir_status join_group(struct weir_coordinator *coordinator,
                                   const struct weir_coordinator_env *env, struct weir_error *error)
{
    struct weir_topics topics = {0};

    group_of(coordinator)->env = *env;
    enum weir_status status =
        weir_topics_parse(weir_config_get(env->config, "weir.topics"), &topics, error);
    if (status == WEIR_OK) {
        status = env->client->ops->subscribe(env->client, topics.names, topics.count, error);
    }
    weir_topics_fini(&topics);
    return status;
}

static void hear(struct weir_coordinator *coordinator, const struct weir_client_event *event)
{
    const struct weir_coordinator_env *env = &group_of(coordinator)->env;

    switch (event->kind) {
    case WEIR_CLIENT_ASSIGNED:
        env->assigned(event->positions, event->count, env->user);
        break;
    case WEIR_CLIENT_REVOKED:
        env->revoked(event->positions, event->count, env->user);
        break;
    case WEIR_CLIENT_LOST:
        env->lost(event->positions, event->count, env->user);
        break;
    case WEIR_CLIENT_ERROR:
    case WEIR_CLIENT_FATAL:
        assert(false && "not a rebalance");
        break;
    }
}

static void serve_group(struct weir_coordinator *coordinator)
{
    (void)coordinator;
}

static enum weir_status accept_group(struct weir_coordinator *coordinator,
                                     const struct weir_position *positions, size_t count,
                                     struct weir_error *error)
{
    struct weir_client *client = group_of(coordinator)->env.client;

    return client->ops->assign(client, positions, count, error);
}

static enum weir_status release_group(struct weir_coordinator *coordinator,
                                      const struct weir_position *positions, size_t count,
                                      struct weir_error *error)
{
    struct weir_client *client = group_of(coordinator)->env.client;

    return client->ops->unassign(client, positions, count, error);
}

static void leave_group(struct weir_coordinator *coordinator)
{
    struct weir_client *client = group_of(coordinator)->env.client;

    client->ops->leave(client);
}

static bool left_group(struct weir_coordinator *coordinator)
{
    struct weir_client *client = group_of(coordinator)->env.client;

    return client->ops->left(client);
}

static void close_group(struct weir_coordinator *coordinator)
{
    (void)coordinator;
}

const struct weir_coordinator_ops weir_coordinator_kafka = {.name = "kafka",
                                                            .size =
                                                                sizeof(struct group_coordinator),
                                                            .grouped = true,
                                                            .join = join_group,
                                                            .event = hear,
                                                            .serve = serve_group,
                                                            .accept = accept_group,
                                                            .release = release_group,
                                                            .leave = leave_group,
                                                            .left = left_group,
                                                            .close = close_group};
