/* Where does a command get memory that it cannot go on without? */
#ifndef WEIR_TOOLS_MEMORY_H
#define WEIR_TOOLS_MEMORY_H

#include <stddef.h>
#include <weir/export.h>

/* Without memory each of them ends the process with WEIR_EXIT_TRY_AGAIN and says so: for commands
 * that have nothing to lose by then. free() takes what they give. Thread: any. */
WEIR_MUST_CHECK void *weir_cli_alloc(size_t count, size_t size); /* zeroed */
/* As reallocarray. */
WEIR_MUST_CHECK void *weir_cli_grow(void *memory, size_t count, size_t size);
/* NULL stays NULL. */
WEIR_MUST_CHECK char *weir_cli_copy(const char *text);
WEIR_MUST_CHECK char *weir_cli_text(const char *format, ...) WEIR_PRINTF(1, 2);

#endif /* WEIR_TOOLS_MEMORY_H */
