/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Errors. A function that can fail returns 0 or a negative errno and takes,
 * as its last parameter, a struct dvb_err that it fills on failure only.
 * The struct is caller-owned, needs no release, and may be NULL.
 */
#ifndef DVB_BASE_ERR_H
#define DVB_BASE_ERR_H

#include <stdarg.h>

#define DVB_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* Who has to act; the values are the exit codes of the command line. */
enum dvb_fault {
    DVB_FAULT_NONE = 0,
    DVB_FAULT_USAGE = 2,    /* an option or argument is wrong */
    DVB_FAULT_INPUT = 3,    /* a file or its content is wrong */
    DVB_FAULT_SERVICE = 4,  /* a model or other service failed */
    DVB_FAULT_INTERNAL = 5, /* out of memory, disk or luck; or a bug */
};

struct dvb_err {
    enum dvb_fault fault;
    int code;       /* positive errno */
    char msg[1024]; /* one line, no control characters, valid UTF-8 where the input was */
};

/* Fill err and return -errnum. errnum must be positive. Arguments may point into
   err->msg, here and below. What the machine lacks (space, open files) becomes
   DVB_FAULT_INTERNAL where DVB_FAULT_INPUT was given. */
int dvb_fail(struct dvb_err *err, enum dvb_fault fault, int errnum, const char *fmt, ...)
    DVB_PRINTF(4, 5);

/* As dvb_fail with the current errno, ": " and its text appended. */
int dvb_fail_errno(struct dvb_err *err, enum dvb_fault fault, const char *fmt, ...)
    DVB_PRINTF(3, 4);

/* Out of memory: DVB_FAULT_INTERNAL, -ENOMEM. */
int dvb_fail_nomem(struct dvb_err *err);

/* Put "<formatted>: " before the message already in err. Returns -err->code. */
int dvb_err_prefix(struct dvb_err *err, const char *fmt, ...) DVB_PRINTF(2, 3);

/* Tells clang's analyser, which looks into one file at a time, that these never
   return 0; it would follow failures as if they were successes. */
#if defined(__clang_analyzer__) && !defined(DVB_ERR_C)
#define dvb_fail(...) (dvb_fail(__VA_ARGS__), -1)
#define dvb_fail_errno(...) (dvb_fail_errno(__VA_ARGS__), -1)
#define dvb_fail_nomem(err) (dvb_fail_nomem(err), -1)
#define dvb_err_prefix(...) (dvb_err_prefix(__VA_ARGS__), -1)
#endif

#endif
