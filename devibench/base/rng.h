/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Seeded randomness: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). A stream is
 * named by the run's seed and a label, so what one unit of work draws does not
 * depend on the order or the number of threads.
 */
#ifndef DVB_BASE_RNG_H
#define DVB_BASE_RNG_H

#include <stdint.h>

struct dvb_rng {
    uint64_t state;
};

void dvb_rng_init(struct dvb_rng *rng, uint64_t seed, const char *label);
uint64_t dvb_rng_next(struct dvb_rng *rng);
/* Uniform in 0..n-1, without modulo bias; n > 0. */
uint32_t dvb_rng_below(struct dvb_rng *rng, uint32_t n);
/* Uniform in [0, 1). */
double dvb_rng_unit(struct dvb_rng *rng);

#endif
