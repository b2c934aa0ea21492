/* How does a test make the JSON library's allocations fail? */
#ifndef WEIR_TEST_JSON_MEMORY_H
#define WEIR_TEST_JSON_MEMORY_H

#include <stdint.h>
#include <weir/status.h>

/* As weir_memory_fail_nth, for what jansson asks for. Thread: the test's, alone. */
void json_memory_fail_nth(uint64_t nth);
/* How many were asked for since. */
uint64_t json_memory_count(void);

/* Writes a text, which weir_free frees; it stays NULL on failure. */
typedef enum weir_status json_memory_write_fn(char **out);
/* Each of what jansson asks for fails once: WEIR_ERR_NOMEM, and neither a part of the text nor a
 * leak. The test fails if there are fewer than 20. */
void json_memory_sweep(json_memory_write_fn *write);

#endif /* WEIR_TEST_JSON_MEMORY_H */
