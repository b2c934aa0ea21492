/* What do the parts of the simulated cluster share? */
#ifndef WEIR_TEST_SIM_STATE_H
#define WEIR_TEST_SIM_STATE_H

#include "framework/dead_letter.h"
#include "offsets/store.h"
#include "test/support/sim_cluster.h"
#include <pthread.h>
#include <stdatomic.h>

/* Included by sim_*.c only. Three kinds of locks, taken in this order: the cluster's, a
 * partition's, the carrier's. A consumer is woken with the first two held, so that nobody is woken
 * after the end; what wakes it only signals. Workers and fetchers meet no lock of ours but their
 * partition's, lest the thread sanitizer take our locks for the engine's. */

enum {
    SIM_TOPIC_SIZE = 32,
    SIM_SUBSCRIPTION_SIZE = 128,
    SIM_MEMBERS_MAX = 64,
    SIM_TAKERS_MAX = 64,
    SIM_ARRIVE_BY = 300,
    SIM_TRUTH = -2
};

/* A record of a log, for ever. */
struct sim_entry {
    int64_t offset;
    uint32_t seq; /* of the partition's records */
    uint32_t keys;
    uint32_t weight;
    atomic_uint attempts;
    atomic_uint completions;
    atomic_bool excused;
};

/* What a value holds. */
struct sim_value {
    uint64_t magic;
    struct sim_entry *entry;
    int64_t offset;
    int32_t partition;
    char topic[SIM_TOPIC_SIZE];
};

enum { SIM_KEY_SIZE = 24, SIM_VALUE_MAGIC = 0x77656972 };

/* A message that a consumer took. Never freed, so that whoever uses it twice is caught. */
struct sim_message {
    struct sim_message *next; /* of its source */
    struct sim_member *member;
    atomic_int releases;
    struct sim_payload *payload; /* freed at the release */
};

struct sim_payload {
    struct sim_value value;
    char key[SIM_KEY_SIZE];
    bool keyed;
};

struct sim_member;

/* One member's side of one partition. */
struct sim_claim {
    struct sim_partition *partition; /* whose mutex guards all below */
    struct sim_member *member;
    struct sim_source *source; /* the open one */
    bool assigned;
    bool prefetched; /* assigned, but not the member's yet */
    bool ended;      /* the position does not exist: nothing comes until a seek */
    bool range_due;
    bool end_due;
    int64_t fetched; /* what is below was taken */
    int64_t arrived; /* what is below is here */
    int64_t end_told;
    enum weir_status complaint; /* to be handed over next */
    const char *complaint_text;
    bool carried; /* waits for the carrier; guarded by the carrier's mutex */
    struct sim_claim *next_carried;
};

struct sim_source {
    struct weir_source source; /* first */
    struct sim_source *next;   /* of all of the member's, closed ones too */
    struct sim_claim *claim;
    int64_t position;
    weir_wake_fn *wake;
    void *wake_user;
    struct sim_message *messages;
    bool closed;
    bool bound; /* to the thread that uses it */
    pthread_t thread;
};

struct sim_partition {
    pthread_mutex_t mutex;
    char topic[SIM_TOPIC_SIZE];
    int32_t number;
    struct sim_entry **entries;
    size_t count;
    size_t capacity;
    struct sim_entry **cut; /* messages may still speak of them */
    size_t cut_count;
    int64_t start;
    int64_t end;
    size_t frontier; /* entries below are completed or excused, or below the base */
    uint32_t openings;
    struct sim_claim *claims[SIM_MEMBERS_MAX];
    /* Guarded by the cluster's mutex. */
    struct sim_member *owner;
    const struct sim_member *given_by; /* who hands it back still, though it is not its any more */
    int64_t stored;
    int64_t base;     /* the lowest position it was ever assigned at; INT64_MAX */
    bool hidden;      /* from look_up */
    bool deleted;     /* found only while there is no other one of that name */
    int64_t told_end; /* by the client; SIM_TRUTH: as it is */
    enum weir_status mute;
    bool was_mute; /* once, so it may be left out of an assignment */
    uint32_t refusals;
    enum weir_status refusal;
};

struct sim_event {
    struct sim_event *next;
    enum weir_client_event_kind kind;
    enum weir_status status;
    struct weir_position *positions;
    size_t count;
    char text[WEIR_ERROR_TEXT_SIZE];
};

/* Guarded by the cluster's mutex. */
struct sim_member {
    struct weir_client client; /* first */
    unsigned number;
    struct weir_client_options options;
    pthread_t control;
    bool subscribed;
    char subscription[SIM_SUBSCRIPTION_SIZE];
    bool leaving;
    bool left;
    bool fatal;
    bool destroyed;
    uint64_t polls;
    bool may_restart;         /* so it was told since the last poll, and did not use it yet */
    struct sim_event *events; /* oldest first */
    struct sim_event *unanswered;
    struct sim_event *lent; /* positions of the last poll */
    struct sim_source *sources;
    uint32_t assigned;
    uint32_t prefetched;
    atomic_int_fast64_t messages_out;
    /* The store that this member opened. */
    struct weir_store_env store_env;
    bool store_open;
    bool sending; /* between begin and end of a commit */
    struct weir_position *answer;
    size_t answer_count;
    enum weir_status answer_status;
    bool answer_due;
};

struct sim_written;

struct sim_fault {
    enum weir_status status;
    uint32_t times;
    uint64_t calls;
    bool held;
    bool endless; /* held calls do not run out of time */
    uint32_t waiting;
    uint64_t cancellations;
};

struct sim {
    bool open;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct sim_partition **partitions;
    size_t partition_count;
    struct sim_member *members[SIM_MEMBERS_MAX];
    unsigned member_count;
    const char *forgotten; /* a topic, borrowed */
    uint32_t forgets;
    bool incremental;
    bool empty_allowed;
    uint64_t empty_answers;
    bool early;
    atomic_uint arrive_by;
    struct sim_fault faults[SIM_OPS];
    uint64_t nth;
    uint64_t nth_calls;
    enum sim_op failed;
    struct sim_written *written; /* letters that were acknowledged */
    uint64_t letters_out;        /* under way */

    pthread_t carrier;
    pthread_mutex_t carrier_mutex;
    pthread_cond_t carrier_work;
    struct sim_claim *carried;
    bool carrier_stops;
};

extern struct sim sim;

/* sim_cluster.c */
void sim_lock(void);
void sim_unlock(void);
struct sim_partition *sim_find(const char *topic, int32_t partition);
bool sim_is(const struct sim_partition *partition, const char *topic, int32_t number);

typedef void sim_each_fn(struct sim_partition *partition, void *user);
void sim_each(const char *list, sim_each_fn *fn, void *user);
/* The index of the first entry at `offset` or above. The partition is locked. */
size_t sim_entry_at(const struct sim_partition *partition, int64_t offset);
/* The cluster is locked: moves the frontier. */
int64_t sim_frontier_of(struct sim_partition *partition);

/* sim_faults.c; the cluster is locked. */
/* Counts a call; WEIR_OK unless it shall fail. */
enum weir_status sim_enter(enum sim_op op);

/* sim_store.c */
void *sim_native(struct weir_client *client);
bool sim_commit_begin(struct weir_client *client);
void sim_commit_end(struct weir_client *client);
/* Waits while the operation is held, at most timeout_ms and, unless NULL, until the flag is up:
 * WEIR_ERR_TIMEOUT. */
enum weir_status sim_linger(enum sim_op op, int64_t timeout_ms, const struct weir_flag *cancelled);

/* Fills in the error, returns the status; needs no lock. */
enum weir_status sim_refusal(enum weir_status status, enum sim_op op, struct weir_error *error);

/* sim_questions.c */
enum weir_status sim_probe(const struct weir_config *config, struct weir_listing *listing,
                           const struct weir_probe_patience *patience, struct weir_error *error);
enum weir_status sim_topics(struct weir_client *client, struct weir_listing *listing,
                            const struct weir_probe_patience *patience, struct weir_error *error);
enum weir_status sim_look_up(struct weir_client *client, const struct weir_lookup *question,
                             struct weir_position *positions, size_t count,
                             struct weir_error *error);

/* sim_source.c */
struct weir_source *sim_source_open(struct weir_client *client,
                                    const struct weir_position *position, weir_wake_fn *wake,
                                    void *wake_user);
uint32_t sim_source_take(struct weir_source *source, struct weir_fetched *out, uint32_t capacity);
void sim_source_close(struct weir_source *source);
int64_t sim_client_log_end(struct weir_client *client, const char *topic, int32_t partition);
void sim_message_view(const void *message, struct weir_record *out);
int sim_message_header(const void *message, size_t index, struct weir_header *out);
void sim_message_release(void *message);
/* The partition is locked. What is new in the log comes to the claim, now or soon. */
void sim_arrive(struct sim_claim *claim);
void sim_carry(struct sim_claim *claim);
/* Fetching begins at `offset`. The partition is locked. */
void sim_fetch_from(struct sim_claim *claim, int64_t offset);
/* Made when it is first asked for. The partition is locked. */
struct sim_claim *sim_claim_of(struct sim_member *member, struct sim_partition *partition);
void sim_carrier_start(void);
void sim_carrier_stop(void);

/* sim_store.c */
extern const struct weir_store_ops sim_store_ops;
void sim_answer_commits(void);

/* sim_assignment.c */
enum weir_status sim_client_assign(struct weir_client *client,
                                   const struct weir_position *positions, size_t count,
                                   struct weir_error *error);
enum weir_status sim_client_prefetch(struct weir_client *client,
                                     const struct weir_position *positions, size_t count,
                                     struct weir_error *error);
enum weir_status sim_client_unassign(struct weir_client *client,
                                     const struct weir_position *positions, size_t count,
                                     struct weir_error *error);
enum weir_status sim_client_restart(struct weir_client *client, const struct weir_position *one,
                                    const struct weir_position *held, size_t count,
                                    struct weir_error *error);
bool sim_client_may_restart(struct weir_client *client);
bool sim_client_gave_away(struct weir_client *client, const struct weir_position *position);
/* The cluster is locked. */
void sim_unassign_all(struct sim_member *member);

/* sim_letters.c */
enum weir_status sim_letters_create(const struct weir_dead_letters_options *options,
                                    struct weir_dead_letters **out, struct weir_error *error);
void sim_forget_letters(void);

/* sim_client.c */
struct sim_member *sim_member_at(unsigned number);
void sim_free_member(struct sim_member *member);
void sim_free_event(struct sim_event *event);
/* Blames who calls on another thread than control's, or after the end. The cluster is locked. */
void sim_check_control(const struct sim_member *member, const char *what);

#endif /* WEIR_TEST_SIM_STATE_H */
