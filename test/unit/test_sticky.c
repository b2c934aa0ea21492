#include "strategies/sticky.h"

#include <check.h>
#include <stdbool.h>
#include <string.h>
#include <weir/plan.h>

#include "framework/base/memory.h"
#include "strategies/built_in.h"
#include "test/support/runner.h"

enum { MEMBERS_MAX = 5, TOPICS_MAX = 5, PARTITIONS_MAX = 24, FAILED_MIN = 16 };

/* A group, and what becomes of it at most. A member is the topics it subscribes to, by number; a
 * topic who has each partition, by number, or a dot. */
static const struct {
    const char *members[MEMBERS_MAX + 1];
    const char *topics[TOPICS_MAX + 1];
    size_t moves;
    size_t squares; /* of the loads, added up */
} groups[] = {
    /* Kafka's group rests with fewer moves than its assignor's first answer has. The fewest come
     * about by chains of which another one, as short, upsets the balance. */
    {{"013", "123", "0", "012"}, {"303", "0222", "11111", "3"}, 7, 45},
    {{"023", "0123", "0", "013", "2"}, {"10010", "1", "01", "10"}, 5, 22},
    {{"01234", "01234", "234", "01", "0123"}, {"0", "14", "203", "124.", "3"}, 3, 27},
    /* One move less leaves loads as 2, 1, 0. */
    {{"0", "01", "01"}, {"1", "02"}, 2, 3},
    {{"01", "0", "1"}, {"0", ".2"}, 1, 3},
    /* Kafka's assignor does not come to an end: it shifts two there and back forever. */
    {{"4", "234", "3", "134"}, {"000", "00", "......", "2222223", "33333"}, 7, 102},
};
enum { GROUPS = sizeof groups / sizeof groups[0] };

/* A group as strategies are told of it. */
struct told {
    struct weir_strategy_member members[MEMBERS_MAX];
    uint32_t subscriptions[MEMBERS_MAX][TOPICS_MAX];
    struct weir_strategy_topic topics[TOPICS_MAX];
    uint32_t owned[PARTITIONS_MAX];
    struct weir_strategy_view view;
};

static void tell_topics(int group, struct told *told)
{
    struct weir_strategy_view *view = &told->view;

    for (; groups[group].topics[view->topic_count] != NULL; view->topic_count++) {
        const char *had = groups[group].topics[view->topic_count];
        told->topics[view->topic_count] = (struct weir_strategy_topic){
            .name = "t", (uint32_t)strlen(had), (uint32_t)view->partition_count};
        for (; *had != '\0'; had++) {
            told->owned[view->partition_count++] =
                *had == '.' ? WEIR_STRATEGY_NOBODY : (uint32_t)(*had - '0');
        }
    }
}

static void tell_members(int group, struct told *told)
{
    struct weir_strategy_view *view = &told->view;

    for (; groups[group].members[view->member_count] != NULL; view->member_count++) {
        const char *topics = groups[group].members[view->member_count];
        struct weir_strategy_member *member = &told->members[view->member_count];
        *member = (struct weir_strategy_member){
            .id = "m", .topics = told->subscriptions[view->member_count], .capacity = 1};
        for (; *topics != '\0'; topics++) {
            told->subscriptions[view->member_count][member->topic_count++] =
                (uint32_t)(*topics - '0');
        }
    }
}

static void tell(int group, struct told *told)
{
    *told = (struct told){
        .view = {.member_size = sizeof told->members[0], .topic_size = sizeof told->topics[0]}};
    told->view.members = told->members;
    told->view.topics = told->topics;
    told->view.owned = told->owned;
    tell_topics(group, told);
    tell_members(group, told);
}

static enum weir_status ask(const struct told *told, uint32_t *owners)
{
    struct weir_error error;

    return weir_strategy_ask(&weir_strategy_sticky, &told->view, owners, &error);
}

static bool is_wanted(const struct told *told, size_t partition)
{
    size_t topic = told->view.topic_count - 1;

    while (told->topics[topic].first > partition) {
        topic--;
    }
    for (size_t i = 0; i < told->view.member_count; i++) {
        if (weir_subscribers_has(&told->members[i], (uint32_t)topic)) {
            return true;
        }
    }
    return false;
}

START_TEST(it_moves_no_more_and_is_as_even)
{
    struct told told;
    uint32_t owners[PARTITIONS_MAX];
    size_t loads[MEMBERS_MAX] = {0};
    size_t moves = 0;
    size_t squares = 0;

    tell(_i, &told);
    ck_assert_int_eq(ask(&told, owners), WEIR_OK);
    for (size_t p = 0; p < told.view.partition_count; p++) {
        if (is_wanted(&told, p)) {
            ck_assert_uint_lt(owners[p], told.view.member_count);
            loads[owners[p]]++;
            moves += told.owned[p] != WEIR_STRATEGY_NOBODY && told.owned[p] != owners[p] ? 1 : 0;
        }
    }
    for (size_t i = 0; i < told.view.member_count; i++) {
        squares += loads[i] * loads[i];
    }
    ck_assert_uint_le(moves, groups[_i].moves);
    ck_assert_uint_le(squares, groups[_i].squares);
}
END_TEST

START_TEST(every_failing_allocation_is_told)
{
    enum weir_status status = WEIR_ERR_NOMEM;
    struct told told;
    uint32_t expected[PARTITIONS_MAX];
    uint32_t owners[PARTITIONS_MAX];
    uint64_t failed = 0;

    tell(0, &told);
    ck_assert_int_eq(ask(&told, expected), WEIR_OK);
    for (uint64_t nth = 1; status != WEIR_OK; nth++) {
        weir_memory_fail_nth(nth);
        status = ask(&told, owners);
        weir_memory_fail_nth(0);
        failed += status == WEIR_OK ? 0 : 1;
        ck_assert(status == WEIR_OK || status == WEIR_ERR_NOMEM);
    }
    ck_assert_uint_ge(failed, FAILED_MIN);
    ck_assert_mem_eq(owners, expected, told.view.partition_count * sizeof *owners);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("sticky");

    tcase_add_loop_test(tcase, it_moves_no_more_and_is_as_even, 0, GROUPS);
    tcase_add_test(tcase, every_failing_allocation_is_told);
    return runner_run("sticky", tcase);
}
