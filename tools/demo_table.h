/* How does the state of the demonstration fit on a screen? */
#ifndef WEIR_TOOLS_DEMO_TABLE_H
#define WEIR_TOOLS_DEMO_TABLE_H

#include "tools/demo_view.h"

/* Lines of text, made one at a time. Thread: the main one. */
struct demo_table {
    const struct demo_view *view; /* its rates and its colours */
    const struct demo_picture *picture;
    uint32_t rows; /* of the screen */
    uint32_t columns;
};

/* How many lines; always fewer than the screen has rows. */
uint32_t demo_table_lines(const struct demo_table *table);
/* No newline; may be longer than the screen is wide, and may hold colours. */
void demo_table_line(const struct demo_table *table, uint32_t index, char *out, size_t size);

/* The same in one line of plain text. */
void demo_table_status(const struct demo_view *view, const struct demo_picture *picture, char *out,
                       size_t size);

#endif /* WEIR_TOOLS_DEMO_TABLE_H */
