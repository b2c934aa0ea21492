#include "framework/base/memory.h"
#include "test/support/require.h"
#include "test/support/troupe_state.h"
#include <string.h>

/* Records, and up to where the old color handles them. */

#define STOPS "/consumers/" TROUPE_GROUP "/weir/stops"

int64_t troupe_position_of(const struct troupe_partition *work)
{
    weir_time took = sim_zoo_now() - work->since;
    int64_t record_ns = troupe.record_us * WEIR_NS_PER_US;
    int64_t position = work->from;

    if (record_ns > 0 && !work->at_rest) {
        position += took / record_ns;
    }
    bool halts = !work->passed && troupe.sabotage != TROUPE_NO_STOP;
    return halts && position > work->stop ? work->stop : position;
}

static void stop_at(struct troupe_partition *work, int64_t stop)
{
    work->from = troupe_position_of(work);
    work->since = sim_zoo_now();
    work->stop = stop;
    work->passed = work->from > stop;
    work->told = false;
}

static int64_t stop_of(const struct troupe_actor *actor, uint32_t topic, uint32_t partition)
{
    int64_t stop = actor->stops == NULL ? WEIR_SWITCH_STOP_NONE
                                        : weir_switch_stops_find(actor->stops, troupe_topics[topic],
                                                                 (int32_t)partition);

    return stop == WEIR_SWITCH_STOP_NONE ? INT64_MAX : stop;
}

/* NULL: nobody does, or knows. */
static const struct troupe_partition *worker_of(uint32_t topic, uint32_t partition)
{
    for (unsigned i = 0; i < TROUPE_MEMBERS; i++) {
        const struct troupe_actor *actor = &troupe.actors[i];
        if (actor->running && actor->partitions[topic][partition].active) {
            return &actor->partitions[topic][partition];
        }
    }
    return NULL;
}

/* Of a switch that is under way, and whose stop offsets apply. */
static bool is_taken_over(const struct troupe_actor *actor, const struct weir_switch *record)
{
    return troupe.colored && record->step != WEIR_SWITCH_IDLE &&
           record->step != WEIR_SWITCH_RETURNING && record->request.drain == WEIR_SWITCH_TO_STOPS &&
           strcmp(troupe_color(actor->number), record->request.to) == 0;
}

/* The first record of the new color: the stop offset, unless there is a reason. */
void troupe_check_start(const struct troupe_actor *actor, uint32_t topic, uint32_t partition)
{
    int64_t stop = troupe.stops[topic][partition];
    int64_t start = troupe.committed[topic][partition];
    struct weir_switch record;

    troupe_record(&record);
    if (!is_taken_over(actor, &record) || stop == WEIR_SWITCH_STOP_NONE) {
        return;
    }
    /* Whoever still thinks that it works on it stands still, and its session is over. */
    bool excused = troupe.excused[topic][partition] || worker_of(topic, partition) != NULL;
    bool late = start > stop && !troupe.passed[topic][partition];
    bool early = start < stop && !excused && record.request.overdue == WEIR_SWITCH_GO_BACK;
    if (late || early) {
        troupe_break("I14: %s begins %s/%u at %lld, and the stop offset is %lld", actor->name,
                     troupe_topics[topic], partition, (long long)start, (long long)stop);
    }
    troupe.passed[topic][partition] = true; /* it is handed over: that was all */
    troupe.excused[topic][partition] = true;
}

void troupe_begin_at(struct troupe_actor *actor, uint32_t topic, uint32_t partition)
{
    struct troupe_partition *work = &actor->partitions[topic][partition];

    work->from = troupe.committed[topic][partition];
    work->since = sim_zoo_now();
    work->stop = INT64_MAX;
    troupe.began_at[topic][partition] = work->from;
    stop_at(work, stop_of(actor, topic, partition));
    troupe.passed[topic][partition] = troupe.passed[topic][partition] || work->passed;
    troupe.excused[topic][partition] = troupe.excused[topic][partition] && work->stop == INT64_MAX;
}

/* It has not said that it goes by the switch, and knows of no stop offset: if nobody waits for it,
 * for it is leaving or somebody changed its node, it ends anywhere. */
static bool is_unheard(const struct troupe_actor *actor, const struct troupe_partition *work)
{
    const struct weir_membership *member = &actor->member;

    return work->stop == INT64_MAX && member->self.progress.turn < member->record.turn;
}

/* One that goes to another member of the old color may not get there before it is nobody's. */
void troupe_rest(struct troupe_actor *actor, uint32_t topic, uint32_t partition)
{
    struct troupe_partition *work = &actor->partitions[topic][partition];
    bool leaves = actor->member.record.step != WEIR_SWITCH_DRAINING;
    bool unheard = is_unheard(actor, work);
    bool past = unheard && troupe_position_of(work) > troupe.stops[topic][partition];

    troupe.excused[topic][partition] = troupe.excused[topic][partition] || leaves || unheard;
    troupe.passed[topic][partition] = troupe.passed[topic][partition] || past;
    work->from = troupe_position_of(work);
    work->at_rest = true;
}

void troupe_on_halt(const struct weir_switch_stops *stops, void *user)
{
    struct troupe_actor *actor = user;

    actor->stops = stops;
    for (uint32_t t = 0; t < troupe.topic_count; t++) {
        for (uint32_t p = 0; p < troupe.partition_counts[t]; p++) {
            struct troupe_partition *work = &actor->partitions[t][p];
            int64_t stop = stop_of(actor, t, p);
            if (work->active && !work->at_rest && work->stop != stop) {
                stop_at(work, stop);
                troupe.passed[t][p] = troupe.passed[t][p] || work->passed;
            }
        }
    }
}

static bool is_there(const struct troupe_partition *work)
{
    return work->passed || troupe_position_of(work) >= work->stop;
}

void troupe_tell_halted(struct troupe_actor *actor)
{
    for (uint32_t t = 0; actor->stops != NULL && t < troupe.topic_count; t++) {
        for (uint32_t p = 0; p < troupe.partition_counts[t]; p++) {
            struct troupe_partition *work = &actor->partitions[t][p];
            if (work->active && !work->at_rest && !work->told && is_there(work)) {
                work->told = true;
                weir_membership_halted(&actor->member, troupe_topics[t], (int32_t)p);
                weir_membership_step(&actor->member, sim_zoo_now());
            }
        }
    }
}

static weir_time due_of(const struct troupe_partition *work)
{
    bool waits = work->active && !work->at_rest && !work->told && work->stop != INT64_MAX;
    int64_t record_ns = troupe.record_us * WEIR_NS_PER_US;

    if (!waits || (record_ns == 0 && !is_there(work))) {
        return WEIR_TIME_NEVER;
    }
    return is_there(work) ? sim_zoo_now() : work->since + (work->stop - work->from) * record_ns;
}

weir_time troupe_halt_due(const struct troupe_actor *actor)
{
    weir_time due = WEIR_TIME_NEVER;

    for (uint32_t t = 0; actor->stops != NULL && t < troupe.topic_count; t++) {
        for (uint32_t p = 0; p < troupe.partition_counts[t]; p++) {
            weir_time one = due_of(&actor->partitions[t][p]);
            due = one < due ? one : due;
        }
    }
    return due;
}

void troupe_excuse(const struct troupe_actor *actor)
{
    for (uint32_t t = 0; t < troupe.topic_count; t++) {
        for (uint32_t p = 0; p < troupe.partition_counts[t]; p++) {
            const struct troupe_partition *work = &actor->partitions[t][p];
            bool had = work->active || actor->given[t][p];
            /* Whoever never heard of its stop offset may have committed past it. */
            bool past = work->active && work->stop == INT64_MAX &&
                        troupe_position_of(work) > troupe.stops[t][p];
            troupe.excused[t][p] = troupe.excused[t][p] || had;
            troupe.passed[t][p] = troupe.passed[t][p] || past;
        }
    }
}

int64_t troupe_position(uint32_t topic, uint32_t partition)
{
    const struct troupe_partition *work = worker_of(topic, partition);

    return work == NULL ? troupe.committed[topic][partition] : troupe_position_of(work);
}

/* That may be committed by the time that somebody else begins. */
static int64_t highest(uint32_t topic, uint32_t partition)
{
    int64_t most = troupe_position(topic, partition);

    for (const struct troupe_commit *c = troupe.commits; c != NULL; c = c->next) {
        bool here = c->topic == topic && c->partition == partition;
        most = here && c->offset > most ? c->offset : most;
    }
    return most;
}

void troupe_stop_ahead(int64_t records)
{
    troupe.drain = WEIR_SWITCH_TO_STOPS;
    for (uint32_t t = 0; t < troupe.topic_count; t++) {
        for (uint32_t p = 0; p < troupe.partition_counts[t]; p++) {
            int64_t stop = troupe_position(t, p) + records;
            troupe.next_stops[t][p] = stop < 0 ? 0 : stop;
        }
    }
}

/* False: the partition has none. */
static bool note_stop(uint32_t topic, uint32_t partition, struct weir_position *out)
{
    const struct troupe_partition *work = worker_of(topic, partition);
    int64_t stop = troupe.next_stops[topic][partition];

    troupe.stops[topic][partition] = stop;
    troupe.passed[topic][partition] = highest(topic, partition) > stop;
    troupe.excused[topic][partition] = work == NULL || work->at_rest;
    *out = (struct weir_position){
        .topic = troupe_topics[topic], .partition = (int32_t)partition, .offset = stop};
    return stop != WEIR_SWITCH_STOP_NONE;
}

/* As the operator's transaction: before the record. */
void troupe_write_stops(const char *id)
{
    struct weir_position all[TROUPE_TOPICS * TROUPE_PARTITIONS];
    struct weir_switch_stops stops = {.topics = NULL};
    char *text = NULL;
    size_t count = 0;

    for (uint32_t t = 0; t < troupe.topic_count; t++) {
        for (uint32_t p = 0; p < troupe.partition_counts[t]; p++) {
            count += note_stop(t, p, &all[count]) ? 1 : 0;
        }
    }
    REQUIRE(weir_switch_stops_create(id, all, count, &stops) == WEIR_OK);
    REQUIRE(weir_switch_stops_write(&stops, &text) == WEIR_OK);
    sim_zoo_write(STOPS, text);
    weir_free(text);
    weir_switch_stops_fini(&stops);
}
