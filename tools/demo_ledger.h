/* What happened in the demonstration, as its producer and its handlers wrote it down? */
#ifndef WEIR_TOOLS_DEMO_LEDGER_H
#define WEIR_TOOLS_DEMO_LEDGER_H

#include "tools/demo_group.h"
#include "tools/demo_orders.h"
#include "tools/zoo_demo.h"
#include <weir/event.h>

/* The book of orders and the picture of the group behind one lock; it also takes the time.
 * Thread: any. */
struct demo_ledger;

WEIR_MUST_CHECK enum weir_status demo_ledger_create(const struct demo_plan *plan,
                                                    struct demo_ledger **out);
void demo_ledger_destroy(struct demo_ledger *ledger);

int64_t demo_now_ns(void);

/* The producer's side. -1: no more orders. */
int64_t demo_ledger_order(struct demo_ledger *ledger);
void demo_ledger_report(struct demo_ledger *ledger, int64_t seq, int32_t partition, int64_t offset);
void demo_ledger_close_orders(struct demo_ledger *ledger);

/* The members' side. */
/* False when the member is dead: then it must do nothing. */
bool demo_ledger_start(struct demo_ledger *ledger, int member, int32_t partition, uint32_t count);
/* seq, offset, partition and customer are set. False when the member died meanwhile: then it has
 * not happened. */
bool demo_ledger_finish(struct demo_ledger *ledger, int member, struct demo_completion completion);
void demo_ledger_event(struct demo_ledger *ledger, int member, const struct weir_event *event);

/* The director's side. */
void demo_ledger_expect(struct demo_ledger *ledger, const char *cause);
void demo_ledger_enter(struct demo_ledger *ledger, int member, enum demo_member_state state);
/* What comes is the end, not a rebalance. */
void demo_ledger_close_group(struct demo_ledger *ledger);
/* It dies as soon as it has something in its hands. */
void demo_ledger_doom(struct demo_ledger *ledger, int member);
/* Its handlers do what they do and do not return, until it is killed or the group is closed. */
void demo_ledger_hang(struct demo_ledger *ledger, int member);
/* As demo_group_turn and demo_group_end_turn. */
void demo_ledger_turn(struct demo_ledger *ledger, const char *cause, enum demo_color wanted);
void demo_ledger_end_turn(struct demo_ledger *ledger, const char *outcome, bool failed);
void demo_ledger_kill(struct demo_ledger *ledger, int member);

struct demo_picture {
    struct demo_group group;
    int64_t now_ns;
    uint64_t orders; /* given */
    uint64_t acked;
    uint64_t not_acked;
    uint64_t handled;
    uint64_t repeats;
    bool failed;                              /* a member did by itself */
    const struct weir_zoo_demo_sight *colors; /* NULL: there are none. Borrowed from the director */
};
void demo_ledger_look(struct demo_ledger *ledger, struct demo_picture *out);

/* Why the first member failed; empty when none did. */
void demo_ledger_failure(struct demo_ledger *ledger, char *text, size_t size);

/* Every order has its delivery report. */
bool demo_ledger_all_reported(struct demo_ledger *ledger);

/* Once nobody writes any more. Borrowed until destroy. */
const struct demo_orders *demo_ledger_orders(const struct demo_ledger *ledger);

#endif /* WEIR_TOOLS_DEMO_LEDGER_H */
