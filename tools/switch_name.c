#include "tools/switch_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TIME_SIZE = 20, HOST_MAX = 30, USER_MAX = 30 };

static void take_host(char host[HOST_MAX + 1])
{
    char whole[256] = "";

    if (gethostname(whole, sizeof whole - 1) != 0 || whole[0] == '\0') {
        (void)snprintf(whole, sizeof whole, "unknown");
    }
    (void)snprintf(host, HOST_MAX + 1, "%.*s", HOST_MAX, whole);
}

static void keep_printable(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text <= ' ' || *text > '~') {
            *text = '?';
        }
    }
}

void weir_switch_name_id(char out[WEIR_SWITCH_NAME_SIZE])
{
    char host[HOST_MAX + 1];
    char when[TIME_SIZE] = "";
    time_t now = time(NULL);
    struct tm parts;

    take_host(host);
    if (gmtime_r(&now, &parts) != NULL) {
        (void)strftime(when, sizeof when, "%Y%m%dT%H%M%SZ-", &parts);
    }
    (void)snprintf(out, WEIR_SWITCH_NAME_SIZE, "%s%s-%u", when, host, (unsigned)getpid());
    keep_printable(out);
}

void weir_switch_name_asker(char out[WEIR_SWITCH_NAME_SIZE])
{
    char host[HOST_MAX + 1];
    const char *user = getenv("USER");

    take_host(host);
    if (user != NULL && user[0] != '\0') {
        (void)snprintf(out, WEIR_SWITCH_NAME_SIZE, "%.*s@%s", USER_MAX, user, host);
    } else {
        (void)snprintf(out, WEIR_SWITCH_NAME_SIZE, "uid-%u@%s", (unsigned)getuid(), host);
    }
    keep_printable(out);
}
