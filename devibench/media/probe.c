/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/probe.h"

#include <errno.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/input.h"
#include "media/normal.h"

#define MAX_FRAMES 50000000

/* What the packets tell: a time and a duration for each frame. Times of
   presentation, unless some packet lacks one; then times of decoding, which
   have the same intervals and, over the whole file, the same span. */
struct pass {
    struct frame_time {
        int64_t pts, dts, lasts; /* lasts: duration */
    } * v;
    size_t n, cap;
    bool no_pts;
};

static int add_packet(const struct dvb_input *in, void *arg, struct dvb_err *err)
{
    struct pass *p = arg;
    const AVPacket *pkt = in->packet;
    if (pkt->flags & AV_PKT_FLAG_DISCARD) /* cut away by an edit list */
        return 0;
    if (p->n == MAX_FRAMES)
        return dvb_fail(err, DVB_FAULT_INPUT, EFBIG, "%s: more than %d frames", in->name,
                        MAX_FRAMES);
    if (p->n == p->cap) {
        size_t cap = p->cap ? 2 * p->cap : 1024;
        struct frame_time *more = realloc(p->v, cap * sizeof(*more));
        if (!more)
            return dvb_fail_nomem(err);
        p->v = more;
        p->cap = cap;
    }
    int64_t dts = dvb_input_sane(pkt->dts) ? pkt->dts
                  : p->n                   ? p->v[p->n - 1].dts + in->frame_ticks
                                           : 0;
    bool timed = pkt->duration > 0 && dvb_input_sane(pkt->duration);
    p->no_pts |= !dvb_input_sane(pkt->pts);
    p->v[p->n++] = (struct frame_time){
        .pts = pkt->pts,
        .dts = dts,
        .lasts = timed ? pkt->duration : in->frame_ticks,
    };
    return 0;
}

static int by_pts(const void *a, const void *b)
{
    int64_t x = ((const struct frame_time *)a)->pts, y = ((const struct frame_time *)b)->pts;
    return (x > y) - (x < y);
}

/* In order of time, without the pictures before the file's first frame: a
   stream cut from a broadcast starts with some that nothing can decode. */
static void put_in_order(struct pass *p, int64_t first_ts)
{
    for (size_t i = 0; p->no_pts && i < p->n; i++)
        p->v[i].pts = p->v[i].dts;
    qsort(p->v, p->n, sizeof(*p->v), by_pts);
    size_t lost = 0;
    while (!p->no_pts && lost < p->n && p->v[lost].pts < first_ts)
        lost++;
    p->n -= lost;
    memmove(p->v, p->v + lost, p->n * sizeof(*p->v));
}

static int64_t mean_interval(const struct pass *p)
{
    return p->n > 1 ? (p->v[p->n - 1].pts - p->v[0].pts) / (int64_t)(p->n - 1) : 0;
}

/* Constant frame rate: all intervals equal, and all frames on one straight
   line, to within what rounding to the container's ticks (or to milliseconds,
   in a file that was once Matroska or FLV) can do. A missing frame counts even
   where a tick is as long as a frame. */
static bool is_vfr(const struct pass *p, AVRational time_base)
{
    if (p->n < 3)
        return false;
    double mean = (double)(p->v[p->n - 1].pts - p->v[0].pts) / (double)(p->n - 1);
    double slack = fmax(2, 0.0015 / av_q2d(time_base)), off = 0;
    int64_t least = INT64_MAX, most = 0;
    for (size_t i = 1; i < p->n; i++) {
        int64_t step = p->v[i].pts - p->v[i - 1].pts;
        least = FFMIN(least, step);
        most = FFMAX(most, step);
        off = fmax(off, fabs((double)(p->v[i].pts - p->v[0].pts) - mean * (double)i));
    }
    double spread = (double)(most - least);
    return spread > slack || off > slack || 2 * spread >= mean;
}

static void describe_stream(const struct dvb_input *in, const AVFrame *first,
                            const struct dvb_normal *n, struct dvb_media_info *info)
{
    enum AVPixelFormat format = (enum AVPixelFormat)first->format;
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(format);
    enum AVFieldOrder order = in->stream->codecpar->field_order;
    *info = (struct dvb_media_info){
        .coded_w = first->width,
        .coded_h = first->height,
        .width = n->w,
        .height = n->h,
        .rotation = dvb_orient_degrees(n->orient),
        .mirrored = dvb_orient_mirrored(n->orient),
        .sar = av_q2d(n->sar),
        .bit_depth = desc ? desc->comp[0].depth : 8,
        .interlaced = first->interlaced_frame ||
                      (order != AV_FIELD_UNKNOWN && order != AV_FIELD_PROGRESSIVE),
    };
    snprintf(info->codec, sizeof(info->codec), "%s", avcodec_get_name(in->decoder->codec_id));
    snprintf(info->pix_fmt, sizeof(info->pix_fmt), "%s", desc ? desc->name : "unknown");
}

/* From the first frame to the end of the last, in ticks. At a constant rate no
   frame is shorter than the others (AVI says so of H.264, whose ticks are fields). */
static double span(const struct pass *p, bool vfr)
{
    if (!p->n)
        return 0;
    const struct frame_time *last = &p->v[p->n - 1];
    int64_t lasts = vfr ? last->lasts : FFMAX(last->lasts, mean_interval(p));
    return (double)(last->pts - p->v[0].pts + lasts);
}

static int describe_time(const struct dvb_input *in, struct pass *p, struct dvb_media_info *info,
                         struct dvb_err *err)
{
    if (in->counted) {
        info->duration = (double)p->n * av_q2d(in->time_base);
    } else if (p->n) {
        put_in_order(p, in->first_ts);
        info->vfr = is_vfr(p, in->time_base);
        info->duration = span(p, info->vfr) * av_q2d(in->time_base);
    }
    info->frames = (long)p->n;
    if (!(info->duration > 0))
        return dvb_fail(err, DVB_FAULT_INPUT, ENODATA, "%s: no duration: %ld frames in %g s",
                        in->name, info->frames, info->duration);
    info->fps = (double)p->n / info->duration;
    return 0;
}

static int probe(struct dvb_input *in, struct dvb_normal *normal, AVFrame *first, const char *path,
                 struct dvb_media_info *info, struct dvb_err *err)
{
    int ret = dvb_input_open(in, path, NULL, 0, err);
    if (!ret)
        ret = dvb_input_first_frame(in, first, err);
    if (!ret)
        ret = dvb_normal_init(normal, in, first, err);
    if (ret)
        return ret;
    struct dvb_media_info found;
    describe_stream(in, first, normal, &found);
    while ((ret = dvb_input_packet(in, err)) > 0)
        ;
    if (!ret)
        ret = describe_time(in, in->on_packet_arg, &found, err);
    if (!ret)
        *info = found;
    return ret;
}

int dvb_probe(const char *path, struct dvb_media_info *info, struct dvb_err *err)
{
    *info = (struct dvb_media_info){ 0 };
    struct pass pass = { 0 };
    struct dvb_input in = { .on_packet = add_packet, .on_packet_arg = &pass };
    struct dvb_normal normal = { 0 };
    AVFrame *first = av_frame_alloc();
    int ret = first ? probe(&in, &normal, first, path, info, err) : dvb_fail_nomem(err);
    av_frame_free(&first);
    dvb_normal_release(&normal);
    dvb_input_close(&in);
    free(pass.v);
    return ret;
}
