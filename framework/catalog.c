#include "framework/catalog.h"

#include "framework/base/memory.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int compare_facts(const void *one, const void *other)
{
    return strcmp(((const struct weir_topic_facts *)one)->topic,
                  ((const struct weir_topic_facts *)other)->topic);
}

/* Below 0 is the one that comes first; past its end a list comes last. */
static int order(const char *one, const char *other)
{
    if (one == NULL || other == NULL) {
        return (one == NULL) - (other == NULL);
    }
    return strcmp(one, other);
}

static bool is_there(const struct weir_topic_facts *facts)
{
    return facts->status == WEIR_OK && facts->partitions > 0;
}

static void add(struct weir_catalog *catalog, const char *name, uint32_t partitions, bool doubt)
{
    const struct weir_strategy_topic *last =
        catalog->count == 0 ? NULL : &catalog->topics[catalog->count - 1];

    assert(name != NULL);
    assert(catalog->topics != NULL);
    assert(catalog->doubts != NULL);
    catalog->doubts[catalog->count] = doubt;
    catalog->doubt_count += doubt ? 1 : 0;
    catalog->topics[catalog->count++] =
        (struct weir_strategy_topic){.name = name,
                                     .partitions = partitions,
                                     .first = last == NULL ? 0 : last->first + last->partitions};
}

/* What becomes of a topic that we know, of which the cluster says this, or nothing. */
static void go_on(struct weir_catalog *catalog, const struct weir_strategy_topic *known,
                  bool doubted, const struct weir_topic_facts *facts)
{
    bool there = facts != NULL && is_there(facts);
    bool gone = facts == NULL || facts->status == WEIR_ERR_NOT_FOUND;
    bool fewer = there && facts->partitions < known->partitions;

    if ((gone || fewer) && !doubted) {
        add(catalog, known->name, known->partitions, true);
    } else if (there) {
        add(catalog, known->name, facts->partitions, false);
    } else if (!gone) {
        add(catalog, known->name, known->partitions, doubted);
    }
}

static void merge(const struct weir_catalog *before, const struct weir_topic_facts *facts,
                  size_t count, struct weir_catalog *out)
{
    size_t known = 0;
    size_t found = 0;

    while (known < before->count || found < count) {
        if (found > 0 && found < count && strcmp(facts[found - 1].topic, facts[found].topic) == 0) {
            found++; /* said twice */
            continue;
        }
        const char *old = known < before->count ? before->topics[known].name : NULL;
        const char *new = found < count ? facts[found].topic : NULL;
        int sign = order(old, new);
        if (sign <= 0) {
            go_on(out, &before->topics[known], before->doubts[known],
                  sign == 0 ? &facts[found] : NULL);
            known++;
        } else if (is_there(&facts[found])) {
            add(out, new, facts[found].partitions, false);
        }
        found += sign >= 0 ? 1 : 0;
    }
}

/* The names that were borrowed so far become our own. */
static bool keep_names(struct weir_catalog *catalog)
{
    size_t size = 1;

    for (size_t i = 0; i < catalog->count; i++) {
        size += strlen(catalog->topics[i].name) + 1;
    }
    catalog->text = weir_malloc(size);
    char *name = catalog->text;
    for (size_t i = 0; name != NULL && i < catalog->count; i++) {
        size = strlen(catalog->topics[i].name) + 1;
        memcpy(name, catalog->topics[i].name, size);
        catalog->topics[i].name = name;
        name += size;
    }
    return catalog->text != NULL;
}

enum weir_status weir_catalog_follow(const struct weir_catalog *before,
                                     struct weir_topic_facts *facts, size_t count,
                                     struct weir_catalog *out)
{
    struct weir_catalog catalog = {0};
    size_t room = before->count + count + 1;

    assert(out != before);
    catalog.topics = weir_calloc(room, sizeof catalog.topics[0]);
    catalog.doubts = weir_calloc(room, sizeof catalog.doubts[0]);
    if (catalog.topics != NULL && catalog.doubts != NULL) {
        if (count > 0) {
            qsort(facts, count, sizeof facts[0], compare_facts);
        }
        merge(before, facts, count, &catalog);
        if (keep_names(&catalog)) {
            *out = catalog;
            return WEIR_OK;
        }
    }
    weir_catalog_fini(&catalog);
    return WEIR_ERR_NOMEM;
}

void weir_catalog_fini(struct weir_catalog *catalog)
{
    if (catalog != NULL) {
        weir_free(catalog->topics);
        weir_free(catalog->doubts);
        weir_free(catalog->text);
        *catalog = (struct weir_catalog){0};
    }
}

static int compare_name(const void *name, const void *topic)
{
    return strcmp(name, ((const struct weir_strategy_topic *)topic)->name);
}

const struct weir_strategy_topic *weir_catalog_find(const struct weir_catalog *catalog,
                                                    const char *topic)
{
    return catalog->count == 0 ? NULL
                               : bsearch(topic, catalog->topics, catalog->count,
                                         sizeof catalog->topics[0], compare_name);
}

struct telling {
    weir_catalog_change_fn *tell;
    void *user;
    size_t count;
};

static void tell(struct telling *telling, enum weir_catalog_change change,
                 const struct weir_strategy_topic *topic, uint32_t partitions)
{
    telling->count++;
    if (telling->tell != NULL) {
        telling->tell(change, topic, partitions, telling->user);
    }
}

static void tell_difference(struct telling *telling, const struct weir_strategy_topic *old,
                            const struct weir_strategy_topic *new)
{
    if (new->partitions > old->partitions) {
        tell(telling, WEIR_CATALOG_GREW, new, old->partitions);
    } else if (new->partitions < old->partitions) {
        tell(telling, WEIR_CATALOG_ANEW, new, old->partitions);
    }
}

size_t weir_catalog_compare(const struct weir_catalog *before, const struct weir_catalog *after,
                            weir_catalog_change_fn *tell_change, void *user)
{
    struct telling telling = {.tell = tell_change, .user = user};
    size_t i = 0;
    size_t j = 0;

    while (i < before->count || j < after->count) {
        int sign = order(i < before->count ? before->topics[i].name : NULL,
                         j < after->count ? after->topics[j].name : NULL);
        if (sign < 0) {
            tell(&telling, WEIR_CATALOG_GONE, &before->topics[i], before->topics[i].partitions);
        } else if (sign > 0) {
            tell(&telling, WEIR_CATALOG_CAME, &after->topics[j], 0);
        } else {
            tell_difference(&telling, &before->topics[i], &after->topics[j]);
        }
        i += sign <= 0 ? 1 : 0;
        j += sign >= 0 ? 1 : 0;
    }
    return telling.count;
}
