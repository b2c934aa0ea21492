/* How does a test say what a snapshot shows? */
#ifndef WEIR_TEST_PICTURE_H
#define WEIR_TEST_PICTURE_H

#include <weir/snapshot.h>

/* Must succeed; the caller destroys it. */
WEIR_MUST_CHECK struct weir_snapshot *picture_take(struct weir_consumer *consumer);
/* "orders/0 running 80 50 50 100 lag 50 20 10\n" for each row: state, position, watermark,
 * committed, end, lag, in flight, buffered; "-" is -1. The caller frees it. */
WEIR_MUST_CHECK char *picture_text(const struct weir_snapshot *snapshot);
/* Waits until it looks so. Returns the snapshot that does; the caller destroys it. */
WEIR_MUST_CHECK struct weir_snapshot *picture_await(struct weir_consumer *consumer,
                                                    const char *text);
/* The same, and destroys it. */
void picture_expect(struct weir_consumer *consumer, const char *text);

#endif /* WEIR_TEST_PICTURE_H */
