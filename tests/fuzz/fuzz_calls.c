/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of calls: each is taken in whole or not at all, and what was taken in is
   written and read again without a change. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "workspace/calls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static long count(struct dvb_workspace *ws, char **text, size_t *len)
{
    long n = 0;
    FILE *f = open_memstream(text, len);
    if (!f || dvb_calls_write(ws, f, &n, NULL) || fclose(f))
        abort();
    return n;
}

static int read_from(struct dvb_workspace *ws, const char *text, size_t len,
                     struct dvb_calls_read *r)
{
    struct dvb_err err;
    FILE *f = fmemopen((void *)text, len, "rb");
    if (!f)
        abort();
    int ret = dvb_calls_read_from(ws, f, "input", false, r, &err);
    fclose(f);
    if (ret && err.fault != DVB_FAULT_INPUT)
        abort();
    return ret;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dvb_workspace one = { .lock_fd = -1 }, two = { .lock_fd = -1 };
    struct dvb_calls_read r;
    char *text, *again;
    size_t len, again_len;
    if (!size || size > 65536)
        return 0;
    dvb_log_set_level(DVB_LOG_ERROR);
    if (dvb_store_open_copy(NULL, &one.store, NULL) || dvb_store_open_copy(NULL, &two.store, NULL))
        abort();
    bool taken = !read_from(&one, (const char *)data, size, &r);
    long n = count(&one, &text, &len);
    if (taken ? n != r.added : n != 0)
        abort();
    if (n && (read_from(&two, text, len, &r) || r.added != n))
        abort();
    if (count(&two, &again, &again_len) != n ||
        (n && (len != again_len || memcmp(text, again, len))))
        abort();
    free(text);
    free(again);
    dvb_store_close(&one.store);
    dvb_store_close(&two.store);
    return 0;
}
