/* How does a command show a group, once or again and again? */
#ifndef WEIR_TOOLS_GROUP_SHOW_H
#define WEIR_TOOLS_GROUP_SHOW_H

#include "tools/group_options.h"
#include "tools/watch.h"

/* Opens the group's source as *source for as long as `print` is called with `user`; the exit
 * code. Once in a process. */
int weir_group_show(const struct weir_group_options *options, const char *group,
                    struct weir_group_source **source, weir_watch_fn *print, void *user);

#endif /* WEIR_TOOLS_GROUP_SHOW_H */
