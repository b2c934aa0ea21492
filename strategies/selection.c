#include "strategies/selection.h"

#include <assert.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/memory.h"
#include "strategies/letter_topic.h"
#include "strategies/pattern.h"
#include "strategies/topics.h"

/* One list. Its names come first, its expressions after them: `patterns` has one for each. */
struct list {
    const char *key;
    struct weir_topics topics;
    size_t names;
    struct weir_pattern **patterns;
};

struct weir_selection {
    struct list wanted;
    struct list excluded;
    bool internal;
    char *letters; /* NULL: there are none */
};

static void fini_list(struct list *list)
{
    for (size_t i = 0; list->patterns != NULL && i < list->topics.count - list->names; i++) {
        weir_pattern_destroy(list->patterns[i]);
    }
    weir_free((void *)list->patterns);
    weir_topics_fini(&list->topics);
}

/* Names to the front; both keep their order. */
static enum weir_status part(struct list *list)
{
    struct weir_topics *topics = &list->topics;
    const char **parted = weir_calloc(topics->count, sizeof *parted);
    size_t count = 0;

    if (parted == NULL) {
        return WEIR_ERR_NOMEM;
    }
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < topics->count; i++) {
            if ((topics->names[i][0] == '^') == (pass == 1)) {
                parted[count++] = topics->names[i];
            }
        }
        list->names = pass == 0 ? count : list->names;
    }
    weir_free((void *)topics->names);
    topics->names = parted;
    return WEIR_OK;
}

static enum weir_status compile_all(struct list *list, struct weir_error *error)
{
    size_t count = list->topics.count - list->names;

    list->patterns = weir_calloc(count + 1, sizeof(struct weir_pattern *));
    if (list->patterns == NULL) {
        return weir_error_nomem(error);
    }
    for (size_t i = 0; i < count; i++) {
        struct weir_error reason = {.code = WEIR_OK};
        const char *text = list->topics.names[list->names + i];
        size_t offset = 0;
        enum weir_status status = weir_pattern_create(text, &list->patterns[i], &offset, &reason);
        if (status == WEIR_ERR_CONFIG) {
            return weir_error_set(error, status, reason.cause, "%s: at character %zu: %s",
                                  list->key, (size_t)(text - list->topics.text) + offset + 1,
                                  reason.text);
        }
        if (status != WEIR_OK) {
            return weir_error_nomem(error);
        }
    }
    return WEIR_OK;
}

static enum weir_status init_list(struct list *list, const char *key, const char *text,
                                  struct weir_error *error)
{
    struct weir_error reason = {.code = WEIR_OK};

    list->key = key;
    if (text == NULL || *text == '\0') {
        return WEIR_OK;
    }
    enum weir_status status = weir_topics_parse(text, &list->topics, &reason);
    if (status != WEIR_OK) {
        return weir_error_set(error, status, reason.cause, "%s: %s", key, reason.text);
    }
    return part(list) != WEIR_OK ? weir_error_nomem(error) : compile_all(list, error);
}

static bool names(const struct list *list, const char *topic)
{
    for (size_t i = 0; i < list->names; i++) {
        if (strcmp(list->topics.names[i], topic) == 0) {
            return true;
        }
    }
    return false;
}

static enum weir_status matches(const struct list *list, const char *topic, bool *any,
                                struct weir_error *error)
{
    *any = false;
    for (size_t i = 0; !*any && i < list->topics.count - list->names; i++) {
        enum weir_status status = weir_pattern_match(list->patterns[i], topic, any);
        if (status == WEIR_ERR_FULL) {
            return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                                  "%s: the regular expression %.200s takes too long over topic "
                                  "'%s'; write one that has less to try",
                                  list->key, list->topics.names[list->names + i], topic);
        }
        if (status != WEIR_OK) {
            return weir_error_nomem(error);
        }
    }
    return WEIR_OK;
}

static enum weir_status covers(const struct list *list, const char *topic, bool *covered,
                               struct weir_error *error)
{
    *covered = names(list, topic);
    return *covered ? WEIR_OK : matches(list, topic, covered, error);
}

static enum weir_status check_contradiction(const struct weir_selection *selection,
                                            struct weir_error *error)
{
    const struct list *wanted = &selection->wanted;

    for (size_t i = 0; i < wanted->names; i++) {
        const char *topic = wanted->topics.names[i];
        bool excluded = false;
        enum weir_status status = covers(&selection->excluded, topic, &excluded, error);
        if (status != WEIR_OK) {
            return status;
        }
        if (excluded) {
            return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                                  "weir.topics: at character %zu: this topic is named here and "
                                  "excluded by weir.topics.exclude; take it out of one of them",
                                  (size_t)(topic - wanted->topics.text) + 1);
        }
    }
    return WEIR_OK;
}

enum weir_status weir_selection_create(const struct weir_selection_options *options,
                                       struct weir_selection **out, struct weir_error *error)
{
    struct weir_selection *selection = weir_calloc(1, sizeof *selection);

    assert(options->topics != NULL);
    if (selection == NULL) {
        return weir_error_nomem(error);
    }
    selection->internal = options->internal;
    if (options->letters != NULL) { /* whether it is a name others ask */
        selection->letters = weir_strdup(options->letters);
    }
    enum weir_status status =
        options->letters != NULL && selection->letters == NULL
            ? weir_error_nomem(error)
            : init_list(&selection->wanted, "weir.topics", options->topics, error);
    if (status == WEIR_OK) {
        status = init_list(&selection->excluded, "weir.topics.exclude", options->exclude, error);
    }
    if (status == WEIR_OK) {
        status = check_contradiction(selection, error);
    }
    if (status != WEIR_OK) {
        weir_selection_destroy(selection);
        return status;
    }
    *out = selection;
    return WEIR_OK;
}

void weir_selection_destroy(struct weir_selection *selection)
{
    if (selection != NULL) {
        fini_list(&selection->wanted);
        fini_list(&selection->excluded);
        weir_free(selection->letters);
        weir_free(selection);
    }
}

const char *const *weir_selection_names(const struct weir_selection *selection, size_t *count)
{
    *count = selection->wanted.names;
    return selection->wanted.topics.names;
}

size_t weir_selection_patterns(const struct weir_selection *selection)
{
    return selection->wanted.topics.count - selection->wanted.names;
}

enum weir_status weir_selection_wants(struct weir_selection *selection, const char *topic,
                                      bool *wanted, struct weir_error *error)
{
    bool excluded = false;
    bool internal = strncmp(topic, "__", 2) == 0;
    bool letters = selection->letters != NULL && weir_letter_topic_fits(selection->letters, topic);

    *wanted = names(&selection->wanted, topic);
    if (*wanted || letters || (internal && !selection->internal)) {
        return WEIR_OK; /* what is named is not excluded, or there would be no selection */
    }
    enum weir_status status = matches(&selection->wanted, topic, wanted, error);
    if (status == WEIR_OK && *wanted) {
        status = covers(&selection->excluded, topic, &excluded, error);
        *wanted = !excluded;
    }
    return status;
}
