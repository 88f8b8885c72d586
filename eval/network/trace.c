/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"
#include "eval/network/trace.h"

#define MAX_LINE 200
#define MAX_FILE ((size_t)256 << 20)

const char *const dvb_trace_kind_names[] = { "mahimahi", "rate", "csv", NULL };

struct reading {
    const char *name;
    struct dvb_trace *t;
    size_t cap;
    double first, last; /* seconds, of rate lines */
    long last_line;
    bool any_rate;
};

static int bad(const struct reading *r, long line, struct dvb_err *err, const char *found,
               const char *expected)
{
    return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s:%ld: found '%.60s', expected %s", r->name,
                    line, found, expected);
}

static int check_room(const struct reading *r, long line, struct dvb_err *err)
{
    if (r->t->n < DVB_TRACE_MAX_LINES)
        return 0;
    return dvb_fail(err, DVB_FAULT_INPUT, EFBIG, "%s:%ld: more than %d lines", r->name, line,
                    DVB_TRACE_MAX_LINES);
}

static int add_opportunity(struct reading *r, char *text, long line, struct dvb_err *err)
{
    int64_t ms;
    if (!dvb_parse_int(text, &ms) || ms < 0 || (double)ms > DVB_TRACE_MAX_SECONDS * 1e3)
        return bad(r, line, err, text, "a whole millisecond, 0 to 1000000000");
    if (r->t->n && ms * 1000 < r->t->at[r->t->n - 1])
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "%s:%ld: found %lld after %lld, expected times that do not decrease",
                        r->name, line, (long long)ms, (long long)(r->t->at[r->t->n - 1] / 1000));
    int ret = check_room(r, line, err);
    if (ret)
        return ret;
    r->t->at = dvb_grow(r->t->at, r->t->n, &r->cap, sizeof(*r->t->at));
    r->t->at[r->t->n++] = ms * 1000;
    r->last_line = line;
    return 0;
}

static int add_step(struct reading *r, const char *seconds, const char *mbps, long line,
                    struct dvb_err *err)
{
    double at, rate;
    if (!dvb_parse_num(seconds, &at) || at < 0 || at > 1e10)
        return bad(r, line, err, seconds, "seconds, 0 to 10000000000");
    if (!dvb_parse_num(mbps, &rate) || rate < 0 || rate * 1e6 > (double)DVB_TRACE_MAX_BPS)
        return bad(r, line, err, mbps, "Mbps, 0 to 100000");
    if (!r->t->n)
        r->first = at;
    else if (at <= r->last)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "%s:%ld: found %g after %g, expected seconds that rise", r->name, line, at,
                        r->last);
    if (at - r->first > DVB_TRACE_MAX_SECONDS)
        return bad(r, line, err, seconds, "at most 1000000 seconds from the first line's");
    int ret = check_room(r, line, err);
    if (ret)
        return ret;
    int64_t us = (int64_t)llround((at - r->first) * 1e6);
    if (r->t->n && us <= r->t->steps[r->t->n - 1].at)
        return bad(r, line, err, seconds, "steps of a microsecond and more");
    r->t->steps = dvb_grow(r->t->steps, r->t->n, &r->cap, sizeof(*r->t->steps));
    r->t->steps[r->t->n++] = (struct dvb_trace_step){ us, (int64_t)llround(rate * 1e6) };
    r->last = at;
    r->last_line = line;
    r->any_rate = r->any_rate || r->t->steps[r->t->n - 1].bps > 0;
    return 0;
}

static int add_pair(struct reading *r, char *text, long line, struct dvb_err *err)
{
    char *second = text + strcspn(text, " \t");
    if (!*second)
        return bad(r, line, err, text, "\"seconds Mbps\"");
    *second++ = '\0';
    second = dvb_text_trim(second);
    return add_step(r, text, second, line, err);
}

static int add_row(void *user, const struct dvb_csv_row *row, struct dvb_err *err)
{
    struct reading *r = user;
    double v;
    if (row->field[0][0] == '#')
        return 0;
    if (row->n != 2)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s:%ld: %zu columns, expected seconds,Mbps",
                        r->name, row->line, row->n);
    char *seconds = dvb_text_trim(row->field[0]), *mbps = dvb_text_trim(row->field[1]);
    if (!r->t->n && !r->last_line && !dvb_parse_num(seconds, &v) && !dvb_parse_num(mbps, &v)) {
        r->last_line = row->line; /* headings, once */
        return 0;
    }
    return add_step(r, seconds, mbps, row->line, err);
}

/* A line of the text, trimmed; false at the end. *line counts. */
static bool next_line(const char **at, const char *end, char buf[MAX_LINE], long *line)
{
    if (*at >= end)
        return false;
    const char *nl = memchr(*at, '\n', (size_t)(end - *at));
    size_t len = (size_t)((nl ? nl : end) - *at), keep = len < MAX_LINE - 1 ? len : MAX_LINE - 1;
    memcpy(buf, *at, keep);
    buf[keep] = '\0';
    for (size_t i = 0; i < keep; i++) /* must not end the text for those who read on */
        buf[i] = (char)(buf[i] ? buf[i] : '?');
    if (keep < len) /* nor may a long line pass for its beginning */
        memcpy(buf + keep - 3, "...", 3);
    *at = nl ? nl + 1 : end;
    (*line)++;
    return true;
}

static bool is_content(const char *text)
{
    return *text && *text != '#';
}

static int read_lines(struct reading *r, const char *text, size_t len, struct dvb_err *err)
{
    char buf[MAX_LINE];
    long line = 0;
    const char *end = text + len;
    while (next_line(&text, end, buf, &line)) {
        char *s = dvb_text_trim(buf);
        if (!is_content(s))
            continue;
        int ret = r->t->kind == DVB_TRACE_MAHIMAHI ? add_opportunity(r, s, line, err)
                                                   : add_pair(r, s, line, err);
        if (ret)
            return ret;
    }
    return 0;
}

static int read_csv(struct reading *r, const char *text, size_t len, struct dvb_err *err)
{
    struct dvb_csv *csv;
    int ret = dvb_csv_open(r->name, NULL, add_row, r, &csv, err);
    if (ret)
        return ret;
    ret = dvb_csv_push(csv, text, len, err);
    if (!ret)
        ret = dvb_csv_finish(csv, err);
    dvb_csv_close(&csv);
    return ret;
}

/* The first line with content tells. */
static enum dvb_trace_kind find_kind(const char *text, size_t len)
{
    char buf[MAX_LINE];
    long line = 0;
    const char *end = text + len;
    if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
        return DVB_TRACE_CSV;
    while (next_line(&text, end, buf, &line)) {
        const char *s = dvb_text_trim(buf);
        if (is_content(s))
            return strchr(s, ',')         ? DVB_TRACE_CSV
                   : s[strcspn(s, " \t")] ? DVB_TRACE_RATE
                                          : DVB_TRACE_MAHIMAHI;
    }
    return DVB_TRACE_MAHIMAHI;
}

static int finish(struct reading *r, struct dvb_err *err)
{
    struct dvb_trace *t = r->t;
    if (!t->n)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "%s: found no lines of a trace, expected milliseconds or \"seconds Mbps\"",
                        r->name);
    if (t->kind == DVB_TRACE_MAHIMAHI) {
        t->length = t->at[t->n - 1];
        return t->length ? 0
                         : dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                                    "%s:%ld: the last time is 0, expected more than 0", r->name,
                                    r->last_line);
    }
    int64_t last = t->steps[t->n - 1].at;
    t->length = t->n == 1 ? 1000000 : last + (last - t->steps[t->n - 2].at);
    return r->any_rate ? 0
                       : dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                                  "%s:%ld: every rate is 0, expected at least one above", r->name,
                                  r->last_line);
}

int dvb_trace_parse(const char *text, size_t len, const char *name, struct dvb_trace *trace,
                    struct dvb_err *err)
{
    *trace = (struct dvb_trace){ .kind = find_kind(text, len) };
    struct reading r = { .name = name, .t = trace };
    int ret = trace->kind == DVB_TRACE_CSV ? read_csv(&r, text, len, err)
                                           : read_lines(&r, text, len, err);
    if (!ret)
        ret = finish(&r, err);
    if (ret)
        dvb_trace_release(trace);
    return ret;
}

int dvb_trace_read(const char *path, struct dvb_trace *trace, struct dvb_err *err)
{
    char *text;
    size_t len;
    *trace = (struct dvb_trace){ 0 };
    int ret = dvb_read_file(path, MAX_FILE, &text, &len, err);
    if (ret)
        return ret;
    ret = dvb_trace_parse(text, len, path, trace, err);
    free(text);
    return ret;
}

void dvb_trace_release(struct dvb_trace *trace)
{
    free(trace->at);
    free(trace->steps);
    *trace = (struct dvb_trace){ 0 };
}

double dvb_trace_mean(const struct dvb_trace *trace)
{
    if (trace->kind == DVB_TRACE_MAHIMAHI)
        return (double)trace->n * DVB_TRACE_BYTES * 8e6 / (double)trace->length;
    double bits = 0;
    for (size_t i = 0; i < trace->n; i++) {
        int64_t end = i + 1 < trace->n ? trace->steps[i + 1].at : trace->length;
        bits += (double)trace->steps[i].bps * (double)(end - trace->steps[i].at) / 1e6;
    }
    return bits * 1e6 / (double)trace->length;
}
