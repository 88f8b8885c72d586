/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/units.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "media/input.h"

int dvb_units_read(const char *path, struct dvb_unit **units, size_t *n, struct dvb_err *err)
{
    struct dvb_input in = { 0 };
    size_t cap = 0;
    *units = NULL;
    *n = 0;
    int ret = dvb_input_open(&in, path, NULL, 0, err);
    while (!ret && (ret = dvb_input_packet(&in, err)) > 0) {
        *units = dvb_grow(*units, *n, &cap, sizeof(**units));
        (*units)[(*n)++] = (struct dvb_unit){ .size = (uint32_t)in.packet->size,
                                              .key = in.packet->flags & AV_PKT_FLAG_KEY };
        ret = 0;
    }
    dvb_input_close(&in);
    if (!ret && !*n)
        ret = dvb_fail(err, DVB_FAULT_INPUT, ENODATA, "%s: no frames", path);
    if (ret) {
        free(*units);
        *units = NULL;
        *n = 0;
    }
    return ret;
}
