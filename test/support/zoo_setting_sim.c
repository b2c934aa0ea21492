#include <string.h>

#include "test/support/require.h"
#include "test/support/sim_zoo.h"
#include "test/support/zoo_bench.h"

enum { FROZEN_MS = 100, TURNS_MAX = 100000, LAST_MS = 10 };

/* When what was frozen goes on. */
static weir_time frozen_until;

static void open_setting(void)
{
    frozen_until = 0;
    sim_zoo_open(1);
    sim_zoo_room(WEIR_ZOO_WAITING_MAX);
    sim_zoo_host(0);
}

static const char *connect_string(void)
{
    return "simulated:2181";
}

static void pass_ms(int64_t ms)
{
    sim_zoo_advance(weir_time_after_ms(sim_zoo_now(), ms));
}

static void await(struct gate *wakes, uint64_t value)
{
    for (int turn = 0; gate_value(wakes) < value; turn++) {
        REQUIRE(turn < TURNS_MAX);
        pass_ms(1);
    }
}

static void cut(void)
{
    sim_zoo_cut(0);
}

static void freeze(void)
{
    frozen_until = weir_time_after_ms(sim_zoo_now(), FROZEN_MS);
    sim_zoo_stall(0, true, true, frozen_until);
}

static void mend(void)
{
    sim_zoo_heal(0);
    if (sim_zoo_now() < frozen_until) {
        sim_zoo_advance(frozen_until);
    }
}

static void expire(int64_t session)
{
    (void)session; /* there is one */
    sim_zoo_expire(0);
}

static bool closed(void)
{
    pass_ms(LAST_MS);
    return sim_zoo_sessions() == 0;
}

/* There is no chroot. */
static const char *below(const char *path)
{
    size_t size = strlen(zoo_bench.chroot);

    REQUIRE(strncmp(path, zoo_bench.chroot, size) == 0);
    return path[size] == '\0' ? "/" : path + size;
}

static void write_node(const char *path, const char *data)
{
    sim_zoo_write(below(path), data);
}

static void remove_node(const char *path)
{
    sim_zoo_remove(below(path));
}

static int64_t owner(const char *path)
{
    return sim_zoo_owner(below(path));
}

const struct zoo_setting zoo_setting_sim = {.library = &sim_zoo_library,
                                            .open = open_setting,
                                            .close = sim_zoo_close,
                                            .connect = connect_string,
                                            .await = await,
                                            .cut = cut,
                                            .mend = mend,
                                            .freeze = freeze,
                                            .expire = expire,
                                            .closed = closed,
                                            .create = write_node,
                                            .set = write_node,
                                            .remove = remove_node,
                                            .owner = owner};
