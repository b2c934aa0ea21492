#include "framework/znode.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

bool weir_znode_name_valid(const char *name)
{
    size_t size = strlen(name);

    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)name[i];
        if (c < ' ' || c == '/' || c >= 0x7f) {
            return false;
        }
    }
    return size > 0 && size <= WEIR_ZNODE_NAME_MAX && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

void weir_znode_group(struct weir_znode *out, const char *group, const char *below)
{
    int size = snprintf(out->path, sizeof out->path, "/consumers/%s%s%s", group,
                        below[0] == '\0' ? "" : "/", below);

    assert(size > 0 && (size_t)size < sizeof out->path);
    (void)size;
}

void weir_znode_id(struct weir_znode *out, const char *group, const char *member)
{
    int size = snprintf(out->path, sizeof out->path, "/consumers/%s/ids/%s", group, member);

    assert(size > 0 && (size_t)size < sizeof out->path);
    (void)size;
}

void weir_znode_owner(struct weir_znode *out, const char *group, const char *topic,
                      int32_t partition)
{
    int size = snprintf(out->path, sizeof out->path, "/consumers/%s/owners/%s/%d", group, topic,
                        (int)partition);

    assert(size > 0 && (size_t)size < sizeof out->path);
    (void)size;
}

void weir_znode_fence(struct weir_znode *out, const char *group, const char *topic,
                      int32_t partition)
{
    int size = snprintf(out->path, sizeof out->path, "/consumers/%s/weir/fence/%s/%d", group, topic,
                        (int)partition);

    assert(size > 0 && (size_t)size < sizeof out->path);
    (void)size;
}

void weir_znode_offset(struct weir_znode *out, const char *group, const char *topic,
                       int32_t partition)
{
    int size = snprintf(out->path, sizeof out->path, "/consumers/%s/offsets/%s/%d", group, topic,
                        (int)partition);

    assert(size > 0 && (size_t)size < sizeof out->path);
    (void)size;
}
