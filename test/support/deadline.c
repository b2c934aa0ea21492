#include "test/support/deadline.h"

#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "test/support/fail.h"

enum { NS_PER_MS = 1000000, NS_PER_S = 1000000000, TURN_MS = 2 };

double deadline_multiplier(void)
{
    const char *text = getenv("TMO_MULT");
    char *end = NULL;

    if (text == NULL || *text == '\0') {
        return 1;
    }
    double value = strtod(text, &end);
    if (*end != '\0' || !(value > 0 && value <= 1000)) {
        fail_test("TMO_MULT is '%s': it must be a number above 0, at most 1000", text);
    }
    return value;
}

int64_t deadline_now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

struct deadline deadline_in_ms(int64_t ms)
{
    double span_ns = (double)ms * (double)NS_PER_MS * deadline_multiplier();

    return (struct deadline){.at_ns = deadline_now_ns() + (int64_t)span_ns};
}

bool deadline_passed(struct deadline deadline)
{
    return deadline_now_ns() >= deadline.at_ns;
}

int deadline_left_ms(struct deadline deadline)
{
    int64_t left = (deadline.at_ns - deadline_now_ns() + NS_PER_MS - 1) / NS_PER_MS;

    if (left < 0) {
        return 0;
    }
    return left > INT_MAX ? INT_MAX : (int)left;
}

void deadline_turn(void)
{
    (void)poll(NULL, 0, TURN_MS);
}

void deadline_require(struct deadline deadline, const char *condition, const char *file, int line)
{
    if (deadline_passed(deadline)) {
        fail_test("%s:%d: did not come true in time: %s", file, line, condition);
    }
    deadline_turn();
}
