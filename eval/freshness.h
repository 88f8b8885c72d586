/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How old what a view showed was, over all samples of its renditions, where it was a call. */
#ifndef DVB_EVAL_FRESHNESS_H
#define DVB_EVAL_FRESHNESS_H

#include <jansson.h>
#include <stddef.h>

#include "store/store.h"

struct dvb_freshness {
    double *ages, *stalls; /* ms: of the samples that showed something; of all */
    size_t n_ages, cap_ages, samples, cap_stalls;
    size_t substituted; /* another frame than the one wanted was shown */
    size_t missing;     /* black */
};

/* Add what a rendition's detail tells of a call; one that was none adds nothing. */
void dvb_freshness_add(struct dvb_freshness *f, const struct dvb_rendition *r);
void dvb_freshness_release(struct dvb_freshness *f);

/* NAN where nothing was shown. */
double dvb_freshness_age(const struct dvb_freshness *f);

/* Null where there was no call. New reference. */
json_t *dvb_freshness_json(const struct dvb_freshness *f);

#endif
