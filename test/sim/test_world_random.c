#include "framework/base/random.h"
#include "test/support/runner.h"
#include "test/support/seeds.h"
#include "test/support/story_world.h"
#include <inttypes.h>
#include <string.h>

/* The whole core of a member under random schedules: three partitions that come, go and are lost,
 * handlers that end in any order with any verdict, a store that refuses, is slow and loses. The
 * world checks by itself that nothing unfinished is below a stored offset and that nothing happens
 * to a partition that is not ours; here follows what must be true in the end. */

enum { SHARES = 8, USUAL_SEEDS = 20000, PARTITIONS = 3, STEPS = 150, SETTLING = 4000 };

struct walk {
    struct story *story;
    struct weir_random random;
    uint32_t failure_percent;
    bool clean_only; /* no losses, no deadlines, no sick store: then nothing may come twice */
    bool stopped;
    uint32_t rebalances;
};

static uint64_t dice(struct walk *walk, uint64_t sides)
{
    return weir_random_below(&walk->random, sides);
}

static struct story_options random_options(struct walk *walk)
{
    static const uint32_t windows[] = {1, 2, 5, 16, 100};
    struct story_options options = story_usual();

    options.quiet = true;
    options.partition.order = (enum weir_order)dice(walk, 3);
    options.partition.window = windows[dice(walk, 5)];
    options.partition.batch.records = 1 + (uint32_t)dice(walk, 5);
    options.partition.batch.linger_ns = (weir_time)dice(walk, 2) * 7 * WEIR_NS_PER_MS;
    options.partition.buffer_records = 1 + (uint32_t)dice(walk, 20);
    options.partition.policy = WEIR_FAILURE_SKIP;
    options.partition.attempts = 1 + (uint32_t)dice(walk, 4);
    options.partition.seed = weir_random_next(&walk->random);
    options.commit_interval_ms = dice(walk, 2) == 0 ? 0 : 40;
    options.drain_timeout_ms = walk->clean_only ? 1000000000 : (int64_t)dice(walk, 3) * 500;
    options.request_timeout_ms = 300;
    return options;
}

/* Steps. */

static struct story_partition *any_partition(struct walk *walk)
{
    return &walk->story->partitions[dice(walk, PARTITIONS)];
}

static void assign(struct walk *walk, int32_t number)
{
    struct story_partition *partition = &walk->story->partitions[number];

    if (partition->slot == NULL && !walk->stopped) {
        story_assign_stored(walk->story, "orders", number);
        walk->rebalances++;
    }
}

static void deliver(struct walk *walk)
{
    static const char *const keys[] = {"a", "ab", "aab", "abc"};

    walk->story->current = any_partition(walk);
    if (walk->story->current->logged + 8 > STORY_LOG) {
        return;
    }
    if (dice(walk, 6) == 0) {
        story_skip_offsets(walk->story, (int)dice(walk, 9));
    }
    if (dice(walk, 3) == 0) {
        story_deliver(walk->story, 1 + (int)dice(walk, 3));
    } else {
        story_deliver_keys(walk->story, keys[dice(walk, 4)]);
    }
    if (dice(walk, 10) == 0 && walk->story->current->slot != NULL) {
        story_end(walk->story);
    }
}

static bool handle(struct walk *walk)
{
    struct story_batch *batch = walk->story->batches;
    uint32_t first = 0;

    for (uint64_t skip = dice(walk, 4); skip > 0 && batch != NULL && batch->next != NULL; skip--) {
        batch = batch->next;
    }
    if (batch == NULL) {
        return false;
    }
    while (batch->said[first] != STORY_NOT_YET) {
        first++;
    }
    walk->story->current = batch->slot->partition;
    int64_t offset = batch->entries[first].offset;
    if (dice(walk, 100) >= walk->failure_percent) {
        story_finish(walk->story, offset);
    } else if (dice(walk, 5) == 0) {
        story_reject(walk->story, offset);
    } else {
        story_retry(walk->story, offset);
    }
    return true;
}

static void revoke(struct walk *walk)
{
    int32_t named[PARTITIONS + 1];
    uint32_t count = 0;

    for (int32_t number = 0; number < PARTITIONS; number++) {
        if (walk->story->partitions[number].slot != NULL && dice(walk, 2) == 0) {
            named[count++] = number;
        }
    }
    named[count] = -1;
    if (!walk->story->answer_due) {
        story_revoke(walk->story, "orders", named);
    }
}

static void harm(struct walk *walk)
{
    struct story_partition *partition = any_partition(walk);

    if (walk->clean_only) {
        story_store(walk->story, STORY_STORE_WELL, (int64_t)dice(walk, 30));
        return;
    }
    switch (dice(walk, 4)) {
    case 0:
        if (partition->slot != NULL) {
            walk->story->current = partition;
            story_lose(walk->story);
        }
        break;
    case 1:
        story_store_refuses_one(walk->story, dice(walk, 2) == 0 ? NULL : "orders",
                                (int32_t)dice(walk, PARTITIONS));
        break;
    default:
        story_store(walk->story, (enum story_store_mood)dice(walk, 4), (int64_t)dice(walk, 50));
        break;
    }
}

static void step(struct walk *walk)
{
    uint64_t kind = dice(walk, 20);

    if (kind < 5) {
        deliver(walk);
    } else if (kind < 14) {
        (void)handle(walk);
    } else if (kind < 16) {
        story_advance_ms(walk->story, (int64_t)dice(walk, 60));
    } else if (kind < 18) {
        assign(walk, (int32_t)dice(walk, PARTITIONS));
    } else if (kind < 19 && dice(walk, 2) == 0) {
        revoke(walk);
    } else if (dice(walk, 2) == 0) {
        harm(walk);
    }
}

/* The end: everything is well, everything there is gets handled and stored. */

static bool is_done(const struct story_partition *partition)
{
    const struct story_record *last =
        partition->logged > 0 ? &partition->log[partition->logged - 1] : NULL;

    return last == NULL || partition->stored > last->offset;
}

static void heal(struct walk *walk)
{
    bool done = false;

    walk->failure_percent = 0;
    story_store(walk->story, STORY_STORE_WELL, 0);
    story_store_refuses_one(walk->story, NULL, 0);
    for (int i = 0; i < SETTLING && !done; i++) {
        done = true;
        for (int32_t number = 0; number < PARTITIONS; number++) {
            assign(walk, number);
            done = done && is_done(&walk->story->partitions[number]);
        }
        if (!handle(walk)) {
            story_advance_ms(walk->story, 100);
        }
    }
}

static void check_end(struct walk *walk, uint64_t seed)
{
    for (int32_t number = 0; number < PARTITIONS; number++) {
        const struct story_partition *partition = &walk->story->partitions[number];
        ck_assert_msg(is_done(partition), "seed %" PRIu64 ": %s is stored up to %" PRId64, seed,
                      partition->name, partition->stored);
        ck_assert_int_eq(story_lowest_unfinished(walk->story, "orders", number),
                         partition->next_offset);
    }
    ck_assert_msg(!walk->clean_only || story_duplicates(walk->story) == 0,
                  "seed %" PRIu64 ": %u came twice without a reason", seed,
                  story_duplicates(walk->story));
}

/* A stop hands everything back and stores it, whatever was going on. */
static void stop(struct walk *walk, uint64_t seed)
{
    walk->stopped = true;
    story_stop(walk->story);
    for (int i = 0; i < SETTLING && (walk->story->batches != NULL || !walk->story->rebalance.left);
         i++) {
        if (!handle(walk)) {
            story_advance_ms(walk->story, 100);
        }
    }
    ck_assert_msg(walk->story->rebalance.left, "seed %" PRIu64 ": it does not leave", seed);
    for (int32_t number = 0; number < PARTITIONS; number++) {
        ck_assert_ptr_null(walk->story->partitions[number].slot);
    }
    ck_assert(!walk->story->answer_due);
}

static void begin(struct walk *walk, uint64_t seed, enum story_lie lie)
{
    *walk = (struct walk){.random = {seed}};
    walk->clean_only = lie == STORY_TRUTH && dice(walk, 3) == 0;
    walk->failure_percent = walk->clean_only ? 0 : (uint32_t)dice(walk, 3) * 15;
    struct story_options options = random_options(walk);
    walk->story = story_create(&options);
    walk->story->lie = lie;
    for (int32_t number = 0; number < PARTITIONS; number++) {
        story_assign(walk->story, "orders", number, 0);
    }
    for (int i = 0; i < STEPS && walk->story->broken[0] == '\0'; i++) {
        step(walk);
    }
}

static void run(uint64_t seed, struct walk *walk)
{
    begin(walk, seed, STORY_TRUTH);
    ck_assert_msg(walk->story->broken[0] == '\0', "seed %" PRIu64 ": %s", seed,
                  walk->story->broken);
    if (dice(walk, 3) == 0) {
        stop(walk, seed);
    } else {
        heal(walk);
        check_end(walk, seed);
    }
    ck_assert_msg(walk->story->broken[0] == '\0', "seed %" PRIu64 ": %s", seed,
                  walk->story->broken);
    story_destroy(walk->story);
}

START_TEST(a_member_keeps_its_promises_on_every_schedule)
{
    struct seeds seeds = seeds_share(USUAL_SEEDS, _i, SHARES);
    struct walk walk;
    uint64_t rebalances = 0;

    for (uint64_t seed = seeds.first; seed < seeds.end; seed++) {
        seeds_begin(seed);
        run(seed, &walk);
        rebalances += walk.rebalances;
    }
    ck_assert_uint_gt(rebalances, (seeds.end - seeds.first) / 2);
}
END_TEST

/* Negative controls: a member that does one thing wrong. */

static const struct {
    enum story_lie lie;
    const char *rule;
} controls[] = {
    {STORY_COMMITS_ON_DELIVERY, "I2"},
    {STORY_COMMITS_WHAT_IS_DONE_MOST, "I2"},
    {STORY_DOES_NOT_DRAIN, "I4"},
    {STORY_COMMITS_WHAT_IS_LOST, "I3"},
};
enum { CONTROLS = sizeof controls / sizeof controls[0], CONTROL_SEEDS = 200, FLAGGED_MIN = 30 };

START_TEST(a_member_that_does_wrong_is_flagged)
{
    struct walk walk;
    uint32_t flagged = 0;

    for (uint64_t seed = 1; seed <= CONTROL_SEEDS; seed++) {
        begin(&walk, seed, controls[_i].lie);
        flagged += strncmp(walk.story->broken, controls[_i].rule, 2) == 0 ? 1 : 0;
        story_destroy(walk.story);
    }
    ck_assert_uint_ge(flagged, FLAGGED_MIN);
}
END_TEST

int main(void)
{
    TCase *schedules = tcase_create("schedules");
    TCase *broken = tcase_create("negative controls");

    tcase_add_loop_test(schedules, a_member_keeps_its_promises_on_every_schedule, 0, SHARES);
    tcase_add_loop_test(broken, a_member_that_does_wrong_is_flagged, 0, CONTROLS);
    return runner_run_two("member, random", schedules, broken);
}
