/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

const struct dvb_pool_model dvb_pool_models[DVB_POOL_MODELS] = {
    { "reader-eng", { "eng", NULL } },
    { "reader-latin", { "Latin", "script/Latin", NULL } },
};

struct dvb_pool {
    pthread_mutex_t lock;
    pthread_cond_t turn;
    int jobs, lent;
    atomic_bool stopping;
    const char *language[DVB_POOL_MODELS]; /* NULL: not installed */
    struct dvb_ocr **idle[DVB_POOL_MODELS];
    int n_idle[DVB_POOL_MODELS];
};

/* English is opened first and asked what else is there. */
static int find_languages(struct dvb_pool *p, struct dvb_err *err)
{
    struct dvb_ocr *eng;
    int ret = dvb_ocr_open(dvb_pool_models[0].languages[0], &eng, err);
    if (ret)
        return ret;
    for (int i = 0; i < DVB_POOL_MODELS; i++) {
        p->language[i] = dvb_ocr_installed(eng, dvb_pool_models[i].languages);
        if (!p->language[i])
            dvb_warn("%s is not offered: Tesseract's data '%s' is not installed",
                     dvb_pool_models[i].id, dvb_pool_models[i].languages[0]);
    }
    p->idle[0][p->n_idle[0]++] = eng;
    return 0;
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
    return p->language[model] != NULL;
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
    int ret = *ocr ? 0 : dvb_ocr_open(p->language[model], ocr, err);
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
