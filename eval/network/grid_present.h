/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A grid's cells for programs: one list of columns for JSON and CSV. NAN is null, and empty. */
#ifndef DVB_EVAL_NETWORK_GRID_PRESENT_H
#define DVB_EVAL_NETWORK_GRID_PRESENT_H

#include <jansson.h>

#include "eval/network/grid.h"

/* An array of objects; new reference. */
json_t *dvb_grid_json(const struct dvb_grid *grid);

/* A file of its own, by rename. */
int dvb_grid_write_csv(const struct dvb_grid *grid, const char *path, struct dvb_err *err);

#endif
