/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/html.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define BUFFER ((size_t)256 << 10)

struct dvb_html {
    FILE *f; /* NULL: everything stays in buf */
    const char *path;
    char *buf;
    size_t len, cap, flushed;
    int failed; /* errno of the first failure */
};

static void flush(struct dvb_html *h)
{
    if (h->len && !h->failed && fwrite(h->buf, 1, h->len, h->f) != h->len)
        h->failed = errno ? errno : EIO;
    h->flushed += h->len;
    h->len = 0;
}

static void raw(struct dvb_html *h, const char *s, size_t len)
{
    if (h->len + len > h->cap && h->f)
        flush(h);
    if (h->len + len > h->cap) {
        h->cap = (h->len + len) * 2;
        h->buf = dvb_realloc(h->buf, h->cap, 1);
    }
    memcpy(h->buf + h->len, s, len);
    h->len += len;
}

static void rawz(struct dvb_html *h, const char *s)
{
    raw(h, s, strlen(s));
}

struct range {
    uint32_t first, last;
};

/* Characters that turn or hide what is around them. Ascending. */
static const struct range unseen[] = {
    { 0x80, 0x9f },       { 0xad, 0xad },     { 0x61c, 0x61c },   { 0x180e, 0x180e },
    { 0x200b, 0x200b },   { 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x2064 },
    { 0x2066, 0x206f },   { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xfffe, 0xffff },
    { 0xe0000, 0xe007f },
};

static int is_unseen(uint32_t c)
{
    for (size_t i = 0; i < sizeof(unseen) / sizeof(*unseen) && c >= unseen[i].first; i++)
        if (c <= unseen[i].last)
            return 1;
    return 0;
}

/* The character at s of at most len bytes; its length, or 0 where it is none. */
static size_t decode(const char *s, size_t len, uint32_t *c)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    unsigned char b = (unsigned char)*s;
    size_t n = b < 0x80             ? 1
               : (b & 0xe0) == 0xc0 ? 2
               : (b & 0xf0) == 0xe0 ? 3
               : (b & 0xf8) == 0xf0 ? 4
                                    : 0;
    if (!n || n > len)
        return 0;
    *c = n == 1 ? b : b & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if (((unsigned char)s[i] & 0xc0) != 0x80)
            return 0;
        *c = *c << 6 | ((unsigned char)s[i] & 0x3fu);
    }
    if (*c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff))
        return 0;
    return n;
}

/* What stands for an ASCII character; NULL: itself. */
static const char *ascii(unsigned char c, char picture[4])
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\t':
    case '\n':
        return NULL;
    }
    if (c >= 0x20 && c != 0x7f)
        return NULL;
    unsigned at = c == 0x7f ? 0x21 : c; /* U+2400 + at */
    memcpy(picture, (char[]){ (char)0xe2, (char)0x90, (char)(0x80 | at), 0 }, 4);
    return picture;
}

static size_t put_one(struct dvb_html *h, const char *s, size_t len)
{
    char text[16];
    uint32_t c = 0;
    size_t n = decode(s, len, &c);
    const char *other = n == 1 ? ascii((unsigned char)c, text) : NULL;
    if (!n) {
        rawz(h, "\xef\xbf\xbd");
    } else if (other) {
        rawz(h, other);
    } else if (n > 1 && is_unseen(c)) {
        snprintf(text, sizeof(text), "[U+%04X]", (unsigned)c);
        rawz(h, text);
    } else {
        raw(h, s, n);
    }
    return n ? n : 1;
}

static int is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '&' && c != '<' && c != '>' && c != '"' && c != '\'';
}

static void put_text(struct dvb_html *h, const char *s, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t run = i;
        while (run < len && is_plain((unsigned char)s[run]))
            run++;
        raw(h, s + i, run - i);
        i = run;
        if (i < len)
            i += put_one(h, s + i, len - i);
    }
}

/* limit < 0: none. */
static void put_string(struct dvb_html *h, const char *s, int limit)
{
    size_t len = s ? limit < 0 ? strlen(s) : strnlen(s, (size_t)limit + 1) : 0;
    if (limit < 0 || len <= (size_t)limit) {
        put_text(h, s, len);
        return;
    }
    put_text(h, s, dvb_utf8_cut(s, (size_t)limit));
    rawz(h, "...");
}

/* One conversion: "%" flags width .precision length letter. */
struct spec {
    char text[32];
    int star; /* a precision given as an argument */
    char length[3], letter;
};

static const char *read_spec(const char *at, struct spec *out)
{
    const char *from = at++;
    at += strspn(at, "-+ #0");
    at += strspn(at, "0123456789");
    if (*at == '.') {
        at++;
        out->star = *at == '*';
        at += out->star ? 1 : strspn(at, "0123456789");
    }
    size_t length = strspn(at, "lz");
    if (length > 2)
        abort();
    memcpy(out->length, at, length);
    at += length;
    out->letter = *at++;
    size_t n = (size_t)(at - from);
    if (!out->letter || n >= sizeof(out->text))
        abort();
    memcpy(out->text, from, n);
    return at;
}

static void put_number(struct dvb_html *h, const struct spec *s, int star, va_list *args)
{
    char text[400]; /* the longest double in %f */
    int signed_one = s->letter == 'd', is_real = s->letter == 'f' || s->letter == 'g', n = -1;
    if (is_real)
        n = s->star ? snprintf(text, sizeof(text), s->text, star, va_arg(*args, double))
                    : snprintf(text, sizeof(text), s->text, va_arg(*args, double));
    else if (!strcmp(s->length, "z"))
        n = snprintf(text, sizeof(text), s->text, va_arg(*args, size_t));
    else if (!strcmp(s->length, "l"))
        n = signed_one ? snprintf(text, sizeof(text), s->text, va_arg(*args, long))
                       : snprintf(text, sizeof(text), s->text, va_arg(*args, unsigned long));
    else if (!strcmp(s->length, "ll"))
        n = signed_one ? snprintf(text, sizeof(text), s->text, va_arg(*args, long long))
                       : snprintf(text, sizeof(text), s->text, va_arg(*args, unsigned long long));
    else
        n = signed_one ? snprintf(text, sizeof(text), s->text, va_arg(*args, int))
                       : snprintf(text, sizeof(text), s->text, va_arg(*args, unsigned));
    if (n < 0 || (size_t)n >= sizeof(text))
        abort();
    put_text(h, text, (size_t)n);
}

static const char *put_spec(struct dvb_html *h, const char *at, va_list *args)
{
    struct spec s = { 0 };
    at = read_spec(at, &s);
    int star = s.star ? va_arg(*args, int) : -1;
    if (s.letter == '%')
        raw(h, "%", 1);
    else if (s.letter == 's')
        put_string(h, va_arg(*args, const char *), star);
    else if (s.letter == 'c')
        put_text(h, (char[]){ (char)va_arg(*args, int) }, 1);
    else if (strchr("dufg", s.letter))
        put_number(h, &s, star, args);
    else
        abort();
    return at;
}

void dvb_html_put(struct dvb_html *h, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    while (*format) {
        size_t n = strcspn(format, "%");
        raw(h, format, n);
        format += n;
        if (*format)
            format = put_spec(h, format, &args);
    }
    va_end(args);
}

size_t dvb_html_size(const struct dvb_html *h)
{
    return h->flushed + h->len;
}

int dvb_html_open(const char *path, struct dvb_html **h, struct dvb_err *err)
{
    *h = NULL;
    FILE *f = fopen(path, "wb");
    if (!f)
        return dvb_fail_errno(err, DVB_FAULT_INPUT, "cannot write %s", path);
    *h = dvb_calloc(1, sizeof(**h));
    **h = (struct dvb_html){ .f = f, .path = path, .buf = dvb_calloc(1, BUFFER), .cap = BUFFER };
    return 0;
}

int dvb_html_close(struct dvb_html **out, struct dvb_err *err)
{
    struct dvb_html *h = *out;
    *out = NULL;
    if (!h)
        return 0;
    flush(h);
    if (fclose(h->f) && !h->failed)
        h->failed = errno ? errno : EIO;
    int ret = h->failed ? dvb_fail(err, DVB_FAULT_INPUT, h->failed, "cannot write %s: %s", h->path,
                                   strerror(h->failed))
                        : 0;
    free(h->buf);
    free(h);
    return ret;
}

char *dvb_html_escape(const char *s)
{
    struct dvb_html h = { .buf = dvb_calloc(1, 64), .cap = 64 };
    put_text(&h, s, strlen(s));
    raw(&h, "", 1);
    return h.buf;
}
