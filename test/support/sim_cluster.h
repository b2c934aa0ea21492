/* How does a consumer run on a cluster that does exactly what a test says? */
#ifndef WEIR_TEST_SIM_CLUSTER_H
#define WEIR_TEST_SIM_CLUSTER_H

#include "framework/client.h"
#include <stdbool.h>
#include <stdint.h>
#include <weir/export.h>

/* One cluster in memory, of which the test is the brokers, the other members of the group and the
 * faults. Behind sim_library it is what librdkafka is behind weir_library_kafka, with threads like
 * it: records and wake-ups come from a thread of its own. It watches how it is used (messages
 * released once, rebalances answered once, no call after the end or on a wrong thread, no commit
 * of what is not owned or not done, ...); sim_close fails the test with what it saw.
 * Partitions are named as in weir.partitions, "orders:0-3,7"; members by number, from 0, in the
 * order in which consumers connect. Thread: the test's, unless a call says otherwise. */
extern const struct weir_library sim_library;

void sim_open(void);
void sim_close(void);
/* Something was used wrongly. Thread: any. */
void sim_blame(const char *format, ...) WEIR_PRINTF(1, 2);
/* Is there nothing to blame so far? */
bool sim_is_blameless(void);
/* How many times sim_blame was called, and the first sentence; forgets both. For tests of it. */
uint64_t sim_take_blame(char *text, size_t size);

/* The log. */

enum { SIM_NO_KEYS = 0 };

struct sim_batch {
    uint32_t records;
    uint32_t keys;   /* records have one of so many keys in turn; SIM_NO_KEYS: none has one */
    uint32_t step;   /* distance of offsets; 0 means 1 */
    uint32_t weight; /* bytes that a record claims to have, beside what it has; 0: none */
};

void sim_topic(const char *topic, int32_t partitions);
/* So many partitions in all from now on. */
void sim_grow(const char *topic, int32_t partitions);
/* The topic may be made again by sim_topic: none of its records come then, and no offset that was
 * committed. */
void sim_delete(const char *topic);
/* The next `times` answers about topics do not have it. */
void sim_forget(const char *topic, uint32_t times);
/* To every partition of the list. */
void sim_append(const char *list, struct sim_batch batch);
/* Offsets without records at the end of each: aborted transactions, control records. */
void sim_append_holes(const char *list, uint32_t offsets);
/* Retention: records below `first` are gone. */
void sim_trim(const char *list, int64_t first);
/* An unclean election: the log ends at `end` now. */
void sim_cut(const char *list, int64_t end);
/* The broker that is asked for offsets does not know the partitions. */
void sim_hide(const char *list);
/* Nobody says where the partitions begin or end: each look-up of them fails with `status`, and of
 * no other one. WEIR_OK: from now on it is answered. */
void sim_mute(const char *list, enum weir_status status);
/* The client says that there is something wrong with the partitions; it goes on by itself. */
void sim_complain(const char *list, enum weir_status status, const char *text);
/* What the client says it last heard of where the partitions end; -1: nothing. */
void sim_tell_end(const char *list, int64_t end);
/* Records arrive at the client so many at a time (default 300). */
void sim_arrive_by(uint32_t records);
/* A source that is opened announces records at once, on the thread that opens it and on another
 * one. (default: only once there are some) */
void sim_announce_early(bool early);

uint64_t sim_records(const char *list);
/* Of those, how many were completed by a handler at least once; or are excused (see sim_run.h). */
uint64_t sim_completed(const char *list);
/* How often handlers were given records of the list, and how often they completed one. */
uint64_t sim_attempts(const char *list);
uint64_t sim_completions(const char *list);
/* Records that are completed and not committed: the next owner would be given them again. */
uint64_t sim_uncommitted(const char *list);
/* The lowest offset that is neither completed nor excused; the end if there is none. */
int64_t sim_frontier(const char *topic, int32_t partition);
int64_t sim_log_end(const char *topic, int32_t partition);

/* The group. */

/* As cooperative-sticky does: partitions are added and taken away one by one. Default: all of them
 * at each rebalance. */
void sim_incremental(bool incremental);
/* A revocation may be answered with nothing, as when there was no memory to keep its partitions:
 * the library then takes them back when the group is left. How often it was. */
void sim_allow_empty_answers(void);
uint64_t sim_empty_answers(void);
void sim_await_members(unsigned members);
/* The next rebalance; the consumer hears of it once it has answered the one before. Waits for
 * nothing. */
void sim_assign(unsigned member, const char *list);
void sim_revoke(unsigned member, const char *list);
void sim_lose(unsigned member, const char *list);
/* Of a revocation that the consumer has heard of and not answered yet: the library joined anew, and
 * by that these are somebody else's. */
void sim_give_away(unsigned member, const char *list);
void sim_error(unsigned member, enum weir_status status, const char *text);
void sim_fatal(unsigned member, const char *text);
/* Waits until the member has answered everything. */
void sim_await_answered(unsigned member);
bool sim_is_answered(unsigned member);
/* How many partitions are the member's. */
uint32_t sim_assigned(unsigned member);
/* How many it fetches of those that are not, or not yet. */
uint32_t sim_prefetched(unsigned member);
uint64_t sim_polls(unsigned member);
/* Waits until it was polled so many times more, which a consumer that has nothing to do does about
 * once a second: for what must not happen. */
void sim_await_polls(unsigned member, uint64_t more);
/* What it subscribed to, separated by commas; "" before it did. Borrowed until sim_close. */
const char *sim_subscription(unsigned member);
bool sim_has_left(unsigned member);
bool sim_is_destroyed(unsigned member);
/* How often a source of the partition was opened, by whomever. */
uint32_t sim_openings(const char *topic, int32_t partition);
/* How many threads take records of these partitions, whichever are open and were read from. That
 * one partition is read by one thread only is checked everywhere. */
uint32_t sim_takers(const char *list);
/* Records that the consumer has and did not release. */
uint64_t sim_messages_out(void);

/* Faults. */

#define SIM_OP_TABLE(X)                                                                            \
    X(SIM_PROBE, "probe")                                                                          \
    X(SIM_TOPICS, "topics")                                                                        \
    X(SIM_CONNECT, "connect")                                                                      \
    X(SIM_SUBSCRIBE, "subscribe")                                                                  \
    X(SIM_ASSIGN, "assign")                                                                        \
    X(SIM_PREFETCH, "prefetch")                                                                    \
    X(SIM_UNASSIGN, "unassign")                                                                    \
    X(SIM_SOURCE_OPEN, "source_open")                                                              \
    X(SIM_LOOK_UP, "look_up")                                                                      \
    X(SIM_RESTART, "restart")                                                                      \
    X(SIM_MAY_RESTART, "question of a restart") /* told to fail: not now */                        \
    X(SIM_LEAVE, "leave")                       /* cannot fail, but takes its time */              \
    X(SIM_DESTROY, "destroy")                   /* the same; told to fail: something lives on */   \
    X(SIM_COMMIT_BEGIN, "begin of a commit")    /* told to fail: not now */                        \
    X(SIM_STORE_OPEN, "store open")                                                                \
    X(SIM_STORE_LOAD, "store load")                                                                \
    X(SIM_STORE_COMMIT, "store commit")                                                            \
    X(SIM_STORE_ANSWER, "answer of the store") /* to a commit: the reply is lost */                \
    X(SIM_LETTERS_OPEN, "opening of dead letters")                                                 \
    X(SIM_LETTER, "dead letter") /* told to fail with WEIR_ERR_FULL: there is no room */           \
    X(SIM_LETTER_ACK, "acknowledgement of a dead letter")

enum sim_op {
#define SIM_OP_ENUM(id, name) id,
    SIM_OP_TABLE(SIM_OP_ENUM)
#undef SIM_OP_ENUM
        SIM_OPS
};

const char *sim_op_name(enum sim_op op);
/* The next `times` calls fail with `status`; UINT32_MAX: all until told otherwise. */
void sim_fail(enum sim_op op, enum weir_status status, uint32_t times);
/* Of all calls that can fail, the nth from now on does; 0: none. */
void sim_fail_nth(uint64_t nth);
/* Which one that was, SIM_OPS if it has not come yet. */
enum sim_op sim_failed_op(void);
/* How often it was called. */
uint64_t sim_calls(enum sim_op op);
/* Calls of it begin and do not end until let go: probe, look_up, store load (these run out
 * of time as the real ones do), leave (never left), destroy, commit (accepted, no answer
 * yet). */
void sim_hold(enum sim_op op);
/* The same, but they do not run out of time: what can be cancelled ends by that alone. */
void sim_hold_endlessly(enum sim_op op);
/* How many held calls ended by being cancelled. */
uint64_t sim_cancellations(enum sim_op op);
void sim_let_go(enum sim_op op);
/* Waits until so many calls of it are held. */
void sim_await_held(enum sim_op op, uint32_t calls);

/* Dead letters, which outlive consumers, too. */

/* Sent, and neither acknowledged nor refused. */
uint64_t sim_letters_under_way(void);
/* How many letters were acknowledged that are of this record, or with -1 of this partition. */
uint64_t sim_letters(const char *topic, const char *origin, int32_t partition, int64_t offset);

/* The offset store, which outlives consumers. */

/* The next `times` commits of the partitions are refused, each for itself. */
void sim_refuse(const char *list, enum weir_status status, uint32_t times);
/* -1: none. */
int64_t sim_stored(const char *topic, int32_t partition);
void sim_store(const char *list, int64_t offset);
/* Waits until all records of the list are committed. */
void sim_await_stored(const char *list);

/* What a handler finds in a record: who it is, and where its books are. */
struct sim_value;
/* Fails the test's judgement unless the record is what was produced. Thread: any. */
const struct sim_value *sim_value_of(const struct weir_record *record);
/* A handler has it, a handler is done with it. Thread: any. */
void sim_note_attempt(const struct sim_value *value);
void sim_note_completed(const struct sim_value *value);
/* Passed over by a policy; all below `offset` when a position moved. Thread: any. */
void sim_excuse(const char *topic, int32_t partition, int64_t offset);
void sim_excuse_below(const char *topic, int32_t partition, int64_t offset);

/* Every record there is, for the ledger of a judge. */
struct ledger;
void sim_list_records(struct ledger *ledger);

#endif /* WEIR_TEST_SIM_CLUSTER_H */
