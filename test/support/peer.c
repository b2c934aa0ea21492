#include "test/support/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test/support/fail.h"
#include "test/support/ports.h"
#include "test/support/text.h"

enum {
    CONNECTIONS_MAX = 64, /* the oldest makes room */
    BACKLOG = 16,
    REQUEST_SIZE = 4096,
    NUMBER_AT = 8, /* where a request has its number: after size, key and version */
    NUMBER_SIZE = 4,
    FRAME_SIZE = 64
};

struct peer {
    char *address;
    uint64_t visits;
    uint32_t seed;
    enum peer_manner manner;
    int listener;
    int connections[CONNECTIONS_MAX]; /* -1: none */
};

static int open_listener(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int yes = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, BACKLOG) != 0) {
        fail_test("nothing can listen on port %u: %s", (unsigned)port, strerror(errno));
    }
    return fd;
}

struct peer *peer_start(enum peer_manner manner)
{
    struct peer *peer = fail_or_alloc(1, sizeof *peer);
    uint16_t port = ports_take();

    peer->manner = manner;
    peer->seed = 1;
    peer->listener = open_listener(port);
    peer->address = text_format("127.0.0.1:%u", (unsigned)port);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        peer->connections[i] = -1;
    }
    return peer;
}

static void hang_up(int *connection)
{
    if (*connection >= 0) {
        (void)close(*connection);
        *connection = -1;
    }
}

void peer_stop(struct peer *peer)
{
    if (peer == NULL) {
        return;
    }
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        hang_up(&peer->connections[i]);
    }
    (void)close(peer->listener);
    free(peer->address);
    free(peer);
}

const char *peer_address(const struct peer *peer)
{
    return peer->address;
}

/* Whether it arrives is the other one's business. */
static void speak(int connection, const void *bytes, size_t size)
{
    (void)!send(connection, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void speak_noise(struct peer *peer, int connection, const uint8_t *request)
{
    uint8_t frame[FRAME_SIZE] = {0, 0, 0, FRAME_SIZE - NUMBER_SIZE};

    for (size_t i = NUMBER_SIZE; i < FRAME_SIZE; i++) {
        peer->seed = peer->seed * 1103515245u + 12345u;
        frame[i] = (uint8_t)(peer->seed >> 16);
    }
    memcpy(frame + NUMBER_SIZE, request + NUMBER_AT, NUMBER_SIZE);
    speak(connection, frame, sizeof frame);
}

static void answer(struct peer *peer, int connection, const uint8_t *request)
{
    static const char http[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";

    if (peer->manner == PEER_SPEAKS_HTTP) {
        speak(connection, http, sizeof http - 1);
    } else if (peer->manner == PEER_SPEAKS_NOISE) {
        speak_noise(peer, connection, request);
    }
}

static void let_in(struct peer *peer, int connection)
{
    static const char banner[] = "SSH-2.0-OpenSSH_9.2\r\n";
    int *place = &peer->connections[peer->visits++ % CONNECTIONS_MAX];

    hang_up(place);
    *place = connection;
    if (peer->manner == PEER_HANGS_UP) {
        hang_up(place);
    } else if (peer->manner == PEER_SPEAKS_FIRST) {
        speak(connection, banner, sizeof banner - 1);
    }
}

uint64_t peer_serve(struct peer *peer)
{
    int connection = -1;

    while ((connection = accept4(peer->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
        let_in(peer, connection);
    }
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        uint8_t request[REQUEST_SIZE] = {0};
        ssize_t size = peer->connections[i] < 0
                           ? -1
                           : recv(peer->connections[i], request, sizeof request, MSG_DONTWAIT);
        if (size == 0) {
            hang_up(&peer->connections[i]);
        } else if (size > 0) {
            answer(peer, peer->connections[i], request);
        }
    }
    return peer->visits;
}
