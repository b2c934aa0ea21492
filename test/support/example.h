/* How does a test run an example as weir would, without a consumer? */
#ifndef WEIR_TEST_EXAMPLE_H
#define WEIR_TEST_EXAMPLE_H

#include "test/support/fake_batch.h"
#include "test/support/fake_config.h"
#include <stdbool.h>
#include <weir/handler.h>

enum { EXAMPLE_WORKERS = 3 };

/* An example that runs, with workers that the test lends its threads to. */
struct example {
    const struct weir_handler *handler;
    struct fake_config config;
    void *state;
    void *workers[EXAMPLE_WORKERS];
    bool shadow;
};

/* Opens the handler, which must outlive the example, and its workers; the test fails unless they
 * open. `pairs` as for fake_config_init. */
void example_start(struct example *example, const struct weir_handler *handler,
                   const char *const *pairs);
/* The same with weir.shadow=true: batches go to handle_shadow. */
void example_start_shadow(struct example *example, const struct weir_handler *handler,
                          const char *const *pairs);
/* The test fails unless open refuses, with a log that holds the sentence. */
void example_refuse(const struct weir_handler *handler, const char *const *pairs,
                    const char *sentence);
/* Gives the batch to that worker. Thread: one at a time per worker. */
void example_handle(struct example *example, int worker, struct fake_batch *fake);
/* Closes the workers and the handler; what was logged is there until fini. */
void example_close(struct example *example);
void example_fini(struct example *example);

#endif /* WEIR_TEST_EXAMPLE_H */
