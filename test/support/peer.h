/* What does a client meet when its address leads to something that is no Kafka? */
#ifndef WEIR_TEST_PEER_H
#define WEIR_TEST_PEER_H

#include <stdint.h>
#include <weir/export.h>

enum peer_manner {
    PEER_SILENT,       /* takes everything, answers nothing */
    PEER_HANGS_UP,     /* closes each connection as it comes */
    PEER_SPEAKS_HTTP,  /* answers with a line of text */
    PEER_SPEAKS_FIRST, /* greets with a line of text */
    PEER_SPEAKS_NOISE, /* frames of the right form, with the right number and random bytes */
    PEER_MANNERS
};

/* Listens on a loopback port of its own. It has no thread: it only moves while peer_serve is
 * called, so the test calls it in whatever it waits with. Thread: main. */
struct peer;

WEIR_MUST_CHECK struct peer *peer_start(enum peer_manner manner);
void peer_stop(struct peer *peer); /* NULL is accepted */
/* "127.0.0.1:port". Borrowed until peer_stop. */
const char *peer_address(const struct peer *peer);
/* Answers what is there, without waiting. Returns how many connections came so far. */
uint64_t peer_serve(struct peer *peer);

#endif /* WEIR_TEST_PEER_H */
