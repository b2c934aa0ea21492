#include "emitters/emitter.h"

#include "framework/base/error.h"
#include "framework/base/memory.h"
#include <assert.h>

static const struct weir_emitter_ops *const built_in[] = {&weir_emitter_log};

enum { BUILT_IN = sizeof built_in / sizeof built_in[0] };

struct weir_emitters {
    struct weir_emitter *open[BUILT_IN];
    size_t count;
};

static const char *const gauge_names[] = {
#define GAUGE_NAME(id, name, unit, sentence) [id] = (name),
    WEIR_GAUGE_TABLE(GAUGE_NAME)
#undef GAUGE_NAME
};

const char *weir_gauge_name(enum weir_gauge_kind gauge)
{
    return (unsigned)gauge < WEIR_GAUGES ? gauge_names[gauge] : "unknown";
}

static enum weir_status open_one(struct weir_emitters *emitters, const struct weir_emitter_ops *ops,
                                 const struct weir_emitter_env *env, struct weir_error *error)
{
    struct weir_emitter *emitter = weir_calloc(1, ops->size);

    if (emitter == NULL) {
        return weir_error_nomem(error);
    }
    emitter->ops = ops;
    enum weir_status status = ops->open(emitter, env, error);
    if (status != WEIR_OK) {
        weir_free(emitter);
        return status;
    }
    emitters->open[emitters->count++] = emitter;
    return WEIR_OK;
}

enum weir_status weir_emitters_open(const struct weir_emitter_env *env, struct weir_emitters **out,
                                    struct weir_error *error)
{
    struct weir_emitters *emitters = weir_calloc(1, sizeof *emitters);

    if (emitters == NULL) {
        return weir_error_nomem(error);
    }
    for (size_t i = 0; i < BUILT_IN; i++) {
        enum weir_status status = open_one(emitters, built_in[i], env, error);
        if (status != WEIR_OK) {
            weir_emitters_close(emitters);
            return status;
        }
    }
    *out = emitters;
    return WEIR_OK;
}

void weir_emitters_emit(struct weir_emitters *emitters, enum weir_occasion occasion,
                        const struct weir_measurement *measurement)
{
    assert(measurement->snapshot->counter_count == WEIR_COUNTERS);
    for (size_t i = 0; i < emitters->count; i++) {
        emitters->open[i]->ops->emit(emitters->open[i], occasion, measurement);
    }
}

void weir_emitters_close(struct weir_emitters *emitters)
{
    if (emitters == NULL) {
        return;
    }
    for (size_t i = emitters->count; i > 0; i--) {
        emitters->open[i - 1]->ops->close(emitters->open[i - 1]);
        weir_free(emitters->open[i - 1]);
    }
    weir_free(emitters);
}
