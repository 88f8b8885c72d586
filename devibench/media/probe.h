/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a video file is, before any of it is decoded for use. Thread-safe. */
#ifndef DVB_MEDIA_PROBE_H
#define DVB_MEDIA_PROBE_H

#include <stdbool.h>

#include "base/err.h"

struct dvb_media_info {
    char codec[32];       /* FFmpeg's name: "h264", "vp9" */
    char pix_fmt[32];     /* FFmpeg's name: "yuv420p" */
    int coded_w, coded_h; /* as stored, pixels */
    int width, height;    /* as seen and as dvb_clip gives it: upright, square pixels, even */
    int rotation;         /* degrees clockwise that a player applies: 0, 90, 180, 270 */
    bool mirrored;        /* shown mirrored as well (left and right before the rotation) */
    double sar;           /* sample aspect ratio; 1 when not given */
    double fps;           /* average frames per second */
    double duration;      /* seconds from the first frame's time to the end of the last one */
    long frames;          /* from the first that decodes on, counted from the packets */
    int bit_depth;        /* bits per component */
    bool vfr;             /* frame intervals differ by more than the container's rounding */
    bool interlaced;
};

/* Reads the container's index and packets and decodes the first frame.
   DVB_FAULT_INPUT, naming the file and the reason, for: not a regular file,
   empty, not a video (text, playlists, pictures), incomplete, audio only (cover
   art is no video), no frame that decodes, no duration, larger than 8192x8192
   (also as shown), encrypted. On failure *info is all zero. */
int dvb_probe(const char *path, struct dvb_media_info *info, struct dvb_err *err);

#endif
