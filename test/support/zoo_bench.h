/* How does one suite talk to every ZooKeeper library? */
#ifndef WEIR_TEST_ZOO_BENCH_H
#define WEIR_TEST_ZOO_BENCH_H

#include "framework/zoo.h"
#include "test/support/gate.h"
#include <stdbool.h>

/* What a library needs around it, and what the world does to it. All of it acts on the servers, as
 * others would, and is in force on return. */
struct zoo_setting {
    const struct weir_zoo_library *library;
    void (*open)(void); /* before each test, and after it */
    void (*close)(void);
    const char *(*connect)(void); /* for zookeeper.connect; a chroot of the test's own is added */
    void (*await)(struct gate *wakes, uint64_t value); /* until it was woken so often */
    void (*cut)(void);    /* breaks the connection, and none can be made until mend */
    void (*mend)(void);   /* also undoes freeze */
    void (*freeze)(void); /* no server answers, nor does the connection break */
    void (*expire)(int64_t session);
    bool (*closed)(void); /* is what was closed over, to the library's last thread? */
    /* Paths begin with the chroot. */
    void (*create)(const char *path, const char *data);
    void (*set)(const char *path, const char *data);
    void (*remove)(const char *path);
    int64_t (*owner)(const char *path); /* 0 of no session's, -1 when it is not there */
};

/* An event, copied while it was borrowed. Strings live until the next one. */
struct zoo_seen {
    struct weir_zoo_event event; /* its pointers are to the copies */
    char *path;
    char *data;
    char *names; /* sorted, separated by commas */
    char *text;
};

struct zoo_bench {
    const struct zoo_setting *setting;
    struct weir_config *config;
    struct weir_report report;
    struct weir_zoo *zoo;
    struct gate wakes;
    uint64_t woken; /* of the wakes that were answered with a poll to the end */
    weir_time now;  /* only the tests move it */
    struct zoo_seen seen;
    char *chroot;
    uint64_t lines; /* in the log */
    char last_line[256];
};

extern struct zoo_bench zoo_bench;

/* Before and after each test. The configuration is made; nothing is opened. */
void zoo_bench_set_up(const struct zoo_setting *setting);
void zoo_bench_tear_down(void);
/* Opens with a session timeout; 0: as the configuration has it. */
void zoo_bench_open(int64_t timeout_ms);
/* Waits until it is connected, too. */
void zoo_bench_connect(int64_t timeout_ms);
/* Closes, and waits until all of it is over. */
void zoo_bench_close(void);

/* The next event; the test fails when none comes. */
const struct weir_zoo_event *zoo_next(void);
/* The next event, if there is one now. */
bool zoo_poll(void);
/* It must be this. */
void zoo_expect_state(enum weir_zoo_state state);
void zoo_expect_changed(const char *path);
const struct weir_zoo_event *zoo_expect_answer(uint64_t tag, enum weir_zoo_result result);
/* Nothing is on its way but what a request of our own brings. */
void zoo_expect_quiet(void);

/* Must be taken. */
void zoo_submit(struct weir_zoo_request request);
/* Submits, and expects this result as the next event. */
const struct weir_zoo_event *zoo_do(struct weir_zoo_request request, enum weir_zoo_result result);
#define ZOO_DO(result, ...) zoo_do((struct weir_zoo_request){__VA_ARGS__}, (result))
#define ZOO_SUBMIT(...)     zoo_submit((struct weir_zoo_request){__VA_ARGS__})

/* What is tried. */
struct weir_zoo *zoo_tested(void);
/* Requests that must succeed: a node is made; a node says this. */
void zoo_make_node(const char *path, const char *data);
void zoo_expect_data(const char *path, const char *data);

/* A path of the library's, as the servers have it. Borrowed until the next call. */
const char *zoo_path(const char *path);

/* The simulated one, sim_zoo.h. It has one timeout, and no time but its own. */
extern const struct zoo_setting zoo_setting_sim;

/* The demonstration's stand-in, tools/zoo_standin.h. */
extern const struct zoo_setting zoo_setting_standin;

/* Debian's server: one for the program, started by the first and stopped at the end. */
void zoo_setting_zookeeper_start(void);
void zoo_setting_zookeeper_stop(void);
extern const struct zoo_setting zoo_setting_zookeeper;
/* Of the running test, for what only this library is asked. */
struct proxy *zoo_setting_zookeeper_proxy(void);
struct zookeeper_admin *zoo_setting_zookeeper_admin(void);

#endif /* WEIR_TEST_ZOO_BENCH_H */
