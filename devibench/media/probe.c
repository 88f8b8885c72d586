/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/probe.h"

#include <errno.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "media/input.h"
#include "media/normal.h"

#define MAX_FRAMES 50000000L

/* What the packets tell, one entry per frame. */
struct pass {
    int64_t *pts; /* presentation times, later in order */
    size_t n, cap;
    bool no_pts;         /* some packet lacks one: pts holds decoding times */
    int64_t last, lasts; /* largest time, and the duration of that frame */
};

static int add_time(struct pass *p, int64_t ts, struct dvb_err *err)
{
    if (p->n == p->cap) {
        size_t cap = p->cap ? 2 * p->cap : 1024;
        int64_t *more = realloc(p->pts, cap * sizeof(*more));
        if (!more)
            return dvb_fail_nomem(err);
        p->pts = more;
        p->cap = cap;
    }
    p->pts[p->n++] = ts;
    return 0;
}

static int add_packet(const struct dvb_input *in, void *arg, struct dvb_err *err)
{
    struct pass *p = arg;
    const AVPacket *pkt = in->packet;
    if (pkt->flags & AV_PKT_FLAG_DISCARD) /* cut away by an edit list */
        return 0;
    if (p->n == MAX_FRAMES)
        return dvb_fail(err, DVB_FAULT_INPUT, EFBIG, "%s: more than %ld frames", in->name,
                        MAX_FRAMES);
    int64_t ts = pkt->pts != AV_NOPTS_VALUE ? pkt->pts : pkt->dts;
    p->no_pts |= pkt->pts == AV_NOPTS_VALUE;
    if (ts == AV_NOPTS_VALUE)
        ts = p->n ? p->pts[p->n - 1] + in->frame_ticks : 0;
    if (!p->n || ts >= p->last) {
        p->last = ts;
        p->lasts = pkt->duration > 0 ? pkt->duration : in->frame_ticks;
    }
    return add_time(p, ts, err);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Constant frame rate: all intervals equal, and all frames on one straight
   line, to within what rounding to the container's ticks (or to milliseconds,
   in a file that was once Matroska or FLV) can do. A missing frame counts even
   where a tick is as long as a frame. */
static bool is_vfr(struct pass *p, AVRational time_base)
{
    if (p->n < 3)
        return false;
    qsort(p->pts, p->n, sizeof(*p->pts), by_value);
    double mean = (double)(p->pts[p->n - 1] - p->pts[0]) / (double)(p->n - 1);
    double slack = fmax(2, 0.0015 / av_q2d(time_base)), off = 0;
    int64_t least = INT64_MAX, most = 0;
    for (size_t i = 1; i < p->n; i++) {
        int64_t step = p->pts[i] - p->pts[i - 1];
        least = FFMIN(least, step);
        most = FFMAX(most, step);
        off = fmax(off, fabs((double)(p->pts[i] - p->pts[0]) - mean * (double)i));
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

static int describe_time(const struct dvb_input *in, struct pass *p, struct dvb_media_info *info,
                         struct dvb_err *err)
{
    double tick = av_q2d(in->time_base);
    info->frames = (long)p->n;
    if (in->counted) {
        info->duration = (double)p->n * tick;
    } else {
        info->vfr = is_vfr(p, in->time_base); /* sorts */
        /* Decoding times are all late by the decoder's delay: take both ends from them. */
        int64_t first = p->no_pts && p->n ? p->pts[0] : in->first_ts;
        info->duration = (double)(p->last + p->lasts - first) * tick;
    }
    if (!p->n || !(info->duration > 0))
        return dvb_fail(err, DVB_FAULT_INPUT, ENODATA, "%s: no duration: %ld frames in %g s",
                        in->name, info->frames, info->duration);
    info->fps = (double)p->n / info->duration;
    return 0;
}

static int probe(struct dvb_input *in, struct dvb_normal *normal, AVFrame *first,
                 const char *path, struct dvb_media_info *info, struct dvb_err *err)
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
    *info = (struct dvb_media_info){0};
    struct pass pass = {0};
    struct dvb_input in = {.on_packet = add_packet, .on_packet_arg = &pass};
    struct dvb_normal normal = {0};
    AVFrame *first = av_frame_alloc();
    int ret = first ? probe(&in, &normal, first, path, info, err) : dvb_fail_nomem(err);
    av_frame_free(&first);
    dvb_normal_release(&normal);
    dvb_input_close(&in);
    free(pass.pts);
    return ret;
}
