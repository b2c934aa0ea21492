/* How do members meet at a ZooKeeper that does exactly what a test says, in virtual time? */
#ifndef WEIR_TEST_SIM_ZOO_H
#define WEIR_TEST_SIM_ZOO_H

#include "framework/zoo.h"
#include <stdbool.h>
#include <stdint.h>

/* One server in memory: nodes, sessions, ephemerals, watches, transactions; behind sim_zoo_library
 * it is what the ZooKeeper client is behind weir_zoo_library_zookeeper. Nothing happens but in
 * sim_zoo_advance and poll, and the same calls always have the same outcome. Messages take time, in
 * order, as on a connection; a host stands for a process and its network. Thread: the test's. */
extern const struct weir_zoo_library sim_zoo_library;

enum { SIM_ZOO_HOSTS = 32, SIM_ZOO_TIMEOUT_MS = 6000 };

void sim_zoo_open(uint64_t seed);
/* Fails the test if a client was not closed. */
void sim_zoo_close(void);

weir_time sim_zoo_now(void);
/* The server acts up to then. */
void sim_zoo_advance(weir_time to);
/* When the server wants to act, WEIR_TIME_NEVER: not before it is asked to. */
weir_time sim_zoo_due(void);
/* What a message takes, one way. Default: 1 ms, always. */
void sim_zoo_latency_us(uint32_t least, uint32_t most);
/* How many requests may wait for an answer. Default: 1000. */
void sim_zoo_room(uint32_t requests);
/* A negative control: clients do not count their own deadline. */
void sim_zoo_forget_deadlines(void);
/* A negative control: what nobody knows clients take for refused. */
void sim_zoo_mistake_losses(void);

/* A negative control: no transaction checks the version of this node. NULL: all do. */
void sim_zoo_uncheck(const char *path);

/* Sessions that are opened from now on are this host's. */
void sim_zoo_host(unsigned host);
/* Connections break and none comes about, until it is healed. Sessions go on until they time out.
 */
void sim_zoo_cut(unsigned host);
void sim_zoo_heal(unsigned host);
/* What is sent until then arrives then, as a network does that drops packets for a while. */
void sim_zoo_stall(unsigned host, bool requests, bool answers, weir_time until);
/* The next transaction of the host is done, and instead of its answer comes a new connection. */
void sim_zoo_lose_reply(unsigned host);
/* The same, and the server of the new connection is behind the others: what EXISTS says of the
 * nodes that the transaction changed is as before, until this host syncs or writes. */
void sim_zoo_lag(unsigned host);
/* The process is gone: its connections break, what it closes says nothing more. Ends with the next
 * sim_zoo_host of it. */
void sim_zoo_crash(unsigned host);
/* The server ends the sessions of the host. */
void sim_zoo_expire(unsigned host);

/* What an operator sees and does, at once. */
bool sim_zoo_exists(const char *path);
/* NULL: no such node. Borrowed until it changes. */
const char *sim_zoo_data(const char *path);
/* -1: no such node. */
int32_t sim_zoo_version(const char *path);
/* The session of an ephemeral node, 0 of another, -1: no such node. */
int64_t sim_zoo_owner(const char *path);
/* Creates it with its parents, or changes it. */
void sim_zoo_write(const char *path, const char *data);
void sim_zoo_remove(const char *path);
/* Replaces it in one transaction by an ephemeral node of another session. */
void sim_zoo_usurp(const char *path, int64_t session);
/* Requests for this node, and what is below it, are refused. NULL: none. */
void sim_zoo_deny(const char *path);
/* How many ephemeral nodes there are, how many watches, how many sessions. */
size_t sim_zoo_ephemerals(void);
size_t sim_zoo_watches(void);
size_t sim_zoo_sessions(void);
/* Requests that arrived, heartbeats left out; each transaction is one. */
uint64_t sim_zoo_requests(void);
/* Watch events that were sent. */
uint64_t sim_zoo_wakes(void);

#endif /* WEIR_TEST_SIM_ZOO_H */
