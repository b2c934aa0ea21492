#include "framework/base/memory.h"
#include "framework/control_state.h"
#include <stdio.h>
#include <string.h>

/* A line when joining takes so long, then less and less often. */
enum { JOIN_PATIENCE_MS = 5000, JOIN_PATIENCE_MS_MAX = 60000, MS_PER_S = 1000, GROUP_SIZE = 320 };

void weir_control_say_spans(struct weir_control *control, enum weir_event_kind kind,
                            const struct weir_position *positions, size_t count)
{
    if (!weir_report_listens(control->options.report, kind)) {
        return;
    }
    struct weir_span *spans = weir_calloc(count + 1, sizeof spans[0]);
    if (spans == NULL) {
        return; /* the event is lost, not the act */
    }
    for (size_t i = 0; i < count; i++) {
        spans[i] = (struct weir_span){.topic = positions[i].topic,
                                      .partition = positions[i].partition,
                                      .first = positions[i].offset,
                                      .last = positions[i].offset};
    }
    weir_report_event(control->options.report, (struct weir_event){.kind = kind,
                                                                   .partition = -1,
                                                                   .offset = -1,
                                                                   .spans = spans,
                                                                   .span_count = count,
                                                                   .shadow = control->shadow});
    weir_free(spans);
}

static unsigned long long counted(const struct weir_control *control, enum weir_counter counter)
{
    return (unsigned long long)weir_tally_get(&control->options.report->counters[counter]);
}

void weir_control_say_total(struct weir_control *control)
{
    weir_log(&control->options.report->log, WEIR_LOG_INFO, "stop",
             "%llu records done in %llu batches, %llu retried, %llu skipped, %llu held, %llu dead "
             "letters, "
             "%llu commits",
             counted(control, WEIR_COUNTER_DONE), counted(control, WEIR_COUNTER_BATCHES),
             counted(control, WEIR_COUNTER_RETRIED), counted(control, WEIR_COUNTER_SKIPPED),
             counted(control, WEIR_COUNTER_HELD), counted(control, WEIR_COUNTER_LETTERS),
             counted(control, WEIR_COUNTER_COMMITS));
}

static void say_start(const struct weir_control *control)
{
    const struct weir_control_options *options = &control->options;
    const struct weir_config *config = options->config;
    const char *topics = weir_config_get(config, "weir.topics");
    bool grouped = strcmp(options->coordinator->name, "none") != 0;

    char group[GROUP_SIZE] = "without a group";

    if (grouped) {
        (void)snprintf(group, sizeof group, "joining group '%s'",
                       weir_config_get(config, "group.id"));
    } else if (weir_config_integer(config, "weir.shadow") != 0) {
        (void)snprintf(group, sizeof group, "as a shadow of group '%s'",
                       weir_config_get(config, "group.id"));
    }
    weir_log(&options->report->log, WEIR_LOG_INFO, "start",
             "%s at %s: %s %s; handler '%s', %s worker%s, order %s", group,
             weir_config_get(config, "bootstrap.servers"), topics != NULL ? "topics" : "partitions",
             topics != NULL ? topics : weir_config_get(config, "weir.partitions"),
             options->handling->handler->name, weir_config_get(config, "weir.workers"),
             weir_config_integer(config, "weir.workers") == 1 ? "" : "s",
             weir_config_get(config, "weir.order"));
}

static const char *awaited(const struct weir_control *control)
{
    if (control->phase == WEIR_CONTROL_PROBING) {
        return "an answer of the brokers (bootstrap.servers)";
    }
    if (control->resolve != NULL) {
        return "the offsets at which the partitions start";
    }
    if (control->selection != NULL && control->catalog.count == 0) {
        return "a topic that weir.topics selects";
    }
    return strcmp(control->options.coordinator->name, "zookeeper") == 0
               ? "the group to share its partitions out: ZooKeeper must answer, members that end "
                 "or "
                 "handle must be done first, and one that died holds its place for "
                 "zookeeper.session.timeout.ms"
               : "the group to share its partitions out: members that end or handle must be done "
                 "first, and one that died holds its place for session.timeout.ms";
}

weir_time weir_control_say_joining(struct weir_control *control, weir_time now)
{
    if (control->assigned_once || control->rebalance.stopping) {
        return WEIR_TIME_NEVER;
    }
    if (control->joins_since == 0) {
        say_start(control);
        control->joins_since = now;
        control->join_due = weir_time_after_ms(now, JOIN_PATIENCE_MS);
    } else if (now >= control->join_due) {
        int64_t waited_ms = (now - control->joins_since) / WEIR_NS_PER_MS;
        weir_log(&control->options.report->log, WEIR_LOG_INFO, "start",
                 "nothing is assigned after %lld s; waiting for %s",
                 (long long)(waited_ms / MS_PER_S), awaited(control));
        control->join_due = weir_time_after_ms(
            now, waited_ms < JOIN_PATIENCE_MS_MAX ? waited_ms : JOIN_PATIENCE_MS_MAX);
    }
    return control->join_due;
}
