/* Which loopback port may a server of this test listen on? */
#ifndef WEIR_TEST_PORTS_H
#define WEIR_TEST_PORTS_H

#include <stdbool.h>
#include <stdint.h>

/* A port of 127.0.0.1 that nobody listens on. It lies outside the range the kernel gives to
 * connections, and a lock file keeps other test processes away from it until this process (and
 * those it forked) ended: so it is still free when the server asks for it. */
uint16_t ports_take(void);

/* Does somebody accept connections there? */
bool ports_answer(uint16_t port);

#endif /* WEIR_TEST_PORTS_H */
