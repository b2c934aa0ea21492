#include "framework/control_state.h"
#include "framework/switch_stops.h"
#include <assert.h>

/* Stop offsets: a partition that has one goes on up to there, and waits. */

int64_t weir_control_stop_of(const struct weir_control *control, const struct weir_holding *holding)
{
    int64_t stop = control->stops == NULL
                       ? WEIR_SWITCH_STOP_NONE
                       : weir_switch_stops_find(control->stops, holding->topic, holding->partition);

    return stop == WEIR_SWITCH_STOP_NONE ? INT64_MAX : stop;
}

/* One that starts anew takes it along then. */
static void halt_at(struct weir_holding *holding, int64_t offset)
{
    if (holding->halt == offset) {
        return;
    }
    holding->halt = offset;
    if (holding->slot != NULL && !holding->restarting) {
        weir_mailbox_post(weir_fetcher_mailbox(holding->slot->fetcher), &holding->slot->halt,
                          offset);
    }
}

void weir_control_halt(const struct weir_switch_stops *stops, void *user)
{
    struct weir_control *control = user;
    struct weir_holding *holding = NULL;

    control->stops = stops;
    while ((holding = weir_holdings_next(&control->holdings, holding)) != NULL) {
        halt_at(holding, weir_control_stop_of(control, holding));
    }
}

/* What it says of an offset that is not meant any more counts for nothing. */
void weir_control_halted(struct weir_control *control, struct weir_holding *holding, int64_t offset)
{
    assert(offset != INT64_MAX);
    if (holding->tenure.state == WEIR_TENURE_OPEN && holding->halt == offset &&
        control->coordinator->ops->halted != NULL) {
        control->coordinator->ops->halted(control->coordinator, holding->topic, holding->partition);
    }
}

void weir_control_say_halts(struct weir_control *control, const struct weir_position *positions,
                            size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct weir_holding *holding =
            weir_holdings_find(&control->holdings, positions[i].topic, positions[i].partition);
        if (holding == NULL || holding->slot == NULL || holding->halt == INT64_MAX ||
            holding->commit.watermark == holding->halt) {
            continue;
        }
        weir_log(&control->options.report->log, WEIR_LOG_WARNING, "group",
                 "%s/%d is handed back at offset %lld, %s its stop offset %lld", holding->topic,
                 (int)holding->partition, (long long)holding->commit.watermark,
                 holding->commit.watermark < holding->halt ? "before" : "past",
                 (long long)holding->halt);
    }
}
