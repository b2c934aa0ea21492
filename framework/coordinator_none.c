#include "framework/base/error.h"
#include "framework/base/memory.h"
#include "framework/coordinator.h"
#include "strategies/static.h"
#include <stddef.h>

/* Nobody is asked: the configured partitions are ours from join to leave. Whoever starts two
 * members with the same partitions has two owners. */
struct none_coordinator {
    struct weir_coordinator coordinator; /* first */
    struct weir_coordinator_env env;
    struct weir_static list;
    bool announced;
    bool leaving;
};

static struct none_coordinator *none_of(struct weir_coordinator *coordinator)
{
    return (struct none_coordinator *)coordinator;
}

static enum weir_status join_none(struct weir_coordinator *coordinator,
                                  const struct weir_coordinator_env *env, struct weir_error *error)
{
    struct none_coordinator *none = none_of(coordinator);

    none->env = *env;
    enum weir_status status =
        weir_static_parse(weir_config_get(env->config, "weir.partitions"), &none->list, error);
    if (status == WEIR_OK) {
        env->wake(env->wake_user);
    }
    return status;
}

static void hear_none(struct weir_coordinator *coordinator, const struct weir_client_event *event)
{
    (void)coordinator, (void)event; /* without a group there are no rebalances */
}

static void serve_none(struct weir_coordinator *coordinator)
{
    struct none_coordinator *none = none_of(coordinator);

    if (none->announced || none->leaving) {
        return;
    }
    struct weir_position *positions = weir_calloc(none->list.count, sizeof positions[0]);
    if (positions == NULL) {
        return; /* the next turn tries again */
    }
    for (size_t i = 0; i < none->list.count; i++) {
        positions[i] = (struct weir_position){.topic = none->list.partitions[i].topic,
                                              .partition = none->list.partitions[i].partition,
                                              .offset = WEIR_OFFSET_NONE};
    }
    none->announced = true;
    none->env.assigned(positions, none->list.count, none->env.user);
    weir_free(positions);
}

static enum weir_status accept_none(struct weir_coordinator *coordinator,
                                    const struct weir_position *positions, size_t count,
                                    struct weir_error *error)
{
    struct weir_client *client = none_of(coordinator)->env.client;

    return count == 0 ? WEIR_OK : client->ops->assign(client, positions, count, error);
}

static enum weir_status release_none(struct weir_coordinator *coordinator,
                                     const struct weir_position *positions, size_t count,
                                     struct weir_error *error)
{
    (void)coordinator, (void)positions, (void)count, (void)error; /* nobody takes them away */
    return WEIR_OK;
}

static void leave_none(struct weir_coordinator *coordinator)
{
    struct none_coordinator *none = none_of(coordinator);

    none->leaving = true;
    (void)none->env.client->ops->unassign(none->env.client, NULL, 0, NULL);
}

static bool left_none(struct weir_coordinator *coordinator)
{
    return none_of(coordinator)->leaving;
}

static void close_none(struct weir_coordinator *coordinator)
{
    weir_static_fini(&none_of(coordinator)->list);
}

const struct weir_coordinator_ops weir_coordinator_none = {.name = "none",
                                                           .size = sizeof(struct none_coordinator),
                                                           .grouped = false,
                                                           .join = join_none,
                                                           .event = hear_none,
                                                           .serve = serve_none,
                                                           .accept = accept_none,
                                                           .release = release_none,
                                                           .leave = leave_none,
                                                           .left = left_none,
                                                           .close = close_none};
