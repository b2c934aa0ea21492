/* What do the parts of control share? */
#ifndef WEIR_FRAMEWORK_CONTROL_STATE_H
#define WEIR_FRAMEWORK_CONTROL_STATE_H

#include "emitters/emitter.h"
#include "framework/catalog.h"
#include "framework/control.h"
#include "framework/dead_letter.h"
#include "framework/holding.h"
#include "framework/inquiry.h"
#include "framework/loop.h"
#include "framework/rebalance.h"
#include "offsets/committer.h"
#include "strategies/static.h"

enum weir_control_phase {
    WEIR_CONTROL_PROBING, /* asks the cluster about the topics, for as long as it takes */
    WEIR_CONTROL_MEMBER,
    WEIR_CONTROL_LEAVING, /* everything is handed back */
    WEIR_CONTROL_ENDED
};

enum weir_control_request {
    WEIR_REQUEST_DRAIN = 1,
    WEIR_REQUEST_CLOSE = 2,
    WEIR_REQUEST_ABANDON = 4,
    WEIR_REQUEST_FAIL = 8
};

/* Partitions that are about to be ours, and are not yet (control_prefill.c). */
struct weir_prefill {
    struct weir_holdings held;   /* their slots wait to hear where they begin */
    struct weir_resolve *next;   /* to be asked where the records of these begin */
    struct weir_resolve *asked;  /* it runs */
    struct weir_resolve *answer; /* to be opened */
    bool unwanted;               /* what is asked: its answer counts for nothing */
    bool told;                   /* the coordinator knows that there is nothing to wait for */
    uint32_t awaited;            /* of those held: there is something, and none of it has come */
};

/* Dead letters on their way (control_letters.c). */
struct weir_post {
    struct weir_dead_letters *letters; /* NULL: the policy is another one */
    struct weir_dead_letter *first;    /* not sent yet */
    struct weir_dead_letter *last;
    weir_time again_at; /* there was no room */
    int64_t wait_ms;    /* the last such pause; 0: there was room since */
    bool told_full;     /* since all were sent */
    bool closed;        /* nothing is sent any more */
};

struct weir_control {
    struct weir_control_options options;
    struct weir_loop *loop;
    struct weir_mailbox mailbox;
    struct weir_requests requests; /* of enum weir_control_request */
    struct weir_flag stopping;     /* for side jobs */
    struct weir_mutex mutex;
    struct weir_error failure;       /* guarded by the mutex */
    bool all_closed;                 /* guarded by the mutex: ended, and no slot lives */
    pthread_cond_t closed;           /* all_closed became true */
    struct weir_question *questions; /* guarded by the mutex */
    pthread_cond_t answered;         /* one of them */

    enum weir_control_phase phase;
    enum weir_state state;
    struct weir_error why; /* of an end that is not clean */
    struct weir_client *client;
    struct weir_coordinator *coordinator;
    struct weir_store *store;
    bool joined;
    bool greeting; /* its question runs */
    bool store_open;
    bool fenced; /* the store writes for whoever owns a partition, and for nobody else */
    bool shadow; /* what is held, and assigned now, is somebody else's: handled as a copy */

    struct weir_probe *probe; /* the one that runs */
    weir_time probe_at;       /* when to ask again */
    int64_t probe_wait_ms;    /* since the last time */
    weir_time started_at;

    struct weir_selection *selection; /* of weir.topics; NULL: partitions are configured */
    struct weir_catalog catalog;      /* what is there of it */
    struct weir_inquiry *inquiry;     /* the one that runs */
    weir_time look_at;                /* when to ask again what is there */
    int64_t look_wait_ms;             /* since the last time; 0: that was answered */

    struct weir_holdings holdings;
    struct weir_holding *closing; /* out of the table; their slots still live */
    uint32_t plugged_closing;     /* of those, how many still have their source */
    uint32_t restarts;            /* resolves under way for a single holding */
    uint32_t strays;              /* of those, how many for a holding that is gone */
    uint32_t next_fetcher;
    struct weir_rebalance rebalance;
    const struct weir_switch_stops *stops; /* the coordinator's; NULL: none */
    struct weir_resolve *revoked;          /* what the coordinator waits for in one piece: a copy */
    size_t given_away;                     /* of those, at the end of the list: lost meanwhile */

    struct weir_resolve *resolve; /* of an assignment: runs, waits to be tried again, or is done */
    bool resolve_runs;
    bool resolve_done;
    bool resolve_lost; /* some of what was assigned is lost since: it is declined */
    weir_time resolve_at;
    weir_time announced_at; /* the assignment that was announced last */
    struct weir_prefill prefill;
    bool assigned_once;
    weir_time joins_since; /* 0: not yet */
    weir_time join_due;    /* the next line about it */
    bool small_budget_said;
    bool restart_seen; /* some holding was restarting */

    struct weir_committer committer;
    struct weir_meter *meter;
    struct weir_emitters *emitters;
    struct weir_requests emission;        /* not 0: asked for */
    struct weir_measurement *measurement; /* room for one */
    weir_time emit_at;
    struct weir_position *commit_list; /* of the request that is out */
    size_t commit_capacity;

    struct weir_post post;

    bool abandoned;
    bool failed;
    bool unclean;       /* a finished record could not be committed before we stopped */
    uint32_t overdue;   /* partitions whose handlers were given up while we stopped, */
    uint32_t cut_short; /* and those of them because a switch waits for no handler */
    bool left;
    weir_time leave_deadline;
};

/* control_start.c: probing and joining. */
weir_time weir_control_probe(struct weir_control *control, weir_time now);

/* control_greet.c: brokers are connected to before they are needed. `list`: of weir.partitions. */
void weir_control_greet(struct weir_control *control, const struct weir_static *list);

/* control_topics.c: what is there of weir.topics. */
enum weir_status weir_control_select(struct weir_control *control, struct weir_error *error);
/* With room for so many named topics; NULL when out of memory. */
struct weir_inquiry *weir_control_inquire(struct weir_control *control, size_t named);
void weir_control_name_selected(const struct weir_control *control, struct weir_listing *listing);
/* The catalog follows the answer. WEIR_ERR_NOMEM: it does not. */
enum weir_status weir_control_learn(struct weir_control *control, struct weir_inquiry *inquiry,
                                    bool *changed);
void weir_control_say_undecided(struct weir_control *control, const struct weir_inquiry *inquiry);
/* The coordinator hears of the catalog. */
void weir_control_tell_topics(struct weir_control *control);
void weir_control_look_later(struct weir_control *control, weir_time now);
/* Looks again when its time has come; returns when that is. */
weir_time weir_control_look(struct weir_control *control, weir_time now);

/* control_assign.c: partitions come. */
void weir_control_assigned(const struct weir_position *positions, size_t count, void *control);
/* Goes on with an assignment that waits; returns when it wants to be asked again. */
weir_time weir_control_open_assigned(struct weir_control *control, weir_time now);
/* Where do the partitions of an assignment start? */
void weir_control_ask_start(struct weir_control *control, struct weir_resolve *resolve);
/* Is it no use to ask again? */
bool weir_control_is_final(const struct weir_resolve *resolve);
/* A partition's commits begin at `position`. */
void weir_control_begin_commits(struct weir_control *control, struct weir_holding *holding,
                                int64_t position, const struct weir_resolved *resolved);

/* control_prefill.c: partitions that are about to come. */
/* All of them from now on; what was prefilled before is let go. */
void weir_control_prefill(const struct weir_position *positions, size_t count, void *control);
void weir_control_go_on_prefilling(struct weir_control *control);
/* They come, or the topics are others: nothing more is opened for them. `all`: nor kept. */
void weir_control_end_prefill(struct weir_control *control, bool all);
/* Lets go of what cannot begin where it is to. */
void weir_control_drop_unfit(struct weir_control *control, const struct weir_resolve *resolve);
/* It is held from now on, if it is prefilled; else NULL. */
struct weir_holding *weir_control_adopt(struct weir_control *control,
                                        const struct weir_position *position);
/* What was adopted goes its way. */
void weir_control_begin_adopted(struct weir_control *control, struct weir_holding *holding,
                                int64_t offset);
/* Something of it came. */
void weir_control_warmed(struct weir_control *control, struct weir_holding *holding);
void weir_control_prefill_fini(struct weir_control *control);

/* control_return.c: partitions go. */
extern const struct weir_rebalance_ops weir_control_rebalance_ops;
void weir_control_revoked(const struct weir_position *positions, size_t count, void *control);
void weir_control_cut_short(void *control);
void weir_control_lost(const struct weir_position *positions, size_t count, void *control);
void weir_control_gone(const struct weir_position *positions, size_t count, void *control);
void weir_control_return_all(struct weir_control *control, weir_time now);
/* What the client library gives away while it is being handed back is lost: no handler begins, none
 * is waited for, and nothing of it is committed any more. */
void weir_control_disown(struct weir_control *control);

/* control_halt.c: partitions that go on up to a stop offset and no further. */
void weir_control_halt(const struct weir_switch_stops *stops, void *control);
/* INT64_MAX: it has none. */
int64_t weir_control_stop_of(const struct weir_control *control,
                             const struct weir_holding *holding);
/* A fetcher says that it is at this one, or past it. */
void weir_control_halted(struct weir_control *control, struct weir_holding *holding,
                         int64_t offset);
/* What is handed back elsewhere than at its stop offset. */
void weir_control_say_halts(struct weir_control *control, const struct weir_position *positions,
                            size_t count);

/* control_shadow.c: what is somebody else's, and is handled as a copy. */
/* Asks the coordinator; while nothing is held, it may have changed. */
void weir_control_follow_shadow(struct weir_control *control);
/* In place of the committer. `committed`: WEIR_OFFSET_NONE where nothing is. */
void weir_control_begin_shadow(struct weir_holding *holding, int64_t position, int64_t committed);
void weir_control_discard(struct weir_control *control, struct weir_holding *holding,
                          int64_t watermark);
/* They do not exist any more: the store hears of it, if they were ours. */
void weir_control_forget(struct weir_control *control, const struct weir_position *positions,
                         size_t count);
/* As configured, but that no policy stops a shadow. */
enum weir_start weir_control_start_policy(const struct weir_control *control);
enum weir_out_of_range weir_control_range_policy(const struct weir_control *control);
enum weir_failure_policy weir_control_failure_policy(const struct weir_control *control);

/* control_slots.c: control's end of the line to the fetchers. */
/* False when out of memory: the holding has no slot then. */
bool weir_control_plug(struct weir_control *control, struct weir_holding *holding, int64_t offset);
void weir_control_close_holding(struct weir_control *control, struct weir_holding *holding);
/* Of one that is in no table any more, and whose tenure says so. */
void weir_control_close_slot(struct weir_control *control, struct weir_holding *holding);
void weir_control_read_mail(struct weir_control *control, weir_time now);

/* control_letters.c: dead letters are written. */
enum weir_status weir_control_open_letters(struct weir_control *control, struct weir_error *error);
/* Of a fetcher. */
void weir_control_take_letter(struct weir_control *control, struct weir_dead_letter *letter);
/* Sends and brings home; returns when it wants to be asked again. */
weir_time weir_control_serve_letters(struct weir_control *control, weir_time now);
/* Nothing more is sent, and what is under way is given up: all of it comes home. */
void weir_control_purge_letters(struct weir_control *control);
/* All came home. */
void weir_control_close_letters(struct weir_control *control);

/* control_restart.c: a position that does not exist, or is not known yet. */
void weir_control_out_of_range(struct weir_control *control, struct weir_holding *holding,
                               int64_t offset);
/* Ours, but nobody could say where it starts: asked until somebody can. */
void weir_control_await_start(struct weir_control *control, struct weir_holding *holding);
/* Its slot is closed: find out where to go on. */
void weir_control_restart(struct weir_control *control, struct weir_holding *holding);
weir_time weir_control_retry_restarts(struct weir_control *control, weir_time now);

/* control_commit.c: watermarks go to the store. */
void weir_control_moved(struct weir_control *control, struct weir_holding *holding,
                        int64_t watermark, weir_time now);
weir_time weir_control_commit(struct weir_control *control, weir_time now);
void weir_control_committed(enum weir_status status, const struct weir_position *positions,
                            size_t count, const char *text, void *control);
/* When the store wants to be served. */
weir_time weir_control_store_due(const struct weir_control *control);

/* control_snapshot.c: gives everybody who asked what is known now. */
void weir_control_answer(struct weir_control *control);
/* The same for control itself. Rows come in any order. */
enum weir_status weir_control_picture(const struct weir_control *control,
                                      struct weir_snapshot **out);

/* control_vitals.c: how we do, for the coordinator. */
bool weir_control_measure(struct weir_vitals_reading *out, void *control);

/* control_emit.c: what is measured is told. */
enum weir_status weir_control_open_emitters(struct weir_control *control);
void weir_control_close_emitters(struct weir_control *control);
/* What was asked for, and the status if its time has come; returns when that is. */
weir_time weir_control_emit(struct weir_control *control, weir_time now);
/* For the last time, on its way into that state. */
void weir_control_emit_end(struct weir_control *control, enum weir_state state);

/* control_say.c */
/* What is joined, with what; then, as long as nothing is assigned, what is waited for. Returns when
 * it wants to be asked again. */
weir_time weir_control_say_joining(struct weir_control *control, weir_time now);
void weir_control_say_total(struct weir_control *control);
void weir_control_say_spans(struct weir_control *control, enum weir_event_kind kind,
                            const struct weir_position *positions, size_t count);

#endif /* WEIR_FRAMEWORK_CONTROL_STATE_H */
