/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of prompts/ and data/ compiled into the program. */
#ifndef DVB_BASE_ASSET_H
#define DVB_BASE_ASSET_H

#include <stddef.h>

struct dvb_asset {
    const char *path; /* "prompts/generate.txt" */
    const char *data; /* NUL-terminated */
    size_t len;       /* without the NUL */
};

extern const struct dvb_asset dvb_assets[]; /* ends with a NULL path */

/* By path; NULL if there is none. */
const struct dvb_asset *dvb_asset_find(const char *path);

#endif
