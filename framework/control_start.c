#include "framework/base/error.h"
#include "framework/base/memory.h"
#include "framework/control_state.h"
#include "framework/coordinator_zookeeper.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

enum {
    PROBE_AGAIN_MS = 1000,
    PROBE_AGAIN_MS_MAX = 30000,
    PROBE_GIVE_UP_MS = 60000, /* with until_end: a job that never ends is no answer */
    UNKNOWN_PARTITIONS = 16   /* what a pattern or a missing topic is expected to bring */
};

/* A question to the cluster, on a side thread: are the brokers there, do the topics exist, how many
 * partitions may be ours? */
struct weir_probe {
    struct weir_control *control;
    struct weir_static list; /* of weir.partitions, if no topics are configured */
    struct weir_inquiry *inquiry;
};

static void destroy_probe(struct weir_probe *probe)
{
    if (probe != NULL) {
        weir_static_fini(&probe->list);
        weir_inquiry_destroy(probe->inquiry);
        weir_free(probe);
    }
}

static void name_listed(const struct weir_static *list, struct weir_listing *listing)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *topic = list->partitions[i].topic;
        size_t count = listing->named_count;
        if (count == 0 || listing->named[count - 1].topic != topic) {
            listing->named[listing->named_count++] = (struct weir_topic_facts){.topic = topic};
        }
    }
}

static enum weir_status name_topics(struct weir_probe *probe, struct weir_error *error)
{
    struct weir_control *control = probe->control;
    size_t count = 0;
    enum weir_status status = weir_control_select(control, error);

    if (status == WEIR_OK && control->selection == NULL) {
        status = weir_static_parse(weir_config_get(control->options.config, "weir.partitions"),
                                   &probe->list, error);
        count = probe->list.count;
    } else if (status == WEIR_OK) {
        (void)weir_selection_names(control->selection, &count);
    }
    if (status != WEIR_OK) {
        return status;
    }
    probe->inquiry = weir_control_inquire(control, count);
    if (probe->inquiry == NULL) {
        return weir_error_nomem(error);
    }
    if (control->selection == NULL) {
        name_listed(&probe->list, &probe->inquiry->listing);
    } else {
        weir_control_name_selected(control, &probe->inquiry->listing);
    }
    return WEIR_OK;
}

static void run_probe(void *job)
{
    weir_inquiry_run(((struct weir_probe *)job)->inquiry);
}

static void fail_start(struct weir_control *control, const struct weir_error *error)
{
    weir_control_fail(control, error->code, error->text, true);
}

/* Partitions of a topic are never taken away, and those to come are named by nobody: a number that
 * is too high is a mistake. */
static enum weir_status check_list(const struct weir_probe *probe, struct weir_error *error)
{
    for (size_t i = 0, topic = 0; i < probe->list.count; i++) {
        const struct weir_static_partition *partition = &probe->list.partitions[i];
        while (probe->inquiry->listing.named[topic].topic != partition->topic) {
            topic++;
        }
        const struct weir_topic_facts *facts = &probe->inquiry->listing.named[topic];
        if (facts->status == WEIR_OK && facts->partitions > 0 &&
            (uint32_t)partition->partition >= facts->partitions) {
            return weir_error_set(
                error, WEIR_ERR_CONFIG, 0,
                "weir.partitions: topic '%s' has %u partition%s (0-%u); partition "
                "%d does not exist",
                facts->topic, (unsigned)facts->partitions, facts->partitions == 1 ? "" : "s",
                (unsigned)facts->partitions - 1, (int)partition->partition);
        }
    }
    return WEIR_OK;
}

static void say_missing(struct weir_control *control, const struct weir_topic_facts *facts)
{
    struct weir_report *report = control->options.report;
    const char *what = facts->status == WEIR_ERR_DENIED
                           ? "may not be read by this client; grant it Describe and Read"
                       : control->selection != NULL
                           ? "does not exist; create it or correct weir.topics. Waiting for it"
                           : "does not exist; create it or correct weir.partitions. Waiting for it";

    weir_log(&report->log, WEIR_LOG_ERROR, "start", "topic '%s' %s", facts->topic, what);
    weir_report_event(report, (struct weir_event){.kind = WEIR_EVENT_TOPIC_ERROR,
                                                  .status = facts->status,
                                                  .topic = facts->topic,
                                                  .partition = -1,
                                                  .offset = -1,
                                                  .text = what});
}

static void refuse_end(struct weir_control *control, const struct weir_topic_facts *facts)
{
    char text[WEIR_ERROR_TEXT_SIZE];

    (void)snprintf(text, sizeof text, "topic '%s' cannot be read to its end: %s", facts->topic,
                   weir_status_text(facts->status));
    weir_control_fail(control, facts->status, text, true);
}

/* How many partitions may be assigned to us at once, at most. */
static uint32_t count_partitions(struct weir_control *control, const struct weir_probe *probe)
{
    const struct weir_listing *listing = &probe->inquiry->listing;
    const struct weir_catalog *catalog = &control->catalog;
    size_t unknown = control->selection == NULL ? 0 : weir_selection_patterns(control->selection);
    size_t count = probe->list.count;

    for (size_t i = 0; i < listing->named_count; i++) {
        const struct weir_topic_facts *facts = &listing->named[i];
        if (facts->status != WEIR_OK) {
            say_missing(control, facts);
        }
        if (facts->status != WEIR_OK && control->options.until_end) {
            refuse_end(control, facts);
        }
        unknown += control->selection != NULL && facts->status != WEIR_OK ? 1 : 0;
    }
    for (size_t i = 0; i < catalog->count; i++) {
        count += catalog->topics[i].partitions;
    }
    return (uint32_t)(count + unknown * UNKNOWN_PARTITIONS);
}

/* The store is there before the coordinator is: nothing is ours then. */
static int32_t fence_of(const char *topic, int32_t partition, void *user)
{
    const struct weir_control *control = user;

    return control->joined
               ? weir_coordinator_zookeeper_fence(control->coordinator, topic, partition)
               : WEIR_STORE_NO_FENCE;
}

static enum weir_status open_store(struct weir_control *control, struct weir_error *error)
{
    bool fenced = control->options.coordinator == &weir_coordinator_zookeeper;
    struct weir_store_env env = {.config = control->options.config,
                                 .report = control->options.report,
                                 .now = weir_clock_boot,
                                 .zoo = control->options.library->zoo,
                                 .fence = fenced ? fence_of : NULL,
                                 .fence_user = control,
                                 .client = control->client->ops->native(control->client),
                                 .wake = weir_loop_wake,
                                 .wake_user = control->loop,
                                 .done = weir_control_committed,
                                 .done_user = control};

    control->store = weir_calloc(1, control->options.store->size);
    if (control->store == NULL) {
        return weir_error_nomem(error);
    }
    control->store->ops = control->options.store;
    enum weir_status status = control->store->ops->open(control->store, &env, error);
    control->store_open = status == WEIR_OK;
    control->fenced = fenced && !control->store->ops->through_client;
    return status;
}

static void fail_join(enum weir_status status, const char *text, void *control)
{
    weir_control_fail(control, status, text, true);
}

static enum weir_status join(struct weir_control *control, struct weir_error *error)
{
    struct weir_coordinator_env env = {.config = control->options.config,
                                       .client = control->client,
                                       .report = control->options.report,
                                       .zoo = control->options.library->zoo,
                                       .strategy = control->options.strategy,
                                       .handler = control->options.handling->handler->name,
                                       .version = control->options.handling->handler_version,
                                       .now = weir_clock_boot,
                                       .wake = weir_loop_wake,
                                       .wake_user = control->loop,
                                       .prefill = weir_control_prefill,
                                       .assigned = weir_control_assigned,
                                       .revoked = weir_control_revoked,
                                       .cut_short = weir_control_cut_short,
                                       .halt = weir_control_halt,
                                       .lost = weir_control_lost,
                                       .gone = weir_control_gone,
                                       .failed = fail_join,
                                       .measure = weir_control_measure,
                                       .user = control};

    control->coordinator = weir_calloc(1, control->options.coordinator->size);
    if (control->coordinator == NULL) {
        return weir_error_nomem(error);
    }
    control->coordinator->ops = control->options.coordinator;
    control->joined = true;
    return control->coordinator->ops->join(control->coordinator, &env, error);
}

/* One that does not exist, or that we may not see, may be there any time now. */
static bool awaits_topics(const struct weir_probe *probe)
{
    const struct weir_listing *listing = &probe->inquiry->listing;

    for (size_t i = 0; i < listing->named_count; i++) {
        if (listing->named[i].status == WEIR_ERR_NOT_FOUND ||
            listing->named[i].status == WEIR_ERR_DENIED) {
            return true;
        }
    }
    return false;
}

static enum weir_status connect_client(struct weir_control *control, const struct weir_probe *probe,
                                       struct weir_error *error)
{
    uint32_t partitions = count_partitions(control, probe);
    struct weir_client_options options = {.config = control->options.config,
                                          .report = control->options.report,
                                          .wake = weir_loop_wake,
                                          .wake_user = control->loop,
                                          .partitions = partitions,
                                          .awaits_topics = awaits_topics(probe),
                                          .grouped = control->options.coordinator->grouped,
                                          .keyed =
                                              control->options.partition.order == WEIR_ORDER_KEY};
    enum weir_status status = control->options.library->connect(&options, &control->client, error);

    if (status == WEIR_OK) {
        control->options.fetching->client = control->client;
        control->options.handling->client = control->client->ops;
    }
    return status;
}

/* An expression that nobody can decide by is a mistake, and a job whose topics are not there never
 * ends. */
static enum weir_status learn_topics(struct weir_control *control, const struct weir_probe *probe,
                                     struct weir_error *error)
{
    bool changed = false;

    if (control->selection == NULL) {
        return WEIR_OK;
    }
    if (probe->inquiry->undecided.code != WEIR_OK) {
        *error = probe->inquiry->undecided;
        return error->code;
    }
    if (weir_control_learn(control, probe->inquiry, &changed) != WEIR_OK) {
        return weir_error_nomem(error);
    }
    return control->options.until_end && control->catalog.count == 0 &&
                   probe->inquiry->listing.named_count == 0
               ? weir_error_set(error, WEIR_ERR_NOT_FOUND, 0,
                                "weir.topics selects no topic, so there is no end to read to")
               : WEIR_OK;
}

static void become_member(struct weir_control *control, const struct weir_probe *probe)
{
    struct weir_error error = {.code = WEIR_ERR_NOMEM};

    control->phase = WEIR_CONTROL_MEMBER;
    if (learn_topics(control, probe, &error) != WEIR_OK ||
        connect_client(control, probe, &error) != WEIR_OK ||
        weir_control_open_letters(control, &error) != WEIR_OK ||
        open_store(control, &error) != WEIR_OK || join(control, &error) != WEIR_OK) {
        fail_start(control, &error);
        return;
    }
    weir_control_follow_shadow(control);
    weir_control_tell_topics(control);
    weir_control_look_later(control, weir_clock_now());
    weir_control_greet(control, &probe->list);
}

/* Brokers that are away are a state: it is said each time, and ends by itself. */
static void say_unreachable(struct weir_control *control, const struct weir_probe *probe)
{
    struct weir_report *report = control->options.report;

    weir_log(&report->log, WEIR_LOG_ERROR, "start", "%s; trying again", probe->inquiry->error.text);
    weir_report_event(report, (struct weir_event){.kind = WEIR_EVENT_CLIENT_ERROR,
                                                  .status = probe->inquiry->status,
                                                  .partition = -1,
                                                  .offset = -1,
                                                  .text = probe->inquiry->error.text});
}

static void probe_later(struct weir_control *control)
{
    weir_time now = weir_clock_now();

    control->probe_wait_ms = control->probe_wait_ms == 0 ? PROBE_AGAIN_MS
                             : control->probe_wait_ms * 2 < PROBE_AGAIN_MS_MAX
                                 ? control->probe_wait_ms * 2
                                 : PROBE_AGAIN_MS_MAX;
    control->probe_at = weir_time_after_ms(now, control->probe_wait_ms);
    if (control->options.until_end &&
        now - control->started_at > (weir_time)PROBE_GIVE_UP_MS * WEIR_NS_PER_MS) {
        weir_control_fail(control, WEIR_ERR_UNAVAILABLE, "no broker answered for a minute", true);
    }
}

static void probe_done(void *job)
{
    struct weir_probe *probe = job;
    struct weir_inquiry *inquiry = probe->inquiry;
    struct weir_control *control = probe->control;

    control->probe = NULL;
    if (inquiry->status == WEIR_OK) {
        inquiry->status = check_list(probe, &inquiry->error);
    }
    if (control->phase == WEIR_CONTROL_PROBING && inquiry->status == WEIR_OK) {
        become_member(control, probe);
    } else if (control->phase == WEIR_CONTROL_PROBING && inquiry->status != WEIR_ERR_UNAVAILABLE) {
        fail_start(control, &inquiry->error);
    } else if (control->phase == WEIR_CONTROL_PROBING) {
        say_unreachable(control, probe);
        probe_later(control);
    }
    destroy_probe(probe);
    weir_loop_wake(control->loop);
}

static enum weir_status start_probe(struct weir_control *control, struct weir_error *error)
{
    struct weir_probe *probe = weir_calloc(1, sizeof *probe);

    if (probe == NULL) {
        return weir_error_nomem(error);
    }
    probe->control = control;
    enum weir_status status = name_topics(probe, error);
    if (status == WEIR_OK &&
        weir_loop_side_job(control->loop, run_probe, probe_done, probe) != WEIR_OK) {
        status = weir_error_nomem(error);
    }
    if (status != WEIR_OK) {
        destroy_probe(probe);
        return status;
    }
    control->probe = probe;
    return WEIR_OK;
}

weir_time weir_control_probe(struct weir_control *control, weir_time now)
{
    struct weir_error error = {0};

    if (control->phase != WEIR_CONTROL_PROBING || control->probe != NULL) {
        return WEIR_TIME_NEVER;
    }
    if (now < control->probe_at) {
        return control->probe_at;
    }
    if (start_probe(control, &error) != WEIR_OK) {
        fail_start(control, &error);
    }
    return WEIR_TIME_NEVER;
}
