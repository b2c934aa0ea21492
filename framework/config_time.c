#include "framework/config_time.h"

#include <stddef.h>

struct cursor {
    const char *at;
    bool good;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Exactly `digits` digits with a value in low..high. */
static int64_t take_number(struct cursor *cursor, int digits, int64_t low, int64_t high)
{
    int64_t number = 0;

    for (int i = 0; i < digits && cursor->good; i++) {
        cursor->good = is_digit(*cursor->at);
        if (cursor->good) {
            number = number * 10 + (*cursor->at++ - '0');
        }
    }
    cursor->good = cursor->good && number >= low && number <= high;
    return number;
}

/* One character out of the two allowed. */
static char take_either(struct cursor *cursor, char one, char other)
{
    char c = *cursor->at;

    cursor->good = cursor->good && (c == one || c == other);
    if (cursor->good) {
        cursor->at++;
    }
    return c;
}

/* ".5" = 500 ms; digits past the third are read and dropped. */
static int64_t take_fraction(struct cursor *cursor)
{
    int64_t ms = 0;
    int64_t weight = 100;

    if (!cursor->good || *cursor->at != '.') {
        return 0;
    }
    cursor->at++;
    cursor->good = is_digit(*cursor->at);
    for (; is_digit(*cursor->at); cursor->at++) {
        ms += weight * (*cursor->at - '0');
        weight /= 10;
    }
    return ms;
}

/* "Z", "+01:00" or "-05:30", in minutes east of Greenwich. */
static int64_t take_zone(struct cursor *cursor)
{
    if (!cursor->good || *cursor->at == 'Z' || *cursor->at == 'z') {
        cursor->at += cursor->good ? 1 : 0;
        return 0;
    }
    char sign = take_either(cursor, '+', '-');
    int64_t hours = take_number(cursor, 2, 0, 23);
    take_either(cursor, ':', ':');
    int64_t minutes = hours * 60 + take_number(cursor, 2, 0, 59);
    return sign == '-' ? -minutes : minutes;
}

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t month_days(int64_t year, int64_t month)
{
    static const int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* Days from 1970-01-01. */
static int64_t days_since_epoch(int64_t year, int64_t month, int64_t day)
{
    int64_t before = year - 1;
    int64_t days = before * 365 + before / 4 - before / 100 + before / 400;

    for (int64_t m = 1; m < month; m++) {
        days += month_days(year, m);
    }
    return days + day - 1 - 719162; /* days before 1970 */
}

bool weir_timestamp_parse(const char *text, int64_t *out)
{
    struct cursor cursor = {.at = text, .good = true};
    int64_t year = take_number(&cursor, 4, 1970, 9999);
    take_either(&cursor, '-', '-');
    int64_t month = take_number(&cursor, 2, 1, 12);
    take_either(&cursor, '-', '-');
    int64_t day = take_number(&cursor, 2, 1, 31);
    if (*cursor.at == ' ') {
        cursor.at++;
    } else {
        take_either(&cursor, 'T', 't');
    }
    int64_t hour = take_number(&cursor, 2, 0, 23);
    take_either(&cursor, ':', ':');
    int64_t minute = take_number(&cursor, 2, 0, 59);
    take_either(&cursor, ':', ':');
    int64_t second = take_number(&cursor, 2, 0, 60); /* 60: a leap second */
    int64_t ms = take_fraction(&cursor);
    int64_t zone = take_zone(&cursor);

    if (!cursor.good || *cursor.at != '\0' || day > month_days(year, month)) {
        return false;
    }
    int64_t minutes = days_since_epoch(year, month, day) * 1440 + hour * 60 + minute - zone;
    *out = (minutes * 60 + second) * 1000 + ms;
    return true;
}
