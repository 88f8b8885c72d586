/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mem.h"
#include "eval/steps.h"
#include "workspace/sent.h"

static int count(const struct dvb_eval *e, size_t cell, struct dvb_pictures_shown *p,
                 struct dvb_err *err)
{
    const struct dvb_used_model *model = e->matrix.cells[cell].model;
    size_t view = e->matrix.cells[cell].view;
    for (size_t q = 0; q < e->n_questions && model && model->profile->send == DVB_SEND_FRAMES;
         q++) {
        int64_t id = e->renditions[view * e->n_questions + q];
        struct dvb_rendition r;
        int ret = id ? dvb_store_get_rendition(e->ws->store, id, &r, err) : 0;
        if (ret)
            return ret;
        if (!id)
            continue;
        p->n++;
        p->sampled += r.n_frames;
        p->sent += dvb_sent_count(model->profile, &r);
        dvb_rendition_release(&r);
    }
    if (p->n) {
        p->sampled /= (double)p->n;
        p->sent /= (double)p->n;
    }
    return 0;
}

int dvb_eval_count_pictures(struct dvb_eval *e, struct dvb_err *err)
{
    int ret = 0;
    e->pictures = dvb_calloc(e->matrix.n_cells, sizeof(*e->pictures));
    for (size_t c = 0; c < e->matrix.n_cells && !ret; c++)
        ret = count(e, c, &e->pictures[c], err);
    return ret;
}
