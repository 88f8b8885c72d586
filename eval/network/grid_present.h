/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A grid's cells for programs: one list of columns. NAN is null. */
#ifndef DVB_EVAL_NETWORK_GRID_PRESENT_H
#define DVB_EVAL_NETWORK_GRID_PRESENT_H

#include <jansson.h>

#include "eval/network/grid.h"

/* An object; new reference. */
json_t *dvb_grid_cell_json(const struct dvb_grid_cell *cell);
/* An array of them (rows.h writes it); new reference. */
json_t *dvb_grid_json(const struct dvb_grid *grid);

#endif
