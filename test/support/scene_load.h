/* How is a scene's topic filled evenly, while the scene goes on? */
#ifndef WEIR_TEST_SCENE_LOAD_H
#define WEIR_TEST_SCENE_LOAD_H

#include <stdint.h>
#include <weir/export.h>

#include "test/support/load_kafka.h"

/* As load_start, on the scene's brokers: one partition after the other, so many different keys; 0:
 * none. */
WEIR_MUST_CHECK struct load *scene_load(const char *topic, int32_t partitions, uint32_t keys,
                                        uint32_t per_second);

#endif /* WEIR_TEST_SCENE_LOAD_H */
