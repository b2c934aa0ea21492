/* What do the parts of the ZooKeeper store share? */
#ifndef WEIR_FRAMEWORK_STORE_ZOOKEEPER_STATE_H
#define WEIR_FRAMEWORK_STORE_ZOOKEEPER_STATE_H

#include "framework/base/mutex.h"
#include "framework/stored_rows.h"
#include "framework/znode.h"
#include "framework/zoo.h"
#include "offsets/store.h"

/* What a request was for; with it goes a number in the tag. */
enum weir_offset_tag {
    WEIR_TAG_NOBODY,
    WEIR_TAG_SYNC,
    WEIR_TAG_LOAD,
    WEIR_TAG_LOOK,
    WEIR_TAG_WRITE,
    WEIR_TAG_FORGET
};

enum weir_entry_step { WEIR_ENTRY_TO_SEND, WEIR_ENTRY_SENT, WEIR_ENTRY_SETTLED };

/* One position of a commit. */
struct weir_offset_entry {
    struct weir_stored_row *row;
    int32_t fence; /* of the claim under which the offset was reached, or WEIR_STORE_NO_FENCE */
    enum weir_entry_step step;
};

struct weir_offset_load;

struct weir_store_zookeeper {
    struct weir_store store; /* first */
    struct weir_store_env env;
    const char *group;    /* the configuration's */
    struct weir_zoo *zoo; /* NULL: none, opened again at reopen_at */
    weir_time reopen_at;
    struct weir_stored_rows rows;
    bool forgets; /* there may be rows to be forgotten */

    struct weir_mutex mutex; /* guards the loads, which are called on side threads */
    pthread_cond_t loaded;
    struct weir_offset_load *loads;
    uint32_t next_serial;

    struct weir_offset_entry *entries; /* of the commit that is out */
    struct weir_position *answer;
    size_t entry_count;
    size_t unsettled;
    bool committing;
    const struct weir_stored_row *rooted; /* the folders above it are on their way, or NULL */
    char text[WEIR_ERROR_TEXT_SIZE];      /* why the first position that failed did */
};

static inline uint64_t weir_offset_tag_make(enum weir_offset_tag kind, uint32_t serial,
                                            size_t index)
{
    return (uint64_t)kind << 56 | (uint64_t)(serial & 0xffffff) << 32 | (uint32_t)index;
}

static inline const char *weir_offset_why(const struct weir_zoo_event *event)
{
    return event->text != NULL ? event->text : "it failed";
}

bool weir_store_zookeeper_connected(const struct weir_store_zookeeper *store);

/* store_zookeeper_commit.c: control's writes. */
enum weir_status weir_store_zookeeper_commit(struct weir_store *store,
                                             const struct weir_position *positions, size_t count,
                                             struct weir_error *error);
void weir_store_zookeeper_forget(struct weir_store *store, const struct weir_position *positions,
                                 size_t count);
/* Sends what waits to be sent. */
void weir_store_zookeeper_write(struct weir_store_zookeeper *store);
/* An answer to a look, a write or a deletion. */
void weir_store_zookeeper_written(struct weir_store_zookeeper *store,
                                  const struct weir_zoo_event *event);

/* store_zookeeper_load.c: its side of control; and load itself, for side threads. */
void weir_store_zookeeper_read(struct weir_store_zookeeper *store);
void weir_store_zookeeper_heard(struct weir_store_zookeeper *store,
                                const struct weir_zoo_event *event);
/* The session is over: what was not answered in it is asked in the next. */
void weir_store_zookeeper_read_again(struct weir_store_zookeeper *store);
enum weir_status weir_store_zookeeper_load(struct weir_store *store,
                                           struct weir_position *positions, size_t count,
                                           int64_t timeout_ms, struct weir_error *error);

#endif /* WEIR_FRAMEWORK_STORE_ZOOKEEPER_STATE_H */
