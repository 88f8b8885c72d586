/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/film.h"

#include <errno.h>
#include <libavutil/mathematics.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "media/mux.h"

struct dvb_film {
    struct dvb_film_settings s;
    struct dvb_encoder *enc;
    struct dvb_muxer *mux;
    int64_t begin;
};

int dvb_film_open(const struct dvb_film_settings *settings, struct dvb_film **film,
                  struct dvb_err *err)
{
    *film = NULL;
    if (settings->recipe->bitrate && settings->recipe->mode == DVB_RATE_SEARCH)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "side-by-side video is encoded in one pass: give it a CRF or mode abr");
    *film = dvb_calloc(1, sizeof(**film));
    (*film)->s = *settings;
    return 0;
}

static int write_packet(void *ctx, const struct dvb_packet *packet, struct dvb_err *err)
{
    struct dvb_film *f = ctx;
    return dvb_muxer_write(f->mux, packet, err);
}

static double film_crf(const struct dvb_film *f)
{
    return f->s.recipe->bitrate ? -1 : f->s.recipe->crf;
}

static int begin(struct dvb_film *f, const AVFrame *frame, struct dvb_err *err)
{
    const struct dvb_encode_settings es = { .recipe = f->s.recipe,
                                            .size = { frame->width, frame->height },
                                            .fps = f->s.fps,
                                            .crf = film_crf(f),
                                            .like = frame,
                                            .sink = { .ctx = f, .packet = write_packet } };
    f->begin = frame->pts;
    int ret = dvb_encoder_open(&es, &f->enc, err);
    return ret ? ret : dvb_muxer_open(f->s.path, dvb_encoder_stream(f->enc), &f->mux, err);
}

int dvb_film_put(struct dvb_film *f, const AVFrame *frame, struct dvb_err *err)
{
    int ret = f->enc ? 0 : begin(f, frame, err);
    return ret ? ret : dvb_encoder_put(f->enc, frame, err);
}

int dvb_film_finish(struct dvb_film *f, int64_t end, struct dvb_rate_result *result,
                    struct dvb_err *err)
{
    if (!f->enc)
        return dvb_fail(err, DVB_FAULT_INPUT, ENODATA, "%s: no frame to write", f->s.path);
    int ret = dvb_encoder_finish(f->enc, err);
    if (ret)
        return ret;
    *result = (struct dvb_rate_result){ .encodes = 1 };
    dvb_rate_tell(f->enc, f->s.recipe, film_crf(f), end - f->begin, result);
    int64_t ticks = av_rescale_q(end, (AVRational){ 1, 1000000 },
                                 dvb_encoder_stream(f->enc)->time_base);
    return dvb_muxer_finish(f->mux, ticks, err);
}

void dvb_film_close(struct dvb_film **f)
{
    if (!*f)
        return;
    dvb_encoder_close(&(*f)->enc);
    dvb_muxer_close(&(*f)->mux);
    free(*f);
    *f = NULL;
}

void dvb_rate_tell(const struct dvb_encoder *enc, const struct dvb_encode_recipe *recipe,
                   double crf, int64_t duration, struct dvb_rate_result *r)
{
    const struct dvb_encode_stats *st = dvb_encoder_stats(enc);
    const struct dvb_stream *stream = dvb_encoder_stream(enc);
    double seconds = fmax((double)duration / 1e6, 1e-6);
    r->target_kbps = (double)recipe->bitrate / 1000;
    r->bitrate_kbps = (double)st->bytes * 8 / seconds / 1000;
    r->width = stream->size.w;
    r->height = stream->size.h;
    r->frames = st->frames;
    r->fps = st->frames / seconds;
    r->mean_qp = st->mean_qp;
    r->effect = st->effect;
    r->crf = crf;
    double miss = recipe->bitrate ? r->bitrate_kbps / r->target_kbps - 1 : 0;
    r->met = fabs(miss) <= recipe->tolerance || !recipe->bitrate;
    r->reason[0] = '\0';
    if (!r->met)
        snprintf(r->reason, sizeof(r->reason), "abr: one pass missed the rate by %+.1f%%",
                 miss * 100);
}
