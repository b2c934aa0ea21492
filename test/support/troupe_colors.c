#include "framework/base/memory.h"
#include "framework/switch.h"
#include "framework/znode.h"
#include "test/support/require.h"
#include "test/support/troupe_state.h"
#include <stdio.h>
#include <string.h>

/* Blue, green, and an operator. */

#define RECORD "/consumers/" TROUPE_GROUP "/weir/switch"

const char *troupe_color(unsigned number)
{
    const char *color = number < TROUPE_MEMBERS / 2 ? "blue" : "green";

    return troupe.colored ? color : NULL;
}

/* Damaged or deleted: what it was holds on. */
void troupe_record(struct weir_switch *out)
{
    const char *text = troupe.colored ? sim_zoo_data(RECORD) : NULL;
    struct weir_switch fresh;
    struct weir_error error;

    if (text != NULL && sim_zoo_version(RECORD) + 1 != troupe.record_seen) {
        enum weir_status status = weir_switch_read(text, strlen(text), &fresh, &error);
        if (status == WEIR_ERR_NOMEM) { /* the one allocation that fails */
            status = weir_switch_read(text, strlen(text), &fresh, &error);
        }
        troupe.record = status == WEIR_OK ? fresh : troupe.record;
    }
    troupe.record_seen = text == NULL ? 0 : sim_zoo_version(RECORD) + 1;
    *out = troupe.record;
}

static void write_record(const struct weir_switch *record)
{
    char *text = NULL;

    REQUIRE(weir_switch_write(record, &text) == WEIR_OK);
    sim_zoo_write(RECORD, text);
    weir_free(text);
}

bool troupe_switch(const char *to, enum weir_switch_mode mode, enum weir_switch_overdue overdue)
{
    struct weir_switch record;
    struct weir_switch next;
    struct weir_error error;
    struct weir_switch_request request = {.by = "the operator",
                                          .mode = mode,
                                          .drain = troupe.drain,
                                          .overdue = overdue,
                                          .unhealthy = troupe.unhealthy,
                                          .leave_unread = !troupe.leaves_nothing,
                                          .limits = {.prepare_ms = 10000,
                                                     .drain_ms = 20000,
                                                     .take_ms = 20000,
                                                     .health_ms = troupe.health_ms}};

    troupe_record(&record);
    (void)snprintf(request.id, sizeof request.id, "s%lld", (long long)record.turn);
    (void)snprintf(request.to, sizeof request.to, "%s", to);
    if (weir_switch_ask(&record, &request, 1000, &next, &error) != WEIR_OK) {
        return false;
    }
    if (troupe.drain == WEIR_SWITCH_TO_STOPS) {
        troupe_write_stops(next.request.id);
    }
    write_record(&next);
    return true;
}

bool troupe_on_measure(struct weir_vitals_reading *out, void *user)
{
    enum { HUNDRED = 100, US_EACH = 500 };
    const struct troupe_actor *actor = user;
    bool green = actor->number >= TROUPE_MEMBERS / 2;
    uint64_t ms = (uint64_t)((sim_zoo_now() - actor->started_at) / WEIR_NS_PER_MS);
    uint64_t failed = ms * (green ? troupe.green_fails : troupe.blue_fails) / HUNDRED;

    *out = (struct weir_vitals_reading){.done = ms - failed,
                                        .failed = failed,
                                        .busy_us = (int64_t)ms * US_EACH,
                                        .lag = green ? ms * troupe.green_lags / 1000 : 0,
                                        .lag_known = true,
                                        .shares = actor->assignments + actor->revocations};
    return troupe.measures;
}

void troupe_on_judged(const struct weir_switch *record, enum weir_switch_verdict verdict,
                      const char *why, void *user)
{
    struct troupe_actor *actor = user;

    if (record->step != WEIR_SWITCH_ACTIVE ||
        (why[0] != '\0') != (verdict == WEIR_SWITCH_UNHEALTHY)) {
        troupe_break("%s is told that it is %s in %s: '%s'", actor->name,
                     weir_switch_verdict_name(verdict), weir_switch_step_name(record->step), why);
    }
    actor->verdict = verdict;
}

bool troupe_undo(void)
{
    struct weir_switch record;
    struct weir_switch next;
    struct weir_error error;

    troupe_record(&record);
    if (weir_switch_undo(&record, "the operator wants it", 2000, &next, &error) != WEIR_OK) {
        return false;
    }
    write_record(&next);
    return true;
}

int64_t troupe_await_switched(int64_t ms_max)
{
    weir_time begun = sim_zoo_now();
    weir_time until = weir_time_after_ms(begun, ms_max);
    struct weir_switch record;

    troupe_record(&record);
    while (record.step != WEIR_SWITCH_IDLE && troupe.broken[0] == '\0') {
        if (sim_zoo_now() >= until) {
            troupe_break("I14: the switch is still %s after %lld ms",
                         weir_switch_step_name(record.step), (long long)ms_max);
        }
        troupe_turn(until);
        troupe_record(&record);
    }
    return (sim_zoo_now() - begun) / WEIR_NS_PER_MS;
}

/* Whose session it is. */
static const struct troupe_actor *holder_of(int64_t session)
{
    for (unsigned i = 0; i < TROUPE_MEMBERS; i++) {
        if (troupe.actors[i].running && troupe.actors[i].member.session == session) {
            return &troupe.actors[i];
        }
    }
    return NULL; /* it has ended */
}

static void check_claim(const struct weir_switch *record, uint32_t topic, uint32_t partition)
{
    int32_t *seen = &troupe.seen[topic][partition];
    struct weir_znode owner;
    struct weir_znode fence;

    weir_znode_owner(&owner, TROUPE_GROUP, troupe_topics[topic], (int32_t)partition);
    weir_znode_fence(&fence, TROUPE_GROUP, troupe_topics[topic], (int32_t)partition);
    int32_t version = sim_zoo_version(fence.path);
    int64_t session = sim_zoo_owner(owner.path);
    const struct troupe_actor *actor = session > 0 ? holder_of(session) : NULL;
    bool claimed = version > *seen && record->turn == troupe.seen_turn;
    if (claimed && actor != NULL && !weir_switch_may_own(record, troupe_color(actor->number))) {
        troupe_break("I12: %s claims %s/%u in %s, epoch %llu, and is %s", actor->name,
                     troupe_topics[topic], partition, weir_switch_step_name(record->step),
                     (unsigned long long)record->epoch, troupe_color(actor->number));
    }
    if (actor != NULL && !actor->tampered &&
        !weir_switch_may_hold(record, troupe_color(actor->number))) {
        troupe_break("I14: %s has %s/%u in %s, epoch %llu, and is %s", actor->name,
                     troupe_topics[topic], partition, weir_switch_step_name(record->step),
                     (unsigned long long)record->epoch, troupe_color(actor->number));
    }
    *seen = version;
}

/* By what members themselves have seen. */
static void check_usurped(void)
{
    for (unsigned i = 0; i < TROUPE_MEMBERS; i++) {
        const struct troupe_actor *actor = &troupe.actors[i];
        if (actor->running && actor->member.tally.usurped > 0) {
            troupe_break("I14: %s worked on what another had claimed", actor->name);
        }
    }
}

void troupe_check_colors(void)
{
    struct weir_switch record;

    check_usurped();
    if (!troupe.colored || troupe.seen_requests == sim_zoo_requests()) {
        return;
    }
    troupe.seen_requests = sim_zoo_requests();
    troupe_record(&record);
    if (record.turn < troupe.seen_turn) {
        troupe_break("I12: the record of the switch went back");
    }
    for (uint32_t t = 0; t < troupe.topic_count; t++) {
        for (uint32_t p = 0; p < TROUPE_PARTITIONS; p++) { /* also those that are not there now */
            check_claim(&record, t, p);
        }
    }
    troupe.seen_turn = record.turn;
}
