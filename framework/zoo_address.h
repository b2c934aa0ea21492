/* Which ZooKeeper servers, and below which node? */
#ifndef WEIR_FRAMEWORK_ZOO_ADDRESS_H
#define WEIR_FRAMEWORK_ZOO_ADDRESS_H

#include <weir/status.h>

/* A connection string as Kafka's old tools have it: HOST[:PORT], separated by commas, and perhaps
 * a path at the end, the chroot, below which everything is kept. Pure. Thread: any. Memory: one
 * block each, freed by fini. */
struct weir_zoo_address {
    char *servers; /* host:port,host:port, as the client library wants them */
    char *chroot;  /* begins with a slash and ends without one; "" when there is none */
};

/* WEIR_ERR_CONFIG: "at character N: ..."; WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status
weir_zoo_address_parse(const char *text, struct weir_zoo_address *out, struct weir_error *error);
void weir_zoo_address_fini(struct weir_zoo_address *address);

/* Of a digest, USER:PASSWORD. WEIR_ERR_CONFIG; nothing of it is in the text. */
WEIR_MUST_CHECK enum weir_status weir_zoo_digest_check(const char *digest,
                                                       struct weir_error *error);

#endif /* WEIR_FRAMEWORK_ZOO_ADDRESS_H */
