#include "framework/zoo_zookeeper.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* LINES_BURST at once, then one every LINE_MS. */
enum { VOICES = 8, LINES = 8, NO_VOICE = -1, LINES_BURST = 5, LINE_MS = 30000 };

/* What was said and not read yet: a ring. What finds it full is counted. */
struct voice {
    struct weir_mutex mutex; /* guards the rest */
    bool taken;
    uint32_t first;
    uint32_t count;
    uint32_t dropped;
    char lines[LINES][WEIR_ZOO_LINE_SIZE];
};

#define SILENT                                                                                     \
    {                                                                                              \
        .mutex = {.mutex = PTHREAD_MUTEX_INITIALIZER }                                             \
    }
static struct voice voices[VOICES] = {SILENT, SILENT, SILENT, SILENT,
                                      SILENT, SILENT, SILENT, SILENT};
#undef SILENT

/* "2026-01-31 12:00:00,000:4711(0x7f..):ZOO_ERROR@function@815: what we want\n" */
static const char *without_prefix(const char *message)
{
    const char *level = strstr(message, ":ZOO_");
    const char *text = level == NULL ? NULL : strstr(level, ": ");

    return text == NULL ? message : text + 2;
}

/* Runs on the library's threads: it copies, and nothing else (hazard Z7). */
static void say(struct voice *voice, const char *message)
{
    const char *text = without_prefix(message);
    int size = (int)strcspn(text, "\n");

    weir_mutex_lock(&voice->mutex);
    if (voice->taken && voice->count < LINES) {
        char *line = voice->lines[(voice->first + voice->count++) % LINES];
        (void)snprintf(line, WEIR_ZOO_LINE_SIZE, "%.*s", size, text);
    } else {
        voice->dropped++;
    }
    weir_mutex_unlock(&voice->mutex);
}

#define VOICE(number)                                                                              \
    static void say_##number(const char *message)                                                  \
    {                                                                                              \
        say(&voices[number], message);                                                             \
    }
VOICE(0)
VOICE(1)
VOICE(2)
VOICE(3)
VOICE(4)
VOICE(5)
VOICE(6)
VOICE(7)
#undef VOICE

/* Without any function the library would write to standard error. */
static void say_nothing(const char *message)
{
    (void)message;
}

log_callback_fn weir_zoo_voice_function(int voice)
{
    static const log_callback_fn functions[VOICES] = {say_0, say_1, say_2, say_3,
                                                      say_4, say_5, say_6, say_7};

    assert(voice < VOICES);
    return voice == NO_VOICE ? say_nothing : functions[voice];
}

static bool take(struct voice *voice)
{
    weir_mutex_lock(&voice->mutex);
    bool taken = !voice->taken;
    if (taken) {
        voice->taken = true;
        voice->first = voice->count = voice->dropped = 0;
    }
    weir_mutex_unlock(&voice->mutex);
    return taken;
}

int weir_zoo_voice_take(void)
{
    for (int voice = 0; voice < VOICES; voice++) {
        if (take(&voices[voice])) {
            return voice;
        }
    }
    return NO_VOICE;
}

void weir_zoo_voice_give(int voice)
{
    if (voice != NO_VOICE) {
        weir_mutex_lock(&voices[voice].mutex);
        voices[voice].taken = false;
        weir_mutex_unlock(&voices[voice].mutex);
    }
}

/* The oldest line that has not been read yet. */
static bool read_line(int voice, char out[WEIR_ZOO_LINE_SIZE], uint32_t *dropped)
{
    if (voice == NO_VOICE) {
        return false;
    }
    struct voice *from = &voices[voice];
    weir_mutex_lock(&from->mutex);
    bool any = from->count > 0;
    if (any) {
        memcpy(out, from->lines[from->first], WEIR_ZOO_LINE_SIZE);
        from->first = (from->first + 1) % LINES;
        from->count--;
        *dropped += from->dropped;
        from->dropped = 0;
    }
    weir_mutex_unlock(&from->mutex);
    return any;
}

void weir_zoo_lines_init(struct weir_zoo_lines *lines)
{
    *lines = (struct weir_zoo_lines){.tokens = LINES_BURST};
}

static void refill(struct weir_zoo_lines *lines, weir_time now)
{
    const weir_time interval = (weir_time)LINE_MS * WEIR_NS_PER_MS;

    while (lines->tokens < LINES_BURST && now - lines->refilled >= interval) {
        lines->tokens++;
        lines->refilled += interval;
    }
    if (lines->tokens == LINES_BURST) {
        lines->refilled = now;
    }
}

void weir_zoo_lines_pass(struct weir_zoo_lines *lines, int voice, struct weir_report *report,
                         weir_time now)
{
    char line[WEIR_ZOO_LINE_SIZE];

    refill(lines, now);
    while (read_line(voice, line, &lines->left_out)) {
        if (lines->tokens == 0) {
            lines->left_out++;
        } else if (lines->left_out > 0) {
            weir_log(&report->log, WEIR_LOG_WARNING, "zookeeper", "%s (%u more lines left out)",
                     line, (unsigned)lines->left_out);
            lines->left_out = 0;
            lines->tokens--;
        } else {
            weir_log(&report->log, WEIR_LOG_WARNING, "zookeeper", "%s", line);
            lines->tokens--;
        }
    }
}
