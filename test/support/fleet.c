#include "test/support/fleet.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <weir/consumer.h>

#include "test/support/fail.h"
#include "test/support/text.h"

enum { NS_PER_MS = 1000000, STEPS = 160, NOBODY = -1, CALM_ONE_IN = 4, SESSION_MS = 60000 };

static int below(struct fleet *fleet, int bound)
{
    return (int)weir_random_below(&fleet->random, (uint64_t)bound);
}

static struct fleet_line *say(struct fleet *fleet, int member, const char *ev, int partition)
{
    assert(fleet->line_count < FLEET_LINES_MAX);
    struct fleet_line *line = &fleet->lines[fleet->line_count++];

    fleet->now_ns += (1 + below(fleet, 3)) * (int64_t)NS_PER_MS;
    *line = (struct fleet_line){.time_ns = fleet->now_ns,
                                .ev = ev,
                                .member = member,
                                .life = fleet->members[member].life,
                                .partition = partition,
                                .offset = -1};
    if (partition >= 0) {
        line->former = fleet->members[member].holds[partition].former;
    }
    return line;
}

static struct fleet_hold *hold_of(struct fleet *fleet, int member, int partition)
{
    return &fleet->members[member].holds[partition];
}

static void say_state(struct fleet *fleet, int member, enum weir_state state)
{
    say(fleet, member, "state", -1)->count = (int)state;
}

static void say_mark(struct fleet *fleet, int member, const char *ev, int partition, int index)
{
    say(fleet, member, ev, partition)->first = index;
}

/* The group. */

static void begin_life(struct fleet *fleet, int member)
{
    fleet->members[member] = (struct fleet_member){.life = ++fleet->lives};
    for (int i = 0; i < FLEET_PARTITIONS; i++) {
        fleet->members[member].holds[i].asked = -1;
    }
    say_state(fleet, member, WEIR_STATE_RUNNING);
}

static void assign(struct fleet *fleet, int member, int partition)
{
    int position = fleet->committed[partition];
    struct fleet_line *line = say(fleet, member, "assign", partition);

    line->first = position;
    line->promised = fleet->promised[partition];
    fleet->holder[partition] = member;
    *hold_of(fleet, member, partition) =
        (struct fleet_hold){.owner = true, .next = position, .done = position, .asked = -1};
}

static void start(struct fleet *fleet, int member, int partition)
{
    struct fleet_hold *hold = hold_of(fleet, member, partition);
    int left = fleet->records[partition] - hold->next;

    if (hold->until > hold->from || left == 0 || (!hold->owner && !hold->former)) {
        return;
    }
    struct fleet_line *line = say(fleet, member, "handler_start", partition);
    hold->from = hold->next;
    hold->until = hold->next + 1 + below(fleet, left < 4 ? left : 4);
    hold->next = hold->until;
    hold->batch = ++fleet->batches;
    line->first = hold->from;
    line->end = hold->until;
    line->batch = hold->batch;
}

static void end(struct fleet *fleet, int member, int partition)
{
    struct fleet_hold *hold = hold_of(fleet, member, partition);

    if (hold->until == hold->from) {
        return;
    }
    struct fleet_line *line = say(fleet, member, "handler_end", partition);
    line->first = hold->from;
    line->end = hold->until;
    line->batch = hold->batch;
    for (int i = hold->from; i < hold->until; i++) {
        line->fresh |= fleet->record[partition][i].completions++ == 0;
    }
    hold->done = hold->until;
    hold->from = hold->until;
}

static void answer(struct fleet *fleet, int member, int partition)
{
    struct fleet_hold *hold = hold_of(fleet, member, partition);

    if (hold->asked < 0) {
        return;
    }
    say_mark(fleet, member, hold->accepted ? "commit_ok" : "commit_err", partition, hold->asked);
    if (hold->accepted && hold->asked > fleet->promised[partition]) {
        fleet->promised[partition] = hold->asked;
    }
    hold->asked = -1;
}

/* The broker takes it from the owner, and refuses it from others. */
static void ask(struct fleet *fleet, int member, int partition)
{
    struct fleet_hold *hold = hold_of(fleet, member, partition);

    if (hold->asked >= 0 || (!hold->owner && !hold->former)) {
        return;
    }
    say_mark(fleet, member, "commit_req", partition, hold->done);
    hold->asked = hold->done;
    hold->accepted = hold->owner;
    if (hold->owner) {
        fleet->committed[partition] = hold->done;
    } else {
        answer(fleet, member, partition);
    }
}

static void let_go(struct fleet *fleet, int member, int partition)
{
    struct fleet_hold *hold = hold_of(fleet, member, partition);

    if (hold->owner) {
        fleet->holder[partition] = NOBODY;
    }
    hold->owner = false;
    hold->former = false;
}

/* Handed back: in order, or with a batch still running. */
static void hand_back(struct fleet *fleet, int member, int partition, bool late)
{
    say_mark(fleet, member, "revoke_begin", partition, 0);
    if (late) {
        say_mark(fleet, member, "drain_timeout", partition, 0);
    } else {
        end(fleet, member, partition);
    }
    answer(fleet, member, partition);
    ask(fleet, member, partition);
    if (!late || below(fleet, 2) == 0) {
        answer(fleet, member, partition);
    }
    hold_of(fleet, member, partition)->asked = -1;
    say_mark(fleet, member, "revoke_end", partition, 0);
    let_go(fleet, member, partition);
}

static void lose(struct fleet *fleet, int member, int partition)
{
    say_mark(fleet, member, "lost", partition, 0);
    hold_of(fleet, member, partition)->asked = -1;
    let_go(fleet, member, partition);
}

static void kill_member(struct fleet *fleet, int member)
{
    for (int i = 0; i < FLEET_PARTITIONS; i++) {
        let_go(fleet, member, i);
    }
    fleet->members[member].life = 0;
}

/* The group goes on without it. */
static void fall_asleep(struct fleet *fleet, int member)
{
    fleet->members[member].asleep = true;
    for (int i = 0; i < FLEET_PARTITIONS; i++) {
        struct fleet_hold *hold = hold_of(fleet, member, i);
        if (hold->owner) {
            let_go(fleet, member, i);
            hold->former = true;
        }
    }
}

/* What may happen next to a member, and to one of its partitions. */

static void work(struct fleet *fleet, int member, int partition)
{
    switch (below(fleet, 4)) {
    case 0:
        end(fleet, member, partition);
        break;
    case 1:
        ask(fleet, member, partition);
        break;
    case 2:
        answer(fleet, member, partition);
        break;
    default:
        start(fleet, member, partition);
    }
}

static void trouble(struct fleet *fleet, int member, int partition)
{
    struct fleet_hold *hold = hold_of(fleet, member, partition);
    int choice = below(fleet, 8);

    if (choice == 0) {
        kill_member(fleet, member);
    } else if (choice == 1) {
        fall_asleep(fleet, member);
    } else if (hold->former || (hold->owner && choice == 2)) {
        fleet->revocations++;
        lose(fleet, member, partition);
    } else if (hold->owner && choice == 3 && hold->until > hold->from) {
        fleet->revocations++;
        hand_back(fleet, member, partition, true);
    }
}

static void step(struct fleet *fleet)
{
    int member = below(fleet, FLEET_MEMBERS);
    int partition = below(fleet, FLEET_PARTITIONS);
    struct fleet_member *one = &fleet->members[member];
    struct fleet_hold *hold = &one->holds[partition];

    if (one->asleep) {
        one->asleep = below(fleet, 8) > 0;
    } else if (one->life == 0) {
        begin_life(fleet, member);
    } else if (fleet->holder[partition] == NOBODY && !hold->former && hold->until == hold->from) {
        assign(fleet, member, partition);
    } else if (!fleet->calm && below(fleet, 10) == 0) {
        trouble(fleet, member, partition);
    } else if (hold->owner && below(fleet, 20) == 0) {
        fleet->revocations++;
        hand_back(fleet, member, partition, false);
    } else {
        work(fleet, member, partition);
    }
}

/* The end: everybody is awake and knows what it does not own, everything is owned and done. */

static void heal_member(struct fleet *fleet, int member)
{
    fleet->members[member].asleep = false;
    for (int i = 0; i < FLEET_PARTITIONS; i++) {
        if (hold_of(fleet, member, i)->former) {
            fleet->revocations++;
            lose(fleet, member, i);
        }
        if (!hold_of(fleet, member, i)->owner) {
            end(fleet, member, i);
        }
    }
}

static void finish_partition(struct fleet *fleet, int partition)
{
    if (fleet->holder[partition] == NOBODY) {
        assign(fleet, below(fleet, FLEET_MEMBERS), partition);
    }
    int member = fleet->holder[partition];
    while (hold_of(fleet, member, partition)->done < fleet->records[partition]) {
        end(fleet, member, partition);
        start(fleet, member, partition);
    }
    answer(fleet, member, partition);
    ask(fleet, member, partition);
    answer(fleet, member, partition);
}

static void stop(struct fleet *fleet, int member)
{
    say_state(fleet, member, WEIR_STATE_DRAINING);
    for (int i = 0; i < FLEET_PARTITIONS; i++) {
        if (hold_of(fleet, member, i)->owner) {
            hand_back(fleet, member, i, false);
        }
    }
    say_state(fleet, member, WEIR_STATE_STOPPED);
}

static void finish(struct fleet *fleet)
{
    fleet->heal_ns = fleet->now_ns + 1;
    for (int i = 0; i < FLEET_MEMBERS; i++) {
        if (fleet->members[i].life == 0) {
            begin_life(fleet, i);
        }
        heal_member(fleet, i);
    }
    for (int i = 0; i < FLEET_PARTITIONS; i++) {
        finish_partition(fleet, i);
    }
    for (int i = 0; i < FLEET_MEMBERS; i++) {
        stop(fleet, i);
    }
}

struct fleet *fleet_create(uint64_t seed)
{
    struct fleet *fleet = fail_or_alloc(1, sizeof *fleet);

    fleet->random.state = seed;
    fleet->calm = below(fleet, CALM_ONE_IN) == 0;
    for (int i = 0; i < FLEET_PARTITIONS; i++) {
        int64_t offset = 0;
        fleet->holder[i] = NOBODY;
        fleet->records[i] = 1 + below(fleet, FLEET_RECORDS);
        for (int j = 0; j < fleet->records[i]; j++) {
            fleet->record[i][j].offset = offset;
            offset += 1 + (below(fleet, 5) == 0);
        }
    }
    for (int i = 0; i < STEPS; i++) {
        step(fleet);
    }
    finish(fleet);
    return fleet;
}

/* What is heard of it. */

static int64_t offset_at(const struct fleet *fleet, int partition, int index)
{
    int records = fleet->records[partition];

    return index < records ? fleet->record[partition][index].offset
                           : fleet->record[partition][records - 1].offset + 1;
}

/* One for each run of offsets. */
static void add_spans(const struct fleet *fleet, const struct fleet_line *line, struct text *text)
{
    int from = line->first;

    while (from < line->end) {
        int to = from + 1;
        int64_t first = offset_at(fleet, line->partition, from);
        while (to < line->end && offset_at(fleet, line->partition, to) == first + to - from) {
            to++;
        }
        text_add(text,
                 "%s{\"topic\":\"t\",\"partition\":%d,\"first\":%lld,\"last\":%lld,\"count\":%d}",
                 from == line->first ? "" : ",", line->partition, (long long)first,
                 (long long)first + to - from - 1, to - from - line->count);
        from = to;
    }
}

static void add_line(const struct fleet *fleet, const struct fleet_line *line, struct text *text)
{
    text_add(text, "{\"ts_mono_ns\":%lld,\"pid\":%d,\"inst\":\"m%d\",\"ev\":\"%s\",",
             (long long)line->time_ns, line->life, line->member, line->ev);
    if (line->partition < 0) {
        text_add(text, "\"count\":%d}\n", line->count);
        return;
    }
    text_add(text, "\"batch\":%d,\"spans\":[", line->batch);
    if (line->end > 0) {
        add_spans(fleet, line, text);
    } else {
        int64_t offset =
            line->offset >= 0 ? line->offset : offset_at(fleet, line->partition, line->first);
        text_add(text, "{\"topic\":\"t\",\"partition\":%d,\"first\":%lld}", line->partition,
                 (long long)offset);
    }
    text_add(text, "]}\n");
}

static struct stream *stream_of(const struct fleet *fleet, int member)
{
    struct text text = {.bytes = NULL};
    char *name = text_format("m%d", member);

    text_add_bytes(&text, "", 0);
    for (int i = 0; i < fleet->line_count; i++) {
        if (fleet->lines[i].member == member && fleet->lines[i].ev != NULL) {
            add_line(fleet, &fleet->lines[i], &text);
        }
    }
    struct stream *stream = stream_from_text(name, text.bytes);
    text_fini(&text);
    free(name);
    return stream;
}

static void add_entry(struct ledger *ledger, int partition, int64_t offset, enum ledger_state state)
{
    struct ledger_entry *entry = ledger_add(ledger, "t");

    entry->partition = partition;
    entry->offset = offset;
    entry->state = state;
}

static struct ledger *ledger_of(const struct fleet *fleet)
{
    struct ledger *ledger = ledger_create();

    for (int i = 0; i < FLEET_PARTITIONS; i++) {
        for (int j = 0; j < fleet->records[i]; j++) {
            int64_t offset = offset_at(fleet, i, j);
            bool changed = fleet->changed_partition == i && fleet->changed == j;
            if (!changed || fleet->change != FLEET_MISSING) {
                bool aborted = changed && fleet->change == FLEET_ABORTED;
                add_entry(ledger, i, offset, aborted ? LEDGER_ABORTED : LEDGER_ACKNOWLEDGED);
            }
            if (changed && fleet->change == FLEET_TWICE) {
                add_entry(ledger, i, offset, LEDGER_ACKNOWLEDGED);
            }
            if (changed && fleet->change == FLEET_ONE_MORE) {
                add_entry(ledger, i, offset + 1, LEDGER_ACKNOWLEDGED);
            }
        }
    }
    return ledger;
}

struct verify_options fleet_options(const struct fleet *fleet)
{
    return (struct verify_options){.order = VERIFY_ORDER_PARTITION,
                                   .crashes = !fleet->calm,
                                   .repeats_max = FLEET_RECORDS,
                                   .clean = fleet->calm,
                                   .session_timeout_ms = SESSION_MS,
                                   .heal_ns = fleet->heal_ns,
                                   .live_within_ms = SESSION_MS,
                                   .revocations_max = &fleet->revocations,
                                   .stop_within_ms = SESSION_MS};
}

void fleet_tell(const struct fleet *fleet, struct verify_options *options)
{
    struct stream **streams = fail_or_alloc(FLEET_MEMBERS, sizeof(struct stream *));

    for (int i = 0; i < FLEET_MEMBERS; i++) {
        streams[i] = stream_of(fleet, i);
    }
    options->ledger = ledger_of(fleet);
    options->streams = streams;
    options->stream_count = FLEET_MEMBERS;
}

void fleet_forget(struct verify_options *options)
{
    for (size_t i = 0; i < options->stream_count; i++) {
        stream_close(options->streams[i]);
    }
    struct stream **streams = NULL;
    memcpy(&streams, &options->streams, sizeof streams); /* ours, though readers see them const */
    free(streams);
    ledger_destroy(options->ledger);
    options->ledger = NULL;
    options->streams = NULL;
}
