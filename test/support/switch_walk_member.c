/* What the members of a walk do. */
#include "test/support/switch_walk.h"

#include <stdio.h>
#include <string.h>

enum { SLOWNESS = 5 };

static const char *const ids[SWITCH_MEMBERS] = {"blue-1", "green-1", "blue-2", "green-2",
                                                "blue-3", "green-3", "blue-4", "green-4"};

/* Partitions go round among the registered members of a color, as each knows at once, and are
 * shared out anew now and then. */
static bool is_share(const struct switch_walk *walk, size_t member, size_t partition)
{
    size_t count = 0;
    size_t rank = 0;

    for (size_t i = member % 2; i < SWITCH_MEMBERS; i += 2) {
        rank += walk->members[i].registered && i < member ? 1 : 0;
        count += walk->members[i].registered ? 1 : 0;
    }
    return count > 0 && (partition + walk->rotation) % count == rank;
}

static bool may_own(const struct switch_walk *walk, size_t member)
{
    const struct switch_actor *self = &walk->members[member];

    return self->knows &&
           weir_switch_may_own(&walk->records[self->version], switch_walk_color(member));
}

void switch_walk_join(struct switch_walk *walk, size_t member)
{
    if (!walk->members[member].registered) {
        walk->members[member] = (struct switch_actor){.registered = true, .running = true};
        walk->members[member].claim = -1;
        walk->members[member].said =
            (struct weir_switch_member){.id = ids[member], .color = switch_walk_color(member)};
    }
}

/* Whoever stands still for so long has given up by itself what it had. */
void switch_walk_expire(struct switch_walk *walk, size_t member)
{
    struct switch_actor *self = &walk->members[member];

    if (!self->registered || self->running) {
        return;
    }
    for (size_t i = 0; i < SWITCH_PARTITIONS; i++) {
        walk->owners[i] = walk->owners[i] == (int)member ? -1 : walk->owners[i];
    }
    *self = (struct switch_actor){.claim = -1};
    walk->expired[switch_walk_record(walk)->step]++;
}

static void stop(struct switch_walk *walk, size_t member, bool dead)
{
    struct switch_actor *self = &walk->members[member];

    if (switch_walk_dice(walk, 100) < walk->fault_percent) {
        self->running = false;
        self->dead = dead;
        if (dead) {
            memset(self->holds, 0, sizeof self->holds);
        }
    }
}

static void read_record(struct switch_walk *walk, struct switch_actor *self)
{
    self->knows = true;
    self->version = walk->current;
}

static void send_claim(struct switch_walk *walk, size_t member, size_t partition)
{
    struct switch_actor *self = &walk->members[member];

    if (self->claim < 0 && may_own(walk, member) && is_share(walk, member, partition) &&
        walk->owners[partition] < 0) {
        self->claim = (int)partition;
        self->claim_version = self->version;
    }
}

/* The transaction, wherever the member is by now. */
static void claim(struct switch_walk *walk, size_t member)
{
    struct switch_actor *self = &walk->members[member];
    bool checked = self->claim_version == walk->current || walk->sabotage == SWITCH_CLAIM_UNCHECKED;

    self->answered = true;
    self->granted = checked && walk->owners[self->claim] < 0;
    walk->refused_claims += checked ? 0 : 1;
    if (!self->granted) {
        return;
    }
    if (!weir_switch_may_own(switch_walk_record(walk), switch_walk_color(member))) {
        switch_walk_break(walk, "%s claims what its color may not own", ids[member]);
    }
    walk->owners[self->claim] = (int)member;
}

static void hear_answer(struct switch_actor *self)
{
    self->holds[self->claim] = self->holds[self->claim] || self->granted;
    self->claim = -1;
    self->answered = false;
}

/* What is on its way to or from a member arrives; answers are slow. */
static void arrive(struct switch_walk *walk, size_t member, uint32_t slowness)
{
    struct switch_actor *self = &walk->members[member];

    if (self->claim >= 0 && !self->answered) {
        claim(walk, member);
    } else if (self->claim >= 0 && self->running && switch_walk_dice(walk, slowness) == 0) {
        hear_answer(self);
    }
    self->said = self->telling ? self->says : self->said;
    self->telling = false;
}

static void hand_back(struct switch_walk *walk, size_t member, size_t partition)
{
    struct switch_actor *self = &walk->members[member];

    if (self->knows && self->holds[partition] &&
        (!may_own(walk, member) || !is_share(walk, member, partition))) {
        self->holds[partition] = false;
        walk->owners[partition] = -1;
    }
}

/* How it did as one of the old color, and does as one of the new one. */
static struct weir_vitals vitals_of(const struct weir_switch *record, const char *color)
{
    enum { RECORDS = 1000 };
    bool old = record->step == WEIR_SWITCH_DRAINING && strcmp(color, record->request.from) == 0;
    bool new = record->step == WEIR_SWITCH_ACTIVE &&strcmp(color, record->request.to) == 0;

    return (struct weir_vitals){.told = old || new,
                                .records = RECORDS,
                                .failed = new &&switch_walk_fails(record) ? RECORDS / 2 : 0};
}

static void say(struct switch_walk *walk, size_t member)
{
    struct switch_actor *self = &walk->members[member];
    bool empty = self->claim < 0 || walk->sabotage == SWITCH_EMPTY_ON_ITS_WAY;
    bool full = may_own(walk, member);

    if (!self->knows || self->telling) {
        return;
    }
    for (size_t i = 0; i < SWITCH_PARTITIONS; i++) {
        empty = empty && !self->holds[i];
        full = full && (self->holds[i] || !is_share(walk, member, i));
    }
    self->telling = true;
    self->says = self->said;
    self->says.turn = walk->records[self->version].turn;
    self->says.ready = switch_walk_dice(walk, 100) >= walk->fault_percent;
    self->says.empty = empty;
    self->says.full = full;
    self->says.vitals = vitals_of(&walk->records[self->version], switch_walk_color(member));
}

static void act_running(struct switch_walk *walk, size_t member, uint32_t deed)
{
    size_t partition = switch_walk_dice(walk, SWITCH_PARTITIONS);

    switch (deed) {
    case 0:
        stop(walk, member, true);
        break;
    case 1:
        stop(walk, member, false);
        break;
    case 2:
    case 3:
        read_record(walk, &walk->members[member]);
        break;
    case 4:
    case 5:
        send_claim(walk, member, partition);
        break;
    case 6:
    case 7:
        hand_back(walk, member, partition);
        break;
    default:
        say(walk, member);
    }
}

static void act_stopped(struct switch_walk *walk, size_t member, uint32_t deed)
{
    struct switch_actor *self = &walk->members[member];

    if (deed < 2) {
        switch_walk_expire(walk, member);
    } else if (deed < 5 && !self->dead) {
        self->running = true;
    }
}

void switch_walk_act(struct switch_walk *walk, size_t member, uint32_t deed)
{
    struct switch_actor *self = &walk->members[member];

    if (!self->registered) {
        if (deed == 0) {
            switch_walk_join(walk, member);
        }
    } else if (switch_walk_dice(walk, 3) == 0) {
        arrive(walk, member, SLOWNESS);
    } else if (self->running) {
        act_running(walk, member, deed);
    } else {
        act_stopped(walk, member, deed);
    }
}

void switch_walk_act_fully(struct switch_walk *walk, size_t member)
{
    struct switch_actor *self = &walk->members[member];

    if (!self->registered) {
        return;
    }
    arrive(walk, member, 1);
    arrive(walk, member, 1);
    read_record(walk, self);
    for (size_t i = 0; i < SWITCH_PARTITIONS; i++) {
        hand_back(walk, member, i);
        send_claim(walk, member, i);
        arrive(walk, member, 1);
        arrive(walk, member, 1);
    }
    say(walk, member);
    arrive(walk, member, 1);
}
