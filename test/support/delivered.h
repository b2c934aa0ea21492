/* Which records are there, as far as the members say? */
#ifndef WEIR_TEST_DELIVERED_H
#define WEIR_TEST_DELIVERED_H

#include <stddef.h>
#include <weir/export.h>

#include "test/support/ledger.h"
#include "test/support/stream.h"

/* A ledger for where the producer kept none: every record that was handed to a handler, without its
 * key. What never was is not in it, so that nothing can be said of it. Of a span with holes only
 * the two ends are known. Read the streams before. */
WEIR_MUST_CHECK struct ledger *delivered_ledger(struct stream *const *streams, size_t count);

#endif /* WEIR_TEST_DELIVERED_H */
