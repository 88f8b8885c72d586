/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Many simulated calls: bitrates x losses x frame rates x schemes, over OpenMP threads. Each cell
 * has a random stream of its own, named by what it is, so neither the number of threads nor the
 * other cells change it. Cells that differ in loss only share one twin without loss (metrics.h).
 */
#ifndef DVB_EVAL_NETWORK_GRID_H
#define DVB_EVAL_NETWORK_GRID_H

#include "eval/network/metrics.h"

enum dvb_scheme { DVB_SCHEME_WAIT, DVB_SCHEME_SUBSTITUTE, DVB_SCHEME_REPEAT, DVB_SCHEME_ADAPT };

struct dvb_scheme_info {
    const char *name;
    bool nack;        /* lost packets are sent again */
    bool repeats;     /* every packet is sent `copies` times */
    bool substitutes; /* metrics.h */
    bool solves;      /* without a frame rate of its own: equation 5's */
    bool adapts;      /* equation 5 at the loss that feedback tells, while the call runs */
};
extern const struct dvb_scheme_info dvb_schemes[]; /* by enum dvb_scheme; ends with a NULL name */

struct dvb_grid_scheme {
    enum dvb_scheme scheme;
    double fps; /* 0: each of the grid's, or equation 5's where the scheme solves and the grid has
                   none */
};

/* What stays equal when the frame rate changes. */
enum dvb_hold { DVB_HOLD_BITRATE, DVB_HOLD_FRAME };

struct dvb_grid_settings {
    const int64_t *bitrates; /* of the video, bits per second; HOLD_FRAME: at hold_fps */
    size_t n_bitrates;
    const double *losses;
    size_t n_losses;
    const double *fps; /* may be none where every scheme has its own or solves */
    size_t n_fps;
    const struct dvb_grid_scheme *schemes;
    size_t n_schemes;
    enum dvb_hold hold;
    double hold_fps;             /* HOLD_FRAME: frames are bitrate / hold_fps / 8 bytes */
    double model_fps, epsilon;   /* of equation 5; model_fps also of the samples */
    int copies;                  /* of repeat */
    struct dvb_sim_settings sim; /* the rest; what the grid varies is set by it */
    /* Makes each call; NULL: dvb_sim_run. Called from as many threads as dvb_grid_run has. */
    int (*call)(void *ctx, const struct dvb_sim_settings *call, struct dvb_sim_result *result,
                struct dvb_err *err);
    void *ctx;
};

struct dvb_grid_cell {
    int64_t bitrate; /* as asked */
    double loss, fps;
    const struct dvb_scheme_info *scheme;
    int64_t k, kappa; /* frames for a sample; packets per frame */
    double predicted; /* P_s by equation 5 at fps, for schemes that substitute; else NAN */
    struct dvb_metrics m;
    struct dvb_sender_stats sender;
    struct dvb_receiver_stats receiver;
    struct dvb_link_stats link;
    double seconds; /* of video in it */
};

struct dvb_grid {
    struct dvb_grid_cell *cells; /* by scheme, frame rate, bitrate, loss, in the order asked */
    size_t n;
    double simulated; /* seconds of video in all, twins too */
};

/* The defaults: 10 Mbps, 30 ms each way, an infinite queue, 28 bytes of overhead, a fixed rate,
   NACKs retried 10 times, feedback each 50 ms, key frames on request, 60 s, seed 1, R_M 2, epsilon
   0.001, two copies, fixed bitrate, 30 fps as what frame sizes are of. */
void dvb_grid_init(struct dvb_grid_settings *settings);

/* threads: 0: as many as OpenMP has. Progress is drawn (base/log.h). */
int dvb_grid_run(const struct dvb_grid_settings *settings, int threads, struct dvb_grid *grid,
                 struct dvb_err *err);
void dvb_grid_release(struct dvb_grid *grid);

#endif
