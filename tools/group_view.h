/* What is known of a group: its members, and where it stands in each partition? */
#ifndef WEIR_TOOLS_GROUP_VIEW_H
#define WEIR_TOOLS_GROUP_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What cannot be learnt is unknown, and nothing is made of it: no offset is ever -1 for whoever
 * reads what the command prints. Who fills it in is in group_source.h. Pure. Thread: one at a time.
 * Memory: the heap, freed by fini; zeroed is empty. */
enum { WEIR_VIEW_UNKNOWN = -1, WEIR_VIEW_NOBODY = -1 };

struct weir_view_partition {
    char *topic;
    int32_t partition;
    int32_t owner;     /* index of the member that has it, or WEIR_VIEW_NOBODY */
    int32_t allotted;  /* index of the member that is to have it, or WEIR_VIEW_NOBODY: not known */
    int32_t leader;    /* the broker to ask for its offsets, or WEIR_VIEW_NOBODY */
    int64_t committed; /* the next offset to consume, or WEIR_VIEW_UNKNOWN */
    int64_t begin;     /* the first there is, or WEIR_VIEW_UNKNOWN */
    int64_t end;       /* the one after the last, or WEIR_VIEW_UNKNOWN */
    int64_t age_ms;    /* of the record at `committed`; 0: it waits for none; WEIR_VIEW_UNKNOWN */
    char *metadata;    /* committed with the offset; NULL: none */
    char *trouble;     /* why something is not known; NULL: nothing to say */
    char *holder;      /* who has it, and is no member; NULL: nobody like that */
    bool none;         /* it is known that nothing is committed */
    bool wanted;       /* there is a member for it, whoever has it now */
    /* Of a switch that is under way; WEIR_VIEW_UNKNOWN: nothing of the kind. */
    int64_t stop;        /* where the old color stops, as long as it has not handed it over */
    int64_t set_back_to; /* what is committed behind it comes again */
    bool left;           /* the old color reads it, and the new one does not */
};

/* Of a member the brokers know the first texts, of one in ZooKeeper it tells the others itself;
 * NULL: not known, or it has none. */
struct weir_view_member {
    char *id;
    char *client;
    char *host;
    char *instance; /* of a static member */
    char *strategy;
    char *rack;
    char *color;
    char *trouble;    /* why it is no member of weir's */
    int64_t capacity; /* or WEIR_VIEW_UNKNOWN */
    bool shadow;      /* its color stands by, and it handles copies meanwhile */
};

/* Of a switch that is under way. */
struct weir_view_request {
    char *id;   /* NULL: nothing is */
    char *from; /* NULL: no color was active */
    char *to;
    char *peer;  /* the group with the other half of a swap; NULL: it is none */
    bool stops;  /* the old color goes on up to its stop offsets */
    bool replay; /* offsets are set back */
};

/* Where a group's members meet. */
enum weir_view_meeting { WEIR_VIEW_KAFKA, WEIR_VIEW_ZOOKEEPER };

struct weir_view {
    enum weir_view_meeting meeting;
    char *state;            /* as Kafka calls it: Stable, Empty, Dead, ...; NULL: unknown */
    char *reason;           /* a sentence on the state; NULL: it needs none */
    char *assignor;         /* or the strategy that all have */
    char *coordinator;      /* "host:port", or zookeeper.connect; NULL: unknown */
    int32_t coordinator_id; /* of a broker */
    /* Of a group that is switched between colors. */
    const char *step;   /* of the switch, static; NULL: it has no record of one */
    char *active_color; /* NULL: none is */
    uint64_t epoch;
    struct weir_view_request request;
    struct weir_view_member *members;
    size_t member_count;
    struct weir_view_partition *partitions; /* by topic and number */
    size_t partition_count;
    int64_t time_ms; /* when this was looked at, since 1970 */
};

/* A member of whom nothing is known. The pointer is good until the next one is added. */
struct weir_view_member *weir_view_join(struct weir_view *view, const char *id);
/* Takes the topic. Everything else is unknown. The pointer is good until the next one is added. */
struct weir_view_partition *weir_view_add(struct weir_view *view, char *topic, int32_t partition);
/* After the last one was added, and before find. */
void weir_view_sort(struct weir_view *view);
/* NULL: there is none. */
struct weir_view_partition *weir_view_find(const struct weir_view *view, const char *topic,
                                           int32_t partition);
/* Drops those that are neither committed nor owned nor wanted, and of which that is certain. */
void weir_view_keep_used(struct weir_view *view);
/* Is there such a group? One that has no member and has committed nothing is as good as none. */
bool weir_view_exists(const struct weir_view *view);
/* Has it certainly no members, and nobody who owns anything? */
bool weir_view_is_idle(const struct weir_view *view);
/* Is this member, named by what it keeps over its lives (weir_group_source_member), there and one
 * of weir's? */
bool weir_view_has_member(const struct weir_view *view, const char *name);
/* A group of a newer protocol than the library's has members that cannot be learnt. */
bool weir_view_members_known(const struct weir_view *view);
/* Records between committed and end, or WEIR_VIEW_UNKNOWN. */
int64_t weir_view_lag(const struct weir_view_partition *partition);
/* Offsets between committed and where it is set back to; 0: it is not, WEIR_VIEW_UNKNOWN. */
int64_t weir_view_again(const struct weir_view_partition *partition);
void weir_view_fini(struct weir_view *view);

/* Of one topic, or of all with a topic of NULL. */
struct weir_view_total {
    const char *topic;
    int64_t lag; /* of those where it is known */
    size_t partitions;
    size_t unknown; /* those where it is not */
};
/* `from` is the index of the topic's first partition; returns the next topic's. */
size_t weir_view_topic_total(const struct weir_view *view, size_t from,
                             struct weir_view_total *out);
void weir_view_total(const struct weir_view *view, struct weir_view_total *out);

#endif /* WEIR_TOOLS_GROUP_VIEW_H */
