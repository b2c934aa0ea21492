#include <assert.h>
#include <string.h>
#include <weir/consumer.h>

#include "test/support/fleet.h"

/* Is the line what a lie needs? */
typedef bool fits_fn(const struct fleet *fleet, const struct fleet_line *line);

static bool is(const struct fleet_line *line, const char *ev)
{
    return line->ev != NULL && strcmp(line->ev, ev) == 0;
}

/* One of those that fit, or NULL. */
static struct fleet_line *pick(struct fleet *fleet, fits_fn *fits)
{
    int count = fleet->line_count;
    int from = (int)weir_random_below(&fleet->random, (uint64_t)count);

    for (int i = 0; i < count; i++) {
        struct fleet_line *line = &fleet->lines[(from + i) % count];
        if (fits(fleet, line)) {
            return line;
        }
    }
    return NULL;
}

static struct fleet_line *add_after(struct fleet *fleet, const struct fleet_line *line,
                                    const char *ev)
{
    assert(fleet->line_count < FLEET_LINES_MAX);
    struct fleet_line *added = &fleet->lines[fleet->line_count++];

    *added = *line;
    added->ev = ev;
    added->time_ns = line->time_ns + 1;
    return added;
}

/* The last line of this kind about the partition; -1: about any. */
static struct fleet_line *find_last(struct fleet *fleet, const char *ev, int partition)
{
    for (int i = fleet->line_count; i > 0; i--) {
        struct fleet_line *line = &fleet->lines[i - 1];
        if (is(line, ev) && (partition < 0 || line->partition == partition)) {
            return line;
        }
    }
    return NULL;
}

/* A record of a span of two or more. */
static bool is_wide_end(const struct fleet *fleet, const struct fleet_line *line)
{
    const struct fleet_record *records = fleet->record[line->partition < 0 ? 0 : line->partition];

    return is(line, "handler_end") && line->end - line->first == 2 &&
           records[line->first + 1].offset == records[line->first].offset + 1;
}

static bool is_end(const struct fleet *fleet, const struct fleet_line *line)
{
    (void)fleet;
    return is(line, "handler_end") && !line->former;
}

/* The ledger still knows the partition without it. */
static bool is_end_of_some(const struct fleet *fleet, const struct fleet_line *line)
{
    return is(line, "handler_end") && fleet->records[line->partition] > 1;
}

/* Only where the member still owns the partition: the next line about the two says so. */
static bool is_owners_end(const struct fleet *fleet, const struct fleet_line *line)
{
    for (const struct fleet_line *after = line + 1;
         is_end(fleet, line) && after < fleet->lines + fleet->line_count; after++) {
        if (after->life == line->life && after->partition == line->partition) {
            return is(after, "handler_start") || is(after, "commit_req");
        }
    }
    return false;
}

static bool change_entry(struct fleet *fleet, const struct fleet_line *line,
                         enum fleet_change change)
{
    if (line == NULL) {
        return false;
    }
    fleet->changed_partition = line->partition;
    fleet->changed = line->first;
    fleet->change = change;
    return true;
}

/* The index of a record before a hole in the log, or -1. */
static int find_hole(const struct fleet *fleet, int partition)
{
    const struct fleet_record *records = fleet->record[partition];

    for (int i = 0; i + 1 < fleet->records[partition]; i++) {
        if (records[i + 1].offset > records[i].offset + 1) {
            return i;
        }
    }
    return -1;
}

/* A hole in the log gets a record, far below what is committed in the end. */
static bool lose_record(struct fleet *fleet)
{
    for (int i = 0; i < FLEET_PARTITIONS; i++) {
        const struct fleet_line line = {.partition = i, .first = find_hole(fleet, i)};
        if (line.first >= 0) {
            return change_entry(fleet, &line, FLEET_ONE_MORE);
        }
    }
    return false;
}

static bool add_unseen(struct fleet *fleet)
{
    const struct fleet_line last = {.partition = 0, .first = fleet->records[0] - 1};

    return change_entry(fleet, &last, FLEET_ONE_MORE);
}

/* Had nobody, at that time, done the line's first record or one behind it? */
static bool is_ahead_of_all(const struct fleet *fleet, const struct fleet_line *line)
{
    bool ahead = true;

    for (int i = 0; i < fleet->line_count; i++) {
        const struct fleet_line *other = &fleet->lines[i];
        ahead = ahead && !(is(other, "handler_end") && other->partition == line->partition &&
                           other->time_ns < line->time_ns && other->end > line->first);
    }
    return ahead;
}

/* The first batch of a partition, nothing of which was done before. */
static bool commits_nothing_yet(const struct fleet *fleet, const struct fleet_line *line)
{
    return is(line, "commit_req") && line->first != fleet->records[line->partition] &&
           is_ahead_of_all(fleet, line);
}

static bool commit_ahead(struct fleet *fleet)
{
    struct fleet_line *line = pick(fleet, commits_nothing_yet);

    if (line == NULL) {
        return false;
    }
    line->offset = fleet->record[line->partition][line->first].offset + 1;
    return true;
}

static bool is_clean_release(const struct fleet *fleet, const struct fleet_line *line)
{
    for (int i = 0; is(line, "revoke_end") && i < fleet->line_count; i++) {
        const struct fleet_line *other = &fleet->lines[i];
        if (is(other, "drain_timeout") && other->life == line->life &&
            other->partition == line->partition) {
            return false;
        }
    }
    return is(line, "revoke_end");
}

static bool act_after_release(struct fleet *fleet, const char *ev)
{
    const struct fleet_line *line = pick(fleet, is_clean_release);

    if (line == NULL) {
        return false;
    }
    struct fleet_line *added = add_after(fleet, line, ev);
    added->first = 0;
    added->end = is(added, "handler_start");
    return true;
}

/* The batch that the handing back waited for ends after it. */
static bool end_late(struct fleet *fleet)
{
    for (int i = 0; i + 1 < fleet->line_count; i++) {
        struct fleet_line *line = &fleet->lines[i + 1];
        if (!is(&fleet->lines[i], "revoke_begin") || !is(line, "handler_end")) {
            continue;
        }
        for (const struct fleet_line *after = line; after < fleet->lines + fleet->line_count;
             after++) {
            if (is_clean_release(fleet, after) && after->life == line->life &&
                after->partition == line->partition) {
                line->time_ns = after->time_ns + 1;
                return true;
            }
        }
    }
    return false;
}

static bool is_refused_after_next(const struct fleet *fleet, const struct fleet_line *line)
{
    for (const struct fleet_line *before = line;
         is(line, "commit_err") && before-- > fleet->lines;) {
        if (before->partition == line->partition && is(before, "assign")) {
            return before->life != line->life;
        }
        if (before->partition == line->partition &&
            (is(before, "revoke_end") || is(before, "lost"))) {
            return false; /* nobody's, perhaps */
        }
    }
    return false;
}

static bool accept_refused(struct fleet *fleet)
{
    struct fleet_line *line = pick(fleet, is_refused_after_next);

    if (line != NULL) {
        line->ev = "commit_ok";
    }
    return line != NULL;
}

/* The owner's batch, when the record after it is not done yet by anybody. */
static bool may_overtake(const struct fleet *fleet, const struct fleet_line *line)
{
    return is(line, "handler_start") && !line->former &&
           line->end < fleet->records[line->partition] && is_ahead_of_all(fleet, line);
}

static bool overtake(struct fleet *fleet)
{
    const struct fleet_line *line = pick(fleet, may_overtake);

    if (line == NULL) {
        return false;
    }
    struct fleet_line *added = add_after(fleet, line, "handler_start");
    added->first = line->end;
    added->end = line->end + 1;
    added->batch = 0;
    return true;
}

static bool is_resumption(const struct fleet *fleet, const struct fleet_line *line)
{
    (void)fleet;
    return is(line, "assign") && line->promised > 0;
}

static bool resume_early(struct fleet *fleet)
{
    struct fleet_line *line = pick(fleet, is_resumption);

    if (line != NULL) {
        line->offset = 0;
    }
    return line != NULL;
}

/* What its owner was told is committed. */
static bool repeat_committed(struct fleet *fleet)
{
    const struct fleet_line *line = pick(fleet, is_resumption);

    if (line != NULL) {
        static const char *const acts[] = {"handler_end", "handler_start"};
        for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
            struct fleet_line *added = add_after(fleet, line, acts[i]);
            added->first = 0;
            added->end = 1;
            added->offset = -1;
            added->time_ns += i == 0 ? 1 : 0;
        }
    }
    return line != NULL;
}

static bool repeat_end(struct fleet *fleet)
{
    const struct fleet_line *line = pick(fleet, is_owners_end);

    if (line != NULL) {
        (void)add_after(fleet, line, "handler_end");
    }
    return line != NULL;
}

/* No commit of the partition is heard of. */
static bool forget_commits(struct fleet *fleet)
{
    for (int i = 0; i < fleet->line_count; i++) {
        struct fleet_line *line = &fleet->lines[i];
        if (line->partition == 0 && (is(line, "commit_req") || is(line, "commit_ok"))) {
            line->ev = NULL;
        }
    }
    return fleet->calm;
}

static bool count_less(struct fleet *fleet)
{
    struct fleet_line *line = pick(fleet, is_wide_end);

    if (line != NULL) {
        line->count = 1; /* so many fewer than there are */
    }
    return line != NULL;
}

/* The time was over just before this line. */
static bool heal_before(struct fleet *fleet, const struct fleet_line *line,
                        struct verify_options *options)
{
    enum { NS_PER_MS = 1000000 };

    if (line == NULL || line->time_ns <= fleet->heal_ns + NS_PER_MS) {
        return false;
    }
    options->live_within_ms = (line->time_ns - 1 - fleet->heal_ns) / NS_PER_MS;
    options->heal_ns = line->time_ns - 1 - options->live_within_ms * NS_PER_MS;
    return true;
}

static bool is_last_new_end(const struct fleet *fleet, const struct fleet_line *line)
{
    return is(line, "handler_end") && line->fresh && line->time_ns > fleet->heal_ns;
}

/* The commit that ends a partition, when all records of all of them are done. */
static bool is_last_commit(const struct fleet *fleet, const struct fleet_line *line)
{
    if (!is(line, "commit_ok") || line->first < fleet->records[line->partition]) {
        return false;
    }
    for (int i = 0; i < fleet->line_count; i++) {
        const struct fleet_line *other = &fleet->lines[i];
        bool later = is(other, "handler_end") && other->fresh && other->time_ns > line->time_ns;
        bool earlier = is(other, "commit_ok") && other->partition == line->partition &&
                       other->first == line->first && other->time_ns < line->time_ns;
        if (later || earlier) {
            return false;
        }
    }
    return true;
}

static bool disown(struct fleet *fleet)
{
    struct fleet_line *line = find_last(fleet, "assign", FLEET_PARTITIONS - 1);

    if (line != NULL) {
        line->ev = NULL;
    }
    return line != NULL;
}

static bool expect_fewer(const struct fleet *fleet, struct verify_options *options)
{
    static uint64_t fewer;

    fewer = fleet->revocations - 1;
    options->revocations_max = &fewer;
    return fleet->revocations > 0;
}

static bool stop_slowly(struct fleet *fleet, const struct verify_options *options)
{
    struct fleet_line *line = find_last(fleet, "state", -1);

    assert(line->count == (int)WEIR_STATE_STOPPED);
    line->time_ns += (options->stop_within_ms + 1) * 1000000;
    return true;
}

static bool stop_unheard(struct fleet *fleet)
{
    find_last(fleet, "state", -1)->ev = NULL;
    return fleet->calm;
}

/* About records and the ledger. */
static bool lie_of_records(struct fleet *fleet, enum verify_rule rule)
{
    switch ((int)rule) {
    case VERIFY_LOST:
        return lose_record(fleet);
    case VERIFY_UNSEEN:
        return add_unseen(fleet);
    case VERIFY_ORDER:
        return overtake(fleet);
    case VERIFY_DUPLICATE:
        return repeat_end(fleet);
    case VERIFY_COMMITTED_AGAIN:
        return repeat_committed(fleet);
    case VERIFY_ABORTED:
        return change_entry(fleet, pick(fleet, is_end), FLEET_ABORTED);
    case VERIFY_UNKNOWN:
        return change_entry(fleet, pick(fleet, is_end_of_some), FLEET_MISSING);
    case VERIFY_CONFLICT:
        return change_entry(fleet, pick(fleet, is_end), FLEET_TWICE);
    case VERIFY_AMBIGUOUS:
        return count_less(fleet);
    default:
        return false;
    }
}

/* About owners and commits. */
static bool lie_of_owners(struct fleet *fleet, enum verify_rule rule)
{
    switch ((int)rule) {
    case VERIFY_COMMIT_AHEAD:
        return commit_ahead(fleet);
    case VERIFY_COMMIT_STRANGER:
        return act_after_release(fleet, "commit_req");
    case VERIFY_START_STRANGER:
        return act_after_release(fleet, "handler_start");
    case VERIFY_LATE_END:
        return end_late(fleet);
    case VERIFY_TWO_OWNERS:
        return accept_refused(fleet);
    case VERIFY_POSITION:
        return resume_early(fleet);
    case VERIFY_UNCOMMITTED:
        return forget_commits(fleet);
    default:
        return false;
    }
}

bool fleet_lie(struct fleet *fleet, enum verify_rule rule, struct verify_options *options)
{
    switch ((int)rule) {
    case VERIFY_NOT_IN_TIME:
        return heal_before(fleet, pick(fleet, is_last_new_end), options);
    case VERIFY_LAG:
        return heal_before(fleet, pick(fleet, is_last_commit), options);
    case VERIFY_UNOWNED:
        return disown(fleet);
    case VERIFY_REVOKED:
        return expect_fewer(fleet, options);
    case VERIFY_SLOW_STOP:
        return stop_slowly(fleet, options);
    case VERIFY_NO_END:
        return stop_unheard(fleet);
    default:
        return lie_of_records(fleet, rule) || lie_of_owners(fleet, rule);
    }
}
