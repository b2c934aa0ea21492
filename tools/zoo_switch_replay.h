/* How does the way back begin where the switch began, and not where it ended? */
#ifndef WEIR_TOOLS_ZOO_SWITCH_REPLAY_H
#define WEIR_TOOLS_ZOO_SWITCH_REPLAY_H

#include "tools/zoo_switch_snapshot.h"
#include "tools/zoo_switch_write.h"

/* The offsets of the snapshot are written in one transaction with the step that makes the color
 * active which is to handle those records again: so they are set back once, or not at all, whoever
 * dies when. Before it nobody owns anything, and nobody may claim: the mode is TOGETHER, and the
 * color that hands over is empty. What a member of that color writes late, whose session ended,
 * comes before it, and is read again, or is refused: the transaction finds the offset of each
 * partition of the snapshot as it was read, and raises its fence. An offset is set back only, never
 * on; a partition that is not in the snapshot, or that has no offset any more, is left as it is.
 * Thread: one at a time. */

/* A partition of the snapshot, as it is now. */
struct weir_switch_replay_row {
    const char *topic; /* borrowed from the snapshot */
    int32_t partition;
    bool behind; /* the offset is behind what is committed: it is set back to that */
    int64_t committed;
    int64_t offset;
    size_t node; /* index of its first node */
};

/* Memory: the heap, freed by fini; zeroed is none. */
struct weir_switch_replay {
    struct weir_switch_replay_row *rows;
    size_t count;
    size_t behind;                   /* how many of them are */
    int64_t records;                 /* that come again, of all */
    struct weir_zoo_questions nodes; /* offset and fence of each partition of the snapshot */
};

/* Reads where the partitions of the snapshot stand. The exit code, and it is said:
 * WEIR_EXIT_TRY_AGAIN: there is no room for all of them in one transaction, wherever they stand. */
int weir_switch_replay_look(struct weir_switching *switching,
                            const struct weir_switch_snapshot *snapshot,
                            struct weir_switch_replay *out);
void weir_switch_replay_fini(struct weir_switch_replay *replay);
/* Loads the snapshot of the switch of this id, and looks; `replay` borrows from it. The exit code,
 * and it is said: WEIR_EXIT_TRY_AGAIN: also that it is not there any more. */
int weir_switch_replay_load(struct weir_switching *switching, const char *id,
                            struct weir_switch_snapshot *snapshot,
                            struct weir_switch_replay *replay);
/* Is there room for all of these in one transaction? The exit code, and it is said. */
int weir_switch_replay_judge_room(const struct weir_switch_replay *const *all, size_t count);
/* The parts of a transaction by which it comes about: each node is to be as it was read. */
void weir_switch_replay_add(const struct weir_switch_replay *replay,
                            struct weir_zoo_question *question);

/* In words, or as one line of JSON. */
void weir_switch_replay_show(const struct weir_switching *switching,
                             const struct weir_switch_replay *replay);

/* Writes `next`, by which the switch is handed over, and the offsets. As weir_switching_write. */
int weir_switching_set_back(struct weir_switching *switching, const struct weir_switch *next,
                            enum weir_switch_written *out);

#endif /* WEIR_TOOLS_ZOO_SWITCH_REPLAY_H */
