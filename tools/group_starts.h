/* Where would those partitions of a group begin for which nothing is committed? */
#ifndef WEIR_TOOLS_GROUP_STARTS_H
#define WEIR_TOOLS_GROUP_STARTS_H

#include "tools/group_options.h"
#include <stdio.h>

/* Prints what the members of a ZooKeeper group would meet, by weir.start of the configuration, and
 * nothing where all is committed. What the configuration does not say of Kafka, or of such a group,
 * is not asked. `named`: it is one of two, and says which. The exit code of what cannot be learnt,
 * and it is said. Thread: one. */
int weir_group_starts(const struct weir_group_options *options, const struct weir_config *config,
                      const char *group, bool named, FILE *out);

/* Pure. One place in `offsets` for each partition of the view: WEIR_VIEW_UNKNOWN is not known. */
struct weir_starts {
    const char *group;
    const char *rule; /* as weir.start names it */
    const struct weir_view *view;
    const int64_t *offsets;
    bool named; /* in words; JSON always is */
    bool json;
};
void weir_print_starts(FILE *out, const struct weir_starts *starts);

#endif /* WEIR_TOOLS_GROUP_STARTS_H */
