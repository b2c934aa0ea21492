/* How do the tests of the configuration say what they expect in one line? */
#ifndef TEST_SUPPORT_CONFIG_FIXTURE_H
#define TEST_SUPPORT_CONFIG_FIXTURE_H

#include <check.h>
#include <stddef.h>
#include <weir/config.h>

/* All of these fail the test when a call answers anything unexpected. */

struct weir_config *config_create(void);
/* With topics, group and brokers: nothing is missing. */
struct weir_config *config_create_complete(void);
void config_set(struct weir_config *config, const char *key, const char *value);
/* The text of the WEIR_ERR_CONFIG that it must answer; borrowed until the next call. */
const char *config_refusal(struct weir_config *config, const char *key, const char *value);
/* The same of weir_config_check; "" when it is good. */
const char *config_verdict(const struct weir_config *config);
/* The same of weir_config_load on a file with this text; "" when it is good. The path is left out.
 */
const char *config_load_text(struct weir_config *config, const char *text, size_t size);

/* A file of its own with this text, mode 0600. The caller unlinks and frees. */
char *config_file(const char *text, size_t size);
void config_file_remove(char *path);

void assert_contains(const char *text, const char *part);
void assert_lacks(const char *text, const char *part);

/* Runs one suite of one case; the exit code of main. */
int run_case(TCase *tcase, const char *name);

#endif /* TEST_SUPPORT_CONFIG_FIXTURE_H */
