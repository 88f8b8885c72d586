/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/rate_headers.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define VALUE_MAX 64 /* bytes of a value that can make sense */

enum field { LIMIT, REMAINING, RESET };

/* One row per header line. */
static const struct {
    const char *name;
    enum dvb_rate_kind kind;
    enum field field;
} lines[] = {
    { "x-ratelimit-limit-requests", DVB_RATE_REQUESTS, LIMIT },
    { "x-ratelimit-remaining-requests", DVB_RATE_REQUESTS, REMAINING },
    { "x-ratelimit-reset-requests", DVB_RATE_REQUESTS, RESET },
    { "x-ratelimit-limit-tokens", DVB_RATE_TOKENS, LIMIT },
    { "x-ratelimit-remaining-tokens", DVB_RATE_TOKENS, REMAINING },
    { "x-ratelimit-reset-tokens", DVB_RATE_TOKENS, RESET },
    { "anthropic-ratelimit-requests-limit", DVB_RATE_REQUESTS, LIMIT },
    { "anthropic-ratelimit-requests-remaining", DVB_RATE_REQUESTS, REMAINING },
    { "anthropic-ratelimit-requests-reset", DVB_RATE_REQUESTS, RESET },
    { "anthropic-ratelimit-tokens-limit", DVB_RATE_TOKENS, LIMIT },
    { "anthropic-ratelimit-tokens-remaining", DVB_RATE_TOKENS, REMAINING },
    { "anthropic-ratelimit-tokens-reset", DVB_RATE_TOKENS, RESET },
    { "anthropic-ratelimit-input-tokens-limit", DVB_RATE_INPUT_TOKENS, LIMIT },
    { "anthropic-ratelimit-input-tokens-remaining", DVB_RATE_INPUT_TOKENS, REMAINING },
    { "anthropic-ratelimit-input-tokens-reset", DVB_RATE_INPUT_TOKENS, RESET },
    { "anthropic-ratelimit-output-tokens-limit", DVB_RATE_OUTPUT_TOKENS, LIMIT },
    { "anthropic-ratelimit-output-tokens-remaining", DVB_RATE_OUTPUT_TOKENS, REMAINING },
    { "anthropic-ratelimit-output-tokens-reset", DVB_RATE_OUTPUT_TOKENS, RESET },
};

static const struct {
    const char *name;
    double seconds;
} units[] = { { "ms", 1e-3 }, { "us", 1e-6 }, { "ns", 1e-9 }, { "\xc2\xb5s", 1e-6 },
              { "h", 3600 },  { "m", 60 },    { "s", 1 } };

/* The unit that s begins with, 0 if none; *len is that of its name. */
static double unit_of(const char *s, size_t *len)
{
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
        *len = strlen(units[i].name);
        if (!strncmp(s, units[i].name, *len))
            return units[i].seconds;
    }
    return 0;
}

double dvb_parse_duration(const char *s)
{
    double sum = 0, v;
    if (dvb_parse_num(s, &v))
        return v >= 0 ? v : -1;
    if (!*s)
        return -1;
    while (*s) {
        char number[32];
        size_t n = strspn(s, "0123456789."), len;
        if (!n || n >= sizeof(number))
            return -1;
        snprintf(number, sizeof(number), "%.*s", (int)n, s);
        double unit = unit_of(s + n, &len);
        if (unit <= 0 || !dvb_parse_num(number, &v))
            return -1;
        sum += v * unit;
        s += n + len;
    }
    return sum < 1e9 ? sum : -1;
}

/* Days from 1970-01-01 to a day of the Gregorian calendar: years are counted
   from March, so that the leap day is their last. */
static int64_t days_to(int year, int month, int day)
{
    int64_t y = month > 2 ? year : year - 1, m = (month + 9) % 12;
    return y * 365 + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1 - 719468;
}

/* By a shape: d is a digit, T what stands between date and time. sscanf alone
   would take signs and blanks. */
static bool has_shape(const char *s, const char *shape)
{
    for (; *shape; s++, shape++)
        if (*shape == 'd'   ? !isdigit((unsigned char)*s)
            : *shape == 'T' ? *s != 'T' && *s != 't' && *s != ' '
                            : *s != *shape)
            return false;
    return true;
}

static double offset_of(const char *s)
{
    int h, m;
    if (!strcasecmp(s, "z"))
        return 0;
    if (!has_shape(s + 1, "dd:dd") || s[6] || sscanf(s + 1, "%2d:%2d", &h, &m) != 2 || h > 23 ||
        m > 59)
        return -1e9;
    return (*s == '-' ? -1 : 1) * (h * 3600.0 + m * 60.0);
}

double dvb_parse_rfc3339(const char *s)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:dd";
    int y, mon, d, h, min, sec;
    if (!has_shape(s, shape) || sscanf(s, "%4d-%2d-%2d", &y, &mon, &d) != 3 ||
        sscanf(s + 11, "%2d:%2d:%2d", &h, &min, &sec) != 3)
        return -1;
    const char *rest = s + sizeof(shape) - 1;
    char fraction[24] = "0";
    if (*rest == '.') {
        size_t n = 1 + strspn(rest + 1, "0123456789");
        snprintf(fraction, sizeof(fraction), "0%.*s", n < 12 ? (int)n : 12, rest);
        rest += n;
    }
    if (*rest != '+' && *rest != '-' && tolower((unsigned char)*rest) != 'z')
        return -1;
    double offset = offset_of(rest), part = 0;
    if (offset < -1e8 || mon < 1 || mon > 12 || d < 1 || d > 31 || h > 23 || min > 59 || sec > 60 ||
        !dvb_parse_num(fraction, &part))
        return -1;
    return (double)days_to(y, mon, d) * 86400 + h * 3600 + min * 60 + sec + part - offset;
}

void dvb_rate_headers_init(struct dvb_rate_headers *h)
{
    for (int k = 0; k < DVB_RATE_KINDS; k++)
        h->rate[k] = (struct dvb_rate){ -1, -1, -1, -1 };
}

static void take(struct dvb_rate *r, enum field field, const char *value)
{
    double v;
    if (field == RESET) {
        r->reset_s = dvb_parse_duration(value);
        r->reset_at = r->reset_s < 0 ? dvb_parse_rfc3339(value) : -1;
    } else if (dvb_parse_num(value, &v) && v >= 0 && v < 1e15) {
        *(field == LIMIT ? &r->limit : &r->remaining) = v;
    }
}

void dvb_rate_headers_take(struct dvb_rate_headers *h, const char *line, size_t len)
{
    char value[VALUE_MAX + 1];
    const char *colon = memchr(line, ':', len);
    if (!colon || !len || !strchr("xXaA", *line)) /* most lines end here */
        return;
    size_t n = (size_t)(colon - line), rest = len - n - 1;
    if (rest > VALUE_MAX || memchr(colon, '\0', rest + 1))
        return;
    snprintf(value, sizeof(value), "%.*s", (int)rest, colon + 1);
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
        if (strlen(lines[i].name) == n && !strncasecmp(lines[i].name, line, n))
            take(&h->rate[lines[i].kind], lines[i].field, dvb_text_trim(value));
}

void dvb_rate_headers_finish(struct dvb_rate_headers *h, double now)
{
    for (int k = 0; k < DVB_RATE_KINDS; k++) {
        struct dvb_rate *r = &h->rate[k];
        if (r->reset_s < 0 && r->reset_at >= 0)
            r->reset_s = r->reset_at > now ? r->reset_at - now : 0;
    }
}

double dvb_rate_headers_wait(const struct dvb_rate_headers *h)
{
    double wait = -1;
    for (int k = 0; k < DVB_RATE_KINDS; k++)
        if (h->rate[k].remaining == 0 && h->rate[k].reset_s > wait)
            wait = h->rate[k].reset_s;
    return wait;
}
