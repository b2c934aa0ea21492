#include "strategies/letter_topic.h"

#include "test/support/runner.h"
#include <string.h>

#define TEN  "0123456789"
#define LONG TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct {
    const char *pattern;
    const char *topic;
    const char *letters; /* NULL: too long */
} names[] = {{"{topic}.dead-letter", "orders", "orders.dead-letter"},
             {"dead.{topic}", "orders", "dead.orders"},
             {"a.{topic}.b", "o", "a.o.b"},
             {"graves", "orders", "graves"},
             {"{topic}" LONG, TEN TEN "012345678", LONG},
             {"{topic}" LONG, TEN TEN TEN, NULL}};

START_TEST(the_pattern_names_the_topic)
{
    char out[WEIR_TOPIC_SIZE] = "";
    bool fits = weir_letter_topic_of(names[_i].pattern, names[_i].topic, out);

    ck_assert(fits == (names[_i].letters != NULL));
    if (fits) {
        ck_assert_ptr_nonnull(strstr(out, names[_i].letters));
        ck_assert(weir_letter_topic_fits(names[_i].pattern, out));
    }
}
END_TEST

static const struct {
    const char *pattern;
    const char *complaint; /* NULL: none */
} patterns[] = {{"{topic}.dead-letter", NULL},
                {"graves", NULL},
                {"a_{topic}", NULL},
                {"{topic}", "every topic would be that of its own letters"},
                {"", "must be the name of a topic"},
                {".", "must be the name of a topic"},
                {"..", "must be the name of a topic"},
                {"{topic}.{topic}", "must be the name of a topic"},
                {"{group}.dead", "must be the name of a topic"},
                {"dead letters", "must be the name of a topic"},
                {"a/{topic}", "must be the name of a topic"},
                {LONG TEN TEN TEN, "must be the name of a topic"}};

START_TEST(a_pattern_is_a_name)
{
    struct weir_error error = {.code = WEIR_OK};
    enum weir_status status = weir_letter_topic_check(patterns[_i].pattern, &error);

    ck_assert_int_eq(status, patterns[_i].complaint == NULL ? WEIR_OK : WEIR_ERR_CONFIG);
    if (patterns[_i].complaint != NULL) {
        ck_assert_ptr_nonnull(strstr(error.text, patterns[_i].complaint));
    }
}
END_TEST

static const struct {
    const char *pattern;
    const char *topic;
    bool fits;
} fits[] = {{"{topic}.dead", "orders.dead", true}, {"{topic}.dead", "orders", false},
            {"{topic}.dead", ".dead", false},      {"{topic}.dead", "orders.dead.dead", true},
            {"dead.{topic}", "dead.orders", true}, {"dead.{topic}", "dead.", false},
            {"a.{topic}.a", "a.a", false},         {"a.{topic}.a", "a.b.a", true},
            {"a.{topic}.a", "a.b.c", false},       {"graves", "graves", true},
            {"graves", "graves2", false}};

START_TEST(what_may_be_a_letter_topic_is_known)
{
    ck_assert(weir_letter_topic_fits(fits[_i].pattern, fits[_i].topic) == fits[_i].fits);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("letter_topic");

    tcase_add_loop_test(tcase, the_pattern_names_the_topic, 0, sizeof names / sizeof names[0]);
    tcase_add_loop_test(tcase, a_pattern_is_a_name, 0, sizeof patterns / sizeof patterns[0]);
    tcase_add_loop_test(tcase, what_may_be_a_letter_topic_is_known, 0,
                        sizeof fits / sizeof fits[0]);
    return runner_run("letter topic", tcase);
}
