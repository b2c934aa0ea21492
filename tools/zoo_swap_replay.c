#include "tools/options.h"
#include "tools/zoo_swap_state.h"
#include "tools/zoo_switch_replay.h"

/* What the way back of a swap begins with again, in both groups. */
struct again {
    struct weir_switch_snapshot snapshots[WEIR_SWAP_HALVES];
    struct weir_switch_replay replays[WEIR_SWAP_HALVES];
};

static int load(struct weir_swap *swap, const char *id, struct again *again)
{
    int code = WEIR_EXIT_OK;

    for (size_t i = 0; code == WEIR_EXIT_OK && i < WEIR_SWAP_HALVES; i++) {
        code =
            weir_switch_replay_load(&swap->halves[i], id, &again->snapshots[i], &again->replays[i]);
    }
    return code != WEIR_EXIT_OK ? code : weir_swap_judge_room(again->replays);
}

int weir_swap_judge_room(const struct weir_switch_replay replays[WEIR_SWAP_HALVES])
{
    const struct weir_switch_replay *const all[] = {&replays[0], &replays[1]};

    return weir_switch_replay_judge_room(all, WEIR_SWAP_HALVES);
}

int weir_swap_set_back(struct weir_swap *swap, size_t half, const struct weir_switch_both *both,
                       enum weir_switch_written *out)
{
    struct again again = {.snapshots = {{.unknown = false}}};
    int code = load(swap, both->next.request.id, &again);

    *out = WEIR_SWITCH_LOST;
    if (code == WEIR_EXIT_OK) {
        const struct weir_switch_half halves[] = {{.switching = &swap->halves[half],
                                                   .next = &both->next,
                                                   .papers = {.replay = &again.replays[half]}},
                                                  {.switching = &swap->halves[1 - half],
                                                   .next = &both->peer_next,
                                                   .papers = {.replay = &again.replays[1 - half]}}};
        code = weir_switching_write_both(halves, out);
    }
    for (size_t i = 0; i < WEIR_SWAP_HALVES; i++) {
        weir_switch_replay_fini(&again.replays[i]);
        weir_switch_snapshot_fini(&again.snapshots[i]);
    }
    return code;
}
