#include "framework/zoo_address.h"

#include "framework/base/error.h"
#include "framework/base/memory.h"
#include "framework/config_brokers.h"
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define BLANKS       " \t"
#define DEFAULT_PORT ":2181"

/* Appends; returns the end. */
static char *put(char *to, const char *text, size_t size)
{
    memcpy(to, text, size);
    return to + size;
}

/* One address that passed the check. The client library wants a port, and no brackets round an IPv6
 * address: it takes what is behind the last colon for the port. */
static char *put_server(char *to, const char *server, size_t size)
{
    const char *end = server + size;
    const char *colon = memchr(server, ':', size);
    const char *bracket = memchr(server, ']', size);

    if (bracket != NULL) {
        to = put(to, server + 1, (size_t)(bracket - server - 1));
        server = bracket + 1;
        colon = server < end ? server : NULL;
    } else if (colon != NULL && memchr(colon + 1, ':', (size_t)(end - colon - 1)) != NULL) {
        colon = NULL; /* an IPv6 address alone */
    }
    to = put(to, server, (size_t)(end - server));
    return colon != NULL ? to : put(to, DEFAULT_PORT, strlen(DEFAULT_PORT));
}

/* `list` passed the check. NULL when out of memory. */
static char *servers_of(const char *list)
{
    size_t count = 1;

    for (const char *at = list; *at != '\0'; at++) {
        count += *at == ',';
    }
    char *servers = weir_malloc(strlen(list) + count * strlen(DEFAULT_PORT) + 1);
    char *to = servers;
    for (const char *at = list; servers != NULL && *at != '\0';) {
        at += strspn(at, BLANKS ",");
        size_t size = strcspn(at, BLANKS ",");
        if (size > 0) {
            to = to == servers ? to : put(to, ",", 1);
            to = put_server(to, at, size);
        }
        at += size;
    }
    if (servers != NULL) {
        *to = '\0';
    }
    return servers;
}

/* Can this stand between two slashes of a node's path? */
static bool is_name(const char *name, size_t size)
{
    bool dots = (size == 1 && name[0] == '.') || (size == 2 && strncmp(name, "..", 2) == 0);

    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)name[i] <= ' ' || name[i] == 0x7f) {
            return false;
        }
    }
    return size > 0 && !dots;
}

/* The first place in a path that begins with a slash which cannot be so, or NULL. A single slash is
 * the root. */
static const char *chroot_mistake(const char *path)
{
    for (const char *at = path; *at != '\0' && path[1] != '\0';) {
        size_t size = strcspn(at + 1, "/");
        if (!is_name(at + 1, size)) {
            return at + 1;
        }
        at += 1 + size;
    }
    return NULL;
}

static enum weir_status check(const char *text, const char *list, const char *chroot,
                              struct weir_error *error)
{
    enum weir_status status = weir_config_brokers_check(list, error);
    const char *mistake = status == WEIR_OK ? chroot_mistake(chroot) : NULL;

    if (mistake != NULL) {
        status = weir_error_set(error, WEIR_ERR_CONFIG, 0,
                                "at character %zu: no path of a node (/name/name, without a slash "
                                "at the end)",
                                (size_t)(mistake - text) + 1);
    }
    return status;
}

enum weir_status weir_zoo_address_parse(const char *text, struct weir_zoo_address *out,
                                        struct weir_error *error)
{
    size_t size = strcspn(text, "/");
    const char *chroot = text + size;
    char *list = weir_strdup(text);

    assert(out != NULL);
    if (list == NULL) {
        return weir_error_nomem(error);
    }
    list[size] = '\0';
    enum weir_status status = check(text, list, chroot, error);
    if (status == WEIR_OK) {
        struct weir_zoo_address address = {.servers = servers_of(list),
                                           .chroot =
                                               weir_strdup(strcmp(chroot, "/") == 0 ? "" : chroot)};
        if (address.servers == NULL || address.chroot == NULL) {
            weir_zoo_address_fini(&address);
            status = weir_error_nomem(error);
        } else {
            *out = address;
        }
    }
    weir_free(list);
    return status;
}

void weir_zoo_address_fini(struct weir_zoo_address *address)
{
    if (address != NULL) {
        weir_free(address->servers);
        weir_free(address->chroot);
        *address = (struct weir_zoo_address){0};
    }
}

enum weir_status weir_zoo_digest_check(const char *digest, struct weir_error *error)
{
    const char *colon = strchr(digest, ':');

    if (colon == NULL || colon == digest || colon[1] == '\0') {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                              "must be a user and a password with a colon between");
    }
    return WEIR_OK;
}
