#include "framework/base/error.h"
#include "framework/base/memory.h"
#include "framework/coordinator.h"
#include "strategies/topics.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The consumer group protocol of the brokers: they decide who is a member, the client library runs
 * the assignor. Names are subscribed to, never expressions: which topics those match is decided by
 * us, for all coordinators in the same way. */
struct group_coordinator {
    struct weir_coordinator coordinator; /* first */
    struct weir_coordinator_env env;
    struct weir_topics topics;     /* as configured */
    struct weir_topics subscribed; /* sorted, if there are expressions; count 0: not yet */
};

static struct group_coordinator *group_of(struct weir_coordinator *coordinator)
{
    return (struct group_coordinator *)coordinator;
}

static bool has_patterns(const struct weir_topics *topics)
{
    size_t names = 0;

    while (names < topics->count && topics->names[names][0] != '^') {
        names++;
    }
    return names < topics->count;
}

static enum weir_status subscribe(struct group_coordinator *group, const struct weir_topics *topics,
                                  struct weir_error *error)
{
    struct weir_client *client = group->env.client;

    return client->ops->subscribe(client, topics->names, topics->count, error);
}

/* With expressions it waits for the first catalog. */
static enum weir_status join_group(struct weir_coordinator *coordinator,
                                   const struct weir_coordinator_env *env, struct weir_error *error)
{
    struct group_coordinator *group = group_of(coordinator);

    group->env = *env;
    enum weir_status status =
        weir_topics_parse(weir_config_get(env->config, "weir.topics"), &group->topics, error);
    return status != WEIR_OK || has_patterns(&group->topics)
               ? status
               : subscribe(group, &group->topics, error);
}

static int compare(const void *one, const void *other)
{
    return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* The names that are configured and those of the catalog, sorted, each once; borrowed. */
static void merge(const struct weir_topics *topics, const struct weir_strategy_topic *catalog,
                  size_t count, struct weir_topics *merged)
{
    size_t used = 0;

    for (size_t i = 0; i < topics->count; i++) {
        if (topics->names[i][0] != '^') {
            merged->names[used++] = topics->names[i];
        }
    }
    for (size_t i = 0; i < count; i++) {
        merged->names[used++] = catalog[i].name;
    }
    qsort((void *)merged->names, used, sizeof merged->names[0], compare);
    for (size_t i = 0; i < used; i++) {
        if (i == 0 || strcmp(merged->names[i], merged->names[i - 1]) != 0) {
            merged->names[merged->count++] = merged->names[i];
        }
    }
}

static bool keep_names(struct weir_topics *topics)
{
    size_t size = 1;

    for (size_t i = 0; i < topics->count; i++) {
        size += strlen(topics->names[i]) + 1;
    }
    topics->text = weir_malloc(size);
    char *name = topics->text;
    for (size_t i = 0; name != NULL && i < topics->count; i++) {
        size = strlen(topics->names[i]) + 1;
        memcpy(name, topics->names[i], size);
        topics->names[i] = name;
        name += size;
    }
    return topics->text != NULL;
}

static bool holds_all(const struct weir_topics *subscribed, const struct weir_topics *topics)
{
    size_t i = 0;

    while (i < topics->count && subscribed->count > 0 &&
           bsearch(&topics->names[i], (const void *)subscribed->names, subscribed->count,
                   sizeof subscribed->names[0], compare) != NULL) {
        i++;
    }
    return i == topics->count;
}

/* A new subscription costs every member a rebalance. One that names a topic that was deleted costs
 * nothing, and the library itself sees that it is gone: so only a topic that came is a reason. */
static enum weir_status renew(struct group_coordinator *group,
                              const struct weir_strategy_topic *catalog, size_t count,
                              struct weir_error *error)
{
    struct weir_topics merged = {0};

    merged.names = weir_calloc(group->topics.count + count, sizeof merged.names[0]);
    if (merged.names == NULL) {
        return weir_error_nomem(error);
    }
    merge(&group->topics, catalog, count, &merged);
    enum weir_status status = WEIR_OK;
    if (!holds_all(&group->subscribed, &merged)) {
        status = keep_names(&merged) ? subscribe(group, &merged, error) : weir_error_nomem(error);
        struct weir_topics old = group->subscribed;
        group->subscribed = merged;
        merged = old;
    }
    weir_topics_fini(&merged);
    return status;
}

static void learn_group(struct weir_coordinator *coordinator,
                        const struct weir_strategy_topic *topics, size_t count)
{
    struct group_coordinator *group = group_of(coordinator);
    struct weir_error error = {.code = WEIR_OK};

    if (has_patterns(&group->topics) && renew(group, topics, count, &error) != WEIR_OK) {
        group->env.failed(error.code, error.text, group->env.user);
    }
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
    weir_topics_fini(&group_of(coordinator)->topics);
    weir_topics_fini(&group_of(coordinator)->subscribed);
}

const struct weir_coordinator_ops weir_coordinator_kafka = {.name = "kafka",
                                                            .size =
                                                                sizeof(struct group_coordinator),
                                                            .grouped = true,
                                                            .join = join_group,
                                                            .event = hear,
                                                            .catalog = learn_group,
                                                            .serve = serve_group,
                                                            .accept = accept_group,
                                                            .release = release_group,
                                                            .leave = leave_group,
                                                            .left = left_group,
                                                            .close = close_group};
