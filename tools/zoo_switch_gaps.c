#include "tools/zoo_switch_gaps.h"

#include "framework/znode.h"
#include "tools/memory.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { PAUSE_MS = 5, MEDIAN = 50, P99 = 99, PERCENT = 100 };

/* Hearing. */

static int by_place(const void *one, const void *other)
{
    const struct weir_switch_gap *a = one;
    const struct weir_switch_gap *b = other;
    int order = strcmp(a->topic, b->topic);

    return order != 0 ? order : (a->partition > b->partition) - (a->partition < b->partition);
}

/* "<above>/<topic>/<partition>"; NULL: it is of none of them. */
static struct weir_switch_gap *gap_at(const struct weir_switch_gaps *gaps, const char *path)
{
    struct weir_switch_gap *found = NULL;
    char *above = weir_cli_copy(path);
    char *number = strrchr(above, '/');

    if (number != NULL && gaps->count > 0) {
        *number = '\0';
        char *topic = strrchr(above, '/');
        const struct weir_switch_gap key = {.topic = topic == NULL ? above : topic + 1,
                                            .partition = weir_zoo_partition(number + 1)};
        found = bsearch(&key, gaps->all, gaps->count, sizeof key, by_place);
    }
    free(above);
    return found != NULL && strcmp(found->path, path) == 0 ? found : NULL;
}

static void hear_changed(struct weir_switch_gap *gap, weir_time now)
{
    if (gap != NULL) {
        gap->changed_at = gap->changed_at == 0 ? now : gap->changed_at;
        gap->due = true;
    }
}

/* What happens meanwhile is heard of late, or never. */
static void hear_state(const struct weir_switch_gaps *gaps, enum weir_zoo_state state)
{
    for (size_t i = 0; i < gaps->count; i++) {
        gaps->all[i].blind = true;
        gaps->all[i].due = gaps->all[i].due || state == WEIR_ZOO_CONNECTED;
    }
}

static void measure(struct weir_switch_gap *gap, weir_time from, weir_time to)
{
    if (from != 0 && !gap->blind) {
        gap->gap_ns = to - from > gap->gap_ns ? to - from : gap->gap_ns;
    }
}

/* There is an owner: the same, the next one, or the one after the next. */
static void hear_owner(struct weir_switch_gap *gap, const struct weir_zoo_facts *facts,
                       weir_time now)
{
    bool another = gap->known && gap->created != facts->created;

    if (another && gap->session == 0) {
        measure(gap, gap->free_at, gap->changed_at == 0 ? now : gap->changed_at);
    } else if (another) {
        measure(gap, gap->changed_at, now);
    }
    gap->moves += another ? 1 : 0;
    gap->session = facts->owner;
    gap->created = facts->created;
    gap->free_at = 0;
}

static void hear_nobody(struct weir_switch_gap *gap)
{
    if (gap->session != 0 || gap->blind) {
        gap->free_at = gap->blind ? 0 : gap->changed_at;
    }
    gap->session = 0;
}

static void hear_answer(struct weir_switch_gap *gap, const struct weir_zoo_event *event,
                        weir_time now)
{
    bool understood = event->result == WEIR_ZOO_OK || event->result == WEIR_ZOO_ABSENT;

    gap->asked = false;
    if (event->result == WEIR_ZOO_OK) {
        hear_owner(gap, &event->facts, now);
    } else if (event->result == WEIR_ZOO_ABSENT) {
        hear_nobody(gap);
    } else {
        gap->due = gap->due || event->result == WEIR_ZOO_UNKNOWN;
    }
    if (understood) {
        gap->known = true;
        gap->blind = false;
        gap->changed_at = 0;
    }
}

static void hear(const struct weir_zoo_event *event, weir_time now, void *user)
{
    const struct weir_switch_gaps *gaps = user;

    if (event->kind == WEIR_ZOO_STATE) {
        hear_state(gaps, event->state);
    } else if (event->kind == WEIR_ZOO_CHANGED) {
        hear_changed(gap_at(gaps, event->path), now);
    } else {
        size_t index = (uint32_t)event->tag;
        assert(index < gaps->count);
        hear_answer(&gaps->all[index], event, now);
    }
}

/* Asking: the watch that an answer leaves tells of the next change. */

static void ask(struct weir_zoo *zoo, void *user)
{
    const struct weir_switch_gaps *gaps = user;
    bool room = true;

    for (size_t i = 0; i < gaps->count && room; i++) {
        struct weir_switch_gap *gap = &gaps->all[i];
        if (!gap->due || gap->asked) {
            continue;
        }
        const struct weir_zoo_request request = {
            .kind = WEIR_ZOO_EXISTS, .path = gap->path, .watch = true, .tag = gaps->tag + i};
        room = zoo->ops->submit(zoo, &request) == WEIR_OK;
        gap->asked = room;
        gap->due = !room;
    }
}

/* Which partitions. */

static void add(struct weir_switch_gaps *gaps, const char *group, const char *topic,
                int32_t partition)
{
    struct weir_znode node;

    for (size_t i = 0; i < gaps->count; i++) {
        const struct weir_switch_gap *gap = &gaps->all[i];
        if (gap->partition == partition && strcmp(gap->topic, topic) == 0) {
            return;
        }
    }
    weir_znode_owner(&node, group, topic, partition);
    gaps->all = weir_cli_grow(gaps->all, gaps->count + 1, sizeof gaps->all[0]);
    gaps->all[gaps->count++] =
        (struct weir_switch_gap){.topic = weir_cli_copy(topic),
                                 .partition = partition,
                                 .path = weir_zoo_talk_path(gaps->talk, node.path),
                                 .due = true,
                                 .gap_ns = -1};
}

static void add_all(struct weir_switch_gaps *gaps, const char *group,
                    const struct weir_zoo_look *look)
{
    const struct weir_allotment *allotment = &look->allotment;

    for (size_t i = 0; i < look->owner_count; i++) {
        add(gaps, group, look->owners[i].topic, look->owners[i].partition);
    }
    for (size_t t = 0; look->divided && t < allotment->topic_count; t++) {
        for (uint32_t p = 0; p < allotment->topics[t].partitions; p++) {
            add(gaps, group, allotment->topics[t].name, (int32_t)p);
        }
    }
    if (gaps->count > 0) {
        qsort(gaps->all, gaps->count, sizeof gaps->all[0], by_place);
    }
}

/* Waiting. */

static bool is_quiet(const struct weir_switch_gaps *gaps)
{
    for (size_t i = 0; i < gaps->count; i++) {
        if (gaps->all[i].due || gaps->all[i].asked) {
            return false;
        }
    }
    return true;
}

void weir_switch_gaps_settle(const struct weir_switch_gaps *gaps, int64_t patience_ms)
{
    if (gaps->talk == NULL) {
        return;
    }
    weir_time until = weir_time_after_ms(weir_zoo_talk_now(gaps->talk), patience_ms);
    while (!is_quiet(gaps) && weir_zoo_talk_now(gaps->talk) < until) {
        weir_zoo_talk_pause(gaps->talk, PAUSE_MS);
    }
}

void weir_switch_gaps_begin(struct weir_switch_gaps *gaps, struct weir_zoo_talk *talk,
                            const char *group, const struct weir_zoo_look *look,
                            int64_t patience_ms)
{
    assert(gaps->talk == NULL);
    gaps->talk = talk;
    add_all(gaps, group, look);
    gaps->listener = (struct weir_zoo_listener){.hear = hear, .ask = ask, .user = gaps};
    gaps->tag = weir_zoo_talk_listen(talk, &gaps->listener);
    weir_switch_gaps_settle(gaps, patience_ms);
}

void weir_switch_gaps_fini(struct weir_switch_gaps *gaps)
{
    if (gaps->talk != NULL) {
        (void)weir_zoo_talk_listen(gaps->talk, NULL);
    }
    for (size_t i = 0; i < gaps->count; i++) {
        free(gaps->all[i].topic);
        free(gaps->all[i].path);
    }
    free(gaps->all);
    *gaps = (struct weir_switch_gaps){.all = NULL};
}

/* Telling. */

static bool is_of(const struct weir_zoo_look *look, int64_t session, const char *color)
{
    for (size_t i = 0; i < look->roster.count; i++) {
        const char *own = look->roster.members[i]->registration.color;
        if (look->sessions[i] == session && own != NULL && strcmp(own, color) == 0) {
            return true;
        }
    }
    return false;
}

size_t weir_switch_gaps_owned(const struct weir_switch_gaps *gaps, const struct weir_zoo_look *look,
                              const char *color)
{
    size_t count = 0;

    for (size_t i = 0; i < gaps->count; i++) {
        int64_t session = gaps->all[i].session;
        count += session != 0 && is_of(look, session, color) ? 1 : 0;
    }
    return count;
}

static int by_gap(const void *one, const void *other)
{
    const struct weir_switch_gap *const *a = one;
    const struct weir_switch_gap *const *b = other;

    return ((*a)->gap_ns < (*b)->gap_ns) - ((*a)->gap_ns > (*b)->gap_ns);
}

const struct weir_switch_gap **weir_switch_gaps_slowest(const struct weir_switch_gaps *gaps,
                                                        size_t *count)
{
    const struct weir_switch_gap **found =
        weir_cli_alloc(gaps->count + 1, sizeof(struct weir_switch_gap *));

    *count = 0;
    for (size_t i = 0; i < gaps->count; i++) {
        if (gaps->all[i].gap_ns >= 0) {
            found[(*count)++] = &gaps->all[i];
        }
    }
    qsort((void *)found, *count, sizeof(struct weir_switch_gap *), by_gap);
    return found;
}

/* The least that so many of a hundred do not exceed; the longest comes first. */
static int64_t quantile(const struct weir_switch_gap *const *slowest, size_t count, size_t percent)
{
    size_t rank = (count * percent + PERCENT - 1) / PERCENT;

    return slowest[count - rank]->gap_ns;
}

struct weir_switch_gaps_sum weir_switch_gaps_sum(const struct weir_switch_gaps *gaps)
{
    struct weir_switch_gaps_sum sum = {.measured = 0};
    const struct weir_switch_gap **slowest = weir_switch_gaps_slowest(gaps, &sum.measured);

    if (sum.measured > 0) {
        sum.median_ns = quantile(slowest, sum.measured, MEDIAN);
        sum.p99_ns = quantile(slowest, sum.measured, P99);
        sum.max_ns = slowest[0]->gap_ns;
    }
    free((void *)slowest);
    return sum;
}
