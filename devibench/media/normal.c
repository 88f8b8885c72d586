/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/normal.h"

#include <errno.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <math.h>

#include "base/text.h"
#include "media/image.h"

/* The container's word goes before the picture's own, as in players. */
static struct dvb_orient orient_of(const struct dvb_input *in, const AVFrame *first)
{
    size_t size = 0;
    const uint8_t *m = av_stream_get_side_data(in->stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    if (m && size >= 9 * sizeof(int32_t))
        return dvb_orient_from((const int32_t *)(const void *)m);
    const AVFrameSideData *sd = av_frame_get_side_data(first, AV_FRAME_DATA_DISPLAYMATRIX);
    if (sd && sd->size >= 9 * sizeof(int32_t))
        return dvb_orient_from((const int32_t *)(const void *)sd->data);
    return dvb_orient_from(NULL);
}

static AVRational sar_of(const struct dvb_input *in, AVFrame *first)
{
    AVRational sar = av_guess_sample_aspect_ratio(in->format, in->stream, first);
    return sar.num > 0 && sar.den > 0 ? sar : (AVRational){ 1, 1 };
}

/* Stretch the one side, so that no line or column is thrown away. */
static int stretched(int side, AVRational by)
{
    double px = side * av_q2d(by);
    return px > 2.0 * DVB_MAX_SIDE ? 2 * DVB_MAX_SIDE : 2 * (int)lround(px / 2);
}

int dvb_normal_init(struct dvb_normal *n, const struct dvb_input *in, const AVFrame *first,
                    struct dvb_err *err)
{
    AVFrame *unchanged = (AVFrame *)first; /* FFmpeg's prototype lacks a const */
    *n = (struct dvb_normal){ .sar = sar_of(in, unchanged), .orient = orient_of(in, first) };
    struct dvb_size even = dvb_size_within(first->width, first->height, 0);
    int wider = av_cmp_q(n->sar, (AVRational){ 1, 1 });
    n->flat_w = wider > 0 ? stretched(first->width, n->sar) : even.w;
    n->flat_h = wider < 0 ? stretched(first->height, av_inv_q(n->sar)) : even.h;
    n->w = n->orient.transpose ? n->flat_h : n->flat_w;
    n->h = n->orient.transpose ? n->flat_w : n->flat_h;
    n->bt709 = dvb_guess_bt709(first);
    if (!sws_isSupportedInput((enum AVPixelFormat)first->format))
        return dvb_fail(err, DVB_FAULT_INPUT, ENOTSUP, "%s: no way to convert its pixel format, %s",
                        in->name, av_get_pix_fmt_name((enum AVPixelFormat)first->format));
    if (n->w > DVB_MAX_SIDE || n->h > DVB_MAX_SIDE)
        return dvb_fail(err, DVB_FAULT_INPUT, EFBIG,
                        "%s: %dx%d with pixels of shape %d:%d is shown larger than %dx%d", in->name,
                        first->width, first->height, n->sar.num, n->sar.den, DVB_MAX_SIDE,
                        DVB_MAX_SIDE);
    if (!dvb_orient_none(n->orient) && dvb_frame_pool_init(&n->turned, n->w, n->h))
        return dvb_fail_nomem(err);
    return 0;
}

static AVFrame *flatten(struct dvb_normal *n, const AVFrame *src)
{
    struct dvb_picture_shape shape = dvb_shape_of(src);
    if (!n->scaler || !dvb_shape_same(&shape, &n->from)) {
        dvb_scaler_close(&n->scaler);
        n->from = shape;
        n->scaler = dvb_scaler_open_shape(&shape, n->flat_w, n->flat_h, n->bt709);
    }
    return n->scaler ? dvb_scaler_run(n->scaler, src) : NULL;
}

/* What was done must not be asked for again, and the source encoder's choices
   of frame types must not reach the next encoder. */
static void tag(const struct dvb_normal *n, AVFrame *f)
{
    f->color_range = AVCOL_RANGE_MPEG;
    if (f->colorspace == AVCOL_SPC_UNSPECIFIED || f->colorspace == AVCOL_SPC_RGB)
        f->colorspace = n->bt709 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
    f->format = AV_PIX_FMT_YUV420P;
    f->sample_aspect_ratio = (AVRational){ 1, 1 };
    f->interlaced_frame = 0;
    f->repeat_pict = 0;
    f->key_frame = 0;
    f->pict_type = AV_PICTURE_TYPE_NONE;
    f->pkt_duration = 0;
    while (f->nb_side_data)
        av_frame_remove_side_data(f, f->side_data[0]->type);
}

AVFrame *dvb_normal_run(struct dvb_normal *n, const AVFrame *src)
{
    AVFrame *flat = flatten(n, src);
    if (flat && !dvb_orient_none(n->orient)) {
        AVFrame *turned = dvb_orient_run(n->orient, &n->turned, flat);
        av_frame_free(&flat);
        flat = turned;
    }
    if (flat)
        tag(n, flat);
    return flat;
}

void dvb_normal_release(struct dvb_normal *n)
{
    dvb_scaler_close(&n->scaler);
    dvb_frame_pool_release(&n->turned);
}
