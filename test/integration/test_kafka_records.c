/* Does a handler get every record as it was produced, however odd it is? */
#include <check.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test/support/fail.h"
#include "test/support/read_kafka.h"
#include "test/support/scene.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"

enum { BIG = 900000, OVERSIZE = 3000000, HEADERS = 3 };

/* What a client that is not ours reads. */
struct copy {
    char *key; /* NULL: null */
    char *value;
    struct read_record record; /* its bytes are the two above */
};

struct copies {
    struct copy *rows; /* by offset */
    size_t count;
};

static char *copy_bytes(const void *bytes, size_t length)
{
    char *copy = NULL;

    if (bytes != NULL) {
        copy = fail_or_alloc(length + 1, 1);
        memcpy(copy, bytes, length);
    }
    return copy;
}

static void keep_copy(const struct read_record *record, void *user)
{
    struct copies *copies = user;

    ck_assert_int_eq(record->offset, (int64_t)copies->count);
    copies->rows = fail_or_realloc(copies->rows, copies->count + 1, sizeof copies->rows[0]);
    copies->rows[copies->count++] =
        (struct copy){.key = copy_bytes(record->key, record->key_length),
                      .value = copy_bytes(record->value, record->value_length),
                      .record = *record};
}

static void free_copies(struct copies *copies)
{
    for (size_t i = 0; i < copies->count; i++) {
        free(copies->rows[i].key);
        free(copies->rows[i].value);
    }
    free(copies->rows);
}

static void compare_bytes(const json_t *got, const char *bytes, size_t length)
{
    if (bytes == NULL) {
        ck_assert(json_is_null(got));
        return;
    }
    ck_assert(json_is_string(got));
    ck_assert_uint_eq(json_string_length(got), length);
    ck_assert_int_eq(memcmp(json_string_value(got), bytes, length), 0);
}

/* As the producer of test/support makes them: header-0=0, header-1=1, ... */
static void compare_headers(const json_t *got, size_t count)
{
    char name[32];

    ck_assert_uint_eq(json_array_size(got), count);
    for (size_t i = 0; i < count; i++) {
        const json_t *header = json_array_get(got, i);
        (void)snprintf(name, sizeof name, "header-%zu", i);
        ck_assert_str_eq(json_string_value(json_object_get(header, "name")), name);
        ck_assert_str_eq(json_string_value(json_object_get(header, "value")),
                         name + strlen("header-"));
    }
}

/* What examples/print.c wrote of one record. */
static void compare_line(const json_t *line, const struct copies *copies, uint64_t *seen)
{
    json_int_t offset = json_integer_value(json_object_get(line, "offset"));

    ck_assert(offset >= 0 && (size_t)offset < copies->count);
    const struct copy *copy = &copies->rows[offset];
    compare_bytes(json_object_get(line, "key"), copy->key, copy->record.key_length);
    compare_bytes(json_object_get(line, "value"), copy->value, copy->record.value_length);
    compare_headers(json_object_get(line, "headers"), copy->record.headers);
    ck_assert_int_eq(json_integer_value(json_object_get(line, "timestamp")),
                     copy->record.timestamp_ms);
    ck_assert_uint_eq(*seen >> offset & 1u, 0);
    *seen |= UINT64_C(1) << offset;
}

static uint64_t compare_printed(const char *path, const struct copies *copies)
{
    FILE *file = fopen(path, "re");
    json_error_t error;
    json_t *line = NULL;
    uint64_t seen = 0;

    ck_assert_ptr_nonnull(file);
    while ((line = json_loadf(file, JSON_DISABLE_EOF_CHECK, &error)) != NULL) {
        compare_line(line, copies, &seen);
        json_decref(line);
    }
    ck_assert(feof(file) != 0);
    (void)fclose(file);
    return seen;
}

/* Of every shape one, compressed with one codec. */
static void produce_shapes(const char *codec)
{
    static const char *const properties[] = {"message.max.bytes=4000000", NULL};
    static const struct produce_options shapes[] = {
        {.count = 1, .key = "", .value = PRODUCE_TOMBSTONE},
        {.count = 1, .key = "key", .value = PRODUCE_TOMBSTONE},
        {.count = 1, .value = PRODUCE_EMPTY},
        {.count = 1, .headers = HEADERS, .timestamp_ms = 1234567890123},
        {.count = 1, .key = "key", .value_size = BIG},
        {.count = 1, .headers = 1, .value_size = OVERSIZE},
        {.count = 1, .key = "key"},
    };
    struct producer *producer = producer_open(&(struct producer_options){
        .bootstrap = scene.bootstrap, .codec = codec, .properties = properties});

    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct produce_options options = shapes[i];
        options.topic = scene.topics[0];
        producer_produce(producer, &options);
    }
    scene_add_ledger(producer_take_ledger(producer));
    producer_close(producer);
}

/* S27. The largest records are above every limit of the fetch, the buffers and the batches. */
START_TEST(every_shape_and_codec_arrives_as_it_is)
{
    static const char *const config[] = {"max.message.bytes=4000000", NULL};
    static const char *const codecs[] = {"none", "gzip", "snappy", "lz4", "zstd"};
    struct copies copies = {.rows = NULL};
    char *path = tmpdir_path(scene.folder, "printed");

    scene_create_topic_with(1, config);
    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
        produce_shapes(codecs[i]);
    }
    (void)read_topic(&(struct read_options){.bootstrap = scene.bootstrap, .topic = scene.topics[0]},
                     keep_copy, &copies);
    int printed = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ck_assert_int_ge(printed, 0);
    const char *const settings[] = {scene_text("weir.handler=%s/print.so", getenv("WEIR_EXAMPLES")),
                                    "weir.order=partition",
                                    "weir.batch.bytes=64KiB",
                                    "weir.buffer.bytes=128KiB",
                                    "weir.buffer.total.bytes=1MiB",
                                    NULL};
    (void)scene_start_with(
        &(struct member_options){.name = "a", .settings = settings, .output_fd = printed});
    scene_await_all();
    scene_stop_all();
    ck_assert_uint_eq(copies.count, ledger_count(scene.ledger));
    ck_assert_uint_eq(compare_printed(path, &copies), (UINT64_C(1) << copies.count) - 1);
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION);
    scene_expect_committed();
    (void)close(printed);
    free_copies(&copies);
    free(path);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_shape_and_codec_arrives_as_it_is,
    };

    return SCENE_RUN("records", tests);
}
