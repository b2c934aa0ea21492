/* Does `weir plan` answer as Kafka's own assignors do, and does sticky take no more away from those
 * who have it, and leave them as even? Some thousand groups, in one start of Java. */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/fail.h"
#include "test/support/group.h"
#include "test/support/java.h"
#include "test/support/process.h"
#include "test/support/runner.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"

enum { GROUPS = 12000, WAIT_MS = 120000, ENOUGH = GROUPS / 20 };

static const char *const asked[] = {"range", "roundrobin", "sticky"};
enum { ASKED = sizeof asked / sizeof asked[0] };

static char *folder;
static char *views;
static char *answers[ASKED];
static char *kafkas;

static void write_views(void)
{
    struct text lines = {.bytes = NULL};

    for (uint64_t seed = 1; seed <= GROUPS; seed++) {
        struct weir_random random = {.state = seed};
        struct group group;
        group_random(&group, &random, seed % 3 == 0);
        group_json(&group, &lines);
    }
    tmpdir_write(views, lines.bytes);
    text_fini(&lines);
}

static char *run_weir(const char *strategy)
{
    const char *const command[] = {
        getenv("WEIR_BINARY"), "plan", "--strategy", strategy, "--view", views, "-o", "json", NULL};
    struct process *process = process_start(&(struct process_options){.arguments = command});

    process_expect(process, 0, WAIT_MS);
    char *output = fail_or_copy(process_output(process));
    process_destroy(process);
    return output;
}

static char *run_kafka(void)
{
    struct jars *jars = jars_find("4.1.0");
    char *program = text_format("%s/test/kafka/Assignors.java", getenv("WEIR_SOURCE"));
    const char *const arguments[] = {views, NULL};
    struct process *process = java_start(&(struct java_options){
        .jars = jars, .class_name = program, .arguments = arguments, .folder = folder});

    process_expect(process, 0, WAIT_MS);
    char *output = fail_or_copy(process_output(process));
    process_destroy(process);
    jars_destroy(jars);
    free(program);
    return output;
}

static void set_up(void)
{
    folder = tmpdir_create("assignors");
    views = tmpdir_path(folder, "views");
    write_views();
    for (int i = 0; i < ASKED; i++) {
        answers[i] = run_weir(asked[i]);
    }
    kafkas = run_kafka();
}

static void tear_down(void)
{
    process_destroy_all();
    for (int i = 0; i < ASKED; i++) {
        free(answers[i]);
    }
    free(kafkas);
    free(views);
    tmpdir_remove(&folder);
}

/* Cuts the next line off; the test fails when there is none. */
static char *next_line(char **at)
{
    char *line = *at;
    char *end = strchr(line, '\n');

    if (end == NULL) {
        fail_test("an answer is missing");
    }
    *end = '\0';
    *at = end + 1;
    return line;
}

/* Is `assignment` what the line of weir's says? */
static bool agrees(const char *line, const char *assignment)
{
    static const char begin[] = "{\"assignment\":";
    size_t length = strlen(assignment);

    return strncmp(line, begin, strlen(begin)) == 0 &&
           strncmp(line + strlen(begin), assignment, length) == 0 &&
           strncmp(line + strlen(begin) + length, ",\"moves\":", strlen(",\"moves\":")) == 0;
}

/* The test fails when there is none. */
static long number_at(const char *text)
{
    char *end = NULL;
    long number = strtol(text, &end, 10);

    if (end == text || number < 0) {
        fail_test("a number is expected: %s", text);
    }
    return number;
}

/* What somebody's sticky made of a group. */
struct result {
    long moves;
    long loads[GROUP_MEMBERS_MAX]; /* most first */
    int members;
};

static int compare_down(const void *one, const void *other)
{
    long a = *(const long *)one;
    long b = *(const long *)other;

    return (a < b) - (a > b);
}

/* "moves load load ...". */
static struct result read_kafka(const char *line)
{
    struct result result = {.moves = number_at(line)};

    for (const char *at = strchr(line, ' '); at != NULL; at = strchr(at + 1, ' ')) {
        ck_assert_int_lt(result.members, GROUP_MEMBERS_MAX);
        result.loads[result.members++] = number_at(at);
    }
    return result;
}

/* {"assignment":{"m0":{"t0":[0,1],"t1":[4]},...},"moves":3} */
static struct result read_weir(const char *line)
{
    static const char field[] = "\"moves\":";
    const char *end = strstr(line, field);
    struct result result = {.moves = number_at(end == NULL ? "" : end + strlen(field))};
    bool listed = false;

    for (const char *at = strstr(line, "\"m0\""); at < end; at++) {
        if (strncmp(at, "\"m", 2) == 0) {
            ck_assert_int_lt(result.members, GROUP_MEMBERS_MAX);
            result.members++;
        }
        listed = *at == '[' || (listed && *at != ']');
        result.loads[result.members - 1] += listed && strchr("[,", *at) != NULL ? 1 : 0;
    }
    qsort(result.loads, (size_t)result.members, sizeof result.loads[0], compare_down);
    return result;
}

/* How far apart the loads of each two members are, added up: Kafka's measure. */
static long score(const struct result *result)
{
    long sum = 0;

    for (int i = 0; i < result->members; i++) {
        for (int k = i + 1; k < result->members; k++) {
            sum += result->loads[i] - result->loads[k];
        }
    }
    return sum;
}

/* Who has most has more, or just as much and who has most after that, ... */
static bool is_heavier(const struct result *ours, const struct result *theirs)
{
    int i = 0;

    while (i < ours->members && ours->loads[i] == theirs->loads[i]) {
        i++;
    }
    return i < ours->members && ours->loads[i] > theirs->loads[i];
}

/* The flaw, or NULL. */
static const char *judge(const struct result *ours, const struct result *theirs)
{
    ck_assert_int_eq(ours->members, theirs->members);
    if (ours->moves > theirs->moves) {
        return "it moves more";
    }
    return is_heavier(ours, theirs) || score(ours) > score(theirs) ? "it is less even" : NULL;
}

/* How often something held, so that none of it holds because there is nothing to see. */
struct counts {
    int different; /* range and roundrobin do not say the same */
    int moving;    /* sticky moves something */
    int fewer;     /* and less than Kafka's */
    int one_more;  /* and one move more would be noticed */
    int uneven;    /* and one partition more of whoever has most, too */
};

/* Would it be noticed? */
static void spoil(const struct result *ours, const struct result *theirs, struct counts *counts)
{
    struct result spoiled = *ours;

    spoiled.moves++;
    counts->one_more += judge(&spoiled, theirs) != NULL ? 1 : 0;
    spoiled = *ours;
    spoiled.loads[0]++;
    spoiled.loads[spoiled.members - 1]--;
    counts->uneven += judge(&spoiled, theirs) != NULL ? 1 : 0;
}

static void compare_sticky(const char *kafka, const char *our, struct counts *counts)
{
    struct result theirs = read_kafka(kafka);
    struct result ours = read_weir(our);
    const char *flaw = judge(&ours, &theirs);

    if (flaw != NULL) {
        fail_test("sticky: %s: Kafka (moves, loads) %s, weir %s", flaw, kafka, our);
    }
    if (ours.moves > 0) {
        counts->moving++;
        counts->fewer += ours.moves < theirs.moves ? 1 : 0;
        spoil(&ours, &theirs, counts);
    }
}

static void compare(char **kafka, char **ours, struct counts *counts)
{
    const char *range = next_line(kafka);
    const char *roundrobin = next_line(kafka);
    const char *our_range = next_line(&ours[0]);
    const char *our_roundrobin = next_line(&ours[1]);

    if (!agrees(our_range, range)) {
        fail_test("range: Kafka says %s, weir %s", range, our_range);
    }
    if (!agrees(our_roundrobin, roundrobin)) {
        fail_test("roundrobin: Kafka says %s, weir %s", roundrobin, our_roundrobin);
    }
    counts->different += agrees(our_range, roundrobin) ? 0 : 1;
    compare_sticky(next_line(kafka), next_line(&ours[2]), counts);
}

START_TEST(kafka_answers_the_same)
{
    char *kafka = kafkas;
    char *ours[ASKED] = {answers[0], answers[1], answers[2]};
    struct counts counts = {0};

    for (int i = 0; i < GROUPS; i++) {
        compare(&kafka, ours, &counts);
    }
    ck_assert_str_eq(kafka, "");
    ck_assert_str_eq(ours[2], "");
    ck_assert_int_ge(counts.different, ENOUGH);
    ck_assert_int_ge(counts.moving, ENOUGH);
    ck_assert_int_ge(counts.fewer, 1);
    /* What Kafka's moves more is what one more is allowed. */
    ck_assert_int_ge(counts.one_more, counts.moving - counts.fewer);
    ck_assert_int_ge(counts.uneven, ENOUGH);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("assignors");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, kafka_answers_the_same);
    tcase_set_timeout(tcase, 0);
    return runner_run("assignors", tcase);
}
