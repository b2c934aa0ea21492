/* How long was nobody at work on a partition that moved from one member to another? */
#ifndef WEIR_TEST_HANDOVER_H
#define WEIR_TEST_HANDOVER_H

#include <stddef.h>

#include "test/support/stream.h"

/* Prints how many partitions were handed over, and the median and the longest time from the end of
 * the revocation to the next assignment. A note for people: nothing is judged. The streams have
 * been read. */
void handover_tell(struct stream *const *streams, size_t count);
/* The same from the end of the last handler of the old owner to the start of the new one's first.
 */
void handover_tell_gaps(struct stream *const *streams, size_t count);

#endif /* WEIR_TEST_HANDOVER_H */
