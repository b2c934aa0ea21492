/* What if nobody reads what a member says? S64. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test/support/deadline.h"
#include "test/support/scene.h"

enum { PARTITIONS = 2, RECORDS = 500, AWAIT_MS = 30000, BLOCK = 4096 };

static struct member *start(int errors_fd)
{
    static const char *const settings[] = {"weir.order=partition", NULL};

    scene_create_topic(PARTITIONS);
    scene_produce_many(RECORDS, 0);
    return scene_start_with(
        &(struct member_options){.name = "a", .settings = settings, .errors_fd = errors_fd});
}

static void expect_all_done(struct member *member)
{
    scene_await_all();
    scene_produce_many(RECORDS, 0);
    scene_await_all();
    member_stop(member);
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION);
    scene_expect_committed();
}

/* Before the first line, too, which is a warning. */
START_TEST(a_reader_of_the_log_may_die)
{
    int ends[2];

    ck_assert_int_eq(setenv("WEIR_UNHEARD", "of", 1), 0);
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    (void)close(ends[0]);
    struct member *member = start(ends[1]);
    (void)close(ends[1]);
    ck_assert_int_eq(unsetenv("WEIR_UNHEARD"), 0);
    expect_all_done(member);
}
END_TEST

/* As many bytes as it takes. */
static void fill(int pipe)
{
    static const char block[BLOCK] = "";
    int flags = fcntl(pipe, F_GETFL);

    ck_assert_int_eq(fcntl(pipe, F_SETFL, flags | O_NONBLOCK), 0);
    while (write(pipe, block, sizeof block) > 0) {
    }
    ck_assert_int_eq(errno, EAGAIN);
    while (write(pipe, block, 1) > 0) {
    }
    ck_assert_int_eq(fcntl(pipe, F_SETFL, flags), 0);
}

/* Reads all there is until the member has closed its end. */
static bool is_said(int pipe, const char *part)
{
    char said[BLOCK + 1];
    bool found = false;
    ssize_t size = 0;

    while ((size = read(pipe, said, BLOCK)) > 0) {
        for (ssize_t i = 0; i < size; i++) {
            if (said[i] == '\0') {
                said[i] = ' ';
            }
        }
        said[size] = '\0';
        found = found || strstr(said, part) != NULL;
    }
    return found;
}

START_TEST(a_reader_of_the_log_may_stand_still)
{
    char block[BLOCK];
    int ends[2];

    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    fill(ends[1]);
    struct member *member = start(ends[1]);
    scene_await_committed();
    scene_produce_many(RECORDS, 0);
    scene_await_committed();
    /* It wakes up: from here on it gets what is said. */
    for (int i = 0; i < 8; i++) {
        ck_assert_int_gt(read(ends[0], block, sizeof block), 0);
    }
    (void)close(ends[1]);
    member_stop(member);
    ck_assert(is_said(ends[0], "nobody read along: "));
    (void)close(ends[0]);
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION);
    scene_expect_committed();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_reader_of_the_log_may_die,
        a_reader_of_the_log_may_stand_still,
    };

    return SCENE_RUN("scenes_readers", tests);
}
