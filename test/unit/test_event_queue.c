#include "framework/event_queue.h"

#include "framework/base/memory.h"
#include "test/support/runner.h"
#include <poll.h>
#include <pthread.h>
#include <string.h>

enum { ROOM = 4096, PLENTY = 1 << 20, WAIT_MS = 30000 };

static struct weir_event_queue *queue;

static void create(size_t bytes, uint64_t kinds)
{
    ck_assert_int_eq(weir_event_queue_create(bytes, kinds, &queue), WEIR_OK);
}

static void tear_down(void)
{
    weir_event_queue_destroy(queue);
    queue = NULL;
}

static bool is_readable(int timeout_ms)
{
    struct pollfd fd = {.fd = weir_event_queue_fd(queue), .events = POLLIN};

    return poll(&fd, 1, timeout_ms) == 1;
}

static void put(int64_t offset)
{
    weir_event_queue_put(queue, &(struct weir_event){.size = sizeof(struct weir_event),
                                                     .kind = WEIR_EVENT_END,
                                                     .time_ns = 1000 + offset,
                                                     .topic = "orders",
                                                     .offset = offset});
}

static struct weir_event *take(void)
{
    struct weir_event *event = NULL;

    ck_assert(is_readable(0));
    ck_assert_int_eq(weir_event_queue_take(queue, &event), WEIR_OK);
    ck_assert_ptr_nonnull(event);
    return event;
}

static void expect(enum weir_event_kind kind, int64_t offset, int64_t count)
{
    struct weir_event *event = take();

    ck_assert_int_eq(event->kind, kind);
    ck_assert_int_eq(event->offset, offset);
    ck_assert_int_eq(event->count, count);
    ck_assert_uint_eq(event->size, sizeof *event);
    weir_event_destroy(event);
}

static void expect_none(void)
{
    struct weir_event *event = NULL;

    ck_assert(!is_readable(0));
    ck_assert_int_eq(weir_event_queue_take(queue, &event), WEIR_ERR_NOT_FOUND);
    ck_assert_ptr_null(event);
}

START_TEST(events_come_in_order_and_the_descriptor_says_so)
{
    create(PLENTY, 0);
    expect_none();
    put(1);
    put(2);
    expect(WEIR_EVENT_END, 1, 0);
    put(3);
    expect(WEIR_EVENT_END, 2, 0);
    expect(WEIR_EVENT_END, 3, 0);
    expect_none();
    put(4);
    expect(WEIR_EVENT_END, 4, 0);
    expect_none();
}
END_TEST

/* All that the event points to is gone by the time it is read, and the queue before that. */
START_TEST(a_copy_is_whole_and_its_readers_own)
{
    char topic[] = "orders";
    char other[] = "bills";
    char text[] = "why";
    struct weir_span spans[] = {{.topic = topic, .first = 1, .last = 2, .partition = 3, .count = 4},
                                {.topic = topic, .first = 5, .last = 6, .partition = 7, .count = 8},
                                {.topic = other, .first = 9, .partition = 10},
                                {.topic = NULL}};

    create(PLENTY, 0);
    weir_event_queue_put(queue, &(struct weir_event){.size = sizeof(struct weir_event),
                                                     .kind = WEIR_EVENT_LOST,
                                                     .status = WEIR_ERR_STALE,
                                                     .time_ns = 11,
                                                     .topic = topic,
                                                     .partition = 12,
                                                     .offset = 13,
                                                     .count = 14,
                                                     .text = text,
                                                     .spans = spans,
                                                     .span_count = 4,
                                                     .batch = 15});
    memset(topic, 'x', sizeof topic - 1);
    memset(other, 'x', sizeof other - 1);
    memset(text, 'x', sizeof text - 1);
    memset(spans, 0, sizeof spans);
    struct weir_event *event = take();
    tear_down();
    ck_assert(event->kind == WEIR_EVENT_LOST && event->status == WEIR_ERR_STALE);
    ck_assert(event->time_ns == 11 && event->partition == 12 && event->offset == 13);
    ck_assert(event->count == 14 && event->batch == 15);
    ck_assert_str_eq(event->topic, "orders");
    ck_assert_str_eq(event->text, "why");
    ck_assert_uint_eq(event->span_count, 4);
    ck_assert_str_eq(event->spans[0].topic, "orders");
    ck_assert(event->spans[0].first == 1 && event->spans[0].last == 2);
    ck_assert(event->spans[0].partition == 3 && event->spans[0].count == 4);
    ck_assert_str_eq(event->spans[1].topic, "orders");
    ck_assert(event->spans[1].first == 5 && event->spans[1].count == 8);
    ck_assert_str_eq(event->spans[2].topic, "bills");
    ck_assert_ptr_null(event->spans[3].topic);
    weir_event_destroy(event);
    weir_event_destroy(NULL);
}
END_TEST

START_TEST(the_oldest_make_room_and_are_counted)
{
    enum { MANY = 1000 };

    create(ROOM, 0);
    for (int64_t i = 0; i < MANY; i++) {
        put(i);
    }
    struct weir_event *gap = take();
    int64_t lost = gap->count;
    ck_assert_int_eq(gap->kind, WEIR_EVENT_DROPPED);
    ck_assert_int_eq(gap->time_ns, 1000 + lost);
    ck_assert_int_gt(lost, 0);
    ck_assert_int_lt(lost, MANY);
    ck_assert_uint_le((uint64_t)(MANY - lost) * sizeof(struct weir_event), ROOM);
    for (int64_t i = lost; i < MANY; i++) {
        expect(WEIR_EVENT_END, i, 0);
    }
    expect_none();
    weir_event_destroy(gap);
}
END_TEST

/* Between those that were kept, and not before them. */
START_TEST(what_did_not_fit_is_missed_where_it_would_have_been)
{
    static char text[ROOM];
    struct weir_event large = {.kind = WEIR_EVENT_FATAL, .text = text};

    memset(text, 'x', sizeof text - 1);
    create(ROOM, 0);
    put(1);
    weir_event_queue_put(queue, &large);
    weir_event_queue_put(queue, &large);
    put(2);
    expect(WEIR_EVENT_END, 1, 0);
    expect(WEIR_EVENT_DROPPED, -1, 2);
    expect(WEIR_EVENT_END, 2, 0);
    weir_event_queue_put(queue, &large);
    expect(WEIR_EVENT_DROPPED, -1, 1);
    expect_none();
}
END_TEST

START_TEST(what_was_missed_is_counted_when_its_neighbours_go_too)
{
    static char text[ROOM];
    struct weir_event large = {.kind = WEIR_EVENT_FATAL, .text = text};

    memset(text, 'x', sizeof text - 1);
    create(ROOM, 0);
    put(0);
    weir_event_queue_put(queue, &large);
    for (int64_t i = 1; i < 100; i++) {
        put(i);
    }
    struct weir_event *gap = take();
    struct weir_event *next = take();
    ck_assert_int_eq(gap->count, next->offset + 1); /* those below it, and the large one */
    weir_event_destroy(gap);
    weir_event_destroy(next);
}
END_TEST

START_TEST(without_memory_an_event_is_dropped_and_a_reader_loses_nothing)
{
    struct weir_event *event = NULL;

    create(PLENTY, 0);
    put(1);
    weir_memory_fail_nth(1);
    put(2);
    weir_memory_fail_nth(0);
    expect(WEIR_EVENT_END, 1, 0);
    weir_memory_fail_nth(1);
    ck_assert_int_eq(weir_event_queue_take(queue, &event), WEIR_ERR_NOMEM);
    weir_memory_fail_nth(0);
    ck_assert_ptr_null(event);
    expect(WEIR_EVENT_DROPPED, -1, 1);
    expect_none();
}
END_TEST

START_TEST(creating_may_fail)
{
    weir_memory_fail_nth(1);
    ck_assert_int_eq(weir_event_queue_create(ROOM, 0, &queue), WEIR_ERR_NOMEM);
    weir_memory_fail_nth(0);
    ck_assert_ptr_null(queue);
}
END_TEST

START_TEST(only_the_kinds_that_were_named_are_wanted)
{
    create(ROOM, UINT64_C(1) << WEIR_EVENT_STATE | UINT64_C(1) << WEIR_EVENT_DROPPED);
    for (int kind = 0; kind < WEIR_EVENT_KINDS; kind++) {
        ck_assert(weir_event_queue_wants(queue, (enum weir_event_kind)kind) ==
                  (kind == WEIR_EVENT_STATE || kind == WEIR_EVENT_DROPPED));
    }
    tear_down();
    create(ROOM, 0);
    ck_assert(weir_event_queue_wants(queue, WEIR_EVENT_DELIVER));
}
END_TEST

/* Many write and one reads, who is too slow: each event is read or counted, and those of one writer
 * come in their order. */

enum { WRITERS = 4, EACH = 5000 };

static void *write_many(void *number)
{
    const int *writer = number;

    for (int64_t i = 0; i < EACH; i++) {
        weir_event_queue_put(
            queue, &(struct weir_event){.kind = WEIR_EVENT_END, .partition = *writer, .offset = i});
    }
    return NULL;
}

START_TEST(nothing_is_lost_without_a_word)
{
    static int numbers[WRITERS] = {0, 1, 2, 3};
    pthread_t threads[WRITERS];
    int64_t next[WRITERS] = {0};
    int64_t seen = 0;

    create(ROOM, 0);
    for (int i = 0; i < WRITERS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, write_many, &numbers[i]), 0);
    }
    while (seen < (int64_t)WRITERS * EACH) {
        ck_assert(is_readable(WAIT_MS));
        struct weir_event *event = take();
        if (event->kind == WEIR_EVENT_DROPPED) {
            seen += event->count;
        } else {
            ck_assert_int_ge(event->offset, next[event->partition]);
            next[event->partition] = event->offset + 1;
            seen++;
        }
        weir_event_destroy(event);
    }
    ck_assert_int_eq(seen, (int64_t)WRITERS * EACH);
    for (int i = 0; i < WRITERS; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    expect_none();
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("event_queue");

    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_test(tcase, events_come_in_order_and_the_descriptor_says_so);
    tcase_add_test(tcase, a_copy_is_whole_and_its_readers_own);
    tcase_add_test(tcase, the_oldest_make_room_and_are_counted);
    tcase_add_test(tcase, what_did_not_fit_is_missed_where_it_would_have_been);
    tcase_add_test(tcase, what_was_missed_is_counted_when_its_neighbours_go_too);
    tcase_add_test(tcase, without_memory_an_event_is_dropped_and_a_reader_loses_nothing);
    tcase_add_test(tcase, creating_may_fail);
    tcase_add_test(tcase, only_the_kinds_that_were_named_are_wanted);
    tcase_add_test(tcase, nothing_is_lost_without_a_word);
    return runner_run("event_queue", tcase);
}
