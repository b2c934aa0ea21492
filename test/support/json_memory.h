/* How does a test make the JSON library's allocations fail? */
#ifndef WEIR_TEST_JSON_MEMORY_H
#define WEIR_TEST_JSON_MEMORY_H

#include <stdint.h>

/* As weir_memory_fail_nth, for what jansson asks for. Thread: the test's, alone. */
void json_memory_fail_nth(uint64_t nth);
/* How many were asked for since. */
uint64_t json_memory_count(void);

#endif /* WEIR_TEST_JSON_MEMORY_H */
