#include "framework/base/memory.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Counters of the test hook. Relaxed: they order nothing. `armed` keeps the usual path to one load
 * of a line nobody writes. */
static atomic_bool armed;
static atomic_uint_fast64_t asked;
static atomic_uint_fast64_t failing;

static bool must_fail(void)
{
    if (!atomic_load_explicit(&armed, memory_order_relaxed)) {
        return false;
    }
    uint64_t nth = atomic_fetch_add_explicit(&asked, 1, memory_order_relaxed) + 1;
    return nth == atomic_load_explicit(&failing, memory_order_relaxed);
}

void *weir_malloc(size_t size)
{
    return must_fail() ? NULL : malloc(size);
}

void *weir_calloc(size_t count, size_t size)
{
    return must_fail() ? NULL : calloc(count, size);
}

void *weir_realloc(void *memory, size_t size)
{
    return must_fail() ? NULL : realloc(memory, size);
}

char *weir_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = weir_malloc(size);

    if (copy != NULL) {
        memcpy(copy, text, size);
    }
    return copy;
}

void weir_free(void *memory)
{
    free(memory);
}

void weir_memory_fail_nth(uint64_t nth)
{
    atomic_store_explicit(&failing, nth, memory_order_relaxed);
    atomic_store_explicit(&asked, 0, memory_order_relaxed);
    atomic_store_explicit(&armed, nth != 0, memory_order_relaxed);
}

uint64_t weir_memory_count(void)
{
    return atomic_exchange_explicit(&asked, 0, memory_order_relaxed);
}
