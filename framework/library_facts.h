/* What is known of the librdkafka that was found? */
#ifndef WEIR_FRAMEWORK_LIBRARY_FACTS_H
#define WEIR_FRAMEWORK_LIBRARY_FACTS_H

#include <stdbool.h>
#include <weir/config.h>

/* Two tables: which versions have which defect, and since when there is a key. Versions are numbers
 * as rd_kafka_version() gives them; a release candidate counts as its release. Pure. Thread: any,
 * while nobody sets. */

enum { WEIR_LIBRARY_TEXT_SIZE = 512, WEIR_LIBRARY_VERSION_SIZE = 16 };

/* Tells each defect of this version that the configuration meets, in a sentence of less than
 * WEIR_LIBRARY_TEXT_SIZE bytes that names the key, says what to do, and in which version it is
 * mended. */
void weir_library_advise(const struct weir_config *config, int version, weir_config_advice_fn *tell,
                         void *user);

/* Logs in with SCRAM in a way that Kafka 4.0 and later take for a wrong password (hazard R12). */
bool weir_library_scram_is_misread(const struct weir_config *config, int version);

/* True when the key came to librdkafka after this version; then *since is the one it came with. */
bool weir_library_key_is_newer(const char *key, int version, int *since);

/* "2.0.2" into WEIR_LIBRARY_VERSION_SIZE bytes; returns them. */
const char *weir_library_version_text(int version, char *out);

#endif /* WEIR_FRAMEWORK_LIBRARY_FACTS_H */
