#include "framework/store_zookeeper_state.h"
#include "test/support/config_fixture.h"
#include "test/support/sim_zoo.h"
#include "test/support/store_bench.h"
#include <check.h>

static struct weir_config *config;

int32_t store_claimed;

static int32_t fence_of(const char *topic, int32_t partition, void *user)
{
    ck_assert_ptr_nonnull(topic);
    ck_assert_int_ge(partition, 0);
    ck_assert_ptr_eq(user, &store_claimed);
    return store_claimed;
}

static void open_unfenced(struct weir_store_env *env)
{
    sim_zoo_open(1);
    sim_zoo_host(0);
    config = config_create();
    config_set(config, "group.id", "stores");
    env->config = config;
    env->zoo = &sim_zoo_library;
    env->now = sim_zoo_now;
}

static void open_fenced(struct weir_store_env *env)
{
    open_unfenced(env);
    env->fence = fence_of;
    env->fence_user = &store_claimed;
}

static void close_sim(void)
{
    sim_zoo_close();
    weir_config_destroy(config);
}

static bool is_ready(const struct weir_store *store)
{
    return weir_store_zookeeper_connected((const struct weir_store_zookeeper *)store);
}

static void pass(void)
{
    sim_zoo_advance(weir_time_after_ms(sim_zoo_now(), 1));
}

const struct store_setting store_setting_sim = {.ops = &weir_store_zookeeper,
                                                .open = open_unfenced,
                                                .close = close_sim,
                                                .ready = is_ready,
                                                .pass = pass};
const struct store_setting store_setting_sim_fenced = {.ops = &weir_store_zookeeper,
                                                       .open = open_fenced,
                                                       .close = close_sim,
                                                       .ready = is_ready,
                                                       .pass = pass};
