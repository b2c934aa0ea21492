/* Under which path does a ZooKeeper group keep what? */
#ifndef WEIR_FRAMEWORK_ZNODE_H
#define WEIR_FRAMEWORK_ZNODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The layout of Kafka's old consumers, and what is weir's own below weir. Names of groups and
 * members are checked to fit (weir_znode_name_valid); topics are short by Kafka's rules.
 * Pure. Thread: any. Memory: the caller's. */
enum { WEIR_ZNODE_NAME_MAX = 255, WEIR_ZNODE_PATH_SIZE = 1024 };

struct weir_znode {
    char path[WEIR_ZNODE_PATH_SIZE];
};

/* 1 to 255 printable characters, none of them a slash, and not "." or "..". */
bool weir_znode_name_valid(const char *name);

/* /consumers/GROUP[/BELOW], BELOW may be "". */
void weir_znode_group(struct weir_znode *out, const char *group, const char *below);
/* Of the switch between colors, and of the allotment of one; color NULL: of a group without. */
void weir_znode_switch(struct weir_znode *out, const char *group);
void weir_znode_allotment(struct weir_znode *out, const char *group, const char *color);
void weir_znode_id(struct weir_znode *out, const char *group, const char *member);
void weir_znode_owner(struct weir_znode *out, const char *group, const char *topic,
                      int32_t partition);
void weir_znode_fence(struct weir_znode *out, const char *group, const char *topic,
                      int32_t partition);
void weir_znode_offset(struct weir_znode *out, const char *group, const char *topic,
                       int32_t partition);

/* What such a node holds, with a 0 byte behind it: decimal digits. False: that is no offset. */
bool weir_znode_offset_read(const char *data, size_t size, int64_t *out);

#endif /* WEIR_FRAMEWORK_ZNODE_H */
