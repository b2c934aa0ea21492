/* Can these be the addresses of brokers? */
#ifndef WEIR_CONFIG_BROKERS_H
#define WEIR_CONFIG_BROKERS_H

#include <stddef.h>
#include <weir/status.h>

/* The client library takes a port that is no number for 0, keeps the low bits of one that is too
 * large, and passes over what it does not understand: then nothing is ever connected, or something
 * else is. Pure. Thread: any.
 *
 * `list` is as for bootstrap.servers: [PROTOCOL://]HOST[:PORT], separated by commas; an IPv6
 * address with a port stands in brackets. WEIR_ERR_CONFIG: "at character N: ..."; nothing of the
 * list is in it. */
WEIR_MUST_CHECK enum weir_status weir_config_brokers_check(const char *list,
                                                           struct weir_error *error);
/* How many different addresses are in a list that passed the check? */
size_t weir_config_brokers_count(const char *list);

#endif /* WEIR_CONFIG_BROKERS_H */
