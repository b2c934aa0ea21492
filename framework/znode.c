#include "framework/znode.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 19 };

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

void weir_znode_switch(struct weir_znode *out, const char *group)
{
    weir_znode_group(out, group, "weir/switch");
}

void weir_znode_allotment(struct weir_znode *out, const char *group, const char *color)
{
    int size = snprintf(out->path, sizeof out->path, "/consumers/%s/weir/allotment%s%s", group,
                        color == NULL ? "" : "-", color == NULL ? "" : color);

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

bool weir_znode_offset_read(const char *data, size_t size, int64_t *out)
{
    char *end = NULL;

    if (size == 0 || size > DIGITS_MAX || data[0] < '0' || data[0] > '9') {
        return false;
    }
    errno = 0;
    long long value = strtoll(data, &end, 10);
    if (errno != 0 || end != data + size) {
        return false;
    }
    *out = value;
    return true;
}
