/* What would weir give to a handler's open slot? */
#ifndef WEIR_TEST_FAKE_CONFIG_H
#define WEIR_TEST_FAKE_CONFIG_H

#include "test/support/text.h"
#include <weir/handler.h>

/* `pairs`: name, value, name, value, ..., NULL; names without "handler.". Borrowed until fini, as
 * are its strings. What the handler logs is in `log`, a line each. Thread: one at a time. */
struct fake_config {
    struct weir_handler_config config; /* first: the operations get its address */
    const char *const *pairs;
    struct text *log;
};

void fake_config_init(struct fake_config *fake, const char *const *pairs);
void fake_config_fini(struct fake_config *fake);
/* "" when nothing was logged. */
const char *fake_config_log(const struct fake_config *fake);

#endif /* WEIR_TEST_FAKE_CONFIG_H */
