/* Who owns which partition? */
#ifndef WEIR_STRATEGY_H
#define WEIR_STRATEGY_H

#include <stddef.h>
#include <stdint.h>
#include <weir/export.h>
#include <weir/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A strategy is a pure function from a view of the group to an owner for each partition. Every
 * member computes it alone and must come to the same answer from the same view, so a strategy knows
 * nothing but its arguments: no clock, no random numbers, no state between two calls.
 *
 * A plug-in is a shared object that exports one symbol, made by WEIR_STRATEGY. It links nothing of
 * weir. Structures grow only at the end and say their size (views in `member_size` and
 * `topic_size`); a different WEIR_STRATEGY_ABI is refused before the group is joined. */
enum { WEIR_STRATEGY_ABI = 1 };
#define WEIR_STRATEGY_MAGIC  UINT64_C(0x7765697273747261) /* "weirstra" */
#define WEIR_STRATEGY_SYMBOL "weir_strategy_plugin"

/* No member: of a partition without an owner. */
#define WEIR_STRATEGY_NOBODY UINT32_MAX

struct weir_strategy_topic {
    const char *name;
    uint32_t partitions; /* at least 1: numbered from 0 */
    uint32_t first;      /* index of partition 0 in the arrays of the view; then one by one */
};

struct weir_strategy_member {
    const char *id;         /* unique in the view */
    const uint32_t *topics; /* what it subscribes to: indices into the view's topics, ascending */
    size_t topic_count;
    uint32_t capacity;      /* relative to the others', at least 1 */
    const char *rack;       /* client.rack, NULL when it has none */
    const char *color;      /* weir.color, NULL when it has none */
    const char *partitions; /* its weir.partitions, as written; NULL when it has none */
};

/* Borrowed for the call. Members are sorted by id, topics by name, both bytewise, so the order in
 * which a member heard of them does not matter. */
struct weir_strategy_view {
    const struct weir_strategy_member *members;
    size_t member_count; /* at least 1 */
    size_t member_size;  /* stride of members, at least sizeof members[0] */
    const struct weir_strategy_topic *topics;
    size_t topic_count;
    size_t topic_size; /* stride of topics */
    /* The previous owner of each partition as an index of a member, or WEIR_STRATEGY_NOBODY. */
    const uint32_t *owned;
    size_t partition_count; /* of all topics together: the length of owned */
    uint64_t epoch;         /* of the blue/green switch; 0 when there never was one */
    const char *color;      /* the color that is active, NULL when there is none */
};

static inline const struct weir_strategy_member *
weir_strategy_member_at(const struct weir_strategy_view *view, size_t index)
{
    const char *base = (const char *)view->members;
    return (const struct weir_strategy_member *)(const void *)(base + view->member_size * index);
}

static inline const struct weir_strategy_topic *
weir_strategy_topic_at(const struct weir_strategy_view *view, size_t index)
{
    const char *base = (const char *)view->topics;
    return (const struct weir_strategy_topic *)(const void *)(base + view->topic_size * index);
}

struct weir_strategy {
    const char *name; /* letters, digits, '-', '_' */
    /* Writes the owner of every partition to `owners` (`partition_count` of them, each
     * WEIR_STRATEGY_NOBODY before the call): the index of a member that subscribes to the topic.
     * WEIR_ERR_NOMEM, or WEIR_ERR_CONFIG with a sentence when the view cannot be divided as asked:
     * what is owned stays as it is then. Thread: any, also several at once; does not block. */
    enum weir_status (*assign)(const struct weir_strategy_view *view, uint32_t *owners,
                               struct weir_error *error);
};

/* What the exported symbol holds. */
struct weir_strategy_plugin {
    uint64_t magic;         /* WEIR_STRATEGY_MAGIC */
    uint32_t abi;           /* WEIR_STRATEGY_ABI */
    uint32_t plugin_size;   /* of this structure */
    uint32_t strategy_size; /* of struct weir_strategy */
    uint32_t view_size;     /* of struct weir_strategy_view */
    struct weir_strategy strategy;
};

/* Defines the exported symbol; once per plug-in, at file scope:
 *     WEIR_STRATEGY(.name = "nearest", .assign = assign)
 * Before C++20, which has no designators, name the slots in order. */
#ifdef __cplusplus
#define WEIR_STRATEGY_LINKAGE extern "C"
#else
#define WEIR_STRATEGY_LINKAGE extern
#endif
#define WEIR_STRATEGY(...)                                                                         \
    WEIR_STRATEGY_LINKAGE WEIR_API const struct weir_strategy_plugin weir_strategy_plugin;         \
    const struct weir_strategy_plugin weir_strategy_plugin = {                                     \
        WEIR_STRATEGY_MAGIC,                                                                       \
        WEIR_STRATEGY_ABI,                                                                         \
        (uint32_t)sizeof(struct weir_strategy_plugin),                                             \
        (uint32_t)sizeof(struct weir_strategy),                                                    \
        (uint32_t)sizeof(struct weir_strategy_view),                                               \
        {__VA_ARGS__}};

#ifdef __cplusplus
}
#endif

#endif /* WEIR_STRATEGY_H */
