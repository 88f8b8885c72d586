/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The providers there are, each in a file of its own. Those beside the real ones
 * are for comparison: a gain that random, centre or inverse- have too is none of
 * relevance.
 */
#ifndef DVB_EVAL_RELEVANCE_PROVIDERS_H
#define DVB_EVAL_RELEVANCE_PROVIDERS_H

#include "eval/relevance/relevance.h"

/* Cosine of the words' and each patch's vector from a dual encoder (neural/dual.h). */
extern const struct dvb_provider dvb_provider_clip;

/* The boxes that a chat model returns for the words and this one picture (regions.h), which it is
   asked for anew with each map: 1 within a box, -1 in the farthest cell, on a grid of 16 x 16
   pixels, whatever the patch; without words, or boxes, all 0. A refusal and a reply without a
   list are DVB_FAULT_SERVICE, as is a service that fails. */
extern const struct dvb_provider dvb_provider_model;

/* Where there is text, whatever the words: PP-OCR's detector (neural/text_detector.h). */
extern const struct dvb_provider dvb_provider_text;

/* Maps, boxes and gaze points that somebody wrote down (file.h). */
extern const struct dvb_provider dvb_provider_file;

/* Cosine of the words' and each patch's vector from a multimodal embedding endpoint. */
extern const struct dvb_provider dvb_provider_embed;

/* Where the picture has fine detail, whatever the words: -1 where it is flat, 1 at the
   twentieth part of the cells that have most. For a sender whose user has said nothing. */
extern const struct dvb_provider dvb_provider_detail;

/* The mean of the maps and boxes of a JSON file (file.h) whose "at" lies before the frame's
   time, whoever's words they were for: what was asked about before will be again. Before the
   first, as detail. For a sender whose user has said nothing. */
extern const struct dvb_provider dvb_provider_past;

/* The middle, whatever the picture: 2 exp(-(x^2 + y^2) / (2 s^2)) - 1 with s = 0.4,
   x and y of the cell's centre from -1 to 1. */
extern const struct dvb_provider dvb_provider_centre;

/* Each cell drawn evenly from [-1, 1]: by the seed, the video's name and the frame's
   time in milliseconds, so the same in every run and thread. */
extern const struct dvb_provider dvb_provider_random;

/* "inverse-NAME" of each provider: -rho, so that equation 2's (rho + 1) / 2 becomes
   one minus itself. NULL-terminated. */
extern const struct dvb_provider *const dvb_providers_inverse[];

#endif
