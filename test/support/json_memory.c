#include "test/support/json_memory.h"

#include <check.h>
#include <jansson.h>
#include <stdlib.h>

#include "framework/base/memory.h"

enum { FAILED_MIN = 20 };

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

void json_memory_sweep(json_memory_write_fn *write)
{
    char *whole = NULL;
    char *text = NULL;
    uint64_t nth = 0;

    ck_assert_int_eq(write(&whole), WEIR_OK);
    do {
        json_memory_fail_nth(++nth);
        enum weir_status status = write(&text);
        ck_assert_int_eq(status, json_memory_count() < nth ? WEIR_OK : WEIR_ERR_NOMEM);
        ck_assert((text == NULL) == (status != WEIR_OK));
    } while (text == NULL);
    json_memory_fail_nth(0);
    ck_assert_str_eq(text, whole);
    ck_assert_uint_gt(nth, FAILED_MIN);
    weir_free(text);
    weir_free(whole);
}
