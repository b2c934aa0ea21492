#include "test/support/switch_walk.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { EVENTS = 1000, ROUNDS_MAX = 40, ROUND_MS = 1000, LIMIT_MS_MAX = 4000, SPARE_WRITES = 20 };

const struct weir_switch *switch_walk_record(const struct switch_walk *walk)
{
    return &walk->records[walk->current];
}

const char *switch_walk_color(size_t member)
{
    return member % 2 == 0 ? "blue" : "green";
}

void switch_walk_break(struct switch_walk *walk, const char *format, ...)
{
    va_list arguments;

    if (walk->broken[0] == '\0') {
        va_start(arguments, format);
        (void)vsnprintf(walk->broken, sizeof walk->broken, format, arguments);
        va_end(arguments);
    }
}

uint32_t switch_walk_dice(struct switch_walk *walk, uint32_t sides)
{
    return (uint32_t)weir_random_below(&walk->random, sides);
}

/* Whether it is done decides the version; whoever wrote it learns nothing here. */
static void write_record(struct switch_walk *walk, size_t version, const struct weir_switch *next)
{
    if (version != walk->current) {
        walk->lost_writes++;
        if (walk->sabotage != SWITCH_WRITE_UNCHECKED) {
            return;
        }
    }
    if (walk->broken[0] != '\0' || walk->current + 1 == SWITCH_WRITES) {
        switch_walk_break(walk, "there were more writes than expected");
        return;
    }
    switch_walk_check_write(walk, next);
    if (next->step == WEIR_SWITCH_PREPARED) {
        walk->asked_epoch = next->epoch;
    }
    if (next->step == WEIR_SWITCH_IDLE) {
        walk->outcomes[next->past[0].outcome]++;
    }
    walk->entered[next->step]++;
    walk->current++;
    walk->records[walk->current] = *next;
}

/* Drivers. */

static void read_record(struct switch_walk *walk, struct switch_driver *driver)
{
    if (!driver->seen || driver->version != walk->current) {
        driver->seen = true;
        driver->version = walk->current;
        driver->since_ms = walk->now_ms;
    }
}

static void look_at(struct switch_walk *walk, struct switch_driver *driver, size_t look)
{
    if (look == 0) {
        for (size_t i = 0; i < SWITCH_MEMBERS; i++) {
            driver->listed[i] = walk->members[i].registered;
        }
        driver->member_count = 0;
    } else if (driver->listed[look - 1] && walk->members[look - 1].registered) {
        driver->members[driver->member_count] = walk->members[look - 1].said;
        driver->member_count++;
    }
}

static void take_step(struct switch_walk *walk, struct switch_driver *driver)
{
    static struct weir_switch next;
    const struct weir_switch *record = &walk->records[driver->version];
    struct weir_switch_sight sight = {.members = driver->members,
                                      .member_count = driver->member_count,
                                      .in_step_ms = walk->now_ms - driver->since_ms,
                                      .wall_ms = walk->now_ms};
    bool failing = switch_walk_sees_failing(record, &sight);

    for (size_t i = 0; i < driver->member_count; i++) {
        driver->members[i].empty =
            driver->members[i].empty ||
            (walk->sabotage == SWITCH_EMPTY_UNCHECKED && record->step == WEIR_SWITCH_DRAINING &&
             record->request.mode == WEIR_SWITCH_TOGETHER);
        driver->members[i].vitals.told =
            driver->members[i].vitals.told && walk->sabotage != SWITCH_HEALTH_IGNORED;
    }
    if (weir_switch_next(record, &sight, &next)) {
        switch_walk_check_health(walk, record, &sight, failing, &next);
        write_record(walk, driver->version, &next);
    }
}

/* The record, the list, each member; then it decides by what it saw. */
static void drive(struct switch_walk *walk, struct switch_driver *driver)
{
    int record_at = walk->sabotage == SWITCH_SIGHT_BEFORE ? SWITCH_LOOKS - 1 : 0;

    if (driver->phase == SWITCH_LOOKS) {
        take_step(walk, driver);
        driver->phase = 0;
        return;
    }
    if (driver->phase == record_at) {
        read_record(walk, driver);
    } else {
        look_at(walk, driver, (size_t)driver->phase - (record_at == 0 ? 1 : 0));
    }
    driver->phase++;
}

static void drive_event(struct switch_walk *walk, struct switch_driver *driver)
{
    if (switch_walk_dice(walk, 400) < walk->fault_percent) {
        *driver = (struct switch_driver){0};
        return;
    }
    uint32_t most = driver == &walk->drivers[0] ? 1 : SWITCH_LOOKS; /* that one is slow */
    for (uint32_t looks = 1 + switch_walk_dice(walk, most); looks > 0; looks--) {
        drive(walk, driver);
    }
}

/* Operators. */

static struct weir_switch_request random_request(struct switch_walk *walk)
{
    static const char *const colors[] = {"blue", "green", "blue",  "green",
                                         "blue", "green", "orange"};
    struct weir_switch_request request = {
        .by = "an operator",
        .mode = (enum weir_switch_mode)switch_walk_dice(walk, 2),
        .overdue = (enum weir_switch_overdue)switch_walk_dice(walk, 2),
        .unhealthy = (enum weir_switch_unhealthy)switch_walk_dice(walk, 2),
        .limits = {.prepare_ms = 1 + switch_walk_dice(walk, LIMIT_MS_MAX),
                   .drain_ms = 1 + switch_walk_dice(walk, LIMIT_MS_MAX),
                   .take_ms = 1 + switch_walk_dice(walk, LIMIT_MS_MAX),
                   .health_ms = (int64_t)switch_walk_dice(walk, 3) * 100}};

    walk->asked++;
    (void)snprintf(request.id, sizeof request.id, "switch-%u", walk->asked);
    (void)snprintf(request.to, sizeof request.to, "%s",
                   colors[switch_walk_dice(walk, sizeof colors / sizeof colors[0])]);
    return request;
}

static void decide(struct switch_walk *walk, struct switch_operator *operator)
{
    static struct weir_switch next;
    const struct weir_switch *record = &walk->records[operator->version];
    enum weir_status status = WEIR_ERR_STATE;

    if (record->step == WEIR_SWITCH_IDLE) {
        const struct weir_switch_request request = random_request(walk);
        status = weir_switch_ask(record, &request, walk->now_ms, &next, NULL);
    } else if (switch_walk_dice(walk, 30) == 0) {
        status = weir_switch_undo(record, "changed my mind", walk->now_ms, &next, NULL);
        walk->undone[record->step] += status == WEIR_OK ? 1 : 0;
    }
    if (status == WEIR_OK) {
        /* Whatever a driver does, an operator writes with the version. */
        if (operator->version == walk->current) {
            write_record(walk, operator->version, &next);
        } else {
            walk->lost_writes++;
        }
    }
}

static void operate(struct switch_walk *walk, struct switch_operator *operator)
{
    if (operator->seen && switch_walk_dice(walk, 100) >= walk->fault_percent) {
        decide(walk, operator);
        operator->seen = false;
    } else {
        operator->seen = true;
        operator->version = walk->current;
    }
}

/* The life. */

static void prepare(struct switch_walk *walk, uint64_t seed, enum switch_sabotage sabotage)
{
    static const uint32_t faults[] = {0, 2, 6, 20};
    size_t unused = offsetof(struct switch_walk, owners);

    /* Records that are not there yet need no care. */
    memset((char *)walk + unused, 0, sizeof *walk - unused);
    walk->random = (struct weir_random){.state = seed};
    walk->sabotage = sabotage;
    walk->now_ms = 0;
    walk->current = 0;
    weir_switch_init(&walk->records[0]);
    if (switch_walk_dice(walk, 4) > 0) { /* or there was never a color */
        (void)snprintf(walk->records[0].active, WEIR_SWITCH_COLOR_SIZE, "blue");
    }
    walk->fault_percent = faults[switch_walk_dice(walk, 4)];
    walk->crowd = 2 + switch_walk_dice(walk, SWITCH_MEMBERS - 1);
    for (size_t i = 0; i < SWITCH_MEMBERS; i++) {
        walk->members[i].claim = -1;
        if (i < walk->crowd && switch_walk_dice(walk, 3) > 0) {
            switch_walk_join(walk, i);
        }
    }
    for (size_t i = 0; i < SWITCH_PARTITIONS; i++) {
        walk->owners[i] = -1;
    }
}

static void happen(struct switch_walk *walk)
{
    uint32_t who = switch_walk_dice(walk, 100);

    walk->now_ms += switch_walk_dice(walk, 10);
    walk->rotation += switch_walk_dice(walk, 200) == 0 ? 1 : 0;
    if (who < 75) {
        size_t member = switch_walk_dice(walk, walk->crowd);
        for (uint32_t deeds = 1 + switch_walk_dice(walk, 6); deeds > 0; deeds--) {
            switch_walk_act(walk, member, switch_walk_dice(walk, SWITCH_DEEDS));
            switch_walk_check_owners(walk);
        }
    } else if (who < 97) {
        drive_event(walk, &walk->drivers[switch_walk_dice(walk, SWITCH_DRIVERS)]);
    } else {
        operate(walk, &walk->operators[switch_walk_dice(walk, SWITCH_OPERATORS)]);
    }
    switch_walk_check_owners(walk);
}

/* Who stands still goes on or is expired, and each color has a member. */
static void calm_down(struct switch_walk *walk)
{
    walk->fault_percent = 0;
    for (size_t i = 0; i < SWITCH_MEMBERS; i++) {
        if (walk->members[i].dead) {
            switch_walk_expire(walk, i);
        }
        walk->members[i].running = walk->members[i].registered;
    }
    switch_walk_join(walk, 0);
    switch_walk_join(walk, 1);
}

static void live_calmly(struct switch_walk *walk)
{
    walk->now_ms += ROUND_MS;
    for (size_t i = 0; i < SWITCH_MEMBERS; i++) {
        switch_walk_act_fully(walk, i);
        switch_walk_check_owners(walk);
    }
    for (size_t i = 0; i < SWITCH_DRIVERS; i++) {
        for (int look = 0; look <= SWITCH_LOOKS; look++) {
            drive(walk, &walk->drivers[i]);
        }
        switch_walk_check_owners(walk);
    }
}

/* The active color works on everything. */
static void check_end(struct switch_walk *walk)
{
    const struct weir_switch *record = switch_walk_record(walk);

    if (record->step != WEIR_SWITCH_IDLE) {
        switch_walk_break(walk, "the switch is %s for ever", weir_switch_step_name(record->step));
    }
    for (size_t i = 0; i < SWITCH_PARTITIONS; i++) {
        if ((walk->owners[i] < 0) != (record->active[0] == '\0')) {
            switch_walk_break(walk, "partition %zu has owner %d, active is %s", i, walk->owners[i],
                              record->active);
        }
    }
}

const char *switch_walk_run(struct switch_walk *walk, uint64_t seed, enum switch_sabotage sabotage)
{
    prepare(walk, seed, sabotage);
    for (int i = 0;
         i < EVENTS && walk->broken[0] == '\0' && walk->current + SPARE_WRITES < SWITCH_WRITES;
         i++) {
        happen(walk);
    }
    calm_down(walk);
    while (walk->broken[0] == '\0' && walk->calm_rounds < ROUNDS_MAX &&
           switch_walk_record(walk)->step != WEIR_SWITCH_IDLE) {
        live_calmly(walk);
        walk->calm_rounds++;
    }
    for (int i = 0; i < 3 && walk->broken[0] == '\0'; i++) {
        live_calmly(walk);
    }
    check_end(walk);
    return walk->broken;
}
