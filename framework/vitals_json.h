/* How do vitals stand in a document? */
#ifndef WEIR_FRAMEWORK_VITALS_JSON_H
#define WEIR_FRAMEWORK_VITALS_JSON_H

#include "framework/vitals.h"

struct json_t;

/* {"records":1200,"failed":3,"busy_us":640000,"lag_grew":-12}; without the last one: it is not
 * known. Of those that are told. NULL: no memory. The caller releases it. */
struct json_t *weir_vitals_object(const struct weir_vitals *vitals);
/* False: damaged. NULL: nothing is told. */
bool weir_vitals_take(const struct json_t *object, struct weir_vitals *out);

#endif /* WEIR_FRAMEWORK_VITALS_JSON_H */
