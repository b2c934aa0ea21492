#include "emitters/outlet.h"
#include "framework/base/log.h"
#include "framework/base/utf8.h"
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <weir/log.h>

/* What a line holds besides time, level, part and text fits into the rest of it. */
enum {
    LINE_SIZE = 4096,
    TIME_SIZE = 40,
    TAG_SIZE = 256,
    TEXT_SIZE = LINE_SIZE - 512,
    ESCAPE_SIZE = 16,
    MS_PER_S = 1000,
    NS_PER_MS = 1000000
};

/* "2026-11-20T22:48:00.123Z" */
static void format_time(char *out, size_t size)
{
    struct timespec now;
    struct tm utc;
    char date[sizeof "2026-11-20T22:48:00"] = "";

    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &utc);
    (void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(out, size, "%s.%03ldZ", date, now.tv_nsec / NS_PER_MS % MS_PER_S);
}

static const char *level_name(int level)
{
    switch (level) {
    case 4:
        return "warning";
    case 5:
    case 6:
        return "info";
    case 7:
        return "debug";
    default:
        return "error";
    }
}

static const char *level_colour(int level)
{
    if (isatty(STDERR_FILENO) == 0) {
        return NULL;
    }
    if (level <= 3) {
        return "\033[31m";
    }
    return level == 4 ? "\033[33m" : NULL;
}

/* Says, in the way of `sink`, how many lines found no reader before this one. */
static void write_line(char *line, int length, weir_log_fn *sink)
{
    char text[64];
    const struct weir_log_line complaint = {
        .size = sizeof complaint, .level = 4, .tag = "log", .text = text};

    assert(length > 0 && length < LINE_SIZE - 1);
    line[length] = '\n';
    uint64_t dropped = weir_outlet_write(line, (size_t)length + 1);
    if (dropped > 0) {
        (void)snprintf(text, sizeof text, "nobody read along: %llu lines are missing above",
                       (unsigned long long)dropped);
        sink(&complaint, NULL);
    }
}

/* Escaping. Lines hold what others said: handlers, brokers, whoever named a topic. None of it may
 * end a line, steer a terminal or spoil the encoding. */

/* One well-formed character, or one byte that begins none: then `well_formed` is false. Writes what
 * stands for it, at most ESCAPE_SIZE bytes with a NUL, and returns how many. */
typedef size_t escape_fn(const char *at, size_t length, bool well_formed, char *out);

/* Of ASCII, or of its upper half in two bytes, which some terminals obey as well. */
static bool is_control(const char *at, size_t length)
{
    unsigned char first = (unsigned char)at[0];

    return length == 1 ? first < 0x20 || first == 0x7f
                       : length == 2 && first == 0xc2 && (unsigned char)at[1] < 0xa0;
}

static size_t escape_for_people(const char *at, size_t length, bool well_formed, char *out)
{
    size_t used = 0;

    if (well_formed && !is_control(at, length)) {
        memcpy(out, at, length);
        return length;
    }
    if (at[0] == '\n' || at[0] == '\r' || at[0] == '\t') {
        out[0] = '\\';
        out[1] = (char)(at[0] == '\n' ? 'n' : at[0] == '\r' ? 'r' : 't');
        return 2;
    }
    for (size_t i = 0; i < length; i++) {
        used += (size_t)snprintf(out + used, ESCAPE_SIZE - used, "\\x%02x",
                                 (unsigned)(unsigned char)at[i]);
    }
    return used;
}

static size_t escape_for_json(const char *at, size_t length, bool well_formed, char *out)
{
    if (!well_formed) {
        return (size_t)snprintf(out, ESCAPE_SIZE, "\\ufffd");
    }
    if (is_control(at, length)) { /* the last byte of either form is the code point */
        return (size_t)snprintf(out, ESCAPE_SIZE, "\\u%04x",
                                (unsigned)(unsigned char)at[length - 1]);
    }
    size_t used = 0;
    if (at[0] == '"' || at[0] == '\\') {
        out[used++] = '\\';
    }
    memcpy(out + used, at, length);
    return used + length;
}

/* What does not fit is cut off between two characters; NULL is nothing. */
static void escape(const char *text, escape_fn *escape_one, char *out, size_t size)
{
    char piece[ESCAPE_SIZE];
    size_t left = text != NULL ? strlen(text) : 0;
    size_t used = 0;

    while (left > 0) {
        size_t length = weir_utf8_size(text, left);
        size_t taken = length > 0 ? length : 1;
        size_t written = escape_one(text, taken, length > 0, piece);
        if (used + written >= size) {
            break;
        }
        memcpy(out + used, piece, written);
        used += written;
        text += taken;
        left -= taken;
    }
    out[used] = '\0';
}

void weir_log_escape(const char *text, char *out, size_t size)
{
    assert(size > 0);
    escape(text, escape_for_people, out, size);
}

/* The sinks. */

void weir_log_text(const struct weir_log_line *line, void *user)
{
    char whole[LINE_SIZE];
    char time_text[TIME_SIZE];
    char tag[TAG_SIZE];
    char text[TEXT_SIZE];
    const char *colour = level_colour(line->level);

    (void)user;
    format_time(time_text, sizeof time_text);
    escape(line->tag, escape_for_people, tag, sizeof tag);
    escape(line->text, escape_for_people, text, sizeof text);
    int length =
        snprintf(whole, sizeof whole, "%s %s%-7s%s %s: %s", time_text, colour != NULL ? colour : "",
                 level_name(line->level), colour != NULL ? "\033[0m" : "", tag, text);
    write_line(whole, length, weir_log_text);
}

/* Cutting an object would spoil the line. */
static const char *data_of(const struct weir_log_line *line)
{
    bool knows = line->size >= offsetof(struct weir_log_line, data) + sizeof line->data;

    return knows && line->data != NULL && strlen(line->data) < WEIR_LOG_DATA_SIZE ? line->data
                                                                                  : NULL;
}

void weir_log_json(const struct weir_log_line *line, void *user)
{
    const char *data = data_of(line);
    char whole[LINE_SIZE];
    char time_text[TIME_SIZE];
    char tag[TAG_SIZE];
    char text[TEXT_SIZE];

    (void)user;
    format_time(time_text, sizeof time_text);
    escape(line->tag, escape_for_json, tag, sizeof tag);
    escape(line->text, escape_for_json, text,
           data != NULL ? sizeof text - WEIR_LOG_DATA_SIZE : sizeof text);
    int length = snprintf(whole, sizeof whole,
                          "{\"time\":\"%s\",\"level\":\"%s\",\"part\":\"%s\",\"text\":\"%s\"%s%s}",
                          time_text, level_name(line->level), tag, text,
                          data != NULL ? ",\"data\":" : "", data != NULL ? data : "");
    write_line(whole, length, weir_log_json);
}
