#include "tools/zoo_switch_write.h"

#include "framework/base/memory.h"
#include "framework/znode.h"
#include "tools/memory.h"
#include "tools/options.h"
#include "tools/zoo_group_state.h"
#include "tools/zoo_switch_replay.h"
#include <stdlib.h>
#include <string.h>

static char *path_of(const struct weir_switching *switching, const char *below)
{
    struct weir_znode node;

    weir_znode_group(&node, switching->group->name, below);
    return weir_zoo_talk_path(switching->group->talk, node.path);
}

static int refuse_write(const char *path, const char *why)
{
    char *text = weir_cli_text("ZooKeeper: %s cannot be written: %s", path, why);

    weir_cli_complain(text);
    free(text);
    return WEIR_EXIT_UNAVAILABLE;
}

/* The folder weir is there when members are; that a node is there already is no harm. */
static int make_nodes(struct weir_switching *switching, const struct weir_switch_papers *papers)
{
    struct weir_zoo_questions nodes = {.all = NULL};

    (void)weir_zoo_questions_add(&nodes, WEIR_ZOO_CREATE, path_of(switching, "weir"));
    if (papers->stops != NULL) {
        (void)weir_zoo_questions_add(&nodes, WEIR_ZOO_CREATE, path_of(switching, "weir/stops"));
    }
    if (papers->snapshot != NULL) {
        (void)weir_zoo_questions_add(&nodes, WEIR_ZOO_CREATE, path_of(switching, "weir/snapshot"));
    }
    int code = weir_zoo_talk_ask(switching->group->talk, &nodes);
    for (size_t i = 0; code == WEIR_EXIT_OK && i < nodes.count; i++) {
        bool refused =
            nodes.all[i].result == WEIR_ZOO_DENIED || nodes.all[i].result == WEIR_ZOO_FAILED;
        code = refused ? refuse_write(nodes.all[i].path, nodes.all[i].why) : code;
    }
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
    return refuse_write(answer->parts[answer->failed_part].path, answer->why);
}

static void add_paper(struct weir_switching *switching, struct weir_zoo_question *question,
                      const char *below, const char *data)
{
    if (data != NULL) {
        weir_zoo_question_part(question, (struct weir_zoo_part){.kind = WEIR_ZOO_SET,
                                                                .path = path_of(switching, below),
                                                                .data = weir_cli_copy(data),
                                                                .version = WEIR_ZOO_ANY_VERSION});
    }
}

static int ask(struct weir_switching *switching, const char *data,
               const struct weir_switch_papers *papers, enum weir_switch_written *out)
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
    add_paper(switching, question, "weir/stops", papers->stops);
    add_paper(switching, question, "weir/snapshot", papers->snapshot);
    if (papers->replay != NULL) {
        weir_switch_replay_add(papers->replay, question);
    }
    int code = weir_zoo_talk_ask(switching->group->talk, &questions);
    code = code != WEIR_EXIT_OK ? code : judge(&questions.all[0], out);
    weir_zoo_questions_fini(&questions);
    return code;
}

static size_t size_of(const char *paper)
{
    return paper == NULL ? 0 : strlen(paper);
}

static size_t size_of_both(const struct weir_switch_papers *papers)
{
    return size_of(papers->stops) + size_of(papers->snapshot);
}

static int refuse_size(bool beside_snapshot)
{
    weir_cli_complain(!beside_snapshot
                          ? "there are more stop offsets than a node can hold"
                          : "there are more stop offsets than fit beside the snapshot; without "
                            "one, with weir.bluegreen.window.ms=0, there is room for more");
    return WEIR_EXIT_USAGE;
}

int weir_switching_ask(struct weir_switching *switching, const struct weir_switch *next,
                       const struct weir_switch_papers *papers, enum weir_switch_written *out)
{
    char *text = NULL;
    int code = WEIR_EXIT_OK;

    weir_zoo_talk_allow(switching->group->talk, switching->wish->timeout_ms);
    if (weir_switch_write(next, &text) != WEIR_OK) {
        return weir_switching_refuse("out of memory");
    }
    size_t size = size_of_both(papers);
    if (size > 0 && size + strlen(text) > WEIR_ZOO_DATA_MAX) {
        code = refuse_size(papers->snapshot != NULL);
    } else if (!switching->look.switched || size > 0) {
        code = make_nodes(switching, papers);
    }
    code = code != WEIR_EXIT_OK ? code : ask(switching, text, papers, out);
    weir_free(text);
    return code;
}

int weir_switching_write(struct weir_switching *switching, const struct weir_switch *next,
                         enum weir_switch_written *out)
{
    const struct weir_switch_papers none = {.stops = NULL};

    return weir_switching_ask(switching, next, &none, out);
}

/* Takes the data; NULL: it must be as it was seen. */
static struct weir_zoo_part half(const struct weir_switching *switching, char *data)
{
    enum weir_zoo_kind kind = switching->look.switched ? WEIR_ZOO_SET : WEIR_ZOO_CREATE;

    return (struct weir_zoo_part){.kind = data != NULL ? kind : WEIR_ZOO_CHECK,
                                  .path = path_of(switching, "weir/switch"),
                                  .data = data,
                                  .version = switching->look.record_version};
}

static int text_of(const struct weir_switch *record, char **out)
{
    char *text = NULL;

    if (record != NULL && weir_switch_write(record, &text) != WEIR_OK) {
        return weir_switching_refuse("out of memory");
    }
    *out = weir_cli_copy(text);
    weir_free(text);
    return WEIR_EXIT_OK;
}

static int ask_both(const struct weir_switch_half halves[2], char *texts[2],
                    enum weir_switch_written *out)
{
    struct weir_switching *first = halves[0].switching;
    struct weir_zoo_questions questions = {.all = NULL};
    struct weir_zoo_question *question =
        weir_zoo_questions_add(&questions, WEIR_ZOO_MULTI, path_of(first, "weir/switch"));

    for (size_t i = 0; i < 2; i++) {
        weir_zoo_question_part(question, half(halves[i].switching, texts[i]));
    }
    for (size_t i = 0; i < 2; i++) {
        const struct weir_switch_papers *papers = &halves[i].papers;
        add_paper(halves[i].switching, question, "weir/stops", papers->stops);
        add_paper(halves[i].switching, question, "weir/snapshot", papers->snapshot);
        if (papers->replay != NULL) {
            weir_switch_replay_add(papers->replay, question);
        }
    }
    int code = weir_zoo_talk_ask(first->group->talk, &questions);
    code = code != WEIR_EXIT_OK ? code : judge(&questions.all[0], out);
    weir_zoo_questions_fini(&questions);
    return code;
}

/* That there is a place for it. */
static int prepare_half(const struct weir_switch_half *half)
{
    struct weir_switching *switching = half->switching;

    weir_zoo_talk_allow(switching->group->talk, switching->wish->timeout_ms);
    return switching->look.switched && size_of_both(&half->papers) == 0
               ? WEIR_EXIT_OK
               : make_nodes(switching, &half->papers);
}

int weir_switching_write_both(const struct weir_switch_half halves[2],
                              enum weir_switch_written *out)
{
    char *texts[2] = {NULL, NULL};
    size_t papers = size_of_both(&halves[0].papers) + size_of_both(&halves[1].papers);
    int code = WEIR_EXIT_OK;

    for (size_t i = 0; code == WEIR_EXIT_OK && i < 2; i++) {
        code = text_of(halves[i].next, &texts[i]);
    }
    if (code == WEIR_EXIT_OK && papers > 0 &&
        papers + size_of(texts[0]) + size_of(texts[1]) > WEIR_ZOO_DATA_MAX) {
        code = refuse_size(halves[0].papers.snapshot != NULL || halves[1].papers.snapshot != NULL);
    }
    for (size_t i = 0; code == WEIR_EXIT_OK && i < 2; i++) {
        code = prepare_half(&halves[i]);
    }
    if (code != WEIR_EXIT_OK) {
        free(texts[0]);
        free(texts[1]);
        return code;
    }
    return ask_both(halves, texts, out);
}
