/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From relevance to quantisers.
 *
 * Sources: "Chat with AI" (HotNets 2025), equation 2:
 *     QP = 51 * (1 - ((rho + 1) / 2)^gamma), gamma 3;
 * ZeCoStream (Artic, arXiv 2602.12641), the box form: a block's response is 1
 * within a box, else 1 - d / d_max, d being the distance of the block's centre to
 * the nearest box and d_max that of the farthest block;
 *     QP = 51 * (1 - response^gamma); offset = clamp(QP - 26, 0, 25),
 * and +18 everywhere where there is no box.
 *
 * With response = (rho + 1) / 2 the box form is equation 2, so boxes and maps
 * meet here as grids of rho.
 *
 * Offsets are for a search of the base QP that meets a rate: a constant among
 * them changes nothing but where the base lies. They are never negative, since a
 * base QP past 51 flattens maps: the best there is has 0.
 */
#ifndef DVB_EVAL_RELEVANCE_QP_H
#define DVB_EVAL_RELEVANCE_QP_H

#include "eval/relevance/map.h"

enum dvb_form {
    DVB_FORM_PLAIN,     /* equation 2 as it is; offset: QP less the clip's least QP */
    DVB_FORM_STRETCHED, /* rho stretched over each frame to [-1, 1] first. Raw cosines of CLIP lie
                           within 0.1..0.35 or so, where equation 2 spans 5 QP */
    DVB_FORM_BOX,       /* equation 2; offset: clamp(QP - 26, 0, 25) */
};
extern const char *const dvb_form_names[]; /* NULL-terminated */

#define DVB_GAMMA 3.0
#define DVB_GAMMA_LEAST 0.1 /* what users may give */
#define DVB_GAMMA_MOST 20.0
#define DVB_BOX_NONE 18.0F /* offset everywhere, where a look found no box */

/* Equation 2. rho -1..1, gamma above 0: 0..51. */
double dvb_qp_of(double rho, double gamma);

/* rho linearly so that the frame's least is -1 and its greatest 1; where all are equal, 0. */
void dvb_map_stretch(struct dvb_map *m);

/* The mean of a map over each macroblock of a picture of w x h pixels, in raster order, sides
   rounded up to macroblocks of 16 x 16: those at the right and lower edge cover what there is of
   the picture. Means are by area, in both directions: small cells are averaged, large ones
   repeated. */
void dvb_map_blocks(const struct dvb_map *m, int w, int h, float *out);

/* The offset of a macroblock of that relevance. least_qp: of the whole clip, for
   DVB_FORM_PLAIN and STRETCHED. */
float dvb_qp_offset(double rho, enum dvb_form form, double gamma, double least_qp);

/* In thousandths of the picture's width and height: 0 <= x0 < x1 <= 1000, y likewise. */
struct dvb_region {
    double x0, y0, x1, y1;
};

/* The box form's response as rho = 2 * response - 1, for a grid of cells that are w x h units in
   all, each `cell` wide and high but for the last: n > 0 boxes. For x264: picture in pixels,
   cell 16. cols and rows are rounded up; out has rows * cols values. */
void dvb_regions_grid(const struct dvb_region *boxes, int n, double w, double h, double cell,
                      float *out);

/* The same as a map of a picture of w x h pixels, of cells of 16 x 16; n 0: all 0. m is not
   initialised yet. */
void dvb_regions_map(const struct dvb_region *boxes, int n, int w, int h, struct dvb_map *m);

#endif
