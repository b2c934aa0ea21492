/* How is a history of a group written down in few words? */
#ifndef WEIR_TEST_SCRIPT_H
#define WEIR_TEST_SCRIPT_H

#include <stdbool.h>
#include <weir/export.h>

#include "test/support/ledger.h"
#include "test/support/stream.h"
#include "test/support/verify.h"

/* Partition 0 of topic t, as "offset key state ...": key '-' is null; state '.' acknowledged,
 * '!' aborted, '?' removed, '~' refused. */
WEIR_MUST_CHECK struct ledger *script_ledger(const char *spec);

/* "member event first last batch count; ..." with as many numbers as matter. Members are m0 ... m9.
 * Time goes by 1 ms from event to event, the first being at 1 ms; "pause ms" lets more go by. */
WEIR_MUST_CHECK char *script_lines(const char *script);
WEIR_MUST_CHECK struct stream *script_stream(const char *script);

enum { SCRIPT_NO_RULE = -1 };

struct script_case {
    const char *what;
    const char *ledger;
    const char *script;
    struct verify_options options;
    int rule; /* the one that must be broken, or SCRIPT_NO_RULE */
};

/* The test fails if the judge does not see it like this. Was no rule of another number broken? */
bool script_judge(const struct script_case *one);

#endif /* WEIR_TEST_SCRIPT_H */
