/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Encoded frames at the pace of the wall clock, made on a thread of its own so
 * that no encode holds up the pacer: real video through libx264 (zerolatency,
 * constant bitrate within a quarter of a second, the rate as it is set while it
 * runs), or frames of the size that the rate asks for, filled with noise.
 */
#ifndef DVB_EVAL_LIVE_CAMERA_H
#define DVB_EVAL_LIVE_CAMERA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"
#include "eval/network/frame_model.h"

struct dvb_camera;

struct dvb_camera_settings {
    const char *path;     /* video, repeated from its beginning as often as needed; NULL: noise */
    struct dvb_size size; /* 0x0: the video's */
    double fps;           /* above 0 */
    int64_t frames;       /* how many, 1 up */
    int64_t rate;         /* bits per second to begin with */
    struct dvb_frame_model model; /* noise: the sizes */
    const char *preset;           /* x264's; NULL: veryfast */
    uint64_t seed;                /* of the noise's bytes */
};

/* One access unit, with parameter sets before a key frame. */
struct dvb_camera_frame {
    int64_t index; /* from 0 */
    bool key;
    int64_t rate;  /* bits per second that it was to have */
    int64_t ready; /* when the encoder was through, dvb_live_now's clock */
    uint8_t *data; /* NAL units, each after its length in 4 bytes; owned */
    size_t size;
    uint32_t *nals, *at; /* sizes of NAL units and where in data they begin; owned */
    size_t n_nals;
};

/* Opens the video and the encoder; strings are borrowed until close. */
int dvb_camera_open(const struct dvb_camera_settings *settings, struct dvb_camera **camera,
                    struct dvb_err *err);
/* The first frame is taken at that time. */
int dvb_camera_start(struct dvb_camera *camera, int64_t at, struct dvb_err *err);

/* Readable while frames wait. */
int dvb_camera_fd(const struct dvb_camera *camera);
/* The next frame (free with dvb_camera_frame_free), or NULL: none yet, or no more. */
struct dvb_camera_frame *dvb_camera_take(struct dvb_camera *camera);
/* 0: more will come; 1: all were taken; negative: why it ended early. */
int dvb_camera_done(struct dvb_camera *camera, struct dvb_err *err);

/* For the frames that follow. */
void dvb_camera_set_rate(struct dvb_camera *camera, int64_t bps);
void dvb_camera_want_key(struct dvb_camera *camera);

void dvb_camera_frame_free(struct dvb_camera_frame *frame);
void dvb_camera_close(struct dvb_camera **camera);

#endif
