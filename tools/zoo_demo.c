#include "tools/zoo_demo.h"

#include "framework/consumer.h"
#include "framework/znode.h"
#include "framework/zoo_address.h"
#include "tools/demo_relay.h"
#include "tools/memory.h"
#include "tools/options.h"
#include "tools/switch_name.h"
#include "tools/zoo_group_state.h"
#include "tools/zoo_look.h"
#include "tools/zoo_standin.h"
#include "tools/zoo_switch.h"
#include "tools/zoo_switch_sight.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PREPARE_MS = 30000, DRAIN_MS = 25000, TAKE_MS = 30000, ASK_MS = 15000 };

static const char standin[] = "standin:2181"; /* which nobody looks up */

struct weir_zoo_demo {
    char *connect;
    char *mortal;             /* the same by way of the relay; NULL: as the others */
    struct demo_relay *relay; /* to real servers */
    bool stands_in;
    struct weir_config *config;
    struct weir_zoo_group *group;
    struct weir_library library; /* of the members */
    char by[WEIR_SWITCH_NAME_SIZE];
    uint32_t asked; /* switches */
    bool seen;      /* somebody answered */
};

/* Opening. */

static int open_group(struct weir_zoo_demo *demo, const char *group)
{
    const struct weir_zoo_world world = {.library = &weir_zoo_library_standin};
    struct weir_error error = {.code = WEIR_OK};

    if (weir_config_create(&demo->config) != WEIR_OK) {
        weir_cli_complain("out of memory");
        return WEIR_EXIT_TRY_AGAIN;
    }
    if (weir_config_set(demo->config, "zookeeper.connect", demo->connect, WEIR_CONFIG_ARGUMENT,
                        &error) != WEIR_OK) {
        weir_cli_complain(error.text);
        return WEIR_EXIT_USAGE;
    }
    return weir_zoo_group_open(demo->config, group, demo->stands_in ? &world : NULL, &demo->group);
}

/* The address was good for the group. */
static int open_relay(struct weir_zoo_demo *demo)
{
    struct weir_zoo_address address = {.servers = NULL};

    if (weir_zoo_address_parse(demo->connect, &address, NULL) != WEIR_OK ||
        demo_relay_create(address.servers, &demo->relay) != WEIR_OK) {
        weir_zoo_address_fini(&address);
        weir_cli_complain("no port or thread is left");
        return WEIR_EXIT_TRY_AGAIN;
    }
    demo->mortal = weir_cli_text("%s%s", demo_relay_address(demo->relay), address.chroot);
    weir_zoo_address_fini(&address);
    return WEIR_EXIT_OK;
}

int weir_zoo_demo_open(const char *connect, const char *group, struct weir_zoo_demo **out)
{
    struct weir_zoo_demo *demo = weir_cli_alloc(1, sizeof *demo);

    demo->connect = weir_cli_copy(connect == NULL ? standin : connect);
    demo->library = weir_library_kafka;
    weir_switch_name_asker(demo->by);
    if (connect == NULL) {
        if (weir_zoo_standin_open() != WEIR_OK) {
            weir_cli_complain("no thread can be started");
            weir_zoo_demo_close(demo);
            return WEIR_EXIT_TRY_AGAIN;
        }
        demo->stands_in = true;
        demo->library.zoo = &weir_zoo_library_standin;
    }
    int code = open_group(demo, group);
    code = code != WEIR_EXIT_OK || demo->stands_in ? code : open_relay(demo);
    if (code != WEIR_EXIT_OK) {
        weir_zoo_demo_close(demo);
        return code;
    }
    *out = demo;
    return WEIR_EXIT_OK;
}

/* The paths of a tree, each before what is below it. */
struct tree {
    char **paths;
    size_t count;
};

/* Takes the path. */
static void grow_tree(struct tree *tree, char *path)
{
    tree->paths = weir_cli_grow(tree->paths, tree->count + 1, sizeof tree->paths[0]);
    tree->paths[tree->count++] = path;
}

static int list_children(struct weir_zoo_talk *talk, struct tree *tree, size_t index)
{
    struct weir_zoo_questions questions = {.all = NULL};

    (void)weir_zoo_questions_add(&questions, WEIR_ZOO_CHILDREN, weir_cli_copy(tree->paths[index]));
    int code = weir_zoo_talk_read(talk, &questions);
    for (size_t i = 0; code == WEIR_EXIT_OK && i < questions.all[0].name_count; i++) {
        grow_tree(tree, weir_cli_text("%s/%s", tree->paths[index], questions.all[0].names[i]));
    }
    weir_zoo_questions_fini(&questions);
    return code;
}

/* Takes the path. */
static int remove_node(struct weir_zoo_talk *talk, char *path)
{
    struct weir_zoo_questions questions = {.all = NULL};
    struct weir_zoo_question *question =
        weir_zoo_questions_add(&questions, WEIR_ZOO_MULTI, weir_cli_copy(path));

    weir_zoo_question_part(question, (struct weir_zoo_part){.kind = WEIR_ZOO_DELETE,
                                                            .path = path,
                                                            .version = WEIR_ZOO_ANY_VERSION});
    int code = weir_zoo_talk_ask(talk, &questions);
    weir_zoo_questions_fini(&questions);
    return code;
}

/* What goes wrong is said; what is left then is under a name that nobody will use again. */
static void sweep(struct weir_zoo_demo *demo)
{
    struct weir_zoo_talk *talk = demo->group->talk;
    struct tree tree = {.paths = NULL};
    struct weir_znode node;
    int code = WEIR_EXIT_OK;

    weir_znode_group(&node, demo->group->name, "");
    weir_zoo_talk_allow(talk, ASK_MS);
    grow_tree(&tree, weir_zoo_talk_path(talk, node.path));
    for (size_t i = 0; code == WEIR_EXIT_OK && i < tree.count; i++) {
        code = list_children(talk, &tree, i);
    }
    for (size_t i = tree.count; code == WEIR_EXIT_OK && i > 0; i--) {
        code = remove_node(talk, tree.paths[i - 1]);
        tree.paths[i - 1] = NULL;
    }
    for (size_t i = 0; i < tree.count; i++) {
        free(tree.paths[i]);
    }
    free(tree.paths);
}

void weir_zoo_demo_close(struct weir_zoo_demo *demo)
{
    if (demo == NULL) {
        return;
    }
    if (demo->seen && !demo->stands_in) {
        sweep(demo);
    }
    weir_zoo_group_close(demo->group);
    weir_config_destroy(demo->config);
    if (demo->stands_in) {
        weir_zoo_standin_close();
    }
    demo_relay_destroy(demo->relay);
    free(demo->mortal);
    free(demo->connect);
    free(demo);
}

/* Members. */

const char *weir_zoo_demo_connect(const struct weir_zoo_demo *demo, bool mortal)
{
    return mortal && demo->mortal != NULL ? demo->mortal : demo->connect;
}

void weir_zoo_demo_cut(struct weir_zoo_demo *demo, const char *member)
{
    if (demo->stands_in) {
        weir_zoo_standin_cut(member);
    } else {
        demo_relay_cut(demo->relay);
    }
}

enum weir_status weir_zoo_demo_consumer(const struct weir_zoo_demo *demo,
                                        const struct weir_config *config,
                                        const struct weir_consumer_options *options,
                                        struct weir_consumer **out, struct weir_error *error)
{
    return weir_consumer_create_on(&demo->library, config, options, out, error);
}

/* Switches. */

static void take_record(const struct weir_switch *record, struct weir_zoo_demo_sight *out)
{
    (void)snprintf(out->active, sizeof out->active, "%s", record->active);
    out->step = weir_switch_step_name(record->step);
    out->epoch = record->epoch;
    out->ended = (uint32_t)record->past_count;
    if (record->past_count > 0) {
        out->outcome = weir_switch_outcome_name(record->past[0].outcome);
    }
    if (record->step != WEIR_SWITCH_IDLE) {
        (void)snprintf(out->to, sizeof out->to, "%s", record->request.to);
    }
}

int weir_zoo_demo_look(struct weir_zoo_demo *demo, struct weir_zoo_demo_sight *out)
{
    struct weir_zoo_look look;

    *out = (struct weir_zoo_demo_sight){.members = 0};
    weir_zoo_talk_allow(demo->group->talk, ASK_MS);
    int code = weir_zoo_look_members(demo->group->talk, demo->group->name, &look);
    if (code == WEIR_EXIT_OK) {
        size_t count = 0;
        free(weir_switching_members(&look, &count));
        out->members = (uint32_t)count;
        demo->seen = true;
        take_record(&look.record, out);
        weir_switching_blocked(&look, out->blocked);
    }
    weir_zoo_look_fini(&look);
    return code;
}

/* What the verb prints is for somebody who reads it; its complaints are heard. */
static int run(struct weir_zoo_demo *demo, weir_zoo_switch_fn *verb,
               const struct weir_switch_wish *wish)
{
    char *printed = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&printed, &size);

    if (out == NULL) {
        weir_cli_complain("out of memory");
        return WEIR_EXIT_TRY_AGAIN;
    }
    int code = verb(demo->group, wish, out);
    (void)fclose(out);
    free(printed);
    return code;
}

static struct weir_switch_wish wish_for(const struct weir_zoo_demo *demo, const char *color,
                                        char id[WEIR_SWITCH_NAME_SIZE])
{
    (void)snprintf(id, WEIR_SWITCH_NAME_SIZE, "demo-%u", (unsigned)demo->asked);
    return (struct weir_switch_wish){.to = color,
                                     .id = id,
                                     .by = demo->by,
                                     .prepare_ms = PREPARE_MS,
                                     .drain_ms = DRAIN_MS,
                                     .take_ms = TAKE_MS,
                                     .execute = true,
                                     .timeout_ms = ASK_MS};
}

int weir_zoo_demo_plan(struct weir_zoo_demo *demo, const char *color, bool *ready)
{
    char id[WEIR_SWITCH_NAME_SIZE];
    const struct weir_switch_wish wish = wish_for(demo, color, id);
    int code = run(demo, weir_zoo_switch_plan, &wish);

    *ready = code == WEIR_EXIT_OK;
    return code == WEIR_EXIT_TRY_AGAIN ? WEIR_EXIT_OK : code;
}

int weir_zoo_demo_apply(struct weir_zoo_demo *demo, const char *color, int64_t health_ms)
{
    char id[WEIR_SWITCH_NAME_SIZE];

    demo->asked++;
    struct weir_switch_wish wish = wish_for(demo, color, id);
    wish.health_ms = health_ms;
    return run(demo, weir_zoo_switch_apply, &wish);
}

int weir_zoo_demo_rollback(struct weir_zoo_demo *demo)
{
    char id[WEIR_SWITCH_NAME_SIZE];
    const struct weir_switch_wish wish = wish_for(demo, "", id);

    return run(demo, weir_zoo_switch_rollback, &wish);
}
