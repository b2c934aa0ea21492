#include "tools/text_table.h"

#include "tools/memory.h"
#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <weir/log.h>

enum { CELL_SIZE = 512, COLUMNS_MAX = 16, GAP = 2 };

static void add(struct weir_text_table *table, const char *text)
{
    char shown[CELL_SIZE];
    size_t count = table->count;

    weir_log_escape(text, shown, sizeof shown);
    if ((count & (count - 1)) == 0) { /* it is full at every power of two */
        table->cells = weir_cli_grow(table->cells, count == 0 ? 1 : 2 * count, sizeof(char *));
    }
    table->cells[table->count++] = weir_cli_copy(shown);
}

void weir_text_table_add(struct weir_text_table *table, const char *format, ...)
{
    char text[CELL_SIZE];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    add(table, text);
}

void weir_text_table_add_number(struct weir_text_table *table, long long number,
                                const char *otherwise)
{
    if (number < 0) {
        add(table, otherwise);
    } else {
        weir_text_table_add(table, "%lld", number);
    }
}

/* Characters of UTF-8, which is all that was let in. */
static int width_of(const char *text)
{
    int width = 0;

    for (; *text != '\0'; text++) {
        width += ((unsigned char)*text & 0xC0u) != 0x80u ? 1 : 0;
    }
    return width;
}

/* Blanks are held back until something follows them: no line ends with one. */
static void print_row(const struct weir_text_table *table, char *const *cells, const int *widths,
                      FILE *out)
{
    int blanks = 0;

    for (size_t i = 0; table->align[i] != '\0'; i++) {
        int missing = widths[i] - width_of(cells[i]);
        bool right = table->align[i] == 'r';
        if (cells[i][0] != '\0') {
            (void)fprintf(out, "%*s%s", blanks + (right ? missing : 0), "", cells[i]);
            blanks = right ? 0 : missing;
        } else {
            blanks += missing;
        }
        blanks += GAP;
    }
    (void)fputc('\n', out);
}

void weir_text_table_print(const struct weir_text_table *table, FILE *out)
{
    size_t columns = strlen(table->align);
    int widths[COLUMNS_MAX] = {0};

    assert(columns > 0 && columns <= COLUMNS_MAX);
    assert(table->count % columns == 0);
    for (size_t i = 0; i < table->count; i++) {
        int width = width_of(table->cells[i]);
        widths[i % columns] = width > widths[i % columns] ? width : widths[i % columns];
    }
    for (size_t i = 0; i < table->count; i += columns) {
        print_row(table, table->cells + i, widths, out);
    }
}

void weir_text_table_fini(struct weir_text_table *table)
{
    if (table == NULL) {
        return;
    }
    for (size_t i = 0; i < table->count; i++) {
        free(table->cells[i]);
    }
    free(table->cells);
    *table = (struct weir_text_table){.align = table->align};
}
