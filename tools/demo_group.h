/* Who owns which partition, how far is it, and how long did it stand still? */
#ifndef WEIR_TOOLS_DEMO_GROUP_H
#define WEIR_TOOLS_DEMO_GROUP_H

#include "tools/demo_orders.h"
#include "tools/demo_plan.h"

enum { DEMO_REBALANCES_MAX = 12, DEMO_CAUSE_SIZE = 48 };

/* Told what members and handlers do, and when; knows no clock. Thread: one at a time. */
enum demo_member_state {
    DEMO_MEMBER_ABSENT,
    DEMO_MEMBER_RUNNING,
    DEMO_MEMBER_LEAVING,
    DEMO_MEMBER_LEFT,
    DEMO_MEMBER_KILLED,
    DEMO_MEMBER_FAILED
};

struct demo_member_row {
    enum demo_member_state state;
    uint32_t partitions;
    uint32_t in_flight;
    uint64_t handled;
    enum demo_color color;
    bool refused;   /* its last commit was */
    bool doomed;    /* dies at the start of a batch, when it has its hands full */
    bool hung;      /* its handlers do not return any more */
    uint32_t stuck; /* how many of them */
};

struct demo_partition {
    int owner;    /* -1: nobody */
    int previous; /* the last owner, -1: none yet */
    uint32_t in_flight;
    int64_t end;       /* the offset after the last acknowledged order */
    int64_t committed; /* the group's, as the members were told */
    int64_t done_to;   /* the offset after the furthest finished one */
    int64_t last_end_ns;
    int64_t calm_ns;     /* when what the last pause left was worked off */
    bool standing;       /* assigned or not, no handler started since the last owner */
    bool behind;         /* works off what a pause left */
    bool refused;        /* the last owner ended with a refused commit */
    bool lost;           /* the last owner lost it with its session */
    int64_t replay_from; /* where this tenure began, and */
    int64_t replay_to;   /* what was finished before it: in between lies what comes again */
    enum demo_repeat reason;
};

struct demo_rebalance {
    char cause[DEMO_CAUSE_SIZE];
    const char
        *outcome; /* of the switch that this was a part of; NULL: none, or it has not ended */
    bool failed;  /* it is another outcome than was asked for */
    int64_t began_ns;
    int64_t settled_ns;                    /* 0: not yet */
    int64_t pause_ns[DEMO_PARTITIONS_MAX]; /* -1: did not pause, or nothing came after it */
};

struct demo_group {
    uint32_t members;
    uint32_t partitions;
    struct demo_member_row member[DEMO_MEMBERS_MAX];
    struct demo_partition partition[DEMO_PARTITIONS_MAX];
    struct demo_rebalance rebalance[DEMO_REBALANCES_MAX];
    uint32_t rebalances;
    bool colored;           /* a rebalance is what a switch moves, and nothing else is one */
    enum demo_color wanted; /* who is to have everything then */
    bool settled;           /* every partition has an owner who is alive, and of the wanted color */
    bool closed;            /* what happens from now on is no rebalance but the end */
    int64_t lag_max;        /* of a partition that is not behind */
    char cause[DEMO_CAUSE_SIZE];
    bool noticed;               /* members that stay hand back what they have */
    uint32_t crash_in_flight;   /* begun by the killed member and not finished */
    uint32_t crash_uncommitted; /* finished by it, and not committed as far as it knew */
};

void demo_group_init(struct demo_group *group, const struct demo_plan *plan, int64_t now_ns);

/* What the next rebalance will be blamed on. */
void demo_group_expect(struct demo_group *group, const char *cause);
/* Of colors: everything moves to this one from now on; and how the switch has ended that this, and
 * perhaps what was before it, is a part of. */
void demo_group_turn(struct demo_group *group, const char *cause, enum demo_color wanted,
                     int64_t now_ns);
void demo_group_end_turn(struct demo_group *group, const char *outcome, bool failed);
void demo_group_enter(struct demo_group *group, int member, enum demo_member_state state);
void demo_group_kill(struct demo_group *group, int member, int64_t now_ns);

void demo_group_assign(struct demo_group *group, int member, int32_t partition, int64_t position,
                       int64_t now_ns);
/* `lost`: taken away, with what was not committed. */
void demo_group_release(struct demo_group *group, int member, int32_t partition, bool lost,
                        int64_t now_ns);
/* A member that stays was told to hand something back. */
void demo_group_notice(struct demo_group *group, int member, int64_t now_ns);
void demo_group_unsettle(struct demo_group *group, int64_t now_ns);
void demo_group_commit(struct demo_group *group, int member, int32_t partition, int64_t position,
                       int64_t now_ns);
void demo_group_refuse(struct demo_group *group, int member);

/* False when the member is dead: what its threads still do did not happen. */
bool demo_group_start(struct demo_group *group, int member, int32_t partition, uint32_t count,
                      int64_t now_ns);
/* Completes what is known of the completion. False as above. */
bool demo_group_finish(struct demo_group *group, int member, struct demo_completion *completion,
                       int64_t produced_ns);

static inline const char *demo_color_name(enum demo_color color)
{
    return color == DEMO_BLUE ? "blue" : "green";
}

static inline char demo_member_name(int member)
{
    return (char)(member < 0 ? '-' : 'a' + member);
}

#endif /* WEIR_TOOLS_DEMO_GROUP_H */
