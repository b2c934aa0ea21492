#include "framework/base/error.h"
#include "test/support/config_fixture.h"
#include "test/support/coordinator_bench.h"
#include "test/support/require.h"
#include <string.h>

/* A fourth coordinator, which shares nothing with the three but their contract: a desk in this
 * process lends each partition of one topic to whoever asks first. A rival has them all until it is
 * told to give them back, and may take them all away. */

enum { TOPIC_SIZE = 32 };

static const char rival[] = "rival";
static const void *borrowers[COORDINATOR_PARTITIONS]; /* NULL: it is free */

enum question { NOTHING, ASSIGNED, REVOKED };

struct desk_coordinator {
    struct weir_coordinator coordinator; /* first */
    struct weir_coordinator_env env;
    char topic[TOPIC_SIZE];
    uint32_t partitions;
    bool held[COORDINATOR_PARTITIONS];
    bool told[COORDINATOR_PARTITIONS]; /* by what is not answered yet: */
    enum question question;
    bool leaving;
};

static struct desk_coordinator *desk_of(struct weir_coordinator *coordinator)
{
    return (struct desk_coordinator *)coordinator;
}

static bool has_any(const bool *set)
{
    bool any = false;

    for (uint32_t i = 0; i < COORDINATOR_PARTITIONS; i++) {
        any = any || set[i];
    }
    return any;
}

static size_t list(const struct desk_coordinator *desk, const bool *set,
                   struct weir_position *positions)
{
    size_t count = 0;

    for (int32_t i = 0; i < COORDINATOR_PARTITIONS; i++) {
        if (set[i]) {
            positions[count++] = (struct weir_position){
                .topic = desk->topic, .partition = i, .offset = WEIR_OFFSET_NONE};
        }
    }
    return count;
}

static enum weir_status join_desk(struct weir_coordinator *coordinator,
                                  const struct weir_coordinator_env *env, struct weir_error *error)
{
    desk_of(coordinator)->env = *env;
    if (weir_config_get(env->config, "weir.partitions") != NULL) {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                              "weir.partitions: the desk lends topics, not partitions");
    }
    return WEIR_OK;
}

static void hear_desk(struct weir_coordinator *coordinator, const struct weir_client_event *event)
{
    (void)coordinator, (void)event; /* no group of the brokers has a say */
}

static void learn_desk(struct weir_coordinator *coordinator,
                       const struct weir_strategy_topic *topics, size_t count)
{
    struct desk_coordinator *desk = desk_of(coordinator);

    REQUIRE(count == 1);
    REQUIRE(strlen(topics[0].name) < sizeof desk->topic);
    REQUIRE(topics[0].partitions <= COORDINATOR_PARTITIONS);
    memcpy(desk->topic, topics[0].name, strlen(topics[0].name) + 1);
    desk->partitions = topics[0].partitions;
    desk->env.wake(desk->env.wake_user);
}

/* What somebody else has now. */
static void tell_losses(struct desk_coordinator *desk)
{
    struct weir_position positions[COORDINATOR_PARTITIONS];
    bool lost[COORDINATOR_PARTITIONS] = {false};

    for (uint32_t i = 0; i < COORDINATOR_PARTITIONS; i++) {
        lost[i] = (desk->held[i] || desk->told[i]) && borrowers[i] != desk;
        desk->told[i] = desk->told[i] && !lost[i];
    }
    if (has_any(lost)) {
        desk->env.lost(positions, list(desk, lost, positions), desk->env.user);
    }
}

static void tell_share(struct desk_coordinator *desk)
{
    struct weir_position positions[COORDINATOR_PARTITIONS];

    for (uint32_t i = 0; i < desk->partitions; i++) {
        desk->told[i] = borrowers[i] == NULL;
        borrowers[i] = desk->told[i] ? desk : borrowers[i];
    }
    if (has_any(desk->told)) {
        desk->question = ASSIGNED;
        desk->env.assigned(positions, list(desk, desk->told, positions), desk->env.user);
    }
}

static void tell_return(struct desk_coordinator *desk)
{
    struct weir_position positions[COORDINATOR_PARTITIONS];

    if (has_any(desk->held)) {
        memcpy(desk->told, desk->held, sizeof desk->told);
        desk->question = REVOKED;
        desk->env.revoked(positions, list(desk, desk->told, positions), desk->env.user);
    }
}

static void serve_desk(struct weir_coordinator *coordinator)
{
    struct desk_coordinator *desk = desk_of(coordinator);

    tell_losses(desk);
    if (desk->question != NOTHING) {
        return;
    }
    if (desk->leaving) {
        tell_return(desk);
    } else {
        tell_share(desk);
    }
}

static void give_back(struct desk_coordinator *desk, uint32_t partition)
{
    borrowers[partition] = borrowers[partition] == desk ? NULL : borrowers[partition];
}

/* What it announced and control does not take is given back. */
static enum weir_status accept_desk(struct weir_coordinator *coordinator,
                                    const struct weir_position *positions, size_t count,
                                    struct weir_error *error)
{
    struct desk_coordinator *desk = desk_of(coordinator);
    struct weir_client *client = desk->env.client;

    REQUIRE(desk->question == ASSIGNED);
    desk->question = NOTHING;
    for (size_t i = 0; i < count; i++) {
        REQUIRE(desk->told[positions[i].partition]);
        desk->told[positions[i].partition] = false;
        desk->held[positions[i].partition] = true;
    }
    for (uint32_t i = 0; i < COORDINATOR_PARTITIONS; i++) {
        if (desk->told[i]) {
            give_back(desk, i);
        }
    }
    memset(desk->told, 0, sizeof desk->told);
    return count == 0 ? WEIR_OK : client->ops->assign(client, positions, count, error);
}

static enum weir_status release_desk(struct weir_coordinator *coordinator,
                                     const struct weir_position *positions, size_t count,
                                     struct weir_error *error)
{
    struct desk_coordinator *desk = desk_of(coordinator);
    struct weir_client *client = desk->env.client;

    for (size_t i = 0; i < count; i++) {
        uint32_t partition = (uint32_t)positions[i].partition;
        give_back(desk, partition);
        desk->held[partition] = false;
        desk->told[partition] = false;
    }
    if (desk->question == REVOKED && !has_any(desk->told)) {
        desk->question = NOTHING;
    }
    return count == 0 ? WEIR_OK : client->ops->unassign(client, positions, count, error);
}

static void leave_desk(struct weir_coordinator *coordinator)
{
    desk_of(coordinator)->leaving = true;
}

static bool left_desk(struct weir_coordinator *coordinator)
{
    const struct desk_coordinator *desk = desk_of(coordinator);

    return desk->leaving && desk->question == NOTHING && !has_any(desk->held);
}

static void close_desk(struct weir_coordinator *coordinator)
{
    for (uint32_t i = 0; i < COORDINATOR_PARTITIONS; i++) {
        give_back(desk_of(coordinator), i);
    }
}

static const struct weir_coordinator_ops desk_ops = {.name = "desk",
                                                     .size = sizeof(struct desk_coordinator),
                                                     .join = join_desk,
                                                     .event = hear_desk,
                                                     .catalog = learn_desk,
                                                     .serve = serve_desk,
                                                     .accept = accept_desk,
                                                     .release = release_desk,
                                                     .leave = leave_desk,
                                                     .left = left_desk,
                                                     .close = close_desk};

/* The world around it. */

static void configure(struct weir_config *config)
{
    config_set(config, "weir.topics", "orders");
}

static void misconfigure(struct weir_config *config)
{
    config_set(config, "weir.partitions", "orders:0");
}

static void take_all(void)
{
    for (uint32_t i = 0; i < COORDINATOR_PARTITIONS; i++) {
        borrowers[i] = rival;
    }
}

static void give_all(void)
{
    for (uint32_t i = 0; i < COORDINATOR_PARTITIONS; i++) {
        borrowers[i] = borrowers[i] == rival ? NULL : borrowers[i];
    }
}

static void pass(void)
{
}

/* Whoever closed has nothing any more. */
static void close_setting(void)
{
    for (uint32_t i = 0; i < COORDINATOR_PARTITIONS; i++) {
        REQUIRE(borrowers[i] == NULL || borrowers[i] == rival);
    }
}

const struct coordinator_setting coordinator_setting_desk = {.ops = &desk_ops,
                                                             .configure = configure,
                                                             .misconfigure = misconfigure,
                                                             .open = take_all,
                                                             .give = give_all,
                                                             .lose = take_all,
                                                             .pass = pass,
                                                             .close = close_setting};
