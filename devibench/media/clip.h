/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A stretch of video as plain frames. Whatever the source is (rotated,
 * interlaced, 10-bit, odd-sized, non-square pixels, full range, any codec),
 * frames come out as progressive 8-bit limited-range yuv420p, upright, with
 * square pixels and even sides. A source that is so already is passed on
 * without a copy; writers must call av_frame_make_writable first.
 *
 * Sizes: an odd side is scaled to the even one below; pixels that are not
 * square stretch one side to the nearest even size, so that no line and no
 * column is lost; where the size changes in mid-stream, pictures are scaled to
 * that of the file's first frame. Deinterlacing (bwdif, one frame per frame)
 * touches only frames that are flagged as interlaced. Alpha is blended over
 * black. The colour matrix stays as it is and is always tagged (AVFrame's
 * colorspace): where the source has no tag, and for RGB, BT.709 if the shorter
 * side is 720 or more, else BT.601. HDR is not tone-mapped.
 *
 * The cut is exact: every source frame whose time lies in
 * [start, start + length) is given once, none is doubled, so adjoining clips
 * together give every frame of the file once. Variable frame rate is kept as
 * it is unless fps asks for a constant one: then the frame of each tick
 * start + n / fps is the latest source frame at or before it (also one from
 * before start; the file's first frame for ticks before that).
 *
 * Decoding runs in the caller's thread alone, so the same file gives the same
 * frames under any load. Clips are independent of each other; one clip is for
 * one thread at a time. Where a container's seek cannot be trusted (raw
 * streams, packets without presentation times) the file is decoded from its
 * beginning.
 */
#ifndef DVB_MEDIA_CLIP_H
#define DVB_MEDIA_CLIP_H

#include <libavutil/frame.h>
#include <stddef.h>

#include "base/err.h"
#include "base/text.h"

struct dvb_clip;

struct dvb_clip_settings {
    double start;  /* seconds from the first frame of the file */
    double length; /* seconds; 0: to the end */
    double fps;    /* constant output rate; 0: the source's own frames */
};

struct dvb_clip_info {
    int width, height;
    AVRational fps; /* never 0; nominal: of the source, or as asked for */
};

/* Open a file, or bytes in memory; path and data are borrowed until close. On
   failure *clip is NULL. Refusals are those of dvb_probe. */
int dvb_clip_open(const char *path, const struct dvb_clip_settings *settings,
                  struct dvb_clip **clip, struct dvb_err *err);
int dvb_clip_open_memory(const void *data, size_t len, const struct dvb_clip_settings *settings,
                         struct dvb_clip **clip, struct dvb_err *err);

const struct dvb_clip_info *dvb_clip_get_info(const struct dvb_clip *clip);

/* Next frame: 1 and *frame (caller frees with av_frame_free; pts in
   microseconds from the clip's start), 0 at the end, or a negative errno.
   Damaged stretches are skipped as FFmpeg conceals them; a clip without a
   single frame (nothing decodes, or its range holds none) is an error. */
int dvb_clip_next(struct dvb_clip *clip, AVFrame **frame, struct dvb_err *err);

/* After the last frame: when it stops being shown, in microseconds from the
   clip's start. A frame that would be shown beyond the clip's length ends
   there, but for the fraction of a nominal interval that a constant frame rate
   may reach over it. */
int64_t dvb_clip_end(const struct dvb_clip *clip);

void dvb_clip_close(struct dvb_clip **clip);

#endif
