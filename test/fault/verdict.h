/* How is a judgement of a fleet told? */
#ifndef WEIR_TEST_VERDICT_H
#define WEIR_TEST_VERDICT_H

#include <stdbool.h>
#include <stdio.h>

#include "test/support/verify.h"

struct verdict {
    const struct verify_options *options;
    const struct verify_report *report;
    bool guessed; /* there was no ledger: what the members were given is all that is known */
};

/* One line per rule, then what broke it. */
void verdict_print(const struct verdict *verdict, FILE *out);
/* The same as one JSON object. */
void verdict_print_json(const struct verdict *verdict, FILE *out);

#endif /* WEIR_TEST_VERDICT_H */
