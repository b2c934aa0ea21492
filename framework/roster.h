/* Who is a member of a ZooKeeper group, and what do they say of themselves? */
#ifndef WEIR_FRAMEWORK_ROSTER_H
#define WEIR_FRAMEWORK_ROSTER_H

#include "framework/registration.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What was last read of /consumers/<group>/ids and of the nodes in it. Pure, but for memory.
 * Thread: control. Memory: the heap. */
enum weir_roster_state {
    WEIR_ROSTER_UNREAD, /* to be read, or read again */
    WEIR_ROSTER_ASKED,
    WEIR_ROSTER_READ,
    WEIR_ROSTER_REFUSED, /* a stranger's, or damaged: no member */
    WEIR_ROSTER_NEWER    /* of a weir that we do not understand */
};

struct weir_roster_member {
    char *id;
    uint64_t number; /* never used again */
    enum weir_roster_state state;
    bool changed; /* while it was asked for */
    struct weir_registration registration;
};

struct weir_roster {
    struct weir_roster_member **members; /* sorted by id, bytewise */
    size_t count;
    uint64_t numbered;
};

/* Members that are not named go, new ones are unread, or refused when no weir has such a name: such
 * a node is not asked for. WEIR_ERR_NOMEM: nothing changed. `changed` says whether anything did. */
WEIR_MUST_CHECK enum weir_status
weir_roster_list(struct weir_roster *roster, const char *const *names, size_t count, bool *changed);
/* NULL: nobody of that name, or number. */
struct weir_roster_member *weir_roster_find(const struct weir_roster *roster, const char *id);
struct weir_roster_member *weir_roster_numbered(const struct weir_roster *roster, uint64_t number);
/* Is every node read? */
bool weir_roster_complete(const struct weir_roster *roster);
void weir_roster_fini(struct weir_roster *roster);

#endif /* WEIR_FRAMEWORK_ROSTER_H */
