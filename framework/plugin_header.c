#include "framework/plugin_header.h"

#include <assert.h>
#include <string.h>

enum { BODY_AT = sizeof(struct weir_plugin_header) };

static enum weir_status check_sizes(const struct weir_plugin_subject *subject,
                                    const struct weir_plugin_kind *kind,
                                    const struct weir_plugin_header *header, size_t size)
{
    if (header->body_size < kind->body_size_min || header->lent_size < kind->lent_size_min ||
        header->plugin_size < BODY_AT + (size_t)header->body_size ||
        size < BODY_AT + (size_t)header->body_size) {
        return weir_plugin_refuse(subject, 0,
                                  "gives sizes (plug-in %u, %s %u, %s %u) that no header of %s ABI "
                                  "%u has: rebuild it, and define the symbol with %s only",
                                  header->plugin_size, kind->body, header->body_size, kind->lent,
                                  header->lent_size, kind->body, kind->abi, kind->macro);
    }
    if (header->lent_size > kind->lent_size) {
        return weir_plugin_refuse(subject, 0,
                                  "was built for a newer weir, whose %ss have %u bytes where this "
                                  "one's have %u: update weir, or rebuild the plug-in with the "
                                  "headers of this one",
                                  kind->lent, header->lent_size, kind->lent_size);
    }
    return WEIR_OK;
}

/* Slots of a newer header do no harm as long as they are empty. */
static enum weir_status check_newer_slots(const struct weir_plugin_subject *subject,
                                          const struct weir_plugin_kind *kind,
                                          const unsigned char *body, size_t size)
{
    for (size_t i = kind->body_size; i < size; i++) {
        if (body[i] != 0) {
            return weir_plugin_refuse(subject, 0,
                                      "uses a slot of a newer weir, which this one does not know: "
                                      "update weir, or leave that slot empty");
        }
    }
    return WEIR_OK;
}

static enum weir_status check_header(const struct weir_plugin_subject *subject,
                                     const struct weir_plugin_kind *kind,
                                     const struct weir_plugin_header *header)
{
    if (header->magic != kind->magic) {
        return weir_plugin_refuse(subject, 0,
                                  "exports a %s that is not weir's: define it with the macro %s of "
                                  "%s",
                                  kind->symbol, kind->macro, kind->header);
    }
    if (header->abi != kind->abi) {
        return weir_plugin_refuse(subject, 0,
                                  "was built against %s ABI %u, and this weir needs %u: rebuild it "
                                  "with the %s of this weir",
                                  kind->body, header->abi, kind->abi, kind->header);
    }
    return WEIR_OK;
}

enum weir_status weir_plugin_header_read(const struct weir_plugin_subject *subject,
                                         const struct weir_plugin_kind *kind, const void *exported,
                                         size_t size, void *body)
{
    const unsigned char *bytes = exported;
    struct weir_plugin_header header = {0};

    assert(exported != NULL);
    assert(body != NULL);
    if (size >= sizeof header) {
        memcpy(&header, bytes, sizeof header);
    }
    enum weir_status status = check_header(subject, kind, &header);
    if (status == WEIR_OK) {
        status = check_sizes(subject, kind, &header, size);
    }
    if (status == WEIR_OK) {
        status = check_newer_slots(subject, kind, bytes + BODY_AT, header.body_size);
    }
    if (status == WEIR_OK) {
        memset(body, 0, kind->body_size);
        memcpy(body, bytes + BODY_AT,
               header.body_size < kind->body_size ? header.body_size : kind->body_size);
    }
    return status;
}

bool weir_plugin_name_valid(const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    size_t length = strnlen(name, WEIR_PLUGIN_NAME_LENGTH_MAX + 1);

    return length > 0 && length <= WEIR_PLUGIN_NAME_LENGTH_MAX && strspn(name, allowed) == length;
}
