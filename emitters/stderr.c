#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <weir/log.h>

enum { LINE_SIZE = 4096, TIME_SIZE = 40, MS_PER_S = 1000, NS_PER_MS = 1000000 };

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

static void write_all(const char *text, size_t size)
{
    ssize_t written = write(STDERR_FILENO, text, size);

    (void)written; /* nobody is left to be told */
}

static void write_line(char *line, int length)
{
    size_t size = (size_t)length;

    if (size > LINE_SIZE - 2) {
        size = LINE_SIZE - 2;
    }
    line[size] = '\n';
    write_all(line, size + 1);
}

void weir_log_text(const struct weir_log_line *line, void *user)
{
    char text[LINE_SIZE];
    char time_text[TIME_SIZE];
    const char *colour = level_colour(line->level);

    (void)user;
    format_time(time_text, sizeof time_text);
    int length =
        snprintf(text, sizeof text, "%s %s%-7s%s %s: %s", time_text, colour != NULL ? colour : "",
                 level_name(line->level), colour != NULL ? "\033[0m" : "", line->tag, line->text);
    if (length > 0) {
        write_line(text, length);
    }
}

/* Writes `text` with what JSON cannot hold escaped; bytes that are no UTF-8 are the reader's
 * problem no more: everything above ASCII that does not look like UTF-8 becomes U+FFFD. */
static size_t escape(char *out, size_t size, const char *text)
{
    size_t used = 0;

    for (const unsigned char *c = (const unsigned char *)text; *c != '\0' && used + 8 < size; c++) {
        if (*c == '"' || *c == '\\') {
            out[used++] = '\\';
            out[used++] = (char)*c;
        } else if (*c < 0x20 || *c >= 0x7f) {
            used += (size_t)snprintf(out + used, size - used, "\\u%04x",
                                     *c >= 0x7f ? 0xfffdU : (unsigned)*c);
        } else {
            out[used++] = (char)*c;
        }
    }
    out[used] = '\0';
    return used;
}

void weir_log_json(const struct weir_log_line *line, void *user)
{
    char text[LINE_SIZE];
    char time_text[TIME_SIZE];
    char escaped[LINE_SIZE - 256];

    (void)user;
    format_time(time_text, sizeof time_text);
    (void)escape(escaped, sizeof escaped, line->text);
    int length = snprintf(text, sizeof text,
                          "{\"time\":\"%s\",\"level\":\"%s\",\"part\":\"%s\",\"text\":\"%s\"}",
                          time_text, level_name(line->level), line->tag, escaped);
    if (length > 0) {
        write_line(text, length);
    }
}
