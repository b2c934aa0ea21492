#include "framework/config_nearest.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/config_redact.h"

enum {
    COMPARED_SIZE_MAX = 64, /* no known key is longer */
    DISTANCE_MAX = 5
};

/* Three rows of the usual table: the one being filled and the two before it. */
struct rows {
    size_t current[COMPARED_SIZE_MAX + 1];
    size_t previous[COMPARED_SIZE_MAX + 1];
    size_t older[COMPARED_SIZE_MAX + 1];
};

static char folded(char c)
{
    if (c == '_' || c == '-') {
        return '.';
    }
    if (c >= 'A' && c <= 'Z') {
        return (char)(c - 'A' + 'a');
    }
    return c;
}

static size_t smaller(size_t one, size_t other)
{
    return one < other ? one : other;
}

/* Row `i` (from 1) for one[i - 1] against the whole of `other`; returns the row's minimum. */
static size_t fill_row(struct rows *rows, const char *one, size_t i, const char *other)
{
    size_t least = i;

    rows->current[0] = i;
    for (size_t j = 1; other[j - 1] != '\0'; j++) {
        char a = folded(one[i - 1]);
        char b = folded(other[j - 1]);
        size_t cost = rows->previous[j - 1] + (a == b ? 0 : 1);
        cost = smaller(cost, rows->previous[j] + 1);
        cost = smaller(cost, rows->current[j - 1] + 1);
        if (i > 1 && j > 1 && a == folded(other[j - 2]) && folded(one[i - 2]) == b) {
            cost = smaller(cost, rows->older[j - 2] + 1);
        }
        rows->current[j] = cost;
        least = smaller(least, cost);
    }
    return least;
}

size_t weir_edit_distance(const char *one, const char *other, size_t limit)
{
    struct rows rows;
    size_t one_size = strlen(one);
    size_t other_size = strlen(other);

    if (one_size > COMPARED_SIZE_MAX || other_size > COMPARED_SIZE_MAX) {
        return limit + 1;
    }
    memset(&rows, 0, sizeof rows);
    for (size_t j = 0; j <= other_size; j++) {
        rows.current[j] = j;
    }
    for (size_t i = 1; i <= one_size; i++) {
        memcpy(rows.older, rows.previous, sizeof rows.older);
        memcpy(rows.previous, rows.current, sizeof rows.previous);
        if (fill_row(&rows, one, i, other) > limit) {
            return limit + 1;
        }
    }
    return smaller(rows.current[other_size], limit + 1);
}

void weir_nearest_init(struct weir_nearest *nearest, const char *wanted)
{
    size_t near = strlen(wanted) / 3;

    assert(nearest != NULL);
    nearest->wanted = wanted;
    nearest->distance = smaller(near, DISTANCE_MAX) + 1;
    nearest->best[0] = '\0';
}

void weir_nearest_offer_alias(struct weir_nearest *nearest, const char *alias, const char *name)
{
    assert(nearest->distance > 0);
    size_t distance = weir_edit_distance(nearest->wanted, alias, nearest->distance - 1);

    if (distance < nearest->distance && strlen(name) < sizeof nearest->best) {
        nearest->distance = distance == 0 ? 1 : distance;
        memcpy(nearest->best, name, strlen(name) + 1);
    }
}

void weir_nearest_offer(struct weir_nearest *nearest, const char *name)
{
    weir_nearest_offer_alias(nearest, name, name);
}

enum weir_status weir_nearest_error(const struct weir_nearest *nearest, enum weir_status code,
                                    struct weir_error *error)
{
    bool near = nearest->best[0] != '\0';
    bool shown = near || weir_config_key_showable(nearest->wanted);

    return weir_error_set(error, code, 0, "%s: no such key%s%s%s",
                          shown ? nearest->wanted : "(a key that is not shown)",
                          near ? "; did you mean " : "; weir config list shows weir's own",
                          nearest->best, near ? "?" : "");
}
