/* Every weather of a proxy does to connections what it says: a test that relies on it would pass
 * for nothing otherwise. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test/support/deadline.h"
#include "test/support/ports.h"
#include "test/support/proxy.h"
#include "test/support/runner.h"

enum { AWAIT_MS = 20000, NS_PER_MS = 1000000, BLOCK = 4096 };

static struct proxy *proxy;
static int listener;
static uint16_t front;
static int client; /* what the tests speak through */
static int server; /* and what they speak to; -1: not there yet */

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int connect_to_proxy(void)
{
    struct sockaddr_in address = loopback(front);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static bool has_event(int fd, short events)
{
    struct pollfd polled = {.fd = fd, .events = events};

    return poll(&polled, 1, 0) == 1;
}

static void await_readable(int fd)
{
    WAIT_UNTIL(has_event(fd, POLLIN), AWAIT_MS);
}

static void set_up(void)
{
    uint16_t back = ports_take();
    struct sockaddr_in address = loopback(back);
    int yes = 1;

    front = ports_take();
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    ck_assert_int_eq(bind(listener, (const struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(listener, 8), 0);
    proxy = proxy_start(front, back);
    client = connect_to_proxy();
    await_readable(listener);
    server = accept(listener, NULL, NULL);
    ck_assert_int_ge(server, 0);
}

static void tear_down(void)
{
    proxy_stop(proxy);
    (void)close(client);
    (void)close(server);
    (void)close(listener);
}

static void say(int fd, const char *text)
{
    ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static void expect(int fd, const char *text)
{
    char got[BLOCK] = "";
    size_t length = 0;

    while (length < strlen(text)) {
        await_readable(fd);
        ssize_t more = recv(fd, got + length, sizeof got - 1 - length, 0);
        ck_assert_int_gt(more, 0);
        length += (size_t)more;
    }
    ck_assert_str_eq(got, text);
}

/* What the end of the connection looks like: 0 an orderly one, else an errno. */
static int end_of(int fd)
{
    char byte = 0;

    await_readable(fd);
    ssize_t got = recv(fd, &byte, 1, 0);
    ck_assert_int_le(got, 0);
    return got == 0 ? 0 : errno;
}

START_TEST(bytes_pass_both_ways_and_are_counted)
{
    say(client, "ping");
    expect(server, "ping");
    say(server, "pong");
    expect(client, "pong");
    WAIT_UNTIL(proxy_counts(proxy).passed == 8, AWAIT_MS);
    ck_assert_uint_eq(proxy_counts(proxy).accepted, 1);
    ck_assert_uint_eq(proxy_counts(proxy).open, 1);
}
END_TEST

START_TEST(an_end_passes_after_the_last_byte_and_the_other_way_stays_open)
{
    say(client, "last words");
    ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
    expect(server, "last words");
    ck_assert_int_eq(end_of(server), 0);
    say(server, "answer");
    expect(client, "answer");
    ck_assert_int_eq(shutdown(server, SHUT_WR), 0);
    ck_assert_int_eq(end_of(client), 0);
    WAIT_UNTIL(proxy_counts(proxy).open == 0, AWAIT_MS);
}
END_TEST

START_TEST(a_cut_resets_both_sides_and_the_next_connection_is_sound)
{
    proxy_cut(proxy);
    ck_assert_uint_eq(proxy_counts(proxy).open, 0);
    ck_assert_int_eq(end_of(client), ECONNRESET);
    ck_assert_int_eq(end_of(server), ECONNRESET);
    int next = connect_to_proxy();
    await_readable(listener);
    int accepted = accept(listener, NULL, NULL);
    say(next, "again");
    expect(accepted, "again");
    (void)close(next);
    (void)close(accepted);
}
END_TEST

START_TEST(a_half_close_ends_the_servers_words_only)
{
    proxy_half_close(proxy);
    ck_assert_int_eq(end_of(client), 0);
    say(client, "still here");
    expect(server, "still here");
}
END_TEST

/* That nothing comes cannot be waited for. It can be seen by what comes first afterwards: the bytes
 * were sent before the silence ended, and the time at which they come is after it. */
START_TEST(silence_holds_everything_back_until_it_ends)
{
    proxy_set_weather(proxy, &(struct proxy_weather){.silent = true});
    say(client, "held");
    int second = connect_to_proxy();
    WAIT_UNTIL(proxy_counts(proxy).accepted == 2, AWAIT_MS);
    ck_assert(!has_event(server, POLLIN));
    ck_assert_uint_eq(proxy_counts(proxy).passed, 0);
    proxy_set_weather(proxy, &(struct proxy_weather){0});
    expect(server, "held");
    (void)close(second);
}
END_TEST

START_TEST(refusing_resets_what_is_there_and_what_comes)
{
    proxy_set_weather(proxy, &(struct proxy_weather){.refusing = true});
    ck_assert_int_eq(end_of(client), ECONNRESET);
    int second = connect_to_proxy();
    ck_assert_int_eq(end_of(second), ECONNRESET);
    ck_assert(!has_event(listener, POLLIN));
    (void)close(second);
}
END_TEST

START_TEST(what_is_late_is_late_and_in_order)
{
    enum { DELAY_MS = 50, PIECES = 20 };
    int64_t begin_ns = deadline_now_ns();

    proxy_set_weather(proxy, &(struct proxy_weather){.delay_ms = DELAY_MS, .jitter_ms = DELAY_MS});
    for (int i = 0; i < PIECES; i++) {
        const char piece[] = {(char)('a' + i), '\0'};
        say(client, piece);
    }
    expect(server, "abcdefghijklmnopqrst");
    ck_assert_int_ge(deadline_now_ns() - begin_ns, (int64_t)DELAY_MS * NS_PER_MS);
}
END_TEST

START_TEST(what_drips_takes_its_time_and_is_whole)
{
    enum { SIZE = 200 };
    char text[SIZE + 1];
    int64_t begin_ns = deadline_now_ns();

    memset(text, 'x', SIZE);
    text[SIZE] = '\0';
    proxy_set_weather(proxy, &(struct proxy_weather){.drip_bytes = 10});
    say(client, text);
    expect(server, text);
    ck_assert_int_ge(deadline_now_ns() - begin_ns, INT64_C(90) * NS_PER_MS); /* 19 pauses of 5 ms */
}
END_TEST

START_TEST(a_server_that_is_not_there_is_a_reset)
{
    uint16_t port = ports_take();
    struct proxy *lonely = proxy_start(port, ports_take());
    uint16_t own = front;

    front = port;
    int fd = connect_to_proxy();
    ck_assert_int_eq(end_of(fd), ECONNRESET);
    front = own;
    (void)close(fd);
    proxy_stop(lonely);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("proxy");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, bytes_pass_both_ways_and_are_counted);
    tcase_add_test(tcase, an_end_passes_after_the_last_byte_and_the_other_way_stays_open);
    tcase_add_test(tcase, a_cut_resets_both_sides_and_the_next_connection_is_sound);
    tcase_add_test(tcase, a_half_close_ends_the_servers_words_only);
    tcase_add_test(tcase, silence_holds_everything_back_until_it_ends);
    tcase_add_test(tcase, refusing_resets_what_is_there_and_what_comes);
    tcase_add_test(tcase, what_is_late_is_late_and_in_order);
    tcase_add_test(tcase, what_drips_takes_its_time_and_is_whole);
    tcase_add_test(tcase, a_server_that_is_not_there_is_a_reset);
    return runner_run("support_proxy", tcase);
}
