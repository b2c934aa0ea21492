#include "test/support/script.h"

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/fail.h"
#include "test/support/text.h"

enum { NS_PER_MS = 1000000 };

static enum ledger_state state_of(char mark)
{
    switch (mark) {
    case '.':
        return LEDGER_ACKNOWLEDGED;
    case '!':
        return LEDGER_ABORTED;
    case '?':
        return LEDGER_REMOVED;
    default:
        return LEDGER_FAILED;
    }
}

struct ledger *script_ledger(const char *spec)
{
    struct ledger *ledger = ledger_create();
    char *end = NULL;

    while (*spec != '\0') {
        int64_t offset = strtol(spec, &end, 10);
        char key = *end++;
        char state = *end++;
        struct ledger_entry *entry = ledger_add(ledger, "t");
        entry->partition = 0;
        entry->offset = state == '~' ? LEDGER_NO_OFFSET : offset;
        entry->key_hash = key == '-' ? LEDGER_NO_KEY : ledger_key_hash(&key, 1);
        entry->state = state_of(state);
        spec = end + strspn(end, " ");
    }
    return ledger;
}

static const char *event_name(const char *word)
{
    static const char *const words[][2] = {
        {"assign", "assign"},       {"revoke", "revoke_end"},  {"lost", "lost"},
        {"start", "handler_start"}, {"end", "handler_end"},    {"ask", "commit_req"},
        {"commit", "commit_ok"},    {"skip", "skip"},          {"hold", "hold"},
        {"fail", "fail"},           {"letter", "dead_letter"}, {"reset", "reset"},
        {"stop", "stop"},           {"late", "drain_timeout"}, {"begin", "revoke_begin"},
        {"state", "state"}};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i][0], word) == 0) {
            return words[i][1];
        }
    }
    fail_test("no event is called %s", word);
}

enum { FIRST, LAST, BATCH, COUNT, NUMBERS };

static bool is_of_a_record(const char *name)
{
    static const char *const names[] = {"skip", "hold", "fail", "letter", "stop", "reset"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void add_event(struct text *lines, int64_t time, const char *member, const char *name,
                      const long *numbers)
{
    const char *ev = event_name(name);
    long first = numbers[FIRST];
    long last = numbers[LAST] < 0 ? first : numbers[LAST];
    long count = numbers[COUNT] < 0 ? last - first + 1 : numbers[COUNT];

    text_add(lines, "{\"ts_mono_ns\":%lld,\"pid\":%d,\"inst\":\"%s\",\"ev\":\"%s\",",
             (long long)time, member[1], member, ev);
    if (is_of_a_record(name)) {
        text_add(lines, "\"topic\":\"t\",\"partition\":0,\"offset\":%ld}\n", first);
        return;
    }
    if (strcmp(name, "state") == 0) {
        text_add(lines, "\"count\":%ld}\n", first);
        return;
    }
    text_add(lines,
             "\"batch\":%ld,\"spans\":[{\"topic\":\"t\",\"partition\":0,\"first\":%ld,"
             "\"last\":%ld,\"count\":%ld}]}\n",
             numbers[BATCH] < 0 ? 0 : numbers[BATCH], first, last, count);
}

char *script_lines(const char *script)
{
    struct text lines = {.bytes = NULL};
    char *copy = fail_or_copy(script);
    char *events = NULL;
    int64_t time = NS_PER_MS;

    text_add_bytes(&lines, "", 0);
    for (char *event = strtok_r(copy, ";", &events); event != NULL;
         event = strtok_r(NULL, ";", &events)) {
        long numbers[NUMBERS] = {-1, -1, -1, -1};
        char *words = NULL;
        const char *member = strtok_r(event, " ", &words);
        const char *name = strtok_r(NULL, " ", &words);
        if (member == NULL || name == NULL) {
            continue; /* after the last one */
        }
        if (strcmp(member, "pause") == 0) {
            time += strtol(name, NULL, 10) * NS_PER_MS;
            continue;
        }
        for (int i = 0; i < (int)NUMBERS; i++) {
            const char *number = strtok_r(NULL, " ", &words);
            numbers[i] = number == NULL ? -1 : strtol(number, NULL, 10);
        }
        add_event(&lines, time, member, name, numbers);
        time += NS_PER_MS;
    }
    free(copy);
    return lines.bytes;
}

struct stream *script_stream(const char *script)
{
    char *lines = script_lines(script);
    struct stream *stream = stream_from_text("script", lines);

    free(lines);
    return stream;
}

static bool is_alone(int wanted, const struct verify_report *report)
{
    size_t length = strcspn(verify_rule_name((enum verify_rule)wanted), " ") + 1;

    for (int rule = 0; rule < (int)VERIFY_RULES; rule++) {
        if (report->found[rule] > 0 &&
            strncmp(verify_rule_name((enum verify_rule)rule),
                    verify_rule_name((enum verify_rule)wanted), length) != 0) {
            return false;
        }
    }
    return true;
}

static void expect_rule(const struct script_case *one, const struct verify_options *options,
                        const struct verify_report *report)
{
    const char *name = verify_rule_name((enum verify_rule)one->rule);

    ck_assert_msg(!verify_passed(options, report), "%s: passed", one->what);
    ck_assert_msg(report->found[one->rule] > 0, "%s: no '%s' in: %s", one->what, name,
                  report->text);
    ck_assert_msg(strstr(report->text, name) != NULL, "%s: no text: %s", one->what, report->text);
}

bool script_judge(const struct script_case *one)
{
    struct stream *stream = script_stream(one->script);
    struct verify_options options = one->options;
    bool alone = true;

    options.ledger = script_ledger(one->ledger);
    options.streams = &stream;
    options.stream_count = 1;
    struct verify_report *report = verify(&options);
    if (one->rule == SCRIPT_NO_RULE) {
        ck_assert_msg(verify_passed(&options, report), "%s: %s", one->what, report->text);
    } else {
        expect_rule(one, &options, report);
        alone = is_alone(one->rule, report);
    }
    verify_report_destroy(report);
    ledger_destroy(options.ledger);
    stream_close(stream);
    return alone;
}
