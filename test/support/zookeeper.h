/* How does a test get ZooKeeper servers, and how are they hurt? */
#ifndef WEIR_TEST_ZOOKEEPER_H
#define WEIR_TEST_ZOOKEEPER_H

#include <stdbool.h>
#include <stdint.h>
#include <weir/export.h>

/* One server, or an ensemble, of Debian's package, on loopback ports of its own and in a folder of
 * its own, each in a process group of its own. Ticks of 500 ms, sessions of 1 to 60 s. What is
 * started before check forks may be looked at, paused and resumed by the tests; killed and
 * restarted only by who started it. Servers are numbered from 0. Thread: main. */
struct zookeeper;

enum { ZOOKEEPER_SERVERS_MAX = 5 };

/* They serve when this returns. The test fails, and says why, if they cannot. */
WEIR_MUST_CHECK struct zookeeper *zookeeper_start(int servers);
void zookeeper_stop(struct zookeeper *zookeeper); /* NULL is accepted */

/* "127.0.0.1:port,...": of all. Borrowed until stop. */
const char *zookeeper_connect(const struct zookeeper *zookeeper);
uint16_t zookeeper_port(const struct zookeeper *zookeeper, int server);
/* Who leads the ensemble? Waits until somebody does. */
int zookeeper_leader(const struct zookeeper *zookeeper);

/* It stands still, or goes on (SIGSTOP, SIGCONT). */
void zookeeper_pause(const struct zookeeper *zookeeper, int server);
void zookeeper_resume(const struct zookeeper *zookeeper, int server);
void zookeeper_kill(struct zookeeper *zookeeper, int server);
/* With its data, after a kill; serves when this returns. */
void zookeeper_restart(struct zookeeper *zookeeper, int server);

/* What the server answers to one of its four-letter words; "" if it does not. The caller frees. */
WEIR_MUST_CHECK char *zookeeper_ask(uint16_t port, const char *word);

#endif /* WEIR_TEST_ZOOKEEPER_H */
