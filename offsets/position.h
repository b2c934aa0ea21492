/* Which offset of which partition? */
#ifndef WEIR_OFFSETS_POSITION_H
#define WEIR_OFFSETS_POSITION_H

#include <stdint.h>
#include <weir/status.h>

/* Offsets are *next* offsets: the first record that is still wanted. */
enum {
    WEIR_OFFSET_NONE = -1,
    WEIR_OFFSET_ABSENT = -2 /* there is no such partition, as an answer of a look-up */
};

struct weir_position {
    const char *topic; /* borrowed from whoever made the list */
    int64_t offset;    /* WEIR_OFFSET_NONE: there is none */
    int32_t partition;
    enum weir_status status; /* of this partition alone */
};

#endif /* WEIR_OFFSETS_POSITION_H */
