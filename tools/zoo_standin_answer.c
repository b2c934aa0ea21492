#include "tools/zoo_standin_state.h"

#include "tools/memory.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

const char *weir_standin_path(const struct weir_standin_client *client, const char *path)
{
    size_t above = strlen(client->chroot);

    assert(strncmp(path, client->chroot, above) == 0);
    return path[above] == '\0' ? "/" : path + above;
}

static struct weir_standin_news *answer_children(const struct weir_zoo_tree *tree,
                                                 const struct weir_zoo_request *request)
{
    uint32_t count = weir_zoo_tree_children(tree, request->path, NULL, 0);
    const char **names = weir_cli_alloc(count, sizeof *names);

    (void)weir_zoo_tree_children(tree, request->path, names, count);
    struct weir_standin_news *news = weir_standin_news_names(names, count);
    free(names);
    return news;
}

static struct weir_standin_news *answer_read(struct weir_zoo_tree *tree,
                                             const struct weir_standin_letter *letter,
                                             const struct weir_standin_client *client)
{
    const struct weir_zoo_request *request = &letter->request;
    enum weir_zoo_result result = weir_zoo_tree_judge(tree, request);
    const struct weir_zoo_node *node = weir_zoo_tree_find(tree, request->path);
    bool children = request->kind == WEIR_ZOO_CHILDREN;
    struct weir_standin_news *news = NULL;

    if (result == WEIR_ZOO_OK && children) {
        news = answer_children(tree, request);
    } else if (result == WEIR_ZOO_OK && request->kind == WEIR_ZOO_GET) {
        news = weir_standin_news_data(WEIR_ZOO_ANSWER, node->data, node->size);
    } else {
        news = weir_standin_news_create(WEIR_ZOO_ANSWER);
    }
    news->event.result = result;
    if (result == WEIR_ZOO_OK) {
        news->event.facts = weir_zoo_tree_facts(tree, node);
    }
    bool leaves =
        result == WEIR_ZOO_OK || (result == WEIR_ZOO_ABSENT && request->kind == WEIR_ZOO_EXISTS);
    if (request->watch && leaves && client != NULL) {
        weir_zoo_tree_watch(tree, request->path, children, letter->session);
        news->watch =
            weir_zoo_watch_create(weir_standin_path(client, request->path),
                                  children ? WEIR_ZOO_WATCH_CHILDREN : WEIR_ZOO_WATCH_NODE);
    }
    return news;
}

static struct weir_standin_news *answer_write(struct weir_zoo_tree *tree,
                                              const struct weir_standin_letter *letter)
{
    const struct weir_zoo_request *request = &letter->request;
    struct weir_standin_news *news = weir_standin_news_create(WEIR_ZOO_ANSWER);

    news->event.result = weir_zoo_tree_judge(tree, request);
    if (news->event.result == WEIR_ZOO_OK) {
        weir_zoo_tree_apply(tree, request, letter->session);
    }
    if (news->event.result == WEIR_ZOO_OK && request->kind == WEIR_ZOO_SET) {
        const struct weir_zoo_node *node = weir_zoo_tree_find(tree, request->path);
        news->event.facts = weir_zoo_tree_facts(tree, node);
    }
    return news;
}

static struct weir_standin_news *answer_multi(struct weir_zoo_tree *tree,
                                              const struct weir_standin_letter *letter)
{
    const struct weir_zoo_request *request = &letter->request;
    struct weir_standin_news *news = weir_standin_news_create(WEIR_ZOO_ANSWER);

    news->event.result =
        weir_zoo_tree_judge_all(tree, letter->parts, request->part_count, &news->event.failed_part);
    for (size_t i = 0; news->event.result == WEIR_ZOO_OK && i < request->part_count; i++) {
        weir_zoo_tree_apply(tree, &letter->parts[i], letter->session);
    }
    return news;
}

static struct weir_standin_news *answer(struct weir_zoo_tree *tree,
                                        const struct weir_standin_letter *letter,
                                        const struct weir_standin_client *client)
{
    tree->now_ms = weir_clock_wall() / WEIR_NS_PER_MS;
    switch (letter->request.kind) {
    case WEIR_ZOO_GET:
    case WEIR_ZOO_CHILDREN:
    case WEIR_ZOO_EXISTS:
        return answer_read(tree, letter, client);
    case WEIR_ZOO_CREATE:
    case WEIR_ZOO_SET:
    case WEIR_ZOO_DELETE:
        return answer_write(tree, letter);
    case WEIR_ZOO_MULTI:
        return answer_multi(tree, letter);
    case WEIR_ZOO_CHECK:
    case WEIR_ZOO_SYNC:
        break;
    }
    return weir_standin_news_create(WEIR_ZOO_ANSWER);
}

static const char *text_of(enum weir_zoo_result result)
{
    static const char *const texts[] = {[WEIR_ZOO_ABSENT] = "no node",
                                        [WEIR_ZOO_PRESENT] = "the node exists",
                                        [WEIR_ZOO_OTHER] = "another version, or it has children",
                                        [WEIR_ZOO_DENIED] = "not allowed",
                                        [WEIR_ZOO_UNKNOWN] = "nobody knows",
                                        [WEIR_ZOO_FAILED] = "what is ephemeral has no children"};

    return texts[result];
}

struct weir_standin_news *weir_standin_answer(struct weir_zoo_tree *tree,
                                              const struct weir_standin_letter *letter,
                                              const struct weir_standin_client *client)
{
    struct weir_standin_news *news = answer(tree, letter, client);

    news->quiet = letter->quiet;
    news->event.tag = letter->request.tag;
    news->event.text = text_of(news->event.result);
    return news;
}
