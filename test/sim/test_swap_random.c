#include "framework/base/random.h"
#include "framework/switch_pair.h"
#include "test/support/runner.h"
#include "test/support/seeds.h"
#include "test/support/swap_books.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Two records that many write at once: drivers with old copies of either, whose sight of the
 * members is whatever it likes to be, and operators who ask and undo. What must hold after each
 * write is that both halves of a swap begin together, and end in the same; and of one that handles
 * records again, that offsets are set back in both groups at once, and once. */

enum { USUAL_SEEDS = 4000, SHARES = 4, CORNER_SEEDS = 300, CONTROL_SEEDS = 400, FLAGGED_MIN = 3 };
enum { DRIVERS = 4, TURNS = 300, MEMBERS = 2, LIMIT_MS = 20 };

enum sabotage {
    SOUND,
    ALONE,     /* each half goes its way as if there were no other one */
    UNCHECKED, /* what is written to both does not look at the other one's version */
    IN_TWO,    /* what is written to both is two writes */
    STUBBORN,  /* nobody takes back that it could begin */
    HASTY,     /* offsets are set back in one group before the other one has drained */
    SABOTAGES
};

/* What somebody has seen, and when: each half at a time of its own. */
static struct driver {
    struct swap_node seen[2];
    int64_t since_ms[2];
} drivers[DRIVERS];

static struct {
    struct weir_random random;
    enum sabotage sabotage;
    int64_t now_ms;
    uint64_t swaps;
    bool doubted[2]; /* who looked at the half last found that it could not begin */
    uint32_t outcomes[WEIR_SWITCH_ROLLED_BACK + 1];
    uint32_t undone[WEIR_SWITCH_STEPS];
    uint32_t lost; /* writes */
    uint32_t withdrawn;
} walk;

static uint64_t below(uint64_t bound)
{
    return weir_random_below(&walk.random, bound);
}

static bool one_in(uint64_t bound)
{
    return below(bound) == 0;
}

/* Promises: those of swap_books.h, and: */

static void check_begin(int half, const struct weir_switch_both *both)
{
    bool begins = both->writes_peer && both->next.step == WEIR_SWITCH_DRAINING;

    for (int i = 0; begins && i < 2; i++) {
        if (walk.doubted[i]) {
            (void)snprintf(swap_books.broken, sizeof swap_books.broken,
                           "%s begins, and half %d of it is not ready",
                           swap_books.nodes[half].record.request.id, i);
        }
    }
}

/* Writing. */

static bool is_newest(const struct driver *driver, int half)
{
    return driver->seen[half].version == swap_books.nodes[half].version;
}

static void write_both(const struct driver *driver, int half, const struct weir_switch_both *both)
{
    bool checks = both->checks_peer && walk.sabotage != UNCHECKED;

    if (!is_newest(driver, half) || (checks && !is_newest(driver, 1 - half))) {
        walk.lost++;
        return;
    }
    check_begin(half, both);
    swap_books_put(half, &both->next);
    if (both->writes_peer && (walk.sabotage != IN_TWO || one_in(2))) {
        swap_books_put(1 - half, &both->peer_next);
    }
    swap_books_check();
}

/* Drivers. */

static bool maybe(bool calm)
{
    return calm || !one_in(4);
}

static struct weir_switch_sight look(struct weir_switch_member *members,
                                     const struct weir_switch *record, bool calm)
{
    static const char *const colors[] = {"blue", "green"};
    size_t count = 0;

    for (size_t i = 0; i < MEMBERS; i++) {
        if (maybe(calm)) {
            members[count++] =
                (struct weir_switch_member){.id = colors[i],
                                            .color = colors[i],
                                            .turn = record->turn - (maybe(calm) ? 0 : 1),
                                            .ready = maybe(calm),
                                            .empty = maybe(calm),
                                            .full = maybe(calm)};
        }
    }
    return (struct weir_switch_sight){.members = members, .member_count = count};
}

static bool next_of(const struct weir_switch_pair *pair, const struct weir_switch_sight *sight,
                    struct weir_switch_both *both)
{
    struct weir_switch alone = *pair->record;
    bool hasty = walk.sabotage == HASTY && alone.step == WEIR_SWITCH_COMMITTED;

    if (walk.sabotage != ALONE && !hasty) {
        return weir_switch_pair_next(pair, sight, both);
    }
    *both = (struct weir_switch_both){.checks_peer = false};
    alone.request.peer[0] = '\0';
    if (!weir_switch_next(&alone, sight, &both->next)) {
        return false;
    }
    memcpy(both->next.request.peer, pair->record->request.peer, sizeof alone.request.peer);
    return true;
}

/* What somebody finds missing who has the newest of both is to be of consequence. */
static void doubt(const struct driver *driver, int half, const struct weir_switch_sight *sight)
{
    const struct weir_switch *record = &driver->seen[half].record;
    bool ready = false;

    for (size_t i = 0; i < sight->member_count; i++) {
        const struct weir_switch_member *member = &sight->members[i];
        ready = strcmp(member->color, record->request.to) == 0 ? member->ready : ready;
    }
    bool counts = is_newest(driver, half) && (ready || is_newest(driver, 1 - half));
    if (counts && record->step == WEIR_SWITCH_PREPARED) {
        walk.doubted[half] = !ready;
    }
}

/* Takes back its word. */
static bool withdraws(const struct weir_switch *record, const struct weir_switch *next)
{
    return record->step == WEIR_SWITCH_PREPARED && record->agreed &&
           next->step == WEIR_SWITCH_PREPARED && !next->agreed;
}

/* Takes the time that it takes from what was seen. */
static void drive_by(const struct driver *driver, int half, struct weir_switch_sight *sight)
{
    const struct weir_switch_pair pair = {.record = &driver->seen[half].record,
                                          .peer = &driver->seen[1 - half].record};
    struct weir_switch_both both;

    sight->in_step_ms = walk.now_ms - driver->since_ms[half];
    doubt(driver, half, sight);
    if (!next_of(&pair, sight, &both)) {
        return;
    }
    bool back = withdraws(pair.record, &both.next);
    walk.withdrawn += back ? 1 : 0;
    if (!back || walk.sabotage != STUBBORN) {
        write_both(driver, half, &both);
    }
}

static void drive(const struct driver *driver, int half, bool calm)
{
    struct weir_switch_member members[MEMBERS];
    struct weir_switch_sight sight = look(members, &driver->seen[half].record, calm);

    sight.sets_back = driver == &drivers[0];
    drive_by(driver, half, &sight);
}

static void read_half(struct driver *driver, int half)
{
    const struct weir_switch *seen = &driver->seen[half].record;
    const struct weir_switch *fresh = &swap_books.nodes[half].record;

    if (seen->step != fresh->step || strcmp(seen->request.id, fresh->request.id) != 0) {
        driver->since_ms[half] = walk.now_ms;
    }
    driver->seen[half] = swap_books.nodes[half];
}

/* Operators. */

static void ask(void)
{
    static const char *const groups[] = {"orders", "next"};
    struct weir_switch next[2];
    bool again = one_in(3);
    enum weir_switch_drain drain = (enum weir_switch_drain)below(WEIR_SWITCH_TO_STOPS + 1);
    enum weir_switch_overdue overdue = one_in(4) ? WEIR_SWITCH_GO_ON : WEIR_SWITCH_GO_BACK;

    for (int i = 0; i < 2; i++) {
        const char *active = swap_books.nodes[i].record.active;
        struct weir_switch_request request = {
            .by = "anna",
            .mode = again ? WEIR_SWITCH_TOGETHER : WEIR_SWITCH_EACH,
            .drain = drain,
            .overdue = overdue,
            .replay = again,
            .limits = {LIMIT_MS, LIMIT_MS, LIMIT_MS, one_in(2) ? LIMIT_MS : 0}};
        (void)snprintf(request.id, sizeof request.id, "s%" PRIu64, walk.swaps);
        (void)snprintf(request.peer, sizeof request.peer, "%s", groups[1 - i]);
        (void)snprintf(request.to, sizeof request.to, "%s",
                       strcmp(active, "blue") == 0 ? "green" : "blue");
        if (weir_switch_ask(&swap_books.nodes[i].record, &request, 0, &next[i], NULL) != WEIR_OK) {
            return;
        }
    }
    swap_books.replays[walk.swaps] = again;
    walk.swaps++;
    swap_books_put(0, &next[0]);
    swap_books_put(1, &next[1]);
    swap_books_check();
}

static void undo(const struct driver *driver, int half)
{
    const struct weir_switch_pair pair = {.record = &driver->seen[half].record,
                                          .peer = &driver->seen[1 - half].record};
    struct weir_switch_both both;
    enum weir_switch_step step = pair.record->step;

    if (weir_switch_pair_undo(&pair, "rain", 0, &both, NULL) == WEIR_OK) {
        both.writes_peer = both.writes_peer && walk.sabotage != ALONE;
        both.checks_peer = both.checks_peer && walk.sabotage != ALONE;
        walk.undone[step] += is_newest(driver, half) ? 1 : 0;
        write_both(driver, half, &both);
    }
}

/* A life. */

static void turn(void)
{
    struct driver *driver = &drivers[below(DRIVERS)];
    int half = (int)below(2);

    walk.now_ms += (int64_t)below(6);
    switch (below(8)) {
    case 0:
    case 1:
    case 2:
        read_half(driver, half);
        break;
    case 3:
        if (one_in(3)) {
            undo(driver, half);
        }
        break;
    case 4:
        ask();
        break;
    default:
        drive(driver, half, one_in(2));
        break;
    }
}

/* Faults stop, and so must the swap. */
static void calm_down(void)
{
    struct driver *driver = &drivers[0];

    for (int i = 0; i < TURNS && swap_books.broken[0] == '\0'; i++) {
        walk.now_ms += LIMIT_MS;
        read_half(driver, 0);
        read_half(driver, 1);
        drive(driver, i % 2, true);
    }
    if (swap_books.broken[0] == '\0' && (swap_books.nodes[0].record.step != WEIR_SWITCH_IDLE ||
                                         swap_books.nodes[1].record.step != WEIR_SWITCH_IDLE)) {
        (void)snprintf(swap_books.broken, sizeof swap_books.broken, "it hangs: %s and %s",
                       weir_switch_step_name(swap_books.nodes[0].record.step),
                       weir_switch_step_name(swap_books.nodes[1].record.step));
    }
}

static void start(uint64_t seed, enum sabotage sabotage)
{
    memset(drivers, 0, sizeof drivers);
    memset(&walk, 0, sizeof walk);
    memset(&swap_books, 0, sizeof swap_books);
    walk.random.state = seed;
    walk.sabotage = sabotage;
}

static const char *run(uint64_t seed, enum sabotage sabotage)
{
    start(seed, sabotage);
    for (int i = 0; i < TURNS && swap_books.broken[0] == '\0'; i++) {
        turn();
    }
    calm_down();
    for (size_t i = 0; i < swap_books.nodes[0].record.past_count; i++) {
        walk.outcomes[swap_books.nodes[0].record.past[i].outcome]++;
    }
    return swap_books.broken;
}

START_TEST(both_halves_of_a_swap_end_in_the_same_on_every_schedule)
{
    struct seeds seeds = seeds_share(USUAL_SEEDS, _i, SHARES);

    for (uint64_t seed = seeds.first; seed < seeds.end; seed++) {
        seeds_begin(seed);
        const char *broken = run(seed, SOUND);
        ck_assert_msg(broken[0] == '\0', "seed %" PRIu64 ": %s", seed, broken);
    }
}
END_TEST

START_TEST(schedules_come_into_every_corner)
{
    uint32_t outcomes[WEIR_SWITCH_ROLLED_BACK + 1] = {0};
    uint32_t undone[WEIR_SWITCH_STEPS] = {0};
    uint32_t lost = 0;
    uint32_t withdrawn = 0;
    uint32_t set_backs = 0;

    for (uint64_t seed = 1; seed <= CORNER_SEEDS; seed++) {
        (void)run(seed, SOUND);
        for (size_t i = 0; i <= WEIR_SWITCH_ROLLED_BACK; i++) {
            outcomes[i] += walk.outcomes[i];
        }
        for (size_t i = 0; i < WEIR_SWITCH_STEPS; i++) {
            undone[i] += walk.undone[i];
        }
        lost += walk.lost;
        withdrawn += walk.withdrawn;
        set_backs += swap_books.set_backs;
    }
    for (size_t i = 0; i <= WEIR_SWITCH_ROLLED_BACK; i++) {
        ck_assert_msg(outcomes[i] > 50, "outcome %zu: %u", i, outcomes[i]);
    }
    for (size_t i = WEIR_SWITCH_PREPARED; i <= WEIR_SWITCH_ACTIVE; i++) {
        ck_assert_msg(undone[i] > 10, "step %zu: %u", i, undone[i]);
    }
    ck_assert_uint_gt(lost, 500);
    ck_assert_uint_gt(withdrawn, 50);
    ck_assert_uint_gt(set_backs, 200);
}
END_TEST

/* One half could begin whenever the other one could not. Whoever sees that all the time gives up
 * when the time to prepare is over. */
START_TEST(words_that_come_and_go_have_an_end)
{
    struct driver *driver = &drivers[0];
    struct weir_switch_member members[MEMBERS];

    start(1, SOUND);
    ask();
    for (; walk.now_ms < LIMIT_MS + 4; walk.now_ms++) {
        int half = (int)(walk.now_ms / 2 % 2);
        read_half(driver, 0);
        read_half(driver, 1);
        struct weir_switch_sight sight = look(members, &swap_books.nodes[half].record, true);
        sight.member_count = walk.now_ms % 2 == 0 ? MEMBERS : 0;
        drive_by(driver, half, &sight);
    }
    ck_assert_str_eq(swap_books.broken, "");
    ck_assert_uint_gt(walk.withdrawn, 2);
    ck_assert_int_eq(swap_books.nodes[0].record.step, WEIR_SWITCH_IDLE);
    ck_assert_int_eq(swap_books.nodes[0].record.past[0].outcome, WEIR_SWITCH_ABORTED);
}
END_TEST

/* Negative controls. */
START_TEST(halves_that_are_not_tied_are_flagged)
{
    uint32_t flagged = 0;

    for (uint64_t seed = 1; seed <= CONTROL_SEEDS && flagged < FLAGGED_MIN; seed++) {
        flagged += run(seed, (enum sabotage)_i)[0] != '\0' ? 1 : 0;
    }
    ck_assert_uint_ge(flagged, FLAGGED_MIN);
}
END_TEST

int main(void)
{
    TCase *schedules = tcase_create("schedules");
    TCase *broken = tcase_create("negative controls");

    tcase_add_loop_test(schedules, both_halves_of_a_swap_end_in_the_same_on_every_schedule, 0,
                        SHARES);
    tcase_add_test(schedules, words_that_come_and_go_have_an_end);
    tcase_add_test(schedules, schedules_come_into_every_corner);
    tcase_add_loop_test(broken, halves_that_are_not_tied_are_flagged, SOUND + 1, SABOTAGES);
    return runner_run_two("swap, random", schedules, broken);
}
