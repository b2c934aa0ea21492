/* How does the end of a consumer become known to those who wait for it? */
#ifndef WEIR_FRAMEWORK_ENDING_H
#define WEIR_FRAMEWORK_ENDING_H

#include <stdbool.h>
#include <stdint.h>
#include <weir/consumer.h>

/* The state as others see it, and a descriptor that turns readable at the end. Thread: any. */
struct weir_ending;

/* WEIR_ERR_NOMEM, WEIR_ERR_IO when no descriptor is left. */
WEIR_MUST_CHECK enum weir_status weir_ending_create(struct weir_ending **out);
void weir_ending_destroy(struct weir_ending *ending);

/* The weir_control_options.changed of control; user is the ending. */
void weir_ending_change(enum weir_state state, const struct weir_error *why, void *ending);
enum weir_state weir_ending_state(struct weir_ending *ending, struct weir_error *why);
int weir_ending_fd(const struct weir_ending *ending);
/* -1: for ever. WEIR_ERR_TIMEOUT. */
WEIR_MUST_CHECK enum weir_status weir_ending_wait(struct weir_ending *ending, int64_t timeout_ms);

#endif /* WEIR_FRAMEWORK_ENDING_H */
