/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DVB_REPORTS_FIGURES_INTERNAL_H
#define DVB_REPORTS_FIGURES_INTERNAL_H

#include "reports/figures.h"

/* Zeroed memory and texts that the list frees. */
void *dvb_figure_alloc(struct dvb_figure_list *list, size_t n, size_t size);
const char *dvb_figure_text(struct dvb_figure_list *list, const char *fmt, ...) DVB_PRINTF(2, 3);

/* A new figure, last of the list; its name is made of the set's number and base, and of
   part where there are several parts. The source names the set. */
struct dvb_figure *dvb_figure_add(struct dvb_figure_list *list, const struct dvb_board *b,
                                  size_t set, const char *base, int part, int parts,
                                  const char *title);

/* figure_rates.c, figure_saving.c, figure_sets.c */
void dvb_figure_rates(const struct dvb_board *b, size_t set, struct dvb_figure_list *list);
void dvb_figure_saving(const struct dvb_board *b, size_t set, struct dvb_figure_list *list);
void dvb_figure_funnel(const struct dvb_board *b, size_t set, struct dvb_figure_list *list);
void dvb_figure_tasks(const struct dvb_board *b, size_t set, struct dvb_figure_list *list);
void dvb_figure_frames(const struct dvb_board *b, size_t set, struct dvb_figure_list *list);
void dvb_figure_letters(const struct dvb_board *b, size_t set, struct dvb_figure_list *list);

#endif
