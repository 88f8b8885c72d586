/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The access units of an encoded clip, as its file has them. */
#ifndef DVB_MEDIA_UNITS_H
#define DVB_MEDIA_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct dvb_unit {
    uint32_t size; /* bytes, with the length before each NAL unit, without parameter sets */
    bool key;
};

/* In decoding order. *units is heap, NULL on failure. DVB_FAULT_INPUT as dvb_probe. */
int dvb_units_read(const char *path, struct dvb_unit **units, size_t *n, struct dvb_err *err);

#endif
