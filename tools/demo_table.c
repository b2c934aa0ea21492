#include "tools/demo_table.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_S 1e9

enum {
    CELL_WIDTH = 39,
    CELLS_MAX = 4,
    HEAD_LINES = 3,   /* empty, numbers, heading of the partitions */
    MIDDLE_LINES = 1, /* heading of the members */
    BAR_MAX = 8,
    CELL_SIZE = 128
};

static const char heading[] = "  part owner committed    lag in flight";
static const char colored_heading[] = "  part owner   committed  lag in flight";

static const char *const colours[DEMO_MEMBERS_MAX] = {
    "\x1b[36m", "\x1b[35m", "\x1b[33m", "\x1b[32m", "\x1b[34m", "\x1b[96m", "\x1b[95m", "\x1b[93m"};

static const char *const colours_of_colors[] = {
    [DEMO_BLUE] = "\x1b[94m", [DEMO_GREEN] = "\x1b[92m"};

static const char *colour_of(const struct demo_table *table, int member)
{
    const struct demo_group *group = &table->picture->group;

    if (!table->view->colour || member < 0) {
        return "";
    }
    return group->colored ? colours_of_colors[group->member[member].color] : colours[member];
}

static const char *style(const struct demo_table *table, const char *escape)
{
    return table->view->colour ? escape : "";
}

static double seconds_since(const struct demo_picture *picture, int64_t then_ns)
{
    return (double)(picture->now_ns - then_ns) / NS_PER_S;
}

/* "c green"; as wide for nobody. */
static void name_of(const struct demo_group *group, int member, char *out, size_t size)
{
    (void)snprintf(out, size, "%c %-5s", demo_member_name(member),
                   member < 0 ? "" : demo_color_name(group->member[member].color));
}

/* Geometry. */

static uint32_t head_lines(const struct demo_table *table)
{
    return HEAD_LINES + (table->picture->group.colored ? 1 : 0);
}

static uint32_t cells_per_line(const struct demo_table *table)
{
    uint32_t cells = table->columns / CELL_WIDTH;

    return cells < 1 ? 1 : cells > CELLS_MAX ? CELLS_MAX : cells;
}

static uint32_t partition_lines(const struct demo_table *table)
{
    uint32_t cells = cells_per_line(table);
    uint32_t needed = (table->picture->group.partitions + cells - 1) / cells;
    uint32_t others = head_lines(table) + MIDDLE_LINES + table->picture->group.members + 1;
    uint32_t room = table->rows > others ? table->rows - others : 0;

    return needed < room ? needed : room;
}

uint32_t demo_table_lines(const struct demo_table *table)
{
    uint32_t lines =
        head_lines(table) + partition_lines(table) + MIDDLE_LINES + table->picture->group.members;

    return lines < table->rows ? lines : table->rows - 1;
}

/* Lines. */

static void what_happens(const struct demo_picture *picture, char *out, size_t size)
{
    const struct demo_group *group = &picture->group;

    if (group->settled) {
        (void)snprintf(out, size, "steady");
    } else if (group->rebalances == 0) {
        (void)snprintf(out, size, "the members join");
    } else {
        const struct demo_rebalance *now = &group->rebalance[group->rebalances - 1];
        (void)snprintf(out, size, "%s: %.1f s", group->colored ? "moving" : now->cause,
                       seconds_since(picture, now->began_ns));
    }
}

static void numbers(const struct demo_table *table, char *out, size_t size)
{
    const struct demo_picture *picture = table->picture;
    char happening[CELL_SIZE];

    what_happens(picture, happening, sizeof happening);
    (void)snprintf(out, size,
                   " %s%.1f s%s  orders %llu  handled %llu  waiting %llu  %.0f/s  %s%s%s",
                   style(table, "\x1b[1m"), seconds_since(picture, table->view->began_ns),
                   style(table, "\x1b[0m"), (unsigned long long)picture->orders,
                   (unsigned long long)picture->handled,
                   (unsigned long long)(picture->orders - picture->handled), table->view->rate,
                   style(table, picture->group.settled ? "\x1b[32m" : "\x1b[1;33m"), happening,
                   style(table, "\x1b[0m"));
}

/* Which color is active, and what becomes of it. */
static void turn(const struct demo_table *table, char *out, size_t size)
{
    const struct weir_zoo_demo_sight *sight = table->picture->colors;
    const char *active = sight->active[0] == '\0' ? "no color" : sight->active;
    enum demo_color color = strcmp(active, "green") == 0 ? DEMO_GREEN : DEMO_BLUE;

    int used =
        snprintf(out, size, " %s%s%s is active  epoch %llu", style(table, colours_of_colors[color]),
                 active, style(table, "\x1b[0m"), (unsigned long long)sight->epoch);
    if (sight->to[0] != '\0' && used > 0 && (size_t)used < size) {
        (void)snprintf(out + used, size - (size_t)used, "  switch to %s: %s%s%s%s%s", sight->to,
                       style(table, "\x1b[1;33m"), sight->step, style(table, "\x1b[0m"),
                       sight->blocked[0] == '\0' ? "" : ", ", sight->blocked);
    }
}

static void headings(const struct demo_table *table, char *out, size_t size)
{
    uint32_t cells = cells_per_line(table);
    const char *one = table->picture->group.colored ? colored_heading : heading;

    (void)snprintf(out, size, "%s%s%s%s%s%s", style(table, "\x1b[2m"), one, cells > 1 ? one : "",
                   cells > 2 ? one : "", cells > 3 ? one : "", style(table, "\x1b[0m"));
}

static void bar(const struct demo_picture *picture, const struct demo_partition *partition,
                char *out, size_t size)
{
    static const char full[] = "########";
    uint32_t length = partition->in_flight < BAR_MAX ? partition->in_flight : BAR_MAX;

    if (partition->standing && partition->last_end_ns > 0) {
        (void)snprintf(out, size, "|| %.1f s", seconds_since(picture, partition->last_end_ns));
    } else {
        (void)snprintf(out, size, "%.*s%s", (int)length, full,
                       partition->in_flight > BAR_MAX ? "+" : "");
    }
}

static size_t cell(const struct demo_table *table, uint32_t number, char *out, size_t size)
{
    const struct demo_partition *partition = &table->picture->group.partition[number];
    int64_t lag = partition->end - partition->committed;
    bool colored = table->picture->group.colored;
    char flight[32];
    char owner[16];

    bar(table->picture, partition, flight, sizeof flight);
    name_of(&table->picture->group, partition->owner, owner, sizeof owner);
    int written = snprintf(out, size, "  %s%4u %-*.*s %9lld %*lld %-9s%s",
                           colour_of(table, partition->owner), (unsigned)number, colored ? 7 : 5,
                           colored ? 7 : 1, owner, (long long)partition->committed, colored ? 4 : 6,
                           (long long)(lag > 0 ? lag : 0), flight, style(table, "\x1b[0m"));
    return written > 0 && (size_t)written < size ? (size_t)written : 0;
}

/* Column by column, as one reads a list. */
static void partitions(const struct demo_table *table, uint32_t line, char *out, size_t size)
{
    uint32_t cells = cells_per_line(table);
    uint32_t lines = partition_lines(table);
    uint32_t shown = table->picture->group.partitions;
    size_t used = 0;

    out[0] = '\0';
    if (line + 1 == lines && lines * cells < shown) {
        (void)snprintf(out, size, "  %4s (%u more partitions; the screen is too small)", "...",
                       (unsigned)(shown - (lines - 1) * cells));
        return;
    }
    bool crowded = lines * cells < shown;
    for (uint32_t i = 0; i < cells; i++) {
        uint32_t number = crowded ? line * cells + i : i * lines + line;
        if (number < shown) {
            used += cell(table, number, out + used, size - used);
        }
    }
}

static const char *state_text(enum demo_member_state state)
{
    switch (state) {
    case DEMO_MEMBER_ABSENT:
        return "not here yet";
    case DEMO_MEMBER_RUNNING:
        return "running";
    case DEMO_MEMBER_LEAVING:
        return "leaving";
    case DEMO_MEMBER_LEFT:
        return "left";
    case DEMO_MEMBER_KILLED:
        return "killed";
    case DEMO_MEMBER_FAILED:
        return "failed";
    }
    return "";
}

static void member_line(const struct demo_table *table, int member, char *out, size_t size)
{
    const struct demo_member_row *row = &table->picture->group.member[member];

    char name[16];

    name_of(&table->picture->group, member, name, sizeof name);
    (void)snprintf(
        out, size, "  %s%-7.*s %-13s %10u %10u %9.0f %9llu%s", colour_of(table, member),
        table->picture->group.colored ? 7 : 1, name,
        row->hung && row->state == DEMO_MEMBER_RUNNING ? "hangs" : state_text(row->state),
        (unsigned)row->partitions, (unsigned)row->in_flight, table->view->member_rate[member],
        (unsigned long long)row->handled, style(table, "\x1b[0m"));
}

void demo_table_line(const struct demo_table *table, uint32_t index, char *out, size_t size)
{
    uint32_t lines = partition_lines(table);
    uint32_t head = head_lines(table);

    assert(size > 0);
    out[0] = '\0';
    if (index == 0) {
        return;
    }
    if (index == 1) {
        numbers(table, out, size);
    } else if (index + 1 < head) {
        turn(table, out, size);
    } else if (index < head) {
        headings(table, out, size);
    } else if (index < head + lines) {
        partitions(table, index - head, out, size);
    } else if (index == head + lines) {
        (void)snprintf(out, size,
                       "%s  member  state         partitions  in flight  orders/s   handled%s",
                       style(table, "\x1b[2m"), style(table, "\x1b[0m"));
    } else {
        member_line(table, (int)(index - head - lines - MIDDLE_LINES), out, size);
    }
}

void demo_table_status(const struct demo_view *view, const struct demo_picture *picture, char *out,
                       size_t size)
{
    const struct demo_group *group = &picture->group;
    char happening[CELL_SIZE];
    char turned[CELL_SIZE] = "";
    char members[CELL_SIZE] = "";
    size_t used = 0;

    for (uint32_t i = 0; i < group->members && used < sizeof members; i++) {
        used +=
            (size_t)snprintf(members + used, sizeof members - used, "%s%c %u", i == 0 ? "" : ", ",
                             demo_member_name((int)i), (unsigned)group->member[i].partitions);
    }
    what_happens(picture, happening, sizeof happening);
    if (picture->colors != NULL) {
        const char *active = picture->colors->active;
        (void)snprintf(turned, sizeof turned, "%.32s active, epoch %llu; ",
                       active[0] == '\0' ? "no color" : active,
                       (unsigned long long)picture->colors->epoch);
    }
    (void)snprintf(
        out, size,
        "[%5.1f s]   orders %llu, handled %llu, waiting %llu, %.0f/s; partitions: %s; %s%s",
        seconds_since(picture, view->began_ns), (unsigned long long)picture->orders,
        (unsigned long long)picture->handled,
        (unsigned long long)(picture->orders - picture->handled), view->rate, members, turned,
        happening);
}
