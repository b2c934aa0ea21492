#include "framework/tending.h"

#include "framework/base/memory.h"
#include "framework/base/random.h"
#include "test/support/runner.h"
#include "test/support/seeds.h"
#include "test/support/text.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_MAX = 10, TOPICS_MAX = 8, PARTITIONS_MAX = 4, WALKS = 60, STEPS = 200 };

static struct weir_tending tending;

static void set_up(void)
{
    tending = (struct weir_tending){0};
}

static void tear_down(void)
{
    weir_tending_fini(&tending);
}

/* "a:2 b:1" */
static void learn(const char *text)
{
    struct weir_strategy_topic topics[TOPICS_MAX];
    size_t count = 0;
    char *rest = NULL;
    char *copy = strdup(text);

    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        char *colon = strchr(word, ':');
        ck_assert_ptr_nonnull(colon);
        *colon = '\0';
        topics[count++] = (struct weir_strategy_topic){
            .name = word, .partitions = (uint32_t)strtoul(colon + 1, NULL, 10)};
    }
    ck_assert_int_eq(weir_tending_learn(&tending, topics, count), WEIR_OK);
    free(copy);
}

static void write_list(struct text *text, const struct weir_position *positions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_add(text, " %s/%d", positions[i].topic, (int)positions[i].partition);
        ck_assert_int_eq(positions[i].offset, WEIR_OFFSET_NONE);
    }
}

/* What is told next, as a coordinator does it: what is gone before what is new. */
static void tell(struct text *text)
{
    struct weir_position *positions = NULL;
    size_t count = 0;

    ck_assert_int_eq(weir_tending_gone(&tending, &positions, &count), WEIR_OK);
    ck_assert_int_eq(count == 0, positions == NULL);
    text_add(text, "%s", count > 0 ? "-" : "+");
    if (count > 0) {
        write_list(text, positions, count);
        weir_tending_release(&tending);
    } else {
        ck_assert_int_eq(weir_tending_new(&tending, &positions, &count), WEIR_OK);
        write_list(text, positions, count);
        weir_tending_hold(&tending);
    }
    weir_free(positions);
}

/* What is there, or NULL, and what is told then. */
static const struct {
    struct {
        const char *there;
        const char *told;
    } steps[STEPS_MAX];
} stories[] = {
    {{{"", "+"}, {NULL, "+"}}},
    {{{"a:2 b:1", "+ a/0 a/1 b/0"}, {NULL, "+"}, {"a:2 b:1", "+"}}},
    {{{"a:1", "+ a/0"}, {"a:3", "+ a/1 a/2"}, {NULL, "+"}}},
    {{{"b:1", "+ b/0"}, {"a:1 b:1 c:1", "+ a/0 c/0"}}},
    {{{"a:2 b:1", "+ a/0 a/1 b/0"}, {"b:1", "- a/0 a/1"}, {NULL, "+"}}},
    /* deleted and there again before it was given up */
    {{{"a:2", "+ a/0 a/1"}, {"a:1", "- a/0 a/1"}, {NULL, "+ a/0"}, {NULL, "+"}}},
    {{{"a:1 b:2", "+ a/0 b/0 b/1"}, {"a:2 b:1", "- b/0 b/1"}, {NULL, "+ a/1 b/0"}}},
};

START_TEST(what_changed_is_told_once)
{
    for (size_t i = 0; i < STEPS_MAX && stories[_i].steps[i].told != NULL; i++) {
        struct text text = {0};
        if (stories[_i].steps[i].there != NULL) {
            learn(stories[_i].steps[i].there);
        }
        tell(&text);
        ck_assert_str_eq(text.bytes, stories[_i].steps[i].told);
        text_fini(&text);
    }
}
END_TEST

/* Several changes between two that are told: nothing of the topic that was is kept for the one that
 * is, even if it looks the same. */
START_TEST(a_topic_that_went_and_came_is_another_one)
{
    struct text text = {0};

    learn("a:2 b:1");
    tell(&text);
    learn("b:1");
    learn("a:2 b:1");
    tell(&text);
    tell(&text);
    tell(&text);
    ck_assert_str_eq(text.bytes, "+ a/0 a/1 b/0- a/0 a/1+ a/0 a/1+");
    text_fini(&text);
}
END_TEST

/* A random walk against a model that knows of each partition which incarnation it holds. */

struct model {
    uint32_t life[TOPICS_MAX]; /* of the topic */
    uint32_t there[TOPICS_MAX];
    uint32_t held[TOPICS_MAX][PARTITIONS_MAX]; /* the life it is of; 0: not held */
};

static void change(struct model *model, struct weir_random *random)
{
    size_t topic = weir_random_below(random, TOPICS_MAX);
    uint32_t partitions = (uint32_t)weir_random_below(random, PARTITIONS_MAX + 1);

    if (partitions < model->there[topic] || model->there[topic] == 0) {
        model->life[topic]++;
    }
    model->there[topic] = partitions;
    struct text text = {0};
    text_add(&text, "%s", "");
    for (size_t i = 0; i < TOPICS_MAX; i++) {
        if (model->there[i] > 0) {
            text_add(&text, "%c:%u ", "abcdefgh"[i], (unsigned)model -> there[i]);
        }
    }
    learn(text.bytes);
    text_fini(&text);
}

static void tell_model(struct model *model)
{
    struct weir_position *positions = NULL;
    size_t count = 0;

    ck_assert_int_eq(weir_tending_gone(&tending, &positions, &count), WEIR_OK);
    bool gone = count > 0;
    if (gone) {
        weir_tending_release(&tending);
    } else {
        ck_assert_int_eq(weir_tending_new(&tending, &positions, &count), WEIR_OK);
        weir_tending_hold(&tending);
    }
    for (size_t i = 0; i < count; i++) {
        size_t topic = (size_t)(positions[i].topic[0] - 'a');
        uint32_t *held = &model->held[topic][positions[i].partition];
        ck_assert_int_eq(*held != 0, gone);
        *held = gone ? 0 : model->life[topic];
    }
    weir_free(positions);
}

/* Once nothing more is told, exactly what is there is held, and of this life. */
static void expect_settled(struct model *model)
{
    tell_model(model);
    tell_model(model);
    for (size_t topic = 0; topic < TOPICS_MAX; topic++) {
        for (uint32_t i = 0; i < PARTITIONS_MAX; i++) {
            ck_assert_uint_eq(model->held[topic][i],
                              i < model->there[topic] ? model->life[topic] : 0);
        }
    }
}

START_TEST(in_the_end_exactly_what_is_there_is_held)
{
    for (uint64_t seed = 1; seed <= seeds_count(WALKS); seed++) {
        struct model model = {0};
        struct weir_random random = {.state = seed};
        for (int step = 0; step < STEPS; step++) {
            if (weir_random_below(&random, 3) == 0) {
                tell_model(&model);
            } else {
                change(&model, &random);
            }
            if (step % 20 == 0) {
                expect_settled(&model);
            }
        }
        weir_tending_fini(&tending);
    }
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    const struct weir_strategy_topic topics[] = {{.name = "a", .partitions = 1}};
    struct weir_position *positions = NULL;
    size_t count = 0;

    for (uint64_t nth = 1; nth <= 2; nth++) {
        weir_memory_fail_nth(nth);
        ck_assert_int_eq(weir_tending_learn(&tending, topics, 1), WEIR_ERR_NOMEM);
        ck_assert_uint_eq(tending.count, 0);
    }
    ck_assert_int_eq(weir_tending_learn(&tending, topics, 1), WEIR_OK);
    weir_memory_fail_nth(1);
    ck_assert_int_eq(weir_tending_new(&tending, &positions, &count), WEIR_ERR_NOMEM);
    ck_assert_int_eq(weir_tending_new(&tending, &positions, &count), WEIR_OK);
    weir_memory_fail_nth(0);
    ck_assert_uint_eq(count, 1);
    weir_free(positions);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("tending");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, what_changed_is_told_once, 0, sizeof stories / sizeof stories[0]);
    tcase_add_test(tcase, a_topic_that_went_and_came_is_another_one);
    tcase_add_test(tcase, in_the_end_exactly_what_is_there_is_held);
    tcase_add_test(tcase, every_allocation_may_fail);
    return runner_run("tending", tcase);
}
