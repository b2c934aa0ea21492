#include "test/support/proxy_flow.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "test/support/fail.h"

enum { PIECE_SIZE = 65536, PIECES_MAX = 32, DRIP_NS = 5000000 };

struct proxy_piece {
    struct proxy_piece *next;
    int64_t due_ns;
    size_t size;
    size_t sent;
    uint8_t bytes[];
};

static void drop_first(struct proxy_flow *flow)
{
    struct proxy_piece *piece = flow->first;

    flow->first = piece->next;
    flow->last = flow->first == NULL ? NULL : flow->last;
    flow->pieces--;
    free(piece);
}

void proxy_flow_fini(struct proxy_flow *flow)
{
    while (flow->first != NULL) {
        drop_first(flow);
    }
}

bool proxy_flow_takes(const struct proxy_flow *flow)
{
    return !flow->ended && flow->pieces < PIECES_MAX;
}

int64_t proxy_flow_due_ns(const struct proxy_flow *flow)
{
    return flow->first == NULL ? INT64_MAX : flow->first->due_ns;
}

static void append(struct proxy_flow *flow, struct proxy_piece *piece)
{
    if (flow->last == NULL) {
        flow->first = piece;
    } else {
        flow->last->next = piece;
    }
    flow->last = piece;
    flow->pieces++;
}

static bool is_later(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR || error == ENOTCONN;
}

bool proxy_flow_read(struct proxy_flow *flow, int64_t now_ns, int64_t late_ns)
{
    uint8_t bytes[PIECE_SIZE];

    assert(proxy_flow_takes(flow));
    ssize_t size = recv(flow->from, bytes, sizeof bytes, MSG_DONTWAIT);
    if (size < 0) {
        return is_later(errno);
    }
    if (size == 0) {
        flow->ended = true;
        return true;
    }
    struct proxy_piece *piece = fail_or_alloc(1, sizeof *piece + (size_t)size);
    memcpy(piece->bytes, bytes, (size_t)size);
    piece->size = (size_t)size;
    piece->due_ns = now_ns + late_ns > flow->due_ns ? now_ns + late_ns : flow->due_ns;
    flow->due_ns = piece->due_ns;
    append(flow, piece);
    return true;
}

/* The bytes written, or -1. */
static ssize_t write_first(struct proxy_flow *flow, uint32_t drip)
{
    struct proxy_piece *piece = flow->first;
    size_t size = piece->size - piece->sent;

    size = drip > 0 && size > drip ? drip : size;
    ssize_t sent = send(flow->to, piece->bytes + piece->sent, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    piece->sent += sent > 0 ? (size_t)sent : 0;
    return sent;
}

bool proxy_flow_write(struct proxy_flow *flow, int64_t now_ns, uint32_t drip, uint64_t *passed)
{
    while (flow->first != NULL && flow->first->due_ns <= now_ns) {
        ssize_t sent = write_first(flow, drip);
        if (sent < 0) {
            return is_later(errno);
        }
        *passed += (uint64_t)sent;
        if (flow->first->sent == flow->first->size) {
            drop_first(flow);
        }
        if (drip > 0 && flow->first != NULL) {
            flow->first->due_ns = now_ns + DRIP_NS;
        }
    }
    if (flow->ended && !flow->closed && flow->first == NULL) {
        flow->closed = true;
        (void)shutdown(flow->to, SHUT_WR);
    }
    return true;
}
