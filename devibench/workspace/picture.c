/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/fs.h"
#include "base/mem.h"
#include "media/image.h"
#include "media/sheet.h"
#include "workspace/dossier.h"

#define MAX_FILE_BYTES ((size_t)64 << 20)
#define MAX_PIXELS ((int64_t)64 << 20)
#define GAP 4 /* lines */

/* The sampled picture at place 0..1 of the clip. */
static int load(const struct dvb_workspace *ws, const struct dvb_rendition *r, double place,
                AVFrame **frame, struct dvb_err *err)
{
    *frame = NULL;
    int index = (int)fmin(floor(place * r->n_frames), r->n_frames - 1);
    char *file = dvb_asprintf("%s/%s/frame-%04d.jpg", ws->dir, r->path, index + 1);
    char *data;
    size_t len;
    int ret = dvb_read_file(file, MAX_FILE_BYTES, &data, &len, err);
    if (!ret) {
        ret = dvb_image_decode(data, len, MAX_PIXELS, frame, err);
        if (ret)
            dvb_err_prefix(err, "%s", file);
        free(data);
    }
    free(file);
    return ret;
}

static int pair(const AVFrame *original, const AVFrame *degraded, AVFrame **row,
                struct dvb_err *err)
{
    AVFrame *scaled = dvb_frame_scale(degraded, original->width, original->height);
    *row = scaled ? dvb_frame_beside(original, scaled) : NULL;
    av_frame_free(&scaled);
    return *row ? 0 : dvb_fail_nomem(err);
}

static int make_row(const struct dvb_workspace *ws, const struct dvb_dossier *d, double place,
                    AVFrame **row, struct dvb_err *err)
{
    const struct dvb_rendition *const seen[2] = { &d->original, &d->degraded };
    AVFrame *frames[2] = { NULL, NULL };
    int n = 0, ret = 0;
    *row = NULL;
    for (int i = 0; i < 2 && !ret; i++)
        if (seen[i]->n_frames > 0)
            ret = load(ws, seen[i], place, &frames[n++], err);
    if (!ret && n == 2)
        ret = pair(frames[0], frames[1], row, err);
    else if (!ret)
        *row = av_frame_clone(frames[0]);
    if (!ret && !*row)
        ret = dvb_fail_nomem(err);
    av_frame_free(&frames[0]);
    av_frame_free(&frames[1]);
    return ret;
}

static int write_sheet(AVFrame *const *rows, int n, const char *path, struct dvb_err *err)
{
    AVFrame *sheet = dvb_sheet_stack(rows, n, GAP);
    int ret = sheet ? dvb_image_write_png(sheet, path, err) : dvb_fail_nomem(err);
    av_frame_free(&sheet);
    return ret;
}

int dvb_dossier_picture(const struct dvb_workspace *ws, const struct dvb_dossier *d, double at,
                        int frames, const char *path, int *rows, struct dvb_err *err)
{
    *rows = 0;
    int sampled = d->original.n_frames > d->degraded.n_frames ? d->original.n_frames
                                                              : d->degraded.n_frames;
    double length = (double)d->question.segment.length_ms / 1000;
    if (sampled < 1)
        return dvb_fail(err, DVB_FAULT_INPUT, ENOENT,
                        "question %s: the workspace holds no frames of its clip",
                        d->question.q.key);
    if (at > length)
        return dvb_fail(err, DVB_FAULT_INPUT, ERANGE,
                        "question %s: its clip is %g s long; found second %g", d->question.q.key,
                        length, at);
    int n = at >= 0 ? 1 : frames < sampled ? frames : sampled, made = 0, ret = 0;
    AVFrame **row = dvb_calloc((size_t)n, sizeof(*row));
    for (; made < n && !ret; made += !ret)
        ret = make_row(ws, d, at >= 0 ? at / length : (made + 0.5) / n, &row[made], err);
    if (!ret)
        ret = write_sheet(row, n, path, err);
    if (!ret)
        *rows = n;
    for (int i = 0; i < made; i++)
        av_frame_free(&row[i]);
    free(row);
    return ret;
}
