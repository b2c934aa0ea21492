#include "test/fault/verdict.h"

#include <jansson.h>
#include <string.h>

enum { JSON_INDENT_BY = 2 };

/* Why a rule is not judged, or NULL if it is. */
typedef const char *excuse_fn(const struct verdict *verdict);

static const char *without_ledger(const struct verdict *verdict)
{
    return verdict->guessed ? "needs --ledger" : NULL;
}

static const char *without_heal(const struct verdict *verdict)
{
    return verdict->options->heal_ns == 0 ? "needs --heal-ns" : NULL;
}

static const char *without_revocations(const struct verdict *verdict)
{
    return verdict->options->revocations_max == NULL ? "needs --revocations" : NULL;
}

static const char *without_stop(const struct verdict *verdict)
{
    bool asked = verdict->options->stop_within_ms > 0 || verdict->options->clean;

    return asked ? NULL : "needs --stop-within-ms";
}

static const struct row {
    const char *number;
    const char *sentence;
    excuse_fn *excuse; /* NULL: always judged */
} rows[] = {
    {"I1", "nothing acknowledged is lost", NULL},
    {"I2", "nothing is committed before it is done", NULL},
    {"I3", "only owners commit", NULL},
    {"I4", "only owners handle, and only until they hand back", NULL},
    {"I5", "a partition has one owner at a time", NULL},
    {"I6", "records come in order, from the committed offset on", NULL},
    {"I7", "nothing is done twice, but for what a crash leaves open", NULL},
    {"I8", "what is handled is what was produced", without_ledger},
    {"I9", "after the faults all goes on in time", without_heal},
    {"I10", "no more is revoked than expected", without_revocations},
    {"I11", "members stop in time", without_stop},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

/* The rules' names begin with their number. */
static bool is_of(enum verify_rule rule, const struct row *row)
{
    size_t length = strlen(row->number);
    const char *name = verify_rule_name(rule);

    return strncmp(name, row->number, length) == 0 && name[length] == ' ';
}

static bool is_broken(const struct verdict *verdict, enum verify_rule rule)
{
    uint64_t allowed = rule == VERIFY_DUPLICATE ? verdict->options->duplicates_max : 0;

    return verdict->report->found[rule] > allowed;
}

static uint64_t violations(const struct verdict *verdict, const struct row *row)
{
    uint64_t sum = 0;

    for (int rule = 0; rule < (int)VERIFY_RULES; rule++) {
        if (is_of((enum verify_rule)rule, row) && is_broken(verdict, (enum verify_rule)rule)) {
            sum += verdict->report->found[rule];
        }
    }
    return sum;
}

static const char *excuse_of(const struct verdict *verdict, const struct row *row)
{
    return row->excuse == NULL ? NULL : row->excuse(verdict);
}

static const char *word_of(const struct verdict *verdict, const struct row *row)
{
    if (violations(verdict, row) > 0) {
        return "BROKEN";
    }
    return excuse_of(verdict, row) == NULL ? "holds" : "-";
}

static void print_row(const struct verdict *verdict, const struct row *row, FILE *out)
{
    uint64_t count = violations(verdict, row);
    const char *excuse = excuse_of(verdict, row);

    (void)fprintf(out, "%-4s %-7s %s", row->number, word_of(verdict, row), row->sentence);
    if (count > 0) {
        (void)fprintf(out, " (%llu times not)", (unsigned long long)count);
    } else if (excuse != NULL) {
        (void)fprintf(out, " (%s)", excuse);
    }
    (void)fputc('\n', out);
}

static const struct {
    const char *name;
    size_t at; /* of the uint64_t in the report */
} counts[] = {
    {"members", offsetof(struct verify_report, members)},
    {"events", offsetof(struct verify_report, events)},
    {"partitions", offsetof(struct verify_report, partitions)},
    {"records", offsetof(struct verify_report, records)},
    {"completed", offsetof(struct verify_report, completed)},
    {"repeated", offsetof(struct verify_report, repeated)},
    {"excused", offsetof(struct verify_report, excused)},
    {"zombie_starts", offsetof(struct verify_report, zombie_starts)},
    {"revocations", offsetof(struct verify_report, revocations)},
};

enum { COUNTS = sizeof counts / sizeof counts[0] };

static uint64_t count_at(const struct verdict *verdict, size_t index)
{
    uint64_t value = 0;

    memcpy(&value, (const char *)verdict->report + counts[index].at, sizeof value);
    return value;
}

void verdict_print(const struct verdict *verdict, FILE *out)
{
    for (size_t i = 0; i < ROWS; i++) {
        print_row(verdict, &rows[i], out);
    }
    for (size_t i = 0; i < COUNTS; i++) {
        (void)fprintf(out, "%s%llu %s", i == 0 ? "" : ", ",
                      (unsigned long long)count_at(verdict, i), counts[i].name);
    }
    for (int cause = 0; cause < (int)VERIFY_CAUSES; cause++) {
        uint64_t count = verdict->report->causes[cause];
        if (count > 0) {
            (void)fprintf(out, ", %llu repeated because %s", (unsigned long long)count,
                          verify_cause_name((enum verify_cause)cause));
        }
    }
    (void)fprintf(out, "%s\n%s", verdict->guessed ? " (no ledger: of what was handed out)" : "",
                  verdict->report->text);
}

static json_t *row_object(const struct verdict *verdict, const struct row *row)
{
    const char *excuse = excuse_of(verdict, row);
    uint64_t count = violations(verdict, row);
    const char *word = count > 0 ? "broken" : (excuse == NULL ? "holds" : "not judged");
    json_t *object = json_pack("{s:s,s:s,s:s,s:I}", "rule", row->number, "verdict", word,
                               "sentence", row->sentence, "violations", (json_int_t)count);
    json_t *kinds = json_object();

    for (int rule = 0; rule < (int)VERIFY_RULES; rule++) {
        uint64_t found = verdict->report->found[rule];
        if (found > 0 && is_of((enum verify_rule)rule, row)) {
            const char *name = verify_rule_name((enum verify_rule)rule) + strlen(row->number) + 1;
            (void)json_object_set_new(kinds, name, json_integer((json_int_t)found));
        }
    }
    (void)json_object_set_new(object, "kinds", kinds);
    return object;
}

void verdict_print_json(const struct verdict *verdict, FILE *out)
{
    bool holds = verify_passed(verdict->options, verdict->report);
    json_t *object = json_pack("{s:s,s:b}", "verdict", holds ? "holds" : "broken", "ledger",
                               verdict->guessed ? 0 : 1);
    json_t *list = json_array();

    for (size_t i = 0; i < ROWS; i++) {
        (void)json_array_append_new(list, row_object(verdict, &rows[i]));
    }
    (void)json_object_set_new(object, "rules", list);
    for (size_t i = 0; i < COUNTS; i++) {
        (void)json_object_set_new(object, counts[i].name,
                                  json_integer((json_int_t)count_at(verdict, i)));
    }
    json_t *causes = json_object();
    for (int cause = 0; cause < (int)VERIFY_CAUSES; cause++) {
        (void)json_object_set_new(causes, verify_cause_name((enum verify_cause)cause),
                                  json_integer((json_int_t)verdict->report->causes[cause]));
    }
    (void)json_object_set_new(object, "causes", causes);
    (void)json_object_set_new(object, "counter_example", json_string(verdict->report->text));
    (void)json_dumpf(object, out, JSON_INDENT(JSON_INDENT_BY) | JSON_ENSURE_ASCII);
    (void)fputc('\n', out);
    json_decref(object);
}
