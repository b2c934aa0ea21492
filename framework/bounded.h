/* How is something called that may never return? */
#ifndef WEIR_FRAMEWORK_BOUNDED_H
#define WEIR_FRAMEWORK_BOUNDED_H

#include "framework/base/clock.h"
#include <weir/status.h>

typedef void weir_bounded_fn(void *job);

/* Runs `work` on a thread of its own, with all signals blocked, and waits for its end until the
 * deadline. WEIR_ERR_TIMEOUT: it still runs, and what it uses must live on. Without memory or a
 * thread to be had it runs here, for as long as it takes. Thread: any. */
WEIR_MUST_CHECK enum weir_status weir_bounded_call(weir_bounded_fn *work, void *job,
                                                   weir_time deadline);

#endif /* WEIR_FRAMEWORK_BOUNDED_H */
