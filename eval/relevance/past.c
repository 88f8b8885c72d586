/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where those looked who asked earlier: for a sender whose user has said nothing yet. */
#include <errno.h>
#include <stdlib.h>

#include "base/fs.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "eval/relevance/file.h"
#include "eval/relevance/providers.h"

#define BLOCK 16

struct past {
    struct dvb_relevance_file file;
    char hash[DVB_HASH_LEN + 1];
    void *detail; /* of the provider that stands in before the first question */
};

static void close_past(void *state)
{
    struct past *p = state;
    if (!p)
        return;
    if (p->detail)
        dvb_provider_detail.close(p->detail);
    dvb_relevance_file_release(&p->file);
    free(p);
}

static int open_past(const struct dvb_provider_settings *s, void **state, struct dvb_err *err)
{
    *state = NULL;
    if (!s->file)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "the provider 'past' needs a file with the maps of earlier questions");
    struct past *p = dvb_calloc(1, sizeof(*p));
    int ret = dvb_relevance_read(s->file, &p->file, err);
    if (!ret && p->file.gaze)
        ret = dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                       "%s: gaze points, expected JSON with the maps of earlier questions",
                       s->file);
    if (!ret)
        ret = dvb_hash_of_file(s->file, p->hash, err);
    if (!ret)
        ret = dvb_provider_detail.open(s, &p->detail, err);
    if (ret)
        close_past(p);
    else
        *state = p;
    return ret;
}

static void add_entry(const struct dvb_relevance_entry *e, const AVFrame *f, double *sum, int n)
{
    float *blocks = dvb_calloc((size_t)n, sizeof(*blocks));
    struct dvb_map m;
    dvb_relevance_entry_map(e, f, &m);
    dvb_map_blocks(&m, f->width, f->height, blocks);
    for (int i = 0; i < n; i++)
        sum[i] += (double)blocks[i];
    dvb_map_release(&m);
    free(blocks);
}

/* A question counts from its time on, not at it: who asks now has said something. */
static int map_past(void *state, const struct dvb_relevance_query *q, struct dvb_map *out,
                    struct dvb_err *err)
{
    const struct past *p = state;
    const struct dvb_relevance_track *t;
    const AVFrame *f = q->frame;
    int asked = 0, rows = (f->height + BLOCK - 1) / BLOCK, cols = (f->width + BLOCK - 1) / BLOCK;
    if (dvb_relevance_track(&p->file, q->video ? q->video : "", &t, NULL))
        return dvb_provider_detail.map(p->detail, q, out, err); /* nobody asked of this one */
    double *sum = dvb_calloc((size_t)rows * (size_t)cols, sizeof(*sum));
    for (size_t i = 0; i < t->n; i++)
        if (t->v[i].at < q->at) {
            add_entry(&t->v[i], f, sum, rows * cols);
            asked++;
        }
    int ret = 0;
    if (asked) {
        dvb_map_init(out, rows, cols);
        for (int i = 0; i < rows * cols; i++)
            out->rho[i] = (float)(sum[i] / asked);
    } else {
        ret = dvb_provider_detail.map(p->detail, q, out, err);
    }
    free(sum);
    return ret;
}

static json_t *past_identity(const void *state)
{
    const struct past *p = state;
    return dvb_json_pack("{s:s, s:s, s:o}", "provider", "past", "sha256", p->hash, "before",
                         dvb_provider_detail.identity(p->detail));
}

static char *past_made_by(const struct dvb_provider_settings *s)
{
    return s->file ? dvb_path_base(s->file) : NULL;
}

const struct dvb_provider dvb_provider_past = {
    .name = "past",
    .description = "the mean of the maps of earlier questions, from a file",
    .wordless = true,
    .patches = true,
    .made_by = past_made_by,
    .open = open_past,
    .map = map_past,
    .identity = past_identity,
    .close = close_past,
};
