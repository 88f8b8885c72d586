/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "neural/ocr_models.h"

const struct dvb_pool_model dvb_pool_models[DVB_POOL_MODELS] = {
    { "reader-eng", &dvb_ocr_tesseract, { "eng", NULL } },
    { "reader-latin", &dvb_ocr_tesseract, { "Latin", "script/Latin", NULL } },
    { "reader-ppocr", &dvb_ocr_ppocr, { NULL } },
};

struct dvb_pool {
    pthread_mutex_t lock;
    pthread_cond_t turn;
    int jobs, lent;
    atomic_bool stopping;
    char *data[DVB_POOL_MODELS]; /* what its kind opens; NULL: not installed */
    struct dvb_ocr **idle[DVB_POOL_MODELS];
    int n_idle[DVB_POOL_MODELS];
};

/* English is opened first and asked what else is there. */
static int find_languages(struct dvb_pool *p, struct dvb_err *err)
{
    struct dvb_ocr *eng;
    int ret = dvb_ocr_tesseract.open(dvb_pool_models[0].languages[0], &eng, err);
    if (ret)
        return ret;
    for (int i = 0; i < DVB_POOL_MODELS; i++) {
        const struct dvb_pool_model *m = &dvb_pool_models[i];
        if (m->kind != &dvb_ocr_tesseract)
            continue;
        p->data[i] = dvb_strdup(dvb_ocr_installed(eng, m->languages));
        if (!p->data[i])
            dvb_warn("%s is not offered: Tesseract's data '%s' is not installed", m->id,
                     m->languages[0]);
    }
    p->idle[0][p->n_idle[0]++] = eng;
    return 0;
}

/* PP-OCR is offered where its weights are, and can be opened. */
static void find_networks(struct dvb_pool *p)
{
    struct dvb_err err = { 0 };
    int i = 0;
    while (dvb_pool_models[i].kind != &dvb_ocr_ppocr)
        i++;
    char *folder = dvb_ocr_models_folder();
    struct dvb_ocr *ocr = NULL;
    if (!folder) {
        dvb_debug("%s is not offered: it needs ONNX Runtime and 'make ocr-models'",
                  dvb_pool_models[i].id);
        return;
    }
    if (dvb_ocr_ppocr.open(folder, &ocr, &err)) {
        dvb_warn("%s is not offered: %s", dvb_pool_models[i].id, err.msg);
        free(folder);
        return;
    }
    dvb_info("%s is offered: PP-OCR's weights in %s", dvb_pool_models[i].id, folder);
    p->data[i] = folder;
    p->idle[i][p->n_idle[i]++] = ocr;
}

int dvb_pool_open(int jobs, struct dvb_pool **pool, struct dvb_err *err)
{
    struct dvb_pool *p = dvb_calloc(1, sizeof(*p));
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->turn, NULL);
    p->jobs = jobs;
    for (int i = 0; i < DVB_POOL_MODELS; i++)
        p->idle[i] = dvb_calloc((size_t)jobs, sizeof(*p->idle[i]));
    int ret = find_languages(p, err);
    if (ret)
        dvb_pool_close(&p);
    else
        find_networks(p);
    *pool = p;
    return ret;
}

void dvb_pool_close(struct dvb_pool **pool)
{
    struct dvb_pool *p = *pool;
    if (!p)
        return;
    for (int i = 0; i < DVB_POOL_MODELS; i++) {
        while (p->n_idle[i])
            dvb_ocr_close(&p->idle[i][--p->n_idle[i]]);
        free(p->idle[i]);
        free(p->data[i]);
    }
    pthread_cond_destroy(&p->turn);
    pthread_mutex_destroy(&p->lock);
    free(p);
    *pool = NULL;
}

int dvb_pool_find(const struct dvb_pool *p, const char *id)
{
    for (int i = 0; i < DVB_POOL_MODELS; i++)
        if (dvb_pool_has(p, i) && !strcmp(dvb_pool_models[i].id, id))
            return i;
    return -1;
}

bool dvb_pool_has(const struct dvb_pool *p, int model)
{
    return p->data[model] != NULL;
}

int dvb_pool_lend(struct dvb_pool *p, int model, struct dvb_ocr **ocr, struct dvb_err *err)
{
    *ocr = NULL;
    pthread_mutex_lock(&p->lock);
    while (p->lent >= p->jobs && !atomic_load(&p->stopping))
        pthread_cond_wait(&p->turn, &p->lock);
    bool stopping = atomic_load(&p->stopping);
    if (!stopping) {
        p->lent++;
        if (p->n_idle[model])
            *ocr = p->idle[model][--p->n_idle[model]];
    }
    pthread_mutex_unlock(&p->lock);
    if (stopping)
        return dvb_fail(err, DVB_FAULT_SERVICE, ECANCELED, "the server is stopping");
    int ret = *ocr ? 0 : dvb_pool_models[model].kind->open(p->data[model], ocr, err);
    if (ret)
        dvb_pool_give_back(p, model, NULL);
    return ret;
}

void dvb_pool_give_back(struct dvb_pool *p, int model, struct dvb_ocr *ocr)
{
    pthread_mutex_lock(&p->lock);
    if (ocr)
        p->idle[model][p->n_idle[model]++] = ocr;
    p->lent--;
    pthread_cond_signal(&p->turn);
    pthread_mutex_unlock(&p->lock);
}

void dvb_pool_stop(struct dvb_pool *p)
{
    pthread_mutex_lock(&p->lock);
    atomic_store(&p->stopping, true);
    pthread_cond_broadcast(&p->turn);
    pthread_mutex_unlock(&p->lock);
}

const atomic_bool *dvb_pool_stopping(const struct dvb_pool *p)
{
    return &p->stopping;
}
