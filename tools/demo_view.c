#include "tools/demo_view.h"

#include "tools/demo_table.h"
#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)

enum { ROWS_USUAL = 24, COLUMNS_USUAL = 80, LINE_SIZE = 512, STATUS_EVERY_S = 1 };

static bool is_set(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0';
}

void demo_view_open(struct demo_view *view, FILE *out, bool plain, int64_t now_ns)
{
    const char *terminal = getenv("TERM");
    bool able = terminal != NULL && strcmp(terminal, "dumb") != 0 && isatty(fileno(out)) != 0;

    *view = (struct demo_view){.out = out,
                               .live = able && !plain,
                               .began_ns = now_ns,
                               .status_ns = now_ns,
                               .sample_ns = now_ns};
    view->colour = view->live && !is_set("NO_COLOR");
    if (view->live) {
        (void)fputs("\x1b[?25l", out); /* no cursor */
        (void)fflush(out);
    }
}

/* The frame. */

static void append(struct demo_view *view, const char *text, size_t size)
{
    if (size < sizeof view->frame - view->used) {
        memcpy(view->frame + view->used, text, size);
        view->used += size;
    }
}

static void append_text(struct demo_view *view, const char *text)
{
    append(view, text, strlen(text));
}

/* The length of the escape sequence that begins here, or 0. */
static size_t escape_size(const char *text)
{
    if (text[0] != '\x1b' || text[1] != '[') {
        return 0;
    }
    size_t size = 2;
    while (text[size] != '\0' && (text[size] < '@' || text[size] > '~')) {
        size++;
    }
    return text[size] == '\0' ? size : size + 1;
}

/* A line that wraps would be two lines, and the next frame would not find its beginning. */
static void append_line(struct demo_view *view, const char *text, uint32_t columns)
{
    uint32_t shown = 0;

    while (*text != '\0') {
        size_t escape = escape_size(text);
        if (escape > 0 || shown < columns) {
            append(view, text, escape > 0 ? escape : 1);
            shown += escape > 0 ? 0 : 1;
        }
        text += escape > 0 ? escape : 1;
    }
    append_text(view, view->live ? "\x1b[K\n" : "\n");
}

/* The table that stands there is overwritten. */
static void begin_frame(struct demo_view *view)
{
    char up[32];

    view->used = 0;
    if (view->live && view->lines > 0) {
        (void)snprintf(up, sizeof up, "\r\x1b[%uA", (unsigned)view->lines);
        append_text(view, up);
    }
    view->lines = 0;
}

static void end_frame(struct demo_view *view)
{
    if (view->live) {
        append_text(view, "\x1b[J");
    }
    (void)fwrite(view->frame, 1, view->used, view->out);
    (void)fflush(view->out);
}

static void screen_size(const struct demo_view *view, uint32_t *rows, uint32_t *columns)
{
    struct winsize size = {0};

    *rows = ROWS_USUAL;
    *columns = COLUMNS_USUAL;
    if (ioctl(fileno(view->out), TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
        *rows = size.ws_row;
        *columns = size.ws_col;
    }
}

/* What the user sees. */

void demo_view_say(struct demo_view *view, const char *format, ...)
{
    char text[LINE_SIZE];
    char line[LINE_SIZE + 32];
    double at_s = (double)(demo_now_ns() - view->began_ns) / (double)NS_PER_S;
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)snprintf(line, sizeof line, "[%5.1f s] %s", at_s, text);
    begin_frame(view);
    append_line(view, line, LINE_SIZE); /* it scrolls away: it may wrap */
    end_frame(view);
}

static void measure(struct demo_view *view, const struct demo_picture *picture)
{
    int64_t passed_ns = picture->now_ns - view->sample_ns;
    double seconds = (double)passed_ns / (double)NS_PER_S;

    if (passed_ns < DEMO_RATE_EVERY_MS * NS_PER_S / 1000) {
        return;
    }
    uint64_t sum = 0;
    for (uint32_t i = 0; i < picture->group.members; i++) {
        uint64_t handled = picture->group.member[i].handled;
        view->member_rate[i] = (double)(handled - view->sample[i]) / seconds;
        view->sample[i] = handled;
        sum += handled;
    }
    view->rate = (double)(sum - view->sample_handled) / seconds;
    view->sample_handled = sum;
    view->sample_ns = picture->now_ns;
}

static void draw_plain(struct demo_view *view, const struct demo_picture *picture)
{
    char line[LINE_SIZE];

    if (picture->now_ns - view->status_ns < STATUS_EVERY_S * NS_PER_S) {
        return;
    }
    view->status_ns += STATUS_EVERY_S * NS_PER_S;
    demo_table_status(view, picture, line, sizeof line);
    begin_frame(view);
    append_line(view, line, LINE_SIZE);
    end_frame(view);
}

void demo_view_draw(struct demo_view *view, const struct demo_picture *picture)
{
    char line[LINE_SIZE];
    struct demo_table table = {.view = view, .picture = picture};

    assert(picture->group.members <= DEMO_MEMBERS_MAX);
    measure(view, picture);
    if (!view->live) {
        draw_plain(view, picture);
        return;
    }
    screen_size(view, &table.rows, &table.columns);
    begin_frame(view);
    uint32_t count = demo_table_lines(&table);
    for (uint32_t i = 0; i < count; i++) {
        demo_table_line(&table, i, line, sizeof line);
        append_line(view, line, table.columns - 1);
    }
    end_frame(view);
    view->lines = count;
}

bool demo_view_is_broken(const struct demo_view *view)
{
    return ferror(view->out) != 0;
}

void demo_view_close(struct demo_view *view)
{
    if (view->live) {
        (void)fputs("\x1b[?25h", view->out);
        (void)fflush(view->out);
    }
}
