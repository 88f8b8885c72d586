/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>

#include "workspace/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dvb_source_list list = { 0 };
    struct dvb_err err;
    int ret = dvb_manifest_parse((const char *)data, size, "fuzz", "dir", &list, &err);
    if (!ret && !list.n)
        abort();
    for (size_t i = 0; i < list.n; i++)
        if (!list.v[i].path || !list.v[i].name)
            abort();
    dvb_source_list_free(&list);
    return 0;
}
