/* How do two groups that exchange their roles come to play on real servers? */
#ifndef WEIR_TEST_SWAP_SCENE_H
#define WEIR_TEST_SWAP_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "test/support/verify.h"

struct load;
struct stream;

/* Beside color_scene.h: half 0 is the scene's group on its first topic, half 1 another one on the
 * second. Members are processes that are in both; a and b are blue, c and d green. Thread: main. */
enum { SWAP_SCENE_HALVES = 2, SWAP_SCENE_MEMBERS = 4 };

/* The curtain, all four members with this session setting (color_scene.h); blue is active in half
 * 0, green in half 1. */
void swap_scene_raise_quiet(const char *session);
/* The same, and a load for each topic. */
void swap_scene_raise(const char *session);
/* So many records in each partition of both topics. */
void swap_scene_produce(uint64_t each);
/* Until all records of both are committed, wherever this scene keeps offsets. */
void swap_scene_await_committed(void);
/* Everything that was produced is handled and committed in both, everybody leaves in order. */
void swap_scene_end(void);
/* As SCENE_JUDGE, of both groups together. */
void swap_scene_judge(const struct verify_options *options);
/* A negative control: without what they did in half 1 it must not pass. */
void swap_scene_expect_flagged_without_half(const struct verify_options *options);

/* `weir switch apply OPTION...` of both with this id, again and again until it is asked for: a
 * member that lost its session may just then have no share. */
void swap_scene_ask(const char *to, const char *id, const char *const *options);
#define SWAP_SCENE_ASK(to, id, ...)                                                                \
    swap_scene_ask((to), (id), (const char *const[]){__VA_ARGS__, NULL})
/* Until both have begun to move with this request, or have ended. */
void swap_scene_await_begun(const char *id);
/* Until nothing is under way in either. */
void swap_scene_await_end(void);
/* An operator takes it back, unless it is on its way back by then. */
void swap_scene_roll_back(void);
/* The last switches of both are of one request, and ended as this; this color is active in half 0,
 * and another one in half 1. */
void swap_scene_expect_last(const char *outcome, const char *active);
/* Until nothing is under way in either; both halves of the last swap have ended in the same. True:
 * it is done; else it came back, or was aborted. */
bool swap_scene_await_outcome(void);
/* In half 0; another one is active in half 1. Lives as long as the scene. */
const char *swap_scene_active(void);
/* Of half 0, borrowed until the end. */
const struct load *swap_scene_load(void);
/* All of the half is with these, each having as much. */
void swap_scene_await_even(int half, const char *names);
/* Has done, by now, at least one record of this half. */
bool swap_scene_has_worked(const char *name, int half);
/* Of a member, by its number, in this half; read up to now. */
const struct stream *swap_scene_stream(size_t member, int half);
/* `weir switch VERB OPTION...` of both groups, to its end with this code; what it printed. */
const char *swap_scene_run(int code, const char *const *words);
#define SWAP_SCENE_RUN(code, ...)                                                                  \
    swap_scene_run((code), (const char *const[]){"switch", __VA_ARGS__, NULL})
/* Two operators ask at the same time for the same; one is told of the other. */
void swap_scene_run_two(const char *to);

#endif /* WEIR_TEST_SWAP_SCENE_H */
