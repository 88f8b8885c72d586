/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/ffmpeg.h"

#include <errno.h>
#include <libavutil/error.h>
#include <libavutil/log.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_LEN 160

static _Thread_local char last_line[LINE_MAX_LEN];

/* A file's own strings reach FFmpeg's messages: keep printable ASCII, one line. */
static void tidy(char *s)
{
    char *to = s;
    for (; *s && *s != '\n'; s++)
        *to++ = *s >= ' ' && *s < 0x7f ? *s : '?';
    while (to > last_line && to[-1] == ' ')
        to--;
    *to = '\0';
}

static void keep_line(void *ctx, int level, const char *fmt, va_list ap)
{
    (void)ctx;
    if (level > AV_LOG_ERROR)
        return;
    char line[LINE_MAX_LEN];
    vsnprintf(line, sizeof(line), fmt, ap);
    memcpy(last_line, line, sizeof(line));
    tidy(last_line);
}

static void install(void)
{
    av_log_set_callback(keep_line);
}

void dvb_ffmpeg_begin(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
    last_line[0] = '\0';
}

static const struct {
    int averror, errnum;
} codes[] = {
    { AVERROR_EOF, ENODATA },
    { AVERROR_INVALIDDATA, EBADMSG },
    { AVERROR_PATCHWELCOME, ENOTSUP },
    { AVERROR_DECODER_NOT_FOUND, ENOTSUP },
    { AVERROR_DEMUXER_NOT_FOUND, ENOTSUP },
    { AVERROR_ENCODER_NOT_FOUND, ENOTSUP },
    { AVERROR_MUXER_NOT_FOUND, ENOTSUP },
    { AVERROR_PROTOCOL_NOT_FOUND, EPROTONOSUPPORT },
    { AVERROR_STREAM_NOT_FOUND, ENODATA },
    { AVERROR_BUFFER_TOO_SMALL, ENOBUFS },
    { AVERROR_OPTION_NOT_FOUND, EINVAL },
    { AVERROR_EXIT, EINTR },
};

/* The positive errno that an AVERROR code stands for. */
static int errno_of(int averror)
{
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (codes[i].averror == averror)
            return codes[i].errnum;
    /* What is left is a system's errno, negated, or one of FFmpeg's four-letter tags. */
    return averror < 0 && averror > -4096 ? AVUNERROR(averror) : EIO;
}

int dvb_fail_av(struct dvb_err *err, enum dvb_fault fault, int averror, const char *fmt, ...)
{
    if (averror == AVERROR(ENOMEM))
        return dvb_fail_nomem(err);
    char what[sizeof(err->msg)], text[AV_ERROR_MAX_STRING_SIZE] = "";
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof(what), fmt, ap);
    va_end(ap);
    av_strerror(averror, text, sizeof(text));
    const char *why = last_line;
    return dvb_fail(err, fault, errno_of(averror), "%s: %s%s%s%s", what, text, *why ? " (" : "",
                    why, *why ? ")" : "");
}
