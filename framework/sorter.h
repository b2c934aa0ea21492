/* In which order were these tickets issued? */
#ifndef WEIR_FRAMEWORK_SORTER_H
#define WEIR_FRAMEWORK_SORTER_H

#include <stdint.h>
#include <weir/status.h>

/* Tickets of one window are close together, so a bit for each sorts them in one pass without a
 * comparison. Thread: one at a time. Memory: two bits for each ticket of the window, fixed at
 * init. */
struct weir_sorter {
    uint64_t *marks; /* all zero between calls */
    uint64_t mask;
};

/* `window`: any two tickets of a call are less than that apart. */
WEIR_MUST_CHECK enum weir_status weir_sorter_init(struct weir_sorter *sorter, uint32_t window);
/* Accepts zeroed memory. */
void weir_sorter_fini(struct weir_sorter *sorter);

/* In place, lowest first. No ticket twice. */
void weir_sorter_sort(struct weir_sorter *sorter, uint64_t *seqs, uint32_t count);

#endif /* WEIR_FRAMEWORK_SORTER_H */
