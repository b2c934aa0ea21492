#include "framework/base/mailbox.h"

#include "test/support/gate.h"
#include "test/support/runner.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { LETTERS = 8 };

static struct weir_mailbox box;
static struct weir_letter letters[LETTERS];
static uint32_t wakes;

static void count_wake(void *user)
{
    ck_assert_ptr_eq(user, &wakes);
    wakes++;
}

static void set_up(void)
{
    memset(letters, 0, sizeof letters);
    wakes = 0;
    weir_mailbox_init(&box, count_wake, &wakes);
}

static void tear_down(void)
{
    weir_mailbox_fini(&box);
}

static void expect(const struct weir_mail *mail, uint32_t letter, int64_t value)
{
    ck_assert_ptr_eq(mail->letter, &letters[letter]);
    ck_assert_int_eq(mail->value, value);
}

START_TEST(an_empty_box_gives_nothing)
{
    struct weir_mail mail[1];

    ck_assert_uint_eq(weir_mailbox_take(&box, mail, 1), 0);
    ck_assert_uint_eq(wakes, 0);
}
END_TEST

START_TEST(letters_are_taken_in_the_order_they_were_posted)
{
    struct weir_mail mail[LETTERS];

    weir_mailbox_post(&box, &letters[2], 20);
    weir_mailbox_post(&box, &letters[0], 21);
    weir_mailbox_post(&box, &letters[1], 22);
    ck_assert_uint_eq(weir_mailbox_take(&box, mail, LETTERS), 3);
    expect(&mail[0], 2, 20);
    expect(&mail[1], 0, 21);
    expect(&mail[2], 1, 22);
}
END_TEST

START_TEST(a_letter_posted_twice_is_one_entry_with_the_newest_value)
{
    struct weir_mail mail[LETTERS];

    weir_mailbox_post(&box, &letters[0], 1);
    weir_mailbox_post(&box, &letters[1], 2);
    weir_mailbox_post(&box, &letters[0], 3);
    ck_assert_uint_eq(weir_mailbox_take(&box, mail, LETTERS), 2);
    expect(&mail[0], 0, 3);
    expect(&mail[1], 1, 2);
}
END_TEST

START_TEST(only_a_post_that_finds_the_box_empty_wakes)
{
    struct weir_mail mail[LETTERS];

    weir_mailbox_post(&box, &letters[0], 1);
    weir_mailbox_post(&box, &letters[1], 1);
    weir_mailbox_post(&box, &letters[0], 2);
    ck_assert_uint_eq(wakes, 1);
    ck_assert_uint_eq(weir_mailbox_take(&box, mail, 1), 1);
    weir_mailbox_post(&box, &letters[2], 1);
    ck_assert_uint_eq(wakes, 1); /* it was not empty yet */
    ck_assert_uint_eq(weir_mailbox_take(&box, mail, LETTERS), 2);
    weir_mailbox_post(&box, &letters[0], 4);
    ck_assert_uint_eq(wakes, 2);
    ck_assert_uint_eq(weir_mailbox_take(&box, mail, LETTERS), 1);
}
END_TEST

START_TEST(a_taken_letter_may_be_posted_at_once_and_leaves_the_mail_alone)
{
    struct weir_mail before[1];
    struct weir_mail after[1];

    weir_mailbox_post(&box, &letters[0], 1);
    ck_assert_uint_eq(weir_mailbox_take(&box, before, 1), 1);
    weir_mailbox_post(&box, &letters[0], 2);
    expect(&before[0], 0, 1);
    ck_assert_uint_eq(weir_mailbox_take(&box, after, 1), 1);
    expect(&after[0], 0, 2);
}
END_TEST

START_TEST(as_many_as_fit_are_taken)
{
    struct weir_mail mail[LETTERS];

    for (uint32_t i = 0; i < LETTERS; i++) {
        weir_mailbox_post(&box, &letters[i], i);
    }
    ck_assert_uint_eq(weir_mailbox_take(&box, mail, 0), 0);
    ck_assert_uint_eq(weir_mailbox_take(&box, mail, 3), 3);
    expect(&mail[2], 2, 2);
    ck_assert_uint_eq(weir_mailbox_take(&box, mail, LETTERS), LETTERS - 3);
    expect(&mail[0], 3, 3);
    expect(&mail[LETTERS - 4], LETTERS - 1, LETTERS - 1);
}
END_TEST

/* Several senders, one receiver that sleeps until it is woken. Each sender posts its own letter
 * with rising numbers, and then one letter per number: none of those may be lost or come twice. */
enum { SENDERS = 4, NUMBERS = 3000 };

struct sender {
    struct weir_letter look; /* posted again and again */
    struct weir_letter *single;
    int64_t newest; /* the receiver's */
    int64_t singles;
    pthread_t thread;
};
static struct weir_mailbox shared;
static struct gate rings;
static struct sender senders[SENDERS];

static void ring(void *user)
{
    (void)gate_add(user, 1);
}

static void *send_all(void *argument)
{
    struct sender *sender = argument;

    for (int64_t number = 1; number <= NUMBERS; number++) {
        weir_mailbox_post(&shared, &sender->look, number);
        sender->single[number - 1].kind = 1;
        weir_mailbox_post(&shared, &sender->single[number - 1], number);
    }
    return NULL;
}

static struct sender *sender_of(const struct weir_letter *letter)
{
    struct sender *sender = senders;

    while (letter != &sender->look &&
           !(letter >= sender->single && letter < sender->single + NUMBERS)) {
        sender++;
    }
    return sender;
}

static void receive(const struct weir_mail *mail)
{
    struct sender *sender = sender_of(mail->letter);

    if (mail->letter == &sender->look) {
        ck_assert_int_gt(mail->value, sender->newest); /* a value is given once, and rises */
        sender->newest = mail->value;
    } else {
        ck_assert_int_eq(mail->value, ++sender->singles);
    }
}

static int64_t outstanding(void)
{
    int64_t count = 0;

    for (int i = 0; i < SENDERS; i++) {
        count += NUMBERS - senders[i].singles + (senders[i].newest < NUMBERS ? 1 : 0);
    }
    return count;
}

START_TEST(nothing_is_lost_or_doubled_between_threads)
{
    uint64_t heard = 0;
    struct weir_mail mail[5];

    gate_init(&rings);
    weir_mailbox_init(&shared, ring, &rings);
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){.single = calloc(NUMBERS, sizeof letters[0])};
    }
    for (int i = 0; i < SENDERS; i++) {
        ck_assert_int_eq(pthread_create(&senders[i].thread, NULL, send_all, &senders[i]), 0);
    }
    while (outstanding() > 0) {
        gate_await(&rings, heard + 1); /* a lost wake-up ends here */
        heard = gate_value(&rings);
        uint32_t count = 0;
        while ((count = weir_mailbox_take(&shared, mail, 5)) > 0) {
            for (uint32_t i = 0; i < count; i++) {
                receive(&mail[i]);
            }
        }
    }
    for (int i = 0; i < SENDERS; i++) {
        (void)pthread_join(senders[i].thread, NULL);
        free(senders[i].single);
    }
    weir_mailbox_fini(&shared);
    gate_fini(&rings);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("mailbox");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, an_empty_box_gives_nothing);
    tcase_add_test(tcase, letters_are_taken_in_the_order_they_were_posted);
    tcase_add_test(tcase, a_letter_posted_twice_is_one_entry_with_the_newest_value);
    tcase_add_test(tcase, only_a_post_that_finds_the_box_empty_wakes);
    tcase_add_test(tcase, a_taken_letter_may_be_posted_at_once_and_leaves_the_mail_alone);
    tcase_add_test(tcase, as_many_as_fit_are_taken);
    tcase_add_test(tcase, nothing_is_lost_or_doubled_between_threads);
    return runner_run("mailbox", tcase);
}
