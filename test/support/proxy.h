/* What may go wrong on the way between a client and a server? */
#ifndef WEIR_TEST_PROXY_H
#define WEIR_TEST_PROXY_H

#include <stdbool.h>
#include <stdint.h>
#include <weir/export.h>

/* Passes TCP connections on, from one port of 127.0.0.1 to another, on a thread of its own, as the
 * weather allows. Clients cannot go round it if it is all they were ever told of: see `proxied` in
 * kafka.h. Does not survive a fork. Thread: any, one at a time. */
struct proxy;

/* Zeroed: nothing is in the way. */
struct proxy_weather {
    uint32_t delay_ms;   /* each way */
    uint32_t jitter_ms;  /* up to so much more, anew for every piece; the order stays */
    uint32_t drip_bytes; /* > 0: so many every few milliseconds and connection, each way */
    bool silent;         /* connections stay and come, and nothing passes, not even their end */
    bool refusing;       /* those there are get reset, and so do new ones */
};

/* Listens on `port`. What it passes to need not be there yet. The test fails if the port is taken.
 */
WEIR_MUST_CHECK struct proxy *proxy_start(uint16_t port, uint16_t target);
void proxy_stop(struct proxy *proxy); /* NULL is accepted */

/* From now on, for connections there are too. */
void proxy_set_weather(struct proxy *proxy, const struct proxy_weather *weather);
/* Resets every connection there is. In force on return. */
void proxy_cut(struct proxy *proxy);
/* Every connection there is ends in the direction of the client, who may go on speaking. */
void proxy_half_close(struct proxy *proxy);

struct proxy_counts {
    uint64_t accepted; /* connections so far */
    uint64_t open;     /* of these, now */
    uint64_t passed;   /* bytes, both ways together */
};
struct proxy_counts proxy_counts(struct proxy *proxy);

#endif /* WEIR_TEST_PROXY_H */
