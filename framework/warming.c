#include "framework/warming.h"

#include "framework/base/memory.h"

void weir_warming_init(struct weir_warming *warming, struct weir_membership *membership,
                       const struct weir_coordinator_env *env)
{
    bool wanted = membership->self.color != NULL && env->prefill != NULL;

    *warming = (struct weir_warming){.membership = wanted ? membership : NULL, .env = env};
    weir_membership_warm(membership, !wanted);
}

/* Without memory it goes as if there were nothing to fetch. */
static void announce(struct weir_warming *warming, weir_time now)
{
    const struct weir_coordinator_env *env = warming->env;
    struct weir_position *share = NULL;
    size_t count = 0;

    warming->view = warming->membership->adopted;
    if (weir_membership_share(warming->membership, &share, &count) != WEIR_OK) {
        weir_log(&env->report->log, WEIR_LOG_WARNING, "group", "no memory to prefill anything");
    }
    warming->awaited = count > 0;
    warming->until = weir_time_after_ms(now, WEIR_WARMING_LIMIT_MS);
    env->prefill(share, count, env->user);
    weir_free(share);
}

static void take_back(struct weir_warming *warming)
{
    if (warming->view != 0) {
        warming->view = 0;
        warming->awaited = false;
        warming->env->prefill(NULL, 0, warming->env->user);
    }
}

void weir_warming_serve(struct weir_warming *warming, weir_time now)
{
    struct weir_membership *membership = warming->membership;

    if (membership == NULL) {
        return;
    }
    if (!weir_membership_takes_over(membership)) {
        take_back(warming);
    } else if (weir_membership_share_settled(membership) && membership->adopted != warming->view) {
        announce(warming, now);
    }
    warming->awaited = warming->awaited && now < warming->until;
    bool warm = warming->view != 0 && !warming->awaited;
    if (warm != membership->warm) {
        weir_membership_warm(membership, warm);
        warming->env->wake(warming->env->wake_user); /* others may be told */
    }
}

weir_time weir_warming_due(const struct weir_warming *warming)
{
    return warming->awaited ? warming->until : WEIR_TIME_NEVER;
}

void weir_warming_prefilled(struct weir_warming *warming)
{
    if (warming->awaited) {
        warming->awaited = false;
        warming->env->wake(warming->env->wake_user);
    }
}
