/* Refused: nothing would be done with the records. */
#include <weir/handler.h>

WEIR_HANDLER(.name = "no-handle")
