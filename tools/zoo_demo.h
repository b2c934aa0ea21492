/* How does the demonstration get at the ZooKeeper of its two colors? */
#ifndef WEIR_TOOLS_ZOO_DEMO_H
#define WEIR_TOOLS_ZOO_DEMO_H

#include <stdbool.h>
#include <stdint.h>
#include <weir/consumer.h>

/* The stand-in of zoo_standin.h, or real servers; and the group's switches there, asked for and
 * looked at as `weir switch` does it. What goes wrong is said on standard error, and the exit code
 * for it is returned. Thread: the main one, but for consumer. Memory: the heap, freed by close. */
struct weir_zoo_demo;

enum { WEIR_ZOO_DEMO_TEXT_SIZE = 201 };

/* `connect` NULL: the stand-in, which is opened, too. */
int weir_zoo_demo_open(const char *connect, const char *group, struct weir_zoo_demo **out);
/* No member is left. With real servers nothing of the group stays there. NULL is accepted. */
void weir_zoo_demo_close(struct weir_zoo_demo *demo);

/* For zookeeper.connect of the members; `mortal`: of the one that may be cut. Borrowed until close.
 */
const char *weir_zoo_demo_connect(const struct weir_zoo_demo *demo, bool mortal);
/* The mortal member, of this weir.member.id, is gone, and said nothing. */
void weir_zoo_demo_cut(struct weir_zoo_demo *demo, const char *member);
/* weir_consumer_create, for one that meets the others there. Thread: any. */
WEIR_MUST_CHECK enum weir_status weir_zoo_demo_consumer(const struct weir_zoo_demo *demo,
                                                        const struct weir_config *config,
                                                        const struct weir_consumer_options *options,
                                                        struct weir_consumer **out,
                                                        struct weir_error *error);

struct weir_zoo_demo_sight {
    uint32_t members;                      /* of both colors */
    char active[WEIR_ZOO_DEMO_TEXT_SIZE];  /* "": none yet */
    char to[WEIR_ZOO_DEMO_TEXT_SIZE];      /* of the switch that is under way; "": none is */
    char blocked[WEIR_ZOO_DEMO_TEXT_SIZE]; /* what that waits for */
    const char *step;                      /* its name, static */
    uint64_t epoch;
    uint32_t ended;      /* how many switches have */
    const char *outcome; /* of the last of them, static; NULL: none has */
};

int weir_zoo_demo_look(struct weir_zoo_demo *demo, struct weir_zoo_demo_sight *out);
/* weir switch plan --to COLOR: is nothing in the way? */
int weir_zoo_demo_plan(struct weir_zoo_demo *demo, const char *color, bool *ready);
/* weir switch apply --to COLOR --health MS --execute */
int weir_zoo_demo_apply(struct weir_zoo_demo *demo, const char *color, int64_t health_ms);
/* weir switch rollback --execute */
int weir_zoo_demo_rollback(struct weir_zoo_demo *demo);

#endif /* WEIR_TOOLS_ZOO_DEMO_H */
