/* Who gives the orders? */
#ifndef WEIR_TOOLS_DEMO_SHOP_H
#define WEIR_TOOLS_DEMO_SHOP_H

#include "tools/demo_cluster_kafka.h"
#include "tools/demo_ledger.h"

/* A thread that gives orders at a steady rate until the ledger takes no more, and then waits for
 * their delivery reports. */
struct demo_shop;

WEIR_MUST_CHECK enum weir_status demo_shop_create(const struct demo_plan *plan,
                                                  struct demo_ledger *ledger,
                                                  struct demo_cluster *cluster,
                                                  struct demo_shop **out);
/* Closes the ledger's book and waits for the thread, a few seconds at most. NULL is fine. */
void demo_shop_destroy(struct demo_shop *shop);

#endif /* WEIR_TOOLS_DEMO_SHOP_H */
