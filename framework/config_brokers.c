#include "framework/config_brokers.h"

#include "framework/base/error.h"
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

enum { PORT_MAX = 65535, DECIMAL = 10 };

#define BLANKS " \t"

/* One address. */
struct part {
    const char *text;
    size_t size;
};

static struct part without_blanks(struct part part)
{
    while (part.size > 0 && strchr(BLANKS, part.text[0]) != NULL) {
        part.text++;
        part.size--;
    }
    while (part.size > 0 && strchr(BLANKS, part.text[part.size - 1]) != NULL) {
        part.size--;
    }
    return part;
}

static const char *find(struct part part, char wanted)
{
    return memchr(part.text, wanted, part.size);
}

/* False: it is not of a kind that the client library knows. */
static bool take_protocol(struct part *part)
{
    static const char *const protocols[] = {"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"};
    const char *slash = find(*part, '/');

    if (slash == NULL) {
        return true;
    }
    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
        size_t length = strlen(protocols[i]);
        if (part->size > length + 3 && strncasecmp(part->text, protocols[i], length) == 0 &&
            strncmp(part->text + length, "://", 3) == 0) {
            part->text += length + 3;
            part->size -= length + 3;
            return true;
        }
    }
    return false;
}

static bool is_port(struct part part)
{
    unsigned port = 0;

    for (size_t i = 0; i < part.size; i++) {
        if (part.text[i] < '0' || part.text[i] > '9' || port > PORT_MAX) {
            return false;
        }
        port = port * DECIMAL + (unsigned)(part.text[i] - '0');
    }
    return port >= 1 && port <= PORT_MAX;
}

/* What follows the host. Several colons without brackets are an IPv6 address without a port. */
static bool split(struct part whole, struct part *host, struct part *port)
{
    const char *bracket = find(whole, ']');
    const char *colon = bracket != NULL ? bracket + 1 : find(whole, ':');
    const char *end = whole.text + whole.size;

    *host = whole;
    *port = (struct part){.text = NULL};
    if (colon == NULL || colon == end) {
        return true;
    }
    *host = (struct part){whole.text, (size_t)(colon - whole.text)};
    *port = (struct part){colon + 1, (size_t)(end - colon - 1)};
    if (bracket == NULL && find(*port, ':') != NULL) {
        *host = whole;
        *port = (struct part){.text = NULL};
    }
    return *colon == ':';
}

static bool is_host(struct part part)
{
    for (size_t i = 0; i < part.size; i++) {
        if (strchr(BLANKS "/@?#", part.text[i]) != NULL) {
            return false;
        }
    }
    return part.size > 0;
}

static bool is_address(struct part part)
{
    struct part host;
    struct part port;

    return take_protocol(&part) && split(part, &host, &port) && is_host(host) &&
           (port.text == NULL || is_port(port));
}

enum weir_status weir_config_brokers_check(const char *list, struct weir_error *error)
{
    assert(list != NULL);
    for (const char *at = list;;) {
        size_t size = strcspn(at, ",");
        struct part part = without_blanks((struct part){at, size});
        bool last = at[size] == '\0';
        bool trails = last && at != list; /* a comma at the end does no harm */
        if (!is_address(part) && !(trails && part.size == 0)) {
            return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                                  "at character %zu: no address of a server (host or host:port, "
                                  "port 1 to 65535, separated by commas)",
                                  (size_t)(part.text - list) + 1);
        }
        if (last) {
            return WEIR_OK;
        }
        at += size + 1;
    }
}

static bool is_among(const char *list, const char *end, struct part wanted)
{
    for (const char *at = list; at < end; at += strcspn(at, ",") + 1) {
        struct part part = without_blanks((struct part){at, strcspn(at, ",")});
        if (part.size == wanted.size && memcmp(part.text, wanted.text, part.size) == 0) {
            return true;
        }
    }
    return false;
}

size_t weir_config_brokers_count(const char *list)
{
    size_t count = 0;

    assert(list != NULL);
    for (const char *at = list;; at++) {
        size_t size = strcspn(at, ",");
        struct part part = without_blanks((struct part){at, size});
        count += part.size > 0 && !is_among(list, at, part);
        at += size;
        if (*at == '\0') {
            return count;
        }
    }
}
