/* How does the command ask ZooKeeper, and wait for the answers? */
#ifndef WEIR_TOOLS_ZOO_TALK_H
#define WEIR_TOOLS_ZOO_TALK_H

#include "framework/zoo.h"
#include "tools/zoo_questions.h"

/* One session after another, as long as somebody asks. Nothing is made but what is asked for: not
 * the chroot either, which is why it is in the paths here and not in the session. Thread: one at a
 * time. Memory: the heap, freed by close. */
struct weir_zoo_talk;

/* The world it is in; tests have another one, and the demonstration another library. Without `now`
 * and `wait` its time is the real one. */
struct weir_zoo_world {
    const struct weir_zoo_library *library;
    weir_time (*now)(void);
    /* Until `until`, or until the descriptor is readable: whichever comes first. */
    void (*wait)(int woken, weir_time until);
};

/* Somebody who asks by himself, whatever else is asked meanwhile. Hears of each change of state, of
 * each watch, and of the answers to what it asked, with the time at which that is. */
struct weir_zoo_listener {
    void (*hear)(const struct weir_zoo_event *event, weir_time now, void *user);
    /* Connected: what is to be asked can be submitted now. */
    void (*ask)(struct weir_zoo *zoo, void *user);
    void *user;
};

/* The configuration's servers; `world` NULL is the real one. Connects when it is asked something.
 * Borrows both. WEIR_EXIT_OK, or the exit code; then it has said why. */
int weir_zoo_talk_open(const struct weir_config *config, const struct weir_zoo_world *world,
                       struct weir_zoo_talk **out);
/* NULL is accepted. */
void weir_zoo_talk_close(struct weir_zoo_talk *talk);

/* zookeeper.connect. Borrowed until close. */
const char *weir_zoo_talk_address(const struct weir_zoo_talk *talk);
/* With the chroot before it. The caller frees it. */
char *weir_zoo_talk_path(const struct weir_zoo_talk *talk, const char *path);
/* Answers until then. */
void weir_zoo_talk_allow(struct weir_zoo_talk *talk, int64_t timeout_ms);
/* By the clock of its world. */
weir_time weir_zoo_talk_now(const struct weir_zoo_talk *talk);
/* Nothing is asked for so long; the session goes on. */
void weir_zoo_talk_pause(struct weir_zoo_talk *talk, int64_t pause_ms);
/* One at a time; borrowed until the next one. NULL: nobody. Returns the first of 2^32 tags, which
 * nobody else has or had: what an earlier one asked is answered to nobody. */
uint64_t weir_zoo_talk_listen(struct weir_zoo_talk *talk, const struct weir_zoo_listener *listener);
/* Until each is answered. A connection that breaks costs time: what only reads is asked again, and
 * of what writes it is not known then. WEIR_EXIT_UNAVAILABLE: it is too late; said. */
int weir_zoo_talk_ask(struct weir_zoo_talk *talk, struct weir_zoo_questions *questions);
/* The same for what only reads, and each must be allowed: OK or ABSENT. */
int weir_zoo_talk_read(struct weir_zoo_talk *talk, struct weir_zoo_questions *questions);

#endif /* WEIR_TOOLS_ZOO_TALK_H */
