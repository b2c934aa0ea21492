#include "framework/announcer.h"
#include "framework/base/memory.h"
#include "framework/base/random.h"

#include "test/support/config_fixture.h"
#include "test/support/seeds.h"
#include <stdio.h>
#include <string.h>

/* The library announces lists of the partitions of one topic, here written as "a 0 1": a(ssigned),
 * r(evoked), l(ost). What control is told is written down in the same way. */

enum { LIST_MAX = 8, TEXT_SIZE = 64, STEPS = 200, SEEDS = 3000 };

static struct weir_announcer announcer;

static void begin(bool incremental)
{
    announcer = (struct weir_announcer){.incremental = incremental};
}

static void tear_down(void)
{
    weir_memory_fail_nth(0);
    weir_announcer_fini(&announcer);
}

static enum weir_client_event_kind kind_of(char letter)
{
    return letter == 'a'   ? WEIR_CLIENT_ASSIGNED
           : letter == 'r' ? WEIR_CLIENT_REVOKED
                           : WEIR_CLIENT_LOST;
}

static void hear(const char *text)
{
    char topic[] = "orders"; /* must be copied */
    struct weir_position positions[LIST_MAX] = {{.topic = NULL}};
    struct weir_client_event event = {.kind = kind_of(text[0]), .positions = positions};

    for (const char *digit = text + 1; *digit != '\0'; digit++) {
        if (*digit != ' ') {
            positions[event.count++] =
                (struct weir_position){.topic = topic, .partition = *digit - '0'};
        }
    }
    ck_assert(weir_announcer_hear(&announcer, &event));
    memset(topic, 'x', sizeof topic - 1);
}

/* "" when nothing is due. */
static const char *next(void)
{
    static char text[TEXT_SIZE];
    struct weir_client_event event = {.kind = WEIR_CLIENT_FATAL};

    text[0] = '\0';
    if (!weir_announcer_next(&announcer, &event)) {
        return text;
    }
    size_t used = (size_t)snprintf(text, sizeof text, "%c",
                                   event.kind == WEIR_CLIENT_ASSIGNED  ? 'a'
                                   : event.kind == WEIR_CLIENT_REVOKED ? 'r'
                                                                       : 'l');
    for (size_t i = 0; i < event.count; i++) {
        ck_assert_str_eq(event.positions[i].topic, "orders");
        used += (size_t)snprintf(text + used, sizeof text - used, " %d",
                                 (int)event.positions[i].partition);
    }
    return text;
}

static bool answer(void)
{
    return weir_announcer_answer(&announcer);
}

START_TEST(news_come_one_by_one)
{
    begin(_i == 1);
    ck_assert_str_eq(next(), "");
    hear("a 0 1");
    hear("r 0 1");
    ck_assert_str_eq(next(), "a 0 1");
    ck_assert_str_eq(next(), "");        /* the answer is due first */
    ck_assert_int_eq(answer(), _i == 1); /* overtaken, unless it is a difference */
    ck_assert_str_eq(next(), "r 0 1");
    ck_assert(answer());
    hear("a 2");
    ck_assert_str_eq(next(), "a 2");
    ck_assert(answer());
    hear("l 2");
    ck_assert_str_eq(next(), "l 2");
    ck_assert(answer());
    ck_assert_str_eq(next(), "");
}
END_TEST

START_TEST(an_assignment_in_place_of_another_is_a_loss_first)
{
    begin(false);
    hear("a 5");
    ck_assert_str_eq(next(), "a 5");
    ck_assert(answer());
    hear("a 6 7");
    ck_assert_str_eq(next(), "l 5");
    ck_assert(!answer()); /* the library lost nothing */
    ck_assert_str_eq(next(), "a 6 7");
    ck_assert(answer());
    hear("r 6 7");
    ck_assert_str_eq(next(), "r 6 7");
    ck_assert(answer());
}
END_TEST

/* Only the last answer is for the library. */
START_TEST(an_assignment_that_is_overtaken_is_taken_back)
{
    begin(false);
    hear("a 5");
    ck_assert_str_eq(next(), "a 5");
    hear("a 6");
    hear("a 7");
    ck_assert(!answer());
    ck_assert_str_eq(next(), "l 5");
    ck_assert(!answer());
    ck_assert_str_eq(next(), "a 6");
    ck_assert(!answer());
    ck_assert_str_eq(next(), "l 6");
    ck_assert(!answer());
    ck_assert_str_eq(next(), "a 7");
    ck_assert(answer());
}
END_TEST

START_TEST(differences_are_all_answered)
{
    begin(true);
    hear("a 0");
    ck_assert_str_eq(next(), "a 0");
    hear("a 1");
    hear("r 0");
    ck_assert(answer());
    ck_assert_str_eq(next(), "a 1");
    ck_assert(answer());
    ck_assert_str_eq(next(), "r 0");
    ck_assert(answer());
}
END_TEST

static bool gave_away(int32_t partition)
{
    const struct weir_position position = {.topic = "orders", .partition = partition};

    return weir_announcer_gave_away(&announcer, &position);
}

START_TEST(what_another_join_does_not_bring_back_is_given_away)
{
    const struct weir_position stranger = {.topic = "invoices", .partition = 1};

    begin(_i == 1);
    hear("a 0 1");
    ck_assert_str_eq(next(), "a 0 1");
    hear("r 0 1");
    ck_assert(!weir_announcer_hands_back(&announcer)); /* not told yet */
    ck_assert(!gave_away(0));
    (void)answer();
    ck_assert_str_eq(next(), "r 0 1");
    ck_assert(weir_announcer_hands_back(&announcer));
    ck_assert(!gave_away(0)); /* nothing came of another join */
    hear("a 2 1");
    ck_assert(gave_away(0));
    ck_assert(!gave_away(1));
    ck_assert(weir_announcer_gave_away(&announcer, &stranger));
    hear("r 0");
    ck_assert(gave_away(0)); /* it does not come back by that */
    ck_assert(answer());
    ck_assert(!weir_announcer_hands_back(&announcer));
    ck_assert(!gave_away(0));
}
END_TEST

START_TEST(nothing_cannot_be_lost)
{
    begin(false);
    hear("a");
    ck_assert_str_eq(next(), "a");
    ck_assert(answer());
    hear("a 1");
    ck_assert_str_eq(next(), "a 1");
    ck_assert(answer());
    ck_assert(answer()); /* of itself: nothing was asked */
}
END_TEST

START_TEST(without_memory_it_says_so)
{
    const struct weir_position position = {.topic = "orders"};

    begin(false);
    weir_memory_fail_nth(1);
    ck_assert(!weir_announcer_hear(
        &announcer, &(struct weir_client_event){
                        .kind = WEIR_CLIENT_ASSIGNED, .positions = &position, .count = 1}));
    ck_assert_str_eq(next(), "");
}
END_TEST

/* Whatever an eager library announces, and whenever control answers: control is never given
 * something while it holds something, the last assignment is the one that the library hears the
 * answer to, and in the end control holds what the library announced last. */
struct eager {
    char last[TEXT_SIZE]; /* what the library announced last */
    char held[TEXT_SIZE]; /* what control holds, as it was told; "" nothing */
    char told[TEXT_SIZE]; /* and has not answered */
    bool heard;           /* the library has the answer to `last` */
};

static void announce(struct eager *eager, struct weir_random *random)
{
    static const char *const lists[] = {"a 0", "a 1 2", "a", "a 0 1 2", "r 0", "l 1"};

    (void)snprintf(eager->last, sizeof eager->last, "%s", lists[weir_random_below(random, 6)]);
    hear(eager->last);
    eager->heard = false;
}

static void listen(struct eager *eager)
{
    (void)snprintf(eager->told, sizeof eager->told, "%s", next());
    if (eager->told[0] == 'a') {
        ck_assert_msg(strlen(eager->held) <= 1, "given %s while it holds %s", eager->told,
                      eager->held);
    }
}

static void reply(struct eager *eager)
{
    bool passed = answer();

    if (eager->told[0] == '\0') {
        return;
    }
    (void)snprintf(eager->held, sizeof eager->held, "%s", eager->told[0] == 'a' ? eager->told : "");
    eager->heard = passed && strcmp(eager->told, eager->last) == 0;
    eager->told[0] = '\0';
}

START_TEST(eager_news_make_sense_whatever_the_library_says)
{
    for (uint64_t seed = 1; seed <= seeds_count(SEEDS); seed++) {
        struct weir_random random = {.state = seed};
        struct eager eager = {.last = ""};
        begin(false);
        for (int i = 0; i < STEPS; i++) {
            uint64_t step = weir_random_below(&random, 3);
            if (step == 0) {
                announce(&eager, &random);
            } else if (step == 1 && eager.told[0] == '\0') {
                listen(&eager);
            } else if (step == 2 && eager.told[0] != '\0') {
                reply(&eager);
            }
        }
        do {
            reply(&eager);
            listen(&eager);
        } while (eager.told[0] != '\0');
        ck_assert_msg(eager.last[0] != 'a' || (eager.heard && strcmp(eager.held, eager.last) == 0),
                      "seed %llu: announced %s, holds %s", (unsigned long long)seed, eager.last,
                      eager.held);
        weir_announcer_fini(&announcer);
    }
    begin(false);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("announcer");

    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_loop_test(tcase, news_come_one_by_one, 0, 2);
    tcase_add_test(tcase, an_assignment_in_place_of_another_is_a_loss_first);
    tcase_add_test(tcase, an_assignment_that_is_overtaken_is_taken_back);
    tcase_add_test(tcase, differences_are_all_answered);
    tcase_add_loop_test(tcase, what_another_join_does_not_bring_back_is_given_away, 0, 2);
    tcase_add_test(tcase, nothing_cannot_be_lost);
    tcase_add_test(tcase, without_memory_it_says_so);
    tcase_add_test(tcase, eager_news_make_sense_whatever_the_library_says);
    return run_case(tcase, "announcer");
}
