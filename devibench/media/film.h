/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames into an MP4 file in one pass, at a CRF or in ABR mode. */
#ifndef DVB_MEDIA_FILM_H
#define DVB_MEDIA_FILM_H

#include "media/encode.h"
#include "media/render.h"

struct dvb_film;

struct dvb_film_settings {
    const char *path;
    const struct dvb_encode_recipe *recipe; /* its size and fps are not looked at */
    AVRational fps;                         /* nominal */
};

/* The encoder and the file are opened with the first frame, whose size counts.
   A recipe that asks for a search is refused: there is one pass only. */
int dvb_film_open(const struct dvb_film_settings *settings, struct dvb_film **film,
                  struct dvb_err *err);
int dvb_film_put(struct dvb_film *film, const AVFrame *frame, struct dvb_err *err);
/* end: when the last frame ends, microseconds. */
int dvb_film_finish(struct dvb_film *film, int64_t end, struct dvb_rate_result *result,
                    struct dvb_err *err);
/* Without finish before it, nothing is left on disk. */
void dvb_film_close(struct dvb_film **film);

/* Fill result, but for encodes, from an encode that lasted that many microseconds;
   met and reason as a single pass has them. */
void dvb_rate_tell(const struct dvb_encoder *enc, const struct dvb_encode_recipe *recipe,
                   double crf, int64_t duration, struct dvb_rate_result *result);

#endif
