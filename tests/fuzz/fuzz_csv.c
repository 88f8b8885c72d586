/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever the bytes, reading them in one piece or byte by byte gives the same
   rows or the same error; and rows that were read, written and read again are
   the same rows. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int write_row(void *user, const struct dvb_csv_row *row, struct dvb_err *err)
{
    (void)err;
    dvb_csv_write_row(user, (const char *const *)row->field, row->n);
    return 0;
}

/* The rows that came before an error are in *out too. */
static int rewrite(const char *data, size_t size, size_t piece, char **out, size_t *len,
                   struct dvb_err *err)
{
    const struct dvb_csv_limits limits = { .max_field = 4096, .max_fields = 64, .max_row = 16384 };
    FILE *f = open_memstream(out, len);
    struct dvb_csv *csv;
    int ret = dvb_csv_open("fuzz", &limits, write_row, f, &csv, err);
    for (size_t at = 0; at < size && !ret; at += piece)
        ret = dvb_csv_push(csv, data + at, size - at < piece ? size - at : piece, err);
    if (!ret)
        ret = dvb_csv_finish(csv, err);
    dvb_csv_close(&csv);
    fclose(f);
    return ret;
}

static void must(int truth)
{
    if (!truth)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dvb_err err = { 0 }, again = { 0 };
    char *whole, *bytewise, *twice;
    size_t n_whole, n_bytewise, n_twice;
    int ret = rewrite((const char *)data, size, size ? size : 1, &whole, &n_whole, &err);
    must(ret == rewrite((const char *)data, size, 1, &bytewise, &n_bytewise, &again));
    must(!strcmp(err.msg, again.msg));
    must(n_whole == n_bytewise && !memcmp(whole, bytewise, n_whole));
    /* A first field that begins with the bytes of a mark would lose them. */
    if (n_whole < 3 || memcmp(whole, "\xef\xbb\xbf", 3)) {
        must(!rewrite(whole, n_whole, 7, &twice, &n_twice, &err));
        must(n_whole == n_twice && !memcmp(whole, twice, n_whole));
        free(twice);
    }
    free(whole);
    free(bytewise);
    return 0;
}
