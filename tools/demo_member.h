/* What does one member of the demonstration do? */
#ifndef WEIR_TOOLS_DEMO_MEMBER_H
#define WEIR_TOOLS_DEMO_MEMBER_H

#include "tools/demo_ledger.h"

/* A consumer in this process, with a handler that takes a few milliseconds per order and writes
 * into the ledger what it did. Thread: the main one. */
struct demo_member;

struct demo_member_options {
    int number;
    uint64_t seed;
    const char *bootstrap;
    const char *group;
    const struct weir_zoo_demo *zoo; /* NULL: the members meet by the brokers' protocol */
    const char *connect;             /* with zoo: its zookeeper.connect */
    bool mortal;                     /* likewise: its session is a short one */
    const char *color;               /* likewise */
    struct demo_ledger *ledger;      /* outlives the member */
    bool verbose;                    /* its log goes to standard error */
};

/* Creates and starts it. */
WEIR_MUST_CHECK enum weir_status demo_member_create(const struct demo_member_options *options,
                                                    struct demo_member **out,
                                                    struct weir_error *error);

/* The three ways to end: finish, commit and leave; or without a word. They return at once; a
 * thread waits for the end, tells the ledger, and destroys the consumer. The second call does
 * nothing. */
void demo_member_leave(struct demo_member *member);
void demo_member_kill(struct demo_member *member);

/* Leaves, unless it has ended, and waits. NULL is fine. */
void demo_member_destroy(struct demo_member *member);

#endif /* WEIR_TOOLS_DEMO_MEMBER_H */
