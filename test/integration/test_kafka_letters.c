/* Does a record that failed for good get to where the failure policy sends it, on a real cluster?
 */
#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "test/support/deadline.h"
#include "test/support/read_kafka.h"
#include "test/support/scene.h"

enum {
    PARTITIONS = 2,
    RECORDS = 200,
    EACH = RECORDS / PARTITIONS,
    KEYS = 10,
    POISON = 10, /* offsets that divide by it */
    LETTERS = RECORDS / POISON,
    HEADERS = 2,
    ORIGIN_HEADERS = 7,
    LARGE = 4096,
    FAILED = 1,
    TRY_AGAIN = 75,
    AWAIT_MS = 60000,
    MS_PER_S = 1000,
    AGO_S = 3600
};

static int64_t began_ms; /* an hour ago: brokers throw away what is too old */
static size_t value_size;

#define POISONED    "handler.poison.modulo=10"
#define DEAD_LETTER "weir.failure.policy=dead-letter"

static void begin(size_t size)
{
    value_size = size;
    began_ms = ((int64_t)time(NULL) - AGO_S) * MS_PER_S;
    scene_create_topic(PARTITIONS);
    scene_produce(&(struct produce_options){.count = RECORDS,
                                            .partition = PRODUCE_IN_TURN,
                                            .partitions = PARTITIONS,
                                            .keys = KEYS,
                                            .value_size = value_size,
                                            .headers = HEADERS,
                                            .timestamp_ms = began_ms});
}

static const char *create_letters(void)
{
    const char *name = scene_text("%s.dead-letter", scene.topics[0]);

    admin_create_topic(scene.admin, &(struct admin_topic){.name = name, .partitions = PARTITIONS});
    return name;
}

static int64_t committed(int32_t partition)
{
    return admin_committed(scene.admin, scene.group, scene.topics[0], partition, NULL);
}

static bool is_committed_at(int64_t offset)
{
    return committed(0) == offset && committed(1) == offset;
}

static void expect_header(const struct read_record *record, const char *name, const char *text)
{
    const char *value = read_header(record, name);

    ck_assert_msg(value != NULL && strcmp(value, text) == 0, "%s is %s, not %s", name,
                  value == NULL ? "absent" : value, text);
}

/* Records were produced in turn: the sequence number is in the value, and says all of the rest. */
static void expect_letter(const struct read_record *record, void *user)
{
    bool *seen = user;
    uint64_t seq = strtoull(record->value, NULL, 10);
    uint64_t partition = seq % PARTITIONS;
    uint64_t offset = seq / PARTITIONS;
    const char *key = scene_text("key-%" PRIu64, seq % KEYS);

    ck_assert_uint_eq(record->value_length, value_size);
    ck_assert_uint_eq(record->key_length, strlen(key));
    ck_assert_mem_eq(record->key, key, strlen(key));
    ck_assert_int_eq(record->timestamp_ms, began_ms);
    ck_assert_uint_eq(record->headers, HEADERS + ORIGIN_HEADERS);
    expect_header(record, "header-1", "1");
    expect_header(record, "weir.origin.topic", scene.topics[0]);
    expect_header(record, "weir.origin.partition", scene_text("%" PRIu64, partition));
    expect_header(record, "weir.origin.offset", scene_text("%" PRIu64, offset));
    expect_header(record, "weir.origin.timestamp", scene_text("%" PRId64, began_ms));
    expect_header(record, "weir.failure.attempts", "1");
    expect_header(record, "weir.failure.reason", "chaos: poison");
    expect_header(record, "weir.group", scene.group);
    ck_assert_uint_eq(offset % POISON, 0);
    ck_assert(!seen[seq]);
    seen[seq] = true;
}

static void expect_letters(const char *topic)
{
    const struct read_options options = {.bootstrap = scene.bootstrap, .topic = topic};
    bool seen[RECORDS] = {false};

    ck_assert_uint_eq(read_topic(&options, expect_letter, seen), LETTERS);
}

START_TEST(poisoned_records_become_letters)
{
    begin(PRODUCE_SEQ_DIGITS);
    const char *letters = create_letters();
    struct member *member = SCENE_START("a", DEAD_LETTER, POISONED, "linger.ms=0");
    WAIT_UNTIL(is_committed_at(EACH), AWAIT_MS);
    scene_stop_all();
    ck_assert_uint_eq(member_count_events(member, WEIR_EVENT_DEAD_LETTER), LETTERS);
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY, .clean = true);
    expect_letters(letters);
}
END_TEST

static void expect_failed(struct member *member, const char *part)
{
    member_expect(member, FAILED, AWAIT_MS);
    const char *said = process_errors(member_process(member));
    ck_assert_msg(strstr(said, part) != NULL, "'%s' is not in:\n%s", part, said);
    ck_assert_int_le(committed(0), 0);
    ck_assert_int_le(committed(1), 0);
}

/* And nothing is lost: once there is one, each letter is written. */
START_TEST(without_their_topic_it_stops_and_says_what_to_do)
{
    begin(PRODUCE_SEQ_DIGITS);
    struct member *member = SCENE_START("a", DEAD_LETTER, POISONED, "weir.order=partition",
                                        "topic.metadata.propagation.max.ms=500");
    expect_failed(member, scene_text("topic '%s.dead-letter' does not exist; create it, or correct "
                                     "weir.dead.letter.topic",
                                     scene.topics[0]));

    const char *letters = create_letters();
    member_restart(member);
    WAIT_UNTIL(is_committed_at(EACH), AWAIT_MS);
    scene_stop_all();
    expect_letters(letters);
}
END_TEST

/* For the producer's queue, and for their topic. And nothing is lost: to another one each goes. */
START_TEST(letters_that_are_too_large_stop_it_and_it_says_what_to_do)
{
    static const char *const small[] = {"max.message.bytes=100", NULL};

    begin(LARGE);
    const char *name = scene_text("%s.dead-letter", scene.topics[0]);
    admin_create_topic(scene.admin, &(struct admin_topic){.name = name, .config = small});
    expect_failed(SCENE_START("a", DEAD_LETTER, POISONED, "queue.buffering.max.kbytes=1"),
                  "larger than queue.buffering.max.kbytes; raise that");
    expect_failed(SCENE_START("b", DEAD_LETTER, POISONED), "raise the topic's max.message.bytes");

    const char *letters = scene_text("%s.large", scene.topics[0]);
    admin_create_topic(scene.admin, &(struct admin_topic){.name = letters});
    SCENE_START("c", DEAD_LETTER, POISONED, "weir.dead.letter.topic={topic}.large");
    WAIT_UNTIL(is_committed_at(EACH), AWAIT_MS);
    scene_stop_all();
    expect_letters(letters);
}
END_TEST

/* The brokers have not said yet that there is no such topic: nobody knows what becomes of them. */
START_TEST(a_stop_waits_for_letters_no_longer_than_it_may)
{
    begin(PRODUCE_SEQ_DIGITS);
    struct member *member = SCENE_START("a", DEAD_LETTER, POISONED, "weir.drain.timeout.ms=500",
                                        "topic.metadata.propagation.max.ms=60000");
    member_await_completed(member, RECORDS - LETTERS);
    member_begin_stop(member);
    member_expect(member, TRY_AGAIN, AWAIT_MS);
    ck_assert_ptr_nonnull(
        strstr(process_errors(member_process(member)),
               "2 partitions had handlers or dead letters that did not end within "
               "weir.drain.timeout.ms; their records come again"));
    ck_assert_int_le(committed(0), 0);
    ck_assert_int_le(committed(1), 0);
}
END_TEST

START_TEST(what_is_held_comes_again)
{
    begin(PRODUCE_SEQ_DIGITS);
    struct member *member =
        SCENE_START("a", "weir.failure.policy=hold", "weir.order=none", "handler.poison.modulo=64");
    member_await_completed(member, RECORDS - 2 * PARTITIONS);
    WAIT_UNTIL(member_count_events(member, WEIR_EVENT_HOLD) == (uint64_t)2 * PARTITIONS, AWAIT_MS);
    member_stop(member);
    ck_assert_int_le(committed(0), 0);
    ck_assert_int_le(committed(1), 0);

    SCENE_START("b", "weir.order=none");
    WAIT_UNTIL(is_committed_at(EACH), AWAIT_MS);
    scene_stop_all();
    SCENE_JUDGE(.clean = true);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        poisoned_records_become_letters,
        without_their_topic_it_stops_and_says_what_to_do,
        letters_that_are_too_large_stop_it_and_it_says_what_to_do,
        a_stop_waits_for_letters_no_longer_than_it_may,
        what_is_held_comes_again,
    };

    return SCENE_RUN("letters", tests);
}
