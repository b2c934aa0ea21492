/* What must hold after each write of the records of a swap? */
#ifndef WEIR_TEST_SWAP_BOOKS_H
#define WEIR_TEST_SWAP_BOOKS_H

#include "framework/switch.h"
#include <stdbool.h>
#include <stdint.h>

/* Two records, of which each write is noted: while one half goes forward the other one does, too,
 * and has begun; both are done, or neither; offsets are set back in both groups at once, and once.
 * One at a time. Thread: the test's. */
enum { SWAP_BOOKS_MAX = 1000, SWAP_BOOKS_TEXT = 256 };

struct swap_node {
    struct weir_switch record;
    uint64_t version;
    char set_back[WEIR_SWITCH_ID_SIZE]; /* the last switch by which its offsets were */
    uint32_t set_backs;
};

struct swap_books {
    struct swap_node nodes[2];
    bool replays[SWAP_BOOKS_MAX]; /* by the number of the swap, whose id is "s" and it */
    uint32_t set_backs;           /* of both together */
    char broken[SWAP_BOOKS_TEXT]; /* the first broken promise; empty: none */
};

extern struct swap_books swap_books;

/* What hands over with replay sets the offsets of the half back in the same transaction. */
void swap_books_put(int half, const struct weir_switch *record);
/* After all that one transaction writes. */
void swap_books_check(void);

#endif /* WEIR_TEST_SWAP_BOOKS_H */
