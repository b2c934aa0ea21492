/* How does a test put a whole group on a stage, and how is the play judged? */
#ifndef WEIR_TEST_SCENE_H
#define WEIR_TEST_SCENE_H

#include <check.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/export.h>

#include "test/support/admin_kafka.h"
#include "test/support/kafka.h"
#include "test/support/ledger.h"
#include "test/support/member.h"
#include "test/support/produce_kafka.h"
#include "test/support/verify.h"

enum { SCENE_MEMBERS_MAX = 32, SCENE_TOPICS_MAX = 4 };

/* Of the running test: a folder, a topic, a group and what was produced, all its own. Made before
 * each test and struck after it, with every member that still runs. Thread: main. */
struct scene {
    const char *bootstrap;
    struct kafka *kafka;
    struct admin *admin;
    struct ledger *ledger; /* all that was produced */
    char *folder;
    char *group;
    char *topics[SCENE_TOPICS_MAX]; /* the first is the one that everything speaks of */
    size_t topic_count;
    struct member *members[SCENE_MEMBERS_MAX];
    size_t member_count;
    char **strings;
    size_t string_count;
};

extern struct scene scene;

/* For programs that are no suite: a scene on this cluster, and its end. The suite does both. */
void scene_open(struct kafka *kafka);
void scene_close(void);

/* A suite of tests that share one Kafka, NULL being kafka_share's. To be returned from main. */
struct scene_suite {
    const char *name;
    const struct kafka_options *kafka; /* of a Kafka of its own; NULL: the shared one */
    const struct kafka_options *apart; /* each test has such a Kafka of its own, and may hurt it */
    const TTest *const *tests;
    size_t count;
    int seconds; /* that one may take; 0: 180 */
    int loops;   /* each test runs that often, with _i = 0, 1, ...; 0: once */
};
int scene_run(const struct scene_suite *suite);
#define SCENE_RUN(suite_name, list)                                                                \
    scene_run(&(struct scene_suite){                                                               \
        .name = (suite_name), .tests = (list), .count = sizeof(list) / sizeof((list)[0])})
/* The same with other fields of the suite. */
#define SCENE_RUN_WITH(suite_name, list, ...)                                                      \
    scene_run(&(struct scene_suite){.name = (suite_name),                                          \
                                    .tests = (list),                                               \
                                    .count = sizeof(list) / sizeof((list)[0]),                     \
                                    __VA_ARGS__})

/* "bootstrap.servers=..." of a listener of this name (kafka.h). */
const char *scene_listener(const char *name);

/* A string that lives as long as the scene. */
const char *scene_text(const char *format, ...) WEIR_PRINTF(1, 2);

/* A topic of this name's own; returns its name, which is scene.topics[...]. */
const char *scene_create_topic(int partitions);
/* With "name=value" settings of its own, up to a NULL. */
const char *scene_create_topic_with(int partitions, const char *const *config);

/* Into the first topic unless options->topic says otherwise. Acknowledged on return. */
void scene_produce(const struct produce_options *options);
/* `count` records of `keys` keys (0: none), over all partitions in turn or by key. */
void scene_produce_many(uint64_t count, uint32_t keys);
/* Takes a ledger in that the test got in another way. Takes the ledger. */
void scene_add_ledger(struct ledger *ledger);

/* A member of scene.group on the first topic with test/plugins/chaos.so, unless the settings
 * ("key=value", up to a NULL) say otherwise. */
struct member *scene_start(const char *name, const char *const *settings);
#define SCENE_START(name, ...) scene_start((name), (const char *const[]){__VA_ARGS__, NULL})
/* The same with other arguments of `weir run` too. */
struct member *scene_start_with(const struct member_options *options);
/* No group, no topics: only brokers and handler are given. */
struct member *scene_start_bare(const struct member_options *options);

/* While the gate of a partition is closed, chaos.so's batches of that partition do not end: what
 * runs is in flight for as long as the test likes. The same number is held in every topic. */
void scene_close_gate(int32_t partition);
void scene_open_gate(int32_t partition);

/* Until the members have completed so many records together, counting what comes again. */
void scene_await_completed(uint64_t records);
/* Until they completed everything that was produced. */
void scene_await_all(void);
/* Until every partition is committed up to its end: for members that may handle a record again, and
 * so complete as many as were produced before they completed each. */
void scene_await_committed(void);
void scene_await_committed_within(int64_t ms);
/* SIGTERM to all that run, then each must end cleanly. */
void scene_stop_all(void);

/* The judgement: verify over the whole ledger and every stream, and the same by what the handlers
 * themselves wrote down. Ledger and streams need not be filled in. Returns the duplicates. */
uint64_t scene_judge(const struct verify_options *options);
#define SCENE_JUDGE(...) ((void)scene_judge(&(struct verify_options){__VA_ARGS__}))
/* What other clients see: every partition of the topics is committed up to its end. */
void scene_expect_committed(void);

#endif /* WEIR_TEST_SCENE_H */
