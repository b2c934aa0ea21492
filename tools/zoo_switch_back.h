/* May a switch be taken back after its end? */
#ifndef WEIR_TOOLS_ZOO_SWITCH_BACK_H
#define WEIR_TOOLS_ZOO_SWITCH_BACK_H

#include "tools/zoo_switch_replay.h"
#include "tools/zoo_switch_sight.h"
#include "tools/zoo_switch_snapshot.h"

/* A switch that is done is taken back by another one, to the color that it came from. Which that
 * is, and until when, says the snapshot that was written with it. Asked for again and again it is
 * still one way back, and never a way there again. */
enum weir_switch_way_back {
    WEIR_SWITCH_WAY_NONE, /* the last switch did not come about, or was the first, or keeps none */
    WEIR_SWITCH_WAY_OPEN,
    WEIR_SWITCH_WAY_ASKED, /* it is under way, or was gone */
    WEIR_SWITCH_WAY_CLOSED /* the window is over */
};

struct weir_switch_back {
    enum weir_switch_way_back way;
    const struct weir_switch_past *of; /* the switch that is taken back, borrowed from the record;
                                          NULL: NONE, or forgotten by now */
    char id[WEIR_SWITCH_ID_SIZE];      /* of the switch that takes it back */
    const char *to;                    /* borrowed likewise */
    int64_t until_ms;                  /* OPEN, CLOSED: since 1970, by the clock of who ended it */
};

/* Pure. `snapshot` NULL: there is none. */
struct weir_switch_back weir_switch_back_judge(const struct weir_switch *record,
                                               const struct weir_switch_snapshot *snapshot,
                                               int64_t wall_ms);

/* May the switch that is taken back begin where its snapshot says? Looks where its partitions
 * stand. The exit code, and it is said. */
int weir_switch_back_replay(struct weir_switching *switching,
                            const struct weir_switch_snapshot *snapshot,
                            struct weir_switch_replay *out);
/* It has no offset to begin at; and by now none would be set back. The exit code, and it is said.
 */
int weir_switch_back_refuse_empty(void);
void weir_switch_back_warn_level(void);
/* It is asked for as `snapshot` says, and not as it is now; the exit code. */
int weir_switch_back_refuse_asked(const struct weir_switch_snapshot *snapshot);
/* There is nothing that a replay would be of; the exit code. */
int weir_switch_back_refuse_replay(void);
/* Says that the window is over; the exit code. */
int weir_switch_back_refuse(const struct weir_switch_back *back);
/* Says until when the way is open, and by what id it is gone. */
void weir_switch_back_tell(const struct weir_switching *switching,
                           const struct weir_switch_back *back);

/* weir switch rollback, when the last switch is over: asks for the way back, follows it, or
 * refuses, and *code is the exit code. False: there is nothing of that kind to be done. */
bool weir_switching_go_back(struct weir_zoo_group *group, const struct weir_switch_wish *wish,
                            FILE *out, int *code);

#endif /* WEIR_TOOLS_ZOO_SWITCH_BACK_H */
