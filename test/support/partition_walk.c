#include "test/support/partition_walk.h"

#include "framework/task.h"
#include "test/support/require.h"
#include <string.h>

enum { STEPS_MAX = 400, CHAINS_MAX = 64, CHAIN_MAX = 4, BATCH_MAX = 8, SETTLING_STEPS = 5000 };

struct out {
    struct weir_entry entries[BATCH_MAX];
    uint32_t count;
};

/* What one worker has, one batch behind another. */
struct chain {
    struct out batches[CHAIN_MAX];
    uint32_t begun; /* index of the one it runs */
    uint32_t count;
};

struct outs {
    struct chain chains[CHAINS_MAX];
    uint32_t count;
};

static uint64_t dice(struct partition_walk *walk, uint64_t sides)
{
    return weir_random_below(&walk->random, sides);
}

static uint32_t pick(struct partition_walk *walk, const uint32_t *choices, size_t count)
{
    return choices[dice(walk, count)];
}

#define PICK(walk, ...)                                                                            \
    pick((walk), (const uint32_t[]){__VA_ARGS__},                                                  \
         sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

void walk_prepare(struct partition_walk *walk, uint64_t seed)
{
    memset(walk, 0, sizeof *walk);
    walk->random.state = seed;
    walk->options = (struct weir_partition_options){
        .order = (enum weir_order)PICK(walk, WEIR_ORDER_PARTITION, WEIR_ORDER_KEY, WEIR_ORDER_NONE),
        .buffer_records = PICK(walk, 1, 2, 7, 32),
        .buffer_bytes = PICK(walk, 1, 50, 300, 100000),
        .window = PICK(walk, 1, 2, 3, 5, 8, 13, 31, 64),
        .batch = {.records = PICK(walk, 1, 2, 3, BATCH_MAX),
                  .bytes = PICK(walk, 1, 40, 100, 100000),
                  .linger_ns = PICK(walk, 0, 0, 3, 20)},
        .attempts = PICK(walk, 1, 2, 5, 1000000),
        .policy = (enum weir_failure_policy)PICK(walk, WEIR_FAILURE_SKIP, WEIR_FAILURE_STOP,
                                                 WEIR_FAILURE_HOLD, WEIR_FAILURE_LETTER),
        .seed = seed};
    walk->options.batch.linger_ns *= WEIR_NS_PER_MS;
    walk->options.backoff.first_ms = PICK(walk, 1, 10);
    walk->options.backoff.max_ms = PICK(walk, 5, 100);
    walk->judged = walk->options;
    walk->failure_percent = PICK(walk, 0, 5, 30, 70);
    walk->undelivered_percent = PICK(walk, 0, 0, 20, 100);
    walk->keys_only = dice(walk, 2) == 0;
    walk->halts = dice(walk, 3) == 0;
}

/* Steps. */

static struct weir_item random_item(struct partition_walk *walk)
{
    static const int64_t holes[] = {0, 0, 0, 1, 4, 1000};
    bool keyed = walk->keys_only || dice(walk, 3) > 0;

    return (struct weir_item){.offset = walk->model.position + holes[dice(walk, 6)],
                              .bytes = (uint32_t)(1 + dice(walk, 40)),
                              .hash = (uint32_t)dice(walk, 5),
                              .keyed = keyed};
}

static void put_one(struct partition_walk *walk)
{
    struct weir_item item = random_item(walk);

    if (weir_partition_room_records(walk->core) == 0 ||
        weir_partition_room_bytes(walk->core) == 0 || walk->model.count == MODEL_TOKENS) {
        return;
    }
    if (dice(walk, 10) == 0 && walk->model.position > 3) {
        item.offset = walk->model.position - 1 - (int64_t)dice(walk, 3); /* no news */
    }
    struct token *token = model_put(&walk->model, &item);
    item.message = token != NULL ? (void *)token : (void *)walk;
    REQUIRE(weir_partition_put(walk->core, &item) == (token != NULL));
}

static void put_some(struct partition_walk *walk)
{
    for (uint64_t count = 1 + dice(walk, 4); count > 0; count--) {
        put_one(walk);
    }
}

static void end_source(struct partition_walk *walk)
{
    int64_t offset = walk->model.position + (int64_t)dice(walk, 4);

    weir_partition_end(walk->core, offset);
    model_end(&walk->model, offset);
}

static void halt_at(struct partition_walk *walk, int64_t offset)
{
    bool agreed = !walk->ignores_halt && weir_partition_halt(walk->core, offset);

    model_halted(&walk->model, offset, agreed);
}

/* Near what comes next, or nowhere. */
static void halt(struct partition_walk *walk)
{
    int64_t offset = walk->model.position - 12 + (int64_t)dice(walk, 20);

    halt_at(walk, dice(walk, 3) == 0 ? INT64_MAX : offset < 0 ? 0 : offset);
}

static void admit(struct partition_walk *walk)
{
    uint32_t limit = PICK(walk, 0, 1, 3, UINT32_MAX, UINT32_MAX);
    uint32_t count = weir_partition_admit(walk->core, walk->model.now, limit);

    model_admitted(&walk->model, limit, count);
}

static void cut(struct partition_walk *walk, struct chain *chain, uint32_t bound, bool follows)
{
    struct out *out = &chain->batches[chain->count++];

    out->count = weir_partition_cut(walk->core, out->entries);
    REQUIRE(out->count <= bound);
    model_started(&walk->model, out->entries, out->count, follows && !walk->hands_chains_to_many);
    walk->followed += follows ? 1 : 0;
}

static void cut_behind(struct partition_walk *walk, struct chain *chain)
{
    uint32_t bound = 0;

    while (chain->count < CHAIN_MAX && dice(walk, 3) > 0 &&
           weir_partition_may_follow(walk->core, walk->model.now, &bound)) {
        if (dice(walk, 12) == 0) {
            weir_partition_unready(walk->core);
            return;
        }
        cut(walk, chain, bound, true);
    }
}

/* True: a batch was handed out. Sometimes the time named is believed and waited for. */
static bool hand_out(struct partition_walk *walk, struct outs *outs)
{
    uint32_t bound = 0;
    weir_time due = 0;

    uint32_t gather = PICK(walk, 0, 1, 2, 4, 300);
    if (!weir_partition_ready(walk->core, walk->model.now, gather, &bound, &due)) {
        /* Batches in a row come home before anything else goes. */
        bool waits = walk->options.order == WEIR_ORDER_KEY && gather >= walk->options.window &&
                     weir_partition_running(walk->core) > 0;
        if (!waits) {
            model_not_ready(&walk->model, due);
        }
        if (due != WEIR_TIME_NEVER && dice(walk, 3) == 0) {
            walk->model.now = due;
        }
        return false;
    }
    if (outs->count == CHAINS_MAX || dice(walk, 12) == 0) {
        weir_partition_unready(walk->core);
        return false;
    }
    struct chain *chain = &outs->chains[outs->count++];
    *chain = (struct chain){.count = 0};
    cut(walk, chain, bound, false);
    cut_behind(walk, chain);
    return true;
}

static enum weir_verdict random_verdict(struct partition_walk *walk)
{
    if (dice(walk, 100) >= walk->failure_percent) {
        return WEIR_VERDICT_DONE;
    }
    return dice(walk, 6) == 0 ? WEIR_VERDICT_REJECT : WEIR_VERDICT_RETRY;
}

static void settle(struct partition_walk *walk, struct out *out, const enum weir_verdict *verdicts)
{
    weir_partition_settle(walk->core, walk->model.now, out->entries, out->count);
    model_settled(&walk->model, out->entries, verdicts, out->count);
    for (uint32_t i = 0; i < out->count; i++) {
        if (out->entries[i].verdict == WEIR_VERDICT_LETTER) {
            REQUIRE(walk->letter_count < WALK_LETTERS);
            walk->letters[walk->letter_count++] = out->entries[i];
        }
    }
}

static void end_letter(struct partition_walk *walk)
{
    if (walk->letter_count == 0) {
        return;
    }
    struct weir_entry *chosen = &walk->letters[dice(walk, walk->letter_count)];
    struct weir_entry entry = *chosen;
    bool acknowledged = dice(walk, 100) >= walk->undelivered_percent;
    bool hold = dice(walk, 2) == 0;
    *chosen = walk->letters[--walk->letter_count];
    if (acknowledged) {
        weir_partition_acknowledge(walk->core, &entry);
    } else {
        weir_partition_return_letter(walk->core, &entry, hold);
    }
    walk->acknowledged += acknowledged ? 1 : 0;
    model_letter_ended(&walk->model, &entry, acknowledged, hold);
}

static void give_back(struct partition_walk *walk, struct out *out)
{
    enum weir_verdict verdicts[BATCH_MAX];

    for (uint32_t i = 0; i < out->count; i++) {
        out->entries[i].verdict = WEIR_VERDICT_UNBEGUN;
        verdicts[i] = WEIR_VERDICT_AGAIN;
    }
    settle(walk, out, verdicts);
}

/* Batches of the chain from this one on were not begun. */
static void give_back_from(struct partition_walk *walk, struct chain *chain, uint32_t first)
{
    for (uint32_t i = first; i < chain->count; i++) {
        uint32_t backwards = chain->count - 1 - (i - first);
        give_back(walk, &chain->batches[walk->returns_forwards ? i : backwards]);
    }
    chain->count = first;
}

/* The batch that a worker runs. */
static void end_batch(struct partition_walk *walk, struct chain *chain)
{
    struct out *out = &chain->batches[chain->begun++];
    enum weir_verdict verdicts[BATCH_MAX];
    bool done = true;

    for (uint32_t i = 0; i < out->count; i++) {
        verdicts[i] = out->entries[i].verdict = random_verdict(walk);
        done = done && verdicts[i] == WEIR_VERDICT_DONE;
    }
    weir_entries_keep_order(out->entries, out->count, walk->judged.order, walk->judged.policy);
    if (!done) {
        give_back_from(walk, chain, chain->begun);
    }
    settle(walk, out, verdicts);
}

static void come_home(struct partition_walk *walk, struct outs *outs)
{
    if (outs->count == 0 || dice(walk, 4) == 0) {
        end_letter(walk);
    }
    if (outs->count == 0) {
        return;
    }
    struct chain *chain = &outs->chains[dice(walk, outs->count)];
    if (dice(walk, 15) == 0) { /* no worker was to be had, or it was told to begin nothing more */
        give_back_from(walk, chain, chain->begun);
    } else {
        end_batch(walk, chain);
    }
    if (chain->begun == chain->count) {
        *chain = outs->chains[--outs->count];
    }
}

static void look(struct partition_walk *walk)
{
    struct partition_view view = {.watermark = weir_partition_watermark(walk->core),
                                  .position = weir_partition_position(walk->core),
                                  .in_flight = weir_partition_in_flight(walk->core),
                                  .buffered = weir_partition_buffered(walk->core),
                                  .bytes = weir_partition_bytes(walk->core),
                                  .running = weir_partition_running(walk->core),
                                  .stopped = weir_partition_stopped(walk->core),
                                  .held = weir_partition_held(walk->core),
                                  .letters = weir_partition_letters(walk->core),
                                  .drained = weir_partition_is_drained(walk->core),
                                  .halted = weir_partition_is_halted(walk->core)};

    if (walk->lie != NULL) {
        walk->lie(walk, &view);
    }
    model_look(&walk->model, &view);
    walk->halted += view.halted ? 1 : 0;
    walk->steps++;
}

static void step(struct partition_walk *walk, struct outs *outs)
{
    switch (dice(walk, 10)) {
    case 0:
    case 1:
        put_some(walk);
        break;
    case 2:
    case 3:
        admit(walk);
        break;
    case 4:
    case 5:
        (void)hand_out(walk, outs);
        break;
    case 6:
    case 7:
        come_home(walk, outs);
        break;
    case 8:
        walk->model.now += (weir_time)dice(walk, 5) * WEIR_NS_PER_MS;
        break;
    default:
        if (dice(walk, 4) == 0) {
            end_source(walk);
        } else if (walk->halts && dice(walk, 2) == 0) {
            halt(walk);
        }
        break;
    }
    look(walk);
}

/* The end. */

static bool something_is_barred(const struct partition_walk *walk)
{
    return walk->model.stopped || walk->model.held > 0;
}

static void begin_drain(struct partition_walk *walk)
{
    weir_partition_drain(walk->core);
    model_drained(&walk->model);
    look(walk);
}

static void take_all_back(struct partition_walk *walk)
{
    void *message = NULL;

    while (weir_partition_take_back(walk->core, &message)) {
        model_taken(&walk->model, message);
    }
    model_all_taken(&walk->model);
    admit(walk);
    look(walk);
}

static void all_come_home(struct partition_walk *walk, struct outs *outs)
{
    while (outs->count > 0 || walk->letter_count > 0) {
        come_home(walk, outs);
        look(walk);
    }
}

/* It was taken away: everything comes back, some of it later. */
static void close_early(struct partition_walk *walk, struct outs *outs)
{
    begin_drain(walk);
    take_all_back(walk);
    all_come_home(walk, outs);
    take_all_back(walk);
}

/* It is handed over: what is finished is passed by the watermark if handlers succeed. */
static void drain(struct partition_walk *walk, struct outs *outs)
{
    begin_drain(walk);
    for (int i = 0; i < SETTLING_STEPS && walk->model.broken[0] == '\0'; i++) {
        if (weir_partition_is_drained(walk->core)) {
            break;
        }
        (void)hand_out(walk, outs);
        if (dice(walk, 2) == 0) {
            come_home(walk, outs);
        }
        look(walk);
    }
    all_come_home(walk, outs);
    if (walk->failure_percent == 0 && !something_is_barred(walk)) {
        model_exact(&walk->model);
    }
    take_all_back(walk);
}

/* From now on everything succeeds: all there is gets finished, but for what stopped. */
static void heal(struct partition_walk *walk, struct outs *outs)
{
    walk->failure_percent = 0;
    walk->undelivered_percent = 0;
    if (walk->halts) {
        halt_at(walk, INT64_MAX);
    }
    for (int i = 0; i < SETTLING_STEPS && walk->model.broken[0] == '\0'; i++) {
        uint32_t unfinished = walk->model.count - model_count(&walk->model, TOKEN_FINISHED);
        if (unfinished == 0 || something_is_barred(walk)) {
            break;
        }
        admit(walk);
        if (!hand_out(walk, outs)) {
            walk->model.now += WEIR_NS_PER_MS;
        }
        come_home(walk, outs);
        look(walk);
    }
    if (!something_is_barred(walk) && model_lowest_unfinished(&walk->model) != INT64_MAX &&
        walk->model.broken[0] == '\0') {
        strcpy(walk->model.broken, "progress: not everything is finished"); // NOLINT
    }
}

const char *walk_run(struct partition_walk *walk)
{
    struct outs outs = {.count = 0};
    int64_t position = (int64_t)dice(walk, 3) * ((INT64_C(1) << 53) - 40);
    uint64_t steps = 20 + dice(walk, STEPS_MAX);

    model_init(&walk->model, &walk->judged, position);
    REQUIRE(weir_partition_create(&walk->options, position, &walk->core) == WEIR_OK);
    for (uint64_t i = 0; i < steps && walk->model.broken[0] == '\0'; i++) {
        step(walk, &outs);
    }
    if (dice(walk, 3) > 0) {
        heal(walk, &outs);
    }
    if (dice(walk, 3) == 0) {
        close_early(walk, &outs);
    } else {
        drain(walk, &outs);
    }
    weir_partition_destroy(walk->core);
    return walk->model.broken;
}
