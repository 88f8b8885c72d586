/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a cell's pictures or videos count as, so that accuracy can be put against tokens. */
#include <math.h>

#include "eval/present.h"
#include "model/tokens.h"
#include "workspace/sent.h"

/* -1: not known. */
static long tokens_of(const struct dvb_eval *e, const struct dvb_profile *p, int64_t rendition)
{
    struct dvb_rendition r;
    struct dvb_sent sent;
    if (dvb_store_get_rendition(e->ws->store, rendition, &r, NULL))
        return -1;
    dvb_sent_plan(e->ws, p, &r, &sent);
    long n = dvb_tokens_media(p, &sent.shape);
    dvb_sent_release(&sent);
    dvb_rendition_release(&r);
    return n;
}

double dvb_eval_media_tokens(const struct dvb_eval *e, size_t cell)
{
    const struct dvb_matrix_cell *c = &e->matrix.cells[cell];
    const int64_t *shown = &e->renditions[c->view * e->n_questions];
    double sum = 0;
    size_t n = 0;
    int64_t last = 0;
    long tokens = 0;
    if (!c->model || !c->model->profile->tokens->picture)
        return NAN;
    for (size_t q = 0; q < e->n_questions; q++) {
        if (!shown[q])
            continue;
        if (shown[q] != last)
            tokens = tokens_of(e, c->model->profile, shown[q]);
        last = shown[q];
        if (tokens < 0)
            return NAN;
        sum += (double)tokens;
        n++;
    }
    return n ? sum / (double)n : NAN;
}
