#include "framework/base/memory.h"
#include "framework/control_state.h"

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
    weir_report_event(
        control->options.report,
        (struct weir_event){
            .kind = kind, .partition = -1, .offset = -1, .spans = spans, .span_count = count});
    weir_free(spans);
}

static unsigned long long counted(const struct weir_control *control, enum weir_counter counter)
{
    return (unsigned long long)weir_tally_get(&control->options.report->counters[counter]);
}

void weir_control_say_total(struct weir_control *control)
{
    weir_log(&control->options.report->log, WEIR_LOG_INFO, "stop",
             "%llu records done in %llu batches, %llu retried, %llu skipped, %llu commits",
             counted(control, WEIR_COUNTER_DONE), counted(control, WEIR_COUNTER_BATCHES),
             counted(control, WEIR_COUNTER_RETRIED), counted(control, WEIR_COUNTER_SKIPPED),
             counted(control, WEIR_COUNTER_COMMITS));
}
