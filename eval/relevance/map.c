/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/relevance/map.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

void dvb_map_init(struct dvb_map *m, int rows, int cols)
{
    *m = (struct dvb_map){ .rows = rows, .cols = cols };
    m->rho = dvb_calloc((size_t)rows * (size_t)cols, sizeof(*m->rho));
}

void dvb_map_release(struct dvb_map *m)
{
    free(m->rho);
    *m = (struct dvb_map){ 0 };
}

int dvb_map_check(const struct dvb_map *m, const char *where, struct dvb_err *err)
{
    if (m->rows < 1 || m->rows > DVB_MAP_MAX || m->cols < 1 || m->cols > DVB_MAP_MAX)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "%s: found %d rows and %d columns, expected 1 to %d of each", where,
                        m->rows, m->cols, DVB_MAP_MAX);
    for (int i = 0; i < m->rows * m->cols; i++)
        if (!(m->rho[i] >= -1 && m->rho[i] <= 1)) /* nor is NAN */
            return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                            "%s: row %d, column %d: found %g, expected a relevance from -1 to 1",
                            where, i / m->cols, i % m->cols, (double)m->rho[i]);
    return 0;
}
