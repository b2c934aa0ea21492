/* Prints every record as a line of JSON on stdout:
 *     {"topic":"t","partition":0,"offset":7,"timestamp":1700000000000,"key":"k","value":"v"}
 * and "headers":[{"name":"n","value":"v"}] where a record has some.
 * A key, value or timestamp that is not there is null. Bytes that are not UTF-8 are told from text
 * by the name of their field, key_base64 or value_base64. One write per batch, and one at a time,
 * so lines of different workers never mix. What cannot be written is tried again, whole batches at
 * a time: behind a full disk, expect a broken line and repeated ones.
 *
 * Run:  weir run --config c.properties -X weir.handler=build/release/examples/print.so | jq . */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <weir/handler.h>

static pthread_mutex_t output = PTHREAD_MUTEX_INITIALIZER;

/* A worker's lines, kept from batch to batch so that nothing is allocated in steady state. */
struct lines {
    char *bytes;
    size_t length;
    size_t capacity;
    bool failed; /* out of memory since the last clear */
};

static void append(struct lines *lines, const char *bytes, size_t size)
{
    if (lines->failed) {
        return;
    }
    if (size > lines->capacity - lines->length) {
        size_t capacity = 2 * (lines->length + size) + 4096;
        char *larger = realloc(lines->bytes, capacity);
        if (larger == NULL) {
            lines->failed = true;
            return;
        }
        lines->bytes = larger;
        lines->capacity = capacity;
    }
    memcpy(lines->bytes + lines->length, bytes, size);
    lines->length += size;
}

static void append_text(struct lines *lines, const char *text)
{
    append(lines, text, strlen(text));
}

static void append_number(struct lines *lines, const char *name, int64_t number)
{
    char text[64];
    int length = snprintf(text, sizeof text, ",\"%s\":%lld", name, (long long)number);

    append(lines, text, (size_t)length);
}

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Length of the UTF-8 character at `at`, 0 if there is none: no surrogates, no overlong forms,
 * nothing above U+10FFFF. */
static size_t character(const unsigned char *at, size_t left)
{
    static const struct {
        unsigned char first, last, low, high; /* of the first byte, of the second byte */
        size_t length;
    } forms[] = {
        {0x00, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        size_t length = forms[i].length;
        if (at[0] < forms[i].first || at[0] > forms[i].last) {
            continue;
        }
        bool whole =
            length <= left && (length < 2 || (at[1] >= forms[i].low && at[1] <= forms[i].high));
        for (size_t k = 2; whole && k < length; k++) {
            whole = is_continuation(at[k]);
        }
        return whole ? length : 0;
    }
    return 0;
}

static bool is_text(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t length = character(bytes + i, size - i);
        if (length == 0) {
            return false;
        }
        i += length;
    }
    return true;
}

static void append_string(struct lines *lines, const char *bytes, size_t size)
{
    size_t plain = 0; /* where the run of bytes that need no escape began */

    append_text(lines, "\"");
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte >= 0x20 && byte != '"' && byte != '\\') {
            continue;
        }
        char escape[8];
        int length = snprintf(escape, sizeof escape, "\\u%04x", byte);
        append(lines, bytes + plain, i - plain);
        append(lines, escape, (size_t)length);
        plain = i + 1;
    }
    append(lines, bytes + plain, size - plain);
    append_text(lines, "\"");
}

static void append_base64(struct lines *lines, const unsigned char *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    append_text(lines, "\"");
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        unsigned group = (unsigned)bytes[i] << 16;
        group |= left > 1 ? (unsigned)bytes[i + 1] << 8 : 0;
        group |= left > 2 ? bytes[i + 2] : 0;
        char four[4] = {digits[group >> 18], digits[group >> 12 & 63], '=', '='};
        if (left > 1) {
            four[2] = digits[group >> 6 & 63];
        }
        if (left > 2) {
            four[3] = digits[group & 63];
        }
        append(lines, four, sizeof four);
    }
    append_text(lines, "\"");
}

static void append_bytes(struct lines *lines, const char *name, const void *bytes, size_t size)
{
    bool text = bytes == NULL || is_text(bytes, size);

    append_text(lines, ",\"");
    append_text(lines, name);
    append_text(lines, text ? "\":" : "_base64\":");
    if (bytes == NULL) {
        append_text(lines, "null");
    } else if (text) {
        append_string(lines, bytes, size);
    } else {
        append_base64(lines, bytes, size);
    }
}

static void append_headers(struct lines *lines, const struct weir_batch *batch,
                           const struct weir_record *record)
{
    struct weir_header header;

    for (size_t i = 0; weir_record_header(batch, record, i, &header) != 0; i++) {
        append_text(lines, i == 0 ? ",\"headers\":[{\"name\":" : ",{\"name\":");
        append_string(lines, header.name, strlen(header.name));
        append_bytes(lines, "value", header.value, header.value_size);
        append_text(lines, "}");
    }
    if (weir_record_header(batch, record, 0, &header) != 0) {
        append_text(lines, "]");
    }
}

static void append_record(struct lines *lines, const struct weir_batch *batch,
                          const struct weir_record *record)
{
    append_text(lines, "{\"topic\":");
    append_string(lines, record->topic, strlen(record->topic));
    append_number(lines, "partition", record->partition);
    append_number(lines, "offset", record->offset);
    if (record->timestamp_ms < 0) {
        append_text(lines, ",\"timestamp\":null");
    } else {
        append_number(lines, "timestamp", record->timestamp_ms);
    }
    append_bytes(lines, "key", record->key, record->key_size);
    append_bytes(lines, "value", record->value, record->value_size);
    append_headers(lines, batch, record);
    append_text(lines, "}\n");
}

/* 0 or an errno. */
static int write_all(const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, size);
        if (written >= 0) {
            bytes += written;
            size -= (size_t)written;
        } else if (errno == EAGAIN) {
            struct pollfd ready = {.fd = STDOUT_FILENO, .events = POLLOUT};
            (void)poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

static int open_worker(void *shared, void **out)
{
    (void)shared;
    *out = calloc(1, sizeof(struct lines));
    return *out == NULL ? -1 : 0;
}

/* False when it must come again. */
static bool make_lines(struct weir_batch *batch, struct lines *lines)
{
    const struct weir_record *record;

    lines->length = 0;
    lines->failed = false;
    while ((record = weir_batch_next(batch)) != NULL) {
        append_record(lines, batch, record);
    }
    if (lines->failed) {
        weir_batch_retry_all(batch, "print: out of memory");
    }
    return !lines->failed;
}

static void handle(struct weir_batch *batch, void *own)
{
    const struct lines *lines = own;
    char reason[128];

    if (!make_lines(batch, own)) {
        return;
    }
    (void)pthread_mutex_lock(&output);
    int failure = write_all(lines->bytes, lines->length);
    (void)pthread_mutex_unlock(&output);
    if (failure != 0) {
        (void)snprintf(reason, sizeof reason, "print: write to stdout failed, errno %d", failure);
        weir_batch_retry_all(batch, reason);
    }
}

/* Somebody else prints them. */
static void handle_shadow(struct weir_batch *batch, void *own)
{
    (void)make_lines(batch, own);
}

static void close_worker(void *shared, void *own)
{
    struct lines *lines = own;

    (void)shared;
    free(lines->bytes);
    free(lines);
}

WEIR_HANDLER(.name = "print", .worker_open = open_worker, .handle = handle,
             .worker_close = close_worker, .handle_shadow = handle_shadow)
