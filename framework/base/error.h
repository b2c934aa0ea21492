/* How is a weir_error filled? */
#ifndef WEIR_BASE_ERROR_H
#define WEIR_BASE_ERROR_H

#include <weir/status.h>

/* Fills *error unless it is NULL, cutting the text where it must, and returns `code`, so that a
 * failing call reads `return weir_error_set(error, ...)`. Thread: any. */
enum weir_status weir_error_set(struct weir_error *error, enum weir_status code, int cause,
                                const char *format, ...) WEIR_PRINTF(4, 5);
/* WEIR_ERR_NOMEM with its sentence. */
enum weir_status weir_error_nomem(struct weir_error *error);

#endif /* WEIR_BASE_ERROR_H */
