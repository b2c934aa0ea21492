/* How is a class of Kafka's jars run? */
#ifndef WEIR_TEST_JAVA_H
#define WEIR_TEST_JAVA_H

#include <weir/export.h>

#include "test/support/jars.h"
#include "test/support/process.h"

struct java_options {
    const struct jars *jars;
    const char *class_name;
    const char *const *arguments; /* ends with NULL; or NULL */
    const char *const
        *machine;       /* options of the Java machine; NULL: a quick start, little memory */
    const char *folder; /* for its temporary files */
    const char *archive_at_exit; /* file for its class data when it ends; NULL: use what is kept */
    const char *output_path;     /* as in struct process_options */
    const char *errors_path;
};

/* `java` from PATH; warnings and errors of the program go to stderr, nothing else does. */
WEIR_MUST_CHECK struct process *java_start(const struct java_options *options);

#endif /* WEIR_TEST_JAVA_H */
