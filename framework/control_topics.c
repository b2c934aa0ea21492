#include "framework/base/error.h"
#include "framework/base/memory.h"
#include "framework/config_check.h"
#include "framework/control_state.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Topics that are configured by name or expression are looked for again and again, and whoever
 * shares out their partitions hears of what came, grew or went. */

enum {
    LOOK_TIMEOUT_MS = 10000,
    LOOK_MS = 300000,       /* as often as Kafka's clients do */
    LOOK_AWAITED_MS = 5000, /* something that was named is not there, or nothing is */
    LOOK_MS_MIN = 100,
    LOOK_AGAIN_MS = 1000, /* to make sure, or after an answer that failed */
    LOOK_AGAIN_MS_MAX = 30000,
    NAMED_MAX = 8 /* more than that, and the list of all topics is the shorter answer */
};

enum weir_status weir_control_select(struct weir_control *control, struct weir_error *error)
{
    const struct weir_config *config = control->options.config;

    return control->selection != NULL || weir_config_get(config, "weir.topics") == NULL
               ? WEIR_OK
               : weir_config_select(config, &control->selection, error);
}

static void say(struct weir_control *control, const struct weir_strategy_topic *topic,
                enum weir_status status, const char *text)
{
    struct weir_report *report = control->options.report;

    weir_log(&report->log, status == WEIR_OK ? WEIR_LOG_INFO : WEIR_LOG_WARNING, "topics",
             "topic '%s' %s", topic->name, text);
    if (status != WEIR_OK) {
        weir_report_event(report, (struct weir_event){.kind = WEIR_EVENT_TOPIC_ERROR,
                                                      .status = status,
                                                      .topic = topic->name,
                                                      .partition = -1,
                                                      .offset = -1,
                                                      .text = text});
    }
}

static void say_change(enum weir_catalog_change change, const struct weir_strategy_topic *topic,
                       uint32_t partitions, void *user)
{
    char text[WEIR_ERROR_TEXT_SIZE];

    switch (change) {
    case WEIR_CATALOG_CAME:
        (void)snprintf(text, sizeof text, "is there now, with %u partition%s",
                       (unsigned)topic->partitions, topic->partitions == 1 ? "" : "s");
        say(user, topic, WEIR_OK, text);
        break;
    case WEIR_CATALOG_GREW:
        (void)snprintf(text, sizeof text, "grew from %u to %u partitions", (unsigned)partitions,
                       (unsigned)topic->partitions);
        say(user, topic, WEIR_OK, text);
        break;
    case WEIR_CATALOG_GONE:
        say(user, topic, WEIR_ERR_NOT_FOUND, "was deleted");
        break;
    case WEIR_CATALOG_ANEW:
        (void)snprintf(text, sizeof text, "was created anew, with %u partition%s; it had %u",
                       (unsigned)topic->partitions, topic->partitions == 1 ? "" : "s",
                       (unsigned)partitions);
        say(user, topic, WEIR_ERR_NOT_FOUND, text);
        break;
    }
}

static void say_first(struct weir_control *control)
{
    const struct weir_catalog *catalog = &control->catalog;
    const struct weir_strategy_topic *last =
        catalog->count == 0 ? NULL : &catalog->topics[catalog->count - 1];
    unsigned partitions = last == NULL ? 0 : (unsigned)(last->first + last->partitions);

    if (weir_selection_patterns(control->selection) > 0) {
        weir_log(&control->options.report->log, WEIR_LOG_INFO, "topics",
                 "weir.topics selects %zu topic%s with %u partition%s", catalog->count,
                 catalog->count == 1 ? "" : "s", partitions, partitions == 1 ? "" : "s");
    }
}

enum weir_status weir_control_learn(struct weir_control *control, struct weir_inquiry *inquiry,
                                    bool *changed)
{
    struct weir_catalog next = {0};

    if (weir_catalog_follow(&control->catalog, inquiry->wanted, inquiry->wanted_count, &next) !=
        WEIR_OK) {
        return WEIR_ERR_NOMEM;
    }
    bool first = !control->joined;
    *changed =
        weir_catalog_compare(&control->catalog, &next, first ? NULL : say_change, control) > 0;
    weir_catalog_fini(&control->catalog);
    control->catalog = next;
    if (first) {
        say_first(control);
    }
    return WEIR_OK;
}

void weir_control_tell_topics(struct weir_control *control)
{
    struct weir_coordinator *coordinator = control->coordinator;

    if (control->selection != NULL && coordinator->ops->catalog != NULL) {
        coordinator->ops->catalog(coordinator, control->catalog.topics, control->catalog.count);
    }
}

/* Is there something that was named and is not there, or nothing at all? */
static bool awaits_topics(const struct weir_control *control)
{
    size_t count = 0;
    const char *const *names = weir_selection_names(control->selection, &count);

    for (size_t i = 0; i < count; i++) {
        if (weir_catalog_find(&control->catalog, names[i]) == NULL) {
            return true;
        }
    }
    return control->catalog.count == 0;
}

/* -1: never. */
static int64_t look_interval_ms(const struct weir_control *control)
{
    const char *text =
        weir_config_get(control->options.config, "topic.metadata.refresh.interval.ms");
    int64_t preset = awaits_topics(control) ? LOOK_AWAITED_MS : LOOK_MS;
    int64_t value = text == NULL ? preset : strtoll(text, NULL, 10);

    if (value < 0) {
        return -1;
    }
    if (control->catalog.doubt_count > 0 && value > LOOK_AGAIN_MS) {
        return LOOK_AGAIN_MS;
    }
    return value < LOOK_MS_MIN ? LOOK_MS_MIN : value;
}

/* What is named is all that a member of a group subscribes to, and the library itself waits for
 * what is not there. */
static bool must_look(const struct weir_control *control)
{
    return control->selection != NULL && control->coordinator->ops->catalog != NULL &&
           (!control->options.coordinator->grouped ||
            weir_selection_patterns(control->selection) > 0);
}

void weir_control_look_later(struct weir_control *control, weir_time now)
{
    int64_t interval_ms = must_look(control) ? look_interval_ms(control) : -1;

    control->look_at = interval_ms < 0 ? WEIR_TIME_NEVER : weir_time_after_ms(now, interval_ms);
}

static void say_failed_look(struct weir_control *control, const struct weir_inquiry *inquiry)
{
    bool first = control->look_wait_ms == 0;

    control->look_wait_ms = first ? LOOK_AGAIN_MS
                            : control->look_wait_ms * 2 < LOOK_AGAIN_MS_MAX
                                ? control->look_wait_ms * 2
                                : LOOK_AGAIN_MS_MAX;
    control->look_at = weir_time_after_ms(weir_clock_now(), control->look_wait_ms);
    if (first) {
        weir_log(&control->options.report->log, WEIR_LOG_WARNING, "topics", "%s; trying again",
                 inquiry->error.text);
    }
}

void weir_control_say_undecided(struct weir_control *control, const struct weir_inquiry *inquiry)
{
    struct weir_report *report = control->options.report;

    if (inquiry->undecided.code == WEIR_OK) {
        return;
    }
    weir_log(&report->log, WEIR_LOG_ERROR, "topics", "%s", inquiry->undecided.text);
    weir_report_event(report, (struct weir_event){.kind = WEIR_EVENT_TOPIC_ERROR,
                                                  .status = WEIR_ERR_CONFIG,
                                                  .partition = -1,
                                                  .offset = -1,
                                                  .text = inquiry->undecided.text});
}

static void look_done(void *job)
{
    struct weir_inquiry *inquiry = job;
    struct weir_control *control = inquiry->user;
    bool changed = false;

    control->inquiry = NULL;
    if (control->phase == WEIR_CONTROL_MEMBER && !control->rebalance.stopping) {
        if (inquiry->status == WEIR_OK &&
            weir_control_learn(control, inquiry, &changed) == WEIR_OK) {
            control->look_wait_ms = 0;
            weir_control_look_later(control, weir_clock_now());
            weir_control_say_undecided(control, inquiry);
        } else {
            say_failed_look(control, inquiry);
        }
        if (changed) {
            weir_control_end_prefill(control, true); /* it may be of another topic of that name */
            weir_control_tell_topics(control);
        }
    }
    weir_inquiry_destroy(inquiry);
    weir_loop_wake(control->loop);
}

struct weir_inquiry *weir_control_inquire(struct weir_control *control, size_t named)
{
    struct weir_inquiry *inquiry = weir_inquiry_create(named);

    if (inquiry != NULL) {
        inquiry->config = control->options.config;
        inquiry->library = control->options.library;
        inquiry->client = control->client;
        inquiry->selection = control->selection;
        inquiry->patience = (struct weir_probe_patience){.timeout_ms = LOOK_TIMEOUT_MS,
                                                         .cancelled = &control->stopping};
        inquiry->listing.all =
            control->selection != NULL && weir_selection_patterns(control->selection) > 0;
        inquiry->user = control;
    }
    return inquiry;
}

void weir_control_name_selected(const struct weir_control *control, struct weir_listing *listing)
{
    size_t count = 0;
    const char *const *names = weir_selection_names(control->selection, &count);

    for (size_t i = 0; i < count; i++) {
        listing->named[listing->named_count++] = (struct weir_topic_facts){.topic = names[i]};
    }
}

static bool begin_look(struct weir_control *control)
{
    size_t count = 0;

    (void)weir_selection_names(control->selection, &count);
    struct weir_inquiry *inquiry = weir_control_inquire(control, count);
    if (inquiry == NULL) {
        return false;
    }
    inquiry->listing.all = inquiry->listing.all || count > NAMED_MAX;
    if (!inquiry->listing.all) {
        weir_control_name_selected(control, &inquiry->listing);
    }
    if (weir_loop_side_job(control->loop, weir_inquiry_run, look_done, inquiry) != WEIR_OK) {
        weir_inquiry_destroy(inquiry);
        return false;
    }
    control->inquiry = inquiry;
    return true;
}

weir_time weir_control_look(struct weir_control *control, weir_time now)
{
    if (control->phase != WEIR_CONTROL_MEMBER || !control->joined || control->rebalance.stopping ||
        control->inquiry != NULL) {
        return WEIR_TIME_NEVER;
    }
    if (now >= control->look_at) {
        control->look_at = weir_time_after_ms(now, LOOK_AGAIN_MS);
        return begin_look(control) ? WEIR_TIME_NEVER : control->look_at;
    }
    return control->look_at;
}
