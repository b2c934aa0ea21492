#include "tools/demo_relay.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* The client library has one connection at a time, and perhaps another one that it is giving up. */
enum { PAIRS_MAX = 8, BUFFER_SIZE = 16384, ADDRESS_SIZE = 32, FIXED = 2, BACKLOG = 8 };

/* Two ends of one connection; -1: there is none. */
struct pair {
    int ends[2];
};

struct demo_relay {
    pthread_t thread;
    char address[ADDRESS_SIZE];
    char *host;
    char *port;
    int listening;
    int stop; /* an eventfd */
    bool cut;
    struct pair pairs[PAIRS_MAX]; /* the thread's */
};

static void close_end(int *end)
{
    if (*end >= 0) {
        (void)close(*end);
        *end = -1;
    }
}

static void close_pair(struct pair *pair)
{
    close_end(&pair->ends[0]);
    close_end(&pair->ends[1]);
}

static int connect_on(const struct demo_relay *relay)
{
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int end = -1;

    if (getaddrinfo(relay->host, relay->port, &wanted, &found) != 0) {
        return -1;
    }
    for (const struct addrinfo *at = found; at != NULL && end < 0; at = at->ai_next) {
        end = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (end >= 0 && connect(end, at->ai_addr, at->ai_addrlen) != 0) {
            close_end(&end);
        }
    }
    freeaddrinfo(found);
    return end;
}

static void accept_one(struct demo_relay *relay)
{
    int end = accept4(relay->listening, NULL, NULL, SOCK_CLOEXEC);

    for (size_t i = 0; i < PAIRS_MAX && end >= 0; i++) {
        struct pair *pair = &relay->pairs[i];
        if (pair->ends[0] < 0) {
            pair->ends[1] = connect_on(relay);
            pair->ends[0] = pair->ends[1] < 0 ? -1 : end;
            end = pair->ends[1] < 0 ? end : -1;
            break;
        }
    }
    close_end(&end);
}

/* False: the connection is over. */
static bool pass_on(int from, int to)
{
    char buffer[BUFFER_SIZE];
    ssize_t size = read(from, buffer, sizeof buffer);

    for (ssize_t sent = 0; sent < size;) {
        ssize_t now = send(to, buffer + sent, (size_t)(size - sent), MSG_NOSIGNAL);
        if (now <= 0) {
            return false;
        }
        sent += now;
    }
    return size > 0;
}

static void serve_pairs(struct demo_relay *relay, const struct pollfd *polled)
{
    for (size_t i = 0; i < PAIRS_MAX; i++) {
        struct pair *pair = &relay->pairs[i];
        for (size_t side = 0; side < 2 && pair->ends[0] >= 0; side++) {
            const struct pollfd *end = &polled[FIXED + 2 * i + side];
            if (end->fd == pair->ends[side] && end->revents != 0 &&
                !pass_on(pair->ends[side], pair->ends[1 - side])) {
                close_pair(pair);
            }
        }
    }
}

static void *run(void *user)
{
    struct demo_relay *relay = user;
    struct pollfd polled[FIXED + 2 * PAIRS_MAX];
    bool stopped = false;

    while (!stopped) {
        polled[0] = (struct pollfd){.fd = relay->stop, .events = POLLIN};
        polled[1] = (struct pollfd){.fd = relay->listening, .events = POLLIN};
        for (size_t i = 0; i < (size_t)2 * PAIRS_MAX; i++) {
            polled[FIXED + i] =
                (struct pollfd){.fd = relay->pairs[i / 2].ends[i % 2], .events = POLLIN};
        }
        (void)poll(polled, sizeof polled / sizeof polled[0], -1);
        stopped = polled[0].revents != 0;
        if (!stopped) {
            serve_pairs(relay, polled);
        }
        if (!stopped && polled[1].revents != 0) {
            accept_one(relay);
        }
    }
    for (size_t i = 0; i < PAIRS_MAX; i++) {
        close_pair(&relay->pairs[i]);
    }
    close_end(&relay->listening);
    return NULL;
}

/* Opening. */

/* What is behind the last colon is the port. */
static bool take_server(struct demo_relay *relay, const char *servers)
{
    size_t size = strcspn(servers, ",");

    relay->host = strndup(servers, size);
    char *colon = relay->host == NULL ? NULL : strrchr(relay->host, ':');
    if (colon != NULL) {
        *colon = '\0';
        relay->port = colon + 1;
    }
    return colon != NULL;
}

static bool listen_somewhere(struct demo_relay *relay)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;

    relay->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    relay->stop = eventfd(0, EFD_CLOEXEC);
    if (relay->listening < 0 || relay->stop < 0 ||
        bind(relay->listening, (const struct sockaddr *)&address, size) != 0 ||
        listen(relay->listening, BACKLOG) != 0 ||
        getsockname(relay->listening, (struct sockaddr *)&address, &size) != 0) {
        return false;
    }
    (void)snprintf(relay->address, sizeof relay->address, "127.0.0.1:%u",
                   (unsigned)ntohs(address.sin_port));
    return true;
}

static void free_relay(struct demo_relay *relay)
{
    close_end(&relay->listening);
    close_end(&relay->stop);
    free(relay->host);
    free(relay);
}

enum weir_status demo_relay_create(const char *servers, struct demo_relay **out)
{
    struct demo_relay *relay = calloc(1, sizeof *relay);

    if (relay == NULL) {
        return WEIR_ERR_NOMEM;
    }
    relay->listening = relay->stop = -1;
    for (size_t i = 0; i < PAIRS_MAX; i++) {
        relay->pairs[i] = (struct pair){.ends = {-1, -1}};
    }
    if (!take_server(relay, servers) || !listen_somewhere(relay) ||
        pthread_create(&relay->thread, NULL, run, relay) != 0) {
        free_relay(relay);
        return WEIR_ERR_UNAVAILABLE;
    }
    *out = relay;
    return WEIR_OK;
}

const char *demo_relay_address(const struct demo_relay *relay)
{
    return relay->address;
}

void demo_relay_cut(struct demo_relay *relay)
{
    const uint64_t one = 1;

    if (!relay->cut) {
        relay->cut = true;
        ssize_t written = write(relay->stop, &one, sizeof one);
        assert(written == (ssize_t)sizeof one);
        (void)written;
        (void)pthread_join(relay->thread, NULL);
    }
}

void demo_relay_destroy(struct demo_relay *relay)
{
    if (relay != NULL) {
        demo_relay_cut(relay);
        free_relay(relay);
    }
}
