/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A video file opened for reading: demuxer, the one video stream, decoder.
 * Under clip.h and probe.h. Single-threaded, so that the same file gives the
 * same frames under any load. A file reaches nothing but itself: playlists and
 * references to other files or the network are refused.
 */
#ifndef DVB_MEDIA_INPUT_H
#define DVB_MEDIA_INPUT_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdbool.h>

#include "base/err.h"

#define DVB_MAX_SIDE 8192 /* pixels */

/* Bytes in memory, as FFmpeg's I/O layer reads them. */
struct dvb_input_bytes {
    const uint8_t *data;
    size_t len, at;
};

struct dvb_input {
    const char *name; /* for messages: the path, or "video in memory" */
    const char *path; /* NULL: bytes */
    /* Called for every packet of the stream that is read, with in->packet; a
       negative errno ends the reading. May be NULL; kept by dvb_input_open. */
    int (*on_packet)(const struct dvb_input *in, void *arg, struct dvb_err *err);
    void *on_packet_arg;
    struct dvb_input_bytes bytes;
    AVIOContext *io;
    AVFormatContext *format;
    AVStream *stream;
    AVCodecContext *decoder;
    AVPacket *packet;
    bool packet_waits; /* packet is still to be decoded */
    bool packets_end;  /* the demuxer has no more */

    /* Frame times. Streams without time stamps (raw H.264) are counted: then
       time_base is one frame. */
    AVRational time_base, fps; /* fps: nominal */
    bool counted;
    bool seekable;       /* packets say when they are shown, so a seek can be checked */
    int64_t first_ts;    /* of the file's first frame: time 0 of clips and of durations */
    int64_t frame_ticks; /* nominal duration of a frame in time_base, at least 1 */
    int64_t next_ts;     /* for a frame without a time stamp of its own */
};

/* Open path, or data when path is NULL (both borrowed until close), pick the
   video stream, start the decoder. Everything but on_packet is set here; in
   must stay where it is until close. DVB_FAULT_INPUT, with file and reason, for
   what is no video, is too large, is encrypted. Close in either case. */
int dvb_input_open(struct dvb_input *in, const char *path, const void *data, size_t len,
                   struct dvb_err *err);
void dvb_input_close(struct dvb_input *in);

/* Decode the file's first frame into frame and set up the frame times. To be
   called once, before dvb_input_frame. */
int dvb_input_first_frame(struct dvb_input *in, AVFrame *frame, struct dvb_err *err);

/* A time stamp that is there and not so large that sums with it overflow. */
bool dvb_input_sane(int64_t ts);

/* The stream's next packet in in->packet: 1, 0 at the end, or a negative errno. */
int dvb_input_packet(struct dvb_input *in, struct dvb_err *err);

/* The next frame in presentation order, its pts the frame's time in
   in->time_base: 1, 0 at the end, or a negative errno. */
int dvb_input_frame(struct dvb_input *in, AVFrame *frame, struct dvb_err *err);

/* Position the file so that decoding goes on with the frame at ts or one
   before it. *frame is that first frame. When nothing can be sought in the
   file it is read again from its beginning. */
int dvb_input_seek(struct dvb_input *in, int64_t ts, AVFrame *frame, struct dvb_err *err);

#endif
