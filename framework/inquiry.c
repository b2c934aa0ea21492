#include "framework/inquiry.h"

#include "framework/base/error.h"
#include "framework/base/memory.h"
#include <assert.h>

struct weir_inquiry *weir_inquiry_create(size_t named)
{
    struct weir_inquiry *inquiry = weir_calloc(1, sizeof *inquiry);

    if (inquiry == NULL) {
        return NULL;
    }
    inquiry->listing.named = weir_calloc(named + 1, sizeof inquiry->listing.named[0]);
    if (inquiry->listing.named == NULL) {
        weir_inquiry_destroy(inquiry);
        return NULL;
    }
    return inquiry;
}

void weir_inquiry_destroy(struct weir_inquiry *inquiry)
{
    if (inquiry != NULL) {
        weir_listing_clear(&inquiry->listing);
        weir_free(inquiry->listing.named);
        weir_free(inquiry->wanted);
        weir_free(inquiry);
    }
}

/* A topic that is not decided about stays what it was. */
static enum weir_status judge(struct weir_inquiry *inquiry, const struct weir_topic_facts *facts)
{
    struct weir_error error = {.code = WEIR_OK};
    bool wanted = false;
    enum weir_status status =
        weir_selection_wants(inquiry->selection, facts->topic, &wanted, &error);

    if (status == WEIR_OK && wanted) {
        inquiry->wanted[inquiry->wanted_count++] = *facts;
    } else if (status == WEIR_ERR_CONFIG) {
        inquiry->wanted[inquiry->wanted_count] = *facts;
        inquiry->wanted[inquiry->wanted_count++].status = WEIR_ERR_CONFIG;
        inquiry->undecided = inquiry->undecided.code == WEIR_OK ? error : inquiry->undecided;
        return WEIR_OK;
    }
    return status;
}

/* The list of all has those that are named, too, as far as we may see them. */
static enum weir_status select_wanted(struct weir_inquiry *inquiry)
{
    const struct weir_listing *listing = &inquiry->listing;
    const struct weir_topic_facts *facts = listing->all ? listing->topics : listing->named;
    size_t count = listing->all ? listing->count : listing->named_count;
    enum weir_status status = WEIR_OK;

    inquiry->wanted = weir_calloc(count + 1, sizeof inquiry->wanted[0]);
    if (inquiry->wanted == NULL) {
        return weir_error_nomem(&inquiry->error);
    }
    for (size_t i = 0; status == WEIR_OK && i < count; i++) {
        status = judge(inquiry, &facts[i]);
    }
    return status == WEIR_OK ? WEIR_OK : weir_error_nomem(&inquiry->error);
}

void weir_inquiry_run(void *job)
{
    struct weir_inquiry *inquiry = job;

    assert(inquiry->wanted == NULL);
    inquiry->status = inquiry->client == NULL
                          ? inquiry->library->probe(inquiry->config, &inquiry->listing,
                                                    &inquiry->patience, &inquiry->error)
                          : inquiry->client->ops->topics(inquiry->client, &inquiry->listing,
                                                         &inquiry->patience, &inquiry->error);
    if (inquiry->status == WEIR_OK && inquiry->selection != NULL) {
        inquiry->status = select_wanted(inquiry);
    }
}
