#include "test/support/ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/text.h"

enum { LOWEST = 10000, EPHEMERAL_DEFAULT = 32768, FOLDER_MODE = 0700, FILE_MODE = 0600 };

/* The first port the kernel may give to an outgoing connection. */
static int ephemeral_first(void)
{
    FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
    char line[64] = "";

    if (file != NULL) {
        (void)fgets(line, sizeof line, file);
        (void)fclose(file);
    }
    long first = strtol(line, NULL, 10);
    return first > LOWEST + 1000 && first < UINT16_MAX ? (int)first : EPHEMERAL_DEFAULT;
}

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static bool nobody_listens(uint16_t port)
{
    struct sockaddr_in address = loopback(port);
    int yes = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        fail_test("cannot make a socket: %s", strerror(errno));
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes); /* as servers do */
    bool is_free =
        bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 1) == 0;
    (void)close(fd);
    return is_free;
}

/* Holds the port's lock until this process ends: the descriptor stays open on purpose. */
static bool lock(uint16_t port)
{
    char *folder = text_format("/tmp/weir-ports-%u", (unsigned)getuid());
    char *path = text_format("%s/%u", folder, (unsigned)port);

    (void)mkdir(folder, FOLDER_MODE);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (fd < 0) {
        fail_test("cannot open the lock file %s: %s", path, strerror(errno));
    }
    free(folder);
    free(path);
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        return true;
    }
    (void)close(fd);
    return false;
}

uint16_t ports_take(void)
{
    static uint32_t step;
    uint32_t range = (uint32_t)ephemeral_first() - LOWEST;
    uint32_t first = (uint32_t)getpid() * 31u + (uint32_t)(deadline_now_ns() / 1000000);

    for (uint32_t tries = 0; tries < range; tries++) {
        uint16_t port = (uint16_t)(LOWEST + (first + step++) % range);
        if (lock(port) && nobody_listens(port)) {
            return port;
        }
    }
    fail_test("no port of 127.0.0.1 is free between %d and %d", LOWEST, LOWEST + (int)range);
}

bool ports_answer(uint16_t port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    bool answers = fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return answers;
}
