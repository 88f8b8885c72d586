/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A clip as a model sees it over a lossy link: encoded at the scheme's frame rate and the view's
 * bitrate, its real access units through the simulator (eval/network/sim.h), and of the frames that
 * could be decoded those that stood there when the model looked (eval/network/seen.h).
 *
 * Every clip is a call of its own, whose losses are drawn from the seed and what the clip and the
 * stream are, so they depend on neither threads nor other cells. A second of frames of the mean
 * size goes before it, so that both ends know the round trip and the numbers of the packets, as
 * they do in a call that goes on; nothing of it is shown: a sample that is due before a frame of
 * the clip can be decoded is black.
 *
 * Decodability: a frame needs all its packets and the frame before it. Without retransmission one
 * lost packet would so end a stream that has one intra frame; equation 5 counts every frame that
 * arrives whole. So with `framerate` every frame is an intra frame (keyint 1), which costs quality
 * at the same bitrate, and that is part of the result; keyint=N takes the cheaper stream and
 * honours what it loses. `wait` sends lost packets again and has the eval's --keyint.
 */
#ifndef DVB_EVAL_STRATEGY_CALL_H
#define DVB_EVAL_STRATEGY_CALL_H

#include <jansson.h>

#include "eval/network/link.h"

/* The link between the two; loss and burst are in it, its seed and label are not used. */
struct dvb_call_network {
    struct dvb_link_settings link; /* borrows its trace */
    uint64_t seed;
    double epsilon;    /* of equation 5 */
    const char *words; /* how it was given, for people: "loss=0.05,delay=30ms"; borrowed, or NULL */
};

/* All that a stream over it depends on, a trace by its content and no words. New reference. */
json_t *dvb_call_network_json(const struct dvb_call_network *network);

#endif
