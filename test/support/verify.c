#include "test/support/verify.h"

#include <stdlib.h>

#include "test/support/fail.h"
#include "test/support/judge.h"
#include "test/support/text.h"

static const struct {
    const char *name;
    const char *sentence;
} rules[] = {
#define RULE_ROW(id, rule_name, rule_sentence) [id] = {rule_name, rule_sentence},
    VERIFY_RULE_TABLE(RULE_ROW)
#undef RULE_ROW
};

const char *verify_rule_name(enum verify_rule rule)
{
    return rules[rule].name;
}

const char *verify_rule_sentence(enum verify_rule rule)
{
    return rules[rule].sentence;
}

const char *verify_cause_name(enum verify_cause cause)
{
    static const char *const names[] = {
#define CAUSE_NAME(id, name) [id] = (name),
        VERIFY_CAUSE_TABLE(CAUSE_NAME)
#undef CAUSE_NAME
    };

    return names[cause];
}

struct verify_report *verify(const struct verify_options *options)
{
    struct verify_report *report = fail_or_alloc(1, sizeof *report);

    for (size_t i = 0; i < options->stream_count; i++) {
        stream_read(options->streams[i]);
    }
    report->text = judge_replay(options, report);
    return report;
}

void verify_report_destroy(struct verify_report *report)
{
    if (report != NULL) {
        free(report->text);
        free(report);
    }
}

bool verify_passed(const struct verify_options *options, const struct verify_report *report)
{
    for (int rule = 0; rule < (int)VERIFY_RULES; rule++) {
        uint64_t allowed = rule == (int)VERIFY_DUPLICATE ? options->duplicates_max : 0;
        if (report->found[rule] > allowed) {
            return false;
        }
    }
    return true;
}

void verify_expect(const struct verify_options *options, uint64_t *duplicates)
{
    struct verify_report *report = verify(options);

    if (!verify_passed(options, report)) {
        struct text counts = {.bytes = NULL};
        for (int rule = 0; rule < (int)VERIFY_RULES; rule++) {
            if (report->found[rule] > 0) {
                text_add(&counts, " %s: %llu;", verify_rule_name((enum verify_rule)rule),
                         (unsigned long long)report->found[rule]);
            }
        }
        fail_test("the group broke its promises:%s %llu of %llu records completed, %llu duplicates "
                  "allowed\n%s",
                  counts.bytes, (unsigned long long)report->completed,
                  (unsigned long long)report->records, (unsigned long long)options->duplicates_max,
                  report->text);
    }
    if (duplicates != NULL) {
        *duplicates = report->found[VERIFY_DUPLICATE];
    }
    verify_report_destroy(report);
}
