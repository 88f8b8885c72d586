/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/body.h"

#include <errno.h>
#include <libavutil/base64.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"

#define MAX_FILE ((size_t)64 << 20)
#define MAX_BODY ((size_t)256 << 20)

static void add(struct dvb_body *b, char *text, bool file)
{
    b->parts = dvb_grow(b->parts, b->n, &b->cap, sizeof(*b->parts));
    b->parts[b->n++] = (struct dvb_body_part){ text, file };
}

void dvb_body_text(struct dvb_body *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *text = dvb_calloc((size_t)(len > 0 ? len : 0) + 1, 1);
    vsnprintf(text, (size_t)len + 1, fmt, again);
    va_end(again);
    add(b, text, false);
}

void dvb_body_string(struct dvb_body *b, const char *s)
{
    json_t *j = dvb_json_str(s);
    add(b, dvb_json_canon(j), false);
    json_decref(j);
}

void dvb_body_file(struct dvb_body *b, const char *path)
{
    add(b, dvb_strdup(path), true);
}

struct out {
    char *data;
    size_t len, cap;
};

/* Room for more bytes and the NUL after them. */
static int reserve(struct out *o, size_t more, struct dvb_err *err)
{
    if (more >= MAX_BODY - o->len)
        return dvb_fail(err, DVB_FAULT_INPUT, EFBIG,
                        "the request would be larger than %zu MiB; send fewer or smaller frames",
                        MAX_BODY >> 20);
    size_t need = o->len + more + 1;
    if (o->data && need <= o->cap)
        return 0;
    size_t cap = need > o->cap * 2 ? need : o->cap * 2;
    char *data = realloc(o->data, cap);
    if (!data)
        return dvb_fail_nomem(err);
    o->data = data;
    o->cap = cap;
    return 0;
}

static int put_text(struct out *o, const char *text, struct dvb_err *err)
{
    size_t len = strlen(text);
    int ret = reserve(o, len, err);
    if (ret)
        return ret;
    memcpy(o->data + o->len, text, len + 1);
    o->len += len;
    return 0;
}

static int put_file(struct out *o, const char *path, struct dvb_err *err)
{
    char *bytes;
    size_t n;
    int ret = dvb_read_file(path, MAX_FILE, &bytes, &n, err);
    if (ret)
        return ret;
    size_t coded = (n + 2) / 3 * 4;
    ret = reserve(o, coded, err);
    if (!ret && !av_base64_encode(o->data + o->len, (int)(coded + 1), (uint8_t *)bytes, (int)n))
        ret = dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL, "%s: base64 failed", path);
    if (!ret)
        o->len += coded;
    free(bytes);
    return ret;
}

int dvb_body_make(const struct dvb_body *b, char **data, size_t *len, struct dvb_err *err)
{
    struct out o = { 0 };
    int ret = 0;
    for (size_t i = 0; !ret && i < b->n; i++)
        ret = b->parts[i].file ? put_file(&o, b->parts[i].text, err)
                               : put_text(&o, b->parts[i].text, err);
    if (ret) {
        free(o.data);
        o = (struct out){ 0 };
    }
    *data = o.data;
    *len = o.len;
    return ret;
}

void dvb_body_release(struct dvb_body *b)
{
    for (size_t i = 0; i < b->n; i++)
        free(b->parts[i].text);
    free(b->parts);
    *b = (struct dvb_body){ 0 };
}
