/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One call in virtual time: frames by a model of their sizes, through sender, link and receiver,
 * control messages back after the same delay. What comes out is when each frame was there.
 *
 * At one moment arrivals come before control messages, these before the next frame, and packets
 * leave last. The same settings give the same result on any machine and thread.
 */
#ifndef DVB_EVAL_NETWORK_SIM_H
#define DVB_EVAL_NETWORK_SIM_H

#include "base/err.h"
#include "eval/network/frame_model.h"
#include "eval/network/framerate.h"
#include "eval/network/link.h"
#include "eval/network/recap.h"
#include "eval/network/receiver.h"
#include "eval/network/sender.h"

#define DVB_SIM_MAX_FRAMES ((size_t)1 << 24)

struct dvb_sim_settings {
    uint64_t seed;
    struct dvb_link_settings link; /* seed, label and dropped are set here */
    double back_loss;              /* of control messages, i.i.d. */
    struct dvb_sender_settings sender;
    struct dvb_receiver_settings receiver;
    struct dvb_frame_model model; /* its rng is set here */
    double fps;                   /* above 0 to 1000 */
    int64_t duration;             /* frames of the first so many microseconds count; some more are
                                     sent, so that the last ones' losses are noticed too */
    /* fps follows equation 5 at the loss that feedback told of the last 10 s: (lost + 1) / (heard
       of
       + 2). Its own loss is not looked at. NULL: fps stays. */
    const struct dvb_framerate_settings *adapt;
    bool steady; /* adapt says no more than its fixed frame size, if it has one */
    const struct dvb_confidences *recap; /* NULL: the encoder has the controller's rate */
    double tau;                          /* of recap; 0: DVB_RECAP_TAU */
};

struct dvb_sim_frame {
    int64_t captured;            /* when it was given to the sender */
    int64_t complete, decodable; /* when it was; DVB_NET_NEVER: it was not */
    int64_t rate;                /* bits per second that the encoder was to make */
    uint32_t bytes;
    bool key;
};

struct dvb_sim_result {
    struct dvb_sim_frame *frames;
    size_t n;      /* those that count */
    int64_t ended; /* when the last thing happened */
    int64_t
        slack; /* added to the deadlines of the model's samples: what a real clock needs; 0 here */
    int64_t sent_bytes;             /* of packets that left before the duration's end */
    struct dvb_sender_stats sender; /* with the tail, as the next two */
    struct dvb_receiver_stats receiver;
    struct dvb_link_stats link;
};

/* Release what was filled; on failure it is empty. */
int dvb_sim_run(const struct dvb_sim_settings *settings, struct dvb_sim_result *result,
                struct dvb_err *err);
void dvb_sim_release(struct dvb_sim_result *result);

#endif
