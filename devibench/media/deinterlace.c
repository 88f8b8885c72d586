/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/deinterlace.h"

#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/mathematics.h>
#include <stdio.h>
#include <stdlib.h>

struct dvb_deint {
    AVFilterGraph *graph;
    AVFilterContext *in, *out;
    int w, h, format;
    AVRational time_base;
};

static AVFilterContext *add(struct dvb_deint *d, const char *filter, const char *args)
{
    AVFilterContext *ctx = NULL;
    const AVFilter *f = avfilter_get_by_name(filter);
    if (!f || avfilter_graph_create_filter(&ctx, f, filter, args, NULL, d->graph) < 0)
        return NULL;
    return ctx;
}

static int build(struct dvb_deint *d)
{
    char args[160];
    snprintf(args, sizeof(args), "video_size=%dx%d:pix_fmt=%d:time_base=%d/%d", d->w, d->h,
             d->format, d->time_base.num, d->time_base.den);
    d->graph = avfilter_graph_alloc();
    if (!d->graph)
        return -1;
    d->graph->nb_threads = 1;
    d->in = add(d, "buffer", args);
    AVFilterContext *bwdif = add(d, "bwdif", "mode=send_frame:parity=auto:deint=interlaced");
    d->out = add(d, "buffersink", NULL);
    if (!d->in || !bwdif || !d->out || avfilter_link(d->in, 0, bwdif, 0) < 0 ||
        avfilter_link(bwdif, 0, d->out, 0) < 0)
        return -1;
    return avfilter_graph_config(d->graph, NULL);
}

struct dvb_deint *dvb_deint_open(const AVFrame *like, AVRational time_base)
{
    struct dvb_deint *d = calloc(1, sizeof(*d));
    if (!d)
        return NULL;
    d->w = like->width;
    d->h = like->height;
    d->format = like->format;
    d->time_base = time_base;
    if (build(d) < 0)
        dvb_deint_close(&d);
    return d;
}

bool dvb_deint_takes(const struct dvb_deint *d, const AVFrame *frame)
{
    return frame->width == d->w && frame->height == d->h && frame->format == d->format;
}

int dvb_deint_send(struct dvb_deint *d, AVFrame *frame)
{
    return av_buffersrc_add_frame_flags(d->in, frame, AV_BUFFERSRC_FLAG_KEEP_REF);
}

int dvb_deint_receive(struct dvb_deint *d, AVFrame *frame)
{
    int r = av_buffersink_get_frame(d->out, frame);
    if (r == AVERROR(EAGAIN) || r == AVERROR_EOF)
        return 0;
    if (r < 0)
        return r;
    /* The filter counts in half ticks. */
    frame->pts = av_rescale_q(frame->pts, av_buffersink_get_time_base(d->out), d->time_base);
    frame->interlaced_frame = 0;
    return 1;
}

void dvb_deint_close(struct dvb_deint **deint)
{
    struct dvb_deint *d = *deint;
    if (!d)
        return;
    avfilter_graph_free(&d->graph);
    free(d);
    *deint = NULL;
}
