/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The colour map "viridis" (S. van der Walt, N. Smith, 2015; CC0): even steps of lightness,
   dark to light, and told apart with any kind of colour vision. */
#ifndef DVB_EVAL_RELEVANCE_VIRIDIS_H
#define DVB_EVAL_RELEVANCE_VIRIDIS_H

/* t 0..1 (clamped) to sRGB, 0..1 each. */
void dvb_viridis(double t, double rgb[3]);

#endif
