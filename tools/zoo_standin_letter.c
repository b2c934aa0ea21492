#include "tools/zoo_standin_state.h"

#include "tools/memory.h"
#include <stdlib.h>
#include <string.h>

/* Behind the structure, in the same block; returns where the next one goes. */
static char *put(char *to, const void *data, size_t size)
{
    if (size > 0 && data != NULL) {
        memcpy(to, data, size);
    }
    to[size] = '\0';
    return to + size + 1;
}

static size_t size_of(const struct weir_zoo_request *request, const char *chroot)
{
    size_t path = request->path == NULL ? 0 : strlen(request->path);

    return strlen(chroot) + path + 1 + request->size + 1;
}

/* The chroot's own root is the chroot. */
static char *put_request(char *to, struct weir_zoo_request *copy, const char *chroot)
{
    const char *path = copy->path == NULL ? "" : copy->path;
    const void *data = copy->data;
    size_t above = strlen(chroot);

    copy->path = to;
    to = put(to, chroot, above) - 1;
    to = put(to, path, above > 0 && strcmp(path, "/") == 0 ? 0 : strlen(path));
    copy->data = to;
    return put(to, data, copy->size);
}

struct weir_standin_letter *weir_standin_letter_create(enum weir_standin_act act,
                                                       const struct weir_zoo_request *request,
                                                       const char *chroot)
{
    static const struct weir_zoo_request none;
    const struct weir_zoo_request *from = request == NULL ? &none : request;
    size_t count = from->kind == WEIR_ZOO_MULTI ? from->part_count : 0;
    size_t size = size_of(from, chroot);
    struct weir_standin_letter *letter = NULL;

    for (size_t i = 0; i < count; i++) {
        size += size_of(&from->parts[i], chroot);
    }
    letter = weir_cli_alloc(1, sizeof *letter + count * sizeof letter->parts[0] + size);
    letter->act = act;
    letter->request = *from;
    letter->request.parts = letter->parts;
    char *to = put_request((char *)&letter->parts[count], &letter->request, chroot);
    for (size_t i = 0; i < count; i++) {
        letter->parts[i] = from->parts[i];
        to = put_request(to, &letter->parts[i], chroot);
    }
    return letter;
}

struct weir_standin_news *weir_standin_news_create(enum weir_zoo_event_kind kind)
{
    struct weir_standin_news *news = weir_cli_alloc(1, sizeof *news);

    news->event.kind = kind;
    return news;
}

struct weir_standin_news *weir_standin_news_data(enum weir_zoo_event_kind kind, const void *data,
                                                 size_t size)
{
    struct weir_standin_news *news = weir_cli_alloc(1, sizeof *news + size + 1);
    char *bytes = (char *)news->names;

    (void)put(bytes, data, size);
    news->event.kind = kind;
    if (kind == WEIR_ZOO_CHANGED) {
        news->event.path = bytes;
    } else {
        news->event.data = bytes;
        news->event.size = size;
    }
    return news;
}

struct weir_standin_news *weir_standin_news_names(const char *const *names, size_t count)
{
    size_t size = 0;
    struct weir_standin_news *news = NULL;

    for (size_t i = 0; i < count; i++) {
        size += strlen(names[i]) + 1;
    }
    news = weir_cli_alloc(1, sizeof *news + count * sizeof news->names[0] + size);
    char *to = (char *)&news->names[count];
    for (size_t i = 0; i < count; i++) {
        news->names[i] = to;
        to = put(to, names[i], strlen(names[i]));
    }
    news->event.kind = WEIR_ZOO_ANSWER;
    news->event.names = news->names;
    news->event.name_count = count;
    return news;
}

void weir_standin_news_destroy(struct weir_standin_news *news)
{
    if (news != NULL) {
        weir_zoo_watch_destroy(news->watch);
        free(news);
    }
}

struct weir_standin_news *weir_standin_news_unknown(uint64_t tag, bool quiet)
{
    struct weir_standin_news *news = weir_standin_news_create(WEIR_ZOO_ANSWER);

    news->quiet = quiet;
    news->event.tag = tag;
    news->event.result = WEIR_ZOO_UNKNOWN;
    news->event.text = "the connection broke before the answer came";
    return news;
}
