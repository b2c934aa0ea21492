/* How does a fleet of two colors come to play on real servers? */
#ifndef WEIR_TEST_COLOR_SCENE_H
#define WEIR_TEST_COLOR_SCENE_H

#include <stdbool.h>

struct load;
struct member;

/* Beside zoo_scene.h and switch_desk.h, for a group whose members have colors. Thread: main. */
enum { COLOR_SCENE_PARTITIONS = 8, COLOR_SCENE_AWAIT_MS = 120000 };

/* Settings that say how long a member may be away. */
extern const char color_scene_patient[];
extern const char color_scene_mortal[];

/* The curtain, and a load of 1000 records a second. */
struct load *color_scene_raise(void);
/* The load alone. */
struct load *color_scene_load(void);
/* Settings end with NULL. */
struct member *color_scene_start(const char *name, const char *color, const char *const *settings);
#define COLOR_SCENE_START(name, color, ...)                                                        \
    color_scene_start((name), (color), (const char *const[]){__VA_ARGS__, NULL})
/* a and b are blue; c and d are green. */
void color_scene_start_blue(const char *session);
void color_scene_start_green(const char *session);
/* Until these live: one in each line, in order. */
void color_scene_await(const char *members);
/* Asks and waits; fails the test unless it is done, and everything with a and b, or c and d. */
void color_scene_switch_to(const char *color, bool together);
/* Everything that was produced is handled and committed, then everybody leaves in order, and nobody
 * has counted that two were at work. Takes the load; NULL: there is none. */
void color_scene_end(struct load *load);
/* Notes how long nobody was at work on a partition that changed hands. */
void color_scene_tell(void);

#endif /* WEIR_TEST_COLOR_SCENE_H */
