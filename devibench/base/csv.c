/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/csv.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const char bom[] = "\xef\xbb\xbf";

/* Where in the grammar the next byte stands. */
enum state {
    ROW_START,   /* nothing of the row has been seen */
    FIELD_START, /* after a comma */
    PLAIN,       /* inside an unquoted field */
    QUOTED,      /* inside quotes */
    QUOTE_SEEN,  /* after a quote inside quotes: the end, or half of a doubled one */
    ROW_CR,      /* after a CR outside quotes: LF must follow */
};

struct dvb_csv {
    const char *name;
    struct dvb_csv_limits limits;
    dvb_csv_on_row *on_row;
    void *user;
    enum state state;
    size_t bom_seen;   /* bytes of the mark matched so far; 3: past the start */
    long line, column; /* of the byte at hand */
    long row_line;     /* where the row starts */
    long quote_line, quote_column;
    char *text; /* the row's fields, each NUL-terminated */
    size_t len, cap;
    size_t *start; /* of each field in text; n_fields of them, the last still open */
    size_t n_fields, start_cap;
    char **field;
    size_t field_cap;
};

int dvb_csv_open(const char *name, const struct dvb_csv_limits *limits, dvb_csv_on_row *on_row,
                 void *user, struct dvb_csv **csv, struct dvb_err *err)
{
    (void)err;
    struct dvb_csv *c = dvb_calloc(1, sizeof(*c));
    *c = (struct dvb_csv){ .name = name, .on_row = on_row, .user = user, .line = 1, .column = 1 };
    if (limits)
        c->limits = *limits;
    if (!c->limits.max_field)
        c->limits.max_field = (size_t)1 << 20;
    if (!c->limits.max_fields)
        c->limits.max_fields = 1024;
    if (!c->limits.max_row)
        c->limits.max_row = (size_t)16 << 20;
    *csv = c;
    return 0;
}

void dvb_csv_close(struct dvb_csv **csv)
{
    if (!*csv)
        return;
    free((*csv)->text);
    free((*csv)->start);
    free((*csv)->field);
    free(*csv);
    *csv = NULL;
}

static int complain(const struct dvb_csv *c, long line, long column, const char *what,
                    struct dvb_err *err)
{
    return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s:%ld:%ld: %s", c->name, line, column, what);
}

static int here(const struct dvb_csv *c, const char *what, struct dvb_err *err)
{
    return complain(c, c->line, c->column, what, err);
}

static int too_large(const struct dvb_csv *c, const char *what, size_t limit, struct dvb_err *err)
{
    return dvb_fail(err, DVB_FAULT_INPUT, EFBIG,
                    "%s:%ld:%ld: %s %zu, the limit (in the row that starts in line %ld)", c->name,
                    c->line, c->column, what, limit, c->row_line);
}

static int append(struct dvb_csv *c, char byte, struct dvb_err *err)
{
    if (c->len == c->cap) {
        size_t cap = c->cap ? c->cap * 2 : 256;
        char *more = realloc(c->text, cap);
        if (!more)
            return dvb_fail_nomem(err);
        c->text = more;
        c->cap = cap;
    }
    c->text[c->len++] = byte;
    return 0;
}

static int add_byte(struct dvb_csv *c, char byte, struct dvb_err *err)
{
    if (c->len - c->start[c->n_fields - 1] >= c->limits.max_field)
        return too_large(c, "a field of more bytes than", c->limits.max_field, err);
    if (c->len >= c->limits.max_row)
        return too_large(c, "a row of more bytes than", c->limits.max_row, err);
    return append(c, byte, err);
}

static int begin_field(struct dvb_csv *c, struct dvb_err *err)
{
    if (c->state == ROW_START)
        c->row_line = c->line;
    if (c->n_fields == c->limits.max_fields)
        return too_large(c, "more fields than", c->limits.max_fields, err);
    c->start = dvb_grow(c->start, c->n_fields, &c->start_cap, sizeof(*c->start));
    c->start[c->n_fields++] = c->len;
    return 0;
}

static int end_row(struct dvb_csv *c, struct dvb_err *err)
{
    for (size_t i = 0; i < c->n_fields; i++) {
        c->field = dvb_grow(c->field, i, &c->field_cap, sizeof(*c->field));
        c->field[i] = c->text + c->start[i];
    }
    struct dvb_csv_row row = { .field = c->field, .n = c->n_fields, .line = c->row_line };
    c->state = ROW_START;
    c->n_fields = 0;
    c->len = 0;
    return c->on_row(c->user, &row, err);
}

/* A comma or a line end outside quotes, after a field. */
static int end_field(struct dvb_csv *c, char byte, struct dvb_err *err)
{
    int ret = append(c, '\0', err);
    if (ret)
        return ret;
    if (byte == '\n')
        return end_row(c, err);
    if (byte == '\r') {
        c->state = ROW_CR;
        return 0;
    }
    c->state = FIELD_START;
    return begin_field(c, err);
}

static bool ends_field(char byte)
{
    return byte == ',' || byte == '\n' || byte == '\r';
}

static int at_field_start(struct dvb_csv *c, char byte, struct dvb_err *err)
{
    if (ends_field(byte))
        return end_field(c, byte, err);
    if (byte == '"') {
        c->state = QUOTED;
        c->quote_line = c->line;
        c->quote_column = c->column;
        return 0;
    }
    c->state = PLAIN;
    return add_byte(c, byte, err);
}

static int at_row_start(struct dvb_csv *c, char byte, struct dvb_err *err)
{
    if (byte == '\n')
        return 0; /* an empty line */
    if (byte == '\r') {
        c->state = ROW_CR;
        return 0;
    }
    int ret = begin_field(c, err);
    return ret ? ret : at_field_start(c, byte, err);
}

static int in_plain(struct dvb_csv *c, char byte, struct dvb_err *err)
{
    if (ends_field(byte))
        return end_field(c, byte, err);
    if (byte == '"')
        return here(c,
                    "a quote inside an unquoted field; the field should be quoted and the "
                    "quote doubled",
                    err);
    return add_byte(c, byte, err);
}

static int in_quotes(struct dvb_csv *c, char byte, struct dvb_err *err)
{
    if (byte == '"') {
        c->state = QUOTE_SEEN;
        return 0;
    }
    return add_byte(c, byte, err);
}

static int after_quote(struct dvb_csv *c, char byte, struct dvb_err *err)
{
    if (ends_field(byte))
        return end_field(c, byte, err);
    if (byte != '"')
        return here(c, "text after a closing quote; expected a comma or the end of the row", err);
    c->state = QUOTED;
    return add_byte(c, byte, err);
}

static int after_cr(struct dvb_csv *c, char byte, struct dvb_err *err)
{
    if (byte != '\n')
        return here(c, "a CR outside quotes without a LF after it", err);
    c->state = ROW_START;
    return c->n_fields ? end_row(c, err) : 0;
}

static int (*const take[])(struct dvb_csv *, char, struct dvb_err *) = {
    [ROW_START] = at_row_start, [FIELD_START] = at_field_start, [PLAIN] = in_plain,
    [QUOTED] = in_quotes,       [QUOTE_SEEN] = after_quote,     [ROW_CR] = after_cr,
};

static int take_byte(struct dvb_csv *c, char byte, struct dvb_err *err)
{
    if (!byte)
        return here(c, "a NUL byte; expected text", err);
    int ret = take[c->state](c, byte, err);
    if (byte == '\n') {
        c->line++;
        c->column = 1;
    } else if (((unsigned char)byte & 0xc0) != 0x80) {
        c->column++;
    }
    return ret;
}

int dvb_csv_push(struct dvb_csv *c, const char *data, size_t len, struct dvb_err *err)
{
    int ret = 0;
    for (size_t i = 0; i < len && !ret; i++) {
        if (c->bom_seen < 3 && data[i] == bom[c->bom_seen]) {
            c->bom_seen++;
            continue;
        }
        /* What began like the mark and was none belongs to the first field. */
        size_t held = c->bom_seen < 3 ? c->bom_seen : 0;
        c->bom_seen = 3;
        for (size_t k = 0; k < held && !ret; k++)
            ret = take_byte(c, bom[k], err);
        if (!ret)
            ret = take_byte(c, data[i], err);
    }
    return ret;
}

int dvb_csv_finish(struct dvb_csv *c, struct dvb_err *err)
{
    int ret = 0;
    for (size_t k = 0; c->bom_seen < 3 && k < c->bom_seen && !ret; k++)
        ret = take_byte(c, bom[k], err);
    if (ret)
        return ret;
    switch (c->state) {
    case ROW_START:
        return 0;
    case QUOTED:
        return complain(c, c->quote_line, c->quote_column, "a quote that is never closed", err);
    case ROW_CR:
        return here(c, "a CR outside quotes without a LF after it", err);
    default:
        return end_field(c, '\n', err);
    }
}

int dvb_csv_read(const char *path, const struct dvb_csv_limits *limits, dvb_csv_on_row *on_row,
                 void *user, struct dvb_err *err)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return dvb_fail_errno(err, DVB_FAULT_INPUT, "%s", path);
    struct dvb_csv *c = NULL;
    char buf[16384];
    int ret = dvb_csv_open(path, limits, on_row, user, &c, err);
    for (size_t n; !ret && (n = fread(buf, 1, sizeof(buf), f)) > 0;)
        ret = dvb_csv_push(c, buf, n, err);
    if (!ret && ferror(f))
        ret = dvb_fail_errno(err, DVB_FAULT_INPUT, "%s", path);
    if (!ret)
        ret = dvb_csv_finish(c, err);
    dvb_csv_close(&c);
    fclose(f);
    return ret;
}

void dvb_csv_write_bom(FILE *out)
{
    fputs(bom, out);
}

static void write_field(FILE *out, const char *s, bool alone)
{
    if (!s[strcspn(s, ",\"\r\n")] && (*s || !alone)) {
        fputs(s, out);
        return;
    }
    fputc('"', out);
    for (; *s; s++) {
        if (*s == '"')
            fputc('"', out);
        fputc(*s, out);
    }
    fputc('"', out);
}

void dvb_csv_write_row(FILE *out, const char *const *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i)
            fputc(',', out);
        write_field(out, fields[i], n == 1);
    }
    fputs("\r\n", out);
}
