#include "framework/znode.h"
#include "tools/memory.h"
#include "tools/options.h"
#include "tools/zoo_group_state.h"
#include "tools/zoo_look.h"
#include <stdlib.h>
#include <string.h>

enum { ASK_SYNC, ASK_TOPICS };

static int ask_topics(const struct weir_zoo_group *group, struct weir_zoo_questions *first)
{
    struct weir_znode node;

    weir_znode_group(&node, group->name, "offsets");
    (void)weir_zoo_questions_add(first, WEIR_ZOO_SYNC, weir_zoo_talk_path(group->talk, node.path));
    (void)weir_zoo_questions_add(first, WEIR_ZOO_CHILDREN,
                                 weir_zoo_talk_path(group->talk, node.path));
    return weir_zoo_talk_read(group->talk, first);
}

/* Of the topics that have offsets: `nodes` are in the order of the partitions they are of. */
struct found {
    struct weir_zoo_questions nodes;
    struct weir_view_partition **partitions;
};

static void add_partitions(struct found *found, const struct weir_view *view, const char *topic,
                           const struct weir_zoo_question *answer)
{
    for (size_t i = 0; i < answer->name_count; i++) {
        int32_t number = weir_zoo_partition(answer->names[i]);
        struct weir_view_partition *partition =
            number < 0 ? NULL : weir_view_find(view, topic, number);
        if (partition != NULL) {
            found->partitions = weir_cli_grow(found->partitions, found->nodes.count + 1,
                                              sizeof(struct weir_view_partition *));
            found->partitions[found->nodes.count] = partition;
            (void)weir_zoo_questions_add(&found->nodes, WEIR_ZOO_GET,
                                         weir_cli_text("%s/%s", answer->path, answer->names[i]));
        }
    }
}

static void take_offset(struct weir_view_partition *partition,
                        const struct weir_zoo_question *answer)
{
    if (answer->result == WEIR_ZOO_ABSENT) {
        return;
    }
    partition->none = false;
    if (!weir_znode_offset_read(answer->data, answer->size, &partition->committed) &&
        partition->trouble == NULL) {
        partition->trouble = weir_cli_copy("its node in ZooKeeper holds no offset");
    }
}

static int ask_offsets(const struct weir_zoo_group *group, const struct weir_zoo_question *topics,
                       struct weir_view *view)
{
    struct weir_zoo_questions lists = {.all = NULL};
    struct found found = {.partitions = NULL};

    for (size_t i = 0; i < topics->name_count; i++) {
        (void)weir_zoo_questions_add(&lists, WEIR_ZOO_CHILDREN,
                                     weir_cli_text("%s/%s", topics->path, topics->names[i]));
    }
    int code = weir_zoo_talk_read(group->talk, &lists);
    for (size_t i = 0; i < topics->name_count && code == WEIR_EXIT_OK; i++) {
        add_partitions(&found, view, topics->names[i], &lists.all[i]);
    }
    code = code != WEIR_EXIT_OK ? code : weir_zoo_talk_read(group->talk, &found.nodes);
    for (size_t i = 0; i < view->partition_count && code == WEIR_EXIT_OK; i++) {
        view->partitions[i].none = true;
    }
    for (size_t i = 0; i < found.nodes.count && code == WEIR_EXIT_OK; i++) {
        take_offset(found.partitions[i], &found.nodes.all[i]);
    }
    weir_zoo_questions_fini(&lists);
    weir_zoo_questions_fini(&found.nodes);
    free(found.partitions);
    return code;
}

int weir_zoo_group_ask_committed(struct weir_zoo_group *group, int64_t timeout_ms,
                                 struct weir_view *view)
{
    struct weir_zoo_questions first = {.all = NULL};

    weir_zoo_talk_allow(group->talk, timeout_ms);
    int code = ask_topics(group, &first);
    code = code != WEIR_EXIT_OK ? code : ask_offsets(group, &first.all[ASK_TOPICS], view);
    weir_zoo_questions_fini(&first);
    return code;
}
