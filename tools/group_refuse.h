/* Who is in the way of a change of offsets? */
#ifndef WEIR_TOOLS_GROUP_REFUSE_H
#define WEIR_TOOLS_GROUP_REFUSE_H

#include "tools/group_view.h"

/* Says who, and returns WEIR_EXIT_TRY_AGAIN, if somebody is or may be; else WEIR_EXIT_OK. */
int weir_group_refuse(const char *group, const struct weir_view *view);

#endif /* WEIR_TOOLS_GROUP_REFUSE_H */
