/* Which partitions does a member that has none yet ask the brokers about? */
#ifndef WEIR_FRAMEWORK_GREETED_H
#define WEIR_FRAMEWORK_GREETED_H

#include "framework/catalog.h"
#include "offsets/position.h"
#include "strategies/static.h"

enum { WEIR_GREETED_MAX = 64 }; /* brokers there are fewer of */

/* The first partitions of each topic, topics in turn, so that one with many does not stand for all;
 * then those of the list. Without an offset; topics are borrowed. Returns how many. Pure. */
size_t weir_greeted_choose(const struct weir_catalog *catalog, const struct weir_static *list,
                           struct weir_position chosen[WEIR_GREETED_MAX]);

#endif /* WEIR_FRAMEWORK_GREETED_H */
