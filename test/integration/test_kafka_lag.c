/* Is the lag that weir tells, of a group and of itself, what the brokers would say? */
#include <check.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <string.h>

#include "test/support/command.h"
#include "test/support/deadline.h"
#include "test/support/scene.h"

enum { AWAIT_MS = 60000, ANSWER_MS = 60000 };

/* What `weir lag` says of partition 0. */
struct view {
    int64_t committed;
    int64_t end;
    int64_t lag;
};

static int64_t number(const json_t *row, const char *name)
{
    const json_t *value = json_object_get(row, name);

    ck_assert_msg(value != NULL, "there is no %s", name);
    return json_is_null(value) ? -1 : json_integer_value(value);
}

static struct view look(const char *isolation)
{
    const struct command command = {
        .options = {"-X", scene_text("bootstrap.servers=%s", scene.bootstrap), "--timeout=60", "-X",
                    scene_text("isolation.level=%s", isolation)},
        .words = (const char *const[]){"lag", scene.group, "-o", "json", NULL},
        .ms_max = ANSWER_MS};
    const char *errors = NULL;
    json_t *said = command_json(command_run(&command, 0, &errors));
    const json_t *row = json_array_get(json_object_get(said, "partitions"), 0);
    const struct view view = {.committed = number(row, "committed"),
                              .end = number(row, "end"),
                              .lag = number(row, "lag")};
    json_decref(said);
    return view;
}

static void transact(struct producer *producer, uint64_t count)
{
    producer_begin(producer);
    producer_produce(producer, &(struct produce_options){.topic = scene.topics[0], .count = count});
}

/* S26: nobody lags by what may not be read yet, and is not read when it is aborted: the end is the
 * last stable offset. Who reads uncommitted has all of it before them. */
START_TEST(an_open_transaction_is_no_lag_and_an_aborted_one_is_until_it_is_passed)
{
    enum { FIRST = 10, ABORTED = 5, OPEN = 7, MARKER = 1 };
    enum { STABLE = FIRST + MARKER + ABORTED + MARKER };

    scene_create_topic(1);
    struct producer *producer = producer_open(
        &(struct producer_options){.bootstrap = scene.bootstrap, .transactional_id = scene.group});
    transact(producer, FIRST);
    producer_commit(producer);
    struct member *member = SCENE_START("a", "weir.order=partition", "weir.commit.interval.ms=100");
    member_await_completed(member, FIRST);
    WAIT_UNTIL(look("read_committed").lag == 0, AWAIT_MS);
    member_stop(member);
    struct view before = look("read_committed");
    ck_assert_int_eq(before.committed, before.end);

    transact(producer, ABORTED);
    producer_abort(producer);
    transact(producer, OPEN);
    WAIT_UNTIL(look("read_committed").end == STABLE, AWAIT_MS); /* the marker of the abort */
    ck_assert_int_eq(look("read_committed").lag, STABLE - before.committed);
    ck_assert_int_eq(look("read_uncommitted").end, STABLE + OPEN);
    ck_assert_int_eq(look("read_uncommitted").lag, STABLE + OPEN - before.committed);

    member_restart(member);
    WAIT_UNTIL(look("read_committed").lag == 0, AWAIT_MS);
    ck_assert_int_eq(look("read_committed").end, STABLE);
    producer_commit(producer);
    member_await_completed(member, FIRST + OPEN);
    WAIT_UNTIL(look("read_committed").committed == STABLE + OPEN + MARKER, AWAIT_MS);
    scene_add_ledger(producer_take_ledger(producer));
    producer_close(producer);
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION);
}
END_TEST

/* What the member says next of its partition 0 when it is asked, up to its lag. */
static bool says_lag(struct member *member, int64_t end, int64_t lag)
{
    process_signal(member_process(member), SIGUSR1);
    return strstr(process_errors(member_process(member)),
                  scene_text("end %" PRId64 ", lag %" PRId64 ",", end, lag)) != NULL;
}

/* A handler stands at record FIRST, and all before it is committed. */
START_TEST(a_member_and_the_group_say_the_same)
{
    enum { FIRST = 30, MORE = 70 };

    scene_create_topic(1);
    scene_produce_many(FIRST, 0);
    struct member *member = SCENE_START("a", "weir.order=partition", "weir.commit.interval.ms=100");
    scene_await_committed();
    scene_close_gate(0);
    scene_produce_many(MORE, 0);
    WAIT_UNTIL(says_lag(member, FIRST + MORE, MORE), AWAIT_MS);
    const struct view view = look("read_committed");
    ck_assert_int_eq(view.committed, FIRST);
    ck_assert_int_eq(view.end, FIRST + MORE);
    ck_assert_int_eq(view.lag, MORE);
    scene_open_gate(0);
    scene_await_committed();
    WAIT_UNTIL(says_lag(member, FIRST + MORE, 0), AWAIT_MS);
    ck_assert_int_eq(look("read_committed").lag, 0);
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_open_transaction_is_no_lag_and_an_aborted_one_is_until_it_is_passed,
        a_member_and_the_group_say_the_same,
    };

    return SCENE_RUN("lag", tests);
}
