#include "test/support/zoo_bench.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test/support/config_fixture.h"
#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/text.h"

enum { START = 1000000000, CLOSE_MS = 30000, QUIET_TAG = 0x71756965 };

struct zoo_bench zoo_bench;

static void wake(void *user)
{
    (void)gate_add(user, 1);
}

static void hear(const struct weir_log_line *line, void *user)
{
    struct zoo_bench *bench = user;

    bench->lines++;
    (void)snprintf(bench->last_line, sizeof bench->last_line, "%s", line->text);
}

void zoo_bench_set_up(const struct zoo_setting *setting)
{
    static unsigned number;

    memset(&zoo_bench, 0, sizeof zoo_bench);
    zoo_bench.setting = setting;
    zoo_bench.now = START;
    zoo_bench.chroot =
        text_format("/run-%ld-%u-%lld/zoo", (long)getpid(), number++, (long long)deadline_now_ns());
    gate_init(&zoo_bench.wakes);
    weir_log_init(&zoo_bench.report.log, WEIR_LOG_INFO, hear, &zoo_bench);
    zoo_bench.config = config_create();
    setting->open();
    char *connect = text_format("%s%s", setting->connect(), zoo_bench.chroot);
    config_set(zoo_bench.config, "zookeeper.connect", connect);
    free(connect);
}

static void forget(struct zoo_seen *seen)
{
    free(seen->path);
    free(seen->data);
    free(seen->names);
    free(seen->text);
    *seen = (struct zoo_seen){.path = NULL};
}

void zoo_bench_tear_down(void)
{
    zoo_bench.setting->mend();
    zoo_bench_close();
    zoo_bench.setting->close();
    weir_config_destroy(zoo_bench.config);
    weir_log_fini(&zoo_bench.report.log);
    gate_fini(&zoo_bench.wakes);
    free(zoo_bench.chroot);
}

void zoo_bench_open(int64_t timeout_ms)
{
    struct weir_error error = {.code = WEIR_OK};
    const struct weir_zoo_options options = {.config = zoo_bench.config,
                                             .report = &zoo_bench.report,
                                             .wake = wake,
                                             .wake_user = &zoo_bench.wakes};

    if (timeout_ms != 0) {
        char *text = text_format("%lld", (long long)timeout_ms);
        config_set(zoo_bench.config, "zookeeper.session.timeout.ms", text);
        free(text);
    }
    enum weir_status status = zoo_bench.setting->library->open(&options, &zoo_bench.zoo, &error);
    ck_assert_msg(status == WEIR_OK, "%s", error.text);
}

void zoo_bench_connect(int64_t timeout_ms)
{
    zoo_bench_open(timeout_ms);
    zoo_expect_state(WEIR_ZOO_CONNECTED);
}

void zoo_bench_close(void)
{
    forget(&zoo_bench.seen);
    if (zoo_bench.zoo != NULL) {
        zoo_bench.zoo->ops->close(zoo_bench.zoo);
        zoo_bench.zoo = NULL;
    }
    WAIT_UNTIL(zoo_bench.setting->closed(), CLOSE_MS);
}

static int compare(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static char *joined(const char *const *names, size_t count)
{
    const char **sorted = fail_or_alloc(count + 1, sizeof *sorted);
    struct text text = {.bytes = NULL};

    text_add(&text, "%s", "");
    for (size_t i = 0; i < count; i++) {
        sorted[i] = names[i];
    }
    qsort(sorted, count, sizeof *sorted, compare);
    for (size_t i = 0; i < count; i++) {
        text_add(&text, "%s%s", i == 0 ? "" : ",", sorted[i]);
    }
    free(sorted);
    return text.bytes;
}

static void copy_event(const struct weir_zoo_event *event, struct zoo_seen *seen)
{
    forget(seen);
    seen->event = *event;
    if (event->path != NULL) {
        seen->event.path = seen->path = fail_or_copy(event->path);
    }
    if (event->text != NULL) {
        seen->event.text = seen->text = fail_or_copy(event->text);
    }
    if (event->data != NULL) {
        seen->data = fail_or_alloc(event->size + 1, 1);
        memcpy(seen->data, event->data, event->size + 1); /* its 0 byte, too */
        seen->event.data = seen->data;
    }
    if (event->kind == WEIR_ZOO_ANSWER) {
        seen->names = joined(event->names, event->name_count);
    }
}

bool zoo_poll(void)
{
    struct weir_zoo_event event;
    uint64_t woken = gate_value(&zoo_bench.wakes);
    bool told = zoo_bench.zoo->ops->poll(zoo_bench.zoo, zoo_bench.now, &event);

    if (told) {
        copy_event(&event, &zoo_bench.seen);
    } else {
        zoo_bench.woken = woken;
    }
    return told;
}

/* It polls after a wake only, as a loop would: a wake that is lost is a test that fails. */
const struct weir_zoo_event *zoo_next(void)
{
    while (!zoo_poll()) {
        zoo_bench.setting->await(&zoo_bench.wakes, zoo_bench.woken + 1);
    }
    return &zoo_bench.seen.event;
}

void zoo_expect_state(enum weir_zoo_state state)
{
    const struct weir_zoo_event *event = zoo_next();

    ck_assert_int_eq(event->kind, WEIR_ZOO_STATE);
    ck_assert_int_eq(event->state, state);
    ck_assert_int_eq(zoo_bench.zoo->ops->state(zoo_bench.zoo), state);
}

void zoo_expect_changed(const char *path)
{
    const struct weir_zoo_event *event = zoo_next();

    ck_assert_int_eq(event->kind, WEIR_ZOO_CHANGED);
    ck_assert_str_eq(event->path, path);
}

const struct weir_zoo_event *zoo_expect_answer(uint64_t tag, enum weir_zoo_result result)
{
    const struct weir_zoo_event *event = zoo_next();

    ck_assert_int_eq(event->kind, WEIR_ZOO_ANSWER);
    ck_assert_uint_eq(event->tag, tag);
    ck_assert_msg(event->result == result, "result %d instead of %d: %s", (int)event->result,
                  (int)result, event->text == NULL ? "" : event->text);
    ck_assert((event->text == NULL) == (result == WEIR_ZOO_OK));
    return event;
}

void zoo_expect_quiet(void)
{
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_SYNC, .path = "/", .tag = QUIET_TAG);
    ck_assert(!zoo_poll());
}

void zoo_submit(struct weir_zoo_request request)
{
    ck_assert_int_eq(zoo_bench.zoo->ops->submit(zoo_bench.zoo, &request), WEIR_OK);
}

const struct weir_zoo_event *zoo_do(struct weir_zoo_request request, enum weir_zoo_result result)
{
    zoo_submit(request);
    return zoo_expect_answer(request.tag, result);
}

struct weir_zoo *zoo_tested(void)
{
    return zoo_bench.zoo;
}

void zoo_make_node(const char *path, const char *data)
{
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_CREATE, .path = path, .data = data, .size = strlen(data));
}

void zoo_expect_data(const char *path, const char *data)
{
    const struct weir_zoo_event *event = ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_GET, .path = path);

    ck_assert_str_eq(event->data, data);
    ck_assert_uint_eq(event->size, strlen(data));
}

const char *zoo_path(const char *path)
{
    static char *full;

    free(full);
    full = text_format("%s%s", zoo_bench.chroot, strcmp(path, "/") == 0 ? "" : path);
    return full;
}
