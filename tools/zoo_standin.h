/* What stands in for ZooKeeper's servers in the demonstration? */
#ifndef WEIR_TOOLS_ZOO_STANDIN_H
#define WEIR_TOOLS_ZOO_STANDIN_H

#include <stddef.h>
#include <stdint.h>
#include <weir/status.h>

/* One server inside this process, with a thread of its own: nodes, transactions, watches, and
 * sessions that end when nobody has been heard of for as long as they last. Behind
 * weir_zoo_library_standin it is what the ZooKeeper client is behind weir_zoo_library_zookeeper,
 * and test/conformance/test_zoo*.c hold it to the same text; of zookeeper.connect only the chroot
 * counts. Nothing is kept when it closes. One at a time in a process. Thread: any. */
struct weir_zoo_library;
extern const struct weir_zoo_library weir_zoo_library_standin;

/* WEIR_ERR_NOMEM: no thread can be started. */
WEIR_MUST_CHECK enum weir_status weir_zoo_standin_open(void);
/* Everybody has closed what was opened of its library. */
void weir_zoo_standin_close(void);

/* The connections of those with this weir.member.id break, and none comes about until mend: as when
 * their process is gone, the session goes on until it times out, and a close is not heard. One name
 * at a time. In force on return, as what follows. */
void weir_zoo_standin_cut(const char *member);
void weir_zoo_standin_mend(void);
/* It stands still: who asks waits, and no session ends; and goes on. */
void weir_zoo_standin_hold(void);
void weir_zoo_standin_go_on(void);
/* Ends a session. */
void weir_zoo_standin_expire(int64_t session);
/* That have not ended. */
size_t weir_zoo_standin_sessions(void);

#endif /* WEIR_TOOLS_ZOO_STANDIN_H */
