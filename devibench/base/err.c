/* SPDX-License-Identifier: GPL-3.0-or-later */
#define DVB_ERR_C
#include "base/err.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* A file name or a server's words may hold line breaks or terminal escapes:
   a message is one line of plain text. */
static void make_plain(char *s)
{
    size_t len = strlen(s);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
            s[i] = ' ';
    while (len && s[len - 1] == ' ')
        s[--len] = '\0';
}

/* A full disk or table is nobody's input, wherever it shows. */
static bool is_machine(int errnum)
{
    return errnum == ENOSPC || errnum == EDQUOT || errnum == EMFILE || errnum == ENFILE;
}

/* Formats beside err, because the arguments may point into err->msg. */
static void set(struct dvb_err *err, enum dvb_fault fault, int errnum, const char *fmt, va_list ap)
{
    char text[sizeof(err->msg)];
    int len = vsnprintf(text, sizeof(text), fmt, ap);
    if (len < 0)
        text[0] = '\0';
    else if ((size_t)len >= sizeof(text))
        text[dvb_utf8_cut(text, sizeof(text) - 2)] = '\0';
    make_plain(text);
    err->fault = fault == DVB_FAULT_INPUT && is_machine(errnum) ? DVB_FAULT_INTERNAL : fault;
    err->code = errnum;
    memcpy(err->msg, text, sizeof(text));
}

/* "head: tail". Where both do not fit the head is cut first, down to half the
   room: the cause stands in the tail. */
static void join(struct dvb_err *err, const char *head, const char *tail)
{
    const size_t room = sizeof(err->msg) - 3;
    size_t tail_len = strlen(tail);
    size_t head_len = dvb_utf8_cut(head, tail_len < room / 2 ? room - tail_len : room / 2);
    tail_len = dvb_utf8_cut(tail, room - head_len);
    char text[sizeof(err->msg)];
    snprintf(text, sizeof(text), "%.*s: %.*s", (int)head_len, head, (int)tail_len, tail);
    memcpy(err->msg, text, sizeof(text));
}

int dvb_fail(struct dvb_err *err, enum dvb_fault fault, int errnum, const char *fmt, ...)
{
    if (errnum <= 0) /* must never look like success */
        errnum = EIO;
    if (err) {
        va_list ap;
        va_start(ap, fmt);
        set(err, fault, errnum, fmt, ap);
        va_end(ap);
    }
    return -errnum;
}

int dvb_fail_errno(struct dvb_err *err, enum dvb_fault fault, const char *fmt, ...)
{
    int errnum = errno > 0 ? errno : EIO;
    if (err) {
        va_list ap;
        va_start(ap, fmt);
        set(err, fault, errnum, fmt, ap);
        va_end(ap);
        char text[128] = "";
        if (strerror_r(errnum, text, sizeof(text)))
            snprintf(text, sizeof(text), "error %d", errnum);
        join(err, err->msg, text);
    }
    return -errnum;
}

int dvb_fail_nomem(struct dvb_err *err)
{
    return dvb_fail(err, DVB_FAULT_INTERNAL, ENOMEM, "out of memory");
}

int dvb_err_prefix(struct dvb_err *err, const char *fmt, ...)
{
    if (!err)
        return -EIO;
    struct dvb_err head;
    va_list ap;
    va_start(ap, fmt);
    set(&head, err->fault, err->code, fmt, ap);
    va_end(ap);
    join(err, head.msg, err->msg);
    return -(err->code > 0 ? err->code : EIO);
}
