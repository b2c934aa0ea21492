#include "framework/coordinator_zookeeper.h"

#include "framework/base/clock.h"
#include "framework/base/error.h"
#include "framework/base/random.h"
#include "framework/membership.h"
#include "framework/standby.h"
#include "framework/warming.h"
#include "framework/znode.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HOST_SIZE = 128, STEP_SIZE = 64, VERDICT_SIZE = WEIR_SWITCH_WHY_SIZE + 16 };

/* Members share the partitions out by nodes in ZooKeeper, with any strategy. What to do next is
 * membership.h's business; here are configuration, clock, log and client. */
struct zookeeper_coordinator {
    struct weir_coordinator coordinator; /* first */
    struct weir_coordinator_env env;
    struct weir_membership membership;
    struct weir_standby standby;
    struct weir_warming warming;
    char member[WEIR_ZNODE_NAME_MAX + 1];
    bool joined;
    struct weir_claims_tally counted; /* what of it is in the counters */
    struct weir_meter *meter;
    weir_time switch_at; /* the one under way was seen first; 0: none is */
    char switch_id[WEIR_SWITCH_ID_SIZE];
};

static struct zookeeper_coordinator *zookeeper_of(struct weir_coordinator *coordinator)
{
    return (struct zookeeper_coordinator *)coordinator;
}

/* What membership asks for. */

static void on_assigned(const struct weir_position *positions, size_t count, void *user)
{
    const struct weir_coordinator_env *env = &((struct zookeeper_coordinator *)user)->env;

    env->assigned(positions, count, env->user);
}

static void on_revoked(const struct weir_position *positions, size_t count, void *user)
{
    const struct weir_coordinator_env *env = &((struct zookeeper_coordinator *)user)->env;

    env->revoked(positions, count, env->user);
}

static void on_cut_short(void *user)
{
    const struct weir_coordinator_env *env = &((struct zookeeper_coordinator *)user)->env;

    if (env->cut_short != NULL) {
        env->cut_short(env->user);
    }
}

static void on_halt(const struct weir_switch_stops *stops, void *user)
{
    const struct weir_coordinator_env *env = &((struct zookeeper_coordinator *)user)->env;

    if (env->halt != NULL) {
        env->halt(stops, env->user);
    }
}

static void on_lost(const struct weir_position *positions, size_t count, void *user)
{
    const struct weir_coordinator_env *env = &((struct zookeeper_coordinator *)user)->env;

    env->lost(positions, count, env->user);
}

static void on_gone(const struct weir_position *positions, size_t count, void *user)
{
    const struct weir_coordinator_env *env = &((struct zookeeper_coordinator *)user)->env;

    env->gone(positions, count, env->user);
}

static void on_alarm(enum weir_membership_alarm alarm, const char *text, void *user)
{
    const struct weir_coordinator_env *env = &((struct zookeeper_coordinator *)user)->env;

    (void)alarm;
    weir_log(&env->report->log, WEIR_LOG_WARNING, "group", "%s", text);
}

/* That it ended is seen by the next one, too. */
static void measure_switch(struct zookeeper_coordinator *zookeeper,
                           const struct weir_switch *record)
{
    const char *id = record->step == WEIR_SWITCH_IDLE ? "" : record->request.id;
    weir_time now = weir_clock_now();

    if (strcmp(id, zookeeper->switch_id) == 0) {
        return;
    }
    if (zookeeper->switch_at != 0) {
        weir_meter_add(zookeeper->meter, WEIR_HISTOGRAM_SWITCH, now - zookeeper->switch_at, 1);
    }
    zookeeper->switch_at = id[0] == '\0' ? 0 : now;
    (void)snprintf(zookeeper->switch_id, sizeof zookeeper->switch_id, "%s", id);
}

static void on_turned(const struct weir_switch *record, void *user)
{
    const struct weir_coordinator_env *env = &((struct zookeeper_coordinator *)user)->env;
    const char *active = record->active[0] == '\0' ? "none" : record->active;
    char text[STEP_SIZE];

    (void)snprintf(text, sizeof text, "%s %s", weir_switch_step_name(record->step), active);
    weir_report_event(env->report, (struct weir_event){.kind = WEIR_EVENT_SWITCH_STEP,
                                                       .partition = -1,
                                                       .offset = -1,
                                                       .count = (int64_t)record->epoch,
                                                       .text = text});
    measure_switch(user, record);
    if (record->step == WEIR_SWITCH_IDLE) {
        weir_log(&env->report->log, WEIR_LOG_INFO, "group", "active color: %s, epoch %" PRIu64,
                 active, record->epoch);
        return;
    }
    weir_log(&env->report->log, WEIR_LOG_INFO, "group",
             "switch '%s' to %s: %s; active color: %s, epoch %" PRIu64, record->request.id,
             record->request.to, weir_switch_step_name(record->step), active, record->epoch);
}

static bool on_measure(struct weir_vitals_reading *out, void *user)
{
    const struct weir_coordinator_env *env = &((struct zookeeper_coordinator *)user)->env;

    return env->measure != NULL && env->measure(out, env->user);
}

static void on_judged(const struct weir_switch *record, enum weir_switch_verdict verdict,
                      const char *why, void *user)
{
    const struct weir_coordinator_env *env = &((struct zookeeper_coordinator *)user)->env;
    bool unhealthy = verdict == WEIR_SWITCH_UNHEALTHY;
    char text[VERDICT_SIZE];

    (void)snprintf(text, sizeof text, "%s%s%s", weir_switch_verdict_name(verdict),
                   unhealthy ? ": " : "", why);
    weir_report_event(env->report, (struct weir_event){.kind = WEIR_EVENT_SWITCH_HEALTH,
                                                       .partition = -1,
                                                       .offset = -1,
                                                       .count = (int64_t)record->epoch,
                                                       .text = text});
    weir_log(&env->report->log, unhealthy ? WEIR_LOG_WARNING : WEIR_LOG_INFO, "group",
             "switch '%s': %s is %s", record->request.id, record->request.to, text);
}

static void on_fenced(void *user)
{
    const struct zookeeper_coordinator *zookeeper = user;
    char text[WEIR_ERROR_TEXT_SIZE];

    (void)snprintf(text, sizeof text,
                   "another member joined with the same weir.member.id ('%s') and took this one's "
                   "place",
                   zookeeper->member);
    zookeeper->env.failed(WEIR_ERR_FATAL, text, zookeeper->env.user);
}

static const struct weir_membership_ops membership_ops = {.assigned = on_assigned,
                                                          .revoked = on_revoked,
                                                          .cut_short = on_cut_short,
                                                          .halt = on_halt,
                                                          .lost = on_lost,
                                                          .gone = on_gone,
                                                          .alarm = on_alarm,
                                                          .turned = on_turned,
                                                          .measure = on_measure,
                                                          .judged = on_judged,
                                                          .fenced = on_fenced};

/* Joining. */

/* As Kafka's old consumers name themselves: host, process, and a number that nobody else has. */
static void name_member(struct zookeeper_coordinator *zookeeper)
{
    const char *given = weir_config_get(zookeeper->env.config, "weir.member.id");
    char host[HOST_SIZE] = "";
    struct weir_random random = {(uint64_t)weir_clock_wall() ^ (uint64_t)weir_clock_now() << 20 ^
                                 (uint64_t)getpid() << 40 ^ (uint64_t)(uintptr_t)zookeeper};

    if (given != NULL) {
        (void)snprintf(zookeeper->member, sizeof zookeeper->member, "%s", given);
        return;
    }
    (void)gethostname(host, sizeof host - 1);
    (void)snprintf(zookeeper->member, sizeof zookeeper->member, "%s-%ld-%08" PRIx64,
                   weir_znode_name_valid(host) ? host : "weir", (long)getpid(),
                   weir_random_next(&random) >> 32);
}

static enum weir_status check_env(const struct weir_coordinator_env *env, struct weir_error *error)
{
    const char *group = weir_config_get(env->config, "group.id");

    if (env->zoo == NULL) {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                              "weir.coordinator: zookeeper is not in this build");
    }
    if (env->strategy == NULL) {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                              "weir.coordinator: zookeeper needs a strategy");
    }
    return group != NULL && weir_znode_name_valid(group)
               ? WEIR_OK
               : weir_error_set(error, WEIR_ERR_CONFIG, 0,
                                "group.id: cannot be the name of a ZooKeeper node; use up to 255 "
                                "printable characters and no slash");
}

static enum weir_status join_zookeeper(struct weir_coordinator *coordinator,
                                       const struct weir_coordinator_env *env,
                                       struct weir_error *error)
{
    struct zookeeper_coordinator *zookeeper = zookeeper_of(coordinator);
    const struct weir_config *config = env->config;
    enum weir_status status = check_env(env, error);

    if (status != WEIR_OK) {
        return status;
    }
    zookeeper->env = *env;
    zookeeper->meter = weir_meters_join(env->report->meters, WEIR_HISTOGRAM_SWITCH, 1);
    if (zookeeper->meter == NULL) {
        return weir_error_nomem(error);
    }
    name_member(zookeeper);
    const struct weir_membership_options options = {
        .group = weir_config_get(config, "group.id"),
        .member = zookeeper->member,
        .strategy = env->strategy,
        .delay_ms = weir_config_integer(config, "weir.rebalance.delay.ms"),
        .self = {.capacity = (uint32_t)weir_config_integer(config, "weir.capacity"),
                 .rack = weir_config_get(config, "client.rack"),
                 .color = weir_config_get(config, "weir.color"),
                 .partitions = weir_config_get(config, "weir.partitions"),
                 .handler = env->handler,
                 .version = env->version,
                 .shadow = weir_config_integer(config, "weir.shadow") != 0},
        .started_ms = weir_clock_wall() / WEIR_NS_PER_MS,
        .library = env->zoo,
        .zoo = {.config = config,
                .report = env->report,
                .wake = env->wake,
                .wake_user = env->wake_user},
        .ops = &membership_ops,
        .user = zookeeper};
    status = weir_membership_init(&zookeeper->membership, &options);
    zookeeper->joined = status == WEIR_OK;
    if (status != WEIR_OK) {
        return weir_error_nomem(error);
    }
    zookeeper->standby = (struct weir_standby){
        .membership = options.self.shadow ? &zookeeper->membership : NULL, .env = &zookeeper->env};
    weir_warming_init(&zookeeper->warming, &zookeeper->membership, &zookeeper->env);
    weir_log(&env->report->log, WEIR_LOG_INFO, "group", "member '%s' of group '%s', strategy %s",
             zookeeper->member, options.group, env->strategy->name);
    env->wake(env->wake_user);
    return WEIR_OK;
}

static void hear_zookeeper(struct weir_coordinator *coordinator,
                           const struct weir_client_event *event)
{
    (void)coordinator, (void)event; /* the brokers know of no group */
}

static void note_catalog(struct weir_coordinator *coordinator,
                         const struct weir_strategy_topic *topics, size_t count)
{
    struct zookeeper_coordinator *zookeeper = zookeeper_of(coordinator);
    const struct weir_coordinator_env *env = &zookeeper->env;

    if (weir_membership_catalog(&zookeeper->membership, topics, count) != WEIR_OK) {
        env->failed(WEIR_ERR_NOMEM, "out of memory for the list of topics", env->user);
    }
    env->wake(env->wake_user);
}

static void count_claims(struct zookeeper_coordinator *zookeeper)
{
    const struct weir_claims_tally *now = &zookeeper->membership.tally;
    const struct weir_claims_tally *counted = &zookeeper->counted;
    struct weir_report *report = zookeeper->env.report;

    weir_report_count(report, WEIR_COUNTER_HANDED_OVER, now->handed_over - counted->handed_over);
    weir_report_count(report, WEIR_COUNTER_TAKEN_OVER, now->taken_over - counted->taken_over);
    weir_report_count(report, WEIR_COUNTER_REFUSED_RECORD,
                      now->refused_by_record - counted->refused_by_record);
    weir_report_count(report, WEIR_COUNTER_REFUSED_OWNER,
                      now->refused_by_owner - counted->refused_by_owner);
    weir_report_count(report, WEIR_COUNTER_DUAL_ACTIVE, now->usurped - counted->usurped);
    zookeeper->counted = *now;
}

static void serve_zookeeper(struct weir_coordinator *coordinator)
{
    struct zookeeper_coordinator *zookeeper = zookeeper_of(coordinator);

    weir_membership_step(&zookeeper->membership, zookeeper->env.now());
    weir_warming_serve(&zookeeper->warming, zookeeper->env.now());
    weir_standby_serve(&zookeeper->standby);
    count_claims(zookeeper);
}

static weir_time due_zookeeper(const struct weir_coordinator *coordinator)
{
    const struct zookeeper_coordinator *zookeeper =
        (const struct zookeeper_coordinator *)coordinator;
    weir_time due = weir_membership_due(&zookeeper->membership);
    weir_time warmed = weir_warming_due(&zookeeper->warming);

    return due < warmed ? due : warmed;
}

static bool holds_zookeeper(const struct weir_coordinator *coordinator)
{
    const struct zookeeper_coordinator *zookeeper =
        (const struct zookeeper_coordinator *)coordinator;

    return weir_membership_holds(&zookeeper->membership, zookeeper->env.now());
}

static weir_time since_zookeeper(const struct weir_coordinator *coordinator, const char *topic,
                                 int32_t partition)
{
    const struct zookeeper_coordinator *zookeeper =
        (const struct zookeeper_coordinator *)coordinator;
    weir_time since = weir_membership_since(&zookeeper->membership, topic, partition);

    return since == 0 ? 0 : weir_clock_now() - (zookeeper->env.now() - since);
}

static bool colors_zookeeper(const struct weir_coordinator *coordinator,
                             struct weir_coordinator_colors *out)
{
    const struct weir_membership *membership =
        &((const struct zookeeper_coordinator *)coordinator)->membership;

    if (membership->self.color == NULL) {
        return false;
    }
    *out = (struct weir_coordinator_colors){.color = membership->self.color,
                                            .record = weir_membership_record(membership)};
    return true;
}

static bool shadows_zookeeper(const struct weir_coordinator *coordinator)
{
    return weir_standby_shadows(&((const struct zookeeper_coordinator *)coordinator)->standby);
}

static bool wanted_zookeeper(const struct weir_coordinator *coordinator)
{
    const struct zookeeper_coordinator *zookeeper =
        (const struct zookeeper_coordinator *)coordinator;

    return weir_standby_awaits(&zookeeper->standby)
               ? weir_membership_stands_by(&zookeeper->membership)
               : weir_membership_wants_given(&zookeeper->membership);
}

static enum weir_status accept_zookeeper(struct weir_coordinator *coordinator,
                                         const struct weir_position *positions, size_t count,
                                         struct weir_error *error)
{
    struct zookeeper_coordinator *zookeeper = zookeeper_of(coordinator);
    struct weir_client *client = zookeeper->env.client;
    enum weir_status status =
        count == 0 ? WEIR_OK : client->ops->assign(client, positions, count, error);

    if (status == WEIR_OK) {
        if (!weir_standby_accepted(&zookeeper->standby, positions == NULL)) {
            weir_membership_accepted(&zookeeper->membership, positions == NULL,
                                     zookeeper->env.now());
        }
        zookeeper->env.wake(zookeeper->env.wake_user);
    }
    return status;
}

static enum weir_status release_zookeeper(struct weir_coordinator *coordinator,
                                          const struct weir_position *positions, size_t count,
                                          struct weir_error *error)
{
    struct zookeeper_coordinator *zookeeper = zookeeper_of(coordinator);
    struct weir_client *client = zookeeper->env.client;
    enum weir_status status =
        count == 0 ? WEIR_OK : client->ops->unassign(client, positions, count, error);

    if (!weir_standby_released(&zookeeper->standby, positions, count)) {
        weir_membership_released(&zookeeper->membership, positions, count);
    }
    zookeeper->env.wake(zookeeper->env.wake_user);
    return status;
}

static void note_prefilled(struct weir_coordinator *coordinator)
{
    weir_warming_prefilled(&zookeeper_of(coordinator)->warming);
}

static void note_halted(struct weir_coordinator *coordinator, const char *topic, int32_t partition)
{
    struct zookeeper_coordinator *zookeeper = zookeeper_of(coordinator);

    weir_membership_halted(&zookeeper->membership, topic, partition);
    zookeeper->env.wake(zookeeper->env.wake_user);
}

static void leave_zookeeper(struct weir_coordinator *coordinator)
{
    struct zookeeper_coordinator *zookeeper = zookeeper_of(coordinator);

    weir_standby_leave(&zookeeper->standby);
    weir_membership_leave(&zookeeper->membership);
    zookeeper->env.wake(zookeeper->env.wake_user);
}

static bool left_zookeeper(struct weir_coordinator *coordinator)
{
    const struct zookeeper_coordinator *zookeeper = zookeeper_of(coordinator);

    return !zookeeper->joined || weir_membership_left(&zookeeper->membership);
}

static void close_zookeeper(struct weir_coordinator *coordinator)
{
    struct zookeeper_coordinator *zookeeper = zookeeper_of(coordinator);

    weir_standby_leave(&zookeeper->standby);
    if (zookeeper->joined) {
        weir_membership_fini(&zookeeper->membership);
    }
}

int32_t weir_coordinator_zookeeper_fence(const struct weir_coordinator *coordinator,
                                         const char *topic, int32_t partition)
{
    return weir_membership_fence(&((const struct zookeeper_coordinator *)coordinator)->membership,
                                 topic, partition);
}

const struct weir_coordinator_ops weir_coordinator_zookeeper = {
    .name = "zookeeper",
    .size = sizeof(struct zookeeper_coordinator),
    .grouped = false,
    .singly = true,
    .join = join_zookeeper,
    .event = hear_zookeeper,
    .catalog = note_catalog,
    .serve = serve_zookeeper,
    .due = due_zookeeper,
    .holds = holds_zookeeper,
    .since = since_zookeeper,
    .colors = colors_zookeeper,
    .shadows = shadows_zookeeper,
    .wanted = wanted_zookeeper,
    .accept = accept_zookeeper,
    .release = release_zookeeper,
    .prefilled = note_prefilled,
    .halted = note_halted,
    .leave = leave_zookeeper,
    .left = left_zookeeper,
    .close = close_zookeeper};
