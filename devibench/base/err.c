/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void set(struct dvb_err *err, enum dvb_fault fault, int errnum, const char *fmt, va_list ap)
{
    err->fault = fault;
    err->code = errnum;
    vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
}

int dvb_fail(struct dvb_err *err, enum dvb_fault fault, int errnum, const char *fmt, ...)
{
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
    int errnum = errno ? errno : EIO;
    if (err) {
        va_list ap;
        va_start(ap, fmt);
        set(err, fault, errnum, fmt, ap);
        va_end(ap);
        size_t len = strlen(err->msg);
        char text[128] = "";
        if (strerror_r(errnum, text, sizeof(text)))
            snprintf(text, sizeof(text), "error %d", errnum);
        snprintf(err->msg + len, sizeof(err->msg) - len, ": %s", text);
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
    char old[sizeof(err->msg)];
    memcpy(old, err->msg, sizeof(old));
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
    va_end(ap);
    size_t len = strlen(err->msg);
    snprintf(err->msg + len, sizeof(err->msg) - len, ": %s", old);
    return -(err->code ? err->code : EIO);
}
