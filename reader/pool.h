/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recognisers to lend, as many at a time as there are jobs. Thread-safe. */
#ifndef DVB_READER_POOL_H
#define DVB_READER_POOL_H

#include "reader/ocr.h"

#define DVB_POOL_MODELS 3

/* A model: a name to the outside, a recogniser inside. */
struct dvb_pool_model {
    const char *id;
    const struct dvb_ocr_kind *kind;
    const char *languages[3]; /* Tesseract: names of its data on different systems,
                                 NULL-terminated */
};
extern const struct dvb_pool_model dvb_pool_models[DVB_POOL_MODELS];

struct dvb_pool;

int dvb_pool_open(int jobs, struct dvb_pool **pool, struct dvb_err *err);
void dvb_pool_close(struct dvb_pool **pool);

/* Index of an installed model, or -1. */
int dvb_pool_find(const struct dvb_pool *p, const char *id);
bool dvb_pool_has(const struct dvb_pool *p, int model);

/* Wait for a turn, then lend a recogniser of the model. -ECANCELED after stop. */
int dvb_pool_lend(struct dvb_pool *p, int model, struct dvb_ocr **ocr, struct dvb_err *err);
void dvb_pool_give_back(struct dvb_pool *p, int model, struct dvb_ocr *ocr);

/* Readings in progress end with -ECANCELED, and so do those who wait. */
void dvb_pool_stop(struct dvb_pool *p);
const atomic_bool *dvb_pool_stopping(const struct dvb_pool *p);

#endif
