/* How does a test lead a switch between blue and green from step to step? */
#ifndef WEIR_TEST_SWITCH_BENCH_H
#define WEIR_TEST_SWITCH_BENCH_H

#include "framework/switch.h"
#include "test/support/runner.h"
#include <stdio.h>
#include <string.h>

enum { SEEN_MAX = 8, ID_SIZE = 32, PREPARE_MS = 10, DRAIN_MS = 20, TAKE_MS = 30, HEALTH_MS = 40 };

static struct weir_switch record;
static struct weir_switch_request request;
static struct weir_error error;
static char blocked[WEIR_SWITCH_WHY_SIZE];
static struct weir_vitals vitals[SEEN_MAX]; /* that the members tell, in order */
static const char *unread;                  /* a topic of blue's alone */

static inline void set_up(void)
{
    weir_switch_init(&record);
    request = (struct weir_switch_request){.id = "s1",
                                           .to = "green",
                                           .by = "anna@ops",
                                           .limits = {.prepare_ms = PREPARE_MS,
                                                      .drain_ms = DRAIN_MS,
                                                      .take_ms = TAKE_MS,
                                                      .health_ms = HEALTH_MS}};
    error = (struct weir_error){0};
    memset(vitals, 0, sizeof vitals);
    unread = NULL;
}

/* Each write raises the turn by one. */
static inline void adopt(const struct weir_switch *next)
{
    ck_assert_uint_eq(next->turn, record.turn + 1);
    ck_assert_uint_ge(next->epoch, record.epoch);
    record = *next;
}

static inline enum weir_status ask(void)
{
    struct weir_switch next;
    enum weir_status status = weir_switch_ask(&record, &request, 1000, &next, &error);

    if (status == WEIR_OK) {
        adopt(&next);
    }
    return status;
}

static inline enum weir_status undo(const char *why)
{
    struct weir_switch next;
    enum weir_status status = weir_switch_undo(&record, why, 2000, &next, &error);

    if (status == WEIR_OK) {
        adopt(&next);
    }
    return status;
}

/* "b:ke g:kr": one member of blue that knows the turn and is empty, one of green that knows it and
 * is ready; f: full; 0: it has heard of no record; o is another color, n none. They are blue-1,
 * green-2, ... Who is neither k nor 0 knows the turn before. */
static inline size_t see(const char *who, struct weir_switch_member *members,
                         char ids[SEEN_MAX][ID_SIZE])
{
    static const char *const colors[] = {
        ['b'] = "blue", ['g'] = "green", ['o'] = "orange", ['n'] = ""};
    size_t count = 0;

    while (*who != '\0') {
        const char *flags = who + 2;
        size_t size = strcspn(flags, " ");
        struct weir_switch_member *member = &members[count];
        (void)snprintf(ids[count], ID_SIZE, "%s-%zu", colors[(int)who[0]], count + 1);
        *member = (struct weir_switch_member){.id = ids[count],
                                              .color = colors[(int)who[0]],
                                              .turn = record.turn - 1,
                                              .ready = memchr(flags, 'r', size) != NULL,
                                              .empty = memchr(flags, 'e', size) != NULL,
                                              .full = memchr(flags, 'f', size) != NULL,
                                              .vitals = vitals[count]};
        if (memchr(flags, 'k', size) != NULL) {
            member->turn = record.turn;
        } else if (memchr(flags, '0', size) != NULL) {
            member->turn = 0;
        }
        who = flags + size + strspn(flags + size, " ");
        count++;
    }
    return count;
}

/* What it waits for is in `blocked` beforehand. */
static inline bool step_at(const char *who, int64_t in_step_ms)
{
    struct weir_switch_member members[SEEN_MAX];
    char ids[SEEN_MAX][ID_SIZE];
    struct weir_switch_sight sight = {
        .members = members, .in_step_ms = in_step_ms, .wall_ms = 3000, .unread = unread};
    struct weir_switch next;

    sight.member_count = see(who, members, ids);
    weir_switch_blocked(&record, &sight, blocked, sizeof blocked);
    if (!weir_switch_next(&record, &sight, &next)) {
        return false;
    }
    adopt(&next);
    return true;
}

static inline void expect(enum weir_switch_step step, const char *active, uint64_t epoch)
{
    ck_assert_str_eq(weir_switch_step_name(record.step), weir_switch_step_name(step));
    ck_assert_str_eq(record.active, active);
    ck_assert_uint_eq(record.epoch, epoch);
}

/* "g": green may own, and of blue, green and orange no other. */
static inline void expect_owners(const char *letters)
{
    ck_assert_int_eq(weir_switch_may_own(&record, "blue"), strchr(letters, 'b') != NULL);
    ck_assert_int_eq(weir_switch_may_own(&record, "green"), strchr(letters, 'g') != NULL);
    ck_assert(!weir_switch_may_own(&record, "orange"));
    ck_assert(!weir_switch_may_own(&record, ""));
}

/* It stays, whoever waits however long. */
static inline void expect_blocked(const char *who, int64_t in_step_ms, const char *sentence)
{
    enum weir_switch_step step = record.step;

    ck_assert_msg(!step_at(who, in_step_ms), "%s went on", weir_switch_step_name(step));
    ck_assert_str_eq(blocked, sentence);
}

static inline void expect_past(enum weir_switch_outcome outcome, const char *why)
{
    expect(WEIR_SWITCH_IDLE, record.active, record.past[0].epoch);
    ck_assert_str_eq(weir_switch_outcome_name(record.past[0].outcome),
                     weir_switch_outcome_name(outcome));
    ck_assert_str_eq(record.past[0].why, why);
    ck_assert_str_eq(record.past[0].id, "s1");
    ck_assert_str_eq(record.past[0].to, "green");
    ck_assert_str_eq(record.past[0].by, "anna@ops");
    ck_assert_int_eq(record.past[0].asked_ms, 1000);
    ck_assert_str_eq(record.request.id, "");
    ck_assert_str_eq(record.why, "");
    ck_assert_int_eq(weir_switch_limit_ms(&record), -1);
}

/* As if blue were active since the third write, and a switch to green were in this step. */
static inline void be_in(enum weir_switch_step step)
{
    (void)snprintf(record.active, sizeof record.active, "blue");
    record.turn = 3;
    record.epoch = 2;
    ck_assert_int_eq(ask(), WEIR_OK);
    while (record.step < step) {
        ck_assert(step_at("b:ke g:krf", record.step == WEIR_SWITCH_ACTIVE ? HEALTH_MS : 0));
    }
}

#endif /* WEIR_TEST_SWITCH_BENCH_H */
