#include "tools/zoo_switch_write.h"

#include "framework/base/memory.h"
#include "framework/znode.h"
#include "tools/memory.h"
#include "tools/options.h"
#include "tools/zoo_group_state.h"
#include <stdlib.h>
#include <string.h>

static char *record_path(const struct weir_switching *switching)
{
    struct weir_znode node;

    weir_znode_switch(&node, switching->group->name);
    return weir_zoo_talk_path(switching->group->talk, node.path);
}

/* The folder weir is there when members are; that it is there already is no harm. */
static int make_folder(struct weir_switching *switching)
{
    struct weir_zoo_questions folder = {.all = NULL};
    struct weir_znode node;

    weir_znode_group(&node, switching->group->name, "weir");
    (void)weir_zoo_questions_add(&folder, WEIR_ZOO_CREATE,
                                 weir_zoo_talk_path(switching->group->talk, node.path));
    int code = weir_zoo_talk_ask(switching->group->talk, &folder);
    weir_zoo_questions_fini(&folder);
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

static int ask(struct weir_switching *switching, char *data, enum weir_switch_written *out)
{
    bool there = switching->look.switched;
    struct weir_zoo_questions questions = {.all = NULL};
    struct weir_zoo_question *question =
        weir_zoo_questions_add(&questions, WEIR_ZOO_MULTI, record_path(switching));

    weir_zoo_question_part(question,
                           (struct weir_zoo_part){.kind = there ? WEIR_ZOO_SET : WEIR_ZOO_CREATE,
                                                  .path = record_path(switching),
                                                  .data = data,
                                                  .version = switching->look.record_version});
    int code = weir_zoo_talk_ask(switching->group->talk, &questions);
    code = code != WEIR_EXIT_OK ? code : judge(&questions.all[0], out);
    weir_zoo_questions_fini(&questions);
    return code;
}

int weir_switching_write(struct weir_switching *switching, const struct weir_switch *next,
                         enum weir_switch_written *out)
{
    char *text = NULL;

    weir_zoo_talk_allow(switching->group->talk, switching->wish->timeout_ms);
    if (weir_switch_write(next, &text) != WEIR_OK) {
        return weir_switching_refuse("out of memory");
    }
    char *data = weir_cli_copy(text);
    weir_free(text);
    int code = switching->look.switched ? WEIR_EXIT_OK : make_folder(switching);
    if (code != WEIR_EXIT_OK) {
        free(data);
        return code;
    }
    return ask(switching, data, out);
}
