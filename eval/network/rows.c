/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/network/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"

#define MAX_COLUMNS 200
#define SCHEMA_VERSION 1

static char *cell_text(const json_t *v)
{
    if (json_is_integer(v))
        return dvb_asprintf("%lld", (long long)json_integer_value(v));
    if (json_is_real(v))
        return dvb_asprintf("%.10g", json_real_value(v));
    return dvb_strdup(json_is_string(v) ? json_string_value(v) : "");
}

static int write_csv(void *user, FILE *f, struct dvb_err *err)
{
    (void)err;
    const json_t *rows = user;
    const char *keys[MAX_COLUMNS], *key;
    char *texts[MAX_COLUMNS];
    size_t n = 0;
    json_t *v;
    json_object_foreach(json_array_get(rows, 0), key, v) if (n < MAX_COLUMNS) keys[n++] = key;
    dvb_csv_write_row(f, keys, n);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        for (size_t c = 0; c < n; c++)
            texts[c] = cell_text(json_object_get(json_array_get(rows, i), keys[c]));
        dvb_csv_write_row(f, (const char *const *)texts, n);
        for (size_t c = 0; c < n; c++)
            free(texts[c]);
    }
    return 0;
}

int dvb_rows_write_csv(const json_t *rows, const char *path, struct dvb_err *err)
{
    return dvb_write_stream(path, write_csv, (void *)rows, err);
}

static char *path_of(const char *dir, const char *name, const char *suffix)
{
    char *file = dvb_asprintf("%s%s", name, suffix), *path = dvb_path_join(dir, file);
    free(file);
    return path;
}

int dvb_rows_write(const json_t *rows, const char *dir, const char *name, struct dvb_err *err)
{
    char *path = path_of(dir, name, ".csv");
    int ret = dvb_rows_write_csv(rows, path, err);
    free(path);
    if (ret)
        return ret;
    json_t *doc = dvb_json_pack("{s:i, s:s, s:O}", "schema_version", SCHEMA_VERSION, "name", name,
                                "rows", rows);
    char *text = json_dumps(doc, JSON_INDENT(1) | JSON_REAL_PRECISION(10));
    json_decref(doc);
    path = path_of(dir, name, ".json");
    ret = text ? dvb_write_file(path, text, strlen(text), err) : dvb_fail_nomem(err);
    free(path);
    free(text);
    return ret;
}
