/* Does the judge let every random group pass that keeps its promises, and notice one line that
 * lies? */
#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/random.h"
#include "test/support/ledger.h"
#include "test/support/stream.h"
#include "test/support/text.h"
#include "test/support/verify.h"

/* ---- random groups that keep their promises, and what happens when one line of theirs lies ----
 */

enum {
    NO_RULE = -1,
    RECORDS_MAX = 24,
    BATCHES_MAX = 64,
    LINES_MAX = 2048,
    STEPS = 60,
    SEEDS = 3000
};

enum line_kind { LINE_OTHER, LINE_END, LINE_ASK };

struct line {
    char *text;
    enum line_kind kind;
    int64_t watermark; /* of a commit request: the record it must not pass, or -1 */
    bool sole;         /* of an end: it completed a record for the only time so far */
};

struct batch {
    int records[RECORDS_MAX];
    int count; /* 0: over */
};

/* One partition, one owner at a time. Record i is at offset[i]. */
struct world {
    struct weir_random random;
    enum verify_order order;
    bool remembers; /* the next owner knows what was done above the commit */
    int records;
    int64_t offset[RECORDS_MAX];
    char key[RECORDS_MAX];
    int completions[RECORDS_MAX];
    bool started[RECORDS_MAX]; /* by this owner, and not given back */
    bool done[RECORDS_MAX];    /* for this owner */
    struct batch batches[BATCHES_MAX];
    int batch_count;
    int committed; /* index */
    int position;  /* index */
    int owner;     /* 0: none */
    int lives;     /* owners up to now: each has a pid of its own */
    int duplicates;
    struct line lines[LINES_MAX];
    int line_count;
};

static int below(struct world *world, int bound)
{
    return (int)weir_random_below(&world->random, (uint64_t)bound);
}

static struct line *say(struct world *world, const char *ev, const int *records, int count,
                        int batch)
{
    struct text text = {.bytes = NULL};
    struct line *line = &world->lines[world->line_count++];

    ck_assert_int_le(world->line_count, LINES_MAX);
    text_add(&text, "{\"ts_mono_ns\":%d,\"pid\":%d,\"inst\":\"m\",\"ev\":\"%s\",\"batch\":%d,",
             world->line_count, world->lives, ev, batch);
    text_add(&text, "\"spans\":[");
    for (int i = 0; i < count; i++) {
        long long offset = (long long)world->offset[records[i]];
        text_add(&text,
                 "%s{\"topic\":\"t\",\"partition\":0,\"first\":%lld,\"last\":%lld,\"count\":1}",
                 i == 0 ? "" : ",", offset, offset);
    }
    text_add(&text, "]}\n");
    *line = (struct line){.text = text.bytes, .watermark = -1};
    return line;
}

static void say_offset(struct world *world, const char *ev, int64_t offset, enum line_kind kind,
                       int64_t watermark)
{
    struct line *line = &world->lines[world->line_count++];

    ck_assert_int_le(world->line_count, LINES_MAX);
    line->text = text_format("{\"ts_mono_ns\":%d,\"pid\":%d,\"inst\":\"m\",\"ev\":\"%s\",\"spans\":"
                             "[{\"topic\":\"t\",\"partition\":0,\"first\":%lld}]}\n",
                             world->line_count, world->lives, ev, (long long)offset);
    line->kind = kind;
    line->watermark = watermark;
    line->sole = false;
}

static int64_t offset_at(const struct world *world, int index)
{
    return index < world->records ? world->offset[index] : world->offset[world->records - 1] + 1;
}

static void join(struct world *world)
{
    world->owner = 1;
    world->lives++;
    world->position = world->committed;
    world->batch_count = 0;
    for (int i = 0; i < world->records; i++) {
        bool known = world->remembers && world->completions[i] > 0;
        world->done[i] = i < world->position || known;
        world->started[i] = world->done[i];
    }
    say_offset(world, "assign", offset_at(world, world->position), LINE_OTHER, -1);
}

/* May record i start now? */
static bool may_start(const struct world *world, int i)
{
    if (world->started[i]) {
        return false;
    }
    for (int j = world->position; j < i; j++) {
        bool before = world->order == VERIFY_ORDER_PARTITION ||
                      (world->order == VERIFY_ORDER_KEY && world->key[i] != '-' &&
                       world->key[j] == world->key[i]);
        if (before && !world->done[j]) {
            return false;
        }
    }
    return true;
}

/* In partition order a batch is a run; in the others any records that may start. */
static void fill(struct world *world, struct batch *batch, int wanted)
{
    bool run = world->order == VERIFY_ORDER_PARTITION;

    batch->count = 0;
    for (int i = 0; i < world->records && batch->count < wanted; i++) {
        if (run && batch->count > 0) {
            if (world->started[i]) {
                return;
            }
            batch->records[batch->count++] = i;
        } else if (may_start(world, i) && below(world, 4) > 0) {
            batch->records[batch->count++] = i;
        }
    }
}

static void start(struct world *world)
{
    struct batch *batch = &world->batches[world->batch_count];

    if (world->batch_count == BATCHES_MAX) {
        return;
    }
    fill(world, batch, 1 + below(world, 4));
    for (int i = 0; i < batch->count; i++) {
        world->started[batch->records[i]] = true;
    }
    if (batch->count > 0) {
        world->batch_count++;
        (void)say(world, "handler_start", batch->records, batch->count, world->batch_count);
    }
}

/* A batch ends; without `whole` one record of it may have failed and be given back. */
static void end(struct world *world, int index, bool whole)
{
    struct batch *batch = &world->batches[index];
    int failed = whole ? -1 : below(world, batch->count * 4);
    int records[RECORDS_MAX];
    int count = 0;
    bool sole = false;

    for (int i = 0; i < batch->count; i++) {
        int record = batch->records[i];
        world->done[record] = i != failed;
        world->started[record] = i != failed;
        if (i != failed) {
            records[count++] = record;
            sole |= world->completions[record] == 0;
            world->duplicates += world->completions[record]++ > 0;
        }
    }
    batch->count = 0;
    struct line *line = say(world, "handler_end", records, count, index + 1);
    line->kind = LINE_END;
    line->sole = sole;
}

static void end_one(struct world *world, bool whole)
{
    for (int i = 0, from = below(world, BATCHES_MAX); i < world->batch_count; i++) {
        int index = (from + i) % world->batch_count;
        if (world->batches[index].count > 0) {
            end(world, index, whole);
            return;
        }
    }
}

static void commit(struct world *world)
{
    int mark = world->position;

    while (mark < world->records && world->done[mark]) {
        mark++;
    }
    bool ever = mark < world->records && world->completions[mark] > 0;
    int64_t offset = offset_at(world, mark);
    say_offset(world, "commit_req", offset, LINE_ASK, mark < world->records && !ever ? offset : -1);
    say_offset(world, "commit_ok", offset, LINE_OTHER, -1);
    world->committed = mark;
}

static void leave(struct world *world)
{
    for (int i = 0; i < world->batch_count; i++) {
        if (world->batches[i].count > 0) {
            end(world, i, true);
        }
    }
    commit(world);
    say_offset(world, "revoke_end", 0, LINE_OTHER, -1);
    world->owner = 0;
}

static void step(struct world *world)
{
    int choice = below(world, 20);

    if (world->owner == 0) {
        join(world);
    } else if (choice < 9) {
        start(world);
    } else if (choice < 16) {
        end_one(world, false);
    } else if (choice < 18) {
        commit(world);
    } else if (choice == 18) {
        leave(world);
    } else {
        world->owner = 0; /* killed: nothing is heard of it any more */
    }
}

static void run_world(struct world *world, uint64_t seed)
{
    int64_t offset = 0;

    *world = (struct world){.random = {.state = seed}};
    world->order = (enum verify_order)below(world, 3);
    world->remembers = below(world, 2) == 0;
    world->records = 1 + below(world, RECORDS_MAX);
    for (int i = 0; i < world->records; i++) {
        world->offset[i] = offset;
        world->key[i] = "abc-"[below(world, 4)];
        offset += 1 + (below(world, 5) == 0);
    }
    for (int i = 0; i < STEPS; i++) {
        step(world);
    }
    while (world->owner == 0 || world->committed < world->records) {
        if (world->owner == 0 || world->batch_count == BATCHES_MAX) {
            world->owner == 0 ? join(world) : leave(world);
        }
        start(world);
        end_one(world, true);
        commit(world);
    }
}

static struct ledger *make_ledger(const struct world *world)
{
    struct ledger *ledger = ledger_create();

    for (int i = 0; i < world->records; i++) {
        struct ledger_entry *entry = ledger_add(ledger, "t");
        entry->partition = 0;
        entry->offset = world->offset[i];
        entry->key_hash = world->key[i] == '-' ? LEDGER_NO_KEY : ledger_key_hash(&world->key[i], 1);
        entry->state = LEDGER_ACKNOWLEDGED;
    }
    return ledger;
}

static struct verify_report *judge_world(const struct world *world, struct verify_options *options)
{
    struct text lines = {.bytes = NULL};

    for (int i = 0; i < world->line_count; i++) {
        text_add(&lines, "%s", world->lines[i].text);
    }
    struct stream *stream = stream_from_text("world", lines.bytes);
    *options = (struct verify_options){.ledger = make_ledger(world),
                                       .streams = &stream,
                                       .stream_count = 1,
                                       .order = world->order,
                                       .duplicates_max = (uint64_t)world->duplicates};
    struct verify_report *report = verify(options);
    ledger_destroy(options->ledger);
    stream_close(stream);
    text_fini(&lines);
    return report;
}

static void forget_world(struct world *world)
{
    for (int i = 0; i < world->line_count; i++) {
        free(world->lines[i].text);
    }
}

/* Returns the rule that must be broken now, or NO_RULE if this line cannot lie. */
static int lie(struct world *world, struct line *line)
{
    if (line->kind == LINE_ASK && line->watermark >= 0) {
        char *from = strstr(line->text, "\"first\":");
        char *text = text_format("%.*s\"first\":%lld}]}\n", (int)(from - line->text), line->text,
                                 (long long)line->watermark + 1);
        free(line->text);
        line->text = text;
        return VERIFY_COMMIT_AHEAD;
    }
    if (line->kind != LINE_END || strstr(line->text, "\"spans\":[]") != NULL) {
        return NO_RULE;
    }
    if (below(world, 2) == 0) {
        char *text = text_format("%s%s", line->text, line->text);
        free(line->text);
        line->text = text;
        return VERIFY_DUPLICATE;
    }
    if (line->sole && world->duplicates == 0) {
        *line->text = '\0';
        return VERIFY_LOST;
    }
    return NO_RULE;
}

START_TEST(random_groups_are_judged_right)
{
    static struct world world;
    int lies = 0;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct verify_options options;
        run_world(&world, seed);
        struct verify_report *report = judge_world(&world, &options);
        ck_assert_msg(verify_passed(&options, report), "seed %llu: %s", (unsigned long long)seed,
                      report->text);
        ck_assert_int_eq((int)report->found[VERIFY_DUPLICATE], world.duplicates);
        verify_report_destroy(report);
        struct line *line = &world.lines[below(&world, world.line_count)];
        int rule = lie(&world, line);
        report = judge_world(&world, &options);
        ck_assert_msg(verify_passed(&options, report) == (rule == NO_RULE),
                      "seed %llu: the lie '%s' in line %d: %s", (unsigned long long)seed,
                      rule == NO_RULE ? "none" : verify_rule_name((enum verify_rule)rule),
                      (int)(line - world.lines) + 1, report->text);
        ck_assert(rule == NO_RULE || report->found[rule] > 0);
        lies += rule != NO_RULE;
        verify_report_destroy(report);
        forget_world(&world);
    }
    ck_assert_int_gt(lies, SEEDS / 10);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("support_verify_random");
    TCase *tcase = tcase_create("verify");
    SRunner *runner = srunner_create(suite);

    tcase_add_test(tcase, random_groups_are_judged_right);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
