/* How are rows of cells shown to people? */
#ifndef WEIR_TOOLS_TEXT_TABLE_H
#define WEIR_TOOLS_TEXT_TABLE_H

#include <stddef.h>
#include <stdio.h>
#include <weir/export.h>

/* Columns as wide as their widest cell, two blanks apart. What is no plain text in a cell is shown
 * as \n or \x1b. Thread: one at a time. Memory: the heap, freed by fini; zeroed is empty. */
struct weir_text_table {
    const char *align; /* a letter for each column, l or r; borrowed */
    char **cells;      /* the first row is the heading */
    size_t count;
};

/* The next cell, from left to right and row by row. */
void weir_text_table_add(struct weir_text_table *table, const char *format, ...) WEIR_PRINTF(2, 3);
/* The next cell: the number, or this word where it is below 0. */
void weir_text_table_add_number(struct weir_text_table *table, long long number,
                                const char *otherwise);
/* Every row is whole by then. */
void weir_text_table_print(const struct weir_text_table *table, FILE *out);
void weir_text_table_fini(struct weir_text_table *table);

#endif /* WEIR_TOOLS_TEXT_TABLE_H */
