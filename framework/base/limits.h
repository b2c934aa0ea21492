/* Which numbers bound what weir takes from the outside? */
#ifndef WEIR_BASE_LIMITS_H
#define WEIR_BASE_LIMITS_H

/* Bytes that processors pass between them as one. A guess is good enough. */
enum { WEIR_CACHE_LINE = 64 };

/* Configuration. Bytes unless the name says otherwise. */
enum {
    WEIR_CONFIG_FILE_SIZE_MAX = 1 << 20,
    WEIR_CONFIG_LINE_SIZE_MAX = 1 << 16, /* with its continuation lines; a PEM file fits */
    WEIR_CONFIG_KEY_SIZE_MAX = 255,
    WEIR_CONFIG_ENTRIES_MAX = 4096,
    WEIR_TOPIC_NAME_SIZE_MAX = 249, /* as in the broker */
    WEIR_TOPICS_MAX = 10000,
    WEIR_STATIC_PARTITIONS_MAX = 100000,

    /* A view of a group. */
    WEIR_VIEW_MEMBERS_MAX = 10000,
    WEIR_VIEW_TOPICS_MAX = 100000,
    WEIR_VIEW_PARTITIONS_MAX = 1 << 20,

    WEIR_GROUP_PARTITIONS_MAX = 100000 /* of all topics of a ZooKeeper group together */
};

#endif /* WEIR_BASE_LIMITS_H */
