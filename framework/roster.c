#include "framework/roster.h"

#include "framework/base/memory.h"
#include "framework/znode.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void destroy_member(struct weir_roster_member *member)
{
    if (member != NULL) {
        weir_registration_fini(&member->registration);
        weir_free(member->id);
        weir_free(member);
    }
}

static int by_id(const void *a, const void *b)
{
    const struct weir_roster_member *const *left = a;
    const struct weir_roster_member *const *right = b;

    return strcmp((*left)->id, (*right)->id);
}

struct weir_roster_member *weir_roster_find(const struct weir_roster *roster, const char *id)
{
    size_t low = 0;
    size_t high = roster->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(roster->members[middle]->id, id);
        if (order == 0) {
            return roster->members[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return NULL;
}

struct weir_roster_member *weir_roster_numbered(const struct weir_roster *roster, uint64_t number)
{
    for (size_t i = 0; i < roster->count; i++) {
        if (roster->members[i]->number == number) {
            return roster->members[i];
        }
    }
    return NULL;
}

static struct weir_roster_member *create_member(struct weir_roster *roster, const char *id)
{
    struct weir_roster_member *member = weir_calloc(1, sizeof *member);

    if (member == NULL) {
        return NULL;
    }
    member->id = weir_strdup(id);
    member->number = ++roster->numbered;
    member->state = weir_znode_name_valid(id) ? WEIR_ROSTER_UNREAD : WEIR_ROSTER_REFUSED;
    if (member->id == NULL) {
        weir_free(member);
        return NULL;
    }
    return member;
}

/* Those that stay are taken over from the old list, which names them too until this is done. */
static bool fill(struct weir_roster *roster, struct weir_roster_member **members,
                 const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        members[i] = weir_roster_find(roster, names[i]);
        members[i] = members[i] == NULL ? create_member(roster, names[i]) : members[i];
        if (members[i] == NULL) {
            return false;
        }
    }
    return true;
}

static void drop_new(const struct weir_roster *roster, struct weir_roster_member **members,
                     size_t count)
{
    for (size_t i = 0; i < count && members[i] != NULL; i++) {
        if (weir_roster_find(roster, members[i]->id) == NULL) {
            destroy_member(members[i]);
        }
    }
    weir_free(members);
}

enum weir_status weir_roster_list(struct weir_roster *roster, const char *const *names,
                                  size_t count, bool *changed)
{
    struct weir_roster_member **members =
        weir_calloc(count + 1, sizeof(struct weir_roster_member *));

    if (members == NULL) {
        return WEIR_ERR_NOMEM;
    }
    if (!fill(roster, members, names, count)) {
        drop_new(roster, members, count);
        return WEIR_ERR_NOMEM;
    }
    qsort(members, count, sizeof(struct weir_roster_member *), by_id);
    struct weir_roster next = {.members = members, .count = count, .numbered = roster->numbered};
    *changed = count != roster->count;
    for (size_t i = 0; i < roster->count; i++) {
        if (weir_roster_find(&next, roster->members[i]->id) == NULL) {
            *changed = true;
            destroy_member(roster->members[i]);
        }
    }
    weir_free(roster->members);
    *roster = next;
    return WEIR_OK;
}

bool weir_roster_complete(const struct weir_roster *roster)
{
    for (size_t i = 0; i < roster->count; i++) {
        if (roster->members[i]->state <= WEIR_ROSTER_ASKED) {
            return false;
        }
    }
    return true;
}

void weir_roster_fini(struct weir_roster *roster)
{
    for (size_t i = 0; i < roster->count; i++) {
        destroy_member(roster->members[i]);
    }
    weir_free(roster->members);
    roster->members = NULL;
    roster->count = 0;
}
