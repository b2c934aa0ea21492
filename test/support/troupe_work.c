#include "framework/znode.h"
#include "test/support/require.h"
#include "test/support/troupe_state.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMMIT_MS_MAX = 3000, ACCEPT_MS_MAX = 20 };

void troupe_break(const char *format, ...)
{
    va_list arguments;

    if (troupe.broken[0] != '\0') {
        return;
    }
    va_start(arguments, format);
    int size = snprintf(troupe.broken, sizeof troupe.broken, "[%lld ms] ",
                        (long long)(sim_zoo_now() / WEIR_NS_PER_MS));
    (void)vsnprintf(troupe.broken + size, sizeof troupe.broken - (size_t)size, format, arguments);
    va_end(arguments);
}

static uint64_t dice(uint64_t sides)
{
    return weir_random_below(&troupe.random, sides);
}

static weir_time soon(int64_t ms_max)
{
    uint64_t us = dice((uint64_t)ms_max * 1000 + 1);

    return sim_zoo_now() + (weir_time)us * WEIR_NS_PER_US;
}

static uint32_t topic_of(const char *name)
{
    return strcmp(name, troupe_topics[0]) == 0 ? 0 : 1;
}

bool troupe_is_paused(const struct troupe_actor *actor)
{
    return sim_zoo_now() < actor->paused_until;
}

/* Who works on what. */

static void check_exclusive(uint32_t topic, uint32_t partition)
{
    const struct troupe_actor *first = NULL;

    for (unsigned i = 0; i < TROUPE_MEMBERS; i++) {
        const struct troupe_actor *actor = &troupe.actors[i];
        bool excused = !actor->running || actor->expired || troupe_is_paused(actor);
        if (excused || !actor->partitions[topic][partition].active) {
            continue;
        }
        if (first != NULL) {
            troupe_break("I5: %s and %s work on %s/%u", first->name, actor->name,
                         troupe_topics[topic], partition);
        }
        first = actor;
    }
}

void troupe_check(void)
{
    for (uint32_t t = 0; t < troupe.topic_count; t++) {
        for (uint32_t p = 0; p < troupe.partition_counts[t]; p++) {
            check_exclusive(t, p);
        }
    }
}

/* Its commits would be refused, and it would not know why. */
static bool knows_its_fence(const struct troupe_actor *actor, uint32_t topic, uint32_t partition)
{
    struct weir_znode owner;
    struct weir_znode fence;

    weir_znode_owner(&owner, TROUPE_GROUP, troupe_topics[topic], (int32_t)partition);
    weir_znode_fence(&fence, TROUPE_GROUP, troupe_topics[topic], (int32_t)partition);
    return sim_zoo_owner(owner.path) != actor->member.session ||
           sim_zoo_version(fence.path) == actor->partitions[topic][partition].fence;
}

static void begin(struct troupe_actor *actor, uint32_t topic, uint32_t partition)
{
    struct troupe_partition *work = &actor->partitions[topic][partition];
    int32_t *newest = &troupe.newest[topic][partition];
    char *last = troupe.last_owner[topic][partition];

    troupe_check_start(actor, topic, partition);
    *work = (struct troupe_partition){
        .active = true,
        .fence = weir_membership_fence(&actor->member, troupe_topics[topic], (int32_t)partition)};
    if (work->fence <= *newest) {
        troupe_break("I12: %s begins %s/%u with fence %d after %d", actor->name,
                     troupe_topics[topic], partition, (int)work->fence, (int)*newest);
    }
    if (!knows_its_fence(actor, topic, partition)) {
        troupe_break("I12: %s begins %s/%u with a fence that is not its own", actor->name,
                     troupe_topics[topic], partition);
    }
    *newest = work->fence;
    troupe.moves[topic][partition] += last[0] != '\0' && strcmp(last, actor->name) != 0 ? 1 : 0;
    memcpy(last, actor->name, sizeof actor->name);
    troupe_begin_at(actor, topic, partition);
}

static void end_work(struct troupe_actor *actor, uint32_t topic, uint32_t partition, bool drained)
{
    struct troupe_partition *work = &actor->partitions[topic][partition];
    bool broken = (drained && troupe.sabotage == TROUPE_NO_DRAIN) ||
                  (!drained && troupe.sabotage == TROUPE_NO_REVOCATION);

    work->active = work->active && broken;
}

/* Commits. */

void troupe_send_commit(void)
{
    const struct troupe_actor *actor = &troupe.actors[dice(TROUPE_MEMBERS)];
    uint32_t topic = (uint32_t)dice(troupe.topic_count);
    uint32_t partition = (uint32_t)dice(troupe.partition_counts[topic]);
    const struct troupe_partition *work = &actor->partitions[topic][partition];

    if (!actor->running || troupe_is_paused(actor) || !work->active) {
        return;
    }
    struct troupe_commit *commit = calloc(1, sizeof *commit);
    REQUIRE(commit != NULL);
    *commit = (struct troupe_commit){.next = troupe.commits,
                                     .at = soon(COMMIT_MS_MAX),
                                     .topic = topic,
                                     .partition = partition,
                                     .fence = work->fence,
                                     .from = actor->number,
                                     .life = actor->life,
                                     .offset = troupe_position_of(work)};
    troupe.commits = commit;
}

/* What control counts as dual active: whoever sent it is still at work on it, and sure of it. One
 * whose session was ended by force cannot know. */
static void judge_refusal(const struct troupe_commit *commit)
{
    const struct troupe_actor *actor = &troupe.actors[commit->from];
    const struct troupe_partition *work = &actor->partitions[commit->topic][commit->partition];
    bool sure = actor->running && actor->life == commit->life && work->active &&
                work->fence == commit->fence &&
                weir_membership_holds(&actor->member, sim_zoo_now());

    if (sure && !actor->expired && !troupe_is_paused(actor)) {
        troupe.dual_active++;
        troupe_break("I14: %s works on %s/%u, is sure of it, and its commit is refused",
                     actor->name, troupe_topics[commit->topic], commit->partition);
    }
}

static void take_commit(const struct troupe_commit *commit)
{
    struct weir_znode fence;

    weir_znode_fence(&fence, TROUPE_GROUP, troupe_topics[commit->topic],
                     (int32_t)commit->partition);
    if (sim_zoo_version(fence.path) != commit->fence && troupe.sabotage != TROUPE_NO_FENCE) {
        troupe.commits_refused++;
        judge_refusal(commit);
        return;
    }
    troupe.commits_taken++;
    if (commit->offset > troupe.committed[commit->topic][commit->partition]) {
        troupe.committed[commit->topic][commit->partition] = commit->offset;
    }
    if (commit->fence < troupe.newest[commit->topic][commit->partition]) {
        troupe_break("I12: a commit with fence %d counts, after %d began %s/%u", (int)commit->fence,
                     (int)troupe.newest[commit->topic][commit->partition],
                     troupe_topics[commit->topic], commit->partition);
    }
}

void troupe_take_commits(void)
{
    struct troupe_commit **link = &troupe.commits;

    while (*link != NULL) {
        struct troupe_commit *commit = *link;
        if (commit->at > sim_zoo_now()) {
            link = &commit->next;
            continue;
        }
        *link = commit->next;
        take_commit(commit);
        free(commit);
    }
}

/* What a member announces. */

static void on_assigned(const struct weir_position *positions, size_t count, void *user)
{
    struct troupe_actor *actor = user;

    if (actor->accept_at != 0) {
        troupe_break("%s announces an assignment before it had its answer", actor->name);
    }
    for (size_t i = 0; i < count; i++) {
        bool *given = &actor->given[topic_of(positions[i].topic)][positions[i].partition];
        if (*given ||
            actor->partitions[topic_of(positions[i].topic)][positions[i].partition].active) {
            troupe_break("%s is assigned what it has", actor->name);
        }
        *given = true;
    }
    actor->assignments++;
    actor->spoilt = false;
    actor->accept_at = soon(ACCEPT_MS_MAX);
}

static void on_revoked(const struct weir_position *positions, size_t count, void *user)
{
    struct troupe_actor *actor = user;

    for (size_t i = 0; i < count; i++) {
        uint32_t topic = topic_of(positions[i].topic);
        weir_time *release_at = &actor->release_at[topic][positions[i].partition];
        if (!actor->partitions[topic][positions[i].partition].active || *release_at != 0) {
            troupe_break("%s is to hand back what it does not have", actor->name);
        }
        *release_at = soon(troupe.drain_ms_max);
        troupe_rest(actor, topic, (uint32_t)positions[i].partition);
    }
    actor->revocations++;
}

/* Whatever its handlers still do, it is handed back. */
static void on_cut_short(void *user)
{
    struct troupe_actor *actor = user;

    if (troupe_release_due(actor) == WEIR_TIME_NEVER) {
        troupe_break("%s is to cut short what it does not hand back", actor->name);
    }
    for (uint32_t t = 0; t < TROUPE_TOPICS; t++) {
        for (uint32_t p = 0; p < TROUPE_PARTITIONS; p++) {
            weir_time *release_at = &actor->release_at[t][p];
            *release_at = *release_at == 0 ? 0 : sim_zoo_now();
        }
    }
}

weir_time troupe_release_due(const struct troupe_actor *actor)
{
    weir_time due = WEIR_TIME_NEVER;

    for (uint32_t t = 0; t < TROUPE_TOPICS; t++) {
        for (uint32_t p = 0; p < TROUPE_PARTITIONS; p++) {
            weir_time release_at = actor->release_at[t][p];
            due = release_at != 0 && release_at < due ? release_at : due;
        }
    }
    return due;
}

/* As control does it: what waits for nothing any more is answered at once. */
static void on_lost(const struct weir_position *positions, size_t count, void *user)
{
    struct troupe_actor *actor = user;

    troupe_excuse(actor);
    for (size_t i = 0; i < count; i++) {
        uint32_t topic = topic_of(positions[i].topic);
        uint32_t partition = (uint32_t)positions[i].partition;
        end_work(actor, topic, partition, false);
        actor->release_at[topic][partition] = 0;
        actor->spoilt = actor->spoilt || actor->given[topic][partition];
    }
    actor->losses++;
    weir_membership_released(&actor->member, positions, count);
}

static void on_gone(const struct weir_position *positions, size_t count, void *user)
{
    struct troupe_actor *actor = user;

    troupe_excuse(actor);
    for (size_t i = 0; i < count; i++) {
        uint32_t topic = topic_of(positions[i].topic);
        uint32_t partition = (uint32_t)positions[i].partition;
        REQUIRE(!actor->given[topic][partition]);
        REQUIRE(weir_membership_fence(&actor->member, positions[i].topic, positions[i].partition) !=
                WEIR_CLAIM_NO_FENCE);
        end_work(actor, topic, partition, false);
        actor->release_at[topic][partition] = 0;
    }
    actor->gone += (uint32_t)count;
    weir_membership_released(&actor->member, positions, count);
}

static void on_alarm(enum weir_membership_alarm alarm, const char *text, void *user)
{
    struct troupe_actor *actor = user;

    (void)alarm;
    actor->alarms++;
    if (getenv("TROUPE_VERBOSE") != NULL) {
        (void)fprintf(stderr, "[%lld] %s: %s\n", (long long)(sim_zoo_now() / WEIR_NS_PER_MS),
                      actor->name, text);
    }
}

static void on_fenced(void *user)
{
    struct troupe_actor *actor = user;

    actor->fenced = true;
}

const struct weir_membership_ops troupe_ops = {.assigned = on_assigned,
                                               .revoked = on_revoked,
                                               .cut_short = on_cut_short,
                                               .halt = troupe_on_halt,
                                               .lost = on_lost,
                                               .gone = on_gone,
                                               .alarm = on_alarm,
                                               .fenced = on_fenced};

const struct weir_membership_ops troupe_measuring_ops = {.assigned = on_assigned,
                                                         .revoked = on_revoked,
                                                         .cut_short = on_cut_short,
                                                         .halt = troupe_on_halt,
                                                         .lost = on_lost,
                                                         .gone = on_gone,
                                                         .alarm = on_alarm,
                                                         .fenced = on_fenced,
                                                         .measure = troupe_on_measure,
                                                         .judged = troupe_on_judged};

/* Answers. */

void troupe_accept(struct troupe_actor *actor)
{
    bool declined = actor->spoilt;

    actor->accept_at = 0;
    for (uint32_t t = 0; t < TROUPE_TOPICS; t++) {
        for (uint32_t p = 0; p < TROUPE_PARTITIONS; p++) {
            if (actor->given[t][p] && !declined) {
                begin(actor, t, p);
            }
            actor->given[t][p] = false;
        }
    }
    weir_membership_accepted(&actor->member, declined, sim_zoo_now());
}

/* What is handed back is committed first, if it is still ours. */
static void commit_last(const struct troupe_actor *actor, uint32_t topic, uint32_t partition)
{
    const struct troupe_partition *work = &actor->partitions[topic][partition];
    int64_t *committed = &troupe.committed[topic][partition];
    struct weir_znode fence;

    weir_znode_fence(&fence, TROUPE_GROUP, troupe_topics[topic], (int32_t)partition);
    if (work->active && sim_zoo_version(fence.path) == work->fence &&
        troupe_position_of(work) > *committed) {
        *committed = troupe_position_of(work);
    }
}

bool troupe_release(struct troupe_actor *actor)
{
    struct weir_position positions[TROUPE_TOPICS * TROUPE_PARTITIONS];
    size_t count = 0;

    for (uint32_t i = 0; i < TROUPE_TOPICS * TROUPE_PARTITIONS; i++) {
        uint32_t topic = i / TROUPE_PARTITIONS;
        uint32_t partition = i % TROUPE_PARTITIONS;
        weir_time *release_at = &actor->release_at[topic][partition];
        if (*release_at != 0 && sim_zoo_now() >= *release_at) {
            positions[count++] = (struct weir_position){.topic = troupe_topics[topic],
                                                        .partition = (int32_t)partition};
            *release_at = 0;
            commit_last(actor, topic, partition);
            end_work(actor, topic, partition, true);
        }
    }
    weir_membership_released(&actor->member, positions, count);
    return count > 0;
}
