#include "framework/listing.h"

#include "framework/base/memory.h"
#include <assert.h>

enum { FIRST_ROOM = 64 };

static bool make_room(struct weir_listing *listing)
{
    if (listing->count < listing->room) {
        return true;
    }
    size_t room = listing->room == 0 ? FIRST_ROOM : listing->room * 2;
    struct weir_topic_facts *topics =
        weir_realloc(listing->topics, room * sizeof listing->topics[0]);
    listing->topics = topics != NULL ? topics : listing->topics;
    char **copies = weir_realloc((void *)listing->copies, room * sizeof(char *));
    listing->copies = copies != NULL ? copies : listing->copies;
    listing->room = topics != NULL && copies != NULL ? room : listing->room;
    return listing->count < listing->room;
}

bool weir_listing_add(struct weir_listing *listing, const struct weir_topic_facts *facts)
{
    assert(listing->all);
    char *copy = make_room(listing) ? weir_strdup(facts->topic) : NULL;

    if (copy == NULL) {
        return false;
    }
    listing->copies[listing->count] = copy;
    listing->topics[listing->count] = *facts;
    listing->topics[listing->count++].topic = copy;
    return true;
}

void weir_listing_clear(struct weir_listing *listing)
{
    for (size_t i = 0; i < listing->count; i++) {
        weir_free(listing->copies[i]);
    }
    weir_free((void *)listing->copies);
    weir_free(listing->topics);
    listing->copies = NULL;
    listing->topics = NULL;
    listing->count = 0;
    listing->room = 0;
}
