/* How do members of a ZooKeeper group come to play in a scene, and what is seen of them there? */
#ifndef WEIR_TEST_ZOO_SCENE_H
#define WEIR_TEST_ZOO_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct member;
struct zookeeper;
struct zookeeper_admin;

/* Beside scene.h, on one ZooKeeper server for all plays. Strings live as long as the scene. */
struct zoo_scene {
    struct zookeeper *server; /* the program's, set before the first play */
    struct zookeeper_admin *admin;
    const char *store; /* of offsets: kafka unless a play says otherwise */
};

extern struct zoo_scene zoo_scene;

/* The curtain: a topic, and a look into ZooKeeper. */
void zoo_scene_raise(int partitions);
void zoo_scene_drop(void);
/* Names are one letter each, of which words are made: a letter for each partition of the topic, or
 * '-' where nobody is. Settings end with NULL. */
struct member *zoo_scene_start(const char *name, const char *const *settings);
#define ZOO_SCENE_START(name, ...) zoo_scene_start((name), (const char *const[]){__VA_ARGS__, NULL})

/* Below the group's node. */
const char *zoo_scene_node(const char *below);
/* "-": there is none. */
const char *zoo_scene_data(const char *path);
/* One in each line. */
const char *zoo_scene_members(void);
/* Who owns each partition of the first topic, as a word. */
const char *zoo_scene_owners(void);
size_t zoo_scene_share(const char *word, char name);
/* Is all divided among these, nobody having more than one more than another? */
bool zoo_scene_is_even(const char *word, const char *names);
void zoo_scene_await_even(const char *names);
/* Are all records of the first topic committed, where offsets are kept in ZooKeeper? */
bool zoo_scene_all_stored(void);

#endif /* WEIR_TEST_ZOO_SCENE_H */
