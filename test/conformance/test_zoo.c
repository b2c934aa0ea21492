#include "framework/zoo.h"

#include "test/support/deadline.h"
#include "test/support/runner.h"
#include "test/support/zoo_bench.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every ZooKeeper library passes every test here, and those of test_zoo_session.c. The time that
 * poll is told stands still. The servers' time is theirs: with this timeout they have patience with
 * a machine that stands still for a while. */
enum { TIMEOUT_MS = 30000, CLAIMS = 3200, CLAIMED_NODES = 2 * CLAIMS };

static const struct zoo_setting *setting; /* of the case that runs */

static void set_up_zookeeper(void)
{
    setting = &zoo_setting_zookeeper;
    zoo_bench_set_up(setting);
}

static void set_up_sim(void)
{
    setting = &zoo_setting_sim;
    zoo_bench_set_up(setting);
}

static void set_up_standin(void)
{
    setting = &zoo_setting_standin;
    zoo_bench_set_up(setting);
}

START_TEST(what_was_created_is_read_set_and_deleted)
{
    const struct weir_zoo_event *event;

    zoo_bench_connect(TIMEOUT_MS);
    zoo_make_node("/a", "first");
    event = ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_GET, .path = "/a", .tag = 7);
    ck_assert_str_eq(event->data, "first");
    ck_assert_uint_eq(event->size, 5);
    ck_assert_int_eq(event->facts.version, 0);
    ck_assert_int_eq(event->facts.owner, 0);
    int64_t created = event->facts.created;
    int64_t modified_ms = event->facts.modified_ms;
    ck_assert_int_ge(modified_ms, 0);
    event = ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_SET, .path = "/a", .data = "2", .size = 1);
    ck_assert_int_eq(event->facts.version, 1);
    ck_assert_int_ge(event->facts.modified_ms, modified_ms);
    zoo_make_node("/a/b", "");
    zoo_make_node("/a/c", "");
    event = ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_EXISTS, .path = "/a");
    ck_assert_int_eq(event->facts.version, 1);
    ck_assert_uint_eq(event->facts.child_count, 2);
    ck_assert_int_eq(event->facts.created, created);
    event = ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_CHILDREN, .path = "/a");
    ck_assert_str_eq(zoo_bench.seen.names, "b,c");
    ck_assert_uint_eq(event->facts.child_count, 2);
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_CHILDREN, .path = "/a/b");
    ck_assert_str_eq(zoo_bench.seen.names, "");
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_DELETE, .path = "/a/b", .version = WEIR_ZOO_ANY_VERSION);
    ZOO_DO(WEIR_ZOO_ABSENT, .kind = WEIR_ZOO_EXISTS, .path = "/a/b");
    ck_assert_int_eq(setting->owner(zoo_path("/a/c")), 0);
}
END_TEST

START_TEST(a_node_made_anew_is_another_one)
{
    zoo_bench_connect(TIMEOUT_MS);
    zoo_make_node("/a", "");
    int64_t created = ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_EXISTS, .path = "/a")->facts.created;
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_DELETE, .path = "/a", .version = 0);
    zoo_make_node("/a", "");
    ck_assert_int_ne(ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_EXISTS, .path = "/a")->facts.created,
                     created);
}
END_TEST

START_TEST(empty_data_is_no_null_pointer)
{
    zoo_bench_connect(TIMEOUT_MS);
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_CREATE, .path = "/a");
    ck_assert_ptr_nonnull(ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_GET, .path = "/a")->data);
    zoo_expect_data("/a", "");
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_SET, .path = "/a", .data = "x", .size = 1, .version = 0);
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_SET, .path = "/a", .version = 1);
    zoo_expect_data("/a", "");
}
END_TEST

START_TEST(what_cannot_be_done_says_why)
{
    zoo_bench_connect(TIMEOUT_MS);
    zoo_make_node("/a", "");
    zoo_make_node("/a/b", "");
    ZOO_DO(WEIR_ZOO_PRESENT, .kind = WEIR_ZOO_CREATE, .path = "/a");
    ZOO_DO(WEIR_ZOO_ABSENT, .kind = WEIR_ZOO_CREATE, .path = "/x/y");
    ZOO_DO(WEIR_ZOO_ABSENT, .kind = WEIR_ZOO_GET, .path = "/x");
    ZOO_DO(WEIR_ZOO_ABSENT, .kind = WEIR_ZOO_CHILDREN, .path = "/x");
    ZOO_DO(WEIR_ZOO_ABSENT, .kind = WEIR_ZOO_EXISTS, .path = "/x");
    ZOO_DO(WEIR_ZOO_ABSENT, .kind = WEIR_ZOO_SET, .path = "/x", .version = WEIR_ZOO_ANY_VERSION);
    ZOO_DO(WEIR_ZOO_ABSENT, .kind = WEIR_ZOO_DELETE, .path = "/x", .version = 0);
    ZOO_DO(WEIR_ZOO_OTHER, .kind = WEIR_ZOO_SET, .path = "/a", .version = 1);
    ZOO_DO(WEIR_ZOO_OTHER, .kind = WEIR_ZOO_DELETE, .path = "/a/b", .version = 1);
    ZOO_DO(WEIR_ZOO_OTHER, .kind = WEIR_ZOO_DELETE, .path = "/a", .version = 0);
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_CREATE, .path = "/e", .ephemeral = true);
    ZOO_DO(WEIR_ZOO_FAILED, .kind = WEIR_ZOO_CREATE, .path = "/e/child");
}
END_TEST

START_TEST(answers_come_once_each_and_in_the_order_of_the_requests)
{
    static const enum weir_zoo_kind kinds[] = {WEIR_ZOO_SET, WEIR_ZOO_GET, WEIR_ZOO_SYNC,
                                               WEIR_ZOO_CHILDREN, WEIR_ZOO_EXISTS};
    enum { COUNT = 300, KINDS = sizeof kinds / sizeof kinds[0] };

    zoo_bench_connect(TIMEOUT_MS);
    zoo_make_node("/a", "");
    for (uint64_t i = 0; i < COUNT; i++) {
        ZOO_SUBMIT(.kind = kinds[i % KINDS], .path = "/a", .version = WEIR_ZOO_ANY_VERSION,
                   .tag = i);
    }
    for (uint64_t i = 0; i < COUNT; i++) {
        int32_t version = zoo_expect_answer(i, WEIR_ZOO_OK)->facts.version;
        ck_assert(kinds[i % KINDS] == WEIR_ZOO_SYNC || version == (int32_t)(i / KINDS) + 1);
    }
    zoo_expect_quiet();
}
END_TEST

START_TEST(a_watch_fires_once)
{
    zoo_bench_connect(TIMEOUT_MS);
    zoo_make_node("/a", "");
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_GET, .path = "/a", .watch = true);
    setting->set(zoo_path("/a"), "1");
    zoo_expect_changed("/a");
    setting->set(zoo_path("/a"), "2");
    zoo_expect_quiet();
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_GET, .path = "/a", .watch = true);
    ck_assert_str_eq(zoo_bench.seen.data, "2");
    setting->remove(zoo_path("/a"));
    zoo_expect_changed("/a");
    zoo_expect_quiet();
}
END_TEST

/* Reads it again, and watches it again, for each change that is told. Returns what it says by now,
 * -1: nothing new. */
static int read_again(const struct weir_zoo_event *event)
{
    if (event->kind == WEIR_ZOO_CHANGED) {
        ZOO_SUBMIT(.kind = WEIR_ZOO_GET, .path = "/a", .watch = true);
        return -1;
    }
    ck_assert_int_eq(event->kind, WEIR_ZOO_ANSWER);
    ck_assert_int_eq(event->result, WEIR_ZOO_OK);
    return (int)strtol(event->data, NULL, 10);
}

/* S42: most of what is written is never seen, and the last of it always is. */
START_TEST(a_watch_that_is_set_again_and_again_misses_no_last_word)
{
    enum { WRITES = 1000 };
    char number[16];
    int seen = 0;

    zoo_bench_connect(TIMEOUT_MS);
    zoo_make_node("/a", "0");
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_GET, .path = "/a", .watch = true);
    for (int i = 1; i <= WRITES; i++) {
        (void)snprintf(number, sizeof number, "%d", i);
        setting->set(zoo_path("/a"), number);
        while (zoo_poll()) {
            int now = read_again(&zoo_bench.seen.event);
            ck_assert(now == -1 || (now >= seen && now <= i));
            seen = now > seen ? now : seen;
        }
    }
    while (seen < WRITES) {
        seen = read_again(zoo_next());
    }
    zoo_expect_quiet();
}
END_TEST

START_TEST(a_watch_waits_for_a_node_that_is_not_there_yet)
{
    zoo_bench_connect(TIMEOUT_MS);
    ZOO_DO(WEIR_ZOO_ABSENT, .kind = WEIR_ZOO_EXISTS, .path = "/a", .watch = true);
    ZOO_DO(WEIR_ZOO_ABSENT, .kind = WEIR_ZOO_GET, .path = "/b", .watch = true);
    setting->create(zoo_path("/b"), "");
    setting->create(zoo_path("/a"), "");
    zoo_expect_changed("/a");
    zoo_expect_quiet();
}
END_TEST

START_TEST(children_are_watched_apart_from_their_parents_data)
{
    zoo_bench_connect(TIMEOUT_MS);
    zoo_make_node("/a", "");
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_CHILDREN, .path = "/a", .watch = true);
    setting->set(zoo_path("/a"), "1");
    zoo_expect_quiet();
    setting->create(zoo_path("/a/b"), "");
    zoo_expect_changed("/a");
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_CHILDREN, .path = "/", .watch = true);
    setting->create(zoo_path("/c"), "");
    zoo_expect_changed("/");
}
END_TEST

START_TEST(without_asking_nothing_is_watched)
{
    zoo_bench_connect(TIMEOUT_MS);
    zoo_make_node("/a", "");
    zoo_expect_data("/a", "");
    setting->set(zoo_path("/a"), "1");
    zoo_expect_quiet();
}
END_TEST

START_TEST(what_is_ephemeral_belongs_to_the_session_and_goes_with_it)
{
    zoo_bench_connect(TIMEOUT_MS);
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_CREATE, .path = "/e", .ephemeral = true);
    int64_t session = zoo_tested()->ops->session(zoo_tested());
    ck_assert_int_eq(ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_EXISTS, .path = "/e")->facts.owner,
                     session);
    ck_assert_int_eq(setting->owner(zoo_path("/e")), session);
    zoo_bench_close();
    ck_assert_int_eq(setting->owner(zoo_path("/e")), -1);
}
END_TEST

static struct weir_zoo_request part(enum weir_zoo_kind kind, const char *path, int32_t version)
{
    return (struct weir_zoo_request){.kind = kind, .path = path, .version = version};
}

START_TEST(a_transaction_is_done_as_a_whole)
{
    struct weir_zoo_request parts[] = {
        part(WEIR_ZOO_CHECK, "/fence", 0),  part(WEIR_ZOO_SET, "/fence", 0),
        part(WEIR_ZOO_CREATE, "/owner", 0), part(WEIR_ZOO_DELETE, "/old", WEIR_ZOO_ANY_VERSION),
        part(WEIR_ZOO_CREATE, "/brief", 0), part(WEIR_ZOO_DELETE, "/brief", 0)};

    zoo_bench_connect(TIMEOUT_MS);
    zoo_make_node("/fence", "");
    zoo_make_node("/old", "");
    parts[1].data = "me";
    parts[1].size = 2;
    parts[2].ephemeral = true;
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_MULTI, .parts = parts, .part_count = 6);
    zoo_expect_data("/fence", "me");
    ck_assert_int_eq(setting->owner(zoo_path("/brief")), -1);
    ck_assert_int_eq(setting->owner(zoo_path("/owner")), zoo_tested()->ops->session(zoo_tested()));
    ck_assert_int_eq(setting->owner(zoo_path("/old")), -1);
}
END_TEST

/* Which part is the first that cannot be, and with which result. */
static const struct {
    size_t part;
    struct weir_zoo_request request;
    enum weir_zoo_result result;
} broken_parts[] = {
    {0, {.kind = WEIR_ZOO_CHECK, .path = "/fence", .version = 5}, WEIR_ZOO_OTHER},
    {1, {.kind = WEIR_ZOO_SET, .path = "/fence", .version = 5}, WEIR_ZOO_OTHER},
    {1, {.kind = WEIR_ZOO_CHECK, .path = "/none", .version = 0}, WEIR_ZOO_ABSENT},
    {2, {.kind = WEIR_ZOO_CREATE, .path = "/fence"}, WEIR_ZOO_PRESENT},
    {2, {.kind = WEIR_ZOO_CREATE, .path = "/none/owner"}, WEIR_ZOO_ABSENT},
    {3, {.kind = WEIR_ZOO_DELETE, .path = "/none", .version = 0}, WEIR_ZOO_ABSENT},
};

START_TEST(a_transaction_that_fails_does_nothing_and_names_the_part)
{
    struct weir_zoo_request parts[] = {
        part(WEIR_ZOO_CHECK, "/fence", 0), part(WEIR_ZOO_SET, "/fence", 0),
        part(WEIR_ZOO_CREATE, "/owner", 0), part(WEIR_ZOO_DELETE, "/old", 0)};

    zoo_bench_connect(TIMEOUT_MS);
    zoo_make_node("/fence", "before");
    zoo_make_node("/old", "");
    parts[broken_parts[_i].part] = broken_parts[_i].request;
    const struct weir_zoo_event *event =
        ZOO_DO(broken_parts[_i].result, .kind = WEIR_ZOO_MULTI, .parts = parts, .part_count = 4);
    ck_assert_uint_eq(event->failed_part, broken_parts[_i].part);
    zoo_expect_data("/fence", "before");
    ZOO_DO(WEIR_ZOO_ABSENT, .kind = WEIR_ZOO_EXISTS, .path = "/owner");
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_EXISTS, .path = "/old");
}
END_TEST

START_TEST(a_transaction_has_up_to_4096_parts)
{
    struct weir_zoo_request parts[WEIR_ZOO_PARTS_MAX];
    char paths[WEIR_ZOO_PARTS_MAX][8];

    zoo_bench_connect(TIMEOUT_MS);
    for (size_t i = 0; i < WEIR_ZOO_PARTS_MAX; i++) {
        (void)snprintf(paths[i], sizeof paths[i], "/n%zu", i);
        parts[i] = part(WEIR_ZOO_CREATE, paths[i], 0);
    }
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_MULTI, .parts = parts, .part_count = WEIR_ZOO_PARTS_MAX);
    ck_assert_uint_eq(ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_EXISTS, .path = "/")->facts.child_count,
                      WEIR_ZOO_PARTS_MAX);
    parts[0].path = "/other";
    const struct weir_zoo_event *event = ZOO_DO(WEIR_ZOO_PRESENT, .kind = WEIR_ZOO_MULTI,
                                                .parts = parts, .part_count = WEIR_ZOO_PARTS_MAX);
    ck_assert_uint_eq(event->failed_part, 1);
}
END_TEST

/* All or nothing: whoever made a node in it meanwhile keeps it. */
START_TEST(a_transaction_takes_a_folder_away_with_all_that_is_in_it)
{
    const struct weir_zoo_request parts[] = {part(WEIR_ZOO_DELETE, "/f/a/b", 0),
                                             part(WEIR_ZOO_DELETE, "/f/a", 0),
                                             part(WEIR_ZOO_DELETE, "/f/c", WEIR_ZOO_ANY_VERSION),
                                             part(WEIR_ZOO_DELETE, "/f", WEIR_ZOO_ANY_VERSION)};

    zoo_bench_connect(TIMEOUT_MS);
    zoo_make_node("/f", "");
    zoo_make_node("/f/a", "");
    zoo_make_node("/f/a/b", "");
    zoo_make_node("/f/c", "");
    zoo_make_node("/f/d", "");
    const struct weir_zoo_event *event =
        ZOO_DO(WEIR_ZOO_OTHER, .kind = WEIR_ZOO_MULTI, .parts = parts, .part_count = 4);
    ck_assert_uint_eq(event->failed_part, 3);
    zoo_expect_data("/f/a/b", "");
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_DELETE, .path = "/f/d", .version = 0);
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_MULTI, .parts = parts, .part_count = 4);
    ZOO_DO(WEIR_ZOO_ABSENT, .kind = WEIR_ZOO_EXISTS, .path = "/f");
}
END_TEST

START_TEST(data_has_a_limit)
{
    char *data = calloc(1, WEIR_ZOO_DATA_MAX + 1);
    char *path = calloc(1, WEIR_ZOO_PATH_MAX + 2);
    struct weir_zoo_request parts[] = {part(WEIR_ZOO_CREATE, "/b", 0),
                                       part(WEIR_ZOO_CREATE, "/c", 0)};
    struct weir_zoo_request request = {
        .kind = WEIR_ZOO_CREATE, .path = "/a", .data = data, .size = WEIR_ZOO_DATA_MAX + 1};

    zoo_bench_connect(TIMEOUT_MS);
    ck_assert_int_eq(zoo_tested()->ops->submit(zoo_tested(), &request), WEIR_ERR_CONFIG);
    request.size = WEIR_ZOO_DATA_MAX;
    zoo_do(request, WEIR_ZOO_OK);
    ck_assert_uint_eq(ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_GET, .path = "/a")->size,
                      WEIR_ZOO_DATA_MAX);
    for (size_t i = 0; i < 2; i++) {
        parts[i].data = data;
        parts[i].size = WEIR_ZOO_DATA_MAX / 2 + i;
    }
    request = (struct weir_zoo_request){.kind = WEIR_ZOO_MULTI, .parts = parts, .part_count = 2};
    ck_assert_int_eq(zoo_tested()->ops->submit(zoo_tested(), &request), WEIR_ERR_CONFIG);
    parts[1].size--;
    zoo_do(request, WEIR_ZOO_OK);
    memset(path, 'p', WEIR_ZOO_PATH_MAX + 1);
    path[0] = '/';
    request = part(WEIR_ZOO_SYNC, path, 0);
    ck_assert_int_eq(zoo_tested()->ops->submit(zoo_tested(), &request), WEIR_ERR_CONFIG);
    path[WEIR_ZOO_PATH_MAX] = '\0';
    zoo_do(part(WEIR_ZOO_CREATE, path, 0), WEIR_ZOO_OK);
    zoo_expect_quiet();
    free(path);
    free(data);
}
END_TEST

START_TEST(what_is_no_path_is_not_sent)
{
    static const char *const paths[] = {"", "a", "/a/", "/a//b", "/a/../b", "/."};

    zoo_bench_connect(TIMEOUT_MS);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        const struct weir_zoo_request request = part(WEIR_ZOO_EXISTS, paths[i], 0);
        ck_assert_int_eq(zoo_tested()->ops->submit(zoo_tested(), &request), WEIR_ERR_INVALID);
    }
    zoo_expect_quiet();
}
END_TEST

/* While no server answers, everything submitted waits. */
START_TEST(so_many_wait_for_an_answer_and_no_more)
{
    const struct weir_zoo_request request = {.kind = WEIR_ZOO_SYNC, .path = "/"};

    zoo_bench_connect(TIMEOUT_MS);
    zoo_expect_quiet();
    setting->freeze();
    for (int i = 0; i < WEIR_ZOO_WAITING_MAX; i++) {
        enum weir_status status = zoo_tested()->ops->submit(zoo_tested(), &request);
        ck_assert(status == WEIR_OK || (status == WEIR_ERR_FULL && i == WEIR_ZOO_WAITING_MAX - 1));
    }
    ck_assert_int_eq(zoo_tested()->ops->submit(zoo_tested(), &request), WEIR_ERR_FULL);
    setting->mend();
    zoo_expect_answer(0, WEIR_ZOO_OK);
    ck_assert_int_eq(zoo_tested()->ops->submit(zoo_tested(), &request), WEIR_OK);
    for (int i = 0; i < WEIR_ZOO_WAITING_MAX - 1; i++) {
        zoo_expect_answer(0, WEIR_ZOO_OK);
    }
}
END_TEST

START_TEST(many_claims_are_under_way_at_once)
{
    struct weir_zoo_request parts[2] = {part(WEIR_ZOO_CREATE, NULL, 0),
                                        part(WEIR_ZOO_SET, NULL, 0)};
    char owner[32];
    char fence[32];

    zoo_bench_connect(TIMEOUT_MS);
    parts[0].ephemeral = true;
    for (int i = 0; i < CLAIMS; i++) {
        (void)snprintf(fence, sizeof fence, "/fence%d", i);
        ZOO_SUBMIT(.kind = WEIR_ZOO_CREATE, .path = fence);
    }
    for (int i = 0; i < CLAIMS; i++) {
        zoo_expect_answer(0, WEIR_ZOO_OK);
    }
    int64_t began = deadline_now_ns();
    for (uint64_t i = 0; i < CLAIMS; i++) {
        (void)snprintf(owner, sizeof owner, "/owner%d", (int)i);
        (void)snprintf(fence, sizeof fence, "/fence%d", (int)i);
        parts[0].path = owner;
        parts[1].path = fence;
        ZOO_SUBMIT(.kind = WEIR_ZOO_MULTI, .parts = parts, .part_count = 2, .tag = i);
    }
    for (uint64_t i = 0; i < CLAIMS; i++) {
        zoo_expect_answer(i, WEIR_ZOO_OK);
    }
    printf("%s: %d claims in %lld ms\n", zoo_tested()->ops->name, CLAIMS,
           (long long)((deadline_now_ns() - began) / WEIR_NS_PER_MS));
    ck_assert_uint_eq(ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_EXISTS, .path = "/")->facts.child_count,
                      CLAIMED_NODES);
}
END_TEST

static TCase *conformance(const char *name, void (*set_up)(void))
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, set_up, zoo_bench_tear_down);
    tcase_add_test(tcase, what_was_created_is_read_set_and_deleted);
    tcase_add_test(tcase, a_node_made_anew_is_another_one);
    tcase_add_test(tcase, empty_data_is_no_null_pointer);
    tcase_add_test(tcase, what_cannot_be_done_says_why);
    tcase_add_test(tcase, answers_come_once_each_and_in_the_order_of_the_requests);
    tcase_add_test(tcase, a_watch_fires_once);
    tcase_add_test(tcase, a_watch_that_is_set_again_and_again_misses_no_last_word);
    tcase_add_test(tcase, a_watch_waits_for_a_node_that_is_not_there_yet);
    tcase_add_test(tcase, children_are_watched_apart_from_their_parents_data);
    tcase_add_test(tcase, without_asking_nothing_is_watched);
    tcase_add_test(tcase, what_is_ephemeral_belongs_to_the_session_and_goes_with_it);
    tcase_add_test(tcase, a_transaction_is_done_as_a_whole);
    tcase_add_loop_test(tcase, a_transaction_that_fails_does_nothing_and_names_the_part, 0,
                        sizeof broken_parts / sizeof broken_parts[0]);
    tcase_add_test(tcase, a_transaction_has_up_to_4096_parts);
    tcase_add_test(tcase, a_transaction_takes_a_folder_away_with_all_that_is_in_it);
    tcase_add_test(tcase, data_has_a_limit);
    tcase_add_test(tcase, what_is_no_path_is_not_sent);
    tcase_add_test(tcase, so_many_wait_for_an_answer_and_no_more);
    tcase_add_test(tcase, many_claims_are_under_way_at_once);
    return tcase;
}

int main(void)
{
    Suite *suite = suite_create("zoo");

    suite_add_tcase(suite, conformance("zookeeper", set_up_zookeeper));
    suite_add_tcase(suite, conformance("simulated", set_up_sim));
    suite_add_tcase(suite, conformance("standin", set_up_standin));
    zoo_setting_zookeeper_start();
    int result = runner_run_suite(suite);
    zoo_setting_zookeeper_stop();
    return result;
}
