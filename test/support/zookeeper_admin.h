/* What is in ZooKeeper, and how does a test change it from outside? */
#ifndef WEIR_TEST_ZOOKEEPER_ADMIN_H
#define WEIR_TEST_ZOOKEEPER_ADMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/export.h>

/* A session of its own, which waits for each answer. Where a function does not say what it returns
 * when it does not work, the test fails. Does not survive a fork. Thread: main. */
struct zookeeper_admin;

/* `connect` may end with a chroot. `digest` is user:password, or NULL. */
WEIR_MUST_CHECK struct zookeeper_admin *zookeeper_admin_open(const char *connect,
                                                             const char *digest);
void zookeeper_admin_close(struct zookeeper_admin *admin); /* NULL is accepted */

/* Persistent, open to everybody, and its parents are made. */
void zookeeper_admin_create(struct zookeeper_admin *admin, const char *path, const char *data);
void zookeeper_admin_set(struct zookeeper_admin *admin, const char *path, const char *data);
/* With all below it; nothing to do when it is not there. */
void zookeeper_admin_delete(struct zookeeper_admin *admin, const char *path);
bool zookeeper_admin_exists(struct zookeeper_admin *admin, const char *path);
/* NULL: it does not exist, or may not be read. Ends with a 0 byte. The caller frees it. */
WEIR_MUST_CHECK char *zookeeper_admin_get(struct zookeeper_admin *admin, const char *path);
/* The children's names in order, one per line; NULL: it does not exist. The caller frees it. */
WEIR_MUST_CHECK char *zookeeper_admin_list(struct zookeeper_admin *admin, const char *path);
/* The session of an ephemeral node, 0 of another one, -1: it does not exist. */
int64_t zookeeper_admin_owner(struct zookeeper_admin *admin, const char *path);
/* From now on everybody may do this with it, and nobody more: ZooKeeper's permissions, of which
 * reading is 1, creating children 4 and everything 31. */
void zookeeper_admin_allow(struct zookeeper_admin *admin, const char *path, int permissions);
/* "scheme id permissions" of each entry, one per line. The caller frees it. */
WEIR_MUST_CHECK char *zookeeper_admin_access(struct zookeeper_admin *admin, const char *path);

/* The servers end this session, whoever's it is, as if it had timed out: its password is a known
 * function of its id. Returns when they have. Whoever owns it hears that when it connects the next
 * time; one that connects at this very moment may hear nothing at all, and has only its own clock.
 */
void zookeeper_expire(const char *connect, int64_t session);

#endif /* WEIR_TEST_ZOOKEEPER_ADMIN_H */
