#include "framework/base/error.h"
#include "framework/base/memory.h"
#include "framework/coordinator.h"
#include "framework/tending.h"
#include "strategies/static.h"
#include <stddef.h>

/* Nobody is asked: the configured partitions, or all partitions of the configured topics, are ours
 * from join to leave. Whoever starts two members with the same ones has two owners. */
struct none_coordinator {
    struct weir_coordinator coordinator; /* first */
    struct weir_coordinator_env env;
    struct weir_static list; /* of weir.partitions; empty: topics are configured */
    bool listed;             /* the list was told */
    struct weir_tending tending;
    bool waits; /* for the answer to what it told last */
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
    const char *list = weir_config_get(env->config, "weir.partitions");

    none->env = *env;
    if (list == NULL) {
        return WEIR_OK;
    }
    enum weir_status status = weir_static_parse(list, &none->list, error);
    if (status == WEIR_OK) {
        env->wake(env->wake_user);
    }
    return status;
}

static void hear_none(struct weir_coordinator *coordinator, const struct weir_client_event *event)
{
    (void)coordinator, (void)event; /* without a group there are no rebalances */
}

static void learn_none(struct weir_coordinator *coordinator,
                       const struct weir_strategy_topic *topics, size_t count)
{
    struct none_coordinator *none = none_of(coordinator);
    const struct weir_coordinator_env *env = &none->env;

    if (weir_tending_learn(&none->tending, topics, count) != WEIR_OK) {
        env->failed(WEIR_ERR_NOMEM, "out of memory when topics changed", env->user);
    }
    env->wake(env->wake_user);
}

static struct weir_position *list_positions(const struct weir_static *list)
{
    struct weir_position *positions = weir_calloc(list->count, sizeof positions[0]);

    for (size_t i = 0; positions != NULL && i < list->count; i++) {
        positions[i] = (struct weir_position){.topic = list->partitions[i].topic,
                                              .partition = list->partitions[i].partition,
                                              .offset = WEIR_OFFSET_NONE};
    }
    return positions;
}

static void tell_list(struct none_coordinator *none)
{
    struct weir_position *positions = list_positions(&none->list);

    if (positions == NULL) {
        return; /* the next turn tries again */
    }
    none->listed = true;
    none->waits = true;
    none->env.assigned(positions, none->list.count, none->env.user);
    weir_free(positions);
}

/* What is gone is given up first: a topic may be there again already. */
static void tell_changes(struct none_coordinator *none)
{
    struct weir_position *positions = NULL;
    size_t count = 0;

    if (weir_tending_gone(&none->tending, &positions, &count) != WEIR_OK) {
        return; /* the next turn tries again */
    }
    bool gone = count > 0;
    if (!gone && weir_tending_new(&none->tending, &positions, &count) != WEIR_OK) {
        return;
    }
    if (count == 0) {
        return;
    }
    none->waits = true; /* the answer may come before the call returns */
    if (gone) {
        weir_tending_release(&none->tending);
        none->env.gone(positions, count, none->env.user);
    } else {
        weir_tending_hold(&none->tending);
        none->env.assigned(positions, count, none->env.user);
    }
    weir_free(positions);
}

static void serve_none(struct weir_coordinator *coordinator)
{
    struct none_coordinator *none = none_of(coordinator);

    if (none->waits || none->leaving) {
        return;
    }
    if (none->list.count > 0 && !none->listed) {
        tell_list(none);
    } else {
        tell_changes(none);
    }
}

static bool shadows_none(const struct weir_coordinator *coordinator)
{
    const struct none_coordinator *none = (const struct none_coordinator *)coordinator;

    return weir_config_integer(none->env.config, "weir.shadow") != 0;
}

static void go_on(struct none_coordinator *none)
{
    none->waits = false;
    none->env.wake(none->env.wake_user);
}

static enum weir_status accept_none(struct weir_coordinator *coordinator,
                                    const struct weir_position *positions, size_t count,
                                    struct weir_error *error)
{
    struct none_coordinator *none = none_of(coordinator);
    struct weir_client *client = none->env.client;

    go_on(none);
    return count == 0 ? WEIR_OK : client->ops->assign(client, positions, count, error);
}

static enum weir_status release_none(struct weir_coordinator *coordinator,
                                     const struct weir_position *positions, size_t count,
                                     struct weir_error *error)
{
    struct none_coordinator *none = none_of(coordinator);
    struct weir_client *client = none->env.client;

    go_on(none);
    return count == 0 ? WEIR_OK : client->ops->unassign(client, positions, count, error);
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
    weir_tending_fini(&none_of(coordinator)->tending);
    weir_static_fini(&none_of(coordinator)->list);
}

const struct weir_coordinator_ops weir_coordinator_none = {.name = "none",
                                                           .size = sizeof(struct none_coordinator),
                                                           .grouped = false,
                                                           .join = join_none,
                                                           .event = hear_none,
                                                           .catalog = learn_none,
                                                           .serve = serve_none,
                                                           .shadows = shadows_none,
                                                           .accept = accept_none,
                                                           .release = release_none,
                                                           .leave = leave_none,
                                                           .left = left_none,
                                                           .close = close_none};
