/* Refused: the name is right, even the magic number, and behind it there is nothing. */
#include <weir/handler.h>

WEIR_API extern const uint64_t weir_handler_plugin;

const uint64_t weir_handler_plugin = WEIR_HANDLER_MAGIC;
