/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/body.h"

#include <errno.h>
#include <inttypes.h>
#include <libavutil/base64.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json.h"
#include "base/mem.h"

#define MAX_FILE ((uint64_t)2 << 30)
#define MAX_WHOLE ((uint64_t)256 << 20)
#define PIECE ((size_t)48 << 10) /* read at once; a multiple of 3, so that pieces can be joined */
#define CODED AV_BASE64_SIZE(PIECE)

static void add(struct dvb_body *b, enum dvb_body_kind kind, char *text)
{
    b->parts = dvb_grow(b->parts, b->n, &b->cap, sizeof(*b->parts));
    b->parts[b->n++] =
        (struct dvb_body_part){ .kind = kind, .text = text, .text_len = strlen(text) };
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
    add(b, DVB_BODY_TEXT, text);
}

void dvb_body_string(struct dvb_body *b, const char *s)
{
    json_t *j = dvb_json_str(s);
    add(b, DVB_BODY_TEXT, dvb_json_canon(j));
    json_decref(j);
}

void dvb_body_base64(struct dvb_body *b, const char *path)
{
    add(b, DVB_BODY_BASE64, dvb_strdup(path));
}

void dvb_body_file(struct dvb_body *b, const char *path)
{
    add(b, DVB_BODY_FILE, dvb_strdup(path));
}

static int measure_file(struct dvb_body_part *p, struct dvb_err *err)
{
    struct stat st;
    if (stat(p->text, &st))
        return dvb_fail(err, DVB_FAULT_INPUT, errno, "%s: %s", p->text, strerror(errno));
    if (!S_ISREG(st.st_mode) || st.st_size <= 0)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: expected a file that is not empty",
                        p->text);
    if ((uint64_t)st.st_size > MAX_FILE)
        return dvb_fail(err, DVB_FAULT_INPUT, EFBIG,
                        "%s: %" PRIu64 " MiB; at most %" PRIu64 " MiB can be sent", p->text,
                        (uint64_t)st.st_size >> 20, MAX_FILE >> 20);
    p->file_len = (uint64_t)st.st_size;
    return 0;
}

static uint64_t part_len(const struct dvb_body_part *p)
{
    return p->kind == DVB_BODY_TEXT     ? p->text_len
           : p->kind == DVB_BODY_BASE64 ? (p->file_len + 2) / 3 * 4
                                        : p->file_len;
}

int dvb_body_measure(struct dvb_body *b, uint64_t *len, struct dvb_err *err)
{
    *len = 0;
    for (size_t i = 0; i < b->n; i++) {
        struct dvb_body_part *p = &b->parts[i];
        int ret = p->kind == DVB_BODY_TEXT ? 0 : measure_file(p, err);
        if (ret)
            return ret;
        *len += part_len(p);
    }
    return 0;
}

void dvb_body_release(struct dvb_body *b)
{
    for (size_t i = 0; i < b->n; i++)
        free(b->parts[i].text);
    free(b->parts);
    *b = (struct dvb_body){ 0 };
}

void dvb_body_reader_init(struct dvb_body_reader *r, const struct dvb_body *b)
{
    *r = (struct dvb_body_reader){ .body = b };
}

static void next_part(struct dvb_body_reader *r)
{
    if (r->file)
        fclose(r->file);
    r->file = NULL;
    r->at = 0;
    r->buf_len = r->buf_at = 0;
    r->part++;
}

void dvb_body_rewind(struct dvb_body_reader *r)
{
    next_part(r);
    r->part = 0;
}

void dvb_body_reader_release(struct dvb_body_reader *r)
{
    if (r->file)
        fclose(r->file);
    free(r->buf);
    *r = (struct dvb_body_reader){ 0 };
}

static int changed(const struct dvb_body_part *p, struct dvb_err *err)
{
    return dvb_fail(err, DVB_FAULT_INPUT, EIO, "%s: the file changed while it was being sent",
                    p->text);
}

/* Bytes of the part's file, 0 at its end, which must be where it was measured. */
static int read_file(struct dvb_body_reader *r, char *out, size_t size, size_t *n,
                     struct dvb_err *err)
{
    const struct dvb_body_part *p = &r->body->parts[r->part];
    if (!r->file)
        r->file = fopen(p->text, "rbe");
    if (!r->file)
        return dvb_fail(err, DVB_FAULT_INPUT, errno, "%s: %s", p->text, strerror(errno));
    uint64_t left = p->file_len - r->at;
    size_t want = left < size ? (size_t)left : size;
    *n = fread(out, 1, want, r->file);
    r->at += *n;
    if (*n < want)
        return changed(p, err);
    return left == want && fgetc(r->file) != EOF ? changed(p, err) : 0;
}

/* The next piece of the file into out, which has room for CODED bytes. */
static int encode_piece(struct dvb_body_reader *r, char *out, size_t *len, struct dvb_err *err)
{
    char raw[PIECE];
    size_t n;
    int ret = read_file(r, raw, sizeof(raw), &n, err);
    *len = ret ? 0 : (n + 2) / 3 * 4;
    if (!ret && n && !av_base64_encode(out, CODED, (const uint8_t *)raw, (int)n))
        ret = dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL, "base64 failed");
    return ret;
}

static int fill_buf(struct dvb_body_reader *r, struct dvb_err *err)
{
    if (!r->buf)
        r->buf = dvb_calloc(CODED, 1);
    r->buf_at = 0;
    return encode_piece(r, r->buf, &r->buf_len, err);
}

static size_t hand_out(const char *from, size_t left, char *out, size_t size)
{
    size_t n = left < size ? left : size;
    memcpy(out, from, n);
    return n;
}

/* Something of the part under way; *n is 0 when it has no more. */
static int read_part(struct dvb_body_reader *r, char *out, size_t size, size_t *n,
                     struct dvb_err *err)
{
    const struct dvb_body_part *p = &r->body->parts[r->part];
    int ret = 0;
    if (p->kind == DVB_BODY_FILE)
        return r->at < p->file_len ? read_file(r, out, size, n, err) : 0;
    if (p->kind == DVB_BODY_TEXT) {
        *n = hand_out(p->text + r->at, p->text_len - (size_t)r->at, out, size);
        r->at += *n;
        return 0;
    }
    bool empty = r->buf_at == r->buf_len, more = r->at < p->file_len;
    if (empty && more && size >= CODED)
        return encode_piece(r, out, n, err);
    if (empty && more)
        ret = fill_buf(r, err);
    if (!ret && r->buf_at < r->buf_len)
        *n = hand_out(r->buf + r->buf_at, r->buf_len - r->buf_at, out, size);
    r->buf_at += *n;
    return ret;
}

int dvb_body_read(struct dvb_body_reader *r, char *out, size_t size, size_t *n, struct dvb_err *err)
{
    *n = 0;
    while (*n < size && r->part < r->body->n) {
        size_t more = 0;
        int ret = read_part(r, out + *n, size - *n, &more, err);
        if (ret)
            return ret;
        *n += more;
        if (!more)
            next_part(r);
    }
    return 0;
}

int dvb_body_make(struct dvb_body *b, char **data, size_t *len, struct dvb_err *err)
{
    uint64_t whole;
    struct dvb_body_reader r;
    *data = NULL;
    *len = 0;
    int ret = dvb_body_measure(b, &whole, err);
    if (ret)
        return ret;
    if (whole > MAX_WHOLE)
        return dvb_fail(err, DVB_FAULT_INPUT, EFBIG, "%" PRIu64 " MiB are too large for memory",
                        whole >> 20);
    char *all = dvb_calloc((size_t)whole + 1, 1);
    dvb_body_reader_init(&r, b);
    ret = dvb_body_read(&r, all, (size_t)whole, len, err);
    dvb_body_reader_release(&r);
    if (ret) {
        free(all);
        *len = 0;
        return ret;
    }
    *data = all;
    return 0;
}
