/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * FFmpeg's error codes and messages, translated at this one place. FFmpeg's
 * own log lines go nowhere by themselves; the last error line of a thread is
 * kept, and dvb_fail_av puts it in brackets behind the text of the code,
 * because it often names the reason ("moov atom not found").
 */
#ifndef DVB_MEDIA_FFMPEG_H
#define DVB_MEDIA_FFMPEG_H

#include "base/err.h"

/* Route FFmpeg's log lines as said above, from the first call on (the log
   callback is the process's), and forget this thread's last line. Call it
   before a piece of FFmpeg work whose failure will be reported. */
void dvb_ffmpeg_begin(void);

/* Fill err with "<formatted>: <text of averror> (<FFmpeg's last line>)" and
   return the negative errno. Lack of memory is DVB_FAULT_INTERNAL, whatever
   fault says. */
int dvb_fail_av(struct dvb_err *err, enum dvb_fault fault, int averror, const char *fmt, ...)
    DVB_PRINTF(4, 5);

#endif
