/* What does weir switch say of itself? */
#ifndef WEIR_TOOLS_SWITCH_HELP_H
#define WEIR_TOOLS_SWITCH_HELP_H

#include <stdio.h>

void weir_switch_help(FILE *out);

#endif /* WEIR_TOOLS_SWITCH_HELP_H */
