/* Where is each named fault of a consumer group shown? */
#ifndef WEIR_TEST_FAULT_SCENARIOS_H
#define WEIR_TEST_FAULT_SCENARIOS_H

#include <stdio.h>
#include <weir/export.h>

/* A list of them, or the table of docs/faults.md. */
void scenarios_list(FILE *out);
void scenarios_document(FILE *out);
/* Runs the tests of one by its name ("S17"), or of all ("all"), says how each went, and returns an
 * exit status; 64: there is none of that name. Thread: main. */
WEIR_MUST_CHECK int scenarios_run(const char *name);

#endif /* WEIR_TEST_FAULT_SCENARIOS_H */
