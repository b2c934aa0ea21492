#include "tools/offset_time.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { S_PER_MIN = 60, MIN_PER_H = 60, MS_PER_S = 1000, YEAR_0 = 1900 };

/* Exactly so many digits, from `low` to `high`; then it stands behind them. */
static bool take(const char **at, int digits, int high, int *out)
{
    int value = 0;

    for (int i = 0; i < digits; i++) {
        char c = (*at)[i];
        if (c < '0' || c > '9') {
            return false;
        }
        value = value * 10 + (c - '0');
    }
    *at += digits;
    *out = value;
    return value <= high;
}

static bool take_sign(const char **at, char sign)
{
    bool there = **at == sign;

    *at += there ? 1 : 0;
    return there;
}

static bool take_date(const char **at, struct tm *day)
{
    int year = 0;
    int month = 0;

    bool good = take(at, 4, 9999, &year) && take_sign(at, '-') && take(at, 2, 12, &month) &&
                take_sign(at, '-') && take(at, 2, 31, &day->tm_mday);
    day->tm_year = year - YEAR_0;
    day->tm_mon = month - 1;
    return good && year >= 1970 && month >= 1 && day->tm_mday >= 1;
}

/* Seconds and their thousandths may be left out. */
static bool take_clock(const char **at, struct tm *day, int *ms)
{
    if (!take(at, 2, 23, &day->tm_hour) || !take_sign(at, ':') || !take(at, 2, 59, &day->tm_min)) {
        return false;
    }
    if (!take_sign(at, ':')) {
        return true;
    }
    return take(at, 2, 59, &day->tm_sec) && (!take_sign(at, '.') || take(at, 3, 999, ms));
}

/* Minutes ahead of UTC. */
static bool take_zone(const char **at, int *minutes)
{
    int hours = 0;
    int rest = 0;

    if (**at == '\0' || take_sign(at, 'Z')) {
        return true;
    }
    int sign = take_sign(at, '-') ? -1 : 1;
    if (sign > 0 && !take_sign(at, '+')) {
        return false;
    }
    bool good = take(at, 2, 23, &hours) && take_sign(at, ':') && take(at, 2, 59, &rest);
    *minutes = sign * (hours * MIN_PER_H + rest);
    return good;
}

static bool parse_iso(const char *text, int64_t *out_ms)
{
    struct tm day = {.tm_year = 0};
    int ms = 0;
    int zone = 0;

    if (!take_date(&text, &day)) {
        return false;
    }
    if (*text != '\0' &&
        (!take_sign(&text, 'T') || !take_clock(&text, &day, &ms) || !take_zone(&text, &zone))) {
        return false;
    }
    int asked = day.tm_mday;
    time_t s = timegm(&day); /* makes the 30th of February a day of March */
    *out_ms = ((int64_t)s - (int64_t)zone * S_PER_MIN) * MS_PER_S + ms;
    return *text == '\0' && day.tm_mday == asked && *out_ms >= 0;
}

bool weir_offset_time_parse(const char *text, int64_t *out_ms)
{
    size_t size = strlen(text);
    int64_t ms = 0;

    if (size > 0 && strspn(text, "0123456789") == size) {
        errno = 0;
        ms = strtoll(text, NULL, 10);
        if (errno != 0) {
            return false;
        }
    } else if (!parse_iso(text, &ms)) {
        return false;
    }
    *out_ms = ms;
    return true;
}
