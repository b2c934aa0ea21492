#include "framework/vitals_json.h"

#include "framework/document_json.h"
#include <assert.h>
#include <jansson.h>

json_t *weir_vitals_object(const struct weir_vitals *vitals)
{
    assert(vitals->told);
    json_t *object = json_pack("{s:I, s:I, s:I}", "records", (json_int_t)vitals->records, "failed",
                               (json_int_t)vitals->failed, "busy_us", (json_int_t)vitals->busy_us);
    bool whole = object != NULL;

    if (whole && vitals->lag_known) {
        json_t *grew = json_integer((json_int_t)vitals->lag_grew);
        whole = json_object_set_new(object, "lag_grew", grew) == 0;
    }
    return weir_json_whole(object, whole);
}

static bool take_number(const json_t *object, const char *key, int64_t least, int64_t *out)
{
    const json_t *value = json_object_get(object, key);

    *out = json_integer_value(value);
    return json_is_integer(value) && *out >= least && *out <= WEIR_VITALS_MAX;
}

bool weir_vitals_take(const json_t *object, struct weir_vitals *out)
{
    int64_t records = 0;
    int64_t failed = 0;

    *out = (struct weir_vitals){.told = object != NULL};
    if (object == NULL) {
        return true;
    }
    out->lag_known = json_object_get(object, "lag_grew") != NULL;
    bool good =
        take_number(object, "records", 0, &records) && take_number(object, "failed", 0, &failed) &&
        failed <= records && take_number(object, "busy_us", 0, &out->busy_us) &&
        (!out->lag_known || take_number(object, "lag_grew", -WEIR_VITALS_MAX, &out->lag_grew));
    out->records = (uint64_t)records;
    out->failed = (uint64_t)failed;
    return good;
}
