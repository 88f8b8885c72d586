/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figure 4: what frames cost, from real encodes. */
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "eval/network/figure.h"
#include "media/fit.h"
#include "media/probe.h"

#define HELD_BYTES ((size_t)256 << 20)
#define QP_NEAR 0.05 /* how equal equal is */
#define QP_TRIES 5

struct encode {
    const char *path;
    double crf, fps;
    struct dvb_rate_result r, equal; /* at that CRF; at the mean QP of the highest frame rate */
    double equal_crf, target_qp;
};

static int encode_at(const struct dvb_figure_settings *s, const struct encode *e, double crf,
                     struct dvb_rate_result *r, struct dvb_err *err)
{
    struct dvb_encode_recipe recipe = { .crf = crf, .mode = DVB_RATE_SEARCH, .fps = e->fps };
    const struct dvb_feed_settings fs = {
        .path = e->path, .length = s->length, .fps = e->fps, .max_bytes = HELD_BYTES
    };
    struct dvb_feed *feed = NULL;
    int ret = dvb_encode_set_preset(&recipe, "veryfast", "zerolatency", err);
    if (!ret)
        ret = dvb_feed_open(&fs, &feed, err);
    const struct dvb_fit_settings fit = { .feed = feed, .recipe = &recipe };
    if (!ret)
        ret = dvb_fit(&fit, r, err);
    dvb_feed_close(&feed);
    return ret;
}

static int encode_one(const struct dvb_figure_settings *s, struct encode *e, struct dvb_err *err)
{
    return encode_at(s, e, e->crf, &e->r, err);
}

static double clamp_crf(double crf)
{
    return crf < DVB_CRF_MIN ? DVB_CRF_MIN : crf > DVB_CRF_MAX ? DVB_CRF_MAX : crf;
}

/* x264 lowers the QP at a constant CRF where frames are shown for longer; so the CRF is moved until
   the mean QP is that of the highest frame rate. */
static int equalise(const struct dvb_figure_settings *s, struct encode *e, struct dvb_err *err)
{
    e->equal = e->r;
    e->equal_crf = e->crf;
    for (int i = 0; i < QP_TRIES && fabs(e->target_qp - e->equal.mean_qp) > QP_NEAR; i++) {
        e->equal_crf = clamp_crf(e->equal_crf + e->target_qp - e->equal.mean_qp);
        int ret = encode_at(s, e, e->equal_crf, &e->equal, err);
        if (ret)
            return ret;
    }
    return 0;
}

/* Every frame rate that the clip has; twice the same frames would cost nothing. */
static int list_encodes(const struct dvb_figure_settings *s, struct encode **list, size_t *n,
                        struct dvb_err *err)
{
    *list = dvb_calloc(s->videos->n * s->n_crfs * s->n_fps, sizeof(**list));
    *n = 0;
    for (size_t v = 0; v < s->videos->n; v++) {
        struct dvb_media_info info;
        int ret = dvb_probe(s->videos->v[v], &info, err);
        if (ret)
            return ret;
        for (size_t c = 0; c < s->n_crfs; c++)
            for (size_t f = 0; f < s->n_fps; f++)
                if (s->fps[f] <= info.fps * 1.01)
                    (*list)[(*n)++] =
                        (struct encode){ s->videos->v[v], s->crfs[c], s->fps[f], { 0 } };
    }
    return 0;
}

static int encode_all(const struct dvb_figure_settings *s, struct encode *list, size_t n,
                      int (*one)(const struct dvb_figure_settings *s, struct encode *e,
                                 struct dvb_err *err),
                      struct dvb_err *err)
{
    struct dvb_progress progress;
    struct dvb_err first = { 0 };
    size_t failed = n;
    dvb_progress_start(&progress, "encode", (long)n);
#pragma omp parallel for schedule(dynamic, 1)                                                      \
    num_threads(s->threads > 0 ? s->threads : omp_get_max_threads())
    for (size_t i = 0; i < n; i++) {
        struct dvb_err own = { 0 };
        int ret = one(s, &list[i], &own);
#pragma omp critical(dvb_figure)
        if (ret && i < failed) {
            failed = i;
            first = own;
        }
        dvb_progress_step(&progress, 1);
    }
    dvb_progress_end(&progress);
    if (failed < n && err)
        *err = first;
    return failed < n ? -first.code : 0;
}

/* The highest frame rate of the same clip and CRF. */
static const struct encode *fastest(const struct encode *list, size_t n, const struct encode *e)
{
    const struct encode *most = e;
    for (size_t j = 0; j < n; j++)
        if (!strcmp(list[j].path, e->path) && fabs(list[j].crf - e->crf) < 1e-9 &&
            list[j].fps > most->fps)
            most = &list[j];
    return most;
}

static json_t *encode_json(const struct encode *list, size_t n, size_t i)
{
    const struct encode *e = &list[i], *most = fastest(list, n, e);
    const char *slash = strrchr(e->path, '/');
    return dvb_json_pack("{s:o, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:i, s:i, s:i}",
                         "video", dvb_json_str(slash ? slash + 1 : e->path), "crf", e->crf, "fps",
                         e->fps, "bitrate_kbps", e->r.bitrate_kbps, "relative",
                         e->r.bitrate_kbps / most->r.bitrate_kbps, "mean_qp", e->r.mean_qp,
                         "equal_qp_kbps", e->equal.bitrate_kbps, "equal_qp_relative",
                         e->equal.bitrate_kbps / most->equal.bitrate_kbps, "equal_qp",
                         e->equal.mean_qp, "equal_qp_crf", e->equal_crf, "frames", e->r.frames,
                         "width", e->r.width, "height", e->r.height);
}

int dvb_figure_4(const struct dvb_figure_settings *s, json_t **rows, struct dvb_err *err)
{
    struct encode *list = NULL;
    size_t n = 0;
    *rows = NULL;
    int ret = list_encodes(s, &list, &n, err);
    if (!ret)
        ret = encode_all(s, list, n, encode_one, err);
    for (size_t i = 0; i < n; i++)
        list[i].target_qp = fastest(list, n, &list[i])->r.mean_qp;
    if (!ret)
        ret = encode_all(s, list, n, equalise, err);
    if (!ret) {
        *rows = json_array();
        for (size_t i = 0; i < n; i++)
            json_array_append_new(*rows, encode_json(list, n, i));
    }
    free(list);
    return ret;
}
