#include "test/support/example.h"
#include "test/support/fail.h"
#include "test/support/fake_batch.h"
#include "test/support/plugin_folder.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"
#include "test/unit/plugin_check.h"
#include <check.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct running {
    struct weir_plugin *plugin;
    struct example example;
};

static struct weir_plugin *load_example(const char *name)
{
    char *path = plugin_copy_from("WEIR_EXAMPLES", name);
    struct weir_plugin *plugin = plugin_load(path);

    free(path);
    ck_assert_str_eq(plugin_name(plugin), name);
    return plugin;
}

static void start(struct running *running, const char *name, const char *const *pairs)
{
    running->plugin = load_example(name);
    example_start(&running->example, weir_plugin_handler(running->plugin), pairs);
}

static void start_shadow(struct running *running, const char *name, const char *const *pairs)
{
    running->plugin = load_example(name);
    example_start_shadow(&running->example, weir_plugin_handler(running->plugin), pairs);
}

static void handle(struct running *running, int worker, struct fake_batch *fake)
{
    example_handle(&running->example, worker, fake);
}

static void unload(struct running *running)
{
    example_fini(&running->example);
    weir_plugin_unload(running->plugin);
}

/* Standard output into a file or, with the path of something else, there. */
static int redirect(const char *path)
{
    int before;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    ck_assert_int_ge(fd, 0);
    (void)fflush(stdout);
    before = dup(STDOUT_FILENO);
    ck_assert_int_ge(before, 0);
    ck_assert_int_eq(dup2(fd, STDOUT_FILENO), STDOUT_FILENO);
    (void)close(fd);
    return before;
}

static void restore(int before)
{
    (void)fflush(stdout);
    ck_assert_int_eq(dup2(before, STDOUT_FILENO), STDOUT_FILENO);
    (void)close(before);
}

/* What the example prints while it handles the batch and ends. */
static char *printed_by(struct running *running, struct fake_batch *fake)
{
    char *path = tmpdir_path(plugin_folder, "stdout");
    int before = redirect(path);

    if (fake != NULL) {
        handle(running, 0, fake);
    }
    example_close(&running->example);
    restore(before);
    unload(running);
    char *text = tmpdir_read(path);
    free(path);
    return text;
}

static struct fake_batch *batch_of(const char *topic, int32_t partition, int64_t first_offset,
                                   uint32_t count)
{
    struct fake_batch *fake = fake_batch_create(topic, partition, first_offset, true);

    for (uint32_t i = 0; i < count; i++) {
        fake_batch_add(fake, &(struct fake_record){FAKE_KEY("key"), FAKE_VALUE("value")});
    }
    return fake;
}

START_TEST(count_adds_up_what_the_workers_saw)
{
    static const struct {
        const char *topic;
        int32_t partition;
        uint32_t count;
        int worker;
    } batches[] = {
        {"b", 10, 3, 0}, {"b", 9, 2, 0}, {"a", 9, 5, 1}, {"b", 10, 4, 2}, {"b", 10, 1, 0}};
    struct running running;

    start(&running, "count", NULL);
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
        struct fake_batch *fake =
            batch_of(batches[i].topic, batches[i].partition, 0, batches[i].count);
        handle(&running, batches[i].worker, fake);
        ck_assert_uint_eq(fake_batch_marks(fake, FAKE_DONE), batches[i].count);
        fake_batch_destroy(fake);
    }
    char *text = printed_by(&running, NULL);
    ck_assert_str_eq(text, "a\t9\t5\t40\nb\t9\t2\t16\nb\t10\t8\t64\n");
    free(text);
}
END_TEST

static const struct weir_header headers[] = {
    {.name = "n\"", .value = "v", .value_size = 1},
    {.name = "n\"", .value = NULL},
    {.name = "b", .value = "\xff", .value_size = 1},
};

static const struct {
    struct fake_record record;
    const char *line; /* behind the offset */
} print_rows[] = {
    {{FAKE_KEY("k"), FAKE_VALUE("v"), .timestamp_ms = 1700000000123},
     "\"timestamp\":1700000000123,\"key\":\"k\",\"value\":\"v\"}"},
    {{.timestamp_ms = -1}, "\"timestamp\":null,\"key\":null,\"value\":null}"},
    {{FAKE_KEY(""), FAKE_VALUE("")}, "\"timestamp\":0,\"key\":\"\",\"value\":\"\"}"},
    {{FAKE_KEY("\"\\\n\x1f"), FAKE_VALUE("a\0b\x7f")},
     "\"timestamp\":0,\"key\":\"\\u0022\\u005c\\u000a\\u001f\",\"value\":\"a\\u0000b\x7f\"}"},
    {{FAKE_KEY("\xc3\xa9"), FAKE_VALUE("\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf")},
     "\"timestamp\":0,\"key\":\"\xc3\xa9\","
     "\"value\":\"\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\"}"},
    {{FAKE_KEY("\xff"), FAKE_VALUE("a\xc3")},
     "\"timestamp\":0,\"key_base64\":\"/w==\",\"value_base64\":\"YcM=\"}"},
    {{FAKE_KEY("\xc0\x80"), FAKE_VALUE("\xed\xa0\x80")}, /* overlong; surrogate */
     "\"timestamp\":0,\"key_base64\":\"wIA=\",\"value_base64\":\"7aCA\"}"},
    {{FAKE_KEY("\xf4\x90\x80\x80"), FAKE_VALUE("\xe0\x9f\xbf")}, /* too large; overlong */
     "\"timestamp\":0,\"key_base64\":\"9JCAgA==\",\"value_base64\":\"4J+/\"}"},
    {{.headers = headers, .header_count = 3},
     "\"timestamp\":0,\"key\":null,\"value\":null,\"headers\":[{\"name\":\"n\\u0022\",\"value\":"
     "\"v\"},"
     "{\"name\":\"n\\u0022\",\"value\":null},{\"name\":\"b\",\"value_base64\":\"/w==\"}]}"},
    {{FAKE_KEY("\x80"), FAKE_VALUE("\xe2\x82")}, /* continuation alone; cut */
     "\"timestamp\":0,\"key_base64\":\"gA==\",\"value_base64\":\"4oI=\"}"},
};

enum { PRINT_ROWS = sizeof print_rows / sizeof print_rows[0] };

START_TEST(print_writes_every_record_as_json)
{
    struct running running;
    struct fake_batch *fake = fake_batch_create("to.pic", 4, 100, true);
    struct text expected = {.bytes = NULL};

    for (uint32_t i = 0; i < PRINT_ROWS; i++) {
        fake_batch_add(fake, &print_rows[i].record);
        text_add(&expected, "{\"topic\":\"to.pic\",\"partition\":4,\"offset\":%u,%s\n", 100 + i,
                 print_rows[i].line);
    }
    start(&running, "print", NULL);
    char *text = printed_by(&running, fake);
    ck_assert_str_eq(text, expected.bytes);
    ck_assert_uint_eq(fake_batch_marks(fake, FAKE_DONE), PRINT_ROWS);
    free(text);
    text_fini(&expected);
    fake_batch_destroy(fake);
}
END_TEST

START_TEST(print_writes_nothing_as_a_shadow)
{
    struct running running;
    struct fake_batch *fake = batch_of("t", 0, 0, 3);

    start_shadow(&running, "print", NULL);
    char *text = printed_by(&running, fake);
    ck_assert_str_eq(text, "");
    ck_assert_uint_eq(fake_batch_marks(fake, FAKE_DONE), 3);
    free(text);
    fake_batch_destroy(fake);
}
END_TEST

/* Our own idea of JSON is not enough. */
START_TEST(what_print_writes_can_be_parsed)
{
    struct running running;

    for (uint32_t i = 0; i < PRINT_ROWS; i++) {
        struct fake_batch *fake = fake_batch_create("t", 4, INT64_C(1) << 40, true);
        json_error_t error;
        char *path = tmpdir_path(plugin_folder, "stdout");
        fake_batch_add(fake, &print_rows[i].record);
        start(&running, "print", NULL);
        char *text = printed_by(&running, fake);
        json_t *line = json_loads(text, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
        ck_assert_msg(line != NULL, "row %u: %s: %s", i, error.text, text);
        ck_assert_uint_eq(json_object_size(line), print_rows[i].record.headers == NULL ? 6 : 7);
        ck_assert_int_eq(json_integer_value(json_object_get(line, "offset")), INT64_C(1) << 40);
        const json_t *value = json_object_get(line, "value");
        if (json_is_string(value)) {
            ck_assert_uint_eq(json_string_length(value), print_rows[i].record.value_size);
            ck_assert_mem_eq(json_string_value(value), print_rows[i].record.value,
                             print_rows[i].record.value_size);
        }
        json_decref(line);
        ck_assert_int_eq(remove(path), 0);
        free(path);
        free(text);
        fake_batch_destroy(fake);
    }
}
END_TEST

START_TEST(print_asks_again_for_what_it_cannot_write)
{
    struct running running;
    struct fake_batch *fake = batch_of("t", 0, 0, 3);

    start(&running, "print", NULL);
    int before = redirect("/dev/full");
    handle(&running, 0, fake);
    restore(before);
    ck_assert_uint_eq(fake_batch_marks(fake, FAKE_RETRY), 3);
    ck_assert_ptr_nonnull(strstr(fake_batch_reason(fake, 0), "write to stdout failed"));
    example_close(&running.example);
    unload(&running);
    fake_batch_destroy(fake);
}
END_TEST

/* More than a pipe takes at once, so that a write is done in parts. */
enum { LONG_VALUE = 200000, LONG_BATCHES = 20, LONG_LINES = EXAMPLE_WORKERS * LONG_BATCHES };

struct printing {
    struct running *running;
    int worker;
};

static void *print_long_lines(void *argument)
{
    static const char fill[] = "abc";
    const struct printing *printing = argument;
    char *value = fail_or_alloc(LONG_VALUE, 1);
    struct fake_batch *fake = fake_batch_create("t", printing->worker, 0, true);

    memset(value, fill[printing->worker], LONG_VALUE);
    fake_batch_add(fake, &(struct fake_record){.value = value, .value_size = LONG_VALUE});
    for (int i = 0; i < LONG_BATCHES; i++) {
        handle(printing->running, printing->worker, fake);
    }
    fake_batch_destroy(fake);
    free(value);
    return NULL;
}

struct reading {
    int fd;
    struct text text;
};

static void *read_to_end(void *argument)
{
    struct reading *reading = argument;
    char block[4096];
    ssize_t got;

    while ((got = read(reading->fd, block, sizeof block)) > 0) {
        text_add_bytes(&reading->text, block, (size_t)got);
    }
    return NULL;
}

static void check_long_lines(char *text)
{
    int lines = 0;
    char *rest = NULL;

    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        const char *value = strstr(line, "\"value\":\"");
        ck_assert_msg(value != NULL, "line %d is broken: %.80s", lines, line);
        value += strlen("\"value\":\"");
        ck_assert_uint_eq(strspn(value, (const char[]){*value, '\0'}), LONG_VALUE);
        ck_assert_str_eq(value + LONG_VALUE, "\"}");
        lines++;
    }
    ck_assert_int_eq(lines, LONG_LINES);
}

START_TEST(lines_of_many_printing_workers_do_not_mix)
{
    struct running running;
    struct reading reading = {.fd = -1};
    struct printing printing[EXAMPLE_WORKERS];
    pthread_t threads[EXAMPLE_WORKERS];
    pthread_t reader;
    int ends[2];

    start(&running, "print", NULL);
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    reading.fd = ends[0];
    ck_assert_int_eq(pthread_create(&reader, NULL, read_to_end, &reading), 0);
    int before = redirect("/dev/null");
    ck_assert_int_eq(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
    (void)close(ends[1]);
    for (int i = 0; i < EXAMPLE_WORKERS; i++) {
        printing[i] = (struct printing){&running, i};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, print_long_lines, &printing[i]), 0);
    }
    for (int i = 0; i < EXAMPLE_WORKERS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
    restore(before);
    ck_assert_int_eq(pthread_join(reader, NULL), 0);
    (void)close(ends[0]);
    check_long_lines(reading.text.bytes);
    text_fini(&reading.text);
    example_close(&running.example);
    unload(&running);
}
END_TEST

static struct fake_batch *texts(const char *first, const char *second, const char *third)
{
    const char *const values[] = {first, second, third};
    struct fake_batch *fake = fake_batch_create("t", 0, 0, true);

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        fake_batch_add(fake, &(struct fake_record){
                                 .value = values[i],
                                 .value_size = values[i] == NULL ? 0 : strlen(values[i]),
                             });
    }
    return fake;
}

START_TEST(words_are_counted_over_all_workers)
{
    static const char *const pairs[] = {"top", "2", NULL};
    struct running running;
    struct fake_batch *first = texts("to be or", NULL, "not  to\tbe");
    struct fake_batch *second = texts("", "to\n", " that");

    start(&running, "words", pairs);
    handle(&running, 0, first);
    handle(&running, 1, second);
    ck_assert_uint_eq(fake_batch_marks(first, FAKE_DONE), 3);
    ck_assert_uint_eq(fake_batch_marks(second, FAKE_DONE), 3);
    char *text = printed_by(&running, NULL);
    ck_assert_str_eq(text, "3 to\n2 be\n");
    free(text);
    fake_batch_destroy(first);
    fake_batch_destroy(second);
}
END_TEST

START_TEST(words_rejects_what_is_not_text_and_goes_on)
{
    struct running running;
    struct fake_batch *fake = fake_batch_create("t", 0, 0, true);

    fake_batch_add(fake, &(struct fake_record){FAKE_VALUE("good")});
    fake_batch_add(fake, &(struct fake_record){FAKE_VALUE("bad\0bad")});
    fake_batch_add(fake, &(struct fake_record){FAKE_VALUE("good")});
    start(&running, "words", NULL);
    char *text = printed_by(&running, fake);
    ck_assert_int_eq(fake_batch_mark(fake, 0), FAKE_DONE);
    ck_assert_int_eq(fake_batch_mark(fake, 1), FAKE_REJECT);
    ck_assert_str_eq(fake_batch_reason(fake, 1), "the value is not text");
    ck_assert_int_eq(fake_batch_mark(fake, 2), FAKE_DONE);
    ck_assert_str_eq(text, "2 good\n");
    free(text);
    fake_batch_destroy(fake);
}
END_TEST

START_TEST(words_does_not_open_with_a_bad_number)
{
    struct weir_plugin *plugin = load_example("words");

    example_refuse(weir_plugin_handler(plugin), (const char *const[]){"top", "many", NULL},
                   "handler.top must be");
    weir_plugin_unload(plugin);
}
END_TEST

START_TEST(template_counts_and_rejects_what_is_too_large)
{
    struct running running;
    struct fake_batch *fake = texts("four", NULL, "five!");

    start(&running, "template", (const char *const[]){"value.max", "4", NULL});
    handle(&running, 0, fake);
    ck_assert_int_eq(fake_batch_mark(fake, 0), FAKE_DONE);
    ck_assert_int_eq(fake_batch_mark(fake, 1), FAKE_DONE);
    ck_assert_int_eq(fake_batch_mark(fake, 2), FAKE_REJECT);
    ck_assert_str_eq(fake_batch_reason(fake, 2), "the value is too large");
    example_close(&running.example);
    ck_assert_ptr_nonnull(
        strstr(fake_config_log(&running.example.config), "a worker counted 2 records"));
    unload(&running);
    fake_batch_destroy(fake);
}
END_TEST

START_TEST(template_rejects_as_a_shadow_and_counts_nothing)
{
    struct running running;
    struct fake_batch *fake = texts("four", NULL, "five!");

    start_shadow(&running, "template", (const char *const[]){"value.max", "4", NULL});
    handle(&running, 0, fake);
    ck_assert_uint_eq(fake_batch_marks(fake, FAKE_DONE), 2);
    ck_assert_int_eq(fake_batch_mark(fake, 2), FAKE_REJECT);
    example_close(&running.example);
    ck_assert_ptr_null(
        strstr(fake_config_log(&running.example.config), "a worker counted 2 records"));
    unload(&running);
    fake_batch_destroy(fake);
}
END_TEST

START_TEST(template_needs_no_configuration)
{
    struct running running;
    struct fake_batch *fake = texts("a", NULL, "b");

    start(&running, "template", NULL);
    handle(&running, 0, fake);
    ck_assert_uint_eq(fake_batch_marks(fake, FAKE_DONE), 3);
    example_close(&running.example);
    example_refuse(weir_plugin_handler(running.plugin),
                   (const char *const[]){"value.max", "4k", NULL},
                   "handler.value.max must be a number");
    unload(&running);
    fake_batch_destroy(fake);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("examples");
    TCase *tcase = tcase_create("examples");

    tcase_add_checked_fixture(tcase, plugin_set_up, plugin_tear_down);
    tcase_add_test(tcase, count_adds_up_what_the_workers_saw);
    tcase_add_test(tcase, print_writes_every_record_as_json);
    tcase_add_test(tcase, print_writes_nothing_as_a_shadow);
    tcase_add_test(tcase, what_print_writes_can_be_parsed);
    tcase_add_test(tcase, print_asks_again_for_what_it_cannot_write);
    tcase_add_test(tcase, lines_of_many_printing_workers_do_not_mix);
    tcase_add_test(tcase, words_are_counted_over_all_workers);
    tcase_add_test(tcase, words_rejects_what_is_not_text_and_goes_on);
    tcase_add_test(tcase, words_does_not_open_with_a_bad_number);
    tcase_add_test(tcase, template_counts_and_rejects_what_is_too_large);
    tcase_add_test(tcase, template_rejects_as_a_shadow_and_counts_nothing);
    tcase_add_test(tcase, template_needs_no_configuration);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
