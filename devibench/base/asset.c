/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/asset.h"

#include <string.h>

const struct dvb_asset *dvb_asset_find(const char *path)
{
    for (const struct dvb_asset *a = dvb_assets; a->path; a++)
        if (!strcmp(a->path, path))
            return a;
    return NULL;
}
