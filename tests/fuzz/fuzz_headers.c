/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Header lines of a service: limits, durations, times, retry hints. What is taken
   from them is finite and not negative, whatever they say, and a window and its
   buckets stay within their bounds. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/attempt.h"
#include "model/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static void check_said(double v)
{
    CHECK(isfinite(v) && (v >= 0 || v == -1));
}

static void try_limits(const struct dvb_rate_headers *h)
{
    const struct dvb_profile p = { .concurrency = 16 };
    struct dvb_limits l;
    dvb_limits_init(&l, &p, 0);
    for (int i = 0; i < 40; i++) {
        dvb_limits_learn(&l, i, h, 600);
        double due = dvb_limits_due(&l, i, 1000, false);
        CHECK(!isnan(due) && due >= i);
        struct dvb_ticket t = dvb_limits_start(&l, i, 1000, false);
        dvb_limits_end(&l, i, &t, (enum dvb_outcome)(i % 3), i, false);
        CHECK(l.window >= 1 && l.window <= 16 && !l.held && !l.flying);
        CHECK(l.requests.level <= l.requests.cap && l.tokens.level <= l.tokens.cap);
    }
}

static void try_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1); /* of this length exactly, as above */
    long long at = 0;
    memcpy(text, data, size);
    text[size] = '\0';
    check_said(dvb_parse_duration(text));
    CHECK(isfinite(dvb_parse_rfc3339(text)));
    double hint = dvb_retry_after(text, &at);
    CHECK(isfinite(hint) && hint >= -1 && at >= 0);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dvb_rate_headers h;
    dvb_rate_headers_init(&h);
    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t len = end ? (size_t)(end - data) + 1 - at : size - at;
        char *line = malloc(len); /* of this length exactly: reading past it shows */
        memcpy(line, data + at, len);
        dvb_rate_headers_take(&h, line, len);
        free(line);
        try_text(data + at, len);
        at += len;
    }
    dvb_rate_headers_finish(&h, 1.7e9);
    for (int k = 0; k < DVB_RATE_KINDS; k++) {
        check_said(h.rate[k].limit);
        check_said(h.rate[k].remaining);
        check_said(h.rate[k].reset_s);
    }
    check_said(dvb_rate_headers_wait(&h));
    try_limits(&h);
    return 0;
}
