/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>

#include "eval/network/framerate.h"
#include "eval/network/packetize.h"

#define MAX_FPS 1000

static int check(const struct dvb_framerate_settings *s, struct dvb_err *err)
{
    if (!(s->loss >= 0 && s->loss <= 1))
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "loss: found %g, expected 0 to 1", s->loss);
    if (!(s->epsilon > 0 && s->epsilon < 1))
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "epsilon: found %g, expected above 0 and below 1%s", s->epsilon,
                        s->epsilon == 0 ? " (no frame rate leaves nothing to chance)" : "");
    if (!(s->model_fps > 0 && s->model_fps <= MAX_FPS))
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "the model's frame rate: found %g, expected above 0 to %d", s->model_fps,
                        MAX_FPS);
    if (s->packets_per_frame < 0 || s->frame_bytes < 0 || s->bitrate < 0 ||
        (s->packets_per_frame > 0) + (s->frame_bytes > 0) + (s->bitrate > 0) != 1)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "expected one of: packets per frame, frame size, bitrate");
    if (s->frame_bytes > DVB_NET_NAL_MAX || s->bitrate > INT64_C(1000000000000))
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "expected frames of at most %u bytes and at most 10^12 bits per second",
                        DVB_NET_NAL_MAX);
    return 0;
}

int64_t dvb_framerate_packets(const struct dvb_framerate_settings *s, double fps)
{
    if (s->packets_per_frame)
        return s->packets_per_frame;
    uint32_t payload = s->payload ? s->payload : DVB_FRAMERATE_PAYLOAD;
    double bytes = s->frame_bytes ? (double)s->frame_bytes : (double)s->bitrate / (8 * fps);
    bytes = bytes < 1 ? 1 : bytes > DVB_NET_NAL_MAX ? DVB_NET_NAL_MAX : round(bytes);
    return dvb_packetize_count((uint32_t)bytes, payload);
}

/* In logarithms: (1 - p)^kappa and its complement lose digits where they are near 0 and 1. */
static void evaluate(const struct dvb_framerate_settings *s, int64_t k, struct dvb_framerate *r)
{
    r->k = k;
    r->fps = s->model_fps * (double)k;
    r->packets = dvb_framerate_packets(s, r->fps);
    double log_frame = (double)r->packets * log1p(-s->loss);
    r->frame_success = exp(log_frame);
    r->success = -expm1((double)k * log(-expm1(log_frame)));
}

int dvb_framerate_solve(const struct dvb_framerate_settings *s, struct dvb_framerate *result,
                        struct dvb_err *err)
{
    *result = (struct dvb_framerate){ 0 };
    int ret = check(s, err);
    if (ret)
        return ret;
    double max_fps = s->max_fps > 0 ? s->max_fps : MAX_FPS, most = floor(max_fps / s->model_fps);
    int64_t max_k = most < 1e9 ? (int64_t)most : 1000000000, low = 1, high = max_k;
    struct dvb_framerate r = { 0 };
    if (max_k >= 1 && s->loss < 1)
        evaluate(s, max_k, &r);
    if (!(r.success >= 1 - s->epsilon))
        return dvb_fail(err, DVB_FAULT_USAGE, ERANGE,
                        "no frame rate up to %g serves samples with probability %g at a loss of %g",
                        max_fps, 1 - s->epsilon, s->loss);
    while (low < high) { /* P_s rises with K */
        int64_t mid = low + (high - low) / 2;
        evaluate(s, mid, &r);
        if (r.success >= 1 - s->epsilon)
            high = mid;
        else
            low = mid + 1;
    }
    evaluate(s, low, result);
    return 0;
}
