#include "emitters/meters.h"

#include "framework/base/limits.h"
#include "framework/base/memory.h"
#include "framework/base/mutex.h"
#include <assert.h>
#include <stddef.h>

struct weir_meters {
    struct weir_mutex mutex;
    struct weir_meter *first; /* guarded by the mutex */
};

struct weir_meter {
    struct weir_meter *next;
    uint32_t first;
    uint32_t count;
    char before[WEIR_CACHE_LINE]; /* written all the time, what is around is others' */
    struct weir_histogram_part parts[];
};

static const char *const names[] = {
#define HISTOGRAM_NAME(id, name, counted, sentence) [id] = (name),
    WEIR_HISTOGRAM_TABLE(HISTOGRAM_NAME)
#undef HISTOGRAM_NAME
};

const char *weir_histogram_name(enum weir_histogram histogram)
{
    return (unsigned)histogram < WEIR_HISTOGRAMS ? names[histogram] : "unknown";
}

enum weir_status weir_meters_create(struct weir_meters **out)
{
    struct weir_meters *meters = weir_calloc(1, sizeof *meters);

    if (meters == NULL) {
        return WEIR_ERR_NOMEM;
    }
    weir_mutex_init(&meters->mutex);
    *out = meters;
    return WEIR_OK;
}

void weir_meters_destroy(struct weir_meters *meters)
{
    struct weir_meter *next = NULL;

    if (meters == NULL) {
        return;
    }
    for (struct weir_meter *meter = meters->first; meter != NULL; meter = next) {
        next = meter->next;
        weir_free(meter);
    }
    weir_mutex_fini(&meters->mutex);
    weir_free(meters);
}

struct weir_meter *weir_meters_join(struct weir_meters *meters, enum weir_histogram first,
                                    uint32_t count)
{
    assert((uint32_t)first + count <= WEIR_HISTOGRAMS);
    struct weir_meter *meter =
        weir_calloc(1, sizeof *meter + count * sizeof meter->parts[0] + WEIR_CACHE_LINE);

    if (meter == NULL) {
        return NULL;
    }
    meter->first = first;
    meter->count = count;
    for (uint32_t i = 0; i < count; i++) {
        weir_histogram_part_init(&meter->parts[i]);
    }
    weir_mutex_lock(&meters->mutex);
    meter->next = meters->first;
    meters->first = meter;
    weir_mutex_unlock(&meters->mutex);
    return meter;
}

/* NULL: not one of this meter's. */
static struct weir_histogram_part *part_of(struct weir_meter *meter, uint32_t histogram)
{
    uint32_t index = histogram - meter->first;

    return index < meter->count ? &meter->parts[index] : NULL;
}

void weir_meter_add(struct weir_meter *meter, enum weir_histogram histogram, weir_time duration_ns,
                    uint64_t weight)
{
    struct weir_histogram_part *part = part_of(meter, histogram);

    assert(part != NULL);
    weir_histogram_part_add(part, duration_ns, weight);
}

void weir_meters_read(struct weir_meters *meters, enum weir_histogram histogram,
                      struct weir_distribution *out)
{
    assert((unsigned)histogram < WEIR_HISTOGRAMS);
    *out = (struct weir_distribution){0};
    weir_mutex_lock(&meters->mutex);
    for (struct weir_meter *meter = meters->first; meter != NULL; meter = meter->next) {
        const struct weir_histogram_part *part = part_of(meter, histogram);
        if (part != NULL) {
            weir_distribution_add(out, part);
        }
    }
    weir_mutex_unlock(&meters->mutex);
}
