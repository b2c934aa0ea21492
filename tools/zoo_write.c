#include "framework/znode.h"
#include "tools/memory.h"
#include "tools/options.h"
#include "tools/zoo_group_state.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_SIZE = 512 };

/* Each offset is one transaction that makes the partition's owner, changes the offset from the
 * version that was read, and deletes the owner again. So it is changed only if nobody owns the
 * partition at that moment: not by a claim of weir's, which has a fence, nor by one of
 * go_kafka_client's, which has none. */
static const char self[] = "weir-offsets";

enum { PART_OWNER, PART_OFFSET };

/* One write, from the first look to the last. */
struct writing {
    const struct weir_zoo_group *group;
    const struct weir_plan *plan;
    struct weir_zoo_questions nodes; /* of the changes that are to be made, in their order */
};

static char *offset_path(const struct writing *writing, const struct weir_change *change)
{
    struct weir_znode node;

    weir_znode_offset(&node, writing->group->name, change->topic, change->partition);
    return weir_zoo_talk_path(writing->group->talk, node.path);
}

static char *owner_path(const struct writing *writing, const struct weir_change *change)
{
    struct weir_znode node;

    weir_znode_owner(&node, writing->group->name, change->topic, change->partition);
    return weir_zoo_talk_path(writing->group->talk, node.path);
}

static int complain(const struct weir_change *change, const char *why)
{
    char text[TEXT_SIZE];

    (void)snprintf(text, sizeof text, "%.249s/%d: %.200s", change->topic, (int)change->partition,
                   why);
    weir_cli_complain(text);
    return WEIR_EXIT_TRY_AGAIN;
}

/* The next change that is to be made, from *at on; NULL: there is none. */
static const struct weir_change *next_change(const struct weir_plan *plan, size_t *at)
{
    while (*at < plan->count && plan->changes[*at].kind != WEIR_CHANGE_SET) {
        (*at)++;
    }
    return *at < plan->count ? &plan->changes[(*at)++] : NULL;
}

static int read_nodes(struct writing *writing)
{
    const struct weir_change *change = NULL;

    weir_zoo_questions_fini(&writing->nodes);
    for (size_t at = 0; (change = next_change(writing->plan, &at)) != NULL;) {
        (void)weir_zoo_questions_add(&writing->nodes, WEIR_ZOO_GET, offset_path(writing, change));
    }
    return weir_zoo_talk_read(writing->group->talk, &writing->nodes);
}

static bool holds(const struct weir_zoo_question *node, int64_t offset)
{
    int64_t there = 0;

    return node->result == WEIR_ZOO_OK && weir_znode_offset_read(node->data, node->size, &there) &&
           there == offset;
}

/* Does it stand there as the plan was made from? */
static int check_nodes(const struct writing *writing)
{
    const struct weir_change *change = NULL;
    int code = WEIR_EXIT_OK;

    for (size_t at = 0, i = 0; (change = next_change(writing->plan, &at)) != NULL; i++) {
        const struct weir_zoo_question *node = &writing->nodes.all[i];
        if (change->none ? node->result != WEIR_ZOO_ABSENT : !holds(node, change->old)) {
            code =
                complain(change, "somebody has changed its offset meanwhile; nothing is written");
        }
    }
    return code;
}

/* Folders. */

static void ask_folders(struct weir_zoo_questions *folders, char *path)
{
    for (char *end = strchr(path + 1, '/'); end != NULL; end = strchr(end + 1, '/')) {
        (void)weir_zoo_questions_add(folders, WEIR_ZOO_CREATE,
                                     weir_cli_text("%.*s", (int)(end - path), path));
    }
    free(path);
}

/* That they are there already is no harm. */
static int make_folders(const struct writing *writing)
{
    struct weir_zoo_questions folders = {.all = NULL};
    const struct weir_change *change = NULL;
    const char *topic = "";
    char text[TEXT_SIZE];

    for (size_t at = 0; (change = next_change(writing->plan, &at)) != NULL;) {
        if (strcmp(change->topic, topic) != 0) {
            ask_folders(&folders, offset_path(writing, change));
            ask_folders(&folders, owner_path(writing, change));
            topic = change->topic;
        }
    }
    int code = weir_zoo_talk_ask(writing->group->talk, &folders);
    for (size_t i = 0; i < folders.count && code == WEIR_EXIT_OK; i++) {
        const struct weir_zoo_question *folder = &folders.all[i];
        bool there = folder->result == WEIR_ZOO_OK || folder->result == WEIR_ZOO_PRESENT ||
                     folder->result == WEIR_ZOO_UNKNOWN; /* what needs it tells */
        if (!there) {
            (void)snprintf(text, sizeof text, "ZooKeeper: %.300s cannot be made: %s", folder->path,
                           folder->why);
            weir_cli_complain(text);
            code = WEIR_EXIT_UNAVAILABLE;
        }
    }
    weir_zoo_questions_fini(&folders);
    return code;
}

/* Offsets. */

static void ask_change(const struct writing *writing, struct weir_zoo_questions *changes,
                       const struct weir_change *change, const struct weir_zoo_question *node)
{
    bool there = node->result == WEIR_ZOO_OK;
    struct weir_zoo_question *asked =
        weir_zoo_questions_add(changes, WEIR_ZOO_MULTI, owner_path(writing, change));

    weir_zoo_question_part(asked, (struct weir_zoo_part){.kind = WEIR_ZOO_CREATE,
                                                         .path = owner_path(writing, change),
                                                         .data = weir_cli_copy(self)});
    weir_zoo_question_part(asked,
                           (struct weir_zoo_part){.kind = there ? WEIR_ZOO_SET : WEIR_ZOO_CREATE,
                                                  .path = offset_path(writing, change),
                                                  .data = weir_cli_text("%" PRId64, change->offset),
                                                  .version = node->facts.version});
    weir_zoo_question_part(asked, (struct weir_zoo_part){.kind = WEIR_ZOO_DELETE,
                                                         .path = owner_path(writing, change),
                                                         .version = WEIR_ZOO_ANY_VERSION});
}

/* Of what is not known reading back tells. */
static int judge_change(const struct weir_change *change, const struct weir_zoo_question *answer)
{
    if (answer->result == WEIR_ZOO_OK || answer->result == WEIR_ZOO_UNKNOWN) {
        return WEIR_EXIT_OK;
    }
    if (answer->result == WEIR_ZOO_PRESENT && answer->failed_part == PART_OWNER) {
        return complain(change, "not written: somebody has come to own it");
    }
    if (answer->failed_part == PART_OFFSET && answer->result != WEIR_ZOO_DENIED) {
        return complain(change, "not written: somebody has changed its offset meanwhile");
    }
    (void)complain(change, answer->why);
    return WEIR_EXIT_UNAVAILABLE;
}

static int write_changes(const struct writing *writing)
{
    struct weir_zoo_questions changes = {.all = NULL};
    const struct weir_change *change = NULL;

    for (size_t at = 0, i = 0; (change = next_change(writing->plan, &at)) != NULL; i++) {
        ask_change(writing, &changes, change, &writing->nodes.all[i]);
    }
    int code = weir_zoo_talk_ask(writing->group->talk, &changes);
    int worst = WEIR_EXIT_OK;
    if (code != WEIR_EXIT_OK) {
        weir_cli_complain("some offsets may be written: look before you go on");
    }
    for (size_t at = 0, i = 0;
         code == WEIR_EXIT_OK && (change = next_change(writing->plan, &at)) != NULL; i++) {
        int one = judge_change(change, &changes.all[i]);
        worst = one == WEIR_EXIT_OK ? worst : one;
    }
    weir_zoo_questions_fini(&changes);
    return code != WEIR_EXIT_OK ? code : worst;
}

static int read_back(struct writing *writing)
{
    const struct weir_change *change = NULL;
    char text[TEXT_SIZE];
    int code = read_nodes(writing);
    bool same = true;

    for (size_t at = 0, i = 0;
         code == WEIR_EXIT_OK && (change = next_change(writing->plan, &at)) != NULL; i++) {
        if (!holds(&writing->nodes.all[i], change->offset)) {
            (void)snprintf(text, sizeof text, "is not stored at %" PRId64 " now", change->offset);
            (void)complain(change, text);
            same = false;
        }
    }
    return code != WEIR_EXIT_OK ? code : same ? WEIR_EXIT_OK : WEIR_EXIT_TRY_AGAIN;
}

int weir_zoo_group_write(struct weir_zoo_group *group, int64_t timeout_ms,
                         const struct weir_plan *plan)
{
    struct writing writing = {.group = group, .plan = plan};

    weir_zoo_talk_allow(group->talk, timeout_ms);
    int code = read_nodes(&writing);
    code = code != WEIR_EXIT_OK ? code : check_nodes(&writing);
    code = code != WEIR_EXIT_OK ? code : make_folders(&writing);
    code = code != WEIR_EXIT_OK ? code : write_changes(&writing);
    code = code != WEIR_EXIT_OK ? code : read_back(&writing);
    weir_zoo_questions_fini(&writing.nodes);
    return code;
}
