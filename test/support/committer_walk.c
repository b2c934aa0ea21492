#include "test/support/committer_walk.h"

#include <check.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <weir/export.h>

enum { STEPS = 250, HEALING_REQUESTS = 4 };

static void breaks(struct committer_walk *walk, const char *format, ...) WEIR_PRINTF(2, 3);

static void breaks(struct committer_walk *walk, const char *format, ...)
{
    va_list arguments;

    if (walk->broken[0] == '\0') {
        va_start(arguments, format);
        (void)vsnprintf(walk->broken, sizeof walk->broken, format, arguments);
        va_end(arguments);
    }
}

static uint64_t dice(struct committer_walk *walk, uint64_t sides)
{
    return weir_random_below(&walk->random, sides);
}

static bool is_dirty(const struct commit_facts *facts)
{
    return facts->member && facts->watermark != facts->acked;
}

static uint32_t dirty_count(const struct committer_walk *walk)
{
    uint32_t count = 0;

    for (int i = 0; i < COMMITTER_MEMBERS; i++) {
        count += is_dirty(&walk->facts[i]) ? 1 : 0;
    }
    return count;
}

static bool any_member(const struct committer_walk *walk)
{
    bool any = false;

    for (int i = 0; i < COMMITTER_MEMBERS; i++) {
        any = any || walk->facts[i].member;
    }
    return any;
}

/* What happens to it. */

static void join(struct committer_walk *walk, int index)
{
    struct commit_facts *facts = &walk->facts[index];
    int64_t position = facts->in_store >= 0 ? facts->in_store : (int64_t)dice(walk, 10);
    int64_t acked = facts->in_store;

    if (dice(walk, 5) == 0) { /* a policy chose otherwise */
        position = (int64_t)dice(walk, 100);
    }
    *facts = (struct commit_facts){.member = true,
                                   .stored = acked == position,
                                   .late = walk->out,
                                   .watermark = position,
                                   .acked = position,
                                   .in_store = facts->in_store};
    weir_committer_add(&walk->core, &walk->commits[index], position, acked, walk->now);
    if (dice(walk, 4) == 0) {
        weir_committer_keep(&walk->core, &walk->commits[index]);
        facts->acked = -1;
        facts->stored = false;
    }
}

static void leave(struct committer_walk *walk, int index)
{
    weir_committer_remove(&walk->core, &walk->commits[index]);
    walk->facts[index].member = false;
}

static void move(struct committer_walk *walk, int index)
{
    struct commit_facts *facts = &walk->facts[index];
    int64_t watermark = facts->watermark + (int64_t)dice(walk, 6) - 1;

    weir_committer_moved(&walk->core, &walk->commits[index], watermark);
    if (facts->member && watermark > facts->watermark) {
        facts->watermark = watermark;
    }
}

static void disturb(struct committer_walk *walk)
{
    int index = (int)dice(walk, COMMITTER_MEMBERS);
    uint64_t kind = dice(walk, 12);

    if (!walk->facts[index].member) {
        if (kind < 4) {
            join(walk, index);
        }
        move(walk, index); /* late progress when it is no member */
    } else if (kind == 0) {
        leave(walk, index);
    } else if (kind == 1) {
        weir_committer_hurry(&walk->core);
        walk->urgent = true;
    } else {
        move(walk, index);
    }
}

/* When. */

static weir_time expected_due(const struct committer_walk *walk)
{
    weir_time due = walk->refresh_at;

    if (walk->out || !any_member(walk)) {
        return WEIR_TIME_NEVER;
    }
    if (dirty_count(walk) > 0) {
        due = walk->urgent ? 0 : walk->sent_at + walk->interval_ms * WEIR_NS_PER_MS;
    }
    return due > walk->not_before ? due : walk->not_before;
}

static void check(struct committer_walk *walk)
{
    weir_time due = weir_committer_due(&walk->core);

    if (due != expected_due(walk)) {
        breaks(walk, "due: in %" PRId64 " ns, not %" PRId64, due - walk->now,
               expected_due(walk) - walk->now);
    }
    for (int i = 0; i < COMMITTER_MEMBERS; i++) {
        const struct commit_facts *facts = &walk->facts[i];
        const struct weir_commit *commit = &walk->commits[i];
        if (!facts->member) {
            continue;
        }
        if (commit->acked > commit->watermark) {
            breaks(walk, "acked: %" PRId64 " above %" PRId64, commit->acked, commit->watermark);
        }
        if (weir_commit_is_clean(commit) == is_dirty(facts)) {
            breaks(walk, "clean: %d at %" PRId64 ", %" PRId64 " acknowledged", i, facts->watermark,
                   facts->acked);
        }
    }
}

/* Requests. */

static void open_request(struct committer_walk *walk)
{
    bool refresh = walk->now >= walk->refresh_at;
    bool visited[COMMITTER_MEMBERS] = {false};

    weir_committer_open(&walk->core, walk->now);
    walk->out = true;
    walk->sent_at = walk->now;
    walk->requests++;
    walk->refreshes += refresh ? 1 : 0;
    walk->refresh_at =
        refresh ? weir_time_after_ms(walk->now, WEIR_COMMIT_REFRESH_MS) : walk->refresh_at;
    struct weir_commit *commit = weir_committer_next(&walk->core, NULL);
    for (; commit != NULL; commit = weir_committer_next(&walk->core, commit)) {
        size_t index = (size_t)(commit - walk->commits);
        if (visited[index] || commit->sent != walk->facts[index].watermark) {
            breaks(walk, "request: %zu twice, or not at its watermark", index);
        }
        visited[index] = true;
        walk->facts[index].sent = commit->sent;
    }
    for (int i = 0; i < COMMITTER_MEMBERS; i++) {
        struct commit_facts *facts = &walk->facts[i];
        bool wanted = is_dirty(facts) || (refresh && facts->member && facts->stored);
        if (visited[i] != wanted) {
            breaks(walk, "request: %d is %s", i, wanted ? "missing" : "not wanted");
        }
        facts->in_request = visited[i];
    }
}

/* The store has its own view: what it kept may not be what it says. True: it says that it kept it.
 */
static bool answer_one(struct committer_walk *walk, int index)
{
    struct commit_facts *facts = &walk->facts[index];
    bool kept = dice(walk, 100) >= walk->failure_percent;
    bool lost = dice(walk, 100) < walk->failure_percent / 4; /* the word on it */

    facts->in_store = kept ? facts->sent : facts->in_store;
    if (!lost) {
        weir_committer_settle(&walk->core, &walk->commits[index], kept, walk->now);
    }
    if (kept && !lost && facts->member) {
        facts->acked = facts->sent;
        facts->stored = true;
    }
    return kept && !lost;
}

static void note_close(struct committer_walk *walk, bool ok)
{
    int64_t delay = WEIR_COMMIT_BACKOFF_MS;

    walk->out = false;
    if (ok) {
        walk->failures = 0;
        walk->not_before = walk->now;
        walk->urgent = walk->urgent && dirty_count(walk) > 0;
        return;
    }
    for (uint32_t i = 0; i < walk->failures; i++) {
        delay = delay * 2 < WEIR_COMMIT_BACKOFF_MS_MAX ? delay * 2 : WEIR_COMMIT_BACKOFF_MS_MAX;
    }
    walk->failures++;
    walk->not_before = weir_time_after_ms(walk->now, delay);
}

static void answer_all(struct committer_walk *walk)
{
    int first = (int)dice(walk, COMMITTER_MEMBERS);
    bool silent = dice(walk, 100) < walk->failure_percent / 4; /* nothing comes at all */
    bool ok = true;

    for (int i = 0; i < COMMITTER_MEMBERS; i++) {
        int index = (first + i) % COMMITTER_MEMBERS;
        struct commit_facts *facts = &walk->facts[index];
        if (facts->in_request) {
            bool said = !silent && answer_one(walk, index);
            ok = ok && (said || !facts->member);
        } else if (facts->late) { /* the answer is about its last tenure */
            weir_committer_settle(&walk->core, &walk->commits[index], dice(walk, 2) == 0,
                                  walk->now);
        }
        facts->in_request = false;
        facts->late = false;
    }
    weir_committer_close(&walk->core, walk->now);
    note_close(walk, ok);
}

/* The walk. */

static void pass_time(struct committer_walk *walk)
{
    weir_time due = weir_committer_due(&walk->core);

    if (due != WEIR_TIME_NEVER && due > walk->now && dice(walk, 2) == 0) {
        walk->now = due;
    } else {
        walk->now += (weir_time)dice(walk, 300) * WEIR_NS_PER_MS;
    }
}

static void step(struct committer_walk *walk)
{
    uint64_t kind = dice(walk, 10);

    if (kind < 6) {
        disturb(walk);
    } else if (kind < 8) {
        pass_time(walk);
    } else if (walk->out) {
        answer_all(walk);
    } else if (weir_committer_due(&walk->core) <= walk->now) {
        open_request(walk);
    }
    check(walk);
}

/* The store is well again: soon everything is clean. */
static void heal(struct committer_walk *walk)
{
    walk->failure_percent = 0;
    for (int i = 0; i < HEALING_REQUESTS && (walk->out || dirty_count(walk) > 0); i++) {
        if (!walk->out) {
            weir_time due = weir_committer_due(&walk->core);
            walk->now = due > walk->now && due != WEIR_TIME_NEVER ? due : walk->now;
            open_request(walk);
        }
        answer_all(walk);
        check(walk);
    }
    if (dirty_count(walk) > 0) {
        breaks(walk, "progress: %u stay dirty", dirty_count(walk));
    }
    for (int i = 0; i < COMMITTER_MEMBERS; i++) {
        const struct commit_facts *facts = &walk->facts[i];
        if (facts->member && facts->stored && facts->in_store != facts->watermark) {
            breaks(walk, "store: %d is at %" PRId64 ", not %" PRId64, i, facts->in_store,
                   facts->watermark);
        }
    }
}

const char *committer_walk_run(struct committer_walk *walk, uint64_t seed)
{
    static const int64_t intervals[] = {0, 0, 50, 1000};
    static const uint32_t failures[] = {0, 10, 50, 100};
    void (*sabotage)(struct committer_walk *) = walk->sabotage;

    memset(walk, 0, sizeof *walk);
    walk->sabotage = sabotage;
    walk->random.state = seed;
    walk->now = WEIR_NS_PER_MS * (weir_time)(1 + dice(walk, 1000));
    walk->interval_ms = intervals[dice(walk, 4)];
    walk->failure_percent = failures[dice(walk, 4)];
    walk->sent_at = walk->now;
    walk->not_before = walk->now;
    walk->refresh_at = weir_time_after_ms(walk->now, WEIR_COMMIT_REFRESH_MS);
    weir_committer_init(&walk->core, walk->interval_ms, walk->now);
    for (int i = 0; i < COMMITTER_MEMBERS; i++) {
        walk->facts[i].in_store = i % 2 == 0 ? -1 : 7;
    }
    for (int i = 0; i < STEPS && walk->broken[0] == '\0'; i++) {
        if (walk->sabotage != NULL) {
            walk->sabotage(walk);
            check(walk);
        }
        if (walk->broken[0] == '\0') {
            step(walk);
        }
    }
    if (walk->broken[0] == '\0') {
        heal(walk);
    }
    return walk->broken;
}
