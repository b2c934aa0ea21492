#include "tools/zoo_switch_show.h"

#include "tools/memory.h"
#include "tools/options.h"
#include "tools/text_table.h"
#include "tools/zoo_group_state.h"
#include "tools/zoo_switch_health.h"
#include "tools/zoo_switch_progress.h"
#include "tools/zoo_switch_ready.h"
#include "tools/zoo_switch_stops.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MS_PER_S = 1000, TENTH_MS = 100, TIME_SIZE = 32 };

const char *weir_switch_show_mode(const struct weir_switch_request *request)
{
    return request->mode == WEIR_SWITCH_EACH ? "each" : "together";
}

const char *weir_switch_show_drain(const struct weir_switch_request *request)
{
    static const char *const names[] = {[WEIR_SWITCH_IN_FLIGHT] = "in-flight",
                                        [WEIR_SWITCH_IMMEDIATE] = "immediate",
                                        [WEIR_SWITCH_TO_STOPS] = "stops"};

    return names[request->drain];
}

const char *weir_switch_show_overdue(const struct weir_switch_request *request)
{
    return request->overdue == WEIR_SWITCH_GO_BACK ? "back" : "go-on";
}

/* Counting. */

static const char *color_of(const struct weir_zoo_look *look, size_t member)
{
    return look->roster.members[member]->registration.color;
}

static bool is_color(const char *color, const char *other)
{
    return color != NULL && other != NULL && strcmp(color, other) == 0;
}

size_t weir_switch_show_members_of(const struct weir_zoo_look *look, const char *color)
{
    size_t count = 0;

    for (size_t i = 0; i < look->roster.count; i++) {
        count += is_color(color_of(look, i), color) ? 1 : 0;
    }
    return count;
}

size_t weir_switch_show_owned_by(const struct weir_zoo_look *look, const char *color)
{
    size_t count = 0;

    for (size_t i = 0; i < look->owner_count; i++) {
        const char *owner = weir_switching_owner_color(look, &look->owners[i]);
        count += (color == NULL ? owner == NULL : is_color(owner, color)) ? 1 : 0;
    }
    return count;
}

size_t weir_switch_show_owned(const struct weir_zoo_look *look, size_t member)
{
    size_t count = 0;

    for (size_t i = 0; i < look->owner_count; i++) {
        count += weir_zoo_look_find(look, look->owners[i].data) == member ? 1 : 0;
    }
    return count;
}

static int by_text(const void *one, const void *other)
{
    const char *const *a = one;
    const char *const *b = other;

    return strcmp(*a, *b);
}

static void add_color(const char **colors, size_t *count, const char *color)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(colors[i], color) == 0) {
            return;
        }
    }
    colors[(*count)++] = color;
}

const char **weir_switch_show_colors(const struct weir_zoo_look *look, size_t *count)
{
    const struct weir_switch *record = &look->record;
    const char *const named[] = {record->active, record->request.from, record->request.to};
    const char **colors =
        weir_cli_alloc(look->roster.count + sizeof named / sizeof named[0], sizeof *colors);

    *count = 0;
    for (size_t i = 0; i < look->roster.count; i++) {
        if (color_of(look, i) != NULL) {
            add_color(colors, count, color_of(look, i));
        }
    }
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        if (named[i][0] != '\0') {
            add_color(colors, count, named[i]);
        }
    }
    if (*count > 0) {
        qsort((void *)colors, *count, sizeof *colors, by_text);
    }
    return colors;
}

/* Printing. */

static const char *name_or_none(const char *color)
{
    return color[0] == '\0' ? "none" : color;
}

static const char *time_text(int64_t ms, char out[TIME_SIZE])
{
    time_t seconds = (time_t)(ms / MS_PER_S);
    struct tm parts;

    if (gmtime_r(&seconds, &parts) == NULL ||
        strftime(out, TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        (void)snprintf(out, TIME_SIZE, "%" PRId64, ms);
    }
    return out;
}

static void print_table(struct weir_text_table *table, FILE *out)
{
    (void)fputc('\n', out);
    weir_text_table_print(table, out);
    weir_text_table_fini(table);
}

static void add_heading(struct weir_text_table *table, const char *const *titles)
{
    for (size_t i = 0; i < strlen(table->align); i++) {
        weir_text_table_add(table, "%s", titles[i]);
    }
}

/* In seconds, as they are given. */
static void print_seconds(FILE *out, const char *name, int64_t ms)
{
    (void)fprintf(out, ", %s %" PRId64 ".%" PRId64 " s", name, ms / MS_PER_S,
                  ms % MS_PER_S / TENTH_MS);
}

static void print_limits(FILE *out, const struct weir_switch_request *request)
{
    (void)fprintf(out, "mode %s%s, drain %s, on deadline %s", weir_switch_show_mode(request),
                  request->replay ? " with replay" : "", weir_switch_show_drain(request),
                  weir_switch_show_overdue(request));
    print_seconds(out, "prepare", request->limits.prepare_ms);
    print_seconds(out, "drain", request->limits.drain_ms);
    print_seconds(out, "take", request->limits.take_ms);
    print_seconds(out, "health", request->limits.health_ms);
    (void)fputc('\n', out);
    weir_switch_health_print(out, request);
}

static void print_request(FILE *out, const struct weir_zoo_look *look)
{
    const struct weir_switch_request *request = &look->record.request;
    char blocked[WEIR_SWITCH_WHY_SIZE];
    char why[WEIR_SWITCH_WHY_SIZE];
    char when[TIME_SIZE];

    (void)fprintf(out, "switch %s from %s to %s, asked for by %s at %s\n", request->id,
                  name_or_none(request->from), request->to, request->by,
                  time_text(request->asked_ms, when));
    if (request->peer[0] != '\0') {
        (void)fprintf(out, "one half of a swap: the other one is in group %s\n", request->peer);
    }
    print_limits(out, request);
    if (look->record.why[0] != '\0') {
        (void)fprintf(out, "goes back: %s\n", look->record.why);
    }
    weir_switching_blocked(look, blocked);
    if (blocked[0] != '\0') {
        bool bad = weir_switch_health_look(look, why) == WEIR_SWITCH_UNHEALTHY;
        (void)fprintf(out, "%s: %s\n", bad ? "no-go" : "waits", blocked);
    }
}

static const char *role_of(const struct weir_switch *record, const char *color)
{
    if (strcmp(record->active, color) == 0) {
        return "active";
    }
    return weir_switch_may_own(record, color) ? "claims" : "standby";
}

static void print_colors(FILE *out, const struct weir_zoo_look *look)
{
    static const char *const titles[] = {"COLOR", "ROLE", "MEMBERS", "PARTITIONS"};
    struct weir_text_table table = {.align = "llrr"};
    size_t strangers = weir_switch_show_owned_by(look, NULL);
    size_t count = 0;
    const char **colors = weir_switch_show_colors(look, &count);

    add_heading(&table, titles);
    for (size_t i = 0; i < count; i++) {
        weir_text_table_add(&table, "%s", colors[i]);
        weir_text_table_add(&table, "%s", role_of(&look->record, colors[i]));
        weir_text_table_add(&table, "%zu", weir_switch_show_members_of(look, colors[i]));
        weir_text_table_add(&table, "%zu", weir_switch_show_owned_by(look, colors[i]));
    }
    if (count > 0) {
        print_table(&table, out);
    } else {
        weir_text_table_fini(&table);
    }
    if (strangers > 0) {
        (void)fprintf(out, "%zu partitions are owned by who has no color\n", strangers);
    }
    free((void *)colors);
}

static void print_misplaced(FILE *out, const struct weir_zoo_look *look)
{
    const struct weir_zoo_owner *first = NULL;
    size_t count = weir_switching_misplaced(look, &first);

    if (count > 0) {
        (void)fprintf(out,
                      "WRONG: %zu of the partitions are with a color that may not have them: %s/%d "
                      "is with %s of %s; a defect, or nodes were changed by hand\n",
                      count, first->topic, (int)first->partition, first->data,
                      weir_switching_owner_color(look, first));
    }
}

/* Who is not asked says nothing, and what it said before does not count. */
static void add_flag(struct weir_text_table *table, bool asked, bool flag)
{
    weir_text_table_add(table, "%s", !asked ? "-" : flag ? "yes" : "no");
}

static void add_member(struct weir_text_table *table, const struct weir_zoo_look *look, size_t i)
{
    const struct weir_roster_member *member = look->roster.members[i];
    const struct weir_registration *self = &member->registration;

    weir_text_table_add(table, "%s", self->color == NULL ? "-" : self->color);
    weir_text_table_add(table, "%s", member->id);
    bool asked = self->color != NULL && weir_switch_asks(&look->record, self->color);
    add_flag(table, asked, self->progress.turn == look->record.turn);
    add_flag(table, asked, self->progress.ready);
    add_flag(table, asked, self->progress.empty);
    add_flag(table, asked, self->progress.full);
    weir_text_table_add(table, "%zu", weir_switch_show_owned(look, i));
    weir_text_table_add(table, "%s%s", look->troubles[i] == NULL ? "" : "no member: ",
                        look->troubles[i] == NULL ? "" : look->troubles[i]);
}

/* Color by color: those without one come last. */
static void print_members(FILE *out, const struct weir_zoo_look *look)
{
    static const char *const titles[] = {"COLOR", "MEMBER", "HEARD",      "READY",
                                         "EMPTY", "FULL",   "PARTITIONS", "NOTE"};
    struct weir_text_table table = {.align = "llllllrl"};
    size_t count = 0;
    const char **colors = weir_switch_show_colors(look, &count);

    add_heading(&table, titles);
    for (size_t c = 0; c <= count; c++) {
        for (size_t i = 0; i < look->roster.count; i++) {
            const char *color = color_of(look, i);
            if (c < count ? is_color(color, colors[c]) : color == NULL) {
                add_member(&table, look, i);
            }
        }
    }
    print_table(&table, out);
    free((void *)colors);
}

void weir_switch_show_status(const struct weir_switching *switching)
{
    const struct weir_zoo_look *look = &switching->look;
    const struct weir_switch *record = &look->record;
    FILE *out = switching->out;

    if (switching->wish->json) {
        weir_switch_json_status(switching);
        return;
    }
    (void)fprintf(out, "group %s: active color %s, epoch %" PRIu64 ", %s, ZooKeeper %s\n",
                  switching->group->name, name_or_none(record->active), record->epoch,
                  weir_switch_step_name(record->step),
                  weir_zoo_talk_address(switching->group->talk));
    if (record->step != WEIR_SWITCH_IDLE) {
        print_request(out, look);
    } else if (!look->switched) {
        (void)fputs("no switch was ever asked for\n", out);
    }
    print_colors(out, look);
    print_misplaced(out, look);
    if (look->roster.count > 0) {
        print_members(out, look);
    }
}

static void print_expected(FILE *out, const struct weir_switch_plan *plan)
{
    const char *mode = weir_switch_show_mode(&plan->request);
    char median[WEIR_SWITCH_SPAN_SIZE];
    char p99[WEIR_SWITCH_SPAN_SIZE];

    if (plan->request.from[0] == '\0') {
        return; /* nobody hands anything over */
    }
    if (plan->watched == 0) {
        (void)fprintf(out,
                      "expected gap: not known, no switch of mode %s was watched to its end: weir "
                      "switch apply --wait measures it\n",
                      mode);
        return;
    }
    (void)fprintf(out,
                  "expected gap from owner to owner: median %s, p99 %s, by the last %zu of mode %s "
                  "that %s watched\n",
                  weir_switch_progress_span(plan->expected.median_ns, median),
                  weir_switch_progress_span(plan->expected.p99_ns, p99), plan->watched, mode,
                  plan->watched == 1 ? "was" : "were");
}

static void add_begins(struct weir_text_table *table, const struct weir_switch_plan *plan)
{
    for (size_t i = 0; i < plan->begin_count; i++) {
        weir_text_table_add(table, "%s", plan->begins[i].name);
        weir_text_table_add(table, "%zu", plan->begins[i].partitions);
        weir_text_table_add(table, "nobody");
        weir_text_table_add(table, "%s", plan->request.to);
    }
}

void weir_switch_show_plan(const struct weir_switching *switching,
                           const struct weir_switch_plan *plan)
{
    static const char *const titles[] = {"TOPIC", "PARTITIONS", "FROM", "TO"};
    struct weir_text_table table = {.align = "lrll"};
    FILE *out = switching->out;

    if (switching->wish->json) {
        weir_switch_json_plan(switching, plan);
        weir_text_table_fini(&table);
        return;
    }
    (void)fprintf(out, "group %s: from %s to %s, epoch %" PRIu64 "\n", switching->group->name,
                  name_or_none(plan->request.from), plan->request.to, switching->look.record.epoch);
    print_limits(out, &plan->request);
    add_heading(&table, titles);
    for (size_t i = 0; i < plan->topic_count; i++) {
        weir_text_table_add(&table, "%s", plan->topics[i].name);
        weir_text_table_add(&table, "%zu", plan->topics[i].partitions);
        weir_text_table_add(&table, "%s", plan->request.from);
        weir_text_table_add(&table, "%s", plan->topics[i].left ? "nobody" : plan->request.to);
    }
    add_begins(&table, plan);
    if (plan->topic_count > 0) {
        print_table(&table, out);
        (void)fputc('\n', out);
    } else {
        weir_text_table_fini(&table);
    }
    weir_switch_stops_show(switching);
    weir_switch_ready_show(switching, plan);
    print_expected(out, plan);
    for (size_t i = 0; i < plan->block_count; i++) {
        (void)fprintf(out, "blocked: %s%s\n", plan->blocks[i].why,
                      plan->blocks[i].waits ? " (a switch waits for that)" : "");
    }
    if (plan->block_count > 0) {
        (void)fputs("nothing is written\n", out);
    } else {
        (void)fprintf(out, "nothing is written: weir switch %s --execute does it\n",
                      switching->wish->back == NULL ? "apply" : "rollback");
    }
}

static void add_span(struct weir_text_table *table, const struct weir_switch_log_entry *entry,
                     int64_t time_ns)
{
    char span[WEIR_SWITCH_SPAN_SIZE];

    weir_text_table_add(table, "%s",
                        entry == NULL ? "-" : weir_switch_progress_span(time_ns, span));
}

static void add_gaps(struct weir_text_table *table, const struct weir_switch_log *log,
                     const struct weir_switch_past *past)
{
    const struct weir_switch_log_entry *entry = weir_switch_log_find(log, past->id);

    add_span(table, entry, entry == NULL ? 0 : entry->sum.median_ns);
    add_span(table, entry, entry == NULL ? 0 : entry->sum.p99_ns);
}

void weir_switch_show_history(const struct weir_switching *switching,
                              const struct weir_switch_log *log)
{
    static const char *const titles[] = {"ENDED", "OUTCOME", "FROM", "TO", "EPOCH",
                                         "GAP",   "GAP p99", "ID",   "BY", "WHY"};
    const struct weir_switch *record = &switching->look.record;
    struct weir_text_table table = {.align = "llllrrrlll"};
    char when[TIME_SIZE];

    if (switching->wish->json) {
        weir_switch_json_history(switching, log);
        return;
    }
    add_heading(&table, titles);
    for (size_t i = 0; i < record->past_count; i++) {
        const struct weir_switch_past *past = &record->past[i];
        weir_text_table_add(&table, "%s", time_text(past->ended_ms, when));
        weir_text_table_add(&table, "%s", weir_switch_outcome_name(past->outcome));
        weir_text_table_add(&table, "%s", name_or_none(past->from));
        weir_text_table_add(&table, "%s", past->to);
        weir_text_table_add(&table, "%" PRIu64, past->epoch);
        add_gaps(&table, log, past);
        weir_text_table_add(&table, "%s", past->id);
        weir_text_table_add(&table, "%s", past->by);
        weir_text_table_add(&table, "%s", past->why);
    }
    weir_text_table_print(&table, switching->out);
    weir_text_table_fini(&table);
}

/* Following. */

void weir_switch_show_act(const struct weir_switching *switching, const char *what)
{
    const struct weir_switch *record = &switching->look.record;
    const struct weir_switch_request *request = &record->request;

    if (switching->wish->json) {
        weir_switch_json_act(switching, what);
    } else if (record->step == WEIR_SWITCH_IDLE) {
        weir_switch_progress_group(switching);
        (void)fprintf(switching->out, "%s\n", what);
    } else {
        weir_switch_progress_group(switching);
        (void)fprintf(switching->out, "%s: %s from %s to %s\n", what, request->id,
                      name_or_none(request->from), request->to);
    }
    (void)fflush(switching->out);
}

void weir_switch_show_end(const struct weir_switching *switching,
                          const struct weir_switch_past *past, int64_t elapsed_ms)
{
    FILE *out = switching->out;

    if (switching->wish->json) {
        weir_switch_json_end(switching, past, elapsed_ms);
        return;
    }
    if (elapsed_ms >= 0) {
        weir_switch_progress_elapsed(out, elapsed_ms);
    }
    weir_switch_progress_group(switching);
    (void)fprintf(out, "%s: %s from %s to %s%s%s; active color %s, epoch %" PRIu64 "\n",
                  weir_switch_outcome_name(past->outcome), past->id, name_or_none(past->from),
                  past->to, past->why[0] == '\0' ? "" : ": ", past->why,
                  name_or_none(switching->look.record.active), switching->look.record.epoch);
    weir_switch_progress_gaps(switching);
}
