#include "test/support/scene_load.h"

#include "test/support/scene.h"

struct load *scene_load(const char *topic, int32_t partitions, uint32_t keys, uint32_t per_second)
{
    return load_start(
        scene.bootstrap,
        &(struct produce_options){
            .topic = topic, .partition = PRODUCE_IN_TURN, .partitions = partitions, .keys = keys},
        per_second);
}
