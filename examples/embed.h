/* What do embed_poll, embed_epoll and embed_uv have in common? All but the loop. */
#ifndef EXAMPLES_EMBED_H
#define EXAMPLES_EMBED_H

#include <weir/consumer.h>

enum { EMBED_SNAPSHOT_MS = 1000 };

/* Makes and starts a consumer with the settings that the arguments are, each KEY=VALUE. NULL, and
 * it has said why. SIGINT and SIGTERM must be blocked, or handled so that it does not matter which
 * thread gets them: librdkafka's threads inherit the mask of this one. */
struct weir_consumer *embed_start(int argc, char **argv);

/* When the events' descriptor is readable: prints those that came. */
void embed_show_events(struct weir_consumer *consumer);
/* Now and then: prints where it stands. */
void embed_show_snapshot(struct weir_consumer *consumer);
/* When a signal came: the first one drains, the second does not wait for handlers. */
void embed_stop(struct weir_consumer *consumer);
/* After the consumer's descriptor was readable, and nobody watches it any more: prints what is left
 * and frees it. Returns the exit code. NULL is fine. */
int embed_end(struct weir_consumer *consumer);

#endif /* EXAMPLES_EMBED_H */
