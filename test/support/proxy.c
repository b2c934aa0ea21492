#include "test/support/proxy.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "framework/base/random.h"
#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/proxy_flow.h"

enum {
    CONNECTIONS_MAX = 128, /* more wait in the backlog */
    BACKLOG = 64,
    TO_SERVER = 0,
    TO_CLIENT = 1,
    WAYS = 2,
    FDS_FIRST = 2, /* after the bell and the listener */
    NS_PER_MS = 1000000
};

struct connection {
    struct proxy_flow flows[WAYS]; /* flows[TO_SERVER].from is the client's socket */
};

/* What the other threads want, under the mutex; everything else is the thread's. */
struct orders {
    struct proxy_weather weather;
    uint64_t cut;        /* given so far */
    uint64_t half_close; /* the same */
    bool stop;
};

struct proxy {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t obeyed;
    struct orders orders;
    uint64_t given; /* orders so far, of any kind */
    uint64_t taken; /* of these, in force */
    struct proxy_counts counts;
    int bell;
    int listener;
    uint16_t target;
    struct proxy_weather weather;
    struct weir_random random;
    struct connection connections[CONNECTIONS_MAX];
    size_t connection_count;
    uint64_t accepted;
    uint64_t passed;
};

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int open_listener(uint16_t port)
{
    struct sockaddr_in address = loopback(port);
    int yes = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, BACKLOG) != 0) {
        fail_test("no proxy can listen on port %u: %s", (unsigned)port, strerror(errno));
    }
    return fd;
}

static int open_target(uint16_t port)
{
    struct sockaddr_in address = loopback(port);
    int yes = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0) {
        fail_test("cannot make a socket: %s", strerror(errno));
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    /* A refusal is found when the socket is looked at. */
    (void)!connect(fd, (const struct sockaddr *)&address, sizeof address);
    return fd;
}

/* The other side sees a reset, not an end. */
static void reset_socket(int fd)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    (void)close(fd);
}

static void let_in(struct proxy *proxy, int client)
{
    int yes = 1;
    int server = open_target(proxy->target);

    assert(proxy->connection_count < CONNECTIONS_MAX);
    (void)setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    proxy->connections[proxy->connection_count++] =
        (struct connection){.flows = {[TO_SERVER] = {.from = client, .to = server},
                                      [TO_CLIENT] = {.from = server, .to = client}}};
}

static void let_all_in(struct proxy *proxy)
{
    int client = -1;

    while (proxy->connection_count < CONNECTIONS_MAX &&
           (client = accept4(proxy->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
        proxy->accepted++;
        if (proxy->weather.refusing) {
            reset_socket(client);
        } else {
            let_in(proxy, client);
        }
    }
}

/* The last one takes its place. */
static void remove_connection(struct proxy *proxy, size_t index, bool reset)
{
    struct connection *connection = &proxy->connections[index];

    for (int way = 0; way < WAYS; way++) {
        proxy_flow_fini(&connection->flows[way]);
        if (reset) {
            reset_socket(connection->flows[way].from);
        } else {
            (void)close(connection->flows[way].from);
        }
    }
    *connection = proxy->connections[--proxy->connection_count];
}

static void cut_all(struct proxy *proxy)
{
    while (proxy->connection_count > 0) {
        remove_connection(proxy, 0, true);
    }
}

static void half_close_all(struct proxy *proxy)
{
    for (size_t i = 0; i < proxy->connection_count; i++) {
        struct proxy_flow *flow = &proxy->connections[i].flows[TO_CLIENT];
        proxy_flow_fini(flow);
        flow->ended = true;
        flow->closed = true;
        (void)shutdown(flow->to, SHUT_WR);
    }
}

/* False: it is time to go. */
static bool obey(struct proxy *proxy)
{
    (void)pthread_mutex_lock(&proxy->mutex);
    struct orders orders = proxy->orders;
    uint64_t given = proxy->given;
    proxy->orders.cut = 0;
    proxy->orders.half_close = 0;
    (void)pthread_mutex_unlock(&proxy->mutex);

    proxy->weather = orders.weather;
    if (orders.cut > 0 || orders.weather.refusing) {
        cut_all(proxy);
    }
    if (orders.half_close > 0) {
        half_close_all(proxy);
    }
    (void)pthread_mutex_lock(&proxy->mutex);
    proxy->taken = given;
    proxy->counts = (struct proxy_counts){
        .accepted = proxy->accepted, .open = proxy->connection_count, .passed = proxy->passed};
    (void)pthread_cond_broadcast(&proxy->obeyed);
    (void)pthread_mutex_unlock(&proxy->mutex);
    return !orders.stop;
}

static int64_t lateness_ns(struct proxy *proxy)
{
    uint64_t ms = proxy->weather.delay_ms;

    if (proxy->weather.jitter_ms > 0) {
        ms += weir_random_below(&proxy->random, (uint64_t)proxy->weather.jitter_ms + 1);
    }
    return (int64_t)ms * NS_PER_MS;
}

/* What is to be looked for on the socket that `in` reads and `out` writes. */
static struct pollfd socket_of(const struct proxy_flow *in, const struct proxy_flow *out,
                               int64_t now_ns)
{
    struct pollfd fd = {.fd = in->from};

    if (proxy_flow_takes(in)) {
        fd.events |= POLLIN;
    }
    if (proxy_flow_due_ns(out) <= now_ns) {
        fd.events |= POLLOUT;
    }
    if (fd.events == 0) {
        fd.fd = -1; /* else its end would be told again and again */
    }
    return fd;
}

/* Returns how long poll may wait, in milliseconds. */
static int list_sockets(const struct proxy *proxy, struct pollfd *fds, int64_t now_ns)
{
    int64_t due_ns = INT64_MAX;

    for (size_t i = 0; i < proxy->connection_count; i++) {
        const struct proxy_flow *flows = proxy->connections[i].flows;
        for (int way = 0; way < WAYS; way++) {
            struct pollfd *fd = &fds[FDS_FIRST + i * WAYS + (size_t)way];
            *fd = socket_of(&flows[way], &flows[1 - way], now_ns);
            fd->fd = proxy->weather.silent ? -1 : fd->fd;
            int64_t due = proxy_flow_due_ns(&flows[way]);
            due_ns = due > now_ns && due < due_ns ? due : due_ns;
        }
    }
    return due_ns == INT64_MAX ? -1 : (int)((due_ns - now_ns) / NS_PER_MS) + 1;
}

/* False: it is broken. */
static bool move(struct proxy *proxy, struct connection *connection, const struct pollfd *fds,
                 int64_t now_ns)
{
    bool sound = true;

    for (int way = 0; way < WAYS && sound; way++) {
        struct proxy_flow *flow = &connection->flows[way];
        if ((fds[way].revents & POLLERR) != 0) {
            return false;
        }
        if ((fds[way].revents & (POLLIN | POLLHUP)) != 0 && proxy_flow_takes(flow)) {
            sound = proxy_flow_read(flow, now_ns, lateness_ns(proxy));
        }
        sound = sound && proxy_flow_write(flow, now_ns, proxy->weather.drip_bytes, &proxy->passed);
    }
    return sound;
}

static bool is_over(const struct connection *connection)
{
    return connection->flows[TO_SERVER].closed && connection->flows[TO_CLIENT].closed;
}

static void move_all(struct proxy *proxy, const struct pollfd *fds, int64_t now_ns)
{
    if (proxy->weather.silent) {
        return;
    }
    for (size_t i = proxy->connection_count; i > 0; i--) {
        struct connection *connection = &proxy->connections[i - 1];
        bool sound = move(proxy, connection, &fds[FDS_FIRST + (i - 1) * WAYS], now_ns);
        if (!sound || is_over(connection)) {
            remove_connection(proxy, i - 1, !sound);
        }
    }
}

static void *run(void *user)
{
    struct proxy *proxy = user;
    struct pollfd *fds = fail_or_alloc(FDS_FIRST + CONNECTIONS_MAX * WAYS, sizeof fds[0]);

    while (obey(proxy)) {
        uint64_t rung = 0;
        bool room = proxy->connection_count < CONNECTIONS_MAX;
        fds[0] = (struct pollfd){.fd = proxy->bell, .events = POLLIN};
        fds[1] = (struct pollfd){.fd = room ? proxy->listener : -1, .events = POLLIN};
        int wait_ms = list_sockets(proxy, fds, deadline_now_ns());
        (void)poll(fds, FDS_FIRST + proxy->connection_count * WAYS, wait_ms);
        (void)!read(proxy->bell, &rung, sizeof rung);
        move_all(proxy, fds, deadline_now_ns());
        let_all_in(proxy);
    }
    cut_all(proxy);
    free(fds);
    return NULL;
}

struct proxy *proxy_start(uint16_t port, uint16_t target)
{
    struct proxy *proxy = fail_or_alloc(1, sizeof *proxy);

    proxy->target = target;
    proxy->random.state = port;
    proxy->listener = open_listener(port);
    proxy->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    (void)pthread_mutex_init(&proxy->mutex, NULL);
    (void)pthread_cond_init(&proxy->obeyed, NULL);
    if (proxy->bell < 0 || pthread_create(&proxy->thread, NULL, run, proxy) != 0) {
        fail_test("cannot start the thread of a proxy: %s", strerror(errno));
    }
    return proxy;
}

/* Under the mutex, which it gives back. Returns when they are in force. */
static void give_orders(struct proxy *proxy)
{
    const uint64_t ring = 1;
    uint64_t given = ++proxy->given;

    (void)!write(proxy->bell, &ring, sizeof ring);
    while (proxy->taken < given) {
        (void)pthread_cond_wait(&proxy->obeyed, &proxy->mutex);
    }
    (void)pthread_mutex_unlock(&proxy->mutex);
}

void proxy_stop(struct proxy *proxy)
{
    if (proxy == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&proxy->mutex);
    proxy->orders.stop = true;
    give_orders(proxy);
    (void)pthread_join(proxy->thread, NULL);
    (void)pthread_cond_destroy(&proxy->obeyed);
    (void)pthread_mutex_destroy(&proxy->mutex);
    (void)close(proxy->bell);
    (void)close(proxy->listener);
    free(proxy);
}

void proxy_set_weather(struct proxy *proxy, const struct proxy_weather *weather)
{
    (void)pthread_mutex_lock(&proxy->mutex);
    proxy->orders.weather = *weather;
    give_orders(proxy);
}

void proxy_cut(struct proxy *proxy)
{
    (void)pthread_mutex_lock(&proxy->mutex);
    proxy->orders.cut++;
    give_orders(proxy);
}

void proxy_half_close(struct proxy *proxy)
{
    (void)pthread_mutex_lock(&proxy->mutex);
    proxy->orders.half_close++;
    give_orders(proxy);
}

struct proxy_counts proxy_counts(struct proxy *proxy)
{
    (void)pthread_mutex_lock(&proxy->mutex);
    struct proxy_counts counts = proxy->counts;
    (void)pthread_mutex_unlock(&proxy->mutex);
    return counts;
}
