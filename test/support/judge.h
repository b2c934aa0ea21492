/* Which rules does a history break? */
#ifndef WEIR_TEST_JUDGE_H
#define WEIR_TEST_JUDGE_H

#include <weir/export.h>

#include "test/support/verify.h"

/* Tests use verify.h, which is made of this. Replays the streams, which were read before, over the
 * ledger and counts in the report; returns the examples, which the caller frees. */
WEIR_MUST_CHECK char *judge_replay(const struct verify_options *options,
                                   struct verify_report *report);

#endif /* WEIR_TEST_JUDGE_H */
