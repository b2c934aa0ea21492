/* Where are the jars of a Kafka version, and what of its start is kept beside them? */
#ifndef WEIR_TEST_JARS_H
#define WEIR_TEST_JARS_H

#include <weir/export.h>

/* The jars lie in $WEIR_KAFKA_LIBS/VERSION/libs or, without that variable, in build/kafka/VERSION/
 * libs of the nearest folder above the running program or the working directory. Kept beside them,
 * in VERSION/cache, is what makes a start quick: the class data archive of the Java machine and
 * the formatted bootstrap records. */
struct jars {
    char *version;
    char *class_path; /* every jar in a fixed order: the archive is only good for the same one */
    char *cache;      /* folder; NULL if it cannot be written, then nothing is kept */
    char *archive;    /* in it, named for the jars and the Java machine; NULL without a cache */
};

/* The test fails, with the command that fetches them, if the jars are not there. */
WEIR_MUST_CHECK struct jars *jars_find(const char *version);
void jars_destroy(struct jars *jars);

#endif /* WEIR_TEST_JARS_H */
