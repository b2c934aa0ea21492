/* A schedule can be had again by its seed, and asks for nothing that cannot be done. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/runner.h"
#include "test/support/schedule.h"

enum { SEEDS = 300, MINUTE_MS = 60000, MEMBERS = 4, SESSION_MS = 3000 };

static struct schedule *create(uint64_t seed, uint32_t brokers)
{
    return schedule_create(&(struct schedule_options){
        .seed = seed, .duration_ms = MINUTE_MS, .members = MEMBERS, .brokers = brokers});
}

/* The caller frees it. */
static char *describe(const struct schedule *schedule)
{
    struct text text = {.bytes = NULL};

    for (size_t i = 0; i < schedule_steps(schedule); i++) {
        struct schedule_step step = schedule_step(schedule, i);
        schedule_tell(&step, &text);
        text_add(&text, "\n");
    }
    return text.bytes;
}

START_TEST(the_same_seed_is_the_same_schedule)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct schedule *once = create(seed, 3);
        struct schedule *again = create(seed, 3);
        struct schedule *other = create(seed + 1, 3);
        char *first = describe(once);
        char *second = describe(again);
        char *third = describe(other);
        ck_assert_str_eq(first, second);
        ck_assert_str_ne(first, third);
        free(first);
        free(second);
        free(third);
        schedule_destroy(once);
        schedule_destroy(again);
        schedule_destroy(other);
    }
}
END_TEST

/* What a seed means must not change unnoticed: somebody may have written it down. */
START_TEST(a_seed_means_what_it_meant)
{
    struct schedule *schedule = schedule_create(
        &(struct schedule_options){.seed = 1, .duration_ms = 8000, .members = 4, .brokers = 3});
    char *text = describe(schedule);

    ck_assert_str_eq(text, "   0.965 s  guest 0: join for 5284 ms\n"
                           "   1.227 s  way to broker 1: cut\n"
                           "   2.248 s  way to broker 1: cut\n"
                           "   2.533 s  way to broker 2: half-close\n"
                           "   3.089 s  way to broker 3: half-close\n"
                           "   4.036 s  topic: grow\n"
                           "   4.525 s  way to broker 3: half-close\n"
                           "   6.249 s  guest 0: join is over\n"
                           "   7.229 s  way to broker 1: cut\n");
    free(text);
    schedule_destroy(schedule);
}
END_TEST

START_TEST(every_kind_comes)
{
    uint32_t counts[SCHEDULE_FAULTS] = {0};

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct schedule *schedule = create(seed, 1);
        ck_assert_uint_ge(schedule_count(schedule), MINUTE_MS / 5000);
        for (size_t i = 0; i < schedule_count(schedule); i++) {
            counts[schedule_fault(schedule, i)->kind]++;
        }
        schedule_destroy(schedule);
    }
    for (int kind = 0; kind < (int)SCHEDULE_FAULTS; kind++) {
        ck_assert_uint_ge(counts[kind], SEEDS / 4);
    }
}
END_TEST

/* A fault and what it hits, as a number: brokers and the ways to them are one. */
static uint32_t place_of(const struct schedule_fault *fault)
{
    switch (schedule_hit(fault->kind)) {
    case HIT_MEMBER:
        return fault->target;
    case HIT_GUEST:
        return MEMBERS + fault->target;
    case HIT_BROKER:
    case HIT_EDGE:
    case HIT_ALL_BROKERS:
    case HIT_TOPIC:
        break;
    }
    return MEMBERS + SCHEDULE_GUESTS;
}

static void judge_fault(const struct schedule_fault *fault, uint32_t brokers)
{
    enum schedule_hit hit = schedule_hit(fault->kind);

    ck_assert_uint_le(fault->at_ms + fault->for_ms, MINUTE_MS);
    if (hit == HIT_MEMBER) {
        ck_assert_uint_lt(fault->target, MEMBERS);
    } else if (hit == HIT_GUEST) {
        ck_assert_uint_lt(fault->target, SCHEDULE_GUESTS);
    } else if (hit == HIT_BROKER || hit == HIT_EDGE) {
        ck_assert_uint_ge(fault->target, 1);
        ck_assert_uint_le(fault->target, brokers);
    }
    if (fault->kind == FAULT_PAUSE) {
        ck_assert_uint_lt(fault->for_ms, SESSION_MS);
    } else if (fault->kind == FAULT_ZOMBIE) {
        ck_assert_uint_gt(fault->for_ms, SESSION_MS);
    }
}

/* Steps in order, each fault over once, and nothing hit that is hit already. */
static void judge_steps(const struct schedule *schedule)
{
    const struct schedule_fault *busy[MEMBERS + SCHEDULE_GUESTS + 1] = {NULL};
    uint32_t now_ms = 0;

    for (size_t i = 0; i < schedule_steps(schedule); i++) {
        struct schedule_step step = schedule_step(schedule, i);
        const struct schedule_fault **place = &busy[place_of(step.fault)];
        ck_assert_uint_ge(step.at_ms, now_ms);
        now_ms = step.at_ms;
        if (step.end) {
            ck_assert_ptr_eq(*place, step.fault);
            *place = NULL;
        } else {
            ck_assert_ptr_null(*place);
            *place = step.fault->for_ms > 0 ? step.fault : NULL;
        }
    }
    for (size_t i = 0; i < sizeof busy / sizeof busy[0]; i++) {
        ck_assert_ptr_null(busy[i]);
    }
}

START_TEST(everything_heals_and_nothing_is_hit_twice_at_a_time)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        uint32_t brokers = seed % 2 == 0 ? 1 : 3;
        struct schedule *schedule = create(seed, brokers);
        uint32_t grown = 0;
        for (size_t i = 0; i < schedule_count(schedule); i++) {
            judge_fault(schedule_fault(schedule, i), brokers);
            grown += schedule_fault(schedule, i)->kind == FAULT_GROW;
        }
        ck_assert_uint_le(grown, SCHEDULE_GROWTH_MAX);
        judge_steps(schedule);
        schedule_destroy(schedule);
    }
}
END_TEST

START_TEST(brokers_may_be_left_alone)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct schedule *schedule =
            schedule_create(&(struct schedule_options){.seed = seed,
                                                       .duration_ms = MINUTE_MS,
                                                       .members = MEMBERS,
                                                       .brokers = 3,
                                                       .members_only = true});
        ck_assert_uint_ge(schedule_count(schedule), MINUTE_MS / 10000);
        for (size_t i = 0; i < schedule_count(schedule); i++) {
            enum schedule_hit hit = schedule_hit(schedule_fault(schedule, i)->kind);
            ck_assert(hit == HIT_MEMBER || hit == HIT_GUEST || hit == HIT_TOPIC);
        }
        schedule_destroy(schedule);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("schedule");

    tcase_add_test(tcase, the_same_seed_is_the_same_schedule);
    tcase_add_test(tcase, a_seed_means_what_it_meant);
    tcase_add_test(tcase, every_kind_comes);
    tcase_add_test(tcase, brokers_may_be_left_alone);
    tcase_add_test(tcase, everything_heals_and_nothing_is_hit_twice_at_a_time);
    return runner_run("support_schedule", tcase);
}
