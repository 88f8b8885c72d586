/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/sample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fs.h"
#include "base/mem.h"
#include "media/image.h"
#include "media/render.h"

double *dvb_sample_times(double length, double fps, int *count)
{
    int n = fps > 0 ? (int)fmin(fmax(floor(length * fps + 1e-6), 1), 1e6) : 0;
    double *times = dvb_calloc((size_t)n + 1, sizeof(*times));
    for (int i = 0; i < n; i++)
        times[i] = (i + 0.5) / fps;
    /* A clip shorter than one interval: its middle. */
    if (n && times[0] >= length)
        times[0] = length / 2;
    *count = n;
    return times;
}

static int pick_before(struct dvb_picker *p, double time, struct dvb_err *err)
{
    int ret = 0;
    while (!ret && p->at < p->n && p->times[p->at] < time) {
        ret = p->picked(p->ctx, p->newest, p->at, err);
        p->at++;
    }
    return ret;
}

int dvb_picker_push(struct dvb_picker *p, const AVFrame *frame, struct dvb_err *err)
{
    int ret = p->newest ? pick_before(p, (double)frame->pts / 1e6, err) : 0;
    av_frame_free(&p->newest);
    if (!ret && !(p->newest = av_frame_clone(frame)))
        ret = dvb_fail_nomem(err);
    return ret;
}

int dvb_picker_end(struct dvb_picker *p, double end, struct dvb_err *err)
{
    int ret = 0;
    if (p->newest && p->n)
        ret = pick_before(p, p->at ? end : fmax(end, p->times[0] + 1e-9), err);
    av_frame_free(&p->newest);
    return ret;
}

void dvb_picker_reset(struct dvb_picker *p)
{
    av_frame_free(&p->newest);
    p->at = 0;
}

int dvb_album_add(struct dvb_album *a, const AVFrame *frame, struct dvb_err *err)
{
    char name[32];
    struct dvb_size z = dvb_size_within(frame->width, frame->height, a->recipe->max_pixels);
    AVFrame *scaled = dvb_frame_scale(frame, z.w, z.h);
    if (!scaled)
        return dvb_fail_nomem(err);
    snprintf(name, sizeof(name), "frame-%04d.jpg", ++a->n);
    char *path = dvb_path_join(a->dir, name);
    int ret = dvb_image_write_jpeg(scaled, a->recipe->jpeg_quality, path, err);
    free(path);
    av_frame_free(&scaled);
    return ret;
}
