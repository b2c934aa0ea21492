/* Where does memory come from, and how does a test make that fail? */
#ifndef WEIR_BASE_MEMORY_H
#define WEIR_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <weir/export.h>

/* As their namesakes in the C library; weir's own code calls no other. Thread: any. */
WEIR_MUST_CHECK void *weir_malloc(size_t size);
WEIR_MUST_CHECK void *weir_calloc(size_t count, size_t size);
WEIR_MUST_CHECK void *weir_realloc(void *memory, size_t size);
WEIR_MUST_CHECK char *weir_strdup(const char *text);
void weir_free(void *memory);

/* Test hook: the nth allocation from now on (1 = the next) fails, once, on whichever thread asks; 0
 * switches it off. While it is on, weir_memory_count says how many were asked for since the last
 * call of either. */
void weir_memory_fail_nth(uint64_t nth);
uint64_t weir_memory_count(void);

#endif /* WEIR_BASE_MEMORY_H */
