/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

#define MAX_FILE ((size_t)64 << 20)

int dvb_json_parse(const char *text, size_t len, const char *name, json_t **out,
                   struct dvb_err *err)
{
    json_error_t je;
    *out = json_loadb(text, len, JSON_REJECT_DUPLICATES, &je);
    if (!*out)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s:%d:%d: not valid JSON: %s", name, je.line,
                        je.column, je.text);
    return 0;
}

int dvb_json_load(const char *path, json_t **out, struct dvb_err *err)
{
    *out = NULL;
    char *text;
    size_t len;
    int ret = dvb_read_file(path, MAX_FILE, &text, &len, err);
    if (ret)
        return ret;
    ret = dvb_json_parse(text, len, path, out, err);
    free(text);
    return ret;
}

char *dvb_json_canon(const json_t *j)
{
    char *s = json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    if (!s)
        abort();
    return s;
}

json_t *dvb_json_pack(const char *fmt, ...)
{
    va_list ap;
    json_error_t je;
    va_start(ap, fmt);
    json_t *j = json_vpack_ex(&je, 0, fmt, ap);
    va_end(ap);
    if (!j) {
        dvb_error("json_pack: %s", je.text);
        abort();
    }
    return j;
}

json_t *dvb_json_str(const char *s)
{
    if (!s)
        return json_null();
    json_t *j = json_string(s);
    if (j)
        return j;
    char *clean = dvb_utf8_clean(s);
    j = json_string(clean);
    free(clean);
    if (!j)
        abort();
    return j;
}

const char *dvb_json_get_str(const json_t *obj, const char *key)
{
    return json_string_value(json_object_get(obj, key));
}

double dvb_json_get_num(const json_t *obj, const char *key, double fallback)
{
    const json_t *j = json_object_get(obj, key);
    return json_is_number(j) ? json_number_value(j) : fallback;
}
