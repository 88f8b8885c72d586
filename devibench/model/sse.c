/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/sse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/json_text.h"

int dvb_sse_open(struct dvb_sse *s, const char *body, size_t len, struct dvb_err *err)
{
    bool bom = len >= 3 && !memcmp(body, "\xef\xbb\xbf", 3);
    *s = (struct dvb_sse){ .at = body + (bom ? 3 : 0), .end = body + len };
    s->buf = malloc(len + 1); /* an event's data is shorter than its lines */
    return s->buf ? 0 : dvb_fail_nomem(err);
}

void dvb_sse_release(struct dvb_sse *s)
{
    free(s->buf);
    *s = (struct dvb_sse){ 0 };
}

/* A line that has its end; false where the body breaks off within it. */
static bool next_line(struct dvb_sse *s, const char **line, size_t *len)
{
    const char *p = s->at;
    while (p < s->end && *p != '\n' && *p != '\r')
        p++;
    if (p == s->end)
        return false;
    *line = s->at;
    *len = (size_t)(p - s->at);
    p += *p == '\r' && p + 1 < s->end && p[1] == '\n' ? 2 : 1;
    s->at = p;
    return true;
}

/* The value of the field if the line is that field: after the colon and one space. */
static bool field(const char *line, size_t len, const char *name, const char **value, size_t *n)
{
    size_t name_len = strlen(name);
    if (len < name_len || memcmp(line, name, name_len))
        return false;
    *value = line + name_len;
    *n = len - name_len;
    if (!*n)
        return true;
    if (**value != ':')
        return false;
    size_t skip = *n > 1 && (*value)[1] == ' ' ? 2 : 1;
    *value += skip;
    *n -= skip;
    return true;
}

static void take_line(struct dvb_sse *s, const char *line, size_t len)
{
    const char *value;
    size_t n;
    if (field(line, len, "data", &value, &n)) {
        memcpy(s->buf + s->data_len, value, n);
        s->data_len += n;
        s->buf[s->data_len++] = '\n';
    } else if (field(line, len, "event", &value, &n)) {
        snprintf(s->named, sizeof(s->named), "%.*s", (int)(n < 64 ? n : 63), value);
    }
}

bool dvb_sse_next(struct dvb_sse *s)
{
    const char *line;
    size_t len;
    s->data_len = 0;
    *s->named = '\0';
    while (next_line(s, &line, &len)) {
        if (len) {
            take_line(s, line, len);
            continue;
        }
        if (s->data_len) {
            s->buf[--s->data_len] = '\0'; /* the last line's LF */
            s->data = s->buf;
            s->name = *s->named ? s->named : "message";
            return true;
        }
        *s->named = '\0';
    }
    s->at = s->end;
    s->data = s->name = NULL;
    s->data_len = 0;
    return false;
}

json_t *dvb_sse_json(const struct dvb_sse *s)
{
    return dvb_json_lenient(s->data, s->data_len);
}
