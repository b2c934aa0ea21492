#include "tools/zoo_switch_write.h"

#include "framework/base/memory.h"
#include "framework/znode.h"
#include "tools/memory.h"
#include "tools/options.h"
#include "tools/zoo_group_state.h"
#include <stdlib.h>
#include <string.h>

static char *path_of(const struct weir_switching *switching, const char *below)
{
    struct weir_znode node;

    weir_znode_group(&node, switching->group->name, below);
    return weir_zoo_talk_path(switching->group->talk, node.path);
}

/* The folder weir is there when members are; that a node is there already is no harm. */
static int make_nodes(struct weir_switching *switching, bool stops)
{
    struct weir_zoo_questions nodes = {.all = NULL};

    (void)weir_zoo_questions_add(&nodes, WEIR_ZOO_CREATE, path_of(switching, "weir"));
    if (stops) {
        (void)weir_zoo_questions_add(&nodes, WEIR_ZOO_CREATE, path_of(switching, "weir/stops"));
    }
    int code = weir_zoo_talk_ask(switching->group->talk, &nodes);
    weir_zoo_questions_fini(&nodes);
    return code;
}

static int judge(const struct weir_zoo_question *answer, enum weir_switch_written *out)
{
    switch (answer->result) {
    case WEIR_ZOO_OK:
        *out = WEIR_SWITCH_WRITTEN;
        return WEIR_EXIT_OK;
    case WEIR_ZOO_OTHER:
    case WEIR_ZOO_PRESENT:
    case WEIR_ZOO_ABSENT:
        *out = WEIR_SWITCH_LOST;
        return WEIR_EXIT_OK;
    case WEIR_ZOO_UNKNOWN:
        *out = WEIR_SWITCH_UNSURE;
        return WEIR_EXIT_OK;
    case WEIR_ZOO_DENIED:
    case WEIR_ZOO_FAILED:
        break;
    }
    char *text =
        weir_cli_text("ZooKeeper: %s cannot be written: %s", answer->parts[0].path, answer->why);
    weir_cli_complain(text);
    free(text);
    return WEIR_EXIT_UNAVAILABLE;
}

static int ask(struct weir_switching *switching, const char *data, const char *stops,
               enum weir_switch_written *out)
{
    bool there = switching->look.switched;
    struct weir_zoo_questions questions = {.all = NULL};
    struct weir_zoo_question *question =
        weir_zoo_questions_add(&questions, WEIR_ZOO_MULTI, path_of(switching, "weir/switch"));

    weir_zoo_question_part(question,
                           (struct weir_zoo_part){.kind = there ? WEIR_ZOO_SET : WEIR_ZOO_CREATE,
                                                  .path = path_of(switching, "weir/switch"),
                                                  .data = weir_cli_copy(data),
                                                  .version = switching->look.record_version});
    if (stops != NULL) {
        weir_zoo_question_part(question,
                               (struct weir_zoo_part){.kind = WEIR_ZOO_SET,
                                                      .path = path_of(switching, "weir/stops"),
                                                      .data = weir_cli_copy(stops),
                                                      .version = WEIR_ZOO_ANY_VERSION});
    }
    int code = weir_zoo_talk_ask(switching->group->talk, &questions);
    code = code != WEIR_EXIT_OK ? code : judge(&questions.all[0], out);
    weir_zoo_questions_fini(&questions);
    return code;
}

static int refuse_size(void)
{
    weir_cli_complain("there are more stop offsets than a node can hold");
    return WEIR_EXIT_USAGE;
}

int weir_switching_ask(struct weir_switching *switching, const struct weir_switch *next,
                       const char *stops, enum weir_switch_written *out)
{
    char *text = NULL;
    int code = WEIR_EXIT_OK;

    weir_zoo_talk_allow(switching->group->talk, switching->wish->timeout_ms);
    if (weir_switch_write(next, &text) != WEIR_OK) {
        return weir_switching_refuse("out of memory");
    }
    if (stops != NULL && strlen(stops) + strlen(text) > WEIR_ZOO_DATA_MAX) {
        code = refuse_size();
    } else if (!switching->look.switched || stops != NULL) {
        code = make_nodes(switching, stops != NULL);
    }
    code = code != WEIR_EXIT_OK ? code : ask(switching, text, stops, out);
    weir_free(text);
    return code;
}

int weir_switching_write(struct weir_switching *switching, const struct weir_switch *next,
                         enum weir_switch_written *out)
{
    return weir_switching_ask(switching, next, NULL, out);
}
