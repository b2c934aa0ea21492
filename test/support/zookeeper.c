#include "test/support/zookeeper.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/ports.h"
#include "test/support/process.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"

#define SERVER_JAR "/usr/share/java/zookeeper.jar"
#define CLASS_PATH "/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar"

enum { SERVE_MS = 60000, END_MS = 10000, ASK_MS = 1000, FOLDER_MODE = 0755, ANSWER_SIZE = 8192 };

struct server {
    struct process *process;
    char *settings; /* file */
    char *log;      /* file of what it says */
    uint16_t port;
};

struct zookeeper {
    struct server servers[ZOOKEEPER_SERVERS_MAX];
    int count;
    char *folder;
    char *connect;
};

/* The smallest session timeout makes a test of its end short, the largest gives a test the time to
 * stand still. */
static const char settings[] = "tickTime=500\nminSessionTimeout=1000\nmaxSessionTimeout=60000\n"
                               "initLimit=20\nsyncLimit=10\n"
                               "clientPortAddress=127.0.0.1\nadmin.enableServer=false\n"
                               "forceSync=no\n4lw.commands.whitelist=*\nmaxClientCnxns=0\n";

static const struct server *server_of(const struct zookeeper *zookeeper, int server)
{
    assert(server >= 0);
    assert(server < zookeeper->count);
    return &zookeeper->servers[server];
}

static char *voters(const struct zookeeper *zookeeper)
{
    struct text text = {.bytes = NULL};

    text_add(&text, "%s", "");
    for (int i = 0; i < zookeeper->count && zookeeper->count > 1; i++) {
        text_add(&text, "server.%d=127.0.0.1:%u:%u\n", i + 1, (unsigned)ports_take(),
                 (unsigned)ports_take());
    }
    return text.bytes;
}

/* Its folder, its settings and its number in the ensemble. */
static void prepare(const struct zookeeper *zookeeper, int index, struct server *server,
                    const char *ensemble)
{
    char *data = text_format("%s/data-%d", zookeeper->folder, index);
    char *id_file = tmpdir_path(data, "myid");
    char *id = text_format("%d\n", index + 1);
    char *text = text_format("%sdataDir=%s\nclientPort=%u\n%s", settings, data,
                             (unsigned)server->port, ensemble);

    if (mkdir(data, FOLDER_MODE) != 0) {
        fail_test("cannot make %s", data);
    }
    server->settings = text_format("%s/server-%d.cfg", zookeeper->folder, index);
    server->log = text_format("%s/server-%d.log", zookeeper->folder, index);
    tmpdir_write(server->settings, text);
    tmpdir_write(id_file, id);
    free(text);
    free(id);
    free(id_file);
    free(data);
}

static void launch(struct server *server)
{
    const char *const arguments[] = {
        "java",
        "-Xms32m",
        "-Xmx128m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:-UsePerfData",
        "-Xshare:auto",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        "-cp",
        CLASS_PATH,
        "org.apache.zookeeper.server.quorum.QuorumPeerMain",
        server->settings,
        NULL,
    };

    server->process = process_start(&(struct process_options){
        .arguments = arguments, .output_path = server->log, .errors_path = server->log});
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

char *zookeeper_ask(uint16_t port, const char *word)
{
    char answer[ANSWER_SIZE];
    size_t size = 0;
    int fd = connect_to(port);
    struct deadline deadline = deadline_in_ms(ASK_MS);
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    ssize_t got = fd >= 0 ? send(fd, word, strlen(word), MSG_NOSIGNAL) : -1;

    while (got > 0 && size < sizeof answer - 1 &&
           poll(&readable, 1, deadline_left_ms(deadline)) > 0) {
        got = read(fd, answer + size, sizeof answer - 1 - size);
        size += got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    answer[size] = '\0';
    return fail_or_copy(answer);
}

/* "standalone", "leader" or "follower" is what one that serves says of itself. */
static bool says(uint16_t port, const char *mode)
{
    char *answer = zookeeper_ask(port, "srvr");
    char *line = text_format("Mode: %s", mode);
    bool so = strstr(answer, line) != NULL;

    free(line);
    free(answer);
    return so;
}

static void await_server(const struct server *server)
{
    struct deadline deadline = deadline_in_ms(SERVE_MS);

    while (!says(server->port, "")) {
        if (!process_running(server->process) || deadline_passed(deadline)) {
            char *log = tmpdir_read(server->log);
            fail_test("a ZooKeeper server does not serve: %s\n%s",
                      process_describe(server->process), log);
        }
        deadline_turn();
    }
}

struct zookeeper *zookeeper_start(int servers)
{
    struct zookeeper *zookeeper = fail_or_alloc(1, sizeof *zookeeper);
    struct text connect = {.bytes = NULL};

    assert(servers >= 1);
    assert(servers <= ZOOKEEPER_SERVERS_MAX);
    if (access(SERVER_JAR, R_OK) != 0) {
        fail_test("there is no %s: ./dev deps test installs it", SERVER_JAR);
    }
    zookeeper->count = servers;
    zookeeper->folder = tmpdir_create("zookeeper");
    char *ensemble = voters(zookeeper);
    for (int i = 0; i < servers; i++) {
        struct server *server = &zookeeper->servers[i];
        server->port = ports_take();
        text_add(&connect, "%s127.0.0.1:%u", i == 0 ? "" : ",", (unsigned)server->port);
        prepare(zookeeper, i, server, ensemble);
        launch(server);
    }
    zookeeper->connect = connect.bytes;
    free(ensemble);
    for (int i = 0; i < servers; i++) {
        await_server(&zookeeper->servers[i]);
    }
    return zookeeper;
}

void zookeeper_stop(struct zookeeper *zookeeper)
{
    if (zookeeper == NULL) {
        return;
    }
    for (int i = 0; i < zookeeper->count; i++) {
        process_destroy(zookeeper->servers[i].process);
        free(zookeeper->servers[i].settings);
        free(zookeeper->servers[i].log);
    }
    tmpdir_remove(&zookeeper->folder);
    free(zookeeper->connect);
    free(zookeeper);
}

const char *zookeeper_connect(const struct zookeeper *zookeeper)
{
    return zookeeper->connect;
}

uint16_t zookeeper_port(const struct zookeeper *zookeeper, int server)
{
    return server_of(zookeeper, server)->port;
}

int zookeeper_leader(const struct zookeeper *zookeeper)
{
    struct deadline deadline = deadline_in_ms(SERVE_MS);

    for (int i = 0;; i = (i + 1) % zookeeper->count) {
        if (says(server_of(zookeeper, i)->port, "leader")) {
            return i;
        }
        deadline_require(deadline, "a server leads", __FILE__, __LINE__);
    }
}

void zookeeper_pause(const struct zookeeper *zookeeper, int server)
{
    process_pause(server_of(zookeeper, server)->process);
}

void zookeeper_resume(const struct zookeeper *zookeeper, int server)
{
    process_resume(server_of(zookeeper, server)->process);
}

void zookeeper_kill(struct zookeeper *zookeeper, int server)
{
    struct process *process = server_of(zookeeper, server)->process;

    process_signal(process, SIGKILL);
    (void)process_wait(process, END_MS);
}

void zookeeper_restart(struct zookeeper *zookeeper, int server)
{
    struct server *again = &zookeeper->servers[server];

    assert(!process_running(server_of(zookeeper, server)->process));
    process_destroy(again->process);
    launch(again);
    await_server(again);
}
