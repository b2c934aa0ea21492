#include "framework/base/log.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void weir_log_init(struct weir_log *log, int level, weir_log_fn *sink, void *sink_user)
{
    assert(sink != NULL);
    weir_mutex_init(&log->mutex);
    log->level = level;
    log->sink = sink;
    log->sink_user = sink_user;
    log->tokens = WEIR_LOG_BURST;
    log->left_out = 0;
    log->refilled = weir_clock_now();
}

int weir_log_level_parse(const char *name)
{
    static const struct {
        const char *name;
        int level;
    } levels[] = {{"error", WEIR_LOG_ERROR},
                  {"warning", WEIR_LOG_WARNING},
                  {"info", WEIR_LOG_INFO},
                  {"debug", WEIR_LOG_DEBUG}};

    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        if (strcmp(name, levels[i].name) == 0) {
            return levels[i].level;
        }
    }
    return WEIR_LOG_INFO;
}

static void refill(struct weir_log *log)
{
    weir_time now = weir_clock_now();
    const int64_t interval = (int64_t)WEIR_LOG_REFILL_MS * WEIR_NS_PER_MS;
    int64_t earned = (now - log->refilled) / interval;

    if (earned > 0) {
        int64_t tokens = (int64_t)log->tokens + earned;
        log->tokens = tokens > WEIR_LOG_BURST ? (uint32_t)WEIR_LOG_BURST : (uint32_t)tokens;
        log->refilled += earned * interval; /* a part of an interval counts for the next */
    }
}

static bool take_token(struct weir_log *log)
{
    refill(log);
    if (log->tokens == 0) {
        return false;
    }
    log->tokens--;
    return true;
}

static void say(struct weir_log *log, int level, const char *tag, const char *text)
{
    struct weir_log_line line = {.size = sizeof line, .level = level, .tag = tag, .text = text};
    log->sink(&line, log->sink_user);
}

static void say_left_out(struct weir_log *log)
{
    char text[64];

    if (log->left_out > 0) {
        (void)snprintf(text, sizeof text, "%llu lines were left out",
                       (unsigned long long)log->left_out);
        log->left_out = 0;
        say(log, WEIR_LOG_WARNING, "log", text);
    }
}

void weir_log_fini(struct weir_log *log)
{
    say_left_out(log);
    weir_mutex_fini(&log->mutex);
}

static void write_line(struct weir_log *log, int level, const char *tag, const char *text,
                       bool always)
{
    weir_mutex_lock(&log->mutex);
    if (take_token(log) || always) {
        say_left_out(log);
        say(log, level, tag, text);
    } else {
        log->left_out++;
    }
    weir_mutex_unlock(&log->mutex);
}

void weir_log(struct weir_log *log, int level, const char *tag, const char *format, ...)
{
    char text[WEIR_LOG_TEXT_SIZE];
    va_list arguments;

    if (level > log->level) {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    write_line(log, level, tag, text, false);
}

void weir_log_data(struct weir_log *log, int level, const char *tag, const char *text,
                   const char *data)
{
    struct weir_log_line line = {.size = sizeof line,
                                 .level = level == WEIR_LOG_ALWAYS ? WEIR_LOG_INFO : level,
                                 .tag = tag,
                                 .text = text,
                                 .data = data};

    if (level > log->level) {
        return;
    }
    weir_mutex_lock(&log->mutex);
    log->sink(&line, log->sink_user);
    weir_mutex_unlock(&log->mutex);
}

void weir_log_always(struct weir_log *log, int level, const char *tag, const char *format, ...)
{
    char text[WEIR_LOG_TEXT_SIZE];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    write_line(log, level, tag, text, true);
}
