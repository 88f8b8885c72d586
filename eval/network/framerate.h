/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frame rate as redundancy: equation 5 of "Chat with AI" (arXiv 2507.10510, 3.3). A model samples
 * R_M frames a second; the sender makes K = R_t / R_M frames for each sample, and one of them that
 * arrives whole is enough:
 *
 *   P_f = (1 - p)^kappa          a frame of kappa packets arrives, each lost with probability p
 *   P_s = 1 - (1 - P_f)^K        a sample is served
 *   R_t = R_M * ceil(ln epsilon / ln(1 - P_f))   the least R_t with P_s >= 1 - epsilon
 *
 * kappa is given, or follows from the size of a frame: fixed, or the bitrate through the frame
 * rate. At a fixed bitrate more frames are smaller frames, so P_s rises with K and the least K is
 * the fixed point asked for.
 */
#ifndef DVB_EVAL_NETWORK_FRAMERATE_H
#define DVB_EVAL_NETWORK_FRAMERATE_H

#include <stdint.h>

#include "base/err.h"

#define DVB_FRAMERATE_PAYLOAD 1186 /* bytes of a frame in a packet: 1200 - RTP header - OSN */

struct dvb_framerate_settings {
    double loss;      /* p, 0 to 1 */
    double epsilon;   /* 0 to 1, both excluded */
    double model_fps; /* R_M, above 0 */
    double max_fps;   /* of R_t; 0: 1000 */
    /* One of the three is above 0. */
    int64_t packets_per_frame; /* kappa */
    int64_t frame_bytes;       /* fixed frame size */
    int64_t bitrate;           /* fixed bitrate, bits per second */
    uint32_t payload;          /* bytes; 0: DVB_FRAMERATE_PAYLOAD */
};

struct dvb_framerate {
    double fps;                    /* R_t */
    int64_t k;                     /* frames for a sample */
    int64_t packets;               /* kappa at that rate */
    double frame_success, success; /* P_f, P_s */
};

/* DVB_FAULT_USAGE for settings out of range (-EINVAL), and where no rate up to max_fps serves
   samples so often, loss of 1 among them (-ERANGE). */
int dvb_framerate_solve(const struct dvb_framerate_settings *settings, struct dvb_framerate *result,
                        struct dvb_err *err);

/* kappa at a frame rate. */
int64_t dvb_framerate_packets(const struct dvb_framerate_settings *settings, double fps);

#endif
