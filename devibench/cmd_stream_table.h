/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DVB_CMD_STREAM_TABLE_H
#define DVB_CMD_STREAM_TABLE_H

#include "eval/network/grid.h"

/* The columns of a grid that fit a screen, on stdout. */
void dvb_cmd_grid_print(const struct dvb_grid *grid);

#endif
