/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a simulated call was worth.
 *
 * Latency of a frame: from when it was given to the sender (so the pacer's time is in it) until it
 * is complete. "dropped" adds the frames that never were, by Artic's rule: until the next frame
 * that is received; those after the last one received are left out. "decodable" is the same for
 * frames that can also be decoded.
 *
 * A model sample is due at each n / R_M; what it is to show was captured in the 1 / R_M before. At
 * best the newest of those frames could be shown when it would have arrived without loss (the twin:
 * the same call with a loss of 0); that is the sample's deadline. A scheme that waits shows that
 * frame when it is there (or the next one received, if it never is). A scheme that substitutes
 * shows, at the deadline, the newest frame of the sample's time that is there, and only where there
 * is none waits for the next.
 *
 *   served  share of samples shown by their deadline
 *   stall   how much later than the deadline a sample was shown, 0 for those in time; the mean is
 *           over all samples. A sample after which nothing is received counts with the end of the
 *           call
 *   age     from the capture of the frame shown to the moment it is shown
 */
#ifndef DVB_EVAL_NETWORK_METRICS_H
#define DVB_EVAL_NETWORK_METRICS_H

#include "base/err.h"
#include "eval/network/sim.h"

struct dvb_latency { /* ms; NAN where there are no frames */
    double mean, p50, p95, p99;
    size_t frames;
};

struct dvb_showing {
    size_t samples, served;
    double share, low, high; /* with Wilson's 95% interval */
    double stall_ms, stall_p95_ms;
    double age_ms, age_p95_ms;
};

struct dvb_metrics {
    size_t frames;                                 /* captured */
    struct dvb_latency complete, decodable;        /* of those that were */
    struct dvb_latency dropped, dropped_decodable; /* with those that were not, by Artic's rule */
    struct dvb_showing shown, shown_decodable;
    double video_kbps;     /* of the frames */
    double sent_kbps;      /* of all packets with their headers, up to the last frame */
    double mean_rate_kbps; /* that the encoder was asked for */
    double fps;            /* of the frames */
};

/* twin: the same settings without loss; may be the result itself. */
int dvb_metrics_take(const struct dvb_sim_result *result, const struct dvb_sim_result *twin,
                     double model_fps, int64_t duration, bool substitutes,
                     struct dvb_metrics *metrics, struct dvb_err *err);

/* Nearest rank: the smallest value that at least share of all are not above. values are sorted. */
double dvb_metrics_quantile(const double *values, size_t n, double share);

#endif
