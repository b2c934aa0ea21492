/* How do bytes get from one socket to another, late and in order? */
#ifndef WEIR_TEST_PROXY_FLOW_H
#define WEIR_TEST_PROXY_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "test/support/proxy.h"

/* Tests use proxy.h, which is made of this. One direction of one connection; zero it to begin, with
 * its two sockets, which stay the caller's and do not block. */
struct proxy_flow {
    int from;
    int to;
    struct proxy_piece *first; /* read and not yet written, bounded */
    struct proxy_piece *last;
    size_t pieces;
    int64_t due_ns; /* of the last piece: nothing overtakes */
    bool ended;     /* `from` says no more */
    bool closed;    /* and `to` was told so */
};

void proxy_flow_fini(struct proxy_flow *flow);
/* Is there room for what comes? */
bool proxy_flow_takes(const struct proxy_flow *flow);
/* When the oldest piece may go; INT64_MAX: there is none. */
int64_t proxy_flow_due_ns(const struct proxy_flow *flow);
/* Takes what `from` has, to go `late_ns` from now. False: the connection is broken. */
bool proxy_flow_read(struct proxy_flow *flow, int64_t now_ns, int64_t late_ns);
/* Gives `to` what is due, no more than `drip` bytes unless that is 0, and tells it of the end after
 * the last byte. Adds to *passed. False: the connection is broken. */
bool proxy_flow_write(struct proxy_flow *flow, int64_t now_ns, uint32_t drip, uint64_t *passed);

#endif /* WEIR_TEST_PROXY_FLOW_H */
