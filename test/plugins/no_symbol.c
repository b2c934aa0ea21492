/* Refused: a shared object that is no plug-in. */
#include <weir/export.h>

WEIR_API int no_plugin_at_all(void);

int no_plugin_at_all(void)
{
    return 0;
}
