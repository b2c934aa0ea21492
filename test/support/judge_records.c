#include "test/support/judge_state.h"

enum { NS_PER_MS = 1000000 };

static struct judge_range expand(const struct judge *judge, const struct stream_span *span)
{
    struct judge_range range = {.partition = judge_find(judge, span)};

    if (range.partition == NULL || span->first < 0) {
        return range;
    }
    range.first = books_at(judge->books, range.partition, span->first);
    range.end = books_at(judge->books, range.partition, span->last + 1);
    for (size_t i = range.first; i < range.end; i++) {
        enum ledger_state state = ledger_at(judge->books->ledger, i)->state;
        range.required += state == LEDGER_ACKNOWLEDGED;
        range.removed += state == LEDGER_REMOVED;
    }
    range.full = span->count == span->last - span->first + 1;
    range.clear = span->count >= range.required;
    return range;
}

/* Does the record not hinder later ones any more? */
static bool is_out_of_the_way(const struct judge *judge, const struct books_partition *partition,
                              size_t index)
{
    const struct books_record *record = &judge->books->records[index];

    if (record->excused || !books_required(judge->books, partition, index) ||
        judge_offset(judge, index) < partition->position) {
        return true;
    }
    if (record->epoch != partition->epoch) {
        return record->completions > 0; /* by an owner before; this one need not repeat it */
    }
    return record->phase == BOOKS_DONE || record->phase == BOOKS_FAILED;
}

static bool is_in_this_batch(const struct judge *judge, const struct books_partition *partition,
                             size_t index)
{
    const struct books_record *record = &judge->books->records[index];

    return record->epoch == partition->epoch && record->member == judge->now->member &&
           record->batch != 0 && record->batch == judge->now->event->batch;
}

static bool hinders(const struct judge *judge, const struct books_partition *partition,
                    size_t index)
{
    return !is_out_of_the_way(judge, partition, index) &&
           !is_in_this_batch(judge, partition, index);
}

/* All before the range must be done or in the batch; what is within it comes in its order. */
static void judge_partition_order(struct judge *judge, const struct judge_range *range)
{
    for (size_t i = range->partition->order_frontier; i < range->first; i++) {
        if (hinders(judge, range->partition, i)) {
            judge_tell(judge, VERIFY_ORDER, range->partition, judge_offset(judge, range->first));
            return;
        }
    }
}

static void judge_key_order(struct judge *judge, const struct books_partition *partition,
                            size_t index)
{
    const struct books_record *records = judge->books->records;
    size_t before = records[index].same_key;

    for (size_t last = index; before != last && before >= partition->order_frontier;) {
        if (hinders(judge, partition, before)) {
            judge_tell(judge, VERIFY_ORDER, partition, judge_offset(judge, index));
            return;
        }
        last = before;
        before = records[before].same_key;
    }
}

static void start_records(struct judge *judge, const struct judge_range *range)
{
    struct books_partition *partition = range->partition;

    while (partition->order_frontier < range->first &&
           is_out_of_the_way(judge, partition, partition->order_frontier)) {
        partition->order_frontier++;
    }
    if (judge->options->order == VERIFY_ORDER_PARTITION) {
        judge_partition_order(judge, range);
    }
    for (size_t i = range->first; i < range->end; i++) {
        struct books_record *record = &judge->books->records[i];
        if (judge->options->order == VERIFY_ORDER_KEY) {
            judge_key_order(judge, partition, i);
        }
        record->phase = BOOKS_RUNNING;
        record->epoch = partition->epoch;
        record->batch = judge->now->event->batch;
        record->member = judge->now->member;
    }
}

/* It has not heard of the next owner yet. It may go on until it does, which takes a session at
 * most while it is awake; a pause of half of that begins the count anew. */
static void start_formerly(struct judge *judge, const struct stream_span *span,
                           const struct books_partition *partition, struct books_former *former)
{
    int64_t session_ns = judge->options->session_timeout_ms * NS_PER_MS;
    int64_t now_ns = judge->now->event->time_ns;

    judge->report->zombie_starts++;
    if (session_ns == 0) {
        return;
    }
    if (former->awake_ns == 0 || now_ns - former->last_ns > session_ns / 2) {
        former->awake_ns = now_ns;
    }
    former->last_ns = now_ns;
    if (now_ns - former->awake_ns > session_ns) {
        judge_tell(judge, VERIFY_LONG_OVERLAP, partition, span->first);
    }
}

void judge_start(struct judge *judge, const struct stream_span *span)
{
    const struct judge_range range = expand(judge, span);

    if (range.partition == NULL) {
        return;
    }
    struct books_former *former = books_former(range.partition, judge->now->member);
    if (range.partition->owner == (int64_t)judge->now->member) {
        start_records(judge, &range);
    } else if (former != NULL && former->unaware) {
        start_formerly(judge, span, range.partition, former);
    } else {
        judge_tell(judge, VERIFY_START_STRANGER, range.partition, span->first);
    }
}

/* As whom did the member do it? NULL: as the owner. What it began before it lost the partition may
 * end when it has it again. */
static const struct books_former *done_by(const struct judge *judge,
                                          const struct books_partition *partition, size_t index)
{
    const struct books_record *record = &judge->books->records[index];
    bool begun_now = record->epoch == partition->epoch && record->batch == judge->now->event->batch;

    if (partition->owner == (int64_t)judge->now->member) {
        return begun_now || partition->earlier.epoch == 0 ? NULL : &partition->earlier;
    }
    return books_former(partition, judge->now->member);
}

static void complete_record(struct judge *judge, const struct judge_range *range, size_t index)
{
    struct books_record *record = &judge->books->records[index];
    const struct books_former *former = done_by(judge, range->partition, index);

    if (record->completions++ > 0) {
        judge_repeat(judge, range->partition, index, former);
    }
    if (former == NULL) {
        record->era = range->partition->era;
    }
    record->done_epoch = former == NULL ? range->partition->epoch : former->epoch;
    if (record->member == judge->now->member) {
        record->phase = BOOKS_DONE;
    }
}

/* More records than must be there and may be there: which ones were they? */
static void judge_surplus(struct judge *judge, const struct judge_range *range,
                          const struct stream_span *span)
{
    int64_t known = range->required + range->removed;

    for (size_t i = range->first; i < range->end && known < span->count; i++) {
        if (ledger_at(judge->books->ledger, i)->state == LEDGER_ABORTED) {
            known++;
            if (!judge->options->read_uncommitted) {
                judge_tell(judge, VERIFY_ABORTED, range->partition, judge_offset(judge, i));
            }
        }
    }
    if (known < span->count && judge->books->whole) {
        judge_tell(judge, VERIFY_UNKNOWN, range->partition, span->first);
    }
}

void judge_complete(struct judge *judge, const struct stream_span *span)
{
    const struct judge_range range = expand(judge, span);

    if (range.partition == NULL) {
        return;
    }
    if (range.partition->owner != (int64_t)judge->now->member &&
        books_former(range.partition, judge->now->member) == NULL &&
        !judge->lives[judge->now->member].failed) {
        judge_tell(judge, VERIFY_LATE_END, range.partition, span->first);
    }
    if (!range.clear) {
        judge_tell(judge, VERIFY_AMBIGUOUS, range.partition, span->first);
        return;
    }
    judge_surplus(judge, &range, span);
    for (size_t i = range.first; i < range.end; i++) {
        enum ledger_state state = ledger_at(judge->books->ledger, i)->state;
        if (range.full || state == LEDGER_ACKNOWLEDGED) {
            complete_record(judge, &range, i);
        }
    }
    judge_move_window(judge, range.partition);
}

/* NULL: the ledger does not know it. */
static struct books_record *find_record(struct judge *judge, const struct stream_event *event)
{
    struct books_partition *partition = books_find(judge->books, event->topic, event->partition);
    size_t index = partition == NULL ? 0 : books_at(judge->books, partition, event->offset);

    return partition != NULL && index < partition->end &&
                   judge_offset(judge, index) == event->offset
               ? &judge->books->records[index]
               : NULL;
}

void judge_skip(struct judge *judge, const struct stream_event *event)
{
    struct books_record *record = find_record(judge, event);

    if (record != NULL) {
        record->excused = true;
        judge->report->excused++;
    }
}

void judge_fail(struct judge *judge, const struct stream_event *event)
{
    struct books_record *record = find_record(judge, event);

    if (record != NULL && record->member == judge->now->member && record->phase == BOOKS_RUNNING) {
        record->phase = BOOKS_FAILED;
    }
}
