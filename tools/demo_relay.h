/* How does the connection of a member to a real ZooKeeper break without a word? */
#ifndef WEIR_TOOLS_DEMO_RELAY_H
#define WEIR_TOOLS_DEMO_RELAY_H

#include <weir/status.h>

/* Passes on what comes to a port of this machine, to one server and back, on a thread of its own,
 * until it is cut: then it is as if the process behind it was gone. The client library of a member
 * that is killed in this process would say goodbye. Thread: the main one. */
struct demo_relay;

/* To the first of "host:port,host:port", which is looked up with the first connection.
 * WEIR_ERR_NOMEM, WEIR_ERR_UNAVAILABLE: no port or thread is left. */
WEIR_MUST_CHECK enum weir_status demo_relay_create(const char *servers, struct demo_relay **out);
/* NULL is accepted. */
void demo_relay_destroy(struct demo_relay *relay);

/* "127.0.0.1:port". Borrowed until destroy. */
const char *demo_relay_address(const struct demo_relay *relay);
/* No connection is left on return, and none comes about. Idempotent. */
void demo_relay_cut(struct demo_relay *relay);

#endif /* WEIR_TOOLS_DEMO_RELAY_H */
