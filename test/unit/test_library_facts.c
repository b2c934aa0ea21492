#include "framework/library_facts.h"

#include "test/support/config_fixture.h"
#include "test/support/text.h"
#include <librdkafka/rdkafka.h>
#include <stdlib.h>
#include <string.h>

/* Which defects of which versions are said of which configuration? */

#define RELEASE(major, minor, patch) ((major) << 24 | (minor) << 16 | (patch) << 8 | 0xff)

enum { BEFORE_ALL = RELEASE(2, 0, 2), AFTER_ALL = RELEASE(99, 0, 0) };

/* The first and the last version that have it, their neighbours, a configuration that meets it and
 * one, as near as can be, that does not. */
static const struct {
    const char *part; /* of its sentence, and of no other */
    int before;       /* 0: none */
    int first;
    int last;
    int mended;
    const char *met;
    const char *unmet;
} defects[] = {
    {"cannot leave the group", 0, BEFORE_ALL, RELEASE(2, 2, 0), RELEASE(2, 3, 0),
     "partition.assignment.strategy=cooperative-sticky\n",
     "partition.assignment.strategy=range,roundrobin\n"},
    {"may never come to an end of it", 0, BEFORE_ALL, RELEASE(2, 6, 0), RELEASE(2, 6, 1),
     "partition.assignment.strategy=cooperative-sticky\n",
     "partition.assignment.strategy=cooperative-sticky\nweir.coordinator=none\n"},
    {"SCRAM login", 0, BEFORE_ALL, RELEASE(2, 6, 0), RELEASE(2, 6, 1),
     "security.protocol=sasl_plaintext\nsasl.mechanism=SCRAM-SHA-512\n",
     "security.protocol=sasl_plaintext\nsasl.mechanism=PLAIN\n"},
    {"SCRAM login", 0, BEFORE_ALL, RELEASE(2, 6, 0), RELEASE(2, 6, 1),
     "security.protocol=sasl_ssl\nsasl.mechanisms=SCRAM-SHA-256\n",
     "security.protocol=ssl\nsasl.mechanism=SCRAM-SHA-256\n"},
    {"only the first certificate is sent", 0, BEFORE_ALL, RELEASE(2, 6, 1), RELEASE(2, 8, 0),
     "security.protocol=ssl\nssl.keystore.location=/a\n",
     "security.protocol=ssl\nssl.certificate.location=/a\n"},
    {"may look as if the offset were gone", RELEASE(2, 0, 2), RELEASE(2, 1, 0), RELEASE(2, 2, 0),
     RELEASE(2, 3, 0), "weir.out.of.range=latest\n", "weir.out.of.range=stop\n"},
    {"consumer is unfinished", RELEASE(2, 3, 0), RELEASE(2, 4, 0), RELEASE(2, 11, 1),
     RELEASE(2, 12, 0), "group.protocol=Consumer\n", "group.protocol=classic\n"},
    {"asks for metrics", RELEASE(2, 4, 0), RELEASE(2, 5, 0), RELEASE(2, 5, 0), RELEASE(2, 5, 3), "",
     "enable.metrics.push=false\n"},
    {"may never find back", RELEASE(2, 8, 0), RELEASE(2, 10, 0), RELEASE(2, 10, 0),
     RELEASE(2, 10, 1), "", "metadata.recovery.strategy=none\n"},
};

static void note(const char *sentence, void *user)
{
    text_add(user, "%s\n", sentence);
}

/* Keys that the library here may not know yet are taken from a file that names a plug-in. */
static char *advice(const char *lines, int version)
{
    struct weir_config *config = config_create();
    char *text = text_format("plugin.library.paths=\n%s", lines);
    struct text told = {.bytes = NULL};

    ck_assert_str_eq(config_load_text(config, text, strlen(text)), "");
    text_add(&told, "%s", "");
    weir_library_advise(config, version, note, &told);
    free(text);
    weir_config_destroy(config);
    return told.bytes;
}

static void expect(const char *lines, int version, const char *part, bool said)
{
    char *told = advice(lines, version);

    ck_assert_msg((strstr(told, part) != NULL) == said, "'%s' %s of %x with '%s': %s", part,
                  said ? "is not said" : "is said", (unsigned)version, lines, told);
    free(told);
}

START_TEST(a_defect_is_said_of_its_versions_and_of_what_meets_it)
{
    const char *part = defects[_i].part;
    const char *met = defects[_i].met;

    if (defects[_i].before != 0) {
        expect(met, defects[_i].before, part, false);
    }
    expect(met, defects[_i].first, part, true);
    expect(met, defects[_i].last, part, true);
    expect(met, defects[_i].mended, part, false);
    expect(defects[_i].unmet, defects[_i].first, part, false);
    expect(defects[_i].unmet, defects[_i].last, part, false);
}
END_TEST

START_TEST(the_library_here_and_the_one_to_go_to_are_named)
{
    char *told = advice(defects[2].met, RELEASE(2, 0, 2));

    assert_contains(told, "use PLAIN over TLS or a client certificate there (librdkafka is 2.0.2; "
                          "mended in 2.6.1)\n");
    free(told);
}
END_TEST

START_TEST(a_candidate_counts_as_its_release)
{
    expect(defects[2].met, RELEASE(2, 6, 1) - 0xfe, defects[2].part, false);
}
END_TEST

/* What has no remedy in the configuration is no advice. */
START_TEST(a_plain_configuration_meets_nothing_in_the_oldest_and_the_newest)
{
    char *oldest = advice("", BEFORE_ALL);
    char *newest = advice(defects[3].met, AFTER_ALL);

    ck_assert_str_eq(oldest, "");
    ck_assert_str_eq(newest, "");
    free(oldest);
    free(newest);
}
END_TEST

START_TEST(scram_is_misread_where_the_table_says_so)
{
    struct weir_config *config = config_create();

    config_set(config, "sasl.mechanism", "SCRAM-SHA-256");
    ck_assert(!weir_library_scram_is_misread(config, BEFORE_ALL));
    config_set(config, "security.protocol", "sasl_plaintext");
    ck_assert(weir_library_scram_is_misread(config, RELEASE(2, 6, 0)));
    ck_assert(!weir_library_scram_is_misread(config, RELEASE(2, 6, 1)));
    weir_config_destroy(config);
}
END_TEST

START_TEST(a_key_is_newer_below_its_version_only)
{
    int since = 0;

    ck_assert(!weir_library_key_is_newer("session.timeout.ms", BEFORE_ALL, &since));
    ck_assert(!weir_library_key_is_newer("group.protocol", RELEASE(2, 4, 0), &since));
    ck_assert_int_eq(since, 0);
    ck_assert(weir_library_key_is_newer("group.protocol", RELEASE(2, 3, 0), &since));
    char text[WEIR_LIBRARY_VERSION_SIZE];
    ck_assert_str_eq(weir_library_version_text(since, text), "2.4.0");
}
END_TEST

/* The same through the door of the user: passed on where the library has it, else refused with the
 * reason. */
START_TEST(a_newer_key_is_refused_with_the_version_it_needs)
{
    struct weir_config *config = config_create();
    char here[WEIR_LIBRARY_VERSION_SIZE];

    if (rd_kafka_version() >= RELEASE(2, 4, 0)) {
        config_set(config, "group.protocol", "consumer");
        config_set(config, "group.remote.assignor", "uniform");
        ck_assert_str_eq(weir_config_get(config, "group.protocol"), "consumer");
    } else {
        char *wanted = text_format("group.protocol: librdkafka has it from 2.4.0 on, and %s is "
                                   "here; leave it out, or use a newer library",
                                   weir_library_version_text(rd_kafka_version(), here));
        ck_assert_str_eq(config_refusal(config, "group.protocol", "consumer"), wanted);
        free(wanted);
    }
    weir_config_destroy(config);
}
END_TEST

/* What the command and a start say is of the library that is really here. */
START_TEST(advice_is_of_the_library_found)
{
    struct weir_config *config = config_create();
    struct text told = {.bytes = NULL};
    struct text wanted = {.bytes = NULL};

    config_set(config, "security.protocol", "sasl_ssl");
    config_set(config, "sasl.mechanism", "SCRAM-SHA-256");
    text_add(&told, "%s", "");
    text_add(&wanted, "%s", "");
    weir_config_advise(config, note, &told);
    weir_library_advise(config, rd_kafka_version(), note, &wanted);
    ck_assert_str_eq(told.bytes, wanted.bytes);
    ck_assert((rd_kafka_version() < RELEASE(2, 6, 1)) == (*told.bytes != '\0'));
    free(told.bytes);
    free(wanted.bytes);
    weir_config_destroy(config);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("facts");

    tcase_add_loop_test(tcase, a_defect_is_said_of_its_versions_and_of_what_meets_it, 0,
                        sizeof defects / sizeof defects[0]);
    tcase_add_test(tcase, the_library_here_and_the_one_to_go_to_are_named);
    tcase_add_test(tcase, a_candidate_counts_as_its_release);
    tcase_add_test(tcase, a_plain_configuration_meets_nothing_in_the_oldest_and_the_newest);
    tcase_add_test(tcase, scram_is_misread_where_the_table_says_so);
    tcase_add_test(tcase, a_key_is_newer_below_its_version_only);
    tcase_add_test(tcase, a_newer_key_is_refused_with_the_version_it_needs);
    tcase_add_test(tcase, advice_is_of_the_library_found);
    return run_case(tcase, "library_facts");
}
