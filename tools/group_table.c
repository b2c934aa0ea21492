#include "tools/group_print.h"

#include "tools/memory.h"
#include "tools/text_table.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define UNKNOWN "unknown"

enum { S_MS = 1000, MIN_MS = 60 * S_MS, H_MS = 60 * MIN_MS, D_MS = 24 * H_MS, METADATA_WIDTH = 32 };

static void add_heading(struct weir_text_table *table, const char *const *titles)
{
    for (size_t i = 0; i < strlen(table->align); i++) {
        weir_text_table_add(table, "%s", titles[i]);
    }
}

static void add_partition(struct weir_text_table *table, const char *topic, int32_t partition)
{
    weir_text_table_add(table, "%s", topic);
    weir_text_table_add(table, "%d", (int)partition);
}

static void add_committed(struct weir_text_table *table, const struct weir_view_partition *one)
{
    weir_text_table_add_number(table, one->committed, one->none ? "none" : UNKNOWN);
}

static void add_note(struct weir_text_table *table, const struct weir_view_partition *one)
{
    weir_text_table_add(table, "%s", one->trouble == NULL ? "" : one->trouble);
}

static void print_and_free(struct weir_text_table *table, FILE *out)
{
    weir_text_table_print(table, out);
    weir_text_table_fini(table);
}

static void add_metadata(struct weir_text_table *table, const char *metadata)
{
    const char *text = metadata == NULL ? "" : metadata;
    bool cut = strlen(text) > METADATA_WIDTH;

    weir_text_table_add(table, "%.*s%s", METADATA_WIDTH, text, cut ? "..." : "");
}

void weir_print_offsets(FILE *out, const struct weir_view *view)
{
    static const char *const titles[] = {"TOPIC", "PARTITION", "COMMITTED", "BEGIN",
                                         "END",   "LAG",       "METADATA",  "NOTE"};
    struct weir_text_table table = {.align = "lrrrrrll"};

    add_heading(&table, titles);
    for (size_t i = 0; i < view->partition_count; i++) {
        const struct weir_view_partition *one = &view->partitions[i];
        add_partition(&table, one->topic, one->partition);
        add_committed(&table, one);
        weir_text_table_add_number(&table, one->begin, UNKNOWN);
        weir_text_table_add_number(&table, one->end, UNKNOWN);
        weir_text_table_add_number(&table, weir_view_lag(one), UNKNOWN);
        add_metadata(&table, one->metadata);
        add_note(&table, one);
    }
    print_and_free(&table, out);
}

static void add_age(struct weir_text_table *table, int64_t ms)
{
    if (ms < 0) {
        weir_text_table_add(table, UNKNOWN);
    } else if (ms < MIN_MS) {
        weir_text_table_add(table, "%" PRId64 ".%" PRId64 " s", ms / S_MS, ms % S_MS / 100);
    } else if (ms < H_MS) {
        weir_text_table_add(table, "%" PRId64 " min %" PRId64 " s", ms / MIN_MS,
                            ms % MIN_MS / S_MS);
    } else if (ms < D_MS) {
        weir_text_table_add(table, "%" PRId64 " h %" PRId64 " min", ms / H_MS, ms % H_MS / MIN_MS);
    } else {
        weir_text_table_add(table, "%" PRId64 " d %" PRId64 " h", ms / D_MS, ms % D_MS / H_MS);
    }
}

static void print_totals(FILE *out, const struct weir_view *view)
{
    static const char *const titles[] = {"TOPIC", "PARTITIONS", "LAG", "UNKNOWN"};
    struct weir_text_table table = {.align = "lrrr"};
    struct weir_view_total total = {.topic = NULL};

    add_heading(&table, titles);
    for (size_t i = 0; i < view->partition_count;) {
        i = weir_view_topic_total(view, i, &total);
        weir_text_table_add(&table, "%s", total.topic);
        weir_text_table_add(&table, "%zu", total.partitions);
        weir_text_table_add(&table, "%" PRId64, total.lag);
        weir_text_table_add(&table, "%zu", total.unknown);
    }
    print_and_free(&table, out);
}

void weir_print_lag(FILE *out, const struct weir_view *view, bool ages)
{
    static const char *const titles[] = {"TOPIC", "PARTITION", "COMMITTED", "END",
                                         "LAG",   "AGE",       "NOTE"};
    struct weir_text_table table = {.align = "lrrrrrl"};

    add_heading(&table, titles);
    for (size_t i = 0; i < view->partition_count; i++) {
        const struct weir_view_partition *one = &view->partitions[i];
        add_partition(&table, one->topic, one->partition);
        add_committed(&table, one);
        weir_text_table_add_number(&table, one->end, UNKNOWN);
        weir_text_table_add_number(&table, weir_view_lag(one), UNKNOWN);
        if (ages) {
            add_age(&table, one->age_ms);
        } else {
            weir_text_table_add(&table, "-");
        }
        add_note(&table, one);
    }
    print_and_free(&table, out);
    (void)fputc('\n', out);
    print_totals(out, view);
}

static size_t count_owned(const struct weir_view *view, size_t member)
{
    size_t count = 0;

    for (size_t i = 0; i < view->partition_count; i++) {
        count += view->partitions[i].owner == (int32_t)member ? 1 : 0;
    }
    return count;
}

static void add_text(struct weir_text_table *table, const char *text)
{
    weir_text_table_add(table, "%s", text == NULL ? "-" : text);
}

static void print_registered(FILE *out, const struct weir_view *view)
{
    static const char *const titles[] = {"#",    "MEMBER", "STRATEGY",   "CAPACITY",
                                         "RACK", "COLOR",  "PARTITIONS", "NOTE"};
    struct weir_text_table table = {.align = "rllrllrl"};

    add_heading(&table, titles);
    for (size_t i = 0; i < view->member_count; i++) {
        const struct weir_view_member *member = &view->members[i];
        weir_text_table_add(&table, "%zu", i + 1);
        weir_text_table_add(&table, "%s", member->id);
        add_text(&table, member->strategy);
        weir_text_table_add_number(&table, member->capacity, "-");
        add_text(&table, member->rack);
        add_text(&table, member->color);
        weir_text_table_add(&table, "%zu", count_owned(view, i));
        const char *note = member->shadow ? "a shadow" : "";
        weir_text_table_add(&table, "%s%s", member->trouble == NULL ? "" : "no member: ",
                            member->trouble == NULL ? note : member->trouble);
    }
    (void)fputc('\n', out);
    print_and_free(&table, out);
}

static void print_members(FILE *out, const struct weir_view *view)
{
    static const char *const titles[] = {"#", "CLIENT", "HOST", "INSTANCE", "PARTITIONS", "MEMBER"};
    struct weir_text_table table = {.align = "rlllrl"};

    add_heading(&table, titles);
    for (size_t i = 0; i < view->member_count; i++) {
        const struct weir_view_member *member = &view->members[i];
        weir_text_table_add(&table, "%zu", i + 1);
        weir_text_table_add(&table, "%s", member->client);
        weir_text_table_add(&table, "%s", member->host);
        add_text(&table, member->instance);
        weir_text_table_add(&table, "%zu", count_owned(view, i));
        weir_text_table_add(&table, "%s", member->id);
    }
    (void)fputc('\n', out);
    print_and_free(&table, out);
}

/* One more clause of a note; takes both. */
static char *joined(char *note, char *clause)
{
    if (note == NULL || clause == NULL) {
        return note == NULL ? clause : note;
    }
    char *both = weir_cli_text("%s; %s", note, clause);
    free(note);
    free(clause);
    return both;
}

/* Where the old color stops; NULL: nowhere. */
static char *stop_text(const struct weir_view_partition *one)
{
    int64_t to_go = one->stop - one->committed;
    int64_t to_come = one->end < 0 ? 0 : one->stop - one->end;

    if (one->stop < 0) {
        return NULL;
    }
    if (one->committed < 0) {
        return weir_cli_text("stops at %" PRId64, one->stop);
    }
    if (to_go < 0) {
        return weir_cli_text("past its stop at %" PRId64, one->stop);
    }
    if (to_go == 0) {
        return weir_cli_text("is at its stop");
    }
    return to_come > 0
               ? weir_cli_text("stops at %" PRId64 ", %" PRId64 " to go, %" PRId64 " to come",
                               one->stop, to_go, to_come)
               : weir_cli_text("stops at %" PRId64 ", %" PRId64 " to go", one->stop, to_go);
}

/* What comes again, NULL: nothing does. */
static char *again_text(const struct weir_view_partition *one)
{
    int64_t again = weir_view_again(one);

    return again <= 0 ? NULL
                      : weir_cli_text("to be set back to %" PRId64 ", %" PRId64 " come again",
                                      one->set_back_to, again);
}

/* What is not known, and what is not as it is to be. */
static void add_owner_note(struct weir_text_table *table, const struct weir_view *view,
                           const struct weir_view_partition *one)
{
    char *note = weir_cli_copy(one->trouble);

    if (one->holder != NULL) {
        note = joined(note, weir_cli_text("owned by %s, who is no member", one->holder));
    }
    if (one->allotted != WEIR_VIEW_NOBODY && one->allotted != one->owner) {
        note = joined(note, weir_cli_text("to go to %s", view->members[one->allotted].id));
    }
    note = joined(note, stop_text(one));
    note = joined(note, again_text(one));
    if (one->left) {
        note = joined(note, weir_cli_text("left unread: %s does not read it", view->request.to));
    }
    weir_text_table_add(table, "%s", note == NULL ? "" : note);
    free(note);
}

static void print_owned(FILE *out, const struct weir_view *view)
{
    static const char *const titles[] = {"TOPIC", "PARTITION", "#",   "COMMITTED",
                                         "END",   "LAG",       "NOTE"};
    struct weir_text_table table = {.align = "lrrrrrl"};
    const char *otherwise = weir_view_members_known(view) ? "nobody" : UNKNOWN;

    add_heading(&table, titles);
    for (size_t i = 0; i < view->partition_count; i++) {
        const struct weir_view_partition *one = &view->partitions[i];
        long long number = one->owner == WEIR_VIEW_NOBODY ? -1 : (long long)one->owner + 1;
        add_partition(&table, one->topic, one->partition);
        weir_text_table_add_number(&table, number, one->holder == NULL ? otherwise : "stranger");
        add_committed(&table, one);
        weir_text_table_add_number(&table, one->end, UNKNOWN);
        weir_text_table_add_number(&table, weir_view_lag(one), UNKNOWN);
        add_owner_note(&table, view, one);
    }
    (void)fputc('\n', out);
    print_and_free(&table, out);
}

static void print_request(FILE *out, const struct weir_view_request *request)
{
    if (request->id == NULL) {
        return;
    }
    (void)fprintf(out, "switch %s from %s to %s%s%s\n", request->id,
                  request->from == NULL ? "none" : request->from, request->to,
                  request->stops ? ", up to stop offsets" : "",
                  request->replay ? ", with replay" : "");
    if (request->peer != NULL) {
        (void)fprintf(out, "one half of a swap: the other one is in group %s\n", request->peer);
    }
}

static void print_heading(FILE *out, const char *group, const struct weir_view *view)
{
    bool zoo = view->meeting == WEIR_VIEW_ZOOKEEPER;

    (void)fprintf(out, "group %s: %s", group, view->state);
    if (view->assignor != NULL) {
        (void)fprintf(out, ", %s %s", zoo ? "strategy" : "assignor", view->assignor);
    }
    if (view->coordinator != NULL && zoo) {
        (void)fprintf(out, ", ZooKeeper %s", view->coordinator);
    } else if (view->coordinator != NULL) {
        (void)fprintf(out, ", coordinator %d (%s)", (int)view->coordinator_id, view->coordinator);
    }
    if (!weir_view_members_known(view)) {
        (void)fputs(", members " UNKNOWN
                    ": they speak a newer protocol than this librdkafka can ask about\n",
                    out);
    } else {
        (void)fprintf(out, ", members %zu\n", view->member_count);
    }
    if (view->step != NULL) {
        (void)fprintf(out, "active color %s, epoch %" PRIu64 ", switch %s\n",
                      view->active_color == NULL ? "none" : view->active_color, view->epoch,
                      view->step);
    }
    print_request(out, &view->request);
    if (view->reason != NULL) {
        (void)fprintf(out, "%s: %s\n", view->state, view->reason);
    }
}

void weir_print_status(FILE *out, const char *group, const struct weir_view *view)
{
    print_heading(out, group, view);
    if (view->member_count > 0 && view->meeting == WEIR_VIEW_ZOOKEEPER) {
        print_registered(out, view);
    } else if (view->member_count > 0) {
        print_members(out, view);
    }
    print_owned(out, view);
}

static void add_delta(struct weir_text_table *table, const struct weir_change *change)
{
    if (change->kind == WEIR_CHANGE_SET && change->old >= 0) {
        weir_text_table_add(table, "%+" PRId64, change->offset - change->old);
    } else {
        weir_text_table_add(table, "-");
    }
}

void weir_print_plan(FILE *out, const struct weir_plan *plan)
{
    static const char *const titles[] = {"TOPIC", "PARTITION", "OLD", "NEW", "DELTA", "NOTE"};
    struct weir_text_table table = {.align = "lrrrrl"};

    add_heading(&table, titles);
    for (size_t i = 0; i < plan->count; i++) {
        const struct weir_change *change = &plan->changes[i];
        const char *otherwise = change->none ? "none" : UNKNOWN;
        add_partition(&table, change->topic, change->partition);
        weir_text_table_add_number(&table, change->old, otherwise);
        weir_text_table_add_number(&table, change->offset, otherwise);
        add_delta(&table, change);
        weir_text_table_add(&table, "%s", weir_change_note(change));
    }
    print_and_free(&table, out);
}
