#include "tools/demo_run.h"

#include "tools/demo_member.h"
#include "tools/demo_shop.h"
#include "tools/demo_story.h"
#include "tools/demo_turns.h"
#include "tools/demo_verdict.h"
#include "tools/demo_view.h"
#include "tools/options.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { FRAME_MS = 100, DOOM_MS = 1000 };

/* Everything of one run. */
struct demo_run {
    const struct demo_plan *plan;
    struct demo_ledger *ledger;
    struct demo_cluster *cluster;
    struct demo_shop *shop;
    struct demo_member *members[DEMO_MEMBERS_MAX];
    struct demo_story story;
    struct demo_turns turns; /* of two colors */
    char group[DEMO_GROUP_SIZE];
    struct demo_view view;
    struct demo_picture picture;
    uint32_t told; /* rebalances whose end was told */
    bool told_notice;
    int dying;         /* the member that is being killed, -1: none */
    int64_t doomed_ns; /* since when */
    int signals;
    bool signalled; /* the second one ends at once */
};

static void on_delivered(int64_t seq, int32_t partition, int64_t offset, void *user)
{
    demo_ledger_report(user, seq, partition, offset);
}

/* Signals. */

static int open_signals(void)
{
    sigset_t stopping;

    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&stopping);
    (void)sigaddset(&stopping, SIGTERM);
    (void)sigaddset(&stopping, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &stopping, NULL);
    return signalfd(-1, &stopping, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void wait_for_frame(struct demo_run *run)
{
    struct pollfd fd = {.fd = run->signals, .events = POLLIN};
    struct signalfd_siginfo info;

    run->story.interrupted = run->story.interrupted || demo_view_is_broken(&run->view);
    (void)poll(&fd, 1, FRAME_MS);
    if (read(run->signals, &info, sizeof info) != (ssize_t)sizeof info) {
        return;
    }
    if (run->signalled) {
        demo_view_close(&run->view);
        _exit(WEIR_EXIT_TRY_AGAIN);
    }
    run->signalled = true;
    run->story.interrupted = true;
    demo_view_say(&run->view, "interrupted: no more orders; members finish what runs and leave");
}

/* What was seen in ZooKeeper stays until the next look there. */
static void look_at_ledger(struct demo_run *run)
{
    demo_ledger_look(run->ledger, &run->picture);
    run->picture.colors = run->plan->bluegreen ? &run->turns.sight : NULL;
}

/* The acts. */

static int join(struct demo_run *run, int member)
{
    struct demo_member_options options = {.number = member,
                                          .seed = run->plan->seed,
                                          .bootstrap = demo_cluster_bootstrap(run->cluster),
                                          .group = run->group,
                                          .ledger = run->ledger,
                                          .verbose = run->plan->verbose};
    struct weir_error error = {0};

    if (run->plan->bluegreen) {
        enum demo_color color = run->picture.group.member[member].color;
        options.zoo = run->turns.zoo;
        options.color = demo_color_name(color);
        options.mortal = demo_story_kills(&run->story, member);
        options.connect = weir_zoo_demo_connect(run->turns.zoo, options.mortal);
    }
    enum weir_status status = demo_member_create(&options, &run->members[member], &error);

    if (status != WEIR_OK) {
        weir_cli_complain(error.text);
        return weir_cli_exit(status);
    }
    demo_view_say(&run->view, "member %c starts and asks to join the group%s%s",
                  demo_member_name(member), options.zoo != NULL ? " as one of " : "",
                  options.zoo != NULL ? options.color : "");
    return WEIR_EXIT_OK;
}

static void leave(struct demo_run *run, int member)
{
    char cause[DEMO_CAUSE_SIZE];

    (void)snprintf(cause, sizeof cause, "%c leaves", demo_member_name(member));
    demo_ledger_expect(run->ledger, cause);
    demo_view_say(&run->view, "member %c leaves: finishes what runs, commits, says goodbye",
                  demo_member_name(member));
    demo_member_leave(run->members[member]);
}

static void doom(struct demo_run *run, int member)
{
    char cause[DEMO_CAUSE_SIZE];

    (void)snprintf(cause, sizeof cause, "%c is killed", demo_member_name(member));
    demo_ledger_expect(run->ledger, cause);
    demo_ledger_doom(run->ledger, member);
    run->dying = member;
    run->doomed_ns = run->picture.now_ns;
}

/* It dies with orders in its hands; if none come, with empty ones. */
static void kill_doomed(struct demo_run *run)
{
    const struct demo_group *group = &run->picture.group;
    unsigned partitions = 0;
    bool dead = run->dying >= 0 && group->member[run->dying].state == DEMO_MEMBER_KILLED;

    if (run->dying < 0 ||
        (!dead && run->picture.now_ns - run->doomed_ns < DOOM_MS * INT64_C(1000000))) {
        return;
    }
    demo_member_kill(run->members[run->dying]);
    demo_ledger_look(run->ledger, &run->picture);
    for (uint32_t i = 0; i < group->partitions; i++) {
        bool orphan = group->partition[i].previous == run->dying && group->partition[i].owner < 0;
        partitions += orphan ? 1 : 0;
    }
    demo_view_say(&run->view, "member %c is killed with %u order%s in its hands; nobody is told:",
                  demo_member_name(run->dying), (unsigned)group->crash_in_flight,
                  group->crash_in_flight == 1 ? "" : "s");
    demo_view_say(&run->view, "its %u partitions wait until its session times out after %d s",
                  partitions, DEMO_SESSION_TIMEOUT_MS / 1000);
    run->dying = -1;
}

/* It dies with what it hangs in; its session is not told. */
static void crash(struct demo_run *run, int member)
{
    const struct demo_group *group = &run->picture.group;
    unsigned partitions = group->member[member].partitions;

    weir_zoo_demo_cut(run->turns.zoo, (const char[]){demo_member_name(member), '\0'});
    demo_member_kill(run->members[member]);
    look_at_ledger(run);
    demo_view_say(&run->view,
                  "member %c is killed with %u orders in its hands, %u done, none committed;",
                  demo_member_name(member), (unsigned)demo_verdict_bound(group),
                  (unsigned)group->crash_uncommitted);
    demo_view_say(&run->view, "its %u partitions wait until its session times out after %d s",
                  partitions, DEMO_SESSION_TIMEOUT_MS / 1000);
}

static int perform(struct demo_run *run, enum demo_act act)
{
    switch (act) {
    case DEMO_ACT_SWITCH:
    case DEMO_ACT_HANG:
    case DEMO_ACT_BACK:
    case DEMO_ACT_ENDED:
        return demo_turns_perform(&run->turns, &run->story, act);
    case DEMO_ACT_CRASH:
        crash(run, run->story.member);
        break;
    case DEMO_ACT_NONE:
    case DEMO_ACT_FINISH:
        break;
    case DEMO_ACT_JOIN:
        return join(run, run->story.member);
    case DEMO_ACT_LEAVE:
        leave(run, run->story.member);
        break;
    case DEMO_ACT_KILL:
        doom(run, run->story.member);
        break;
    case DEMO_ACT_STOP_ORDERS:
        demo_ledger_close_orders(run->ledger);
        demo_view_say(&run->view, "no more orders; what is there is finished");
        break;
    }
    return WEIR_EXIT_OK;
}

/* What the story says of its own accord. */

/* Of two colors: how long did the move take as a whole? */
static void tell_moved(struct demo_run *run, const struct demo_rebalance *rebalance,
                       const char *shares)
{
    demo_view_say(&run->view, "  %s has every partition after %.0f ms: %s",
                  demo_color_name(run->picture.group.wanted),
                  (double)(rebalance->settled_ns - rebalance->began_ns) / 1e6, shares);
}

static void tell_settled(struct demo_run *run)
{
    const struct demo_group *group = &run->picture.group;
    const struct demo_rebalance *rebalance = &group->rebalance[group->rebalances - 1];
    char shares[DEMO_MEMBERS_MAX * 8] = "";
    size_t used = 0;

    for (uint32_t i = 0; i < group->members; i++) {
        if (group->member[i].partitions > 0) {
            used += (size_t)snprintf(shares + used, sizeof shares - used, "%s%c %u",
                                     used > 0 ? ", " : "", demo_member_name((int)i),
                                     (unsigned)group->member[i].partitions);
        }
    }
    if (group->colored) {
        tell_moved(run, rebalance, shares);
        return;
    }
    demo_view_say(&run->view, "every partition has an owner%s after %.1f s: %s",
                  group->rebalances > 1 ? " again" : "",
                  (double)(rebalance->settled_ns - rebalance->began_ns) / 1e9, shares);
}

static void tell(struct demo_run *run)
{
    const struct demo_group *group = &run->picture.group;

    if (group->settled && run->told < group->rebalances) {
        run->told = group->rebalances;
        tell_settled(run);
    }
    if (group->noticed && !run->told_notice && !group->colored) {
        demo_view_say(&run->view,
                      "the group rebalances: all hand back and join again (the mock waits %d s)",
                      DEMO_SESSION_TIMEOUT_MS / 1000 - 1);
    }
    run->told_notice = group->noticed;
    kill_doomed(run);
}

static int look(struct demo_run *run)
{
    look_at_ledger(run);
    if (!run->plan->bluegreen) {
        return WEIR_EXIT_OK;
    }
    int code = demo_turns_look(&run->turns);
    return code != WEIR_EXIT_OK ? code : demo_turns_plan(&run->turns, &run->story, &run->picture);
}

static int play(struct demo_run *run)
{
    enum demo_act act = DEMO_ACT_NONE;
    int code = WEIR_EXIT_OK;

    while (act != DEMO_ACT_FINISH && code == WEIR_EXIT_OK) {
        code = look(run);
        if (code != WEIR_EXIT_OK) {
            break;
        }
        tell(run);
        act = demo_story_step(&run->story, &run->picture);
        code = perform(run, act);
        demo_view_draw(&run->view, &run->picture);
        if (act == DEMO_ACT_NONE) {
            wait_for_frame(run);
        }
    }
    return code;
}

/* The end. */

static void end_members(struct demo_run *run)
{
    demo_ledger_close_group(run->ledger);
    for (uint32_t i = 0; i < DEMO_MEMBERS_MAX; i++) {
        if (run->members[i] != NULL) {
            demo_member_leave(run->members[i]);
        }
    }
    for (uint32_t i = 0; i < DEMO_MEMBERS_MAX; i++) {
        demo_member_destroy(run->members[i]);
        run->members[i] = NULL;
    }
}

static int sum_up(struct demo_run *run)
{
    const struct demo_orders *orders = demo_ledger_orders(run->ledger);
    struct demo_verdict verdict = {
        .interrupted = run->story.interrupted, .late = run->story.late, .seed = run->plan->seed};
    int64_t committed[DEMO_PARTITIONS_MAX];
    struct weir_error error = {0};
    char failure[WEIR_ERROR_TEXT_SIZE];

    bool known = demo_cluster_committed(run->cluster, committed, &error) == WEIR_OK;
    if (run->plan->sabotage == DEMO_SABOTAGE_COMMIT) {
        committed[0]--;
    }
    demo_ledger_look(run->ledger, &run->picture);
    verdict.seconds = (double)(run->picture.now_ns - run->story.began_ns) / 1e9;
    if (demo_verdict_reach(orders, &run->picture.group, known ? committed : NULL, &verdict) !=
        WEIR_OK) {
        weir_cli_complain("out of memory");
        return WEIR_EXIT_TRY_AGAIN;
    }
    demo_verdict_print(stdout, &verdict, &run->picture, orders);
    demo_ledger_failure(run->ledger, failure, sizeof failure);
    if (demo_view_is_broken(&run->view)) {
        (void)snprintf(failure, sizeof failure, "standard output cannot be written");
    }
    if (failure[0] != '\0') {
        weir_cli_complain(failure);
        return DEMO_EXIT_BROKEN;
    }
    return demo_verdict_holds(&verdict, orders, &run->picture.group) ? WEIR_EXIT_OK
                                                                     : DEMO_EXIT_BROKEN;
}

static int play_on_cluster(struct demo_run *run)
{
    if (demo_shop_create(run->plan, run->ledger, run->cluster, &run->shop) != WEIR_OK) {
        weir_cli_complain("no thread can be started");
        return WEIR_EXIT_TRY_AGAIN;
    }
    int code = play(run);
    demo_shop_destroy(run->shop);
    if (code == WEIR_EXIT_OK) {
        demo_view_say(&run->view, "the members that are left commit and leave");
    }
    end_members(run);
    demo_view_close(&run->view);
    return code == WEIR_EXIT_OK ? sum_up(run) : code;
}

/* Real servers may know another demonstration. */
static void name_group(struct demo_run *run)
{
    if (run->plan->zookeeper == NULL) {
        (void)snprintf(run->group, sizeof run->group, "weir-demo");
    } else {
        (void)snprintf(run->group, sizeof run->group, "weir-demo-%ld-%lld", (long)getpid(),
                       (long long)demo_now_ns());
    }
}

static int open_run(struct demo_run *run)
{
    struct weir_error error = {0};
    enum weir_status status = demo_ledger_create(run->plan, &run->ledger);

    if (status == WEIR_OK) {
        const struct demo_cluster_options options = {.partitions = run->plan->partitions,
                                                     .group = run->group,
                                                     .joined = !run->plan->bluegreen,
                                                     .delivered = on_delivered,
                                                     .user = run->ledger};
        status = demo_cluster_create(&options, &run->cluster, &error);
    }
    if (status != WEIR_OK) {
        weir_cli_complain(error.code != WEIR_OK ? error.text : "out of memory");
        return weir_cli_exit(status);
    }
    run->turns.ledger = run->ledger;
    run->turns.view = &run->view;
    return run->plan->bluegreen ? demo_turns_open(&run->turns, run->plan, run->group)
                                : WEIR_EXIT_OK;
}

int demo_run(const struct demo_plan *plan)
{
    static struct demo_run run; /* a frame and a picture are much for a stack */

    run = (struct demo_run){.plan = plan, .dying = -1, .signals = open_signals()};
    int64_t now_ns = demo_now_ns();
    demo_view_open(&run.view, stdout, plan->plain, now_ns);
    demo_view_say(&run.view, "mock cluster in this process: topic %s, %u partitions, %u orders/s",
                  DEMO_TOPIC, (unsigned)plan->partitions, (unsigned)plan->rate);
    demo_story_begin(&run.story, plan, now_ns);
    name_group(&run);
    int code = open_run(&run);
    if (code == WEIR_EXIT_OK) {
        code = play_on_cluster(&run);
    } else {
        demo_view_close(&run.view);
    }
    demo_turns_close(&run.turns);
    demo_cluster_destroy(run.cluster);
    demo_ledger_destroy(run.ledger);
    if (run.signals >= 0) {
        (void)close(run.signals);
    }
    return code;
}
