/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/matrix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

static bool same_sampling(const struct dvb_sampling *a, const struct dvb_sampling *b)
{
    return a->fps == b->fps && a->frames == b->frames && a->max_pixels == b->max_pixels;
}

static bool same_eyes(const struct dvb_profile *a, const struct dvb_profile *b)
{
    return a && b ? a->max_frames == b->max_frames && a->fps == b->fps : a == b;
}

/* The same name means the same. */
static bool same_strategy(const struct dvb_used_strategy *a, const struct dvb_used_strategy *b)
{
    return a == b || (a && b && !strcmp(a->name, b->name));
}

static bool same_view(const struct dvb_view *a, const struct dvb_view *b)
{
    return a->bitrate == b->bitrate && same_strategy(a->strategy, b->strategy) &&
           a->viewer == b->viewer && a->baseline == b->baseline &&
           same_sampling(&a->sampling, &b->sampling) && same_eyes(a->eyes, b->eyes);
}

static size_t put_view(struct dvb_matrix *m, const struct dvb_view *view)
{
    for (size_t i = 0; i < m->n_views; i++)
        if (same_view(&m->views[i], view))
            return i;
    m->views = dvb_grow(m->views, m->n_views, &m->cap_views, sizeof(*m->views));
    m->views[m->n_views] = *view;
    return m->n_views++;
}

void dvb_bitrate_text(int64_t bitrate, char *buf, size_t size)
{
    if (!bitrate)
        snprintf(buf, size, "original");
    else if (bitrate % 1000000 == 0 || bitrate >= 10000000)
        snprintf(buf, size, "%gM", (double)bitrate / 1e6);
    else
        snprintf(buf, size, "%gk", (double)bitrate / 1e3);
}

const char *dvb_view_strategy(const struct dvb_view *v)
{
    return v->baseline   ? v->baseline->name
           : v->strategy ? v->strategy->name
                         : dvb_strategy_uniform.name;
}

static char *name_of(const struct dvb_used_model *model, const struct dvb_view *v, bool sampled)
{
    char rate[32], sampling[64] = "";
    dvb_bitrate_text(v->bitrate, rate, sizeof(rate));
    if (sampled && v->sampling.fps > 0)
        snprintf(sampling, sizeof(sampling), " %gfps %lldpx", v->sampling.fps,
                 (long long)v->sampling.max_pixels);
    else if (sampled)
        snprintf(sampling, sizeof(sampling), " %dframes %lldpx", v->sampling.frames,
                 (long long)v->sampling.max_pixels);
    const char *who = model ? model->profile->name : "constant";
    if (v->baseline)
        return dvb_asprintf("%s %s%s", who, v->baseline->name, sampling);
    if (!v->bitrate)
        return dvb_asprintf("%s original%s", who, sampling);
    return dvb_asprintf("%s %s %s%s", who, rate, v->strategy->name, sampling);
}

static void put_cell(struct dvb_matrix *m, const struct dvb_used_model *model,
                     const struct dvb_view *view, bool sampled)
{
    size_t v = put_view(m, view);
    for (size_t i = 0; i < m->n_cells; i++)
        if (m->cells[i].model == model && m->cells[i].view == v)
            return;
    m->cells = dvb_grow(m->cells, m->n_cells, &m->cap_cells, sizeof(*m->cells));
    m->cells[m->n_cells++] = (struct dvb_matrix_cell){
        .model = model,
        .view = v,
        .name = name_of(model, view, sampled),
    };
}

static void put_streams(const struct dvb_matrix_sides *s, const struct dvb_used_model *model,
                        const struct dvb_sampling *sampling, struct dvb_matrix *m)
{
    for (size_t st = 0; st < s->n_strategies; st++)
        for (size_t b = 0; b < s->n_bitrates; b++) {
            const struct dvb_used_strategy *used = s->bitrates[b] ? &s->strategies[st] : NULL;
            const struct dvb_view view = { .bitrate = s->bitrates[b],
                                           .strategy = used,
                                           .viewer = used && used->by_model ? model : NULL,
                                           .sampling = *sampling };
            put_cell(m, model, &view, s->n_samplings > 1);
        }
}

static void put_baseline(const struct dvb_matrix_sides *s, const struct dvb_baseline *baseline,
                         struct dvb_matrix *m)
{
    struct dvb_view view = { .baseline = baseline, .sampling = s->samplings[0] };
    if (!baseline->asks)
        put_cell(m, NULL, &view, false);
    for (size_t i = 0; i < s->n_models && baseline->asks; i++) {
        const struct dvb_profile *p = s->models[i]->profile;
        view.eyes = baseline->reorders && p->send == DVB_SEND_FRAMES ? p : NULL;
        put_cell(m, s->models[i], &view, false);
    }
}

void dvb_matrix_make(const struct dvb_matrix_sides *s, struct dvb_matrix *m)
{
    *m = (struct dvb_matrix){ 0 };
    for (size_t i = 0; i < s->n_models; i++)
        for (size_t j = 0; j < s->n_samplings; j++)
            put_streams(s, s->models[i], &s->samplings[j], m);
    for (size_t i = 0; i < s->n_baselines; i++)
        put_baseline(s, s->baselines[i], m);
}

void dvb_matrix_release(struct dvb_matrix *m)
{
    for (size_t i = 0; i < m->n_cells; i++)
        free(m->cells[i].name);
    free(m->cells);
    free(m->views);
    *m = (struct dvb_matrix){ 0 };
}

int dvb_matrix_original(const struct dvb_matrix *m, size_t cell)
{
    const struct dvb_view *v = &m->views[m->cells[cell].view];
    for (size_t i = 0; i < m->n_cells; i++) {
        const struct dvb_view *o = &m->views[m->cells[i].view];
        if (m->cells[i].model == m->cells[cell].model && !o->bitrate && !o->baseline &&
            same_sampling(&o->sampling, &v->sampling))
            return (int)i;
    }
    return -1;
}

json_t *dvb_sampling_json(const struct dvb_sampling *s)
{
    return dvb_json_pack("{s:o, s:o, s:o}", "fps", s->fps > 0 ? json_real(s->fps) : json_null(),
                         "frames", s->fps > 0 ? json_null() : json_integer(s->frames), "max_pixels",
                         s->max_pixels ? json_integer(s->max_pixels) : json_null());
}
