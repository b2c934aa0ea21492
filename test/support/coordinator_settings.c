#include "test/support/config_fixture.h"
#include "test/support/coordinator_bench.h"
#include "test/support/sim_zoo.h"

static void nothing(void)
{
}

/* Nobody is asked. */

static void configure_none(struct weir_config *config)
{
    config_set(config, "weir.coordinator", "none");
    config_set(config, "weir.topics", "orders");
}

const struct coordinator_setting coordinator_setting_none = {.ops = &weir_coordinator_none,
                                                             .configure = configure_none,
                                                             .open = nothing,
                                                             .pass = nothing,
                                                             .close = nothing};

/* The brokers' group, whose news the client tells. */

static void configure_kafka(struct weir_config *config)
{
    config_set(config, "group.id", "fleet");
    config_set(config, "weir.topics", "orders");
}

static void give_kafka(void)
{
    coordinator_hear(WEIR_CLIENT_ASSIGNED);
}

static void lose_kafka(void)
{
    coordinator_hear(WEIR_CLIENT_LOST);
}

const struct coordinator_setting coordinator_setting_kafka = {.ops = &weir_coordinator_kafka,
                                                              .configure = configure_kafka,
                                                              .open = nothing,
                                                              .give = give_kafka,
                                                              .lose = lose_kafka,
                                                              .pass = nothing,
                                                              .close = nothing};

/* ZooKeeper, of which there is one member. */

static void configure_zookeeper(struct weir_config *config)
{
    config_set(config, "weir.coordinator", "zookeeper");
    config_set(config, "group.id", "fleet");
    config_set(config, "weir.topics", "orders");
    config_set(config, "zookeeper.connect", "zk:2181");
}

static void misconfigure_zookeeper(struct weir_config *config)
{
    config_set(config, "group.id", "a/b");
}

static void open_zookeeper(void)
{
    sim_zoo_open(1);
    sim_zoo_host(0);
}

static void lose_zookeeper(void)
{
    sim_zoo_expire(0);
}

static void pass_zookeeper(void)
{
    sim_zoo_advance(weir_time_after_ms(sim_zoo_now(), 1));
}

const struct coordinator_setting coordinator_setting_zookeeper = {
    .ops = &weir_coordinator_zookeeper,
    .configure = configure_zookeeper,
    .misconfigure = misconfigure_zookeeper,
    .open = open_zookeeper,
    .lose = lose_zookeeper,
    .pass = pass_zookeeper,
    .close = sim_zoo_close};
