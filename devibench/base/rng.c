/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/rng.h"

uint64_t dvb_rng_next(struct dvb_rng *rng)
{
    uint64_t z = rng->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void dvb_rng_init(struct dvb_rng *rng, uint64_t seed, const char *label)
{
    rng->state = seed;
    for (const char *p = label; *p; p++)
        rng->state = dvb_rng_next(rng) ^ (uint64_t)(unsigned char)*p;
    rng->state = dvb_rng_next(rng); /* near seeds and labels start far apart */
}

uint32_t dvb_rng_below(struct dvb_rng *rng, uint32_t n)
{
    uint64_t x;
    do /* the limit costs a division, and is never below UINT64_MAX - n */
        x = dvb_rng_next(rng);
    while (x > UINT64_MAX - n && x >= UINT64_MAX - UINT64_MAX % n);
    return (uint32_t)(x % n);
}

double dvb_rng_unit(struct dvb_rng *rng)
{
    return (double)(dvb_rng_next(rng) >> 11) * 0x1p-53;
}
