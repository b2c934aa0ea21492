/* Which partitions would each member of a group get? */
#ifndef WEIR_PLAN_H
#define WEIR_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/export.h>
#include <weir/status.h>
#include <weir/strategy.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A group as somebody knows it, put together in any order. All text is copied. Thread: one at a
 * time per view. */
struct weir_view;

struct weir_view_member {
    size_t size; /* sizeof (struct weir_view_member) */
    const char *id;
    const char *const *topics; /* a topic that the view does not have is none, one twice is one */
    size_t topic_count; /* with 0, and `partitions`: it subscribes to the topics named there */
    uint32_t capacity;  /* 0 means 1 */
    const char *rack;   /* NULL when it has none; so the others */
    const char *color;
    const char *partitions;
};

/* WEIR_ERR_NOMEM. Destroy accepts NULL. */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_view_create(struct weir_view **out);
WEIR_API void weir_view_destroy(struct weir_view *view);

/* Until the view is finished. WEIR_ERR_NOMEM; WEIR_ERR_INVALID with a sentence for what no broker
 * has: a name that is none, an empty id, or more than a view holds (10000 members, 100000 topics,
 * 1048576 partitions). A topic without partitions is no topic. */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_view_add_topic(struct weir_view *view,
                                                              const char *name, int64_t partitions,
                                                              struct weir_error *error);
WEIR_API WEIR_MUST_CHECK enum weir_status
weir_view_add_member(struct weir_view *view, const struct weir_view_member *member,
                     struct weir_error *error);

/* What a member has of a topic, whether or not it is to have it still. */
struct weir_view_owned {
    const char *member; /* one that the view does not have has left */
    const char *topic;
    const uint32_t *partitions;
    size_t count;
};
/* Partitions that do not exist are ignored, and what two members claim is nobody's.
 * WEIR_ERR_NOMEM. */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_view_add_owned(struct weir_view *view,
                                                              const struct weir_view_owned *owned);
/* The switch between colors; never called, there is none. WEIR_ERR_NOMEM. */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_view_set_color(struct weir_view *view,
                                                              const char *color, uint64_t epoch);

/* What strategies are asked with; nothing can be added from now on. WEIR_ERR_INVALID when an id or
 * a topic was added twice, WEIR_ERR_NOMEM. Borrowed until destroy. */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_view_finish(struct weir_view *view,
                                                           const struct weir_strategy_view **out,
                                                           struct weir_error *error);
/* Does the partition (an index as in `owned`) change hands when `owner` gets it? It does when a
 * member had it, be it one that has left, and another one gets it. What nobody had, or nobody gets,
 * does not move. Of a finished view. */
WEIR_API bool weir_view_moves(const struct weir_view *view, size_t partition, uint32_t owner);

/* A strategy of weir's own by its name, or NULL; and all of them, NULL behind the last. */
WEIR_API const struct weir_strategy *weir_strategy_find(const char *name);
WEIR_API const struct weir_strategy *weir_strategy_list(size_t index);

/* A strategy in use: one of weir's own, or a plug-in's. */
struct weir_strategy_source;

/* `text` is the name of a strategy, or the path of a shared object, which has a slash or ends in
 * ".so". WEIR_ERR_NOT_FOUND when there is none of that name, WEIR_ERR_PLUGIN as for handlers,
 * WEIR_ERR_NOMEM. Close accepts NULL; a plug-in's code stays mapped. */
WEIR_API WEIR_MUST_CHECK enum weir_status
weir_strategy_open(const char *text, struct weir_strategy_source **out, struct weir_error *error);
WEIR_API void weir_strategy_close(struct weir_strategy_source *source);
/* Borrowed until close. */
WEIR_API const struct weir_strategy *
weir_strategy_opened(const struct weir_strategy_source *source);

/* Asks the strategy and looks at its answer: as `assign`, and WEIR_ERR_PLUGIN when it gave a
 * partition to somebody who is not there or does not subscribe to it. A view without members has no
 * owners, and no strategy is asked. What is in `owners` after an error means nothing. */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_strategy_ask(const struct weir_strategy *strategy,
                                                            const struct weir_strategy_view *view,
                                                            uint32_t *owners,
                                                            struct weir_error *error);

#ifdef __cplusplus
}
#endif

#endif /* WEIR_PLAN_H */
