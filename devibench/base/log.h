/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Messages to the person at the terminal: whole lines on stderr, safe from
 * any thread. Results go to stdout from cmd_*.c only, never through here.
 */
#ifndef DVB_BASE_LOG_H
#define DVB_BASE_LOG_H

#include <stdbool.h>

#include "base/err.h"

enum dvb_log_level { DVB_LOG_ERROR, DVB_LOG_WARN, DVB_LOG_INFO, DVB_LOG_DEBUG };

/* Messages above this level are dropped; DVB_LOG_INFO at the start. */
void dvb_log_set_level(enum dvb_log_level level);

void dvb_log(enum dvb_log_level level, const char *fmt, ...) DVB_PRINTF(2, 3);

#define dvb_error(...) dvb_log(DVB_LOG_ERROR, __VA_ARGS__)
#define dvb_warn(...) dvb_log(DVB_LOG_WARN, __VA_ARGS__)
#define dvb_info(...) dvb_log(DVB_LOG_INFO, __VA_ARGS__)
#define dvb_debug(...) dvb_log(DVB_LOG_DEBUG, __VA_ARGS__)

/* Progress of a counted job: one line, redrawn in place, with rate and time
   left; only when stderr is a terminal and the level is at least INFO. */
struct dvb_progress {
    const char *what;
    long total, done;
    double started, drawn; /* seconds, monotonic */
    bool on;
};

void dvb_progress_start(struct dvb_progress *p, const char *what, long total);
void dvb_progress_step(struct dvb_progress *p, long more); /* any thread */
void dvb_progress_end(struct dvb_progress *p);             /* erases the line */

/* Seconds on the monotonic clock. */
double dvb_now(void);

#endif
