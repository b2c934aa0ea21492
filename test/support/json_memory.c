#include "test/support/json_memory.h"

#include <jansson.h>
#include <stdlib.h>

static uint64_t failing;
static uint64_t count;

static void *allocate(size_t size)
{
    return ++count == failing ? NULL : malloc(size);
}

void json_memory_fail_nth(uint64_t nth)
{
    failing = nth;
    count = 0;
    json_set_alloc_funcs(nth == 0 ? malloc : allocate, free);
}

uint64_t json_memory_count(void)
{
    return count;
}
