#include "test/support/troupe_test.h"

#include <check.h>
#include <inttypes.h>

enum { SETTLE_MS = 60000, FLAGGED_MIN = 3, COLOR = 3 /* members of one */ };

void troupe_start_many(unsigned first, unsigned count)
{
    for (unsigned i = first; i < first + count; i++) {
        troupe_start(i);
    }
}

int64_t troupe_settle(void)
{
    int64_t ms = troupe_await_settled(SETTLE_MS);

    ck_assert_str_eq(troupe.broken, "");
    return ms;
}

void troupe_switch_to(const char *color, enum weir_switch_mode mode)
{
    ck_assert(troupe_switch(color, mode, WEIR_SWITCH_GO_BACK));
    (void)troupe_await_switched(SETTLE_MS);
    (void)troupe_settle();
}

void troupe_raise_both(void)
{
    enum { STAND_BY_MS = 2000 };

    troupe_start_many(0, COLOR);
    troupe_switch_to("blue", WEIR_SWITCH_EACH);
    troupe_start_many(COLOR, COLOR);
    troupe_run_ms(STAND_BY_MS);
}

void troupe_await_step(enum weir_switch_step step)
{
    struct weir_switch record;
    int64_t patience_ms = SETTLE_MS;

    do {
        troupe_run_ms(1);
        troupe_record(&record);
    } while (record.step != step && --patience_ms > 0);
    ck_assert_str_eq(weir_switch_step_name(record.step), weir_switch_step_name(step));
}

uint32_t troupe_of_color(unsigned first)
{
    uint32_t sum = 0;

    for (unsigned i = first; i < first + COLOR; i++) {
        sum += troupe_active(i);
    }
    return sum;
}

struct weir_claims_tally troupe_tally(unsigned first)
{
    struct weir_claims_tally sum = {0};

    for (unsigned i = first; i < first + COLOR; i++) {
        const struct weir_claims_tally *one = &troupe.actors[i].member.tally;
        sum.handed_over += one->handed_over;
        sum.taken_over += one->taken_over;
        sum.refused_by_owner += one->refused_by_owner;
        sum.refused_by_record += one->refused_by_record;
        sum.usurped += one->usurped;
    }
    return sum;
}

void troupe_finish(void)
{
    troupe_close();
    ck_assert_str_eq(troupe.broken, "");
}

void troupe_expect_sound(struct seeds seeds, bool colored)
{
    for (uint64_t seed = seeds.first; seed < seeds.end; seed++) {
        seeds_begin(seed);
        const char *broken = troupe_walk(seed, TROUPE_SOUND, colored);
        ck_assert_msg(broken[0] == '\0', "seed %" PRIu64 ": %s", seed, broken);
    }
}

void troupe_expect_flagged(enum troupe_sabotage sabotage, uint64_t lives, bool colored)
{
    uint32_t flagged = 0;

    for (uint64_t seed = 1; seed <= lives && flagged < FLAGGED_MIN; seed++) {
        flagged += troupe_walk(seed, sabotage, colored)[0] != '\0' ? 1 : 0;
    }
    ck_assert_uint_ge(flagged, FLAGGED_MIN);
}
