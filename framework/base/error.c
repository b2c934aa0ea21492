#include "framework/base/error.h"

#include <stdarg.h>
#include <stdio.h>

enum weir_status weir_error_set(struct weir_error *error, enum weir_status code, int cause,
                                const char *format, ...)
{
    va_list arguments;

    if (error == NULL) {
        return code;
    }
    error->code = code;
    error->cause = cause;
    va_start(arguments, format);
    (void)vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return code;
}

enum weir_status weir_error_nomem(struct weir_error *error)
{
    return weir_error_set(error, WEIR_ERR_NOMEM, 0, "out of memory");
}
