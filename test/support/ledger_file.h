/* How does a ledger travel from who produced to who judges? */
#ifndef WEIR_TEST_LEDGER_FILE_H
#define WEIR_TEST_LEDGER_FILE_H

#include <weir/export.h>

#include "test/support/ledger.h"

/* One JSON object per line:
 *     {"topic":"t","partition":0,"offset":12,"key":"k","seq":12,"state":"acknowledged"}
 * `key` is null, or any string that equal keys share; `seq` may be missing; a missing `state`
 * (pending, acknowledged, aborted, failed, removed) is acknowledged; `offset` is missing where no
 * acknowledgement named it; what else there is means nothing here. Lines of Kafka's verifiable
 * producer are understood, too: producer_send_success is acknowledged, producer_send_error failed,
 * its other names are nothing. A last line without its end is left out: its writer was killed. */

/* The test fails, naming file and line, if it cannot be read. */
WEIR_MUST_CHECK struct ledger *ledger_read(const char *path);
/* Keys are written as their hashes. The test fails if that cannot be done. */
void ledger_write(const struct ledger *ledger, const char *path);

#endif /* WEIR_TEST_LEDGER_FILE_H */
