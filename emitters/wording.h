/* How are measured numbers said in a line of the log? */
#ifndef WEIR_EMITTERS_WORDING_H
#define WEIR_EMITTERS_WORDING_H

#include "framework/base/clock.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/export.h>

/* Text that grows in the caller's memory; what does not fit is cut off. */
struct weir_wording {
    char *text; /* always ends with a NUL */
    size_t size;
    size_t used;
};

void weir_wording_init(struct weir_wording *wording, char *text, size_t size);
void weir_wording_add(struct weir_wording *wording, const char *format, ...) WEIR_PRINTF(2, 3);
/* "850 ns", "1.2 us", "12 ms", "7 s", "75 s" */
void weir_wording_add_duration(struct weir_wording *wording, double duration_ns);
/* "17 B", "1.2 KiB", "34 GiB" */
void weir_wording_add_bytes(struct weir_wording *wording, uint64_t bytes);
/* As a JSON string, with its quotes. */
void weir_wording_add_json(struct weir_wording *wording, const char *text);

#endif /* WEIR_EMITTERS_WORDING_H */
